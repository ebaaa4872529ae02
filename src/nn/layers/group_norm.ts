// Group norm over positions and the channels of a group (Wu & He 2018).
import { constant } from '../../ops/constant.ts';
import { groupNormOp } from '../../ops/group_norm.ts';
import { readOptions } from '../../option_table.ts';
import { f32, lastOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

/** Options of group norm. */
export interface GroupNormOptions {
  /** Into how many groups of neighbours the channels are cut; it divides their number. */
  groups: number;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Whether it has a scale and a shift for each channel, `gamma` and `beta`; true by default. */
  affine?: boolean;
}

export const record = {
  type: 'group_norm',
  role: 'normalisation',
  options: {
    groups: { type: 'integer', min: 1, required: true },
    eps: { type: 'number', min: 0, default: 1e-5 },
    affine: { type: 'boolean', default: true },
  },
} as const satisfies LayerRecord<GroupNormOptions>;

/**
 * Group norm (Wu & He 2018): of every sample, all positions and the channels of a group to mean 0 and variance 1, then scale and shift for each channel.
 * Channels are last: `[batch, height, width, channels]`, `[batch, time, channels]` or `[batch, channels]`. The same in training and in inference; no sample
 * sees another, so small batches are no trouble.
 *
 * @param options - How many groups; eps and whether there are scales and shifts.
 * @returns A layer whose output has the shape of its input.
 * @throws UsageError for another option, for groups that are no positive integer, and for a negative eps; ShapeError while a model is built where the groups
 * do not divide the channels.
 * @example
 * sequential([dense(32), groupNorm({ groups: 4 }), relu(), dense(2)]);
 */
export function groupNorm(options: GroupNormOptions): CallableLayer {
  const given = readOptions<GroupNormOptions, typeof record.options>('group_norm', record.options, options);
  const { groups, eps, affine } = given;
  return layerOf(record, given, ({ graph, path, parameter }, x) => {
    const channels = [lastOf(x.type)];
    const scale = (name: string, value: number) =>
      affine ? parameter(name, channels, { scheme: 'constant', value }, { decay: false }) : constant(graph, value, f32(...channels));
    return graph.apply(groupNormOp, [x, scale('gamma', 1), scale('beta', 0)], { groups, epsilon: eps }, path)[0]!;
  });
}

export const build = (document: GroupNormOptions): Layer => groupNorm(document);

export const size = ({ affine = true }: GroupNormOptions, width: number, { add }: Sizing): number => {
  if (affine) add(2 * width);
  return width;
};

export const theory: Theory<GroupNormOptions> = ({ groups, eps = record.options.eps.default }, { width }) => [
  { kind: 'group_norm', features: width / groups, groups, eps },
];

export const torch: Torch<GroupNormOptions> = ({ groups, eps, affine = true }, { inputs }) =>
  `nn.GroupNorm(${groups}, ${inputs}${eps === undefined ? '' : `, eps=${eps}`}${affine ? '' : ', affine=False'})`;

export const text: Texts = {
  en: {
    title: 'Group norm',
    summary: 'Brings groups of channels of every sample to mean 0 and variance 1 over all positions, then scales and shifts each channel.',
  },
  zh: { title: '组归一化', summary: '把每个样本的各组通道在所有位置上归一到均值 0、方差 1，再逐通道缩放和平移。' },
};
