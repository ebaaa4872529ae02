// Training data that is too large for the GPU: batches are read on the CPU, in the order in which the GPU would gather them, and
// written to a ring of batches there. One half of the ring is in use while the other is filled.

import type { AnyDataset, Column } from '../data/columns.ts';
import { requireDivisor } from '../data/dataset.ts';
import { permuted } from '../data/permutation.ts';
import { readRows, sourceOf } from '../data/read_rows.ts';
import { type AnySource, type Batch, type ColumnInfo, infoOf, isSource } from '../data/source.ts';
import { requireFunction, requireInteger, requireObject, show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import type { Buffers } from '../gpu/buffers.ts';
import * as LIMITS from '../limits.ts';
import { batchWords } from '../ops/batches.ts';
import { threefry } from '../random.ts';
import { BYTES, type StoredDType, sizeOf, type TensorType } from '../shape.ts';
import { type Rules, sampleSize } from './objective.ts';
import type { Run } from './run.ts';
import { checkNumbers, stored } from './tensors.ts';

export interface StreamOptions {
  /** Rows of a full batch. */
  readonly batch: number;
  readonly shuffle: boolean;
  readonly run: Run;
  readonly ring: Ring;
  /** The tensors of a batch. */
  readonly types: Readonly<Record<string, TensorType>>;
  /** What the targets must be. */
  readonly rules: Rules;
}

/** Bytes of a half of the ring, about. */
const HALF_BYTES = 16 * 2 ** 20;
const MOST_BATCHES = 64;

/** The ring on the GPU: `ringBatches` batches of every tensor. */
export class Ring {
  /** Batches that it holds: twice as many as one submit may use. */
  readonly ringBatches: number;
  readonly #batch: number;
  readonly #types: Readonly<Record<string, TensorType>>;
  readonly #bytes: Readonly<Record<string, unknown>>;
  #data!: Buffers;

  /** `bytes` names the tensors that are stored as bytes; `least`: batches of a step. */
  constructor(batch: number, types: Readonly<Record<string, TensorType>>, bytes: Readonly<Record<string, unknown>>, maxBufferBytes: number, min: number) {
    this.#batch = batch;
    this.#types = types;
    this.#bytes = bytes;
    const widest = batch * Math.max(...Object.keys(types).map((name) => sampleSize(types[name]!) * BYTES[this.#storedAs(name)]));
    this.ringBatches = 2 * Math.max(min, Math.min(MOST_BATCHES, Math.floor(HALF_BYTES / widest), Math.floor(maxBufferBytes / widest / 2)));
  }

  /** Makes its buffers among the trainer's data. */
  create(data: Buffers): void {
    this.#data = data;
    for (const name of Object.keys(this.#types)) data.create(`data/${name}`, this.ringBatches * this.#batchBytes(name));
  }

  /** Writes the batch of this number in the run. */
  write(batch: Batch, number: number): void {
    for (const [name, type] of Object.entries(this.#types))
      this.#data.write(`data/${name}`, stored(type, batch[name]!), (number % this.ringBatches) * this.#batchBytes(name));
  }

  #storedAs(name: string): StoredDType {
    return this.#bytes[name] === undefined ? this.#types[name]!.dtype : 'u8';
  }

  #batchBytes(name: string): number {
    return batchWords(this.#batch, sampleSize(this.#types[name]!), this.#storedAs(name)) * 4;
  }
}

/** Throws a UsageError for a source with an impossible description. */
export function requireSource(source: AnySource): void {
  const { read, rows } = source;
  requireFunction('data.train.read', read);
  requireInteger('data.train.rows', rows);
  if (rows > LIMITS.rows) throw new UsageError(`data.train.rows: expected at most ${count(LIMITS.rows)}, got ${count(rows)}`);
  if ('tensors' in source) requireObject('data.train.tensors', source.tensors, 'shapes of the tensors by name');
  else for (const name of ['features', 'targetSize'] as const) requireInteger(`data.train.${name}`, source[name]);
  for (const [name, { shape, divisor }] of Object.entries(infoOf(source))) {
    const where = 'tensors' in source ? `data.train.tensors.${name}.` : 'data.train.';
    if (!Array.isArray(shape) || !(sizeOf(shape) > 0)) throw new UsageError(`${where}shape: expected the shape of a sample, got ${show(shape)}`);
    if (divisor !== undefined) requireDivisor(`${where}divisor`, divisor);
  }
}

export class Stream {
  readonly #source: AnySource;
  readonly #info: Readonly<Record<string, ColumnInfo>>;
  readonly #options: StreamOptions;
  /** Batches that were asked for before they are needed, by their number in the run. */
  readonly #ahead = new Map<number, Promise<Batch>>();

  constructor(train: AnyDataset | AnySource, options: StreamOptions) {
    this.#source = isSource(train) ? train : sourceOf(train);
    this.#info = infoOf(this.#source);
    this.#options = options;
  }

  /** The most batches that one submit may use. */
  get max(): number {
    return this.#options.ring.ringBatches / 2;
  }

  /** Reads the batches first .. first+count-1 (counted from the beginning of the run); resolves with what writes them to their places in the ring, which no step in flight may read. */
  async read(first: number, count: number): Promise<() => void> {
    this.prefetch(first, count);
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    const batches = await Promise.all(numbers.map((number) => this.#ahead.get(number)!)).finally(() => {
      for (const number of numbers) this.#ahead.delete(number);
    });
    return () =>
      batches.forEach((batch, i) => {
        this.#options.ring.write(batch, first + i);
      });
  }

  /** Begins to read batches that will be loaded next. */
  prefetch(first: number, count: number): void {
    for (let number = first; number < first + count; number++) {
      if (this.#ahead.has(number)) continue;
      const reading = readRows(this.#source, this.#indices(number), (rows, rowOf) => {
        const { types, rules } = this.#options;
        const columns = Object.fromEntries(Object.keys(types).map((name): [string, Column] => [name, { ...this.#info[name]!, values: rows[name]! }]));
        checkNumbers('data source', columns, types, rules, rowOf);
      });
      // The load of the batch rejects; until then this must not be an unhandled rejection.
      reading.catch(() => undefined);
      this.#ahead.set(number, reading);
    }
  }

  /** Drops what was read ahead: the run continues at another step. */
  restart(): void {
    this.#ahead.clear();
  }

  /** Rows of a batch: the twin of shaders/begin_step.wgsl and shaders/gather_rows.wgsl. */
  #indices(number: number): Uint32Array {
    const { rows } = this.#source;
    const { batch, shuffle, run } = this.#options;
    const perEpoch = Math.ceil(rows / batch);
    const first = (number % perEpoch) * batch;
    const key = threefry(run.key, Math.floor(number / perEpoch), 0);
    return Uint32Array.from({ length: Math.min(batch, rows - first) }, (_, r) => (shuffle ? permuted(first + r, rows, key) : first + r));
  }
}
