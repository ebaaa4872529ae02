// The trainer joins a model, a loss, an optimizer and data into plans, and runs steps without the CPU in between.
import { DataError, requireInteger, requireNumber, UsageError } from '../errors.ts';
import type { Dataset } from '../data/dataset.ts';
import type { ResidentName } from '../graph/op.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import type { ProfileRow } from '../gpu/profiler.ts';
import { type Residents, Runner } from '../gpu/runner.ts';
import type { CheckRecord, History, LayerInfo, StepRecord } from '../inspect/history.ts';
import type { ProbeOptions } from '../inspect/probes.ts';
import type { Loss } from '../nn/losses.ts';
import { type Sequential, startingValues } from '../nn/sequential.ts';
import { RATE_ROWS } from '../ops/batches.ts';
import { fold, keyOf } from '../random.ts';
import { explain } from '../scheduler/explain.ts';
import type { Plan } from '../scheduler/plan.ts';
import { schedule } from '../scheduler/schedule.ts';
import { roundUp } from '../shape.ts';
import { EarlyStopping, type EarlyStoppingOptions } from './early_stopping.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import { findNonFinite } from './non_finite.ts';
import type { Optimizer } from './optimizers.ts';
import { type HostTensor, ParameterStore } from './parameters.ts';
import { StepLog } from './step_log.ts';
import { runOffset, startingState } from './run_state.ts';
import { buildStepGraph, type Clip, type StepGraph, type StepGraphOptions } from './step_graph.ts';

export interface TrainerOptions {
  model: Sequential;
  loss: Loss;
  optimizer: Optimizer;
  /** The training set, kept on the GPU, and the validation set. Without it, batches are fed with `feed`. */
  data?: { train: Dataset; validation?: Dataset };
  /** Features per sample; taken from the data where there is some. */
  features?: number;
  /** 32 by default; at most the rows of the data set. */
  batchSize?: number;
  /** Decides initial values, order of the samples and dropout. 0 by default. */
  seed?: number;
  /** A new order of the samples for each epoch; true by default. */
  shuffle?: boolean;
  clip?: Clip;
  /** What a non-finite loss or gradient does: 'stop' (default) ends the run and names the first layer; 'continue' skips the step. */
  onNonFinite?: 'stop' | 'continue';
  /** What to watch; null watches nothing but loss and global norm. */
  probes?: ProbeOptions | null;
}

export interface FitOptions {
  epochs?: number;
  steps?: number;
  /** Steps between two validations; an epoch by default. */
  validateEvery?: number;
  earlyStopping?: EarlyStoppingOptions;
  signal?: AbortSignal;
  onSteps?(records: StepRecord[]): void;
  onCheck?(record: CheckRecord): void;
  onProgress?(progress: { step: number; steps: number; epoch: number }): void;
}

/** Milliseconds of work that one submit may hold, so that a page stays responsive and a stop is obeyed soon. */
const GROUP_MS = 100;
/** Groups in flight: one runs while the next is encoded. */
const IN_FLIGHT = 2;

export class Trainer {
  /** Everything the run has told so far. */
  readonly history: History;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  private readonly device: Device;
  private readonly cache: PipelineCache;
  private readonly options: TrainerOptions;
  private readonly step_: StepGraph;
  private readonly runner: Runner;
  private readonly store: ParameterStore;
  private readonly data: Buffers;
  private readonly residents: Residents;
  private readonly log: StepLog;
  private readonly evaluator: Evaluator;
  private readonly graphOptions: StepGraphOptions;
  private submitted = 0;
  private ratesUntil = 0;
  private rateScale: { from: number; rate: number } | undefined;
  private msPerStep = 0;
  private paused: Promise<void> | undefined;
  private unpause: (() => void) | undefined;
  private stopping = false;
  private busy = false;
  private destroyed = false;
  private fed: { x: Float32Array; y: Float32Array } | undefined;

