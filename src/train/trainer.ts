// The trainer joins a model, a loss, an optimizer and data into plans, and runs steps without the CPU in between.
import type { AnyDataset } from '../data/columns.ts';
import type { Dataset } from '../data/dataset.ts';
import type { GivenBatch } from '../data/source.ts';
import { requireInteger, UsageError } from '../errors.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import type { Runner } from '../gpu/runner.ts';
import { runsWith } from '../groups.ts';
import type { CheckRecord, History, StepRecord } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import type { Sequential } from '../nn/sequential.ts';
import { readOptions } from '../option_table.ts';
import type { Plan } from '../scheduler/plan.ts';
import { type Assembly, assemble, emptyHistory } from './assemble.ts';
import { Ending } from './ending.ts';
import { type EpochOf, stepsOfEpochs, stepsPerEpoch } from './epochs.ts';
import type { Evaluation } from './evaluation.ts';
import { later } from './later.ts';
import type { Answer, Asked, LiveModel } from './live_model.ts';
import { batchSizeOf, type FitOptions, fitOptions, givenOptions, type TrainerOptions } from './options.ts';
import type { HostNumbers, HostTensor, ParameterStore } from './parameters.ts';
import { Rates } from './rates.ts';
import { runOffset } from './run_state.ts';
import { batchesOf } from './step_graph.ts';
import { StepLog } from './step_log.ts';
import { type StepListeners, Stepper } from './stepper.ts';

export type { FitOptions, TrainerOptions } from './options.ts';

export class Trainer<M extends AnyModel = Sequential> {
  /** Everything the run has told so far. */
  readonly history: History;
  /** The model that is trained: it goes on living when the trainer is destroyed, if it lived before. */
  readonly model: LiveModel<M>;
  readonly batchSize: number;
  /** Rounded up where `accumulate` does not divide the batches of an epoch. */
  readonly stepsPerEpoch: number;
  /** @internal */
  readonly device: Device;
  /** @internal */
  readonly cache: PipelineCache;
  /** @internal Of what `setGroups` may change it replaces parts. */
  readonly parts: Assembly<M>;
  /** @internal */
  readonly options: TrainerOptions<M>;
  /** @internal */
  readonly store: ParameterStore;
  /** @internal */
  readonly rates: Rates;
  /** @internal */
  readonly stepper: Stepper;
  /** What ends the call that takes steps, while there is one. */
  #ending: Ending | undefined;
  readonly #epoch: EpochOf | undefined;
  #destroyed = false;

