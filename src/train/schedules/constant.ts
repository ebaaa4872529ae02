// A constant learning rate.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a constant schedule. */
export interface ConstantOptions {
  /** On the learning rate, at least 0. 1 by default. */
  factor?: number;
}

export const options = { factor: { type: 'number', min: 0, default: 1 } } as const satisfies OptionTable<ConstantOptions>;

/**
 * Keeps the learning rate as it is, times a factor.
 *
 * @param given - factor is 1 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const schedule = sequence({ schedules: [constant({ factor: 0.1 }), constant()], milestones: [100] });
 */
export function constant(given?: ConstantOptions): Schedule {
  const { factor } = readOptions<ConstantOptions, typeof options>('constant schedule', options, given);
  return { at: () => factor };
}
export { constant as create };

export const text: Texts = {
  en: { title: 'Constant', summary: 'The learning rate stays as it is.' },
  zh: { title: '恒定', summary: '学习率保持不变。' },
};
