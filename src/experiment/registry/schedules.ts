// Schedules as documents name them, from the list of schedules.
import { requireName, requireObject } from '../../errors.ts';
import type { Options } from '../../option_table.ts';
import type { Schedule, ScheduleFeature } from '../../train/schedules/schedule.ts';
import { SCHEDULES } from '../../train/schedules.ts';
import type { ScheduleDocument } from '../document.ts';

/** All schedules that a document may have, by their names. */
export const SCHEDULE_FEATURES: Readonly<Record<string, ScheduleFeature<object>>> = SCHEDULES;

/** The options of a table that take a schedule, or a list of them. */
export function scheduleOptions(options: Options): { key: string; list: boolean; required: boolean }[] {
  return Object.entries(options).flatMap(([key, entry]) => {
    const list = entry.type === 'list';
    return (list ? entry.of : entry).type === 'object' ? [{ key, list, required: entry.required === true }] : [];
  });
}

/**
 * Makes the learning rate schedule of a document.
 *
 * @param document - The schedule with its options.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for an unknown name or option, and for a value outside its range.
 * @example
 * const schedule = buildSchedule({ name: 'warmup', steps: 500, then: { name: 'cosine', tMax: 9500 } });
 */
export function buildSchedule(document: ScheduleDocument): Schedule {
  requireObject('schedule', document, 'an object with a name');
  const { name, ...given } = document;
  requireName('schedule: name', name, Object.keys(SCHEDULE_FEATURES));
  const { options, create } = SCHEDULE_FEATURES[name]!;
  return create(withSchedules(options, given));
}

/** What is wrong in a schedule's document though every option is in its range, for this learning rate: where, and what. */
export function* wrongInSchedule(document: ScheduleDocument, learningRate: number): Generator<readonly [place: string, message: string]> {
  const problems = [...wrongAlone(document, '')];
  yield* problems.length > 0 ? problems : (buildSchedule(document).wrongAt?.(learningRate) ?? []);
}

/** What is wrong whatever the learning rate, in the schedules within it, too. */
function* wrongAlone(document: ScheduleDocument, prefix: string): Generator<readonly [place: string, message: string]> {
  const { options, wrong } = SCHEDULE_FEATURES[document.name]!;
  for (const [place, message] of wrong?.(document) ?? []) yield [`${prefix}${place}`, message];
  for (const { key } of scheduleOptions(options)) {
    const within = (document as unknown as Record<string, ScheduleDocument | ScheduleDocument[] | undefined>)[key];
    if (Array.isArray(within)) for (const [i, each] of within.entries()) yield* wrongAlone(each, `${prefix}${key}[${i}].`);
    else if (within) yield* wrongAlone(within, `${prefix}${key}.`);
  }
}

/** Options of a document as a program passes them: with the schedules that it describes. */
export function withSchedules(options: Options, given: object): object {
  const described = Object.entries(given).flatMap(([key, document]) => {
    const option = scheduleOptions(options).find((each) => each.key === key);
    return option ? [[key, option.list && Array.isArray(document) ? document.map(buildSchedule) : buildSchedule(document)]] : [];
  });
  return { ...given, ...Object.fromEntries(described) };
}
