// Up in a straight line, then down as the inverse square root.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of an inverse square root schedule. */
export interface InverseSqrtOptions {
  /** Steps until the learning rate is reached. At least 1. */
  warmup: number;
}

export const options = { warmup: { type: 'integer', min: 1, required: true } } as const satisfies OptionTable<InverseSqrtOptions>;

/**
 * Up in a straight line to 1 at step `warmup`, then down as the inverse square root: min(t / w, sqrt(w / t)), t = step + 1 (Vaswani 2017).
 *
 * @param given - warmup is needed.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adam({ learningRate: 0.001, schedule: inverseSqrt({ warmup: 4000 }) });
 */
export function inverseSqrt(given: InverseSqrtOptions): Schedule {
  const { warmup } = readOptions<InverseSqrtOptions, typeof options>('inverse_sqrt schedule', options, given);
  return { at: (step) => Math.min((step + 1) / warmup, Math.sqrt(warmup / (step + 1))) };
}
export { inverseSqrt as create };

export const text: Texts = {
  en: { title: 'Inverse square root', summary: 'Rises in a straight line, then falls as the inverse square root of the step.' },
  zh: { title: '平方根倒数', summary: '先线性上升，再按步数平方根的倒数下降。' },
};
