// RMS norm over the features of each row (Zhang & Sennrich 2019).
import { UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { constant } from '../../ops/constant.ts';
import { rmsNormOp } from '../../ops/rms_norm.ts';
import { readOptions } from '../../option_table.ts';
import { f32, lastOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { onChannelsLast } from './channels_first.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

/** Options of RMS norm. */
export interface RmsNormOptions {
  /** Added to the mean square; 2^-23 by default, as PyTorch takes for float32. */
  eps?: number;
  /** Whether it has a scale for each feature, `gamma`; true by default. */
  affine?: boolean;
}

export const record = {
  type: 'rms_norm',
  role: 'normalisation',
  options: { eps: { type: 'number', min: 0, default: 2 ** -23 }, affine: { type: 'boolean', default: true } },
} as const satisfies LayerRecord<RmsNormOptions>;

/**
 * Divides every row, over its last axis, by its root mean square, then scales each feature (RMS norm, Zhang & Sennrich 2019). The mean stays, and there is no
 * shift. It does the same in training and in inference; no row sees another.
 *
 * @param options - eps is 2^-23 and affine true by default.
 * @returns A layer of the same shape, [batch, ..., features] -> [batch, ..., features].
 * @throws UsageError for another option, for a negative eps, and for a value, which `rmsNorm` of `fathom-webgpu/ops` takes.
 * @example
 * sequential([dense(16), rmsNorm(), tanh(), dense(2)]);
 */
export function rmsNorm(options?: RmsNormOptions): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`rms_norm: expected options, got ${showGiven(options)}`);
  const given = readOptions<RmsNormOptions, typeof record.options>('rms_norm', record.options, options);
  return layerOf(record, given, ({ graph, path, parameter }, x) => {
    const columns = [lastOf(x.type)];
    const gamma = given.affine ? parameter('gamma', columns, { scheme: 'constant', value: 1 }, { decay: false }) : constant(graph, 1, f32(...columns));
    return graph.apply(rmsNormOp, [x, gamma], { epsilon: given.eps }, path)[0]!;
  });
}

export const build = (document: RmsNormOptions): Layer => rmsNorm(document);

export const size = ({ affine = true }: RmsNormOptions, width: number, { add }: Sizing): number => {
  if (affine) add(width);
  return width;
};

export const theory: Theory<RmsNormOptions> = ({ eps = record.options.eps.default }) => [{ kind: 'rms_norm', eps }];

export const torch: Torch<RmsNormOptions> = ({ eps, affine = true }, { inputs, image }) =>
  onChannelsLast(`nn.RMSNorm(${inputs}${eps === undefined ? '' : `, eps=${eps}`}${affine ? '' : ', elementwise_affine=False'})`, image);

export const text: Texts = {
  en: { title: 'RMS norm', summary: 'Divides the features of every sample by their root mean square, then scales each.' },
  zh: { title: '均方根归一化', summary: '把每个样本的各特征除以它们的均方根，再逐特征缩放。' },
};
