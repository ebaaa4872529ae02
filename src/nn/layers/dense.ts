// x W + b.
import { ShapeError, UsageError } from '../../errors.ts';
import * as LIMITS from '../../limits.ts';
import { addOp } from '../../ops/elementwise.ts';
import { matmulOp } from '../../ops/matmul.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf, sameShape, shapeText } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { BIAS_INITIALIZER, fansOf, type Initializer, meanOf, varianceOf, WEIGHT_INITIALIZER, withFans } from '../initializers.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import { onChannelsLast } from './channels_first.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

/** Options of a dense layer. */
export interface DenseOptions {
  /** Units, the size of the last axis that it gives; at least 1. */
  units: number;
  /** How the weight starts; he_normal by default. */
  initializer?: Initializer;
  /** Whether there is a bias; true by default. */
  bias?: boolean;
  /** How the bias starts; at 0 by default. Of a scheme by fans, these are the weight's: PyTorch's default is variance_scaling of scale 1/3, uniform. */
  biasInitializer?: Initializer;
  /**
   * Another dense layer, before this one in the model: its weight is this one's too, in value and gradient (weight tying, Press and Wolf 2017). By default the
   * layer has a weight of its own.
   */
  weight?: Layer;
  /** With `weight`: takes it transposed, [units, inputs], as the decoder of an autoencoder does. False by default. */
  transpose?: boolean;
  /** Coefficient of the regularization loss l1 * sum |W|, at least 0; 0 by default. */
  l1?: number;
  /** Coefficient of the regularization loss l2 / 2 * sum W², at least 0; 0 by default. */
  l2?: number;
}

export const record = {
  type: 'dense',
  role: 'weights',
  options: {
    units: { type: 'integer', min: 1, max: LIMITS.units, required: true },
    bias: { type: 'boolean', default: true },
    initializer: { ...WEIGHT_INITIALIZER, default: { scheme: 'he_normal' } },
    biasInitializer: { ...BIAS_INITIALIZER, default: { scheme: 'constant' } },
    weight: {
      type: 'object',
      expected: 'a layer that stands before',
      accepts: (value) => typeof (value as Layer | null)?.build === 'function',
      programOnly: true,
    },
    transpose: { type: 'boolean', default: false, programOnly: true },
    l1: { type: 'number', min: 0, default: 0 },
    l2: { type: 'number', min: 0, default: 0 },
  },
} as const satisfies LayerRecord<DenseOptions>;

/**
 * x W + b over the last axis: [batch, ..., inputs] -> [batch, ..., units]. The weight is [inputs, units].
 *
 * @param options - The units, or an object with them.
 * @returns A layer, [batch, ..., inputs] -> [batch, ..., units].
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * dense(16);
 * dense({ units: 16, initializer: { scheme: 'lecun_normal' }, biasInitializer: { scheme: 'normal', std: 0.1 } });
 */
export function dense(options: DenseOptions | number): CallableLayer;
export function dense(options: DenseOptions | number, more?: unknown): CallableLayer {
  // Of an object only: `widths.map(dense)` passes an index.
  if (typeof more === 'object' && more !== null) throw new UsageError('dense: options come in one object, units among them: dense({ units: 16, bias: false })');
  const given = readOptions<DenseOptions, typeof record.options>('dense', record.options, typeof options === 'object' ? options : { units: options });
  const { units, initializer, bias, biasInitializer, weight: tied, transpose, l1, l2 } = given;
  if (transpose && !tied) throw new UsageError('dense: transpose: only the weight of another layer is transposed: give it as `weight`');
  return layerOf(record, given, (context, x) => {
    const { graph, path } = context;
    const inputs = lastOf(x.type);
    const weight = tied ? context.tensorOf(tied, 'weight') : context.parameter('weight', [inputs, units], initializer, { l1, l2 });
    const expected = transpose ? [units, inputs] : [inputs, units];
    if (!sameShape(weight.type.shape, expected))
      throw new ShapeError(
        `${path}: expected a weight of ${shapeText(expected)} for ${inputs} inputs and ${units} units, and ${weight.name} is ${shapeText(weight.type.shape)}`,
      );
    const product = graph.apply(matmulOp, [x, weight], transpose ? { transposeB: true } : {}, path)[0]!;
    if (!bias) return product;
    return graph.apply(addOp, [product, context.parameter('bias', [units], withFans(biasInitializer, inputs, units), { decay: false })], {}, `${path}/z`)[0]!;
  });
}

export const build = (document: DenseOptions): Layer => dense(document);

export const size = ({ units, bias = true }: DenseOptions, width: number, { add }: Sizing): number => {
  add(units * (width + (bias ? 1 : 0)), '.units');
  return units;
};

/** Of random weights: with constant ones all units are alike, and a constant bias shifts them all, which the theory of zero means does not know. */
export const theory: Theory<DenseOptions> = (
  { units, bias = true, initializer = record.options.initializer.default, biasInitializer = record.options.biasInitializer.default },
  { path, width },
) => {
  const variance = varianceOf(initializer, ...fansOf(path, initializer, [width, units]));
  if (variance === 0 || (bias && meanOf(biasInitializer) !== 0)) return 'unknown';
  const start = withFans(biasInitializer, width, units);
  const sb2 = bias ? varianceOf(start, ...fansOf(path, start, [units])) : 0;
  return [{ kind: 'dense', name: path, fanIn: width, width: units, sw2: width * variance, ...(sb2 > 0 ? { sb2 } : {}) }];
};

export const torch: Torch<DenseOptions> = ({ units, bias = true }, { inputs, image }) =>
  onChannelsLast(`nn.Linear(${inputs}, ${units}${bias ? '' : ', bias=False'})`, image);

export const text: Texts = {
  en: { title: 'Dense', summary: 'Every unit is a weighted sum of all inputs, plus a bias.' },
  zh: { title: '全连接', summary: '每个单元是所有输入的加权和，再加上偏置。' },
};
