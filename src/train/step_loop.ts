// Takes steps in groups: several are encoded into one submit, at most two groups are in flight, and the only wait is for the older one.
import { UsageError } from '../errors.ts';
import type { Runner } from '../gpu/runner.ts';
import type { History, StepRecord } from '../inspect/history.ts';
import type { Range } from '../scheduler/plan.ts';
import type { Ending } from './ending.ts';
import type { LearningRates } from './learning_rates.ts';
import type { Events, LoopOptions, StepsEvent } from './loop.ts';
import type { OwnCopies } from './own_copies.ts';
import type { ParameterStore } from './parameters.ts';
import type { Snapshots } from './roll_back.ts';
import type { Run } from './run.ts';
import { UPDATE_GROUP } from './step_graph.ts';
import type { StepLog } from './step_log.ts';
import type { Stream } from './stream.ts';

/** Milliseconds of work that one submit may hold, so that a page stays responsive and a stop is obeyed soon. */
const GROUP_MS = 100;
/** Groups in flight: one runs while the next is encoded. */
const IN_FLIGHT = 2;

export class StepLoop {
  readonly run: Run;
  readonly log: StepLog;
  /** Replaced when other parameter groups need another plan (set_groups.ts). */
  runner: Runner;
  /** Submits whose results have not arrived. */
  readonly pending = new Set<Promise<unknown>>();
  /** While set, `groups` submits nothing. */
  hold: Promise<void> | undefined;
  stream: Stream | undefined;
  /** States that the run can go back to. */
  snapshots: Snapshots | undefined;
  /** Copies in memory, from which it goes on when the device is lost. */
  copies: OwnCopies | undefined;
  /** What brings them. The second group waits for it, for it makes buffers. */
  loading: Promise<void> | undefined;
  store: ParameterStore;
  readonly #learningRates: LearningRates;
  /** Batches of a step. */
  readonly #batches: number;
  /** 0 until steps have been measured. */
  #msPerStep = 0;
  #paused: Promise<void> | undefined;
  #unpause: (() => void) | undefined;

  constructor(run: Run, runner: Runner, store: ParameterStore, learningRates: LearningRates, log: StepLog, stream: Stream | undefined, batches: number) {
    this.run = run;
    this.runner = runner;
    this.store = store;
    this.#learningRates = learningRates;
    this.log = log;
    this.stream = stream;
    this.#batches = batches;
    // How many steps are read at once depends on their speed.
    runner.reserve(log.mostBytes);
  }

  /** The groups that run in each batch of a step: the last batch updates, and is probed. */
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
  }

  /** Submits one step; its promise brings the record. Without `readback` it is not probed, and nothing is read. */
  enqueueStep(readback: boolean): Promise<StepRecord | undefined> | undefined {
    const from = this.run.submitted;
    const bytes = this.#submit(this.passes(from + 1, readback), 1, readback ? this.log.ranges(from, 1) : undefined);
    return readback ? bytes.then((read) => this.log.decode(read, from, 1)[0]) : undefined;
  }

  /** Throws if no further step can be taken. */
  check(): void {
    if (this.run.failure)
      throw new UsageError('steps of this trainer were lost to an error: create a new trainer, or restore a checkpoint', { cause: this.run.failure });
  }

  /** Submits steps. If it throws, none of them was taken. */
  #submit(passes: string[][], steps: number, ranges?: Range[]): Promise<ArrayBuffer> {
    this.check();
    this.#learningRates.ensure(this.run.submitted + steps);
    const bytes = this.store.weights.inTurn(() => this.runner.run(passes, ranges));
    this.run.submitted += steps;
    this.run.fresh = false;
    this.pending.add(bytes);
    bytes
      .catch((error) => {
        this.run.failure ??= error;
      })
      .then(() => this.pending.delete(bytes));
    return bytes;
  }

  /**
   * Takes steps up to number `end`, fewer if the run is ended. Yields each group once its records have arrived, also in `history`, while the next one runs.
   * The consumer of an event delays the next group. When the generator is done, nothing is in flight.
   */
  async *groups(history: History, end: number, ending: Ending, { stepsPerSubmit, inTurn, checkpoints, earlyStopping }: LoopOptions): Events<StepsEvent> {
    const { run, stream } = this;
    const flight: Promise<StepRecord[]>[] = [];
    try {
      for (;;) {
        const waits = this.#paused ?? this.hold;
        const over = run.submitted >= end || ending.now || checkpoints?.late(run.submitted);
        // Until the first step has been timed, no other is submitted.
        if (flight.length >= (over || waits || inTurn || this.#msPerStep === 0 ? 1 : IN_FLIGHT)) {
          const records = await flight.shift()!;
          await this.loading;
          if (records.length > 0) yield { type: 'steps', records };
          continue;
        }
        if (over) break;
        if (waits) {
          await ending.wait(waits);
          continue;
        }
        const from = run.submitted;
        const size = Math.min(
          from + 1 < end && this.log.alone(end) ? end - 1 - from : end - from,
          this.log.max,
          this.snapshots?.until(from) ?? end,
          stream ? Math.floor(stream.max / this.#batches) : Number.POSITIVE_INFINITY,
          stepsPerSubmit ?? (this.#msPerStep > 0 ? Math.max(1, Math.floor(GROUP_MS / this.#msPerStep)) : 1),
        );
        if (stream) {
          const put = await ending.wait(stream.read(from * this.#batches, size * this.#batches));
          // A hold may change how many steps fit.
          if (!put || ending.now || this.hold) continue;
          put();
        } else if (size > 1 && flight.length === 0) {
          // A run that is stopped in the turn in which it starts takes no whole group.
          await undefined;
          if (ending.now || this.hold) continue;
        }
        this.snapshots?.retain(from);
        const begun = performance.now();
        this.copies?.retain(from, earlyStopping);
        const passes = Array.from({ length: size }, (_, i) => this.passes(from + i + 1)).flat();
        const bytes = this.#submit(passes, size, this.log.ranges(from, size));
        stream?.prefetch(run.submitted * this.#batches, Math.min(size, end - run.submitted) * this.#batches);
        // Records come in the order of their steps, even where the bytes of a later group are here first.
        const before = flight.at(-1)?.catch(() => undefined);
        const arrival = Promise.all([bytes, before]).then(([arrived]) => {
          const records = this.log.decode(arrived, from, size);
          if (run.halted) ending.halt();
          const elapsed = (performance.now() - begun) / size / Math.max(1, flight.length);
          this.#msPerStep = this.#msPerStep > 0 ? 0.7 * this.#msPerStep + 0.3 * elapsed : elapsed;
          history.steps.push(...records);
          return records;
        });
        // The first failure is reported; later ones must not be unhandled rejections.
        arrival.catch(() => undefined);
        flight.push(arrival);
      }
    } finally {
      await Promise.allSettled(flight);
    }
  }
}
