// Models and checkpoints as files. Functions rather than methods of the trainer, so that bundlers drop them when unused.
import { differenceOf, type Fingerprint, fingerprintOf } from '../data/fingerprint.ts';
import { isSource } from '../data/source.ts';
import { DataError, requireMethod, UsageError } from '../errors.ts';
import { type GroupPoint, ownDocument, type RunPoint, readCheckpoint, readGroupPoints, readModel, writeCheckpoint, writeModel } from '../io/checkpoint.ts';
import type { AnyModel } from '../nn/model.ts';
import { describe } from './described.ts';
import type { EarlyStopping } from './early_stopping.ts';
import { goTo } from './go_to.ts';
import type { ParameterGroup } from './groups.ts';
import type { LiveModel } from './live_model.ts';
import { checkModel } from './model_check.ts';
import { requireTrained, requireTrainer } from './requires.ts';
import { checkRun, checkStates } from './run_check.ts';
import { RUN_WORDS, type RunWord } from './run_state.ts';
import { batchesOf } from './step_graph.ts';
import type { Trainer } from './trainer.ts';
import { writeFactors } from './write_factors.ts';

/**
 * Writes the model as a safetensors file: parameters and running statistics by path, and the layers in a row that it is made of, so that `openModel` of
 * `fathom-webgpu/experiment` opens it without the program. For a trainer the file also says what is known of its loss and its data: whether outputs become
 * probabilities, names of features and classes, how rows were read and scaled. What cannot be written (a layer of your own, a function of named inputs) is
 * named in the file; such a model is built by its program, and `load` sets it.
 *
 * @param of - A trainer, or a live model.
 * @param document - Anything that JSON can say, the document of an experiment for one; `readDocument` gives it back. None by default.
 * @returns The bytes of the file.
 * @throws UsageError for what is no trainer or model, and for a document that JSON cannot say.
 * @example
 * const bytes = await save(trainer, { note: 'the best so far' });
 */
export async function save(of: Trainer<AnyModel> | LiveModel<AnyModel>, document?: unknown): Promise<Uint8Array<ArrayBuffer>> {
  requireTrained('save', of);
  const own = ownDocument(document);
  return writeModel(await of.parameters(), own, described(of, own));
}

/** What the file says of its model. The document of an experiment that has run says it itself. */
function described(of: Trainer<AnyModel> | LiveModel<AnyModel>, document: unknown): object | undefined {
  if (typeof document === 'object' && document !== null && 'fitted' in document && 'model' in document) return undefined;
  return describe(of);
}

/**
 * Sets parameters and running statistics from a file, all or none. Files of earlier versions are read too.
 *
 * @param into - A trainer, or a live model, of the same layers.
 * @param bytes - A file of `save` or `checkpoint`.
 * @throws DataError where the file is damaged or of another model; UsageError for what is no trainer or model.
 * @example
 * load(trainer, bytes);
 */
export function load(into: Trainer<AnyModel> | LiveModel<AnyModel>, bytes: Uint8Array): void {
  requireTrained('load', into);
  into.alive();
  const { weights } = 'model' in into ? into.model : into;
  into.setParameters(readModel(bytes, weights.shapes()));
}

/**
 * Writes everything that the run needs to go on as a safetensors file: the model, the optimizer's state, step, keys and learning rate. It may be called while
 * steps are being taken; it stands after the last that was submitted. The history is not in it. With `rule` it also holds how long early stopping has waited
 * and the best parameters: then call it in `onValidation`, or after `fit`.
 *
 * @param document - Anything that JSON can say; `readDocument` gives it back. None by default.
 * @param rule - The early stopping of this run; none by default.
 * @param trainer - A trainer, before, between or during steps.
 * @returns The bytes of the file.
 * @throws UsageError for what is no trainer, and for a run that turned non-finite.
 * @example
 * const bytes = await checkpoint(trainer);
 */
export async function checkpoint(trainer: Trainer<AnyModel>, document?: unknown, rule?: EarlyStopping): Promise<Uint8Array<ArrayBuffer>> {
  requireTrainer('checkpoint', trainer);
  if (trainer.device.failure) await trainer.revive();
  if (rule !== undefined) requireMethod('checkpoint: rule', rule, 'state', 'earlyStopping({ patience })');
  trainer.alive();
  const { store, learningRates, options } = trainer;
  const { live, reacted, recovery } = learningRates;
  const { best } = trainer.current;
  // Copied before the first await: they may change during it.
  const own = ownDocument(document);
  const groups = trainer.parts.grouping.set ? pointsOf(trainer) : undefined;
  const { since } = trainer.parts.grouping;
  const data = rowsOf(trainer);
  store.weights.linked?.pull();
  const [tensors, arena, stopping] = await Promise.all([store.read(), store.readArena('run'), rule?.state()]);
  const bits = new Uint32Array(arena.buffer);
  const words = Object.fromEntries(RUN_WORDS.map((word, i) => [word, bits[i]!])) as Record<RunWord, number>;
  if (words.halted)
    throw new UsageError(`checkpoint: this run turned non-finite at step ${words.step}, there is nothing to go on with: keep an earlier checkpoint`);
  const run: RunPoint = {
    optimizer: options.optimizer.update.name,
    words,
    ...(live ? { learningRate: live } : {}),
    ...(reacted ? { schedule: reacted } : {}),
    ...(recovery ? { recovery } : {}),
    ...(groups ? { groups } : {}),
    ...(since.size > 0 ? { since: Object.fromEntries(since) } : {}),
    ...(stopping ? { stopping } : {}),
    ...(best ? { best } : {}),
    ...(data ? { data } : {}),
  };
  return writeCheckpoint(tensors, run, own, described(trainer, own));
}

