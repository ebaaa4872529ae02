// Early stopping with restore-best: the best parameters and running statistics are kept by a copy on the GPU.
import { requireInteger, requireNumber } from '../errors.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { CheckRecord } from '../inspect/history.ts';
import type { ParameterStore } from './parameters.ts';

export interface EarlyStoppingOptions {
  /** Checks without a gain before the run ends; 10 by default. */
  patience?: number;
  /** The least gain in validation loss that counts; 0 by default. */
  minDelta?: number;
  /** Goes back to the best parameters at the end; true by default. */
  restoreBest?: boolean;
}

/** When `fit` ends before its last step. */
export interface StoppingRule {
  /** @internal */
  begin(store: ParameterStore, device: Device): EarlyStopping;
}

/** Ends a run whose validation loss no longer falls, and goes back to its best parameters. Throws UsageError. */
export function earlyStopping(options: EarlyStoppingOptions = {}): StoppingRule {
  const { patience = 10, minDelta = 0, restoreBest = true } = options;
  requireInteger('earlyStopping.patience', patience);
  requireNumber('earlyStopping.minDelta', minDelta, 0);
  return { begin: (store, device) => new EarlyStopping({ patience, minDelta, restoreBest }, store, device) };
}

const ARENAS = ['parameters', 'running'] as const;

class EarlyStopping {
  /** The best check so far. */
  best: CheckRecord | undefined;
  readonly #patience: number;
  readonly #minDelta: number;
  readonly #restoreBest: boolean;
  readonly #store: ParameterStore;
  readonly #device: Device;
  readonly #kept: Buffers;
  #waited = 0;

  constructor(options: Required<EarlyStoppingOptions>, store: ParameterStore, device: Device) {
    this.#patience = options.patience;
    this.#minDelta = options.minDelta;
    this.#restoreBest = options.restoreBest;
    this.#store = store;
    this.#device = device;
    this.#kept = new Buffers(device);
  }

  /** Takes note of a check; true where the run should end. No step may be in flight. */
  update(check: CheckRecord): boolean {
    if (this.best === undefined || check.validationLoss < this.best.validationLoss - this.#minDelta) {
      this.best = check;
      this.#waited = 0;
      if (this.#restoreBest) this.#copy('keep');
      return false;
    }
    this.#waited++;
    return this.#waited >= this.#patience;
  }

  /** Puts the best parameters back, bit for bit. */
  restore(): void {
    if (this.#restoreBest && this.best) this.#copy('restore');
  }

  destroy(): void {
    this.#kept.destroy();
  }

  #copy(direction: 'keep' | 'restore'): void {
    const encoder = this.#device.gpu.createCommandEncoder();
    for (const arena of ARENAS) {
      const live = this.#store.buffer(arena)!;
      const kept = this.#kept.get(arena) ?? this.#kept.create(arena, live.size);
      const [from, to] = direction === 'keep' ? [live, kept] : [kept, live];
      encoder.copyBufferToBuffer(from, 0, to, 0, live.size);
    }
    this.#device.gpu.queue.submit([encoder.finish()]);
  }
}
