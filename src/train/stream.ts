// Training data that is too large for the GPU: batches are read on the CPU, in the order in which the GPU would gather them, and
// written to a ring of slots there. One half of the ring is in use while the other is filled.

import type { AnyDataset, Column } from '../data/columns.ts';
import { requireDivisor } from '../data/dataset.ts';
import { permuted } from '../data/permutation.ts';
import { readRows, sourceOf } from '../data/read_rows.ts';
import { type AnySource, type Batch, type ColumnInfo, infoOf, isSource } from '../data/source.ts';
import { requireFunction, requireInteger, requireObject, show, UsageError } from '../errors.ts';
import { count, LIMITS } from '../limits.ts';
import { threefry } from '../random.ts';
import { sizeOf, type TensorType } from '../shape.ts';
import type { Rules } from './objective.ts';
import type { Run } from './run.ts';
import { checkNumbers } from './tensors.ts';

export interface StreamOptions {
  /** Rows of a full batch. */
  readonly batch: number;
  readonly shuffle: boolean;
  readonly run: Run;
  readonly slots: number;
  /** The tensors of a batch. */
  readonly types: Readonly<Record<string, TensorType>>;
  /** What the targets must be. */
  readonly rules: Rules;
  /** Writes a batch into a slot of the ring on the GPU. */
  write(batch: Batch, slot: number): void;
}

/** Bytes of a half of the ring, about. */
const HALF_BYTES = 16 * 2 ** 20;
const MOST_BATCHES = 64;

/** Batches that the ring holds: twice as many as one submit may use. `rowBytes`: of the widest tensor; `least`: batches of a step. */
export function slotsFor(batch: number, rowBytes: number, maxBufferBytes: number, least: number): number {
  const bytes = batch * rowBytes;
  return 2 * Math.max(least, Math.min(MOST_BATCHES, Math.floor(HALF_BYTES / bytes), Math.floor(maxBufferBytes / bytes / 2)));
}

/** Throws a UsageError for a source that says of itself what cannot be. */
export function requireSource(source: AnySource): void {
  const { read, rows } = source;
  requireFunction('data.train.read', read);
  requireInteger('data.train.rows', rows);
  if (rows > LIMITS.rows) throw new UsageError(`data.train.rows: expected at most ${count(LIMITS.rows)}, got ${count(rows)}`);
  if ('tensors' in source) requireObject('data.train.tensors', source.tensors, 'shapes of the tensors by name');
  else for (const name of ['features', 'targetWidth'] as const) requireInteger(`data.train.${name}`, source[name]);
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
  get most(): number {
    return this.#options.slots / 2;
  }

  /** Reads the batches first .. first+count-1 (counted from the beginning of the run); resolves with what puts them in their slots, of which no step in flight may have one. */
  async read(first: number, count: number): Promise<() => void> {
    this.prefetch(first, count);
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    const batches = await Promise.all(numbers.map((number) => this.#ahead.get(number)!)).finally(() => {
      for (const number of numbers) this.#ahead.delete(number);
    });
    return () =>
      batches.forEach((batch, i) => {
        this.#options.write(batch, (first + i) % this.#options.slots);
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
      // Whoever loads the batch hears of it; until then it must not go unhandled.
      reading.catch(() => undefined);
      this.#ahead.set(number, reading);
    }
  }

  /** Forgets what was read ahead: the run goes on elsewhere. */
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
