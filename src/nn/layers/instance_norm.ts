// Instance norm over the positions of each channel (Ulyanov, Vedaldi & Lempitsky 2016): group norm with a group for each channel.
import { constant } from '../../ops/constant.ts';
import { groupNormOp, requirePositions } from '../../ops/group_norm.ts';
import { readOptions } from '../../option_table.ts';
import { f32, lastOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

/** Options of instance norm. */
export interface InstanceNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Whether it has a scale and a shift for each channel, `gamma` and `beta`; false by default, as in PyTorch. */
  affine?: boolean;
}

export const record = {
  type: 'instance_norm',
  role: 'normalisation',
  options: { eps: { type: 'number', min: 0, default: 1e-5 }, affine: { type: 'boolean', default: false } },
} as const satisfies LayerRecord<InstanceNormOptions>;

/**
 * Instance norm (Ulyanov, Vedaldi & Lempitsky 2016): every channel of every sample, over its positions, to mean 0 and variance 1. Channels are last:
 * `[batch, height, width, channels]` or `[batch, time, channels]`. The same in training and in inference; it keeps no running statistics.
 *
 * @param options - eps, and whether there are scales and shifts; none need be given.
 * @returns A layer whose output has the shape of its input.
 * @throws UsageError for another option and for a negative eps; ShapeError while a model is built for what has no positions, `[batch, channels]`.
 * @example
 * model({ image: [28, 28, 3] }, ({ image }) => ({ logits: dense(10)(flatten()(instanceNorm()(image))) }));
 */
export function instanceNorm(options?: InstanceNormOptions): CallableLayer {
  const given = readOptions<InstanceNormOptions, typeof record.options>('instance_norm', record.options, options);
  const { eps, affine } = given;
  return layerOf(record, given, ({ graph, path, parameter }, x) => {
    requirePositions(`instance_norm at ${path}`, x.type);
    const channels = lastOf(x.type);
    const scale = (name: string, value: number) =>
      affine ? parameter(name, [channels], { scheme: 'constant', value }, { decay: false }) : constant(graph, value, f32(channels));
    return graph.apply(groupNormOp, [x, scale('gamma', 1), scale('beta', 0)], { groups: channels, epsilon: eps }, path)[0]!;
  });
}

export const build = (document: InstanceNormOptions): Layer => instanceNorm(document);

export const size = ({ affine = false }: InstanceNormOptions, width: number, { add }: Sizing): number => {
  if (affine) add(2 * width);
  return width;
};

export const theory: Theory<InstanceNormOptions> = ({ eps = record.options.eps.default }, { image }) => (image ? [{ kind: 'instance_norm', eps }] : 'unknown');

/** PyTorch has a class each for sequences, images and volumes. */
export const torch: Torch<InstanceNormOptions> = ({ eps, affine = false }, { inputs, image: { length: axes } = [] }) =>
  axes === 0 || axes > 3 ? null : `nn.InstanceNorm${axes}d(${inputs}${eps === undefined ? '' : `, eps=${eps}`}${affine ? ', affine=True' : ''})`;

export const text: Texts = {
  en: { title: 'Instance norm', summary: 'Brings every channel of every sample to mean 0 and variance 1 over its positions.' },
  zh: { title: '实例归一化', summary: '把每个样本的每个通道在各位置上归一到均值 0、方差 1。' },
};
