// Schedules one after the other.
import { UsageError } from '../../errors.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { reactionFrom, type Schedule, scheduleOption } from './schedule.ts';

/** Options of a sequence of schedules. */
export interface SequenceOptions {
  /** In their order; each counts from 0 where it begins. */
  schedules: readonly Schedule[];
  /** The steps at which all but the first begin: one fewer than schedules, each at least 1 and after the one before it. */
  milestones: readonly number[];
}

export const options = {
  schedules: { type: 'list', of: scheduleOption, expected: 'a list of schedules', required: true },
  milestones: { type: 'list', of: { type: 'integer', min: 1 }, empty: true, expected: 'a list of steps', required: true },
} as const satisfies OptionTable<SequenceOptions>;

/**
 * Schedules one after the other, each counted from 0 where it begins (PyTorch's SequentialLR).
 *
 * @param given - Both options are needed.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, for a value outside its range, and where milestones do not fit the schedules.
 * @example
 * const schedule = sequence({ schedules: [constant(), exponential({ gamma: 0.999 })], milestones: [1000] });
 */
export function sequence(given: SequenceOptions): Schedule {
  const { schedules, milestones } = readOptions<SequenceOptions, typeof options>('sequential schedule', options, given);
  for (const [place, message] of wrong({ schedules, milestones })) throw new UsageError(`sequential schedule: ${place}: ${message}`);
  return {
    at(step, learningRate) {
      const now = milestones.filter((milestone) => milestone <= step).length;
      return schedules[now]!.at(now === 0 ? step : step - milestones[now - 1]!, learningRate);
    },
    ...reactionFrom(schedules.at(-1), milestones.at(-1) ?? 0),
    *wrongAt(learningRate) {
      for (const [i, { react }] of schedules.entries())
        if (react && i < milestones.length) yield [`schedules[${i}]`, 'reacts to validations: it can only be the last'];
      for (const [i, schedule] of schedules.entries())
        for (const [place, message] of schedule.wrongAt?.(learningRate) ?? []) yield [`schedules[${i}].${place}`, message];
    },
  };
}
export { sequence as create };

export function* wrong({ schedules, milestones }: { schedules: readonly unknown[]; milestones: readonly number[] }): Generator<[string, string]> {
  const count = schedules.length - 1;
  if (milestones.length !== count) yield ['milestones', `expected ${count}, one fewer than schedules, got ${milestones.length}`];
  for (const [i, step] of milestones.entries())
    if (i > 0 && step <= milestones[i - 1]!) yield [`milestones[${i}]`, `expected a step after ${milestones[i - 1]}, got ${step}`];
}

export const text: Texts = {
  en: { title: 'Sequential', summary: 'Follows several schedules, one after the other.' },
  zh: { title: '依次', summary: '依次采用多个学习率调度。' },
};
