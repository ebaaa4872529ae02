// Batches given to a trainer without a data set, one at a time.
import type { Dataset } from '../data/dataset.ts';
import type { Batch, GivenBatch } from '../data/source.ts';
import { DataError, isObject, show, UsageError } from '../errors.ts';
import type { Runner } from '../gpu/runner.ts';
import type { Value } from '../graph/graph.ts';
import { toIntegers } from '../integers.ts';
import { checkTargets } from '../nn/targets.ts';
import { toFloats } from '../numbers.ts';
import { placeOfValue } from '../scheduler/place_of.ts';
import { elementsOf, sizeOf } from '../shape.ts';
import { type Rules, sampleSize } from './objective.ts';
import type { ParameterStore } from './parameters.ts';
import { runOffset } from './run_state.ts';

export interface BatchInputOptions {
  /** The tensors of a batch, by name. */
  readonly tensors: Readonly<Record<string, Value>>;
  /** Rows of a full batch. */
  readonly batch: number;
  /** What the targets must be. */
  readonly rules: Rules;
  readonly runner: Runner;
  readonly store: ParameterStore;
}

export class BatchInput {
  /** The last batch, padded: for the replay. */
  last: Batch | undefined;
  /** True rows of it. */
  rows = 0;
  #options: BatchInputOptions;

  constructor(options: BatchInputOptions) {
    this.#options = options;
  }

  /** Goes on with another plan, which gets the last batch. */
  move(tensors: BatchInputOptions['tensors'], runner: Runner): void {
    this.#options = { ...this.#options, tensors, runner };
    for (const [name, data] of Object.entries(this.last ?? {})) this.#write(name, data as Float32Array | Int32Array);
  }

  /** For `enqueueStep`. Throws a UsageError where no batch has been given yet: the buffers are zeros then. */
  requireBatch(): void {
    if (!this.last) throw new UsageError('enqueueStep: no batch was given yet: give `batch` with the first step');
  }

  #write(name: string, padded: Float32Array | Int32Array): void {
    const { tensors, runner } = this.#options;
    const value = tensors[name]!;
    const place = placeOfValue(runner.plan, value);
    runner.write(place.buffer, elementsOf(value.type, padded), place.offset * 4);
  }

  /** Writes a batch. Throws DataError where it does not fit, and leaves the one before then. */
  set(call: string, given: GivenBatch | Pick<Dataset, 'x' | 'y'>): void {
    if (!isObject(given)) throw new DataError(`${call}: expected a batch of x and y, got ${show(given)}`);
    const batch = given as GivenBatch;
    const { tensors, batch: max, rules, store } = this.#options;
    const entries = Object.entries(tensors).map(([name, value]) => {
      const size = sampleSize(value.type);
      const given = batch[name];
      const integers = value.type.dtype === 'i32' && (given instanceof Int32Array || !rules.has(name));
      return { name, value, size, data: (integers ? toIntegers : toFloats)(`${call}: ${name}`, given, { width: size }) };
    });
    const [{ data: first, size }] = entries as [(typeof entries)[0]];
    const rows = first.length / size;
    if (!Number.isInteger(rows) || rows < 1 || rows > max)
      throw new DataError(`${call}: expected ${entries[0]!.name} of 1 to ${max} rows of ${size} features, got ${first.length} values`);
    for (const { name, size: columns, data } of entries)
      if (data.length !== rows * columns) throw new DataError(`${call}: expected ${name} of ${rows} rows of ${columns}, got ${data.length} values`);
    checkAllTargets(call, rules, Object.fromEntries(entries.map(({ name, data }) => [name, data])));
    this.last = Object.fromEntries(
      entries.map(({ name, value, size: columns, data }) => {
        const count = sizeOf(value.type.shape);
        // After the true rows the last one is repeated, as gather_rows does it.
        const padded = new (data instanceof Int32Array ? Int32Array : Float32Array)(count);
        for (let i = 0; i < count; i++) padded[i] = data[Math.min(Math.floor(i / columns), rows - 1) * columns + (i % columns)]!;
        this.#write(name, padded);
        return [name, padded];
      }),
    );
    this.rows = rows;
    store.write('run', Uint32Array.of(rows, rows), runOffset('dataset_size'));
  }
}

/** Throws a DataError unless the targets among the tensors fit their losses. `where` names the argument. */
function checkAllTargets(where: string, rules: Rules, tensors: Readonly<Record<string, ArrayLike<number>>>): void {
  for (const [name, each] of rules) for (const rule of each) checkTargets(tensors[name]!, { ...rule, where: `${where}: ${name}` });
}
