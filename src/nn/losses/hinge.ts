// The hinge loss of large margins.
import wgsl from '../../../shaders/losses/hinge.wgsl';
import type { ElementwiseLoss } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { SIGN } from '../targets.ts';
import { type AllTargets, type BestConstant, bestElementwise } from './constant.ts';
import { elementwise } from './elementwise.ts';
import { type Loss, type NoOptions, readLossOptions } from './loss.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

export const entry: ElementwiseLoss = {
  name: 'hinge',
  wgsl,
  inOps: 'hinge',
  params: {},
  columns: 'mean',
  value: (y, t) => Math.max(0, 1 - t * y),
  derivative: (y, t) => (t * y < 1 ? -t : 0),
};

/**
 * max(0, 1 - target output), its mean over all elements; targets -1 and 1. Several outputs are one for each class.
 *
 * @param given - It has no options.
 * @returns A loss for outputs [batch, n] and targets [batch, n] of -1 and 1.
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: hinge(), optimizer, data: { train } });
 */
export function hinge(given: NoOptions = {}): Loss {
  readLossOptions('hinge', options, given);
  return elementwise(entry, { task: 'classification', targets: SIGN, isSecond: (value) => value > 0 });
}
export { hinge as create };

export const bestConstant = (targets: AllTargets): BestConstant => bestElementwise(targets, entry, {});

export const text: Texts = {
  en: { title: 'Hinge', summary: 'How far an output is from the right side of the margin; targets are -1 and 1.' },
  zh: { title: '合页损失', summary: '输出离间隔正确一侧还有多远；目标为 -1 和 1。' },
};
