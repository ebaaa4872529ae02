// The squared hinge loss of large margins.
import wgsl from '../../../shaders/losses/squared_hinge.wgsl';
import type { ElementwiseLoss } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { SIGN } from '../targets.ts';
import { type AllTargets, type BestConstant, bestElementwise } from './constant.ts';
import { elementwise } from './elementwise.ts';
import { type Loss, type NoOptions, readLossOptions } from './loss.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

export const entry: ElementwiseLoss = {
  name: 'squared_hinge',
  wgsl,
  inOps: 'squaredHinge',
  params: {},
  columns: 'mean',
  value: (y, t) => Math.max(0, 1 - t * y) ** 2,
  derivative: (y, t) => -2 * t * Math.max(0, 1 - t * y),
};

/**
 * max(0, 1 - target output)², its mean over all elements; targets -1 and 1. Several outputs are one for each class.
 *
 * @param given - It has no options.
 * @returns A loss for outputs [batch, n] and targets [batch, n] of -1 and 1.
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: squaredHinge(), optimizer, data: { train } });
 */
export function squaredHinge(given: NoOptions = {}): Loss {
  readLossOptions('squaredHinge', options, given);
  return elementwise(entry, { task: 'classification', targets: SIGN, isSecond: (value) => value > 0 });
}
export { squaredHinge as create };

export const bestConstant = (targets: AllTargets): BestConstant => bestElementwise(targets, entry, {});

export const text: Texts = {
  en: { title: 'Squared hinge', summary: 'The squared distance of an output from the right side of the margin; targets are -1 and 1.' },
  zh: { title: '平方合页损失', summary: '输出离间隔正确一侧距离的平方；目标为 -1 和 1。' },
};
