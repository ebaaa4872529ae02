// Evaluation and prediction: the model in inference mode, on any number of rows, sharing the trainer's parameters.

import { type Dataset, givenDataset, inputsOf } from '../data/dataset.ts';
import { DataError, UsageError } from '../errors.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { Runner } from '../gpu/runner.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { LIMITS } from '../limits.ts';
import type { Loss } from '../nn/losses.ts';
import type { Sequential } from '../nn/sequential.ts';
import { checkTargets, type TargetsOf } from '../nn/targets.ts';
import { type Numbers, ownFloats } from '../numbers.ts';
import { keyOf } from '../random.ts';
import { type Plan, placeOfValue } from '../scheduler/plan.ts';
import { schedule } from '../scheduler/schedule.ts';
import { elementsOf, sizeOf } from '../shape.ts';
import type { ParameterStore } from './parameters.ts';
import { RUN_BYTES, runOffset, startingState } from './run_state.ts';

export interface Evaluation {
  /** Mean over the rows. */
  loss: number;
  /** Share of right answers; classification only. */
  accuracy?: number;
  /** confusion[true class][answered class]; classification of up to 1,000 classes only. */
  confusion?: number[][];
}

/** Rows per pass; fewer, down to 4, where the activations would take more than so many bytes. */
const ROWS = 256;
const BYTES = 2 ** 26;

interface Prepared {
  readonly rows: number;
  readonly runner: Runner;
  readonly x: Value;
  readonly targets: Value;
  readonly output: Value;
  readonly losses: Value;
}

