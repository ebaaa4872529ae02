// Copies of a run's state in memory, which a trainer takes by itself, so that the loss of a device costs a few seconds of work and no more. Nothing waits for
// them. Loaded while the first steps are taken.
import { DeviceError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { EarlyStoppingPoint } from '../io/checkpoint.ts';
import type { AnyModel } from '../nn/model.ts';
import type { EarlyStopping } from './early_stopping.ts';
import { LiveModel } from './live_model.ts';
import { arenasOf } from './retained.ts';
import { runOffset } from './run_state.ts';
import type { Trainer } from './trainer.ts';
import { readState, type WholeState } from './whole_state.ts';

/** Milliseconds between two copies where nothing else is said, and from one to the next where the last does not count any more. */
export const EVERY_MS = 10_000;
const SOON_MS = 1000;
/** Milliseconds of a trainer's life without copies: it would begin anew. */
const FIRST_MS = 5000;

/** A state that takes more is not copied: in memory and on its way there it would take too much. */
export const MOST_BYTES = 2 ** 28;

/** A state that was copied. */
export interface Copy extends WholeState {
  /** How often the state had been set otherwise than by steps. */
  changes: number;
  readonly rule: EarlyStopping | undefined;
  readonly stopping: EarlyStoppingPoint | undefined;
}

/** How often the state of a trainer was set otherwise than by steps, its first values included. */
export const changesOf = ({ store, model }: Trainer<AnyModel>): number =>
  [...new Set([store, store.weights, model.weights])].reduce((sum, { changes }) => sum + changes, 0);

/** Whether a trainer made anew begins as this one did: with first values, which are set once. */
export const isFresh = (trainer: Trainer<AnyModel>): boolean => changesOf(trainer) === 1 && !(trainer.options.model instanceof LiveModel);

/** Whether a device that is lost is asked for anew: not one that came from outside, nor one that reckons wrong. */
export const isReplaced = ({ source, engine, options, failure }: Device): boolean =>
  !!source && !!engine && options.recovery !== false && (failure?.reason ?? 'lost') === 'lost';

export class OwnCopies {
  /** The last that has arrived. */
  last: Copy | undefined;
  /** Losses that steps had before they were lost; they must have them again. */
  past: ReadonlyMap<number, number> | undefined;
  /** True while steps are taken again of which nobody is told. */
  asleep = false;
  readonly #trainer: Trainer<AnyModel>;
  #begun = performance.now();
  #copying = false;
  /** Why there are none. */
  #off: boolean;
  #checked = 0;

  constructor(trainer: Trainer<AnyModel>) {
    this.#trainer = trainer;
    const { store, options, device } = trainer;
    // Of a trainer that was destroyed meanwhile none are left.
    const bytes = arenasOf(store.states).reduce((sum, name) => sum + (store.buffer(name)?.size ?? Number.POSITIVE_INFINITY), 0);
    this.#off = !options.data || bytes > MOST_BYTES || !isReplaced(device);
    this.prepare();
  }

  /** Reads once what copies are made of, for nothing but the buffers that this takes: after the first steps none is made. A copy waits for it, or it would make its own. */
  prepare(): void {
    const { store } = this.#trainer;
    if (this.#off) return;
    this.#copying = true;
    void Promise.all(arenasOf(store.states).map((name) => store.readArena(name)))
      .catch(this.#failed)
      .finally(() => {
        this.#copying = false;
      });
  }

  /** Without the memory for copies the run goes on without them. */
  readonly #failed = (error: unknown): void => {
    this.#off ||= error instanceof DeviceError && error.reason === 'out-of-memory';
  };

  /** Takes a copy of the state after a step where one is due. The next step has not been submitted. */
  retain(step: number, rule: EarlyStopping | undefined): void {
    if (this.asleep) return;
    if (this.past) this.#check();
    if (this.#isDue(step, rule)) void this.#take(step, rule);
  }

  /** Steps that are taken again begin behind this one. */
  again(step: number, past: ReadonlyMap<number, number> | undefined): void {
    this.#checked = step;
    this.past = past;
  }

  #isDue(step: number, rule: EarlyStopping | undefined): boolean {
    const { loop, device } = this.#trainer;
    if (this.#off || this.#copying) return false;
    // A run that goes back after a step that was not finite must find the states that it had.
    if (loop.snapshots && loop.snapshots.newest !== step) return false;
    const { every = EVERY_MS } = device.options.recovery || {};
    const waited = performance.now() - this.#begun;
    const changes = changesOf(this.#trainer);
    // The beginning need not be copied, as long as nothing was set by hand.
    if (!this.last && isFresh(this.#trainer) && !rule?.best) return waited >= Math.min(every, FIRST_MS);
    return waited >= (this.last?.changes === changes && this.last.rule === rule ? every : this.last ? Math.min(every, SOON_MS) : 0);
  }

  async #take(step: number, rule: EarlyStopping | undefined): Promise<void> {
    const trainer = this.#trainer;
    const { store } = trainer;
    this.#begun = performance.now();
    this.#copying = true;
    const changes = changesOf(trainer);
    try {
      const [stopping, state] = await Promise.all([rule?.state(), readState(trainer, step)]);
      const halted = new Uint32Array(state.arenas.get('run')!.buffer)[runOffset('halted') / 4];
      // The loss of the device meanwhile, or what is no state to go on from, leaves the copy before.
      if (!halted && trainer.store === store) this.last = { ...state, changes, rule, stopping };
    } catch (error) {
      this.#failed(error);
    }
    this.#copying = false;
  }

  /** Throws a DeviceError where steps that were taken again have other losses than before. */
  #check(): void {
    const { history, learningRates } = this.#trainer;
    const { numbers, loss } = history.steps;
    for (let i = numbers.length - 1; i >= 0 && numbers[i]! > this.#checked; i--) requireSame(this.past!, numbers[i]!, loss[i]!);
    this.#checked = numbers.at(-1) ?? this.#checked;
    if (this.past!.has(this.#checked + 1)) return;
    this.past = undefined;
    learningRates.past = undefined;
  }
}

/** Throws a DeviceError where a step that is taken again has another loss than before. */
export function requireSame(past: ReadonlyMap<number, number>, step: number, loss: number): void {
  const before = past.get(step);
  if (before === undefined || Object.is(before, loss)) return;
  throw new DeviceError(
    'lost',
    `the GPU device was lost, and step ${step}, taken again on another, has the loss ${loss} in place of ${before}: were the arrays of the data set changed, or does its source give other rows? Create a new trainer`,
  );
}
