// Batch norm over the rows of a batch (Ioffe & Szegedy 2015).
import type { Value } from '../../graph/graph.ts';
import { appendUpdates, batchNormInferOp, batchNormOp } from '../../ops/batch_norm.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf, rowsOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

/** Options of batch norm. */
export interface BatchNormOptions {
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Fraction of the new batch in the running statistics; 0.1 by default (PyTorch's meaning). */
  momentum?: number;
}

export const record = {
  type: 'batch_norm',
  role: 'normalisation',
  keepsStatistics: true,
  options: {
    eps: { type: 'number', min: 0, default: 1e-5 },
    momentum: { type: 'number', min: 0, max: 1, default: 0.1 },
  },
} as const satisfies LayerRecord<BatchNormOptions>;

/**
 * Normalizes each feature over the batch, then scales and shifts it (Ioffe & Szegedy 2015). In inference it uses running statistics; the running variance is
 * unbiased, as in PyTorch.
 *
 * @param options - eps 1e-5 and momentum 0.1 by default.
 * @returns A layer of the same shape, [batch, features] -> [batch, features].
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * sequential([dense(16), batchNorm({ momentum: 0.05 }), relu(), dense(2)]);
 */
export function batchNorm(options?: BatchNormOptions): CallableLayer {
  const given = readOptions<BatchNormOptions, typeof record.options>('batch_norm', record.options, options);
  const { eps, momentum } = given;
  return layerOf(record, given, (context, x) => {
    const { graph, path } = context;
    const columns = lastOf(x.type);
    const gamma = context.parameter('gamma', [columns], { scheme: 'constant', value: 1 }, { decay: false });
    const beta = context.parameter('beta', [columns], { scheme: 'constant' }, { decay: false });
    const mean = context.buffer('running_mean', [columns], 0);
    const variance = context.buffer('running_variance', [columns], 1);
    if (context.keepsStatistics) return graph.apply(batchNormInferOp, [x, gamma, beta, mean, variance], { epsilon: eps }, path)[0]!;
    const [y, batch] = graph.apply(batchNormOp, [x, gamma, beta], { epsilon: eps }, path) as [Value, Value];
    context.updates.push({ append: appendUpdates, mean, variance, batch, momentum, rowsPerSample: rowsOf(x.type).rowsPerSample });
    return y;
  });
}

export const build = (document: BatchNormOptions): Layer => batchNorm(document);

export const size = (_document: BatchNormOptions, width: number, { add }: Sizing): number => {
  add(4 * width);
  return width;
};

/** Of two rows the normed values are 1 and -1, whatever they were: the theory begins with three. */
export const theory: Theory<BatchNormOptions> = (_document, { batchSize }) => (batchSize < 3 ? 'unknown' : [{ kind: 'batch_norm', batch: batchSize }]);

/** PyTorch has a class for rows and sequences, and one each for images and volumes. */
export const torch: Torch<BatchNormOptions> = ({ eps, momentum }, { inputs, image: { length: axes } = [] }) =>
  axes > 3
    ? null
    : `nn.BatchNorm${Math.max(1, axes)}d(${inputs}${eps === undefined ? '' : `, eps=${eps}`}${momentum === undefined ? '' : `, momentum=${momentum}`})`;

export const text: Texts = {
  en: { title: 'Batch norm', summary: 'Brings every feature to mean 0 and variance 1 over the batch, then scales and shifts it.' },
  zh: { title: '批归一化', summary: '在批次上把每个特征归一到均值 0、方差 1，再缩放和平移。' },
};