/**
 * Goes on from a checkpoint of a run with this model, optimizer, batch size and training rows: the steps from here on have the bits that they would have had
 * there. Rows are compared by sums over at most 262,144 numbers of each tensor, and those of a source are not compared. It is also the way back for a run that turned non-finite. Nothing changes unless all fits. A file of a version whose paths were numbers goes on too,
 * but dropout draws other elements, as its random numbers are those of the path.
 *
 * @param trainer - A trainer with the options of that run.
 * @param bytes - A file of `checkpoint`.
 * @param rule - The early stopping that the next `fit` is given, which goes on as well; none by default.
 * @throws DataError where the file is damaged, holds no run, or is of another one; UsageError while the trainer is running.
 * @example
 * restore(trainer, bytes);
 * await trainer.fit({ epochs: 10 });
 */
export function restore(trainer: Trainer<AnyModel>, bytes: Uint8Array, rule?: EarlyStopping): void {
  requireTrainer('restore', trainer);
  if (rule !== undefined) requireMethod('restore: rule', rule, 'resume', 'earlyStopping({ patience })');
  trainer.alive();
  if (trainer.busy) throw new UsageError('restore: this trainer is running: await the call before, or stop() it');
  const { store, learningRates, options } = trainer;
  checkGroups(trainer, bytes);
  const { tensors, run } = readCheckpoint(bytes, store.shapes(), RUN_WORDS);
  const { update, betas } = options.optimizer;
  checkRun(run, { rule: update.name, betas, batchSize: trainer.batchSize, batches: batchesOf(options), rows: options.data?.train.rows });
  checkStates(tensors, update, run.words);
  checkModel(trainer, bytes);
  checkRows(run.data, rowsOf(trainer));
  rule?.check(run.stopping);
  store.set(tensors);
  // Frozen weights too: the run continues with those of the file.
  store.weights.linked?.push(() => true);
  store.write(
    'run',
    Uint32Array.from(RUN_WORDS, (word) => (word === 'skip_non_finite' ? Number(options.onNonFinite === 'skip') : run.words[word]!)),
  );
  learningRates.restore(run.words.step!, run.learningRate);
  learningRates.reacted = options.optimizer.react && run.schedule;
  learningRates.recovery = run.recovery;
  trainer.current.best = run.best;
  delete trainer.history.recoveries;
  const { grouping } = trainer.parts;
  grouping.since = new Map(Object.entries(run.since ?? {}));
  grouping.set ||= run.groups !== undefined;
  writeFactors(trainer);
  rule?.resume(store, trainer.device, run.stopping);
  goTo(trainer, run.words.step!, [run.words.key0!, run.words.key1!]);
}

/**
 * Reads the groups that `setGroups` had set in the run of a checkpoint. A trainer that is to go on from it needs the same.
 *
 * @param bytes - A file of `checkpoint`.
 * @returns The groups; none where none had been set.
 * @throws DataError where the file is damaged.
 * @example
 * await setGroups(trainer, groupsOf(bytes));
 * restore(trainer, bytes);
 */
export function groupsOf(bytes: Uint8Array): ParameterGroup[] {
  return [...(readGroupPoints(bytes) ?? [])];
}

/** What tells the training set of a trainer from others. */
function rowsOf({ options }: Trainer<AnyModel>): Fingerprint | undefined {
  const train = options.data?.train;
  return train && !isSource(train) ? fingerprintOf(train) : undefined;
}

/** Throws a DataError where a run had other rows than this trainer has. */
function checkRows(written: Fingerprint | undefined, here: Fingerprint | undefined): void {
  const name = written && here && differenceOf(written, here);
  if (name !== undefined)
    throw new DataError(
      `checkpoint: data: ${name}: its run had other rows than this trainer, or in another order or scale: the steps would differ; \`load\` takes its parameters alone`,
    );
}

/** The groups of a trainer as they are written. */
const pointsOf = ({ parts }: Trainer<AnyModel>): GroupPoint[] => parts.grouping.groups.map(({ paths, settings }) => ({ match: paths, ...settings }));

/** Throws a DataError where a checkpoint is of a run in which other groups were set. */
function checkGroups(trainer: Trainer<AnyModel>, bytes: Uint8Array): void {
  const groups = readGroupPoints(bytes);
  if (groups && JSON.stringify(groups) !== JSON.stringify(pointsOf(trainer)))
    throw new DataError('checkpoint: other groups were set in its run: call `await setGroups(trainer, groupsOf(file))` before');
}
