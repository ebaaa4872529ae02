// Takes steps in groups: several are encoded into one submit, at most two groups are in flight, and the only wait is for the older one.
import { UsageError } from '../errors.ts';
import type { Runner } from '../gpu/runner.ts';
import type { History, StepRecord } from '../inspect/history.ts';
import type { Range } from '../scheduler/plan.ts';
import type { Ending } from './ending.ts';
import type { FitOptions } from './options.ts';
import type { ParameterStore } from './parameters.ts';
import type { Rates } from './rates.ts';
import { UPDATE_GROUP } from './step_graph.ts';
import type { StepLog } from './step_log.ts';
import type { Stream } from './stream.ts';

/** Milliseconds of work that one submit may hold, so that a page stays responsive and a stop is obeyed soon. */
const GROUP_MS = 100;
/** Groups in flight: one runs while the next is encoded. */
const IN_FLIGHT = 2;

/** Callbacks invoked during a run, and how its steps are grouped. */
export type StepListeners = Pick<FitOptions, 'onSteps' | 'onProgress' | 'stepsPerSubmit'>;

export class Stepper {
  /** Steps submitted since the beginning of the run. */
  submitted = 0;
  /** Why steps cannot go on: some that were submitted never ran, or their records were lost. */
  failure: unknown;
  readonly log: StepLog;
  /** Replaced where other groups need another plan (set_groups.ts). */
  runner: Runner;
  /** Submits whose results have not arrived. */
  readonly pending = new Set<Promise<unknown>>();
  /** While it is there, `advance` submits nothing. */
  hold: Promise<void> | undefined;
  readonly stream: Stream | undefined;
  readonly #store: ParameterStore;
  readonly #rates: Rates;
  /** Batches of a step. */
  readonly #batches: number;
  /** 0 until steps have been measured. */
  #msPerStep = 0;
  #paused: Promise<void> | undefined;
  #unpause: (() => void) | undefined;

  constructor(runner: Runner, store: ParameterStore, rates: Rates, log: StepLog, stream: Stream | undefined, batches: number) {
    this.runner = runner;
    this.#store = store;
    this.#rates = rates;
    this.log = log;
    this.stream = stream;
    this.#batches = batches;
    // How many steps are read at once depends on how fast they are.
    runner.reserve(log.mostBytes);
  }

  /** The groups that run in each batch of a step: the last one updates, and is looked at. */
  passes(step: number, probed = true): string[][] {
    const updating = this.#batches > 1 ? [UPDATE_GROUP] : [];
    return Array.from({ length: this.#batches }, (_, i) => (i < this.#batches - 1 ? [] : [...updating, ...(probed ? this.log.groups(step) : [])]));
  }

  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#unpause = resolve;
    });
  }

  resume(): void {
    this.#unpause?.();
    this.#paused = undefined;
    this.#unpause = undefined;
  }

  /** Submits one step; its promise brings the record. */
  queue(): Promise<StepRecord | undefined> {
    const from = this.submitted;
    return this.#submit(this.passes(from + 1), 1, this.log.ranges(from, 1)).then((bytes) => this.log.decode(bytes, from, 1)[0]);
  }

  /** Submits one step and reads nothing back. */
  queueBlind(): void {
    this.#submit(this.passes(this.submitted + 1, false), 1);
  }

  /** Throws where steps cannot go on. */
  check(): void {
    if (this.failure)
      throw new UsageError('steps of this trainer were lost to an error: create a new trainer, or restore a checkpoint', { cause: this.failure });
  }

  /** Submits steps. Where it throws, none of them was taken. */
  #submit(passes: string[][], steps: number, ranges?: Range[]): Promise<ArrayBuffer> {
    this.check();
    this.#rates.ensure(this.submitted + steps);
    const bytes = this.#store.weights.inTurn(() => this.runner.run(passes, ranges));
    this.submitted += steps;
    this.pending.add(bytes);
    bytes
      .catch((error) => {
        this.failure ??= error;
      })
      .then(() => this.pending.delete(bytes));
    return bytes;
  }

  /**
   * Takes up to `count` steps, fewer where they are stopped, and resolves once all their records have arrived: in `history`, with the listeners and, where it is
   * given, in `all`. `last` is for the progress. Where it rejects, nothing is in flight any more.
   */
  async advance(history: History, count: number, ending: Ending, listeners: StepListeners = {}, last?: number, all?: StepRecord[]): Promise<void> {
    const flight: Promise<void>[] = [];
    try {
      await this.#groups(flight, history, count, ending, listeners, last ?? this.submitted + count, all);
      await Promise.all(flight);
    } finally {
      await Promise.allSettled(flight);
    }
  }

  async #groups(
    flight: Promise<void>[],
    history: History,
    count: number,
    ending: Ending,
    { onSteps, onProgress, stepsPerSubmit }: StepListeners,
    last: number,
    all?: StepRecord[],
  ): Promise<void> {
    const end = this.submitted + count;
    while (this.submitted < end && !ending.now) {
      while (this.#paused && !ending.now) await ending.wait(this.#paused);
      if (this.hold) await ending.wait(this.hold);
      if (ending.now) break;
      const from = this.submitted;
      const size = Math.min(
        from + 1 < end && this.log.alone(end) ? end - 1 - from : end - from,
        this.log.most,
        this.stream ? Math.floor(this.stream.most / this.#batches) : Number.POSITIVE_INFINITY,
        stepsPerSubmit ?? (this.#msPerStep > 0 ? Math.max(1, Math.floor(GROUP_MS / this.#msPerStep)) : 1),
      );
      if (this.stream) {
        const put = await ending.wait(this.stream.read(from * this.#batches, size * this.#batches));
        if (ending.now || !put) break;
        // What holds the steps back may change how many fit.
        if (this.hold) continue;
        put();
      } else if (size > 1 && flight.length === 0) {
        // Who stops the run in the turn in which it begins has not taken a whole group.
        await undefined;
        if (ending.now || this.hold) continue;
      }
      const begun = performance.now();
      const passes = Array.from({ length: size }, (_, i) => this.passes(from + i + 1)).flat();
      const bytes = this.#submit(passes, size, this.log.ranges(from, size));
      this.stream?.prefetch(this.submitted * this.#batches, Math.min(size, end - this.submitted) * this.#batches);
      // Records come in the order of their steps, even where the bytes of a later group are here first.
      const before = flight.at(-1)?.catch(() => undefined);
      const arrival = Promise.all([bytes, before]).then(([arrived]) => {
        const records = this.log.decode(arrived, from, size);
        if (this.log.halted) ending.end();
        const elapsed = (performance.now() - begun) / size / Math.max(1, flight.length);
        this.#msPerStep = this.#msPerStep > 0 ? 0.7 * this.#msPerStep + 0.3 * elapsed : elapsed;
        all?.push(...records);
        history.steps.push(...records);
        const newest = records.at(-1);
        if (newest) {
          onSteps?.(records);
          onProgress?.({ step: newest.step, steps: last, epoch: newest.epoch ?? 0 });
        }
      });
      // The first to fail is reported; those behind it must not go unhandled.
      arrival.catch(() => undefined);
      flight.push(arrival);
      // Until a step has been measured, none is submitted behind it.
      if (flight.length >= (this.#msPerStep > 0 ? IN_FLIGHT : 1)) await flight.shift();
    }
  }
}
