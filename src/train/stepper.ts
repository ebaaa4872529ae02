// Takes steps in groups: several are encoded into one submit, at most two groups are in flight, and the only wait is for the older one.
import type { Runner } from '../gpu/runner.ts';
import type { History, StepRecord } from '../inspect/history.ts';
import type { Range } from '../scheduler/plan.ts';
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

/** Callbacks invoked during a run, the signal that aborts it, and how its steps are grouped. */
export type StepListeners = Pick<FitOptions, 'signal' | 'onSteps' | 'onProgress' | 'stepsPerSubmit'>;

export class Stepper {
  /** Steps submitted since the beginning of the run. */
  submitted = 0;
  /** True once no further step shall be taken: by `stop`, or by a step that was not finite. */
  stopping = false;
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
    const from = this.submitted++;
    this.#rates.ensure(from + 1);
    return this.#submit(this.passes(from + 1), this.log.ranges(from, 1)).then((bytes) => this.log.decode(bytes, from, 1)[0]);
  }

  /** Submits one step and reads nothing back. */
  queueBlind(): void {
    this.#rates.ensure(++this.submitted);
    void this.#submit(this.passes(this.submitted, false));
  }

  #submit(passes: string[][], ranges?: Range[]): Promise<ArrayBuffer> {
    const bytes = this.#store.weights.inTurn(() => this.runner.run(passes, ranges));
    this.pending.add(bytes);
    const arrived = (): boolean => this.pending.delete(bytes);
    bytes.then(arrived, arrived);
    return bytes;
  }

  /**
   * Takes up to `count` steps, fewer where they are stopped, and resolves once all their records have arrived: in `history`, with the listeners and, where it is
   * given, in `all`. `last` is for the progress.
   */
  async advance(history: History, count: number, listeners: StepListeners = {}, last: number = this.submitted + count, all?: StepRecord[]): Promise<void> {
    const { signal, onSteps, onProgress, stepsPerSubmit } = listeners;
    const flight: Promise<void>[] = [];
    const end = this.submitted + count;
    const ended = (): boolean => this.stopping || !!signal?.aborted;
    while (this.submitted < end && !ended()) {
      if (this.#paused) await this.#paused;
      if (this.hold) await this.hold;
      if (ended()) break;
      const from = this.submitted;
      const size = Math.min(
        from + 1 < end && this.log.alone(end) ? end - 1 - from : end - from,
        this.log.most,
        this.stream ? Math.floor(this.stream.most / this.#batches) : Number.POSITIVE_INFINITY,
        stepsPerSubmit ?? (this.#msPerStep > 0 ? Math.max(1, Math.floor(GROUP_MS / this.#msPerStep)) : 1),
      );
      if (this.stream) {
        await this.stream.load(from * this.#batches, size * this.#batches).catch(async (error: unknown) => {
          await Promise.allSettled(flight);
          throw error;
        });
        // What holds the steps back may change how many fit.
        if (ended() || this.hold) continue;
      }
      this.#rates.ensure(from + size);
      const begun = performance.now();
      const passes = Array.from({ length: size }, (_, i) => this.passes(from + i + 1)).flat();
      const bytes = this.#submit(passes, this.log.ranges(from, size));
      this.submitted += size;
      this.stream?.prefetch(this.submitted * this.#batches, Math.min(size, end - this.submitted) * this.#batches);
      const arrival = bytes.then((arrived) => {
        const records = this.log.decode(arrived, from, size);
        const elapsed = (performance.now() - begun) / size / Math.max(1, flight.length);
        this.#msPerStep = this.#msPerStep > 0 ? 0.7 * this.#msPerStep + 0.3 * elapsed : elapsed;
        all?.push(...records);
        history.steps.push(...records);
        const newest = records.at(-1);
        if (newest) {
          onSteps?.(records);
          onProgress?.({ step: newest.step, steps: last, epoch: newest.epoch ?? 0 });
        }
        if (this.log.halted) this.stopping = true;
      });
      // The first to fail is reported; those behind it must not go unhandled.
      arrival.catch(() => undefined);
      flight.push(arrival);
      if (flight.length >= IN_FLIGHT) await flight.shift();
    }
    await Promise.all(flight);
  }
}
