// The trainer joins a model, a loss, an optimizer and data into plans, and runs steps without the CPU in between.

import type { Dataset } from '../data/dataset.ts';
import { DataError, requireInteger, requireNumber, UsageError } from '../errors.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { type Residents, Runner } from '../gpu/runner.ts';
import type { ResidentName } from '../graph/op.ts';
import type { CheckRecord, History, LayerInfo, StepRecord } from '../inspect/history.ts';
import { startingValues } from '../nn/sequential.ts';
import { fold, type Key, keyOf } from '../random.ts';
import type { Plan } from '../scheduler/plan.ts';
import { schedule } from '../scheduler/schedule.ts';
import { roundUp } from '../shape.ts';
import { type Evaluation, Evaluator } from './evaluator.ts';
import { findNonFinite } from './non_finite.ts';
import { batchSizeOf, checkData, checkOptions, type FitOptions, streamedSource, type TrainerOptions } from './options.ts';
import { type HostTensor, ParameterStore } from './parameters.ts';
import { Rates } from './rates.ts';
import { runOffset, startingState } from './run_state.ts';
import { buildStepGraph, type StepGraph, type StepGraphOptions, UPDATE_GROUP } from './step_graph.ts';
import { StepLog } from './step_log.ts';
import { Stream, slotsFor } from './stream.ts';

export type { FitOptions, TrainerOptions } from './options.ts';

/** Milliseconds of work that one submit may hold, so that a page stays responsive and a stop is obeyed soon. */
const GROUP_MS = 100;
/** Groups in flight: one runs while the next is encoded. */
const IN_FLIGHT = 2;

export class Trainer {
  /** Everything the run has told so far. */
  readonly history: History;
  readonly batchSize: number;
  /** Rounded up where `accumulate` does not divide the batches of an epoch. */
  readonly stepsPerEpoch: number;
  /** @internal */
  readonly device: Device;
  readonly #cache: PipelineCache;
  /** @internal */
  readonly options: TrainerOptions;
  readonly #step: StepGraph;
  /** @internal */
  readonly runner: Runner;
  /** @internal */
  readonly store: ParameterStore;
  readonly #data: Buffers;
  readonly #residents: Residents;
  /** @internal */
  readonly stream: Stream | undefined;
  readonly #log: StepLog;
  /** @internal */
  readonly rates: Rates;
  readonly #evaluator: Evaluator;
  readonly #graphOptions: StepGraphOptions;
  readonly #accumulate: number;
  readonly #exactPerEpoch: number;
  #submitted = 0;
  #msPerStep = 0;
  #paused: Promise<void> | undefined;
  #unpause: (() => void) | undefined;
  #stopping = false;
  /** @internal True while steps are being taken. */
  busy = false;
  #destroyed = false;
  #fed: { x: Float32Array; y: Float32Array } | undefined;

