// The only loop that takes steps. It yields events as they happen; `run` passes them on, `fit`, `step` and `trainOnBatch` make of it what they promise.
import type { AnyDataset } from '../data/columns.ts';
import type { History, Recovery, StepRecord } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import { Ending } from './ending.ts';
import type { Validation } from './evaluation.ts';
import type { CheckpointEvent } from './keep_checkpoints.ts';
import { later } from './later.ts';
import type { TrainOptions } from './options.ts';
import type { Trainer } from './trainer.ts';

/** Why a run ended: all its steps were taken, `stop` was called, its signal was aborted, its early stopping ended it, or a step was not finite. */
export type RunStatus = 'finished' | 'stopped' | 'aborted' | 'early_stopping' | 'non_finite';

/** Steps that were submitted together have been taken. */
export interface StepsEvent {
  /** Tells the events apart. */
  readonly type: 'steps';
  /** The records of the steps, in order. */
  readonly records: StepRecord[];
}

/** A validation was done; no step is in flight during this event. */
export interface ValidationEvent extends Validation {
  /** Tells the events apart. */
  readonly type: 'validation';
}

/** A step was not finite (`onNonFinite: rollBack()`), or the device was lost: the run goes on from an earlier step. No step is in flight during this event. */
export interface RecoveredEvent extends Recovery {
  /** Tells the events apart. */
  readonly type: 'recovered';
}

/** The events of a run, in order. */
export type RunEvent =
  | StepsEvent
  | ValidationEvent
  | CheckpointEvent
  | RecoveredEvent
  /** The last event, unless the body left the loop: the steps were done, or `stop` or the signal ended the run. The trainer can be used again. */
  | { readonly type: 'end'; readonly status: RunStatus; readonly history: History };

/** What `trainer.run` gives: what happens, in order, for `for await`. */
export type Events<Event = RunEvent> = AsyncGenerator<Event, void, void>;

/** Checked options: those left out are undefined. */
export type Read<Options> = { readonly [Name in keyof Options]?: Options[Name] | undefined };

/** `steps` may be infinite. Without `validation` nothing is validated. */
export interface LoopOptions extends Omit<Read<TrainOptions>, 'epochs' | 'steps'> {
  readonly steps: number;
  readonly validation?: AnyDataset | undefined;
  /** Whether a group is submitted only after the event of the previous one. */
  readonly inTurn?: boolean;
}

export async function* loop(trainer: Trainer<AnyModel>, options: LoopOptions): Events {
  if (trainer.device.failure) await trainer.revive();
  trainer.requireIdle();
  const { current, history } = trainer;
  const { validation, validateEvery = trainer.stepsPerEpoch, earlyStopping: rule, checkpoints, signal } = options;
  const ending = new Ending();
  current.ending = ending;
  if (signal?.aborted) ending.end();
  signal?.addEventListener('abort', ending.end);
  const begun = current.submitted;
  const end = begun + options.steps;
  const last = options.until ?? end;
  let early = false;
  // Where they cannot be loaded, there are none.
  trainer.loop.loading = later().then(
    ({ OwnCopies }) => {
      trainer.loop.copies ??= new OwnCopies(trainer);
    },
    () => undefined,
  );
  try {
    checkpoints?.begin(trainer);
    for (;;) {
      const { device, store } = trainer;
      const forget = device.onLoss(ending.halt);
      try {
        const { onNonFinite } = trainer.options;
        if (typeof onNonFinite === 'object') trainer.loop.snapshots = await onNonFinite.begin(trainer);
        if (rule) await rule.begin(store, device, current);
        try {
          while (current.submitted < end && !early && !ending.now) {
            const validationAt = validation ? (Math.floor(current.submitted / validateEvery) + 1) * validateEvery : Number.POSITIVE_INFINITY;
            // Early stopping may make each of its steps the last.
            current.last = rule ? Math.min(validationAt, last) : last;
            const stop = Math.min(validationAt, end, checkpoints?.next(current.submitted) ?? end);
            yield* trainer.loop.groups(history, stop, ending, options);
            if (current.halted || (!ending.now && (validation || checkpoints)))
              early = yield* (await later()).between(trainer, options, ending, validationAt, last);
          }
          device.check();
          // Also for a run that was ended early.
          if (checkpoints && !current.halted) yield* checkpoints.end(trainer, rule);
        } finally {
          // Also if the body left the loop and the steps in flight turned non-finite.
          if (current.halted && !history.nonFinite) await (await later()).recover(trainer, ending, current.halted);
        }
        if (history.nonFinite || (!ending.now && (early || current.submitted >= last))) rule?.restore(history);
        break;
      } catch (error) {
        if (!device.failure) throw error;
        early = false;
        yield await (await later()).survive(trainer, options, ending, begun);
      } finally {
        forget();
      }
    }
  } finally {
    signal?.removeEventListener('abort', ending.end);
    current.ending = undefined;
  }
  // A run whose trainer was destroyed has no end event, even if nothing was in flight.
  trainer.alive();
  const outside = signal?.aborted ? 'aborted' : 'stopped';
  yield { type: 'end', status: history.nonFinite ? 'non_finite' : ending.now ? outside : early ? 'early_stopping' : 'finished', history };
}
