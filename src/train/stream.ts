// Training data that is too large for the GPU: batches are read on the CPU, in the order in which the GPU would gather them, and
// written to a ring of slots there. One half of the ring is in use while the other is filled.
import { permuted } from '../data/permutation.ts';
import { type BatchSource, type CheckTargets, divisorOf, readRows, type SourceBatch } from '../data/source.ts';
import { slotWords } from '../ops/batches.ts';
import { type Key, threefry } from '../random.ts';

export interface StreamOptions {
  /** Rows of a full batch. */
  readonly batch: number;
  readonly shuffle: boolean;
  /** The run's key, as in its state on the GPU. */
  readonly key: Key;
  readonly slots: number;
  /** Whether the targets of a batch fit the loss. */
  readonly checkTargets: CheckTargets;
}

/** Writes rows into a buffer on the GPU; offset in bytes. */
type WriteRows = (name: 'data/x' | 'data/y', data: Float32Array | Uint8Array, offset: number) => void;

/** Bytes of a half of the ring, about. */
const HALF_BYTES = 16 * 2 ** 20;
const MOST_BATCHES = 64;

/** Batches that the ring holds: twice as many as one submit may use. `rowBytes`: of the wider of inputs and targets; `least`: batches of a step. */
export function slotsFor(batch: number, rowBytes: number, maxBufferBytes: number, least: number): number {
  const bytes = batch * rowBytes;
  return 2 * Math.max(least, Math.min(MOST_BATCHES, Math.floor(HALF_BYTES / bytes), Math.floor(maxBufferBytes / bytes / 2)));
}

export class Stream {
  readonly #source: BatchSource;
  readonly #options: StreamOptions;
  readonly #write: WriteRows;
  #key: Key;
  /** Batches that were asked for before they are needed, by their number in the run. */
  readonly #ahead = new Map<number, Promise<SourceBatch>>();

  constructor(source: BatchSource, options: StreamOptions, write: WriteRows) {
    this.#source = source;
    this.#options = options;
    this.#write = write;
    this.#key = options.key;
  }

  /** The most batches that one submit may use. */
  get most(): number {
    return this.#options.slots / 2;
  }

  /** Puts the batches first .. first+count-1 (counted from the beginning of the run) in their slots. No step that is still in flight may use them. */
  async load(first: number, count: number): Promise<void> {
    this.prefetch(first, count);
    const numbers = Array.from({ length: count }, (_, i) => first + i);
    const batches = await Promise.all(numbers.map((number) => this.#ahead.get(number)!)).finally(() => {
      for (const number of numbers) this.#ahead.delete(number);
    });
    const { slots, batch } = this.#options;
    const { features, targetWidth } = this.#source;
    batches.forEach(({ x, y }, i) => {
      const slot = (first + i) % slots;
      this.#write('data/x', x, slot * slotWords(batch, features, divisorOf(this.#source) === undefined ? 'f32' : 'u8') * 4);
      this.#write('data/y', y, slot * slotWords(batch, targetWidth, 'f32') * 4);
    });
  }

  /** Begins to read batches that will be loaded next. */
  prefetch(first: number, count: number): void {
    for (let number = first; number < first + count; number++) {
      if (this.#ahead.has(number)) continue;
      const reading = readRows(this.#source, this.#indices(number), this.#options.checkTargets);
      // Whoever loads the batch hears of it; until then it must not go unhandled.
      reading.catch(() => undefined);
      this.#ahead.set(number, reading);
    }
  }

  /** Goes on with another run's order. */
  restore(key: Key): void {
    this.#key = key;
    this.#ahead.clear();
  }

  /** Rows of a batch: the twin of shaders/begin_step.wgsl and shaders/gather_rows.wgsl. */
  #indices(number: number): Uint32Array {
    const { rows } = this.#source;
    const { batch, shuffle } = this.#options;
    const perEpoch = Math.ceil(rows / batch);
    const first = (number % perEpoch) * batch;
    const key = threefry(this.#key, Math.floor(number / perEpoch), 0);
    return Uint32Array.from({ length: Math.min(batch, rows - first) }, (_, r) => (shuffle ? permuted(first + r, rows, key) : first + r));
  }
}