  private constructor(
    device: Device,
    cache: PipelineCache,
    options: TrainerOptions,
    parts: {
      graph: StepGraph;
      graphOptions: StepGraphOptions;
      runner: Runner;
      store: ParameterStore;
      data: Buffers;
      residents: Residents;
      stream: Stream | undefined;
    },
  ) {
    this.device = device;
    this.#cache = cache;
    this.options = options;
    this.#step = parts.graph;
    this.#graphOptions = parts.graphOptions;
    this.runner = parts.runner;
    this.store = parts.store;
    this.#data = parts.data;
    this.#residents = parts.residents;
    this.stream = parts.stream;
    this.batchSize = batchSizeOf(options);
    this.#accumulate = options.accumulate ?? 1;
    this.#exactPerEpoch = options.data ? Math.ceil(options.data.train.rows / this.batchSize) / this.#accumulate : 1;
    this.stepsPerEpoch = Math.ceil(this.#exactPerEpoch);
    const { points } = parts.graph.model;
    this.history = {
      layers: points.map(
        ({ name, role, activation, fanIn, width, batchNorm, residual }): LayerInfo => ({ name, role, activation, fanIn, width, batchNorm, residual }),
      ),
      steps: [],
      checks: [],
      ...(parts.graph.probes && options.probes?.histograms ? { histogramEdges: [...parts.graph.probes.edges] } : {}),
      task: { kind: options.loss.task, ...(options.data?.train.classes ? { classes: options.data.train.classes } : {}) },
    };
    this.rates = new Rates(options.optimizer.schedule, parts.store);
    this.#log = new StepLog(parts.graph.probes, this.#exactPerEpoch);
    this.#evaluator = new Evaluator(device, cache, this.store, options.model, options.loss, this.features, parts.runner.plan);
  }

  /** Builds graph, plan, buffers and pipelines. Rejects with ShapeError, DataError, UsageError, KernelError or DeviceError. */
  static async create(device: Device, cache: PipelineCache, options: TrainerOptions): Promise<Trainer> {
    device.check();
    const features = checkOptions(options);
    const batch = batchSizeOf(options);
    const { shuffle = true, accumulate = 1 } = options;
    const source = options.data && streamedSource(options.data, device.capabilities.maxBufferBytes);
    const slots = source ? slotsFor(batch, Math.max(features, source.targetWidth) * 4, device.capabilities.maxBufferBytes, accumulate) : 0;
    const graphOptions: StepGraphOptions = {
      model: options.model,
      loss: options.loss,
      optimizer: options.optimizer,
      batch: roundUp(batch, 4),
      features,
      source: options.data ? 'dataset' : 'feed',
      shuffle,
      slots,
      accumulate,
      probes: options.probes === undefined ? {} : options.probes,
      ...(options.clip ? { clip: options.clip } : {}),
    };
    const graph = buildStepGraph(graphOptions);
    if (options.data) checkData(options, graph);
    const plan = schedule(graph.graph, {
      capabilities: device.capabilities,
      pins: graph.pins,
      keep: [graph.model.output, graph.losses, ...(graph.probes?.keep ?? [])],
    });
    const key = keyOf(options.seed ?? 0);
    const store = new ParameterStore(device, plan.layout, plan.runningLayout, options.optimizer.states);
    const data = new Buffers(device);
    const residents: Residents = { buffer: (name: ResidentName) => store.buffer(name) ?? data.get(name) };
    try {
      store.set(new Map([...startingValues(graph.initials, fold(key, 'initial values'))].map(([path, values]) => [path, { data: values }])));
      if (source) {
        data.create('data/x', slots * batch * source.features * 4);
        data.create('data/y', slots * batch * source.targetWidth * 4);
      } else if (options.data) {
        const { x, y } = options.data.train as Dataset;
        data.create('data/x', x.byteLength);
        data.write('data/x', x);
        data.create('data/y', y.byteLength);
        data.write('data/y', y);
      }
      const runKey = fold(key, 'run');
      store.write('run', startingState({ samples: options.data?.train.rows ?? batch, batch, key: runKey, tolerant: options.onNonFinite === 'continue' }));
      const runner = await Runner.create(device, plan, residents, cache);
      const stream = source && new Stream(source, { batch, shuffle, key: runKey, slots }, (name, rows, offset) => data.write(name, rows, offset));
      return new Trainer(device, cache, options, { graph, graphOptions, runner, store, data, residents, stream });
    } catch (error) {
      store.destroy();
      data.destroy();
      throw error;
    }
  }

  /** Steps taken: updates done, or skipped because they were not finite. */
  get steps(): number {
    return this.#submitted;
  }

  get features(): number {
    return this.#graphOptions.features;
  }

  /** What a steady-state step does, and the memory held. */
  get counts(): { dispatches: number; pipelines: number; bytes: number } {
    return {
      dispatches: this.#passes(0, false).reduce(
        (n, groups) => n + this.runner.plan.dispatches.filter((d) => d.group === 'step' || groups.includes(d.group)).length,
        0,
      ),
      pipelines: this.#cache.size,
      bytes: this.runner.bytes + this.store.bytes + this.#data.bytes + this.#evaluator.bytes,
    };
  }

  /** The plan of a step; `explain` prints it: dispatches, buffers, bytes, what was fused. */
  get plan(): Plan {
    return this.runner.plan;
  }

  /** Takes `count` steps on the data set and resolves with their records; fewer where the run turned non-finite. */
  async step(count = 1): Promise<StepRecord[]> {
    requireInteger('step: count', count);
    if (!this.options.data) throw new UsageError('step: this trainer has no data set: give `data`, or use feed');
    return this.#exclusively(() => this.#advance(count, undefined));
  }

  /**
   * One step on a given batch: x [rows, features], y [rows, target width], rows up to the batch size.
   * Resolves with the step's record; `queue` submits without waiting.
   */
  async feed(batch: { x: Float32Array; y: Float32Array }): Promise<StepRecord | undefined> {
    this.setBatch(batch);
    return this.#exclusively(async () => (await this.#advance(1, undefined))[0]);
  }

