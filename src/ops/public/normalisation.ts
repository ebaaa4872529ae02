// Softmax and norms.
import { ShapeError, UsageError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { f32, lastOf, sameShape, shapeText, sizeOf } from '../../shape.ts';
import { softmaxAlong } from '../along.ts';
import { batchNormInferOp, batchNormOp } from '../batch_norm.ts';
import { constant } from '../constant.ts';
import { groupNormOp, requirePositions } from '../group_norm.ts';
import { layerNormOp } from '../layer_norm.ts';
import { reshape } from '../reshape.ts';
import { rmsNormOp } from '../rms_norm.ts';
import { axisOf, graphOf, named, one } from './given.ts';

function softmaxOf(name: string, x: Value, axis: number, logarithm: boolean): Value {
  const graph = graphOf(name, { x });
  const at = axisOf(name, x, axis);
  return named(name, () => softmaxAlong(graph, x, at, logarithm));
}

/**
 * e^x / sum e^x along an axis, the last by default.
 *
 * @param x - f32 of any shape.
 * @param axis - The axis that sums to 1, the last by default; not axis 0 of a batch.
 * @returns f32 of that shape.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 * @example
 * softmax(mul(scores, 1 / Math.sqrt(64)));
 */
export function softmax(x: Value, axis = -1): Value {
  return softmaxOf('softmax', x, axis, false);
}

/**
 * log softmax(x), without overflow.
 *
 * @param x - f32 of any shape.
 * @param axis - The axis whose exponentials sum to 1, the last by default; not axis 0 of a batch.
 * @returns f32 of that shape.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 * @example
 * neg(sum(mul(target, logSoftmax(logits)), -1)); // cross entropy of probabilities
 */
export function logSoftmax(x: Value, axis = -1): Value {
  return softmaxOf('logSoftmax', x, axis, true);
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** The first of the axes that are normalized, up to the last; -1 by default, features alone. */
  axis?: number;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Factors, of the shape of the normalized axes; none by default. */
  weight?: Value;
  /** Summands, of that shape; none by default. */
  bias?: Value;
}

const VALUE = { type: 'object', expected: 'a value', accepts: (value: unknown) => Graph.of(value) !== undefined } as const;
const LAYER_OPTIONS = {
  axis: { type: 'integer', default: -1 },
  eps: { type: 'number', min: 0, default: 1e-5 },
  weight: VALUE,
  bias: VALUE,
} as const satisfies OptionTable<LayerNormOptions>;

/** Throws ShapeError for a weight or bias of another shape than what it belongs to. */
function checkScales(name: string, x: Value, expected: readonly number[], scales: Readonly<Record<string, Value | undefined>>): void {
  for (const [which, value] of Object.entries(scales))
    if (value && !sameShape(value.type.shape, expected))
      throw new ShapeError(`${name}: ${which}: expected ${shapeText(expected)} for x ${shapeText(x.type.shape)}, got ${shapeText(value.type.shape)}`);
}

/** Those values that are there, for `graphOf`. */
const given = (values: Readonly<Record<string, Value | undefined>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, Value] => entry[1] !== undefined));

/** A scale or a shift as one axis; numbers that change nothing where there is none. */
const flat = (graph: Graph, scale: Value | undefined, size: number, none: number): Value =>
  scale ? reshape(graph, scale, [size]) : constant(graph, none, f32(size));

/** A norm of the axes from `axis` on, as one of the last axis. */
function overLast(
  name: string,
  x: Value,
  axis: number,
  scales: Readonly<Record<string, Value | undefined>>,
  norm: (graph: Graph, rows: Value, size: number) => Value,
): Value {
  const graph = graphOf(name, { x, ...given(scales) });
  const { shape } = x.type;
  const from = axisOf(name, x, axis);
  checkScales(name, x, shape.slice(from), scales);
  const size = sizeOf(shape.slice(from));
  return named(name, () => reshape(graph, norm(graph, reshape(graph, x, [...shape.slice(0, from), size]), size), shape));
}