  private constructor(device: Device, cache: PipelineCache, options: TrainerOptions, parts: { graph: StepGraph; graphOptions: StepGraphOptions; runner: Runner; store: ParameterStore; data: Buffers; residents: Residents }) {
    this.device = device;
    this.cache = cache;
    this.options = options;
    this.step_ = parts.graph;
    this.graphOptions = parts.graphOptions;
    this.runner = parts.runner;
    this.store = parts.store;
    this.data = parts.data;
    this.residents = parts.residents;
    this.batchSize = batchSizeOf(options);
    this.stepsPerEpoch = options.data ? Math.ceil(options.data.train.rows / this.batchSize) : 1;
    const { points } = parts.graph.model;
    this.history = {
      layers: points.map(({ name, role, activation, fanIn, width, batchNorm, residual }): LayerInfo => ({ name, role, activation, fanIn, width, batchNorm, residual })),
      steps: [],
      checks: [],
      ...(parts.graph.probes && options.probes?.histograms ? { histogramEdges: [...parts.graph.probes.edges] } : {}),
      task: { kind: options.loss.task, ...(options.data?.train.classes ? { classes: options.data.train.classes } : {}) },
    };
    this.log = new StepLog(parts.graph.probes, this.stepsPerEpoch);
    this.evaluator = new Evaluator(device, cache, this.store, options.model, options.loss, this.features, parts.runner.plan);
  }

  /** Builds graph, plan, buffers and pipelines. Rejects with ShapeError, DataError, UsageError, KernelError or DeviceError. */
  static async create(device: Device, cache: PipelineCache, options: TrainerOptions): Promise<Trainer> {
    device.check();
    const features = checkOptions(options);
    const graphOptions: StepGraphOptions = {
      model: options.model,
      loss: options.loss,
      optimizer: options.optimizer,
      batch: roundUp(batchSizeOf(options), 4),
      features,
      source: options.data ? 'dataset' : 'feed',
      shuffle: options.shuffle ?? true,
      probes: options.probes === undefined ? {} : options.probes,
      ...(options.clip ? { clip: options.clip } : {}),
    };
    const graph = buildStepGraph(graphOptions);
    if (options.data) checkData(options, graph);
    const plan = schedule(graph.graph, { capabilities: device.capabilities, pins: graph.pins, keep: [graph.model.output, graph.losses, ...(graph.probes?.keep ?? [])] });
    const key = keyOf(options.seed ?? 0);
    const store = new ParameterStore(device, plan.layout, plan.runningLayout, options.optimizer.states);
    const data = new Buffers(device);
    const residents: Residents = { buffer: (name: ResidentName) => store.buffer(name) ?? data.get(name) };
    try {
      store.set(new Map([...startingValues(graph.initials, fold(key, 'initial values'))].map(([path, values]) => [path, { data: values }])));
      if (options.data) {
        const { x, y } = options.data.train;
        data.create('data/x', x.byteLength);
        data.write('data/x', x);
        data.create('data/y', y.byteLength);
        data.write('data/y', y);
      }
      store.write('run', startingState({ samples: options.data?.train.rows ?? batchSizeOf(options), batch: batchSizeOf(options), key: fold(key, 'run'), tolerant: options.onNonFinite === 'continue' }));
      const runner = await Runner.create(device, plan, residents, cache);
      return new Trainer(device, cache, options, { graph, graphOptions, runner, store, data, residents });
    } catch (error) {
      store.destroy();
      data.destroy();
      throw error;
    }
  }

  /** Steps taken: updates done, or skipped because they were not finite. */
  get steps(): number {
    return this.submitted;
  }

  get features(): number {
    return this.graphOptions.features;
  }

  /** What a steady-state step does, and the memory held. */
  get counts(): { dispatches: number; pipelines: number; bytes: number } {
    return { dispatches: this.runner.plan.dispatches.filter((d) => d.group === 'step').length, pipelines: this.cache.size, bytes: this.runner.bytes + this.store.bytes + this.data.bytes + this.evaluator.bytes };
  }

  /** The plan of a step as text: dispatches, buffers, bytes, what was fused. */
  explain(): string {
    return explain(this.runner.plan);
  }

  get plan(): Plan {
    return this.runner.plan;
  }

