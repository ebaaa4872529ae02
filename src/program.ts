// A graph as a program on the GPU without training: write inputs, run, read outputs. For embedders, tests and benchmarks.
import { DataError, DeviceError, isObject, kindOf, requireMap, show, UsageError } from './errors.ts';
import { Buffers } from './gpu/buffers.ts';
import type { Device } from './gpu/device.ts';
import type { PipelineCache } from './gpu/pipelines.ts';
import { Runner } from './gpu/runner.ts';
import { Graph, type Value } from './graph/graph.ts';
import type { Capabilities } from './graph/op.ts';
import { toIntegers } from './integers.ts';
import * as LIMITS from './limits.ts';
import { CLASS_INDEX, checkTargets, INDEX, type TargetsOf } from './nn/targets.ts';
import { type Numbers, toFloats } from './numbers.ts';
import { assignOp } from './ops/copy.ts';
import { type OptionTable, readOptions } from './option_table.ts';
import { keyOf } from './random.ts';
import { explain } from './scheduler/explain.ts';
import { placeOf } from './scheduler/place_of.ts';
import type { Plan } from './scheduler/plan.ts';
import { fusedNodes, planOf, type ScheduleOptions } from './scheduler/schedule.ts';
import { sourceOf } from './scheduler/source.ts';
import { lastOf, shapeText, sizeOf } from './shape.ts';
import { type HostNumbers, type HostTensor, numbersFor } from './train/parameters.ts';
import { RUN_BYTES, runOffset, startingState } from './train/run_state.ts';

/** How a compiled graph runs. */
export interface RunOptions {
  /** True rows of batched tensors; padding rows after them count for nothing. All rows by default. */
  rows?: number;
  /** Seed of dropout's random numbers, an integer; 0 by default. */
  seed?: number;
  /** Overrides what the device is taken for, to try the kernels of another kind of adapter; nothing by default. */
  capabilities?: Partial<Capabilities>;
}

/** What `compile` is told of a graph. */
export interface ProgramOptions extends RunOptions, Omit<ScheduleOptions, 'capabilities' | 'keep'> {
  /** Values that can be read after a run; every input, parameter and buffer can be, too. */
  outputs: readonly Value[];
  /** Copies after each run, from an output to the next run's input; none by default. */
  carry?: readonly { from: Value; to: Value }[];
}

const anObject = { type: 'object', expected: 'an object', accepts: isObject } as const;
const aMap = { type: 'object', expected: 'a Map', accepts: (value: unknown) => kindOf(value) === 'Map' } as const;
const runOptions = {
  rows: { type: 'integer', min: 1, max: LIMITS.rows },
  seed: { type: 'integer', default: 0 },
  capabilities: anObject,
} as const satisfies OptionTable<RunOptions>;
const aList = { type: 'object', expected: 'a list', accepts: Array.isArray } as const;
const programOptions = {
  ...runOptions,
  outputs: { ...aList, required: true },
  carry: aList,
  retain: aList,
  gradientSlots: aMap,
  layout: anObject,
  bufferLayout: anObject,
  fuse: { type: 'boolean' },
} as const satisfies OptionTable<ProgramOptions>;

/** A compiled graph on a device: inputs in, outputs out. `compile` makes it. */
export class Program {
  /** @internal What runs the plan on the device. */
  readonly runner: Runner;
  readonly #own: Buffers;
  /** What inputs that hold class indexes must be, by their number in the graph. */
  readonly #labels: ReadonlyMap<number, TargetsOf>;
  /** How many rows of them count. */
  readonly #rows: number;
  /** What was written, by its number in the graph. */
  readonly #written = new Set<number>();
  /** What must be, before a run. */
  readonly #missing: Set<number>;
  /** The last run: where it failed there is nothing to read. */
  #ran: Promise<unknown> | undefined;

