// The same fall in every step.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of an exponential schedule. */
export interface ExponentialOptions {
  /** By which the learning rate falls in a step, above 0. */
  gamma: number;
}

export const options = { gamma: { type: 'number', above: 0, required: true } } as const satisfies OptionTable<ExponentialOptions>;

/**
 * Multiplies the learning rate by gamma after every step (PyTorch's ExponentialLR).
 *
 * @param given - gamma is needed.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: exponential({ gamma: 0.9995 }) });
 */
export function exponential(given: ExponentialOptions): Schedule {
  const { gamma } = readOptions<ExponentialOptions, typeof options>('exponential schedule', options, given);
  return { at: (step) => gamma ** step };
}
export { exponential as create };

export const text: Texts = {
  en: { title: 'Exponential', summary: 'Falls by the same factor in every step.' },
  zh: { title: '指数', summary: '每一步乘以同一系数。' },
};