/**
 * (x - mean) / sqrt(variance + eps), over the axes from `axis` on, then times weight plus bias (Ba 2016).
 *
 * @param x - f32 [..., features].
 * @param options - Axis -1, eps 1e-5, no weight and no bias by default.
 * @returns f32 of x's shape.
 * @throws UsageError for an axis that is not there, a negative eps, and for what is no value; ShapeError where shapes do not fit.
 * @example
 * layerNorm(x, { weight: parameter('weight', [last(x)], ones()) });
 */
export function layerNorm(x: Value, options: LayerNormOptions = {}): Value {
  const { axis, eps, weight, bias } = readOptions<LayerNormOptions, typeof LAYER_OPTIONS>('layerNorm', LAYER_OPTIONS, options);
  return overLast('layerNorm', x, axis, { weight, bias }, (graph, rows, size) =>
    one(graph, layerNormOp, [rows, flat(graph, weight, size, 1), flat(graph, bias, size, 0)], { epsilon: eps }),
  );
}

/** Options of `rmsNorm`. */
export interface RmsNormOptions {
  /** The first of the axes that are normalised, up to the last; -1 by default, features alone. */
  axis?: number;
  /** Added to the mean square; 2^-23 by default, as PyTorch takes for float32. */
  eps?: number;
  /** Factors, of the shape of the normalised axes; none by default. */
  weight?: Value;
}

const RMS_OPTIONS = {
  axis: { type: 'integer', default: -1 },
  eps: { type: 'number', min: 0, default: 2 ** -23 },
  weight: VALUE,
} as const satisfies OptionTable<RmsNormOptions>;

/**
 * x / sqrt(mean of x² + eps), over the axes from `axis` on, then times weight (Zhang & Sennrich 2019).
 *
 * @param x - f32 [..., features].
 * @param options - Axis -1, eps 2^-23 and no weight by default.
 * @returns f32 of x's shape.
 * @throws UsageError for an axis that is not there, a negative eps, and for what is no value; ShapeError where shapes do not fit.
 * @example
 * rmsNorm(x, { weight: parameter('weight', [last(x)], ones()) });
 */
export function rmsNorm(x: Value, options: RmsNormOptions = {}): Value {
  const { axis, eps, weight } = readOptions<RmsNormOptions, typeof RMS_OPTIONS>('rmsNorm', RMS_OPTIONS, options);
  return overLast('rmsNorm', x, axis, { weight }, (graph, rows, size) => one(graph, rmsNormOp, [rows, flat(graph, weight, size, 1)], { epsilon: eps }));
}

/** Options of instance norm. */
export interface InstanceNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** A factor for each channel; none by default. */
  weight?: Value;
  /** A summand for each channel; none by default. */
  bias?: Value;
}

/** Options of group norm. */
export interface GroupNormOptions extends InstanceNormOptions {
  /** Into how many groups of neighbours the channels are cut; it divides their number. */
  groups: number;
}

const CHANNEL_OPTIONS = { eps: { type: 'number', min: 0, default: 1e-5 }, weight: VALUE, bias: VALUE } as const satisfies OptionTable<InstanceNormOptions>;
const GROUP_OPTIONS = { ...CHANNEL_OPTIONS, groups: { type: 'integer', min: 1, required: true } } as const satisfies OptionTable<GroupNormOptions>;

/** Group norm by a scale and a shift for each channel. */
function groups(
  name: string,
  x: Value,
  count: (channels: number) => number,
  eps: number,
  scales: { weight: Value | undefined; bias: Value | undefined },
): Value {
  const graph = graphOf(name, { x, ...given(scales) });
  const channels = lastOf(x.type);
  checkScales(name, x, [channels], scales);
  return named(name, () => {
    const inputs = [x, flat(graph, scales.weight, channels, 1), flat(graph, scales.bias, channels, 0)];
    return one(graph, groupNormOp, inputs, { groups: count(channels), epsilon: eps });
  });
}