  /** Writes the batch that `queue` and `feed` use. Throws DataError where it does not fit. */
  setBatch(batch: { x: Float32Array; y: Float32Array }): void {
    this.alive();
    if (this.options.data) throw new UsageError('feed: this trainer has a data set of its own: use step or fit');
    const rows = batch.x.length / this.features;
    const width = this.#step.targets.type.shape[1]!;
    if (!Number.isInteger(rows) || rows < 1 || rows > this.batchSize)
      throw new DataError(`feed: expected x of 1 to ${this.batchSize} rows of ${this.features} features, got ${batch.x.length} values`);
    if (batch.y.length !== rows * width) throw new DataError(`feed: expected y of ${rows} rows of ${width}, got ${batch.y.length} values`);
    const write = (value: StepGraph['x'], data: Float32Array): void => {
      const place = this.runner.plan.place(value);
      const padded = new Float32Array(place.size);
      padded.set(data);
      this.runner.write(place.buffer, padded, place.offset * 4);
    };
    write(this.#step.x, batch.x);
    write(this.#step.targets, batch.y);
    this.store.write('run', Uint32Array.of(rows, rows), runOffset('samples'));
    this.#fed = batch;
  }

  /**
   * Submits one step, on the data set or on the batch given to `setBatch`, and returns at once; the promise brings the step's record.
   * For loops of one's own: at most a few may be in flight, so await an older one now and then. `history` does not follow it.
   */
  queue(): Promise<StepRecord | undefined> {
    this.#resident('queue');
    const from = this.#submitted++;
    this.rates.ensure(from + 1);
    return this.runner.run(this.#passes(from + 1), this.#log.ranges(from, 1)).then((bytes) => this.#log.decode(bytes, from, 1)[0]);
  }

  /** Submits one step and reads nothing back, not even on probed steps. */
  queueBlind(): void {
    this.#resident('queueBlind');
    this.rates.ensure(++this.#submitted);
    void this.runner.run(this.#passes(this.#submitted, false));
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
    if (!this.options.data) throw new UsageError('fit: this trainer has no data set: give `data`');
    if (options.epochs === undefined && options.steps === undefined) throw new UsageError('fit: give epochs or steps');
    if (options.epochs !== undefined) requireNumber('fit: epochs', options.epochs, 0);
    if (options.steps !== undefined) requireInteger('fit: steps', options.steps, 0);
    if (options.validateEvery !== undefined) requireInteger('fit: validateEvery', options.validateEvery);
    const total = options.steps ?? Math.ceil(options.epochs! * this.#exactPerEpoch);
    const { validation } = this.options.data;
    if (options.earlyStopping && !validation) throw new UsageError('fit: early stopping needs a validation set: give data.validation');
    const every = options.validateEvery ?? this.stepsPerEpoch;
    return this.#exclusively(async () => {
      const { earlyStopping: rule } = options;
      rule?.begin(this.store, this.device);
      const last = this.#submitted + total;
      let interrupted = !!options.signal?.aborted;
      while (this.#submitted < last && !interrupted && !this.history.nonFinite) {
        const next = validation ? Math.min(last, (Math.floor(this.#submitted / every) + 1) * every) : last;
        await this.#advance(next - this.#submitted, options, last);
        if (validation && !this.history.nonFinite && (this.#submitted % every === 0 || this.#submitted === last)) {
          const check = await this.#check(validation);
          const ended = rule?.update(check);
          await options.onCheck?.(check);
          if (ended) break;
        }
        interrupted = this.#stopping || !!options.signal?.aborted;
      }
      if (!interrupted || this.history.nonFinite) rule?.restore();
      return this.history;
    });
  }

  /** Stops taking steps until `resume`; what is in flight ends. */
  pause(): void {
    this.#paused ??= new Promise((resolve) => {
      this.#unpause = resolve;
    });
  }

  resume(): void {
    this.#unpause?.();
    this.#paused = undefined;
    this.#unpause = undefined;
  }

  /** Ends `fit` after the steps in flight. */
  stop(): void {
    this.#stopping = true;
    this.resume();
  }

  /** A new constant learning rate from the next step that is submitted on; the records show it from there. */
  setRate(rate: number): void {
    this.rates.set(this.#submitted, rate);
  }

  /** Mean loss, and for classification accuracy and confusion matrix (rows: true class), in inference mode. */
  async evaluate(dataset: Dataset): Promise<Evaluation> {
    this.alive();
    return this.#evaluator.evaluate(dataset);
  }

  /** The model's outputs (logits) for any number of rows, in inference mode. */
  async predict(x: Float32Array): Promise<Float32Array> {
    this.alive();
    return this.#evaluator.predict(x);
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

  /** @internal Goes on at a step with the keys of another run. */
  goTo(step: number, key: Key): void {
    this.#submitted = step;
    this.stream?.restore(key);
    this.#log.halted = undefined;
    const { history } = this;
    history.steps = history.steps.filter((record) => record.step <= step);
    history.checks = history.checks.filter((record) => record.step <= step);
    delete history.nonFinite;
  }

  /** @internal Counts a step that someone else submits, and names the probe groups that look at it. */
  begin(call: string): string[] {
    this.#resident(call);
    if (this.#accumulate > 1) throw new UsageError(`${call}: a step of several batches has no single pass: use accumulate 1`);
    this.rates.ensure(++this.#submitted);
    return this.#log.groups(this.#submitted);
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
    this.stop();
    this.runner.destroy();
    this.#evaluator.destroy();
    this.store.destroy();
    this.#data.destroy();
  }

  /** @internal Throws where the trainer was destroyed or its device has failed. */
  alive(): void {
    if (this.#destroyed) throw new UsageError('this trainer was destroyed: create a new one');
    this.device.check();
  }

  /** For calls that submit at once: a streamed batch would have to be waited for. */
  #resident(call: string): void {
    this.alive();
    if (this.stream) throw new UsageError(`${call}: the data set is streamed: use step or fit`);
  }

  async #exclusively<Result>(work: () => Promise<Result>): Promise<Result> {
    this.alive();
    if (this.busy) throw new UsageError('already running: await it, or stop() it');
    if (this.history.nonFinite)
      throw new UsageError(`this run turned non-finite at step ${this.history.nonFinite.step}: create a new trainer with other settings`);
    this.busy = true;
    this.#stopping = false;
    try {
      return await work();
    } finally {
      this.busy = false;
    }
  }

  /** The groups that run in each batch of a step: the last one updates, and is looked at. */
  #passes(step: number, probed = true): string[][] {
    const updating = this.#accumulate > 1 ? [UPDATE_GROUP] : [];
    return Array.from({ length: this.#accumulate }, (_, i) => (i < this.#accumulate - 1 ? [] : [...updating, ...(probed ? this.#log.groups(step) : [])]));
  }

  /** Takes steps in groups; the only wait is for the group before the last. */
  async #advance(count: number, options: FitOptions | undefined, last: number = this.#submitted + count): Promise<StepRecord[]> {
    const all: StepRecord[] = [];
    const flight: Promise<void>[] = [];
    const end = this.#submitted + count;
    while (this.#submitted < end && !this.#stopping && !options?.signal?.aborted && !this.history.nonFinite) {
      if (this.#paused) await this.#paused;
      if (this.#stopping) break;
      const from = this.#submitted;
      const size = Math.min(
        end - from,
        this.#log.most,
        this.stream ? Math.floor(this.stream.most / this.#accumulate) : Number.POSITIVE_INFINITY,
        this.#msPerStep > 0 ? Math.max(1, Math.floor(GROUP_MS / this.#msPerStep)) : 1,
      );
      if (this.stream) {
        await this.stream.load(from * this.#accumulate, size * this.#accumulate).catch(async (error: unknown) => {
          await Promise.allSettled(flight);
          throw error;
        });
        if (this.#stopping) break;
      }
      this.rates.ensure(from + size);
      const begun = performance.now();
      const bytes = this.runner.run(Array.from({ length: size }, (_, i) => this.#passes(from + i + 1)).flat(), this.#log.ranges(from, size));
      this.#submitted += size;
      this.stream?.prefetch(this.#submitted * this.#accumulate, Math.min(size, end - this.#submitted) * this.#accumulate);
      const arrival = bytes.then((arrived) => {
        const records = this.#log.decode(arrived, from, size);
        const elapsed = (performance.now() - begun) / size / Math.max(1, flight.length);
        this.#msPerStep = this.#msPerStep > 0 ? 0.7 * this.#msPerStep + 0.3 * elapsed : elapsed;
        all.push(...records);
        this.history.steps.push(...records);
        const newest = records.at(-1);
        if (newest) {
          options?.onSteps?.(records);
          options?.onProgress?.({ step: newest.step, steps: last, epoch: newest.epoch });
        }
        if (this.#log.halted) this.#stopping = true;
      });
      // The first to fail is reported; those behind it must not go unhandled.
      arrival.catch(() => undefined);
      flight.push(arrival);
      if (flight.length >= IN_FLIGHT) await flight.shift();
    }
    await Promise.all(flight);
    if (this.#log.halted && !this.history.nonFinite) await this.#explainHalt();
    return all;
  }

  /** Replays the step that was not finite, with all probes on, to name the first layer and tensor. */
  async #explainHalt(): Promise<void> {
    const step = this.#log.halted!;
    this.#submitted = step;
    this.history.nonFinite = await findNonFinite(this.device, this.#cache, this.#residents, this.#graphOptions, this.runner.plan, step, this.#fed);
  }

  async #check(validation: Dataset): Promise<CheckRecord> {
    const result = await this.#evaluator.evaluate(validation);
    const recent = this.history.steps.slice((this.history.checks.at(-1)?.step ?? 0) - this.#submitted);
    const newest = recent.at(-1);
    const record: CheckRecord = {
      step: this.#submitted,
      epoch: newest?.epoch ?? 0,
      trainLoss: recent.reduce((sum, r) => sum + r.loss, 0) / Math.max(1, recent.length),
      validationLoss: result.loss,
      ...(result.accuracy === undefined ? {} : { validationAccuracy: result.accuracy }),
    };
    this.history.checks.push(record);
    return record;
  }
}
