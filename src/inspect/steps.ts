// The steps of a run in columns, so that a run without end fits in memory: the numbers of every step stay, statistics of layers are thinned.
import type { History, LayerRecord, NormKind, StepRecord, TensorKind, TensorStats } from './history.ts';
import { NORM_KINDS, TENSOR_KINDS } from './history.ts';
import { pack, type Seen, unpack } from './packed.ts';
import type { LayerMetricName } from './probe_index.ts';

/** How much is kept of the layers; everything by default. Whatever it is, findings are the same. */
export interface Retention {
  /** Steps with full statistics, beyond which they are thinned evenly. */
  sampled?: number;
  /** Steps with L2 norms alone. */
  norms?: number;
  /** Bytes of the one, beyond which they are thinned as well; half of them for the other. */
  bytes?: number;
}

/** A step that probes sampled: one with figures of layers. */
export type SampledStep = StepRecord & Required<Pick<StepRecord, 'layers'>>;

/** What a sampled step may show of a place. */
export type SampledMetric = TensorKind | 'updateToWeight' | LayerMetricName;

/** Sampled steps that the verdict on a layer rests on: the last ones, which always stay. */
export const WINDOW = 5;

/** What a trainer keeps. */
export const RETENTION: Retention = { sampled: 2000, norms: 10_000, bytes: 2 ** 25 };

const COLUMNS = ['step', 'epoch', 'loss', 'regularizationLoss', 'gradientNorm', 'learningRate'] as const;
/** The bit of `epoch`, which many steps lack. */
const EPOCH = 1 << 1;
/** The column behind them, of `updateRatio`. */
const RATIO = COLUMNS.length;

/** A step's numbers that the log of another framework may lack. */
export type OptionalColumn = Exclude<(typeof COLUMNS)[number], 'step' | 'loss'>;

/**
 * The steps of a run, a read-only list in their order: `steps.length`, `steps.at(-1)`, `for (const { step, loss, layers } of steps)`, `[...steps]`.
 * The numbers of every step stay. Of the statistics of layers those of the first step, the last five and the worst stay, and the last with histograms; of the others
 * all up to 2,000, then every 2nd, 10th, 50th, 100th and so on. Where they were dropped, a record has no `layers`.
 */
export class Steps implements Iterable<StepRecord> {
  #length = 0;
  #columns = [...COLUMNS, RATIO].map(() => new Float64Array(0));
  /** A bit for each of COLUMNS that a step does not have. NaN says that it is there, and not finite. */
  #absent = new Uint8Array(0);
  #anyAbsent = false;
  readonly #sampled: Thinned;
  readonly #norms: Thinned;
  /** @internal Another number after every change. */
  revision = 0;
  /** @internal Tensors whose norms alone were taken in any step. */
  readonly norms = new Set<NormKind>();
  #digest = noDigest();

  constructor(records: Iterable<StepRecord> = [], { sampled = Infinity, norms = Infinity, bytes = Infinity }: Retention = {}) {
    this.#sampled = new Thinned(sampled, bytes, false);
    this.#norms = new Thinned(norms, bytes / 2, true);
    for (const record of records) this.push(record);
  }

  /** How many steps there are. */
  get length(): number {
    return this.#length;
  }

  /** The steps' numbers. This and the other columns are views, which later steps do not lengthen. */
  get numbers(): Float64Array {
    return this.#column(0);
  }

  /** Data loss of every step. */
  get loss(): Float64Array {
    return this.#column(2);
  }

  /** L1 and L2 penalties of every step. */
  get regularizationLoss(): Float64Array {
    return this.#column(3);
  }

  /** Global norm of the gradient at every step. */
  get gradientNorm(): Float64Array {
    return this.#column(4);
  }

  /** Learning rate of every step. */
  get learningRate(): Float64Array {
    return this.#column(5);
  }

  /** @internal |update| / |weight| of the middle layer at every step; NaN where half of the layers or more show none. */
  get updateRatio(): Float64Array {
    return this.#column(RATIO);
  }

