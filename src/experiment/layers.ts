// Walks and rewrites of a document's layers, for the remedies and the theory. They go by the role of a layer.
import type { SignalStep } from '../inspect/theory/signal.ts';
import type { DocumentOfRole, LayerDocument } from './document.ts';
import { containerOf, copiesOf, featureOf, innerLists, never, roleOf, withInner } from './registry/layers.ts';
import { type Sample, sampleAfter, widthAfter } from './size.ts';

export type WeightsDocument = DocumentOfRole<'weights'>;

/** A layer with weights and what belongs to it: the layers up to the next one. */
export interface Block {
  weights: WeightsDocument;
  /** The first of each role. */
  norm?: DocumentOfRole<'normalisation'>;
  activation?: DocumentOfRole<'activation'>;
  regulariser?: DocumentOfRole<'regulariser'>;
  /** True inside the branch of a residual block. */
  residual: boolean;
  /** How often the enclosing repeats multiply it. */
  times: number;
}

export const isWeights = (layer: LayerDocument): layer is WeightsDocument => roleOf(layer) === 'weights';
export const isActivation = (layer: LayerDocument): layer is DocumentOfRole<'activation'> => roleOf(layer) === 'activation';
export const isNorm = (layer: LayerDocument): boolean => roleOf(layer) === 'normalisation';
export const isRegulariser = (layer: LayerDocument): boolean => roleOf(layer) === 'regulariser';

/** The hidden blocks in order, those of a repeat once with their number; the output layer, the last weights of the top level, is left out. */
export function hiddenBlocks(layers: readonly LayerDocument[]): Block[] {
  const output = outputIndex(layers);
  const collect = (list: readonly LayerDocument[], residual: boolean, times: number, skip: number): Block[] => {
    const blocks: Block[] = [];
    let open: Block | undefined;
    list.forEach((layer, i) => {
      const role = roleOf(layer);
      switch (role) {
        case 'container': {
          const { shortcut = false, holds } = containerOf(layer)!;
          // No remedy rewires a graph: its blocks are not looked at.
          if (holds !== 'nodes') blocks.push(...innerLists(layer).flatMap((inner) => collect(inner.list, residual || shortcut, times * copiesOf(layer), -1)));
          open = undefined;
          break;
        }
        case 'weights':
          open = i === skip ? undefined : { weights: layer as WeightsDocument, residual, times };
          if (open) blocks.push(open);
          break;
        case 'normalisation':
          if (open) open.norm ??= layer as DocumentOfRole<'normalisation'>;
          break;
        case 'activation':
          if (open) open.activation ??= layer as DocumentOfRole<'activation'>;
          break;
        case 'regulariser':
          if (open) open.regulariser ??= layer as DocumentOfRole<'regulariser'>;
          break;
        case 'shape':
          break;
        default:
          never(role);
      }
    });
    return blocks;
  };
  return collect(layers, false, 1, output);
}

/** Weights in depth, without the output layer. */
export function depthOf(layers: readonly LayerDocument[]): number {
  return hiddenBlocks(layers).reduce((sum, block) => sum + block.times, 0);
}

/** Where the output layer stands in the list: the last weights with nothing but their activation after them; -1 where there is none. */
export function outputIndex(layers: readonly LayerDocument[]): number {
  const index = layers.findLastIndex(isWeights);
  return layers.slice(index + 1).some(containerOf) ? -1 : index;
}

/** Residual blocks of a model, repeats counted. */
export function residualBlocks(layers: readonly LayerDocument[]): number {
  return layers.reduce((sum, layer) => {
    const inside = innerLists(layer).reduce((all, { list }) => all + residualBlocks(list), 0);
    return sum + copiesOf(layer) * inside + (containerOf(layer)?.shortcut ? 1 : 0);
  }, 0);
}

/** What theory says about a layer wherever it is: an activation, a regularizer. */
export function stepsOf(layer: LayerDocument): readonly SignalStep[] | 'unknown' {
  const { theory } = featureOf(layer);
  const inside = () => ({ steps: [], width: Number.NaN });
  return theory === 'unknown'
    ? theory
    : theory(layer, { path: '', width: Number.NaN, image: undefined, after: undefined, batchSize: Number.POSITIVE_INFINITY, residualBlocks: 0, inside });
}

/** What stands around a run of layers that is rewritten. */
export interface Around extends Sample {
  residual: boolean;
  /** Columns that flow in; NaN where they are the features of the data or unknown. */
  readonly width: number;
}

/**
 * The layers with every hidden block replaced by what `rewrite` gives for it: a block is a layer with weights with all that follows it up to the next
 * one or the next container. Containers are entered, but for graphs. The output layer stays.
 */
export function mapBlocks(
  layers: readonly LayerDocument[],
  rewrite: (block: LayerDocument[], weights: WeightsDocument, around: Around) => LayerDocument[],
): LayerDocument[] {
  const walk = (list: readonly LayerDocument[], around: Around, output: number): LayerDocument[] => {
    const result: LayerDocument[] = [];
    let sample: Sample = around;
    for (let i = 0; i < list.length; ) {
      const layer = list[i]!;
      const container = containerOf(layer);
      const first = i;
      if (container) {
        // The first of several copies may see another width than the others: what holds for all of them is what the second sees, where the widths agree.
        const { width } = sample;
        const inner = container.inline && width !== sampleAfter([layer], sample).width ? Number.NaN : width;
        const inside = { ...sample, residual: around.residual || Boolean(container.shortcut), width: inner };
        result.push(container.holds === 'nodes' ? layer : withInner(layer, (each) => walk(each, inside, -1)));
        i++;
      } else if (isWeights(layer) && i !== output) {
        let end = i + 1;
        while (end < list.length && !isWeights(list[end]!) && !containerOf(list[end]!)) end++;
        result.push(...rewrite(list.slice(i, end), layer, { ...around, ...sample }));
        i = end;
      } else {
        result.push(layer);
        i++;
      }
      sample = sampleAfter(list.slice(first, i), sample);
    }
    return result;
  };
  return walk(layers, { residual: false, width: Number.NaN }, outputIndex(layers));
}

/** Repeats that start on another width than their own layers give, with their first copy written out: then all later copies see one width. */
export function unrollFirst(layers: readonly LayerDocument[]): LayerDocument[] {
  let width = Number.NaN;
  return layers.flatMap((layer): LayerDocument[] => {
    const before = width;
    width = widthAfter([layer], width);
    if (!('times' in layer) || layer.times < 2 || Object.is(before, width)) return [layer];
    return [...layer.layers, { ...layer, times: layer.times - 1 }];
  });
}
