// A step taken again from its bits: another trainer of the same options on the same device, brought to the state before the step.
import { UsageError } from '../errors.ts';
import type { StepRecord } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import { goTo } from '../train/go_to.ts';
import { sampleSize } from '../train/objective.ts';
import { changesOf, isFresh } from '../train/own_copies.ts';
import { RUN_STATE } from '../train/run_state.ts';
import { batchesOf } from '../train/step_graph.ts';
import { Trainer } from '../train/trainer.ts';
import { readState, type WholeState, writeState } from '../train/whole_state.ts';

/** What a step came to. */
export interface StepNumbers {
  /** The data loss. */
  readonly loss: number;
  /** The penalties on the weights. */
  readonly regularizationLoss: number;
  /** The global norm of the gradient, before clipping. */
  readonly gradientNorm: number;
}

/** A step that was taken twice from the same bits. */
export interface Replay {
  /** Has the state before the step. Its owner destroys it. */
  readonly trainer: Trainer<AnyModel>;
  /** Both times. */
  readonly twice: readonly [StepNumbers, StepNumbers];
  /** The first step before it that came to other bits than the history has. */
  readonly differs: number | undefined;
}

export const numbersOf = ({ loss, regularizationLoss, gradientNorm }: StepRecord): StepNumbers => ({ loss, regularizationLoss, gradientNorm });

/** Whether two steps came to the same bits; one NaN is like another. */
export const isSame = (a: StepNumbers, b: StepNumbers): boolean =>
  Object.is(a.loss, b.loss) && Object.is(a.regularizationLoss, b.regularizationLoss) && Object.is(a.gradientNorm, b.gradientNorm);

/** Takes a step of a trainer twice more, in another one. Rejects with UsageError where no state before it is known. */
export async function replay(of: Trainer<AnyModel>, step: number): Promise<Replay> {
  const base = await stateBefore(of, step);
  const { options, model, device, cache, learningRates, history, current } = of;
  // A run that goes back would do so here, too.
  const { onNonFinite, ...rest } = options;
  const trainer = await Trainer.create<AnyModel>(device, cache, {
    ...rest,
    model: model.description,
    ...(onNonFinite === 'skip' ? { onNonFinite } : {}),
  });
  try {
    const { numbers, learningRate } = history.steps;
    trainer.learningRates.past = new Map(Array.from(numbers, (number, i) => [number - 1, learningRate[i]!]));
    trainer.learningRates.reacted = learningRates.reacted;
    const goBack = async (state: WholeState): Promise<void> => {
      await writeState(trainer, state);
      goTo(trainer, state.step, current.key);
      trainer.learningRates.restore(state.step, learningRates.live);
    };
    if (base) await goBack(base);
    let differs: number | undefined;
    const before = step - 1 - trainer.steps;
    if (before > 0)
      for (const record of await trainer.step(before)) {
        const recorded = history.steps.find(record.step);
        if (recorded && !isSame(numbersOf(recorded), numbersOf(record))) differs ??= record.step;
      }
    if (trainer.steps !== step - 1) throw new UsageError(`explainStep: step ${step}: taken again, the run ends at step ${trainer.steps} already`);
    setBatch(of, trainer);
    const start = await readState(trainer, step - 1);
    const take = async (): Promise<StepNumbers> => {
      const record = await trainer.enqueueStep();
      await goBack(start);
      return numbersOf(record!);
    };
    return { trainer, twice: [await take(), await take()], differs };
  } catch (error) {
    trainer.destroy();
    throw error;
  }
}

/** The last state before a step that is known: that at which the run halted, or a copy that recovery took; undefined for the beginning. */
async function stateBefore(trainer: Trainer<AnyModel>, step: number): Promise<WholeState | undefined> {
  const { current, loop, options, model } = trainer;
  const refuse = (why: string): never => {
    throw new UsageError(`explainStep: step ${step}: ${why}`);
  };
  if (loop.stream) refuse('the data set is streamed: its batches are not at hand any more');
  if (options.share || model.shares.length > 0 || model.trainers.size > 1) refuse('this trainer shares weights with others, which have gone on');
  // The halt left everything as it was, but for the numbers that say where the run is.
  if (current.halted === step) {
    const state = await readState(trainer, step - 1);
    const run = new Uint32Array(state.arenas.get('run')!.buffer);
    const { at } = RUN_STATE;
    run[at.step]! -= 1;
    run[at.batches]! -= batchesOf(options);
    run[at.skipped]! -= 1;
    run[at.halted] = 0;
    return state;
  }
  if (!options.data) refuse('batches that were given one by one cannot be had again, but for the one at which a run halts');
  const { last } = loop.copies ?? {};
  if (last && last.step < step && last.changes === changesOf(trainer)) return last;
  if (!isFresh(trainer))
    refuse(
      'no state before it is at hand: the trainer was restored or changed, or the last copy that recovery took (every ten seconds) is a later one; ask sooner, or restore a checkpoint from before it and take the steps again',
    );
  return undefined;
}

/** The last batch, where batches are given one by one. */
function setBatch({ parts }: Trainer<AnyModel>, to: Trainer<AnyModel>): void {
  const last = parts.batchInput?.last;
  if (!last) return;
  const { rows } = parts.batchInput!;
  const given = Object.entries(last).map(([name, data]) => [name, data.subarray(0, rows * sampleSize(parts.graph.batch[name]!.type))]);
  to.parts.batchInput!.set('explainStep', Object.fromEntries(given));
}