  /** @internal Whether a step, by its position, has this number: a log need not. */
  has(index: number, name: OptionalColumn): boolean {
    return (this.#absent[index]! & (1 << COLUMNS.indexOf(name))) === 0;
  }

  /** @internal Whether any step has this number. */
  knows(name: OptionalColumn): boolean {
    if (!this.#anyAbsent) return true;
    for (let i = 0; i < this.#length; i++) if (this.has(i, name)) return true;
    return this.#length === 0;
  }

  /** Bytes that the columns and the statistics take. */
  get bytes(): number {
    const rows = [...this.#sampled.rows.values(), ...this.#norms.rows.values()].map(({ row }) => row);
    return [...this.#columns, ...rows].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** @internal What is known of all sampled steps, kept or not. */
  get digest(): Digest {
    return this.#digest;
  }

  /** @internal The first sampled step that shows a NaN or an infinity. */
  get nonFiniteSample(): SampledStep | undefined {
    return this.at(this.#sampled.marks.nonFinite ?? Number.NaN) as SampledStep | undefined;
  }

  /**
   * The record at a position from 0, or from the end as in `Array.at`.
   *
   * @param index - From 0; negative from the end.
   * @returns The record; undefined where there is none.
   * @example
   * console.log(history.steps.at(-1)?.loss);
   */
  at(index: number): StepRecord | undefined {
    const i = index < 0 ? this.#length + index : index;
    if (!(i in this.numbers)) return undefined;
    const record = this.#seen(i) as StepRecord;
    COLUMNS.forEach((name, c) => {
      if (!(this.#absent[i]! & (1 << c))) record[name] = this.#columns[c]![i]!;
    });
    return record;
  }

  /**
   * The record of the step with this number.
   *
   * @param step - The number of the step, from 1.
   * @returns The record; undefined where it is not there.
   * @example
   * const hundredth = history.steps.find(100);
   */
  find(step: number): StepRecord | undefined {
    const i = this.numbers.indexOf(step);
    return i < 0 ? undefined : this.at(i);
  }

  /**
   * Goes through the records in order.
   *
   * @returns An iterator over the records.
   */
  *[Symbol.iterator](): Iterator<StepRecord> {
    for (let i = 0; i < this.#length; i++) yield this.at(i)!;
  }

  /**
   * Makes a list with one thing for each record.
   *
   * @param work - From the record and its position.
   * @returns What `work` returned, in order.
   * @example
   * const rates = history.steps.map(({ learningRate }) => learningRate);
   */
  map<Result>(work: (record: StepRecord, index: number) => Result): Result[] {
    return Array.from(this, work);
  }

  /**
   * The records whose full statistics are kept: `const [first] = steps.sampled()`.
   *
   * @returns The records, in order.
   */
  *sampled(): Generator<SampledStep> {
    for (const i of this.#sampled.indexes) yield this.at(i) as SampledStep;
  }

  /**
   * The last record whose full statistics are kept, of those for which the function is true.
   *
   * @param predicate - Which records to consider; all by default.
   * @returns The last of them; undefined where there is none.
   * @example
   * const last = history.steps.findSampled();
   */
  findSampled(predicate: (sampled: SampledStep) => boolean = () => true): SampledStep | undefined {
    for (const i of this.#sampled.indexes.reverse()) {
      const sampled = this.at(i) as SampledStep;
      if (predicate(sampled)) return sampled;
    }
    return undefined;
  }

  /**
   * Appends records.
   *
   * @param records - In order, after those that are there.
   * @example
   * history.steps.push({ step: 1, loss: 0.7, regularizationLoss: 0, gradientNorm: 1, learningRate: 0.1 });
   */
  push(...records: readonly StepRecord[]): void {
    for (const record of records) {
      const i = this.#length++;
      this.revision++;
      if (i === this.#columns[0]!.length) {
        const length = Math.ceil(256 + i * 1.25);
        this.#columns = this.#columns.map((old) => {
          const column = new Float64Array(length);
          column.set(old);
          return column;
        });
        const absent = new Uint8Array(length);
        absent.set(this.#absent);
        this.#absent = absent;
      }
      this.#absent[i] = 0;
      for (let c = 0; c < COLUMNS.length; c++) {
        const value = record[COLUMNS[c]!];
        this.#columns[c]![i] = value ?? Number.NaN;
        if (value === undefined) this.#absent[i]! |= 1 << c;
      }
      if (this.#absent[i]! & ~EPOCH) this.#anyAbsent = true;
      this.#columns[RATIO]![i] = middleRatio(record);
      if (!record.layers) continue;
      const places = [...record.layers, ...(record.joins ?? [])];
      if (places.some(({ norms }) => norms)) {
        for (const kind of NORM_KINDS) if (places.some(({ norms }) => norms?.[kind] !== undefined)) this.norms.add(kind);
        this.#norms.add(i, record);
      }
      if (!places.some(isSampled)) continue;
      this.#judge(record as SampledStep, i);
      this.#sampled.add(i, record);
    }
  }

  /**
   * Takes back the steps after this one.
   *
   * @param step - The last step that stays.
   * @example
   * history.steps.cut(100);
   */
  cut(step: number): void {
    const after = this.numbers.findIndex((number) => number > step);
    if (after < 0) return;
    this.#length = after;
    this.revision++;
    this.#sampled.cut(after);
    this.#norms.cut(after);
    this.#digest = noDigest();
    for (const i of this.#sampled.indexes) this.#judge(this.at(i) as SampledStep, i);
  }

  /**
   * A list of records.
   *
   * @returns The records as plain data, for `JSON.stringify`.
   */
  toJSON(): StepRecord[] {
    return [...this];
  }

  /** Takes note of a sampled step, and of what must stay. */
  #judge(sampled: SampledStep, i: number): void {
    const { marks } = this.#sampled;
    const { figures, peaks } = this.#digest;
    // A NaN is worse than any number; one that was not logged is none.
    const norm = Number.isNaN(sampled.gradientNorm) ? Infinity : (sampled.gradientNorm ?? 0);
    if (norm > this.#digest.worst) {
      this.#digest.worst = norm;
      marks.worst = i;
    }
    [...sampled.layers, ...(sampled.joins ?? [])].forEach(({ tensors, ...rest }, at) => {
      for (const figure in rest) figures.add(figure);
      for (const kind of TENSOR_KINDS) {
        const stats = tensors[kind];
        if (!stats) continue;
        figures.add(kind);
        const { nanCount, infCount, histogram } = stats;
        const absMean = meanSize(stats);
        if (nanCount + infCount > 0) marks.nonFinite ??= i;
        else if (kind === 'weight_gradient' && absMean > (peaks[at] ?? 0)) peaks[at] = absMean;
        if (histogram) marks.histogram = i;
      }
    });
  }

  /** What is kept of the layers at a position: the objects that came, or new ones. */
  #seen(i: number): Seen {
    const [sampled, norms] = [this.#sampled.get(i), this.#norms.get(i)];
    if (!sampled || !norms) return { ...sampled, ...norms };
    const both = (own: LayerRecord[] = [], other: LayerRecord[] = []): LayerRecord[] => own.map((record, at) => ({ ...other[at], ...record }));
    return { layers: both(sampled.layers, norms.layers), ...(sampled.joins ? { joins: both(sampled.joins, norms.joins) } : {}) };
  }

  #column(c: number): Float64Array {
    return this.#columns[c]!.subarray(0, this.#length);
  }
}

interface Digest {
  /** All that any sampled step showed. */
  readonly figures: Set<string>;
  /** The largest mean |weight gradient| of each layer in a sampled step where it was finite; absent where there is none. */
  readonly peaks: number[];
  /** The largest gradient norm of a sampled step. */
  worst: number;
}

const noDigest = (): Digest => ({ figures: new Set(), peaks: [], worst: -1 });

/** NaN is sorted to the end. */
const middleRatio = ({ layers = [] }: StepRecord): number =>
  Float64Array.from(layers, ({ updateToWeight }) => updateToWeight?.l2 ?? Number.NaN).sort()[layers.length >> 1] ?? Number.NaN;

/** The mean of |x|; where a log does not say it the smallest number that it is not above: rms, else the L2 norm. NaN where it has none of them. */
export const meanSize = ({ absMean, rms, l2 }: Pick<TensorStats, 'absMean' | 'rms' | 'l2'>): number =>
  Number.isNaN(absMean) ? (Number.isNaN(rms) ? l2 : rms) : absMean;

/** Whether there is more to a place than norms. */
const isSampled = ({ tensors, norms: _, ...rest }: LayerRecord): boolean => Object.keys(tensors).length + Object.keys(rest).length > 0;

/** Statistics of which nothing is known. */
export const UNKNOWN: Readonly<TensorStats> = {
  count: Number.NaN,
  l2: Number.NaN,
  rms: Number.NaN,
  mean: Number.NaN,
  std: Number.NaN,
  min: Number.NaN,
  max: Number.NaN,
  absMean: Number.NaN,
  zeroFraction: Number.NaN,
  nanCount: 0,
  infCount: 0,
};

/** Removes the steps after this one from a history. */
export function cutHistory(history: Pick<History, 'steps' | 'validations'>, step: number): void {
  history.steps.cut(step);
  history.validations = history.validations.filter((record) => record.step <= step);
}

/** Rows that may be there for a time beyond those that stay: so it takes no pass over all rows for each. */
const SPARE = 20;

/** Rows of what some steps showed, thinned evenly once there are too many. The first stays, the last five, and those that are marked. */
class Thinned {
  /** By position in the steps; `number` counts rows from 1. */
  readonly rows = new Map<number, { number: number; row: Float64Array }>();
  /** Positions of rows that stay. */
  marks: Record<string, number> = {};
  readonly #max: number;
  readonly #mostBytes: number;
  readonly #norms: boolean;
  #count = 0;
  /** One of this many rows is kept. */
  #stride = 1;
  /** The newest, as they came: most are never packed. */
  #latest: { index: number; number: number; seen: Seen }[] = [];

  constructor(max: number, mostBytes: number, norms: boolean) {
    this.#max = max;
    this.#mostBytes = mostBytes;
    this.#norms = norms;
  }

  /** Positions that have a row, ascending. */
  get indexes(): number[] {
    return [...this.rows.keys(), ...this.#latest.map(({ index }) => index)];
  }

  get(index: number): Seen | undefined {
    const kept = this.rows.get(index);
    return kept ? unpack(kept.row, this.#norms) : this.#latest.find((latest) => latest.index === index)?.seen;
  }

  add(index: number, { layers, joins }: Seen): void {
    this.#latest.push({ index, number: ++this.#count, seen: { ...(layers && { layers }), ...(joins && { joins }) } });
    if (this.#latest.length <= WINDOW) return;
    const old = this.#latest.shift()!;
    if (!this.#stays(old)) return;
    const row = pack(old.seen, this.#norms);
    this.rows.set(old.index, { number: old.number, row });
    const max = Math.min(this.#max, this.#mostBytes / row.byteLength);
    // 2, 10, 50, 100, 200: every 50th stays, whatever came before.
    while (this.#count / this.#stride > max && this.#stride < this.#count) this.#stride *= this.#stride === 2 || this.#stride === 10 ? 5 : 2;
    // What was the worst for a while is among them, so a few more are let be.
    if (this.rows.size < this.#count / this.#stride + SPARE) return;
    for (const [at, { number }] of this.rows) if (!this.#stays({ index: at, number })) this.rows.delete(at);
  }

  /** Drops the rows from a position on. */
  cut(after: number): void {
    this.#latest = this.#latest.filter(({ index }) => index < after);
    for (const index of this.rows.keys()) if (index >= after) this.rows.delete(index);
    this.marks = {};
  }

  #stays({ index, number }: { index: number; number: number }): boolean {
    return number % this.#stride === 0 || number === 1 || Object.values(this.marks).includes(index);
  }
}
