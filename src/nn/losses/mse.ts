// Mean squared error.
import wgsl from '../../../shaders/losses/mse.wgsl';
import type { ElementwiseLoss } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { ANY_TARGET } from '../targets.ts';
import { type AllTargets, type BestConstant, columnMeans, mean } from './constant.ts';
import { elementwise } from './elementwise.ts';
import { type Loss, type NoOptions, readLossOptions } from './loss.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

export const entry: ElementwiseLoss = {
  name: 'mse',
  wgsl,
  inOps: 'mse',
  params: {},
  columns: 'mean',
  value: (y, t) => (y - t) ** 2,
  derivative: (y, t) => 2 * (y - t),
};

/**
 * The mean squared error of numbers, over all elements: PyTorch's mse_loss.
 *
 * @param given - It has no options.
 * @returns A loss for outputs and targets [batch, n].
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: mse(), optimizer, data: { train } });
 */
export function mse(given: NoOptions = {}): Loss {
  readLossOptions('mse', options, given);
  return elementwise(entry, { task: 'regression', targets: ANY_TARGET });
}
export { mse as create };

/** The means, whose loss is the variance. */
export function bestConstant(targets: AllTargets): BestConstant {
  const means = columnMeans(targets);
  return { answer: [...means], loss: mean(columnMeans(targets, (value, column) => (value - means[column]!) ** 2)) };
}

export const text: Texts = {
  en: { title: 'Mean squared error', summary: 'The squared difference between output and target, its mean over all elements.' },
  zh: { title: '均方误差', summary: '输出与目标之差的平方，对所有元素取平均。' },
};