export class Evaluator {
  readonly #device: Device;
  readonly #cache: PipelineCache;
  readonly #store: ParameterStore;
  readonly #model: Sequential;
  readonly #loss: Loss;
  readonly #features: number;
  /** What the targets must be. */
  readonly #targets: Omit<TargetsOf, 'where'>;
  readonly #trainPlan: Plan;
  readonly #own: Buffers;
  #prepared: Promise<Prepared> | undefined;
  #runner: Runner | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  constructor(
    device: Device,
    cache: PipelineCache,
    store: ParameterStore,
    model: Sequential,
    loss: Loss,
    features: number,
    targets: Omit<TargetsOf, 'where'>,
    trainPlan: Plan,
  ) {
    this.#device = device;
    this.#cache = cache;
    this.#store = store;
    this.#model = model;
    this.#loss = loss;
    this.#features = features;
    this.#targets = targets;
    this.#trainPlan = trainPlan;
    this.#own = new Buffers(device);
  }

  get bytes(): number {
    return this.#own.bytes + (this.#runner?.bytes ?? 0);
  }

  /** On a data set from outside, as it is now. */
  evaluate(given: Dataset): Promise<Evaluation> {
    const { width } = this.#targets;
    const dataset = givenDataset('evaluate', given, true);
    if (dataset.features !== this.#features) throw new DataError(`evaluate: expected ${this.#features} features, got ${dataset.features}`);
    if (dataset.targetWidth !== width) throw new DataError(`evaluate: expected ${width} target columns, got ${dataset.targetWidth}`);
    checkTargets(dataset.y, { ...this.#targets, where: 'evaluate: y' });
    return this.evaluateChecked(dataset);
  }

  /** The same on a data set that was checked before and does not change. */
  evaluateChecked(dataset: Dataset): Promise<Evaluation> {
    const { width } = this.#targets;
    return this.#inTurn(async () => {
      const { outputs, losses } = await this.#forward(dataset.rows, (first, count) => inputsOf(dataset, first, count), dataset.y);
      const loss = losses.reduce((sum, value) => sum + value, 0) / dataset.rows;
      const { classOf } = this.#loss;
      if (!classOf) return { loss };
      const columns = outputs.length / dataset.rows;
      const classes = Math.max(2, dataset.classes ?? columns, columns);
      const confusion = classes <= LIMITS.confusion ? Array.from({ length: classes }, () => new Array<number>(classes).fill(0)) : undefined;
      let right = 0;
      for (let row = 0; row < dataset.rows; row++) {
        const answer = classOf(outputs.subarray(row * columns, (row + 1) * columns));
        const truth = classOf(dataset.y.subarray(row * width, (row + 1) * width));
        if (answer === truth) right++;
        if (confusion) confusion[truth]![answer]!++;
      }
      return { loss, accuracy: right / dataset.rows, ...(confusion ? { confusion } : {}) };
    });
  }

  /** Outputs for rows from outside, as they are now. NaN and infinity are taken as they are. */
  predict(given: Numbers): Promise<Float32Array> {
    const x = ownFloats('predict: x', given, { width: this.#features });
    if (x.length === 0 || x.length % this.#features !== 0) throw new DataError(`predict: expected rows of ${this.#features} features, got ${x.length} values`);
    return this.#inTurn(
      async () =>
        (await this.#forward(x.length / this.#features, (first, count) => x.subarray(first * this.#features, (first + count) * this.#features))).outputs,
    );
  }

  destroy(): void {
    this.#destroyed = true;
    this.#own.destroy();
    this.#runner?.destroy();
  }

  /** Calls share buffers, so they wait for one another. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** `inputs` gives the inputs of `count` rows from the row `first` on. */
  async #forward(
    rows: number,
    inputs: (first: number, count: number) => Float32Array,
    y?: Float32Array,
  ): Promise<{ outputs: Float32Array; losses: Float32Array }> {
    const p = await this.#prepare();
    const { width } = this.#targets;
    const columns = p.output.type.shape[1]!;
    const outputs = new Float32Array(rows * columns);
    const losses = new Float32Array(rows);
    for (let first = 0; first < rows; first += p.rows) {
      this.#alive();
      const count = Math.min(p.rows, rows - first);
      this.#write(p, p.x, inputs(first, count));
      if (y) this.#write(p, p.targets, y.subarray(first * width, (first + count) * width));
      p.runner.write('run', Uint32Array.of(count), runOffset('rows'));
      const rangeOf = (value: Value, size: number) => {
        const { buffer, offset } = placeOfValue(p.runner.plan, value);
        return { buffer, offset: offset * 4, size: size * 4 };
      };
      const bytes = await p.runner.run([[]], [rangeOf(p.output, count * columns), rangeOf(p.losses, count)]);
      outputs.set(new Float32Array(bytes, 0, count * columns), first * columns);
      losses.set(new Float32Array(bytes, count * columns * 4, count), first);
    }
    return { outputs, losses };
  }

  #write(p: Prepared, value: Value, data: Float32Array): void {
    const { buffer, offset } = placeOfValue(p.runner.plan, value);
    p.runner.write(buffer, elementsOf(value.type, data), offset * 4);
  }

  /** Throws where the trainer was destroyed meanwhile: nothing may be made on the device then, and buffers that are gone would answer with zeros. */
  #alive(): void {
    if (this.#destroyed) throw new UsageError('destroyed before its results had arrived: await them first');
  }

  #prepare(): Promise<Prepared> {
    this.#alive();
    this.#prepared ??= this.#build().catch((error: unknown) => {
      // What failed once may work at the next call.
      this.#prepared = undefined;
      this.#own.destroy();
      throw error;
    });
    return this.#prepared;
  }

  async #build(): Promise<Prepared> {
    const { plan, rows, ...values } = this.#plan(ROWS);
    this.#own.create('run', RUN_BYTES);
    this.#own.write('run', startingState({ samples: rows, batch: rows, key: keyOf(0), tolerant: true }));
    const runner = await Runner.create(
      this.#device,
      plan,
      { buffer: (name) => (name === 'run' ? this.#own.get('run') : this.#store.buffer(name)) },
      this.#cache,
    );
    if (this.#destroyed) runner.destroy();
    this.#alive();
    this.#runner = runner;
    return { runner, rows, ...values };
  }

  /** The plan of a pass over so many rows, or fewer. */
  #plan(rows: number): Omit<Prepared, 'runner'> & { plan: Plan } {
    const graph = new Graph();
    const x = graph.input('x', [rows, this.#features], { batch: true });
    const { output } = this.#model.build(graph, x, 'infer', new Map());
    const targets = graph.input('targets', [rows, this.#loss.targetWidth(output.type.shape[1]!)], { dtype: this.#loss.targetDtype ?? 'f32', batch: true });
    const losses = this.#loss.build(graph, output, targets);
    // Looked at before the plan, which refuses a value that no binding holds.
    const largest = Math.max(...graph.values.filter(({ origin }) => origin !== 'parameter').map(({ type }) => sizeOf(type.shape) * 4));
    if (largest > BYTES && rows > 4) return this.#plan(rows / 2);
    const plan = schedule(graph, {
      capabilities: this.#device.capabilities,
      keep: [output, losses],
      layout: this.#trainPlan.layout,
      runningLayout: this.#trainPlan.runningLayout,
    });
    if (plan.activations.reduce((sum, { bytes }) => sum + bytes, 0) > BYTES && rows > 4) return this.#plan(rows / 2);
    return { plan, rows, x, targets, output, losses };
  }
}