/**
 * (x - mean) / sqrt(variance + eps) over all positions of a sample and the channels of a group, then times weight plus bias of each channel (Wu & He 2018).
 * Channels are last: `[batch, ..., channels]`.
 *
 * @param x - At least two axes.
 * @param options - How many groups; eps, and factors and summands for each channel.
 * @returns The shape of x.
 * @throws UsageError for groups that are no positive integer, a negative eps, and for what is no value; ShapeError where the groups do not divide the
 * channels, and where shapes do not fit.
 * @example
 * groupNorm(x, { groups: 4, weight: parameter('weight', [last(x)], ones()) });
 */
export function groupNorm(x: Value, options: GroupNormOptions): Value {
  const { groups: count, eps, weight, bias } = readOptions<GroupNormOptions, typeof GROUP_OPTIONS>('groupNorm', GROUP_OPTIONS, options);
  return groups('groupNorm', x, () => count, eps, { weight, bias });
}

/**
 * (x - mean) / sqrt(variance + eps) over the positions of each sample and channel, then times weight plus bias of each channel (Ulyanov 2016). Channels are
 * last: `[batch, height, width, channels]`.
 *
 * @param x - At least three axes, with two positions or more.
 * @param options - eps, and factors and summands for each channel; none need be given.
 * @returns The shape of x.
 * @throws UsageError for a negative eps and for what is no value; ShapeError for what has fewer than 2 positions, and where shapes do not fit.
 * @example
 * instanceNorm(x, { weight: parameter('weight', [last(x)], ones()) });
 */
export function instanceNorm(x: Value, options: InstanceNormOptions = {}): Value {
  const { eps, weight, bias } = readOptions<InstanceNormOptions, typeof CHANNEL_OPTIONS>('instanceNorm', CHANNEL_OPTIONS, options);
  graphOf('instanceNorm', { x });
  requirePositions('instanceNorm', x.type);
  return groups('instanceNorm', x, (channels) => channels, eps, { weight, bias });
}

/** Options of batch norm. */
export interface BatchNormOptions extends InstanceNormOptions {
  /** Means to use in the place of the batch's, `[channels]`, with `variance`: what a layer has kept. The batch's by default. */
  mean?: Value;
  /** Variances to use in the place of the batch's, `[channels]`, with `mean`. The batch's by default. */
  variance?: Value;
}

const BATCH_OPTIONS = { ...CHANNEL_OPTIONS, mean: VALUE, variance: VALUE } as const satisfies OptionTable<BatchNormOptions>;

/**
 * (x - mean) / sqrt(variance + eps) of each channel, over the true samples and all positions, then times weight plus bias (Ioffe & Szegedy 2015). Channels are
 * last, `[batch, ..., channels]`; the variance is divided by the number of values, as PyTorch does where it normalizes.
 *
 * @param x - At least two axes. Samples times positions are a multiple of 4, padding counted: a trainer's batch is.
 * @param options - `mean` and `variance`, both or neither, are used instead of the batch's: gradients flow to them, too.
 * @returns The shape of x.
 * @throws UsageError for a mean without a variance or the other way round, a negative eps, and for what is no value; ShapeError where shapes do not fit.
 * @example
 * layer('norm', (x, { buffer, keepsStatistics }) => {
 *   const kept = { mean: buffer('mean', [last(x)]), variance: buffer('variance', [last(x)], 1) };
 *   return batchNorm(x, keepsStatistics ? kept : {}); // and `assign` moves what is kept
 * });
 */
export function batchNorm(x: Value, options: BatchNormOptions = {}): Value {
  const { eps, ...values } = readOptions<BatchNormOptions, typeof BATCH_OPTIONS>('batchNorm', BATCH_OPTIONS, options);
  const { weight, bias, mean, variance } = values;
  const graph = graphOf('batchNorm', { x, ...given(values) });
  if (!mean !== !variance) throw new UsageError(`batchNorm: expected a mean and a variance or neither, got only a ${mean ? 'mean' : 'variance'}`);
  const channels = lastOf(x.type);
  checkScales('batchNorm', x, [channels], values);
  return named('batchNorm', () => {
    const inputs = [x, flat(graph, weight, channels, 1), flat(graph, bias, channels, 0)];
    return mean && variance ? one(graph, batchNormInferOp, [...inputs, mean, variance], { epsilon: eps }) : one(graph, batchNormOp, inputs, { epsilon: eps });
  });
}
