// Which checkpoints of a run are kept: the last ones, and the one with the lowest validation loss. In its own module, so that bundlers drop it when unused.

import { UsageError } from '../errors.ts';
import type { ValidationRecord } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import type { EarlyStopping } from './early_stopping.ts';
import { checkpoint } from './files.ts';
import type { Trainer } from './trainer.ts';

/** What is known of a checkpoint beside its bytes. */
export interface CheckpointInfo {
  /** Whether it is one of the last, or the best so far. */
  kind: 'last' | 'best';
  /** The last step that is in it. */
  step: number;
  /** Of the validation at that step, where there was one. */
  validationLoss?: number;
}

/** When checkpoints are taken, how many are kept, and where they go. */
export interface CheckpointOptions {
  /** Steps between two, of the run; where there are validations, the next one is waited for. By default about half a minute. */
  every?: number;
  /** How many of the last are kept; 1 by default. */
  last?: number;
  /** Whether the one with the lowest validation loss is kept beside them, written whenever that falls. Needs a validation set; false by default. */
  best?: boolean;
  /** What is put into the files, which `readDocument` gives back; nothing by default. */
  document?: unknown;
  /**
   * Takes each file; then it is not kept in memory. The run waits for a promise: ten seconds more once it was stopped, which it then rejects with UsageError, and
   * not at all once its trainer was destroyed or its device lost.
   */
  write?(bytes: Uint8Array<ArrayBuffer>, info: CheckpointInfo): unknown;
  /** Told of each one that is kept no longer, once the one in its place is written. */
  remove?(info: CheckpointInfo): unknown;
}

export const checkpointOptions = {
  every: { type: 'integer', min: 1 },
  last: { type: 'integer', min: 1, default: 1 },
  best: { type: 'boolean', default: false },
  document: { type: 'object', expected: 'what JSON can say', accepts: () => true },
  write: FUNCTION,
  remove: FUNCTION,
} as const satisfies OptionTable<CheckpointOptions>;

/** One that is kept; its bytes where nobody writes them. */
export interface KeptCheckpoint extends CheckpointInfo {
  /** The file; absent where `write` took it. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** A checkpoint was taken. No step is in flight meanwhile. */
export interface CheckpointEvent extends CheckpointInfo {
  /** Tells the events apart. */
  readonly type: 'checkpoint';
  /** The file, as `checkpoint` writes it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What of a run's checkpoints is kept. */
export interface Checkpoints {
  /** The last ones, the newest at the end. */
  readonly last: readonly KeptCheckpoint[];
  /** The one with the lowest validation loss so far, where that was asked for. */
  readonly best: KeptCheckpoint | undefined;
  /** @internal Throws a UsageError where it needs validations and there are none. */
  requireValidation(call: string, validation: unknown): void;
  /** @internal */
  begin(trainer: Trainer<AnyModel>): void;
  /** @internal The step at which steps must end for the next one; Infinity where a validation or the clock says when. */
  next(step: number): number;
  /** @internal Whether the clock says so after this step. */
  late(step: number): boolean;
  /** @internal Takes those that are due, after a validation or where there is none. No step may be in flight. */
  take(trainer: Trainer<AnyModel>, rule?: EarlyStopping, lastValidation?: ValidationRecord): AsyncGenerator<CheckpointEvent, void, void>;
  /** @internal Takes the last one of a run. No step may be in flight. */
  end(trainer: Trainer<AnyModel>, rule?: EarlyStopping): AsyncGenerator<CheckpointEvent, void, void>;
}

/** Milliseconds between two checkpoints where the steps between them are not given. */
const CHECKPOINT_MS = 30_000;

/**
 * Keeps checkpoints of a run on its way: every so many steps, and at its end, also where it is stopped or its signal aborted, but not where it turned
 * non-finite. They are what `checkpoint` writes, early stopping included; each comes as an event of `run`, too. What goes on from one has the bits of a run
 * that never stopped. The lowest validation loss so far is in them: a run that goes on takes for best what is better than that.
 *
 * @param given - About every half minute, the last one, by default.
 * @returns What `fit({ checkpoints })` takes; it holds the files where nobody writes them.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const kept = keepCheckpoints({ every: 1000, last: 3, best: true });
 * await trainer.fit({ epochs: 50, checkpoints: kept });
 * if (kept.best?.bytes) restore(trainer, kept.best.bytes);
 */
export function keepCheckpoints(given: CheckpointOptions = {}): Checkpoints {
  return new Keeper(readOptions<CheckpointOptions, typeof checkpointOptions>('keepCheckpoints', checkpointOptions, given));
}

type Read = Omit<CheckpointOptions, 'last' | 'best'> & Required<Pick<CheckpointOptions, 'last' | 'best'>>;

class Keeper implements Checkpoints {
  last: KeptCheckpoint[] = [];
  best: KeptCheckpoint | undefined;
  readonly #options: Read;
  #trainer: Trainer<AnyModel> | undefined;
  /** The step of the last one, and when that was. */
  #written = 0;
  #at = 0;
  #validates = false;
  /** The validation of this moment. */
  #lastValidation: ValidationRecord | undefined;

