// Mean absolute error.
import wgsl from '../../../shaders/losses/mae.wgsl';
import type { ElementwiseLoss } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { ANY_TARGET } from '../targets.ts';
import { type AllTargets, type BestConstant, bestElementwise } from './constant.ts';
import { elementwise } from './elementwise.ts';
import { type Loss, type NoOptions, readLossOptions } from './loss.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

export const entry: ElementwiseLoss = {
  name: 'mae',
  wgsl,
  inOps: 'mae',
  params: {},
  columns: 'mean',
  value: (y, t) => Math.abs(y - t),
  derivative: (y, t) => Math.sign(y - t),
};

/**
 * The mean absolute error of numbers, over all elements: PyTorch's l1_loss.
 *
 * @param given - It has no options.
 * @returns A loss for outputs and targets [batch, n].
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: mae(), optimizer, data: { train } });
 */
export function mae(given: NoOptions = {}): Loss {
  readLossOptions('mae', options, given);
  return elementwise(entry, { task: 'regression', targets: ANY_TARGET });
}
export { mae as create };

export const bestConstant = (targets: AllTargets): BestConstant => bestElementwise(targets, entry, {});

export const text: Texts = {
  en: { title: 'Mean absolute error', summary: 'The distance between output and target, its mean over all elements; outliers count less than squared.' },
  zh: { title: '平均绝对误差', summary: '输出与目标之差的绝对值，对所有元素取平均；离群值的影响比平方误差小。' },
};