  private constructor(runner: Runner, own: Buffers, rows: number) {
    this.runner = runner;
    this.#own = own;
    this.#rows = rows;
    this.#missing = new Set(runner.plan.needed);
    this.#labels = new Map(
      runner.plan.classes.map(({ id, op, count }) => {
        // Of a model's classes, or of an axis.
        const taken = op === 'cross_entropy' ? { rule: CLASS_INDEX } : { rule: INDEX, of: `a size of ${count}` };
        return [id, { where: '', loss: op, outputs: count, width: 1, ...taken }] as const;
      }),
    );
  }

  /** @internal */
  static async create(device: Device, cache: PipelineCache, graph: Graph, options: ProgramOptions): Promise<Program> {
    const { outputs, carry = [] } = readOptions<ProgramOptions, typeof programOptions>('compile', programOptions, options);
    const { rows, seed, capabilities: taken, outputs: _, carry: __, ...rest } = options;
    for (const value of [...outputs, ...carry.flatMap((pair) => [pair?.from, pair?.to])])
      if (Graph.of(value) !== graph) throw new UsageError(`compile: expected values of this graph in outputs and carry, got ${show(value)}`);
    const capabilities = { ...device.capabilities, ...taken };
    for (const { from, to } of carry) graph.apply(assignOp, [from, to], {}, `carry/${to.name}`);
    const scheduled = { ...rest, retain: [...outputs, ...graph.values.filter((value) => value.origin === 'input')] };
    const plan: Plan = { ...(await planOf(graph, { ...scheduled, capabilities })), needed: neededBy(graph, scheduled, carry) };
    sourceOf.set(plan, { graph, options: scheduled });
    return Program.open(device, cache, plan, { rows, seed, capabilities: taken } as RunOptions);
  }

  /** @internal A plan that was made before, here or elsewhere. */
  static async open(device: Device, cache: PipelineCache, plan: Plan, options?: RunOptions): Promise<Program> {
    const { rows, seed, capabilities } = readOptions<RunOptions, typeof runOptions>('compile', runOptions, options);
    requireDevice(plan, { ...device.capabilities, ...capabilities });
    const own = new Buffers(device);
    const batch = rows ?? 0xffffff;
    try {
      await device.attempt(() => {
        own.create('run', RUN_BYTES);
        const state = startingState({ datasetSize: batch, batch, key: keyOf(seed), skipNonFinite: true });
        state[runOffset('step') / 4] = 1;
        own.write('run', state);
        own.create('parameters', plan.layout.words * 4);
        own.create('buffers', plan.bufferLayout.words * 4);
      });
      const strangers = [...plan.persistentBuffers].filter(([name, bytes]) => bytes === 0 && name !== 'gradients' && !own.get(name)).map(([name]) => name);
      if (strangers.length > 0)
        throw new UsageError(`compile: this plan needs ${strangers.join(', ')}, which only a trainer provides: give one of inputs and outputs`);
      return new Program(await Runner.create(device, plan, { buffer: (name) => own.get(name) }, cache), own, batch);
    } catch (error) {
      own.destroy();
      throw error;
    }
  }

  /** What the program does, as data. */
  get plan(): Plan {
    return this.runner.plan;
  }

  /**
   * Prints the plan: dispatches, buffers, bytes, what was fused.
   *
   * @returns Several lines of text.
   */
  explain(): string {
    return explain(this.plan);
  }

  /**
   * Sets an input, parameter or buffer. NaN and infinity are taken as they are.
   *
   * @param value - The value, or its name.
   * @param data - As many numbers as it has elements, flat or in rows.
   * @throws DataError where the size or the length of rows does not fit, or a label of a cross entropy is no class; UsageError for what is no value of the
   *   graph.
   * @example
   * program.write('x', [[0.5, 1], [2, 3]]);
   */
  write(value: Value | string, data: Numbers): void {
    if (typeof value !== 'string' && !Graph.of(value)) throw new UsageError(`write: expected a value of the graph, or its name, got ${show(value)}`);
    const { id, name, type, buffer, offset } = placeOf(this.plan, value);
    const elements = type.dtype === 'i32' ? toIntegers(name, data, { shape: type.shape }) : toFloats(name, data, { shape: type.shape });
    const size = sizeOf(type.shape);
    if (elements.length !== size) throw new DataError(`${name}: expected ${size} values for ${shapeText(type.shape)}, got ${elements.length}`);
    const labels = this.#labels.get(id);
    // Padded rows count for nothing.
    const counted = type.rowsPerSample === 0 ? size : (size / type.shape[0]!) * this.#rows * type.rowsPerSample;
    if (labels) checkTargets(Float32Array.from(elements.subarray(0, counted)), { ...labels, where: name, width: lastOf(type) });
    this.runner.write(buffer, elements, offset * 4);
    this.#wrote(id);
  }

  /**
   * Sets all parameters and buffers by path. What the graph does not have is left out; nothing is written unless all fit.
   *
   * @param tensors - As `trainer.parameters()` gives them.
   * @throws UsageError for one that is missing or says another shape; DataError for another size.
   * @example
   * program.setParameters(await trainer.parameters());
   */
  setParameters(tensors: ReadonlyMap<string, HostTensor | HostNumbers>): void {
    requireMap('setParameters', tensors, 'a Map from path to tensor');
    const { layout, bufferLayout } = this.plan;
    const writes = [layout, bufferLayout].flatMap((of) =>
      of.entries.map(({ path, shape, offset, size }) => {
        const tensor = tensors.get(path);
        if (!tensor) throw new UsageError(`setParameters: ${path} is missing: the graph has it`);
        const data = numbersFor(`setParameters: ${path}`, tensor, shape);
        if (data.length !== size) throw new DataError(`setParameters: ${path}: expected ${size} values for ${shapeText(shape)}, got ${data.length}`);
        return { buffer: of === layout ? ('parameters' as const) : ('buffers' as const), data, offset };
      }),
    );
    for (const { buffer, data, offset } of writes) this.runner.write(buffer, data, offset * 4);
    for (const { id, buffer } of this.plan.places) if (buffer === 'parameters' || buffer === 'buffers') this.#wrote(id);
  }

  #wrote(id: number): void {
    this.#written.add(id);
    this.#missing.delete(id);
  }

  /**
   * Runs the graph in one submit, without waiting; `read` waits.
   *
   * @param times - How often, one after the other; 1 by default.
   * @throws UsageError for another number, or too many for one submit, and where an input, a parameter or a buffer that it reads was never written; what `carry`
   *   sets may be left out, and begins with zeros.
   * @example
   * program.run();
   */
  run(times = 1): void {
    if (!Number.isInteger(times) || times < 1) throw new UsageError(`run: expected a positive number of times, got ${show(times)}`);
    if (times > LIMITS.runs) throw new UsageError(`run: expected at most ${LIMITS.runs} times in a submit, got ${times}: call it more often`);
    const [missing] = this.#missing;
    if (missing !== undefined) {
      const names = this.plan.places.filter(({ id }) => this.#missing.has(id)).map(({ name }) => name);
      throw new UsageError(`run: ${listed(names)}: nothing was written yet: call write(${show(names[0])}, data), or setParameters, first`);
    }
    this.#ran = this.runner.run(Array.from({ length: times }, () => []));
    // Told by `read`.
    this.#ran.catch(() => undefined);
  }

  /**
   * Reads values as they are once everything submitted so far has run.
   *
   * @param values - Values of `outputs`, inputs, parameters and buffers, or their names.
   * @returns The elements of each, row-major; integers as numbers.
   * @throws UsageError for what is not in the plan, and before the first run for what was not written; DataError for an integer that a float does not hold.
   * @example
   * const [outputs] = await program.read('x');
   */
  async read(...values: (Value | string)[]): Promise<Float32Array[]> {
    for (const value of values)
      if (typeof value !== 'string' && !Graph.of(value)) throw new UsageError(`read: expected values of the graph, or their names, got ${show(value)}`);
    const places = values.map((value) => placeOf(this.plan, value));
    const ran = this.#ran;
    const unset = places.find(({ id, buffer }) => !ran && !this.#written.has(id) && this.plan.activations.some((own) => own.buffer === buffer));
    if (unset) throw new UsageError(`read: ${unset.name}: nothing has computed it yet: call run() first`);
    const reading = this.runner.read(places.map(({ buffer, offset, size }) => ({ buffer, offset: offset * 4, size: size * 4 })));
    const [bytes] = await Promise.all([reading, ran]);
    let at = 0;
    return places.map(({ name, type, size }) => {
      at += size * 4;
      if (type.dtype === 'f32') return new Float32Array(bytes, at - size * 4, size);
      const integers = new Int32Array(bytes, at - size * 4, size);
      const large = integers.find((integer) => Math.fround(integer) !== integer);
      if (large !== undefined) throw new DataError(`read: ${name}: ${large} is an integer that a 32-bit float does not hold`);
      return Float32Array.from(integers);
    });
  }

  /** Frees its buffers. */
  destroy(): void {
    this.runner.destroy();
    this.#own.destroy();
  }
}

/** What a run of the graph reads and nothing sets: it would compute with zeros. */
function neededBy(graph: Graph, options: Omit<ScheduleOptions, 'capabilities'>, carry: NonNullable<ProgramOptions['carry']>): number[] {
  const read = new Set(fusedNodes(graph, { ...options, fuse: false }).nodes.flatMap(({ inputs }) => inputs));
  const carried = new Set(carry.map(({ to }) => to));
  return graph.values.filter((value) => value.origin !== 'node' && value.origin !== 'scratch' && read.has(value) && !carried.has(value)).map(({ id }) => id);
}

const SHOWN = 5;
const listed = (names: readonly string[]): string => names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '');

/** Throws DeviceError where a plan was made for a device that can more, or otherwise, than this one. */
function requireDevice({ capabilities: made, dispatches }: Plan, here: Capabilities): void {
  const refuse = (reason: 'failed' | 'limit', what: string): never => {
    throw new DeviceError(reason, `this plan was made for another device: ${what}: make it again on this one`);
  };
  // Kernels that are tuned to SwiftShader lose sums elsewhere.
  if (made.swiftshader && !here.swiftshader) refuse('failed', 'its kernels are those of SwiftShader, which this is not');
  if (made.subgroupSize !== here.subgroupSize) {
    const sources = new Set(dispatches.flatMap((dispatch) => dispatch.sources));
    if ([...sources].some(({ text }) => /^\s*enable\s+subgroups/m.test(text)))
      refuse('failed', `it takes subgroups of ${made.subgroupSize} invocations, here they have ${here.subgroupSize || 'none, or no fixed number'}`);
  }
  for (const { label, workgroups } of dispatches)
    if (Math.max(...workgroups) > here.maxWorkgroups)
      refuse('limit', `${label} has a grid of ${workgroups.join(' x ')}, and ${here.maxWorkgroups} is the most in a direction here`);
}
