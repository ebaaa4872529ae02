// Binary cross entropy of logits.
import weighedText from '../../../shaders/losses/bce_pos_weight.wgsl';
import wgsl from '../../../shaders/losses/bce_with_logits.wgsl';
import type { ElementwiseLoss } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { FRACTION } from '../targets.ts';
import { type AllTargets, type BestConstant, bestCrossEntropy, columnMeans, mean } from './constant.ts';
import { elementwise } from './elementwise.ts';
import { type Loss, readLossOptions } from './loss.ts';

/** Options of binary cross entropy. */
export interface BceWithLogitsOptions {
  /** What positive targets count, at least 0: one number, or one for each output. PyTorch's `pos_weight`: the mean is over all elements. By default 1. */
  posWeight?: number | readonly number[];
}

export const options = {
  posWeight: {
    type: 'either',
    of: [
      { type: 'number', min: 0 },
      { type: 'list', of: { type: 'number', min: 0 }, expected: 'a list of numbers' },
    ],
    expected: 'a number of at least 0, or a list of one for each output',
  },
} as const satisfies OptionTable<BceWithLogitsOptions>;

export const entry: ElementwiseLoss = {
  name: 'bce_with_logits',
  wgsl,
  inOps: 'bceWithLogits',
  params: {},
  columns: 'mean',
  weighed: { file: 'losses/bce_pos_weight', text: weighedText },
  value: (x, t) => Math.max(x, 0) - x * t + Math.log1p(Math.exp(-Math.abs(x))),
  derivative: (x, t) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))) - t,
};

/**
 * The binary cross entropy of sigmoid(output), its mean over all elements; targets from 0 to 1.
 *
 * @param given - posWeight is 1 by default.
 * @returns A loss for outputs [batch, n] and targets [batch, n] from 0 to 1.
 * @throws UsageError for another option, or a negative weight; ShapeError, while a trainer is built, for another number of weights than the model has outputs.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: bceWithLogits({ posWeight: 3 }), optimizer, data: { train } });
 */
export function bceWithLogits(given: BceWithLogitsOptions = {}): Loss {
  const { posWeight } = readLossOptions<BceWithLogitsOptions, typeof options>('bceWithLogits', options, given);
  // Targets are 0 and 1, outputs logits: of both, what is no target is a logit.
  const isSecond = (value: number): boolean => value > (value === 0 || value === 1 ? 0.5 : 0);
  return elementwise(entry, { task: 'classification', targets: FRACTION, probabilities: 'sigmoid', isSecond, posWeight });
}
export { bceWithLogits as create };

export function bestConstant(targets: AllTargets, { posWeight = 1 }: BceWithLogitsOptions): BestConstant {
  const weight = (column: number): number => (typeof posWeight === 'number' ? posWeight : posWeight[column]!);
  const columns = Array.from(columnMeans(targets), (share, column) => bestCrossEntropy([weight(column) * share, 1 - share]));
  // The logarithms of yes and no, as one logit.
  return { answer: columns.map(({ answer: [yes, no] }) => yes! - no!), loss: mean(columns.map(({ loss }) => loss)) };
}

export const text: Texts = {
  en: {
    title: 'Binary cross entropy',
    summary: 'Each output is the logit of a yes or no of its own; the cross entropy of its sigmoid, its mean over all elements.',
  },
  zh: { title: '二元交叉熵', summary: '每个输出各自是一个是非判断的 logit；取其 sigmoid 的交叉熵，对所有元素取平均。' },
};