  /** Takes `count` steps on the data set and resolves with their records; fewer where the run turned non-finite. */
  async step(count = 1): Promise<StepRecord[]> {
    requireInteger('step: count', count);
    if (!this.options.data) throw new UsageError('step: this trainer has no data set: give `data` when creating it, or use feed');
    return this.exclusively(() => this.advance(count, undefined));
  }

  /**
   * One step on a given batch: x [rows, features], y [rows, target width], rows up to the batch size.
   * Resolves with the step's record; `queue` submits without waiting.
   */
  async feed(batch: { x: Float32Array; y: Float32Array }): Promise<StepRecord | undefined> {
    this.load(batch);
    return this.exclusively(async () => (await this.advance(1, undefined))[0]);
  }

  /** Writes the batch that `queue` and `feed` use. Throws DataError where it does not fit. */
  load(batch: { x: Float32Array; y: Float32Array }): void {
    this.alive();
    if (this.options.data) throw new UsageError('feed: this trainer has a data set of its own: use step or fit');
    const rows = batch.x.length / this.features;
    const width = this.step_.targets.type.shape[1]!;
    if (!Number.isInteger(rows) || rows < 1 || rows > this.batchSize) throw new DataError(`feed: expected x of 1 to ${this.batchSize} rows of ${this.features} features, got ${batch.x.length} values`);
    if (batch.y.length !== rows * width) throw new DataError(`feed: expected y of ${rows} rows of ${width}, got ${batch.y.length} values`);
    const write = (value: StepGraph['x'], data: Float32Array): void => {
      const place = this.runner.plan.place(value);
      const padded = new Float32Array(place.size);
      padded.set(data);
      this.runner.write(place.buffer, padded, place.offset * 4);
    };
    write(this.step_.x, batch.x);
    write(this.step_.targets, batch.y);
    this.store.write('run', Uint32Array.of(rows, rows), runOffset('samples'));
    this.fed = batch;
  }

  /**
   * Submits one step, on the data set or on the batch given to `load`, and returns at once; the promise brings the step's record.
   * For loops of one's own: at most a few may be in flight, so await an older one now and then. `history` does not follow it.
   */
  queue(): Promise<StepRecord | undefined> {
    this.alive();
    const from = this.submitted++;
    this.ensureRates(from + 1);
    return this.runner.run([this.log.groups(from + 1)], this.log.ranges(from, 1)).then((bytes) => this.log.decode(bytes, from, 1)[0]);
  }

  /** Submits one step and reads nothing back, not even on probed steps. */
  queueBlind(): void {
    this.alive();
    this.ensureRates(++this.submitted);
    void this.runner.run([[]]);
  }

