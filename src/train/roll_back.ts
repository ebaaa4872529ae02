// Recovery from a non-finite step: back to the last good state, with a smaller learning rate. An object rather than a flag, so that bundlers drop it when
// unused.
import { UsageError } from '../errors.ts';
import { copyBuffers } from '../gpu/copies.ts';
import type { NonFinite, Recovery } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { goTo } from './go_to.ts';
import { arenasOf, makeSnapshots, snapshotOf } from './retained.ts';
import type { ScheduleState } from './schedules/schedule.ts';
import type { Trainer } from './trainer.ts';

/** How a run goes on after a step that was not finite. */
export interface RollBackOptions {
  /** Times the learning rate, after each recovery, above 0 and below 1. 0.5 by default. */
  factor?: number;
  /** Steps between two states that are kept. More than it takes from the first sign of trouble to the step that is not finite: a state in between is of no help. 100 by default. */
  every?: number;
  /** Recoveries without a step beyond the place of trouble; then the run stops there. 3 by default. */
  max?: number;
}

export const rollBackOptions = {
  factor: { type: 'number', above: 0, below: 1, default: 0.5 },
  every: { type: 'integer', min: 1, default: 100 },
  max: { type: 'integer', min: 1, default: 3 },
} as const satisfies OptionTable<RollBackOptions>;

/** What `onNonFinite` accepts besides names. */
export interface RollBack {
  /** @internal Throws a UsageError where there is no data set. */
  check(data: unknown): void;
  /** @internal Keeps the states of a run that begins. Rejects with DeviceError where there is no memory for them. */
  begin(trainer: Trainer<AnyModel>): Promise<Snapshots>;
}

/**
 * After a step whose loss or gradient is not finite, `onNonFinite: rollBack()` goes back to the last state that was kept, multiplies the learning rate and goes on.
 * States (weights, running statistics, the optimizer's states and the run's) are copied on the GPU: at the beginning of each `run`, `fit` or `step`, and at each
 * multiple of `every` steps; nothing waits for it. They take twice the memory of what they hold. `run` tells `recovered`, `history.recoveries` has it, and the steps that were
 * taken back are gone from the history. A schedule keeps its course, times the factors of all recoveries; checkpoints hold them. The steps from there on have the bits
 * of a run that was restored from a checkpoint of that step and has the smaller rate. Needs `data`: batches that were given one by one cannot be had again.
 *
 * @param given - factor 0.5 and max 3 by default.
 * @returns What `createTrainer({ onNonFinite })` takes.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, onNonFinite: rollBack({ factor: 0.5, every: 100, max: 3 }) });
 */
export function rollBack(given: RollBackOptions = {}): RollBack {
  const options = readOptions<RollBackOptions, typeof rollBackOptions>('rollBack', rollBackOptions, given) as Required<RollBackOptions>;
  return {
    check(data) {
      if (!data) throw new UsageError('onNonFinite: rollBack: batches that were given one by one cannot be had again: give `data`');
    },
    async begin(trainer) {
      const { store, device } = trainer;
      if (!store.buffer(snapshotOf(0, 'run')))
        await device.attempt(() =>
          makeSnapshots(
            store.states,
            (name) => store.buffer(name),
            (name, bytes) => store.retain(name, bytes),
          ),
        );
      return new Snapshots(trainer, options);
    },
  };
}

/** What of a state is not on the GPU. */
interface Snapshot {
  readonly slot: number;
  readonly step: number;
  readonly reacted: ScheduleState | undefined;
}

/** The states of a run that are kept, that of its beginning first, and the way back to them. */
export class Snapshots {
  readonly #trainer: Trainer<AnyModel>;
  readonly #options: Required<RollBackOptions>;
  /** The newest first. */
  #kept: Snapshot[] = [];
  #due = true;

  constructor(trainer: Trainer<AnyModel>, options: Required<RollBackOptions>) {
    this.#trainer = trainer;
    this.#options = options;
  }

  /** The layout of the tensors changed: the copies are useless. */
  drop(): void {
    this.#kept = [];
    this.#due = true;
  }

  /** The step of the last state that was kept. */
  get newest(): number | undefined {
    return this.#kept[0]?.step;
  }

  /** How many steps may be submitted after this one until a state is kept. */
  until(step: number): number {
    const { every } = this.#options;
    return every - (step % every);
  }

  /** Keeps the state after a step where that is due. The next step has not been submitted. */
  retain(step: number): void {
    if (!this.#due && (step % this.#options.every > 0 || step === this.#kept[0]?.step)) return;
    this.#due = false;
    const [newest] = this.#kept;
    // Of one step only the last state counts.
    const slot = newest === undefined ? 0 : newest.step === step ? newest.slot : 1 - newest.slot;
    const { store, learningRates } = this.#trainer;
    store.weights.linked?.pull();
    this.#copy(slot, 'keep');
    this.#kept = [{ slot, step, reacted: learningRates.reacted }, ...this.#kept.filter((each) => each.slot !== slot)];
  }

  /** Goes back to the last good state, where that may be done once more. No step is in flight. */
  recover(nonFinite: NonFinite): Recovery | undefined {
    const { learningRates, store, history, current } = this.#trainer;
    const { factor, max } = this.#options;
    const from = nonFinite.step;
    const good = this.#kept.find(({ step }) => step < from);
    const before = learningRates.recovery ?? { factor: 1, reached: 0, count: 0 };
    const count = from > before.reached ? 1 : before.count + 1;
    if (!good || count > max) return undefined;
    this.#copy(good.slot, 'restore');
    store.changes++;
    store.weights.linked?.push();
    this.#kept = [good];
    learningRates.reacted = good.reacted;
    learningRates.recovery = { factor: before.factor * factor, reached: Math.max(from, before.reached), count };
    // A rate that was set by hand is no schedule's, and falls alike.
    learningRates.restore(good.step, learningRates.live && { ...learningRates.live, learningRate: learningRates.live.learningRate * factor });
    goTo(this.#trainer, good.step, current.key);
    const recovery: Recovery = { from, to: good.step, learningRate: learningRates.at(good.step), nonFinite };
    history.recoveries = [...(history.recoveries ?? []), recovery];
    return recovery;
  }

  #copy(slot: number, direction: 'keep' | 'restore'): void {
    const { store, device } = this.#trainer;
    const pairs = arenasOf(store.states).map((name) => [store.buffer(name)!, store.buffer(snapshotOf(slot, name))!] as const);
    copyBuffers(device, direction === 'keep' ? pairs : pairs.map(([live, kept]) => [kept, live]));
  }
}