  private constructor(device: Device, cache: PipelineCache, options: TrainerOptions<M>, parts: Assembly<M>) {
    const { data } = options;
    const batches = batchesOf(options);
    const { runner, store, graph, stream } = parts;
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
    this.rates = new Rates(options.optimizer, store);
    this.stepper = new Stepper(runner, store, this.rates, new StepLog(graph.probes, this.#epoch && stepsPerEpoch(this.#epoch)), stream, batches);
  }

  /** Builds graph, plan, buffers and pipelines. Rejects with ShapeError, DataError, UsageError, KernelError or DeviceError. */
  static async create<M extends AnyModel>(device: Device, cache: PipelineCache, given: TrainerOptions<M>): Promise<Trainer<M>> {
    const options = givenOptions(given) as TrainerOptions<M>;
    return device.making(async () => {
      const trainer = new Trainer(device, cache, options, await assemble(device, cache, options));
      // The model may have been destroyed meanwhile.
      if (!trainer.store.weights.alive) trainer.destroy();
      trainer.alive();
      return trainer;
    });
  }

  /** @internal True while steps are being taken. */
  get busy(): boolean {
    return this.#ending !== undefined;
  }

  /** @internal */
  get runner(): Runner {
    return this.stepper.runner;
  }

  /** Steps taken: updates done, or skipped because they were not finite. */
  get steps(): number {
    return this.stepper.submitted;
  }

  /** What a steady-state step does, and the memory held. */
  get counts(): { dispatches: number; pipelines: number; bytes: number } {
    return {
      dispatches: this.stepper
        .passes(0, false)
        .reduce((n, groups) => n + this.runner.plan.dispatches.filter((dispatch) => runsWith(dispatch.when, groups)).length, 0),
      pipelines: this.cache.size,
      bytes: this.runner.bytes + this.store.bytes + this.parts.data.bytes + this.model.bytes,
    };
  }

  /** The plan of a step; `explain` prints it: dispatches, buffers, bytes, what was fused. */
  get plan(): Plan {
    return this.runner.plan;
  }

  /** @internal Steps that see all batches of so many epochs. */
  stepsOf(epochs: number): number {
    return stepsOfEpochs(epochs, this.#epoch!);
  }

  /** Takes `count` steps on the data set and resolves with their records; fewer where the run turned non-finite. */
  async step(count = 1): Promise<StepRecord[]> {
    requireInteger('step: count', count);
    if (!this.options.data) throw new UsageError('step: this trainer has no data set: give `data`, or use feed');
    return this.#exclusively((ending) => this.#records(count, ending));
  }

  /**
   * One step on a given batch: x [rows, features], y [rows, target width], or by the names of inputs and targets; rows up to the batch size; arrays, typed
   * arrays or rows of numbers. Targets must fit the loss. NaN and infinity in inputs are taken as they are: the run then says where it turned non-finite.
   * Nothing changes where the batch is refused. Resolves with the step's record; `queue` submits without waiting.
   */
  async feed(batch: GivenBatch | Pick<Dataset, 'x' | 'y'>): Promise<StepRecord | undefined> {
    return this.#exclusively(async (ending) => {
      this.#setBatch('feed', batch);
      return (await this.#records(1, ending))[0];
    });
  }

  /** Writes the batch that `queue` and `feed` use. Throws DataError where it does not fit, and leaves the one before then. */
  setBatch(batch: GivenBatch | Pick<Dataset, 'x' | 'y'>): void {
    this.#requireIdle();
    this.#setBatch('setBatch', batch);
  }

  #setBatch(call: string, given: GivenBatch | Pick<Dataset, 'x' | 'y'>): void {
    if (this.options.data) throw new UsageError(`${call}: this trainer has a data set of its own: use step or fit`);
    this.parts.feeding!.set(call, given);
  }

  /**
   * Submits one step, on the data set or on the batch given to `setBatch`, and returns at once; the promise brings the step's record.
   * For loops of one's own: at most a few may be in flight, so await an older one now and then. `history` does not follow it.
   *
   * @throws UsageError while `step`, `feed` or `fit` is under way, and once the run has turned non-finite.
   */
  queue(): Promise<StepRecord | undefined> {
    this.resident('queue');
    return this.stepper.queue();
  }

  /** Submits one step and reads nothing back, not even on probed steps. Throws UsageError as `queue` does. */
  queueBlind(): void {
    this.resident('queueBlind');
    this.stepper.queueBlind();
  }

  /** The loss of the last step; waits for the GPU. */
  async loss(): Promise<number> {
    this.alive();
    const bytes = await this.runner.read([{ buffer: 'run', offset: runOffset('loss'), size: 4 }]);
    return new Float32Array(bytes)[0]!;
  }

  /**
   * Trains for `epochs` or `steps`. Resolves with the history when done, stopped, aborted or non-finite
   * (then `history.nonFinite` says where it began). Calling it again goes on.
   */
  async fit(given: FitOptions): Promise<History> {
    readOptions<FitOptions, typeof fitOptions>('fit', fitOptions, given);
    const options = { ...given };
    if (!this.options.data) throw new UsageError('fit: this trainer has no data set: give `data`');
    if (options.epochs === undefined && options.steps === undefined) throw new UsageError('fit: give epochs or steps');
    if (options.epochs !== undefined && options.steps !== undefined) throw new UsageError('fit: give epochs or steps, not both');
    const total = options.steps ?? this.stepsOf(options.epochs!);
    const { validation } = this.options.data;
    if (options.earlyStopping && !validation) throw new UsageError('fit: early stopping needs a validation set: give data.validation');
    const every = options.validateEvery ?? this.stepsPerEpoch;
    return this.#exclusively(async (ending) => {
      const { earlyStopping: rule } = options;
      if (rule) await rule.begin(this.store, this.device);
      const last = this.stepper.submitted + total;
      while (this.stepper.submitted < last && !ending.now) {
        const next = validation ? Math.min(last, (Math.floor(this.stepper.submitted / every) + 1) * every) : last;
        // Early stopping may make each of its steps the last.
        this.stepper.log.last = rule ? next : (options.until ?? last);
        await this.#advance(next - this.stepper.submitted, ending, options, last);
        if (!validation || this.history.nonFinite || (this.stepper.submitted % every !== 0 && this.stepper.submitted !== last)) continue;
        const check = await this.#check(validation, ending);
        if (!check) break;
        const ended = rule?.update(check);
        await ending.wait(options.onCheck?.(check));
        if (ended) break;
      }
      if (!ending.now || this.history.nonFinite) rule?.restore();
      return this.history;
    }, options.signal);
  }

  /** Stops taking steps until `resume`; what is in flight ends. */
  pause(): void {
    this.stepper.pause();
  }

  resume(): void {
    this.stepper.resume();
  }

  /** Ends `fit`, or `step`, after the steps in flight: one where it has just begun. Nothing else is waited for. */
  stop(): void {
    this.#ending?.end();
    this.resume();
  }

  /** A new constant learning rate from the next step that is submitted on; the records show it from there. */
  setRate(rate: number): void {
    this.rates.set(this.stepper.submitted, rate);
  }

  /**
   * Mean loss, and for classification accuracy and confusion matrix (rows: true class), in inference mode. `measure` takes metrics of one's own. Rejects with
   * DataError where targets do not fit the loss.
   */
  async evaluate(dataset: AnyDataset): Promise<Evaluation> {
    this.alive();
    return this.model.evaluate(dataset, this.options.loss);
  }

  /** The outputs (logits) for any number of rows, in inference mode, as `model.predict` gives them. */
  async predict(x: Asked<M>): Promise<Answer<M>> {
    this.alive();
    return this.model.predict(x);
  }

  /** Parameters and running statistics by path. */
  async parameters(): Promise<Map<string, HostTensor>> {
    this.alive();
    return this.model.parameters();
  }

  /** Sets parameters by path; nothing is written unless all fit. */
  setParameters(tensors: ReadonlyMap<string, HostTensor | HostNumbers>): void {
    this.alive();
    this.model.setParameters(tensors);
  }

  /** Gradients of the last step by the path of their parameter, before clipping. */
  async gradients(): Promise<Map<string, HostTensor>> {
    this.alive();
    const arena = new Float32Array(await this.runner.read([{ buffer: 'gradients', offset: 0, size: this.store.layout.words * 4 }]));
    return new Map(this.store.layout.entries.map(({ path, shape, offset, size }) => [path, { shape, data: arena.slice(offset, offset + size) }]));
  }

  /** Frees everything. Pending calls reject. */
  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.model.trainers.delete(this);
    this.stop();
    this.runner.destroy();
    this.store.destroy();
    for (const each of this.parts.owned) each.destroy();
    this.parts.data.destroy();
  }

  /** @internal Throws where the trainer was destroyed or its device has failed. */
  alive(): void {
    if (this.#destroyed) throw new UsageError('this trainer was destroyed: create a new one');
    this.device.check();
  }

  /** @internal For calls that submit at once: a streamed batch would have to be waited for. */
  resident(call: string): void {
    this.#requireIdle();
    if (this.stepper.stream) throw new UsageError(`${call}: the data set is streamed: use step or fit`);
  }

  /** Throws where steps are being taken, or none can be. */
  #requireIdle(): void {
    this.alive();
    this.stepper.check();
    if (this.busy) throw new UsageError('already running: await it, or stop() it');
    if (this.history.nonFinite)
      throw new UsageError(`this run turned non-finite at step ${this.history.nonFinite.step}: create a new trainer with other settings`);
  }

  async #exclusively<Result>(work: (ending: Ending) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    this.#requireIdle();
    const ending = new Ending();
    this.#ending = ending;
    if (signal?.aborted) ending.end();
    signal?.addEventListener('abort', ending.end);
    const forget = this.device.onLoss(ending.end);
    try {
      const result = await work(ending);
      // A run that was destroyed has not ended, even where nothing was in flight.
      this.alive();
      return result;
    } finally {
      forget();
      signal?.removeEventListener('abort', ending.end);
      this.#ending = undefined;
    }
  }

  async #records(count: number, ending: Ending): Promise<StepRecord[]> {
    const records: StepRecord[] = [];
    this.stepper.log.last = undefined;
    await this.#advance(count, ending, undefined, undefined, records);
    return records;
  }

  async #advance(count: number, ending: Ending, listeners?: StepListeners, last?: number, records?: StepRecord[]): Promise<void> {
    await this.stepper.advance(this.history, count, ending, listeners, last, records);
    if (this.stepper.log.halted && !this.history.nonFinite) await this.#explainHalt();
  }

  /** Replays the step that was not finite, with all probes on, to name the first layer and tensor. */
  async #explainHalt(): Promise<void> {
    const step = this.stepper.log.halted!;
    this.stepper.submitted = step;
    const { findNonFinite } = await later();
    this.history.nonFinite = await findNonFinite(
      this.device,
      this.cache,
      this.parts.residents,
      this.parts.graphOptions,
      this.runner.plan,
      step,
      this.parts.feeding?.last,
      () => this.alive(),
    );
  }

  /** A validation pass, or undefined where the run ends meanwhile. */
  async #check(validation: AnyDataset, ending: Ending): Promise<CheckRecord | undefined> {
    this.store.weights.linked?.pull();
    const checking = this.model.evaluator(this.options.loss).then((evaluator) => evaluator.check(validation, this.stepper.submitted, this.history, ending));
    const record = await ending.wait(checking);
    if (record) this.history.checks.push(record);
    return record;
  }
}
