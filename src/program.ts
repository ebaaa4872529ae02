// A graph as a program on the GPU without training: write inputs, run, read outputs. For embedders, tests and benchmarks.
import { DataError, UsageError } from './errors.ts';
import { Buffers } from './gpu/buffers.ts';
import type { Device } from './gpu/device.ts';
import type { PipelineCache } from './gpu/pipelines.ts';
import { Runner } from './gpu/runner.ts';
import type { Graph, Value } from './graph/graph.ts';
import type { Capabilities } from './graph/op.ts';
import { LIMITS } from './limits.ts';
import { CLASS_INDEX, checkTargets, type TargetsOf } from './nn/targets.ts';
import { type Numbers, toFloats, toIntegers } from './numbers.ts';
import { assignOp } from './ops/copy.ts';
import { keyOf } from './random.ts';
import { explain } from './scheduler/explain.ts';
import type { Plan } from './scheduler/plan.ts';
import { type ScheduleOptions, schedule } from './scheduler/schedule.ts';
import { sizeOf } from './shape.ts';
import { RUN_BYTES, runOffset, startingState } from './train/run_state.ts';

export interface ProgramOptions extends Omit<ScheduleOptions, 'capabilities' | 'keep'> {
  /** Values that can be read after a run; every input, parameter and running value can be, too. */
  outputs: readonly Value[];
  /** Copies behind each run: an output that is the next run's input. */
  carry?: readonly { from: Value; to: Value }[];
  /** True rows of batched tensors; padding rows behind them count for nothing. All rows by default. */
  rows?: number;
  /** Key and step of dropout. */
  seed?: number;
  /** Overrides what the device is taken for: to try the kernels of another kind of adapter. */
  capabilities?: Partial<Capabilities>;
}

export class Program {
  readonly runner: Runner;
  readonly #own: Buffers;
  /** What inputs that hold class indexes must be, and how many of their rows count. */
  readonly #labels: ReadonlyMap<Value, TargetsOf>;
  readonly #rows: number;

  private constructor(runner: Runner, own: Buffers, labels: ReadonlyMap<Value, TargetsOf>, rows: number) {
    this.runner = runner;
    this.#own = own;
    this.#labels = labels;
    this.#rows = rows;
  }

  /** @internal */
  static async create(device: Device, cache: PipelineCache, graph: Graph, options: ProgramOptions): Promise<Program> {
    const { outputs, carry = [], rows, seed = 0, capabilities: taken, ...rest } = options;
    const capabilities = { ...device.capabilities, ...taken };
    for (const { from, to } of carry) graph.apply(assignOp, [from, to], {}, `carry/${to.name}`);
    const plan = schedule(graph, { ...rest, capabilities, keep: [...outputs, ...graph.values.filter((value) => value.origin === 'input')] });
    const own = new Buffers(device);
    try {
      own.create('run', RUN_BYTES);
      const batch = rows ?? 0xffffff;
      const state = startingState({ samples: batch, batch, key: keyOf(seed), tolerant: true });
      state[runOffset('step') / 4] = 1;
      own.write('run', state);
      own.create('parameters', plan.layout.words * 4);
      own.create('running', plan.runningLayout.words * 4);
      const runner = await Runner.create(device, plan, { buffer: (name) => own.get(name) }, cache);
      return new Program(runner, own, labelsOf(graph), batch);
    } catch (error) {
      own.destroy();
      throw error;
    }
  }

  get plan(): Plan {
    return this.runner.plan;
  }

  explain(): string {
    return explain(this.plan);
  }

  /**
   * Sets an input, parameter or running value from arrays, typed arrays or rows of numbers. Throws DataError where the size does not fit, or a label of
   * a cross entropy is no class. NaN and infinity are taken as they are.
   */
  write(value: Value, data: Numbers): void {
    const elements = value.type.dtype === 'i32' ? toIntegers(value.name, data) : toFloats(value.name, data);
    const size = sizeOf(value.type.shape);
    if (elements.length !== size) throw new DataError(`${value.name}: expected ${size} values for [${value.type.shape}], got ${elements.length}`);
    const labels = this.#labels.get(value);
    // Padded rows count for nothing.
    if (labels) checkTargets(Float32Array.from(elements.subarray(0, this.#rows * Math.max(1, value.type.rowsPerSample))), labels);
    const { buffer, offset } = this.plan.place(value);
    this.runner.write(buffer, elements, offset * 4);
  }

  /** Runs the graph `times` times in one submit, without waiting. */
  run(times = 1): void {
    if (!Number.isInteger(times) || times < 1) throw new UsageError(`run: expected a positive number of times, got ${times}`);
    if (times > LIMITS.runs) throw new UsageError(`run: expected at most ${LIMITS.runs} times in a submit, got ${times}: call it more often`);
    void this.runner.run(Array.from({ length: times }, () => []));
  }

  /** Values as they are once everything submitted so far has run; integers as numbers. Rejects with DataError for an integer that a float does not hold. */
  async read(...values: Value[]): Promise<Float32Array[]> {
    const places = values.map((value) => this.plan.place(value));
    const bytes = await this.runner.read(places.map(({ buffer, offset, size }) => ({ buffer, offset: offset * 4, size: size * 4 })));
    let at = 0;
    return places.map(({ size }, i) => {
      at += size * 4;
      if (values[i]!.type.dtype === 'f32') return new Float32Array(bytes, at - size * 4, size);
      const integers = new Int32Array(bytes, at - size * 4, size);
      const large = integers.find((integer) => Math.fround(integer) !== integer);
      if (large !== undefined) throw new DataError(`read: ${values[i]!.name}: ${large} is an integer that a 32-bit float does not hold`);
      return Float32Array.from(integers);
    });
  }

  destroy(): void {
    this.runner.destroy();
    this.#own.destroy();
  }
}

/** Values that hold class indexes, with what they must be. */
function labelsOf(graph: Graph): Map<Value, TargetsOf> {
  const all = new Map<Value, TargetsOf>();
  for (const node of graph.nodes) {
    const found = node.op.classes?.(node);
    if (!found) continue;
    const { labels, count } = found;
    const outputs = Math.min(count, all.get(labels)?.outputs ?? count);
    all.set(labels, { where: labels.name, loss: node.op.name, rule: CLASS_INDEX, outputs, width: 1 });
  }
  return all;
}
