// Passes in inference mode on any number of rows: outputs, and losses where there are some.
import { type AnyDataset, type Column, columnsOf, rowsOfColumn } from '../data/columns.ts';
import { DataError, UsageError } from '../errors.ts';
import { Buffers } from '../gpu/buffers.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { destroyedEarly } from '../gpu/readback.ts';
import { Runner } from '../gpu/runner.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { toIntegers } from '../integers.ts';
import { type AnyModel, buildAny, declareInputs, type InputType } from '../nn/model.ts';
import { toFloats } from '../numbers.ts';
import { keyOf } from '../random.ts';
import { placeOfValue } from '../scheduler/place_of.ts';
import type { Plan } from '../scheduler/plan.ts';
import { planOf } from '../scheduler/schedule.ts';
import { elementsOf, sizeOf, type TensorType } from '../shape.ts';
import type { Ending } from './ending.ts';
import type { Weights } from './parameters.ts';
import { RUN_BYTES, runOffset, startingState } from './run_state.ts';
import { checkColumns, checkNumbers, type Tensors } from './tensors.ts';

/** Rows per pass; fewer, down to 4, if the activations would exceed the limit of bytes, or a dispatch that of multiply-adds: half a second of a slow software adapter. */
const ROWS = 256;
const BYTES = 2 ** 26;
const WORK = 2 ** 29;
/** Rows of the small pass, for a few rows at a time. */
const FEW = 4;

/** What a pass computes in the place of the outputs: values of `[rows, ...]`, or sums that belong to no row. It is given the outputs and may declare inputs, `[rows, ...]` too. */
export type Appendix = (graph: Graph, outputs: Readonly<Record<string, Value>>, rows: number) => Readonly<Record<string, Value>>;

interface Pass {
  readonly rows: number;
  readonly runner: Runner;
  readonly own: Buffers;
  readonly inputs: readonly Value[];
  readonly results: Readonly<Record<string, Value>>;
}

/** What passes share. */
export interface InferenceParts {
  readonly device: Device;
  readonly cache: PipelineCache;
  readonly model: AnyModel;
  readonly inputs: Readonly<Record<string, Required<InputType>>>;
  readonly weights: Weights;
  readonly append?: Appendix;
}

/** What a model is asked with, in arrays that nobody else has: a data set, or what was given for the rows of each input, by its name. */
export type AsIs = AnyDataset | ReadonlyMap<string, unknown>;

export class Inference {
  readonly #parts: InferenceParts;
  /** By the most rows that they take. */
  readonly #passes = new Map<number, Promise<Pass>>();
  readonly #made = new Set<Pass>();
  #turn: Promise<unknown> = Promise.resolve();
  #destroyed = false;

  constructor(parts: InferenceParts) {
    this.#parts = parts;
  }

