// Schedules one after the other, for programs: a document writes a warm-up with `then`.
import { UsageError } from '../../errors.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { type Schedule, scheduleOption } from './schedule.ts';

export interface SequencePart {
  /** The step at which it begins; the first at 0, each after the one before it. */
  from: number;
  /** It counts from 0 at `from`. */
  schedule: Schedule;
}

const PARTS = {
  parts: {
    type: 'list',
    of: { type: 'record', options: { from: { type: 'integer', min: 0, required: true }, schedule: { ...scheduleOption, required: true } } },
    expected: 'a list of { from, schedule }',
    required: true,
  },
} as const satisfies OptionTable<{ parts: readonly SequencePart[] }>;

/**
 * Schedules one after the other: each begins at its `from` and counts from 0 there (PyTorch's SequentialLR).
 *
 * @throws UsageError where the first does not begin at 0, or one not after the one before it.
 * @example
 * sequence([{ from: 0, schedule: constant() }, { from: 1000, schedule: exponential({ gamma: 0.999 }) }])
 */
export function sequence(given: readonly SequencePart[]): Schedule {
  const { parts } = readOptions<{ parts: readonly SequencePart[] }, typeof PARTS>('sequence schedule', PARTS, { parts: given });
  if (parts[0]!.from !== 0) throw new UsageError('sequence schedule: the first part must begin at step 0');
  parts.forEach(({ from }, i) => {
    if (i > 0 && from <= parts[i - 1]!.from)
      throw new UsageError(`sequence schedule: parts[${i}].from: expected a step after ${parts[i - 1]!.from}, got ${from}`);
  });
  return {
    at(step, rate) {
      const { from, schedule } = parts.findLast((part) => part.from <= step)!;
      return schedule.at(step - from, rate);
    },
    *wrongAt(rate) {
      for (const [i, { schedule }] of parts.entries())
        for (const [place, message] of schedule.wrongAt?.(rate) ?? []) yield [`parts[${i}].schedule.${place}`, message];
    },
  };
}
