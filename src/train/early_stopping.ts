// Early stopping with restore-best: the best parameters and running statistics are kept by a copy on the GPU.
import { DataError, UsageError } from '../errors.ts';
import { copyBuffers } from '../gpu/copies.ts';
import type { Device } from '../gpu/device.ts';
import type { History, ValidationRecord } from '../inspect/history.ts';
import type { EarlyStoppingPoint } from '../io/checkpoint.ts';
import type { ParameterLayout } from '../layout.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import type { HostTensor } from '../shape.ts';
import { type ParameterStore, tensorIn } from './parameters.ts';
import { ARENAS, type Arena, RETAINED } from './retained.ts';
import type { Run } from './run.ts';

/** When a run is given up. */
export interface EarlyStoppingOptions {
  /** Validations without a gain before the run ends, at least 1; 10 by default. */
  patience?: number;
  /** The least gain in validation loss that counts, at least 0; 0 by default. */
  minDelta?: number;
  /** Goes back to the best parameters at the end; true by default. */
  restoreBest?: boolean;
}

const OPTIONS = {
  patience: { type: 'integer', min: 1, default: 10 },
  minDelta: { type: 'number', min: 0, default: 0 },
  restoreBest: { type: 'boolean', default: true },
} as const satisfies OptionTable<EarlyStoppingOptions>;

/** When `fit` ends before its last step. It remembers between two calls of `fit` with one trainer: a run that is stopped and goes on waits no longer. */
export interface EarlyStopping {
  /** The best validation so far. */
  readonly best: ValidationRecord | undefined;
  /**
   * Puts the best parameters back, bit for bit. `fit` does it where it ends by itself; one that was stopped from outside can go on instead.
   *
   * @param history - The trainer's, which notes the step (`keptStep`), so that `diagnose` judges the model that is kept; none by default.
   */
  restore(history?: Pick<History, 'keptStep'>): void;
  /** @internal Throws a UsageError where there is no validation set. */
  requireValidation(call: string, validation: unknown): void;
  /** @internal */
  begin(store: ParameterStore, device: Device, run: Run): Promise<void>;
  /** @internal Takes note of a validation; true where the run should end. No step may be in flight. */
  update(validation: ValidationRecord): boolean;
  /** @internal */
  state(): Promise<EarlyStoppingPoint | undefined>;
  /** @internal Throws DataError for a state with which it cannot go on. */
  check(state: EarlyStoppingPoint | undefined): void;
  /** @internal */
  resume(store: ParameterStore, device: Device, state: EarlyStoppingPoint | undefined): void;
}

/**
 * Ends a run whose validation loss no longer falls, and goes back to its best parameters.
 *
 * @param options - patience 10, minDelta 0 and restoreBest true by default.
 * @returns What `fit({ earlyStopping })` takes.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * await trainer.fit({ epochs: 100, earlyStopping: earlyStopping({ patience: 5 }) });
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  return new Patience(readOptions<EarlyStoppingOptions, typeof OPTIONS>('earlyStopping', OPTIONS, options));
}

class Patience implements EarlyStopping {
  best: ValidationRecord | undefined;
  readonly #options: Required<EarlyStoppingOptions>;
  /** Whether the kept arenas could be made. They are the store's and go with the trainer. */
  #kept: Promise<void> | undefined;
  #store: ParameterStore | undefined;
  #device: Device | undefined;
  #waited = 0;
  /** The run that it watches, or the last one. */
  #run: Run | undefined;

  constructor(options: Required<EarlyStoppingOptions>) {
    this.#options = options;
  }

  requireValidation(call: string, validation: unknown): void {
    if (!validation) throw new UsageError(`${call}: early stopping needs a validation set: give data.validation`);
  }

  async begin(store: ParameterStore, device: Device, run: Run): Promise<void> {
    if (this.#run !== run && this.#run?.ending) throw new UsageError('early stopping: another run is using this rule: make one for each');
    this.#run = run;
    if (store !== this.#store) this.#begin(store, device);
    try {
      await this.#kept;
    } catch (error) {
      // Tried again at the next call.
      this.#store = undefined;
      throw error;
    }
  }

  #begin(store: ParameterStore, device: Device, write: () => void = () => undefined): void {
    this.#store = store;
    this.#device = device;
    this.best = undefined;
    this.#waited = 0;
    this.#kept = undefined;
    if (!this.#options.restoreBest) return;
    this.#kept = device.attempt(() => {
      for (const arena of ARENAS) store.retain(RETAINED[arena], store.buffer(arena)!.size);
      write();
    });
    // `begin` has reported it.
    this.#kept.catch(() => undefined);
  }

  update(record: ValidationRecord): boolean {
    const { patience, minDelta, restoreBest } = this.#options;
    if (record.validationLoss < (this.best?.validationLoss ?? Number.POSITIVE_INFINITY) - minDelta) {
      this.best = record;
      this.#waited = 0;
      if (restoreBest) this.#copy('keep');
      return false;
    }
    this.#waited++;
    if (this.#waited < patience) return false;
    this.#waited = 0;
    return true;
  }

  restore(history?: Pick<History, 'keptStep'>): void {
    if (!this.#options.restoreBest || !this.best) return;
    this.#copy('restore');
    this.#store!.changes++;
    if (history) history.keptStep = this.best.step;
  }

  async state(): Promise<EarlyStoppingPoint | undefined> {
    const store = this.#store;
    const { best } = this;
    if (!store || !best) return undefined;
    const waited = this.#waited;
    const tensors = new Map<string, HostTensor>();
    if (this.#options.restoreBest) {
      // Of the call: `setGroups` may change them meanwhile.
      const layouts = ARENAS.map((arena) => layoutOf(store, arena));
      const arenas = await Promise.all(ARENAS.map((arena) => store.readArena(RETAINED[arena])));
      for (const [i, { entries }] of layouts.entries()) for (const entry of entries) tensors.set(entry.path, tensorIn(arenas[i]!, entry));
    }
    return { waited, best, tensors };
  }

  check(state: EarlyStoppingPoint | undefined): void {
    if (state && this.#options.restoreBest && state.tensors.size === 0)
      throw new DataError('checkpoint: its early stopping keeps no best parameters: give a rule with restoreBest: false, or none');
  }

  resume(store: ParameterStore, device: Device, state: EarlyStoppingPoint | undefined): void {
    this.#begin(store, device, () => {
      for (const arena of ARENAS)
        for (const { path, offset } of layoutOf(store, arena).entries) {
          const tensor = state?.tensors.get(path);
          if (tensor) store.write(RETAINED[arena], tensor.data, offset * 4);
        }
    });
    if (!state) return;
    this.best = state.best;
    this.#waited = state.waited;
  }

  #copy(direction: 'keep' | 'restore'): void {
    const pairs = ARENAS.map((arena) => [this.#store!.buffer(arena)!, this.#store!.buffer(RETAINED[arena])!] as const);
    const { linked } = this.#store!.weights;
    if (direction === 'keep') linked?.pull();
    copyBuffers(this.#device!, direction === 'keep' ? pairs : pairs.map(([live, kept]) => [kept, live]));
    if (direction === 'restore') linked?.push();
  }
}

const layoutOf = (store: ParameterStore, arena: Arena): ParameterLayout => (arena === 'parameters' ? store.layout : store.bufferLayout);