  get bytes(): number {
    return [...this.#made].reduce((sum, { runner, own }) => sum + runner.bytes + own.bytes, 0);
  }

  /**
   * All results on so many rows, by name: the outputs, or what `append` makes of them (once for each pass where it belongs to no sample). `tensorsOf` gives the tensors of `count` rows from the row `first` on, inputs of
   * the model and those that `append` declares. Calls wait for one another, as they share buffers. Rejects if the run that waits for them ends.
   */
  run(rows: number, tensorsOf: (first: number, count: number) => Tensors, ending?: Ending): Promise<Record<string, Float32Array>> {
    const work = (): Promise<Record<string, Float32Array>> => this.#run(rows, tensorsOf, ending);
    const result = this.#turn.then(work, work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /** The outputs for what a model is asked with. Rejects with DataError where it does not fit. */
  async answer(asked: AsIs): Promise<Record<string, Float32Array>> {
    if (!(asked instanceof Map)) {
      const columns = columnsOf(asked as AnyDataset);
      const { inputs } = this.#parts;
      checkColumns('predict', columns, sampleTypes(inputs));
      checkNumbers('predict', columns, inputs);
      return this.run((asked as AnyDataset).rows, (first, count) => tensorsOf(columns, Object.keys(inputs), first, count));
    }
    const given = [...(asked as ReadonlyMap<string, unknown>)].map(([name, rows]): [string, OwnRows] => [
      name,
      rowsOf(`predict: ${name}`, rows, this.#parts.inputs[name]!),
    ]);
    const [[name, { rows }], ...others] = given as [[string, OwnRows], ...[string, OwnRows][]];
    for (const [other, own] of others) if (own.rows !== rows) throw new DataError(`predict: ${name} has ${rows} rows and ${other} has ${own.rows}`);
    return this.run(rows, (first, count) =>
      Object.fromEntries(given.map(([name, { values, size }]) => [name, values.subarray(first * size, (first + count) * size)])),
    );
  }

  /** Destroys it after the calls that wait. */
  async retire(): Promise<void> {
    await this.#turn;
    this.destroy();
  }

  destroy(): void {
    this.#destroyed = true;
    for (const { runner, own } of this.#made) {
      runner.destroy();
      own.destroy();
    }
  }

  async #run(rows: number, tensorsOf: (first: number, count: number) => Tensors, ending?: Ending): Promise<Record<string, Float32Array>> {
    const { runner, inputs, results, ...pass } = await this.#pass(rows <= FEW ? FEW : ROWS);
    const passes = Math.ceil(rows / pass.rows);
    const entries = Object.entries(results).map(([name, value]) => {
      // What belongs to no sample comes once for each pass.
      const size = sizeOf(value.type.shape);
      const [perRow, perPass] = value.type.rowsPerSample > 0 ? [size / pass.rows, 0] : [0, size];
      return { name, value, perRow, perPass, all: new Float32Array(rows * perRow + passes * perPass) };
    });
    for (let first = 0; first < rows; first += pass.rows) {
      this.#alive();
      if (ending?.now) throw new UsageError('the run was ended before its validation');
      const count = Math.min(pass.rows, rows - first);
      const tensors = tensorsOf(first, count);
      for (const value of inputs) {
        const { buffer, offset } = placeOfValue(runner.plan, value);
        runner.write(buffer, elementsOf(value.type, tensors[value.name]!), offset * 4);
      }
      runner.write('run', Uint32Array.of(count), runOffset('rows'));
      const ranges = entries.map(({ value, perRow, perPass }) => {
        const { buffer, offset } = placeOfValue(runner.plan, value);
        return { buffer, offset: offset * 4, size: (count * perRow + perPass) * 4 };
      });
      const bytes = await runner.run([[]], ranges);
      let at = 0;
      for (const { value, perRow, perPass, all } of entries) {
        const size = count * perRow + perPass;
        all.set(new (value.type.dtype === 'i32' ? Int32Array : Float32Array)(bytes, at, size), first * perRow + (first / pass.rows) * perPass);
        at += size * 4;
      }
    }
    return Object.fromEntries(entries.map(({ name, all }) => [name, all]));
  }

  /** Throws if it was destroyed during an await: nothing may be created on the device then, and destroyed buffers would read as zeros. */
  #alive(): void {
    if (this.#destroyed) throw destroyedEarly();
  }

  #pass(rows: number): Promise<Pass> {
    this.#alive();
    const known = this.#passes.get(rows);
    if (known) return known;
    const pass = this.#build(rows).catch((error: unknown) => {
      // What failed once may work at the next call.
      this.#passes.delete(rows);
      throw error;
    });
    this.#passes.set(rows, pass);
    return pass;
  }

  async #build(max: number): Promise<Pass> {
    const { device, cache, weights } = this.#parts;
    const { plan, rows, ...values } = await this.#plan(max);
    const own = new Buffers(device);
    try {
      await device.attempt(() => {
        own.create('run', RUN_BYTES);
        own.write('run', startingState({ datasetSize: rows, batch: rows, key: keyOf(0), skipNonFinite: true }));
      });
      this.#alive();
      const runner = await Runner.create(device, plan, { buffer: (name) => own.get(name) ?? weights.buffer(name) }, cache);
      if (this.#destroyed) runner.destroy();
      this.#alive();
      const pass = { rows, runner, own, ...values };
      this.#made.add(pass);
      return pass;
    } catch (error) {
      own.destroy();
      throw error;
    }
  }

  /** The plan of a pass over up to this many rows. */
  async #plan(rows: number): Promise<Omit<Pass, 'runner' | 'own'> & { plan: Plan }> {
    const { device, model, inputs: types, weights, append } = this.#parts;
    const graph = new Graph();
    const { outputs } = buildAny(model, graph, declareInputs(graph, types, rows), 'infer');
    const results = append?.(graph, outputs, rows) ?? outputs;
    // Looked at before the plan, which refuses a value that no binding holds.
    const largest = Math.max(...graph.values.filter(({ origin }) => origin !== 'parameter').map(({ type }) => sizeOf(type.shape) * 4));
    if (largest > BYTES && rows > FEW) return this.#plan(rows / 2);
    const plan = await planOf(graph, {
      capabilities: device.capabilities,
      retain: Object.values(results),
      layout: weights.layout,
      bufferLayout: weights.bufferLayout,
    });
    const tooMuch = plan.activations.reduce((sum, { bytes }) => sum + bytes, 0) > BYTES || plan.dispatches.some(({ work = 0 }) => work > WORK);
    if (tooMuch && rows > FEW) return this.#plan(rows / 2);
    return { plan, rows, inputs: graph.values.filter(({ origin }) => origin === 'input'), results };
  }
}

/** Rows of an input. */
interface OwnRows {
  readonly values: Float32Array | Int32Array;
  readonly rows: number;
  readonly size: number;
}

/** Whole rows of an input from outside. */
function rowsOf(where: string, given: unknown, { shape, dtype }: Required<InputType>): OwnRows {
  const size = sizeOf(shape);
  const values = (dtype === 'i32' ? toIntegers : toFloats)(where, given, { width: size });
  if (values.length === 0 || values.length % size !== 0)
    throw new DataError(`${where}: expected rows of ${size} ${dtype === 'i32' ? 'whole numbers' : 'numbers'}, got ${values.length} values`);
  return { values, rows: values.length / size, size };
}

/** Types of one sample. */
function sampleTypes(inputs: Readonly<Record<string, Required<InputType>>>): Record<string, TensorType> {
  return Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, { shape: [1, ...shape], dtype, rowsPerSample: 1 }]));
}

/** Rows of the tensors with these names. */
export function tensorsOf(columns: Readonly<Record<string, Column>>, names: readonly string[], first: number, count: number): Tensors {
  return Object.fromEntries(names.map((name) => [name, rowsOfColumn(columns[name]!, first, count)]));
}
