// Down to nothing by a power.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a polynomial schedule. */
export interface PolynomialOptions {
  /** Steps until the learning rate is 0. At least 1. */
  totalIters: number;
  /** At least 0. 1, a straight line, by default. */
  power?: number;
}

export const options = {
  totalIters: { type: 'integer', min: 1, required: true },
  power: { type: 'number', min: 0, default: 1 },
} as const satisfies OptionTable<PolynomialOptions>;

/**
 * Multiplies the learning rate by (1 - step / totalIters) to the power `power`, then by 0 (PyTorch's PolynomialLR).
 *
 * @param given - totalIters is needed; power is 1 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: polynomial({ totalIters: 10_000, power: 0.9 }) });
 */
export function polynomial(given: PolynomialOptions): Schedule {
  const { totalIters, power } = readOptions<PolynomialOptions, typeof options>('polynomial schedule', options, given);
  return { at: (step) => (1 - Math.min(step, totalIters) / totalIters) ** power };
}
export { polynomial as create };

export const text: Texts = {
  en: { title: 'Polynomial', summary: 'Falls to 0 along a power of the steps that are left.' },
  zh: { title: '多项式', summary: '按剩余步数的幂降到 0。' },
};
