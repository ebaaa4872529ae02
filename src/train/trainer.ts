// The trainer joins a model, a loss, an optimizer and data into plans, and runs steps without the CPU in between.
import type { AnyDataset } from '../data/columns.ts';
import type { Dataset } from '../data/dataset.ts';
import type { GivenBatch } from '../data/source.ts';
import { requireInteger, UsageError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import type { Runner } from '../gpu/runner.ts';
import { runsWith } from '../groups.ts';
import type { History, StepRecord } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import type { Sequential } from '../nn/sequential.ts';
import { readOptions } from '../option_table.ts';
import type { Plan } from '../scheduler/plan.ts';
import { type Assembly, assemble, emptyHistory } from './assemble.ts';
import { type EpochOf, stepsOfEpochs, stepsPerEpoch } from './epochs.ts';
import type { Evaluation } from './evaluation.ts';
import { trainerOf } from './facts_source.ts';
import { later } from './later.ts';
import { LearningRates } from './learning_rates.ts';
import type { Answer, Asked, EvaluateOptions, LiveModel } from './live_model.ts';
import { type Events, loop, type Read } from './loop.ts';
import {
  batchSizeOf,
  type EnqueueOptions,
  enqueueOptions,
  type FitOptions,
  fitOptions,
  givenOptions,
  type TrainerOptions,
  type TrainOptions,
  trainOptions,
} from './options.ts';
import { type HostNumbers, type HostTensor, type ParameterStore, tensorIn } from './parameters.ts';
import type { Run } from './run.ts';
import { runOffset } from './run_state.ts';
import { batchesOf } from './step_graph.ts';
import { StepLog } from './step_log.ts';
import { StepLoop } from './step_loop.ts';

export type { EnqueueOptions, FitOptions, TrainerOptions, TrainOptions } from './options.ts';

/** Trains a model on a device, step by step or in one go. `engine.createTrainer` makes it. */
export class Trainer<M extends AnyModel = Sequential> {
  /** Everything recorded so far. */
  readonly history: History;
  /** The model that is trained: it goes on living when the trainer is destroyed, if it lived before. */
  readonly model: LiveModel<M>;
  /** Rows of a full batch. */
  readonly batchSize: number;
  /** Rounded up where `accumulate` does not divide the batches of an epoch. */
  readonly stepsPerEpoch: number;
  /** @internal Another one once it was lost, and then all that is on it. */
  device: Device;
  /** @internal */
  cache: PipelineCache;
  /** @internal `setGroups` replaces parts of it. */
  parts: Assembly<M>;
  /** @internal */
  readonly options: TrainerOptions<M>;
  /** @internal */
  store: ParameterStore;
  /** @internal */
  readonly learningRates: LearningRates;
  /** @internal */
  readonly loop: StepLoop;
  /** @internal The state of the run. */
  readonly current: Run;
  readonly #epoch: EpochOf | undefined;
  #destroyed = false;

  private constructor(device: Device, cache: PipelineCache, options: TrainerOptions<M>, parts: Assembly<M>) {
    const { data } = options;
    const batches = batchesOf(options);
    const { run, runner, store, graph, stream } = parts;
    this.device = device;
    this.options = options;
    this.store = store;
    this.cache = cache;
    this.parts = parts;
    this.model = parts.model;
    this.model.trainers.add(this);
    this.batchSize = batchSizeOf(options);
    this.#epoch = data && { rows: data.train.rows, batchSize: this.batchSize, accumulate: batches };
    this.stepsPerEpoch = this.#epoch ? Math.ceil(stepsPerEpoch(this.#epoch)) : 1;
    this.history = emptyHistory(parts, options);
    trainerOf.set(this.history, this as unknown as Trainer<AnyModel>);
    this.learningRates = new LearningRates(options.optimizer, store);
    this.current = run;
    const log = new StepLog(run, graph.probes, this.#epoch && stepsPerEpoch(this.#epoch));
    this.loop = new StepLoop(run, runner, store, this.learningRates, log, stream, batches);
  }

  /** @internal Builds graph, plan, buffers and pipelines. Rejects with ShapeError, DataError, UsageError, KernelError or DeviceError. */
  static async create<M extends AnyModel>(device: Device, cache: PipelineCache, given: TrainerOptions<M>): Promise<Trainer<M>> {
    const options = givenOptions(given) as TrainerOptions<M>;
    return device.making(async () => {
      const trainer = new Trainer(device, cache, options, await assemble(device, cache, options));
      // The model may have been destroyed during the await.
      if (!trainer.store.weights.alive) trainer.destroy();
      trainer.alive();
      return trainer;
    });
  }

  /** @internal True while steps are being taken. */
  get busy(): boolean {
    return this.current.ending !== undefined;
  }

  /** @internal */
  get runner(): Runner {
    return this.loop.runner;
  }

  /** Steps taken: updates done, or skipped because they were not finite. */
  get steps(): number {
    return this.current.submitted;
  }

  /** What a steady-state step does, and the memory held. */
  get counts(): { dispatches: number; pipelines: number; bytes: number } {
    return {
      dispatches: this.loop
        .passes(0, false)
        .reduce((n, groups) => n + this.runner.plan.dispatches.filter((dispatch) => runsWith(dispatch.when, groups)).length, 0),
      pipelines: this.cache.size,
      bytes: this.runner.bytes + this.store.bytes + this.parts.data.bytes + this.model.bytes,
    };
  }

  /** The plan of a step; `explain` prints it: dispatches, buffers, bytes, what was fused. */
  get plan(): Plan {
    const { plan } = this.runner;
    trainerOf.set(plan, this as unknown as Trainer<AnyModel>);
    return plan;
  }

  /** @internal Steps that a run is asked for. */
  stepsOf({ epochs, steps }: Read<TrainOptions>): number {
    return steps ?? (epochs === undefined ? Number.POSITIVE_INFINITY : stepsOfEpochs(epochs, this.#epoch!));
  }

  /**
   * Takes steps on the data set.
   *
   * @param count - How many; 1 by default.
   * @returns Their records; fewer where the run turned non-finite.
   * @throws UsageError where the trainer has no data set, is running, or has turned non-finite; DeviceError where the device is lost.
   * @example
   * const [record] = await trainer.step();
   * console.log(record.loss);
   */
  async step(count = 1): Promise<StepRecord[]> {
    requireInteger('step: count', count);
    if (!this.options.data) throw new UsageError('step: this trainer has no data set: give `data`, or use trainOnBatch');
    return this.#records(count);
  }

  /**
   * Takes one step on a given batch. NaN and infinity in inputs are taken as they are: the run then says where it turned non-finite. Nothing changes where the
   * batch is refused. `enqueueStep` submits without waiting.
   *
   * @param batch - x [rows, features] and y [rows, target size], or by the names of inputs and targets; up to `batchSize` rows, in arrays, typed arrays or
   *   rows of numbers.
   * @returns The step's record.
   * @throws DataError where the batch does not fit the model, or its targets the loss; UsageError where the trainer has a data set, is running, or has turned
   *   non-finite.
   * @example
   * const record = await trainer.trainOnBatch({ x: [[0.2, -0.7]], y: [1] });
   */
  async trainOnBatch(batch: GivenBatch | Pick<Dataset, 'x' | 'y'>): Promise<StepRecord | undefined> {
    this.requireIdle();
    this.#setBatch('trainOnBatch', batch);
    return (await this.#records(1))[0];
  }

  #setBatch(call: string, given: GivenBatch | Pick<Dataset, 'x' | 'y'>): void {
    if (this.options.data) throw new UsageError(`${call}: this trainer has a data set of its own: use step or fit`);
    this.parts.batchInput!.set(call, given);
  }

  /**
   * Submits one step, on the data set or on a batch, and returns at once. For custom training loops. Keep only a few steps in flight: await an earlier promise
   * from time to time. `history` does not follow these steps.
   *
   * @param options - The batch, and whether the record is read back: true by default.
   * @returns A promise of the step's record; with `readback: false` nothing, as nothing is read back then, not even on probed steps.
   * @throws UsageError while `step`, `trainOnBatch`, `run` or `fit` is under way, once the run has turned non-finite, where the data set is streamed, and
   *   without a batch where none was given before; DataError where the batch does not fit: the one before stays then.
   * @example
   * trainer.enqueueStep({ batch: { x: [[0.2, -0.7]], y: [1] }, readback: false });
   * const record = await trainer.enqueueStep(); // once more on that batch
   */
  enqueueStep(options: EnqueueOptions & { readonly readback: false }): undefined;
  enqueueStep(options?: EnqueueOptions & { readonly readback?: true }): Promise<StepRecord | undefined>;
  enqueueStep(options?: EnqueueOptions): Promise<StepRecord | undefined> | undefined {
    this.requireUnstreamed('enqueueStep');
    const { batch, readback } = readOptions<EnqueueOptions, typeof enqueueOptions>('enqueueStep', enqueueOptions, options);
    if (batch === undefined) this.parts.batchInput?.requireBatch();
    else this.#setBatch('enqueueStep', batch);
    return this.loop.enqueueStep(readback);
  }

  /**
   * Reads the loss of the last step; waits for the GPU.
   *
   * @returns The data loss, without penalties.
   * @throws UsageError before the first step.
   */
  async loss(): Promise<number> {
    if (this.device.failure) await this.revive();
    this.#requireStep(this.steps === 0);
    const bytes = await this.runner.read([{ buffer: 'run', offset: runOffset('loss'), size: 4 }]);
    return new Float32Array(bytes)[0]!;
  }

  /**
   * Trains for `epochs` or `steps`, or until it is ended, and tells what happens: `for await (const event of trainer.run())`. Steps are submitted in groups,
   * and while the loop's body deals with one group the next one runs; no further one is submitted until the body is done. So what the body changes, the rate by
   * `setLearningRate` or frozen layers by `setGroups`, holds from the next group on, and the records show it; with `stepsPerSubmit: 1` that is the next step.
   * `break`, a throw in the body, `stop` and the signal end the run after what is in flight: the trainer can be used again then. Calling it again goes on.
   * `history` has what has arrived: it may be a group ahead of the body.
   *
   * @param options - Without `epochs` and `steps` it goes on until it is ended.
   * @returns The events: steps, validations, checkpoints, recoveries and the end.
   * @throws UsageError for options that make no sense, at once; where the trainer is running already, with the first event.
   * @example
   * for await (const event of trainer.run({ validateEvery: 100 })) {
   *   if (event.type === 'steps' && event.records.some(({ loss }) => loss < 0.1)) break;
   *   if (event.type === 'validation') console.log(event.record.validationLoss);
   * }
   */
  run(options: TrainOptions = {}): Events {
    const read = readOptions<TrainOptions, typeof trainOptions>('run', trainOptions, options);
    return this.#events('run', read, read.stepsPerSubmit === 1);
  }

  /**
   * Trains for `epochs` or `steps`. Calling it again goes on.
   *
   * @param options - `epochs` or `steps` is needed.
   * @returns The history when done, stopped, aborted or non-finite (then `history.nonFinite` says where it began).
   * @throws UsageError for options that make no sense, and where the trainer is running already; DeviceError where the device is lost.
   * @example
   * const history = await trainer.fit({ epochs: 10, onValidation: ({ step, validationLoss }) => console.log(step, validationLoss) });
   */
  async fit(options: FitOptions): Promise<History> {
    const { onSteps, onValidation, onProgress, ...rest } = readOptions<FitOptions, typeof fitOptions>('fit', fitOptions, options);
    const events = this.#events('fit', rest);
    const steps = this.steps + this.stepsOf(rest);
    if (steps === Number.POSITIVE_INFINITY) throw new UsageError('fit: give epochs or steps');
    for await (const event of events) {
      if (event.type === 'steps') {
        onSteps?.(event.records);
        const { step, epoch = 0 } = event.records.at(-1)!;
        onProgress?.({ step, steps, epoch });
      } else if (event.type === 'validation') await this.current.ending!.wait(onValidation?.(event.record));
    }
    return this.history;
  }

  /**
   * Stops taking steps until `resume`; what is in flight ends.
   *
   * @throws UsageError where the trainer was destroyed.
   */
  pause(): void {
    this.alive();
    this.loop.pause();
  }

  /** Goes on after `pause`. */
  resume(): void {
    this.loop.resume();
  }

  /** Ends `run`, `fit` or `step` after the steps in flight: one where it has just begun. Nothing else is waited for. */
  stop(): void {
    this.current.ending?.end();
    this.resume();
  }

  /**
   * Sets a new constant learning rate from the next step that is submitted on; the records show it from there. The schedule ends.
   *
   * @param learningRate - At least 0.
   * @throws UsageError for what is no finite number of at least 0, and where the trainer was destroyed.
   * @example
   * trainer.setLearningRate(0.0001);
   */
  setLearningRate(learningRate: number): void {
    this.alive();
    this.learningRates.set(this.current.submitted, learningRate);
  }

  /**
   * Measures loss and metrics on a data set, in inference mode; for a classification also accuracy and confusion matrix (rows: true class).
   *
   * @param dataset - Rows with targets, as those of training.
   * @param options - `metrics`; those of the trainer by default.
   * @returns Loss, accuracy from 0 to 1, confusion matrix and metrics.
   * @throws DataError where the data set does not fit the model, or its targets the loss; UsageError for metrics that make no sense of an output.
   * @example
   * const { loss, accuracy } = await trainer.evaluate(test);
   */
  async evaluate(dataset: AnyDataset, options?: EvaluateOptions): Promise<Evaluation> {
    return this.#ours().evaluate(dataset, this.options.loss, options, this.options.metrics);
  }

  /**
   * Computes the outputs (logits) for any number of rows, in inference mode, as `model.predict` does.
   *
   * @param x - Rows of numbers, flat or a list; by name for a model of named inputs; or a data set.
   * @returns [rows, outputs], row after row; by name for a model of named outputs.
   * @throws DataError for other widths, no rows, or what is no number.
   * @example
   * const logits = await trainer.predict([[0.2, -0.7], [1, 0.5]]);
   */
  async predict(x: Asked<M>): Promise<Answer<M>> {
    return this.#ours().predict(x);
  }

  /**
   * Reads parameters and running statistics from the device.
   *
   * @returns Tensors by path.
   */
  async parameters(): Promise<Map<string, HostTensor>> {
    return this.#ours().parameters();
  }

  /**
   * Sets parameters and running statistics; nothing is written unless all fit.
   *
   * @param tensors - By path: tensors, or plain numbers.
   * @throws UsageError for one that is missing, unknown or of another shape; DataError for what is no number.
   * @example
   * trainer.setParameters(readSafetensors(bytes).tensors);
   */
  setParameters(tensors: ReadonlyMap<string, HostTensor | HostNumbers>): void {
    this.alive();
    this.model.setParameters(tensors);
  }

  /**
   * Reads the gradients of the last step, before clipping.
   *
   * @returns Tensors by the path of their parameter.
   * @throws UsageError before the first step, also of a run that goes on from a checkpoint: a file has no gradients.
   */
  async gradients(): Promise<Map<string, HostTensor>> {
    this.#requireStep(this.current.fresh);
    // Of the call: `setGroups` may change it meanwhile.
    const { words, entries } = this.store.layout;
    const arena = new Float32Array(await this.runner.read([{ buffer: 'gradients', offset: 0, size: words * 4 }]));
    return new Map(entries.map((entry) => [entry.path, tensorIn(arena, entry)]));
  }

  /** Frees everything. Pending calls reject. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.model.trainers.delete(this);
    // Its steps have changed them.
    this.model.weights.changes++;
    this.stop();
    this.runner.destroy();
    this.store.destroy();
    for (const each of this.parts.owned) each.destroy();
    this.parts.data.destroy();
  }

  /** @internal Goes on another device where this one was lost; throws why where that cannot be. */
  async revive(): Promise<void> {
    await (await later()).revive(this as unknown as Trainer<AnyModel>);
  }

  /** @internal Throws where the trainer was destroyed or its device has failed. */
  alive(): void {
    this.#ours();
    this.device.check();
  }

  /** The model, which goes on another device where its own was lost. */
  #ours(): LiveModel<M> {
    if (this.#destroyed) throw new UsageError('this trainer was destroyed: create a new one');
    return this.model;
  }

  #requireStep(none: boolean): void {
    this.alive();
    if (none) throw new UsageError('no step was taken: take one first');
  }

  /** @internal For calls that submit at once: a streamed batch would have to be waited for. */
  requireUnstreamed(call: string): void {
    this.requireIdle();
    if (this.loop.stream) throw new UsageError(`${call}: the data set is streamed: use step or fit`);
  }

  /** @internal Throws where steps are being taken, or none can be. */
  requireIdle(): void {
    this.alive();
    this.loop.check();
    if (this.busy) throw new UsageError('already running: await it, or stop() it');
    if (this.history.nonFinite)
      throw new UsageError(`this run turned non-finite at step ${this.history.nonFinite.step}: create a new trainer with other settings`);
  }

  /** Takes `steps` steps, without a validation; none counts as the last of a run. */
  async #records(steps: number): Promise<StepRecord[]> {
    let records: StepRecord[] = [];
    for await (const event of loop(this, { steps, until: 0 })) {
      if (event.type === 'steps') records.push(...event.records);
      // Discarded steps are taken again.
      if (event.type === 'recovered') records = records.filter(({ step }) => step <= event.to);
    }
    return records;
  }

  /** Checks the options of a run and starts it. */
  #events(call: string, options: Read<TrainOptions>, inTurn = false): Events {
    const { data } = this.options;
    if (!data) throw new UsageError(`${call}: this trainer has no data set: give \`data\``);
    if (options.epochs !== undefined && options.steps !== undefined) throw new UsageError(`${call}: give epochs or steps, not both`);
    const { validation } = data;
    options.earlyStopping?.requireValidation(call, validation);
    options.checkpoints?.requireValidation(call, validation);
    return loop(this, { ...options, inTurn, validation, steps: this.stepsOf(options) });
  }
}
