// The table of learning rates on the GPU: a ring that the CPU fills far ahead of the steps, from the schedule or from a rate
// that was set by hand.
import { requireNumber } from '../errors.ts';
import type { RecoveryPoint } from '../io/checkpoint.ts';
import { LEARNING_RATE_ROWS } from '../ops/batches.ts';
import type { Optimizer } from './optimizers.ts';
import type { ParameterStore } from './parameters.ts';
import type { ScheduleState } from './schedules/schedule.ts';

/** A constant rate that holds from a step on (counted from 0). */
export interface LiveLearningRate {
  readonly from: number;
  readonly learningRate: number;
}

export class LearningRates {
  /** The rate that was set last, if any. */
  live: LiveLearningRate | undefined;
  /** What a schedule that reacts to validations remembers of them. */
  reacted: ScheduleState | undefined;
  /** What recoveries from trouble have made of it. */
  recovery: RecoveryPoint | undefined;
  /** Of steps that are taken again after the loss of a device, from 0: the rates that they had. */
  past: ReadonlyMap<number, number> | undefined;
  /** Another one once the device was lost. */
  store: ParameterStore;
  readonly #optimizer: Optimizer;
  #until = 0;

  constructor(optimizer: Optimizer, store: ParameterStore) {
    this.#optimizer = optimizer;
    this.store = store;
  }

  /** Sets the rate of the steps from `from` on. Throws UsageError. */
  set(from: number, learningRate: number): void {
    requireNumber('setLearningRate: learningRate', learningRate, 0);
    this.restore(from, { from, learningRate });
  }

  /** The rate of a step that is yet to be submitted. */
  at(step: number): number {
    return this.live && step >= this.live.from
      ? this.live.learningRate
      : this.#optimizer.learningRateAt(step) * (this.reacted?.factor ?? 1) * (this.recovery?.factor ?? 1);
  }

  /** Goes on from a step, with the rates of another run or schedule. */
  restore(step: number, live: LiveLearningRate | undefined): void {
    this.live = live;
    this.#until = step;
  }

  /** Keeps the table filled for the steps up to `until`: a write every few thousand steps. Throws a UsageError where one of them has no rate. */
  ensure(until: number): void {
    if (until <= this.#until) return;
    let count = Math.max(LEARNING_RATE_ROWS / 2, until - this.#until);
    const learningRates = new Float32Array(LEARNING_RATE_ROWS);
    for (let step = this.#until; step < this.#until + count; step++) {
      const rate = Math.fround(this.past?.get(step) ?? this.at(step));
      if (step < until) requireNumber(`learningRate of step ${step + 1}`, rate, 0);
      // Nobody may ever ask for it.
      else if (!(rate >= 0 && rate < 1e39)) count = step - this.#until;
      learningRates[step % LEARNING_RATE_ROWS] = rate;
    }
    // The ring wraps, so the new rates are one or two runs of the table.
    const first = this.#until % LEARNING_RATE_ROWS;
    const head = Math.min(count, LEARNING_RATE_ROWS - first);
    this.store.write('learning_rates', learningRates.subarray(first, first + head), first * 4);
    if (count > head) this.store.write('learning_rates', learningRates.subarray(0, count - head), 0);
    this.#until += count;
  }
}