  constructor(options: Read) {
    this.#options = options;
  }

  begin(trainer: Trainer<AnyModel>): void {
    if (trainer !== this.#trainer) {
      if (this.#trainer?.busy) throw new UsageError('checkpoints: another run is using these: call keepCheckpoints() for each');
      this.last = [];
      this.best = undefined;
    }
    this.#trainer = trainer;
    this.#validates = !!trainer.options.data?.validation;
    this.#written = trainer.steps;
    this.#at = performance.now();
  }

  next(step: number): number {
    const { every } = this.#options;
    // A run that went back writes anew what comes then.
    this.#written = Math.min(this.#written, step);
    return every && !this.#validates ? step + every - (step % every) : Number.POSITIVE_INFINITY;
  }

  late(step: number): boolean {
    return !this.#options.every && !this.#validates && step > this.#written && performance.now() - this.#at >= CHECKPOINT_MS;
  }

  requireValidation(call: string, validation: unknown): void {
    if (this.#options.best && !validation) throw new UsageError(`${call}: the best checkpoint needs a validation set: give data.validation`);
  }

  async *take(trainer: Trainer<AnyModel>, rule?: EarlyStopping, lastValidation?: ValidationRecord): AsyncGenerator<CheckpointEvent, void, void> {
    const { current } = trainer;
    this.#lastValidation = lastValidation;
    const better = this.#options.best && lastValidation && !(lastValidation.validationLoss >= (current.best?.validationLoss ?? Number.POSITIVE_INFINITY));
    // It is in the file: whoever goes on from that knows what is to be beaten.
    if (better) current.best = { step: lastValidation.step, validationLoss: lastValidation.validationLoss };
    const kinds: CheckpointInfo['kind'][] = [];
    if (this.#isDue(current.submitted)) kinds.push('last');
    if (better) kinds.push('best');
    yield* this.#write(trainer, kinds, rule);
  }

  async *end(trainer: Trainer<AnyModel>, rule?: EarlyStopping): AsyncGenerator<CheckpointEvent, void, void> {
    yield* this.#write(trainer, trainer.steps > this.#written ? ['last'] : [], rule);
  }

  #isDue(step: number): boolean {
    const { every } = this.#options;
    if (step <= this.#written || (this.#validates && !this.#lastValidation)) return false;
    return every ? Math.floor(step / every) > Math.floor(this.#written / every) : performance.now() - this.#at >= CHECKPOINT_MS;
  }

  async *#write(
    trainer: Trainer<AnyModel>,
    kinds: readonly CheckpointInfo['kind'][],
    rule: EarlyStopping | undefined,
  ): AsyncGenerator<CheckpointEvent, void, void> {
    if (kinds.length === 0) return;
    const step = trainer.steps;
    const lastValidation = this.#lastValidation?.step === step ? { validationLoss: this.#lastValidation.validationLoss } : {};
    const bytes = await checkpoint(trainer, this.#options.document, rule);
    for (const kind of kinds) {
      if (kind === 'last') {
        this.#written = step;
        this.#at = performance.now();
      }
      yield* this.#keep(trainer, { kind, step, ...lastValidation }, bytes);
    }
  }

  async *#keep(trainer: Trainer<AnyModel>, info: CheckpointInfo, bytes: Uint8Array<ArrayBuffer>): AsyncGenerator<CheckpointEvent, void, void> {
    const { write, remove, last } = this.#options;
    if (write) await taken(trainer, write(bytes, info));
    const kept: KeptCheckpoint = write ? info : { ...info, bytes };
    const before = info.kind === 'best' ? (this.best ? [this.best] : []) : this.last;
    // One of the same step is this one.
    const others = before.filter(({ step }) => step !== info.step);
    const gone = others.splice(0, Math.max(0, others.length + 1 - (info.kind === 'best' ? 1 : last)));
    if (info.kind === 'best') this.best = kept;
    else this.last = [...others, kept];
    if (remove) for (const { bytes: _, ...each } of gone) await taken(trainer, remove(each));
    yield { type: 'checkpoint', ...info, bytes };
  }
}

/** Milliseconds that a run waits for `write` and `remove` once it was stopped: a file that is half written helps nobody. */
const GRACE_MS = 10_000;

/** Waits for what the caller does with a file, and not for ever. Rejects where that has not ended. */
async function taken(trainer: Trainer<AnyModel>, given: unknown): Promise<void> {
  let done = false;
  const work = Promise.resolve(given).then(() => {
    done = true;
  });
  await trainer.current.ending?.wait(work);
  if (done) return;
  trainer.alive();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `checkpoints: \`write\` or \`remove\` had not ended ${GRACE_MS / 1000} s after the run was stopped: the file may not be whole`;
    timer = setTimeout(() => reject(new UsageError(message)), GRACE_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
