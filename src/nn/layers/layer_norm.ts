// Layer norm over the features of each row (Ba, Kiros & Hinton 2016).
import { ShapeError, UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { layerNormOp } from '../../ops/layer_norm.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf, shapeText } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { onChannelsLast } from './channels_first.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

/** Options of layer norm. */
export interface LayerNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
}

export const record = {
  type: 'layer_norm',
  role: 'normalisation',
  options: { eps: { type: 'number', min: 0, default: 1e-5 } },
} as const satisfies LayerRecord<LayerNormOptions>;

/**
 * Normalizes every row over its last axis to mean 0 and variance 1, then scales and shifts each feature (Ba 2016). It does the same in training and in
 * inference; no row sees another.
 *
 * @param options - eps is 1e-5 by default.
 * @returns A layer of the same shape, [batch, ..., features] -> [batch, ..., features].
 * @throws UsageError for another option, for a negative eps, and for a value, which `layerNorm` of `fathom-webgpu/ops` takes; ShapeError while a
 * model is built for what has a single feature, of which it would leave nothing.
 * @example
 * sequential([dense(16), layerNorm(), tanh(), dense(2)]);
 */
export function layerNorm(options?: LayerNormOptions): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`layer_norm: expected options, got ${showGiven(options)}`);
  const given = readOptions<LayerNormOptions, typeof record.options>('layer_norm', record.options, options);
  return layerOf(record, given, (context, x) => {
    const columns = [lastOf(x.type)];
    if (columns[0]! < 2)
      throw new ShapeError(
        `layer_norm at ${context.path}: expected at least 2 features, got ${shapeText(x.type.shape)}: a single number less its mean is 0. Leave the norm out, or put it where a row has more`,
      );
    const gamma = context.parameter('gamma', columns, { scheme: 'constant', value: 1 }, { decay: false });
    const beta = context.parameter('beta', columns, { scheme: 'constant' }, { decay: false });
    return context.graph.apply(layerNormOp, [x, gamma, beta], { epsilon: given.eps }, context.path)[0]!;
  });
}

export const build = (document: LayerNormOptions): Layer => layerNorm(document);

export const size = (_document: LayerNormOptions, width: number, { add }: Sizing): number => {
  add(2 * width);
  return width;
};

export const theory: Theory<LayerNormOptions> = ({ eps = record.options.eps.default }) => [{ kind: 'layer_norm', eps }];

export const torch: Torch<LayerNormOptions> = ({ eps }, { inputs, image }) =>
  onChannelsLast(`nn.LayerNorm(${inputs}${eps === undefined ? '' : `, eps=${eps}`})`, image);

export const text: Texts = {
  en: { title: 'Layer norm', summary: 'Brings the features of every sample to mean 0 and variance 1, then scales and shifts each.' },
  zh: { title: '层归一化', summary: '把每个样本的各特征归一到均值 0、方差 1，再逐特征缩放和平移。' },
};