  /**
   * Takes one step in profiling mode: a pass per dispatch, and the GPU time of each by kernel and layer. `history` does not follow it.
   * Throws UsageError where the device has no timestamps.
   */
  profile(): Promise<ProfileRow[]> {
    this.alive();
    this.ensureRates(this.submitted + 1);
    return this.runner.profile(this.log.groups(++this.submitted));
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
  async fit(options: FitOptions): Promise<History> {
    if (!this.options.data) throw new UsageError('fit: this trainer has no data set: give `data` when creating it');
    if (options.epochs === undefined && options.steps === undefined) throw new UsageError('fit: give epochs or steps');
    if (options.epochs !== undefined) requireNumber('fit: epochs', options.epochs, 0);
    if (options.steps !== undefined) requireInteger('fit: steps', options.steps, 0);
    if (options.validateEvery !== undefined) requireInteger('fit: validateEvery', options.validateEvery);
    const total = options.steps ?? Math.ceil(options.epochs! * this.stepsPerEpoch);
    const { validation } = this.options.data;
    if (options.earlyStopping && !validation) throw new UsageError('fit: early stopping needs a validation set: give data.validation');
    const every = options.validateEvery ?? this.stepsPerEpoch;
    return this.exclusively(async () => {
      const stopper = options.earlyStopping ? new EarlyStopping(options.earlyStopping, this.store, this.device) : undefined;
      try {
        const last = this.submitted + total;
        while (this.submitted < last && !this.stopping && !options.signal?.aborted && !this.history.nonFinite) {
          const next = validation ? Math.min(last, (Math.floor(this.submitted / every) + 1) * every) : last;
          await this.advance(next - this.submitted, options, last);
          if (!validation || this.history.nonFinite || (this.submitted % every !== 0 && this.submitted !== last)) continue;
          const check = await this.check(validation, every);
          options.onCheck?.(check);
          if (stopper?.update(check)) break;
        }
        stopper?.restore();
      } finally {
        stopper?.destroy();
      }
      return this.history;
    });
  }

  /** Stops taking steps until `resume`; what is in flight ends. */
  pause(): void {
    this.paused ??= new Promise((resolve) => {
      this.unpause = resolve;
    });
  }

  resume(): void {
    this.unpause?.();
    this.paused = undefined;
    this.unpause = undefined;
  }

  /** Ends `fit` after the steps in flight. */
  stop(): void {
    this.stopping = true;
    this.resume();
  }

  /** A new constant learning rate from the next step that is submitted on; the records show it from there. */
  setRate(rate: number): void {
    requireNumber('setRate: rate', rate, 0);
    this.rateScale = { from: this.submitted, rate };
    this.ratesUntil = this.submitted;
  }

  /** Mean loss, and for classification accuracy and confusion matrix (rows: true class), in inference mode. */
  async evaluate(dataset: Dataset): Promise<Evaluation> {
    this.alive();
    return this.evaluator.evaluate(dataset);
  }

  /** The model's outputs (logits) for any number of rows, in inference mode. */
  async predict(x: Float32Array): Promise<Float32Array> {
    this.alive();
    return this.evaluator.predict(x);
  }

  /** Parameters and running statistics by path. */
  async parameters(): Promise<Map<string, HostTensor>> {
    this.alive();
    return this.store.read();
  }

  /** Sets parameters by path; nothing is written unless all fit. */
  setParameters(tensors: ReadonlyMap<string, HostTensor>): void {
    this.alive();
    this.store.set(tensors);
  }

  /** Gradients of the last step by the path of their parameter, before clipping. */
  async gradients(): Promise<Map<string, HostTensor>> {
    this.alive();
    const arena = new Float32Array(await this.runner.read([{ buffer: 'gradients', offset: 0, size: this.store.layout.words * 4 }]));
    return new Map(this.store.layout.entries.map(({ path, shape, offset, size }) => [path, { shape, data: arena.slice(offset, offset + size) }]));
  }

  /** Frees everything. Pending calls reject. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.stop();
    this.runner.destroy();
    this.evaluator.destroy();
    this.store.destroy();
    this.data.destroy();
  }

  private alive(): void {
    if (this.destroyed) throw new UsageError('this trainer was destroyed: create a new one');
    this.device.check();
  }

  private async exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    this.alive();
    if (this.busy) throw new UsageError('this trainer is already running: await the call before, or stop() it');
    if (this.history.nonFinite) throw new UsageError(`this run turned non-finite at step ${this.history.nonFinite.step}: create a new trainer with other settings`);
    this.busy = true;
    this.stopping = false;
    try {
      return await work();
    } finally {
      this.busy = false;
    }
  }

  /** Takes steps in groups; the only wait is for the group before the last. */
  private async advance(count: number, options: FitOptions | undefined, last: number = this.submitted + count): Promise<StepRecord[]> {
    const all: StepRecord[] = [];
    const flight: Promise<void>[] = [];
    const end = this.submitted + count;
    while (this.submitted < end && !this.stopping && !options?.signal?.aborted && !this.history.nonFinite) {
      if (this.paused) await this.paused;
      if (this.stopping) break;
      const from = this.submitted;
      const size = Math.min(end - from, this.log.most, this.msPerStep > 0 ? Math.max(1, Math.floor(GROUP_MS / this.msPerStep)) : 1);
      this.ensureRates(from + size);
      const begun = performance.now();
      const bytes = this.runner.run(
        Array.from({ length: size }, (_, i) => this.log.groups(from + i + 1)),
        this.log.ranges(from, size),
      );
      this.submitted += size;
      const arrival = bytes.then((arrived) => {
        const records = this.log.decode(arrived, from, size);
        const elapsed = (performance.now() - begun) / size / Math.max(1, flight.length);
        this.msPerStep = this.msPerStep > 0 ? 0.7 * this.msPerStep + 0.3 * elapsed : elapsed;
        all.push(...records);
        this.history.steps.push(...records);
        const newest = records.at(-1);
        if (newest) {
          options?.onSteps?.(records);
          options?.onProgress?.({ step: newest.step, steps: last, epoch: newest.epoch });
        }
        if (this.log.halted) this.stopping = true;
      });
      // The first to fail is reported; those behind it must not go unhandled.
      arrival.catch(() => undefined);
      flight.push(arrival);
      if (flight.length >= IN_FLIGHT) await flight.shift();
    }
    await Promise.all(flight);
    if (this.log.halted && !this.history.nonFinite) await this.explainHalt();
    return all;
  }

  /** Replays the step that was not finite, with all probes on, to name the first layer and tensor. */
  private async explainHalt(): Promise<void> {
    const step = this.log.halted!;
    this.submitted = step;
    this.history.nonFinite = await findNonFinite(this.device, this.cache, this.residents, this.graphOptions, this.runner.plan, step, this.fed);
  }

  private async check(validation: Dataset, every: number): Promise<CheckRecord> {
    const result = await this.evaluator.evaluate(validation);
    const recent = this.history.steps.slice(-every);
    const newest = recent.at(-1);
    const record: CheckRecord = {
      step: this.submitted,
      epoch: newest?.epoch ?? 0,
      trainLoss: recent.reduce((sum, r) => sum + r.loss, 0) / Math.max(1, recent.length),
      validationLoss: result.loss,
      ...(result.accuracy === undefined ? {} : { validationAccuracy: result.accuracy }),
    };
    this.history.checks.push(record);
    return record;
  }

  /** Keeps the table of rates filled for the steps up to `until`: a write every few thousand steps. */
  private ensureRates(until: number): void {
    if (until <= this.ratesUntil) return;
    const count = Math.max(RATE_ROWS / 2, until - this.ratesUntil);
    const rates = new Float32Array(RATE_ROWS);
    const { schedule } = this.options.optimizer;
    for (let step = this.ratesUntil; step < this.ratesUntil + count; step++) rates[step % RATE_ROWS] = this.rateScale && step >= this.rateScale.from ? this.rateScale.rate : schedule.at(step);
    // The ring wraps, so the new rates are one or two runs of the table.
    const first = this.ratesUntil % RATE_ROWS;
    const head = Math.min(count, RATE_ROWS - first);
    this.store.write('rates', rates.subarray(first, first + head), first * 4);
    if (count > head) this.store.write('rates', rates.subarray(0, count - head), 0);
    this.ratesUntil += count;
  }
}

function batchSizeOf(options: TrainerOptions): number {
  const size = options.batchSize ?? 32;
  return options.data ? Math.min(size, options.data.train.rows) : size;
}

function checkOptions(options: TrainerOptions): number {
  requireInteger('batchSize', options.batchSize ?? 32);
  requireInteger('seed', options.seed ?? 0, 0);
  if (options.clip) {
    if ('norm' in options.clip) requireNumber('clip.norm', options.clip.norm, 0);
    else requireNumber('clip.value', options.clip.value, 0);
  }
  const features = options.data?.train.features ?? options.features;
  requireInteger('features', features);
  return features;
}

function checkData(options: TrainerOptions, graph: StepGraph): void {
  const { train, validation } = options.data!;
  const width = graph.targets.type.shape[1]!;
  for (const [name, set] of [
    ['train', train],
    ['validation', validation],
  ] as const) {
    if (!set) continue;
    if (set.features !== train.features) throw new DataError(`data.${name}: expected ${train.features} features as in data.train, got ${set.features}`);
    if (set.targetWidth !== width) throw new DataError(`data.${name}: the loss ${options.loss.name} expects ${width} target columns for this model, got ${set.targetWidth}`);
  }
  const outputs = graph.model.output.type.shape[1]!;
  if (options.loss.name === 'softmax_cross_entropy' && train.classes !== undefined && train.classes > outputs)
    throw new DataError(`data.train has ${train.classes} classes, but the model has ${outputs} outputs: give the last dense layer ${train.classes} units`);
}

