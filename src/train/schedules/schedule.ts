// What a schedule of the learning rate is. The learning rates of many steps to come are written to a table on the GPU at once, so a schedule costs nothing per step.
import type { ObjectOption, Options } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';

/** What a schedule that reacts remembers of a run: numbers, which checkpoints hold. */
export interface ScheduleState {
  /** On what `at` says, until the next validation. */
  readonly factor: number;
  readonly [name: string]: number;
}

/** A validation, as a schedule sees it. */
export interface Validated {
  /** Steps taken. */
  readonly step: number;
  /** Mean loss over the validation set. */
  readonly validationLoss: number;
  /** The learning rate of the next step, if nothing changes. */
  readonly learningRate: number;
}

/** How the learning rate changes from step to step: one of ours, or `{ at: (step) => factor }`. */
export interface Schedule {
  /**
   * The factor on the learning rate in step `step`, counted from 0. `learningRate` is the learning rate before the schedule, for those that end at a rate of
   * their own; a schedule of your own may leave it out: `{ at: (step) => 0.5 ** step }`.
   *
   * @param step - From 0.
   * @param learningRate - That of the optimizer, before the schedule.
   * @returns What the learning rate is multiplied with, at least 0.
   */
  at(step: number, learningRate: number): number;
  /**
   * For a schedule that reacts to the run: called after each validation. It gives back what it remembers from there on, with the factor that holds from the next
   * step on; the object itself remembers nothing, as it may serve several trainers. `before` is undefined the first time.
   */
  react?(before: ScheduleState | undefined, validation: Validated): ScheduleState | undefined;
  /** @internal What does not fit a learning rate: where, and what. */
  wrongAt?(learningRate: number): Iterable<readonly [place: string, message: string]>;
}

/** An option that takes a schedule; documents have a schedule's document there. */
export const scheduleOption = {
  type: 'object',
  expected: 'a schedule, as cosine({ tMax }) makes it',
  // A string has a method `at`, too.
  accepts: (value: unknown) => typeof value === 'object' && typeof (value as Partial<Schedule> | null)?.at === 'function',
} as const satisfies ObjectOption;

/** The reaction of a schedule that starts at a step; undefined if it does not react. */
export function reactionFrom(schedule: Schedule | undefined, from: number): Pick<Schedule, 'react'> {
  return schedule?.react ? { react: (before, validation) => (validation.step < from ? before : schedule.react!(before, validation)) } : {};
}

/** All that the file of a schedule exports. */
export interface ScheduleFeature<Given = never> {
  readonly options: Options;
  /** The function that programs call. */
  create(options: Given): Schedule;
  readonly text: Texts;
  /** What is wrong in its options though every one is in its range: where, and what. */
  wrong?(options: Given): Iterable<readonly [place: string, message: string]>;
}
