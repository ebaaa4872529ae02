// Blocks with a shortcut (He 2016).
import type { Value } from '../../graph/graph.ts';
import type { SignalStep } from '../../inspect/theory/signal.ts';
import { scaleOp } from '../../ops/elementwise.ts';
import { matmulOp } from '../../ops/matmul.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, countBlocks, type Layer, type LayerLike, type LayerRecord, layerOf, layersOf, type WrittenLayer } from '../layer.ts';
import type { Sizing, Theory, Torch } from './feature.ts';
import { sum } from './sum.ts';

/** Options of a residual block. */
export interface ResidualOptions {
  /** Factor on the branch: a number, or '1/sqrt(L)' with L the number of residual blocks of the model. 1 by default. */
  scale?: number | '1/sqrt(L)';
}

export const record = {
  type: 'residual',
  role: 'container',
  holds: 'layers',
  shortcut: true,
  options: {
    scale: { type: 'either', of: [{ type: 'number' }, { type: 'name', names: ['1/sqrt(L)'] }], expected: 'a number or "1/sqrt(L)"', default: 1 },
  },
} as const satisfies LayerRecord<ResidualOptions>;

/**
 * Adds a block's input to its output: y = shortcut(x) + scale f(x) (He 2016). The shortcut is x, or x times a weight of its own where the widths differ (LeCun
 * initial values, no bias). Put the activation at the end of the branch, before it, or after the block, as you like.
 *
 * @param layers - The branch f.
 * @param options - `scale` is 1 by default.
 * @returns A layer, [batch, inputs] -> [batch, outputs of the branch].
 * @throws UsageError for what is no list of layers, for another option, and for a scale of another kind.
 * @example
 * sequential([dense(16), repeat(8, [residual([dense(16), relu(), dense(16)], { scale: '1/sqrt(L)' })]), dense(2)]);
 */
export function residual(layers: readonly (Layer | LayerLike)[], options?: ResidualOptions): CallableLayer {
  const branchLayers = layersOf('residual', layers);
  const given = readOptions<ResidualOptions, typeof record.options>('residual', record.options, options);
  return layerOf(
    record,
    given,
    (context, x) => {
      const { graph, path } = context;
      const branch = context.nested(branchLayers, x);
      const scale = given.scale === '1/sqrt(L)' ? 1 / Math.sqrt(context.residualBlocks) : given.scale;
      const scaled = scale === 1 ? branch : graph.apply(scaleOp, [branch], { factor: scale }, `${path}/scaled`)[0]!;
      let shortcut: Value = x;
      if (lastOf(x.type) !== lastOf(branch.type)) {
        const weight = context.parameter('shortcut', [lastOf(x.type), lastOf(branch.type)], { scheme: 'lecun_normal' });
        shortcut = graph.apply(matmulOp, [x, weight], {}, `${path}/shortcut`)[0]!;
      }
      return sum(graph, shortcut, scaled, path);
    },
    {
      residualBlocks: countBlocks(branchLayers) + 1,
      inside: [layers as readonly Layer[]],
      write: (to) => ({ ...to.options(record, given), layers: to.layers(branchLayers) }) as WrittenLayer,
    },
  );
}

interface ResidualDocument extends ResidualOptions {
  layers: WrittenLayer[];
}

export const build = ({ scale, layers }: ResidualDocument, built: (documents: readonly WrittenLayer[]) => Layer[]): Layer =>
  residual(built(layers), scale === undefined ? {} : { scale });

export const size = ({ layers }: ResidualDocument, width: number, { add, after }: Sizing): number => {
  const branch = after(layers, width, '.layers');
  if (branch !== width) add(width * branch);
  return branch;
};

export const theory: Theory<ResidualDocument> = ({ scale = 1, layers }, { path, width: before, residualBlocks, inside }) => {
  const { steps: branch, width } = inside(layers);
  const projection = before === width ? {} : { projection: { sw2: 1, layer: { name: `${path}/shortcut`, width } } };
  const join = hasWeight(branch) ? { join: { name: path, width } } : {};
  return [{ kind: 'residual', scale: scale === '1/sqrt(L)' ? 1 / Math.sqrt(residualBlocks) : scale, branch, ...join, ...projection }];
};

/** Whether a layer with a weight is among the steps: a block without any is no branch of weights. */
function hasWeight(steps: readonly SignalStep[]): boolean {
  return steps.some(
    (step) =>
      step.kind === 'dense' || step.kind === 'convolution' || (step.kind === 'unknown' && step.layer) || (step.kind === 'residual' && hasWeight(step.branch)),
  );
}

/** A shortcut with a weight is a product over channels: of maps, a convolution of one pixel. */
export const torch: Torch<ResidualDocument> = ({ scale = 1, layers }, { inputs, image: { length: axes } = [], residualBlocks, inside }) => {
  const branch = inside(layers);
  if (!branch || axes > 2) return branch && null;
  const product = axes === 0 ? 'nn.Linear' : `nn.Conv${axes}d`;
  const more = [
    ...(scale === 1 ? [] : [`scale=${scale === '1/sqrt(L)' ? `1 / math.sqrt(${residualBlocks})` : scale}`]),
    ...(branch.inputs === inputs ? [] : [`shortcut=${product}(${inputs}, ${branch.inputs}${axes === 0 ? '' : ', 1'}, bias=False)`]),
  ];
  return `Residual(${[branch.code, ...more].join(', ')})`;
};

export const text: Texts = {
  en: { title: 'Residual block', summary: 'Adds what its layers make of the input to the input itself.' },
  zh: { title: '残差块', summary: '把内部各层的输出加到输入本身上。' },
};
