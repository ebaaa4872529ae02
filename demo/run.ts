// One run as the page keeps it: what was measured, per column of the heat map, in bounded memory however long it trains.
import type { NonFinite, ValidationRecord } from '../src/inspect/history.ts';
import {
  FIELDS,
  type FindingMessage,
  type FindingsMessage,
  type GpuTimesMessage,
  type JudgementMessage,
  type PreflightMessage,
  type StartedMessage,
  type StepsMessage,
} from './protocol.ts';
import { type Row, rowsOf } from './rows.ts';

/** Columns that are kept. When they are full, neighbors merge and a column stands for twice as many steps. */
const COLUMNS = 480;
/** Steps that an empty map has room for, and how the room grows: 60, 80, 100, then twice that, and so on. Never more than a quarter is empty. */
export const FIRST_SPAN = 60;
const GROWTH = [1, 4 / 3, 5 / 3];
/** log10 of the gradient that the absolute scale puts at 0. */
export const ABSOLUTE_ZERO = -3;
/** Steps that show what the initial values do. */
export const EARLY = 5;
/** Of its size that a layer's weights may have moved before theory is that of the start. */
const MOVED = 0.1;
/** Times the first loss from which on a run went wrong, whatever its gradient. */
const GREW = 10;

/** Where the values of one layer stand in the latest step. */
const DELTA = FIELDS.indexOf('delta');
const UPDATE = FIELDS.indexOf('update');
const DEAD = FIELDS.indexOf('dead');
const SATURATED = FIELDS.indexOf('saturated');

/** A quotient in logarithms. Where there is no gradient at all, 0 over 0 counts as none: it is not a NaN of the network. */
function over(value: number, last: number): number {
  return value === Number.NEGATIVE_INFINITY ? value : value - last;
}

/** Names of layers with feature maps. */
const CONVOLUTION = /(^|\/)conv\w*_\d+$/;

export class Run {
  start: StartedMessage;
  /** What depth is made of, from the input on. The output layer's logits are left out of every picture about it. */
  readonly rows: readonly Row[];
  readonly depth: number;
  /** The last step. */
  step = 0;
  epoch = 0;
  learningRate = 0;
  findings: FindingMessage[] = [];
  /** Titles of the rules that could not judge: without them nothing is called healthy. */
  unchecked: NonNullable<FindingsMessage['unchecked']> = [];
  /** The loss of the best constant answer, once it is known. */
  baselineLoss: number | null;
  nonFinite: NonFinite | undefined;
  /** What can be told of it before its first step. */
  preflight: PreflightMessage | undefined;
  /** How it compares with the run before it, where that is known. */
  judgement: JudgementMessage | undefined;
  /** Evenly apart, and the newest. */
  validations: ValidationRecord[] = [];
  surface: { size: number; values: Float32Array } | null = null;
  confusion: number[][] | null = null;
  gpuTimes: GpuTimesMessage | null = null;
  ended: 'early_stopping' | 'non_finite' | null = null;
  /** Steps per column. */
  per = 1;
  /** Columns with at least one step, and before them those of steps that another visit saw. */
  columns = 0;
  /** Sum of squares of rms delta per column and layer, and the steps in each column. */
  private readonly squares: Float64Array;
  private readonly counts = new Float64Array(COLUMNS);
  /** log10 of rms delta per column and layer: every picture reads it many times. */
  private readonly sizes: Float64Array;
  private readonly losses = new Float64Array(COLUMNS);
  private readonly latest: Float32Array;
  /** rms delta where each block's branch begins, at the latest step; null for a network without blocks. */
  private branches: Float32Array | null = null;
  /** One validation in so many is kept; how many there were. */
  private validateEvery = 1;
  private validationsSeen = 0;
  /** The last step at which every gradient was finite, and what was measured there. */
  finiteStep = 0;
  /** Whether the rules have been asked: before, that nothing was found says nothing. */
  diagnosed = false;
  /** log10 of the first layer's gradient over the last one's, at the first steps: before training moves what the initial values were. */
  private readonly atStart: number[] = [];
  /** The data loss of the first step and of the last. */
  private readonly lossesSeen = { first: Number.NaN, last: Number.NaN };
  /** How far each layer's weights can have moved: the sum of its updates, each over its weights. */
  private readonly moves: Float64Array;
  private readonly finite: Float32Array;

  constructor(start: StartedMessage) {
    this.start = start;
    this.baselineLoss = start.baselineLoss;
    this.rows = rowsOf(start);
    this.depth = this.rows.length;
    this.squares = new Float64Array(COLUMNS * this.depth);
    this.sizes = new Float64Array(COLUMNS * this.depth);
    this.latest = new Float32Array(this.depth * FIELDS.length);
    this.finite = new Float32Array(this.depth * FIELDS.length);
    this.moves = new Float64Array(this.depth);
    this.sizes.fill(Number.NaN);
  }

  /** Whether something is known of a column. */
  has(column: number): boolean {
    return this.counts[column]! > 0;
  }

  /** Goes on after a checkpoint: what was measured behind it is taken back. */
  resume(start: StartedMessage): void {
    this.start = start;
    this.step = start.step;
    this.columns = Math.ceil(start.step / this.per);
    this.squares.fill(0, this.columns * this.depth);
    this.counts.fill(0, this.columns);
    this.losses.fill(0, this.columns);
    this.validations = this.validations.filter((validation) => validation.step <= start.step);
    this.validationsSeen = this.validations.length * this.validateEvery;
    this.nonFinite = undefined;
    this.ended = null;
  }

  /** Takes in a batch of steps. Steps that nobody looked at are passed over: their columns repeat the next one's. */
  add(message: StepsMessage): void {
    const size = this.depth * FIELDS.length;
    const steps = message.loss.length;
    for (let i = 0; i < steps; i++) {
      const step = message.first + i;
      while (Math.floor((step - 1) / this.per) >= COLUMNS) this.merge();
      const column = Math.floor((step - 1) / this.per);
      // Of the steps of an earlier visit nothing is known.
      if (this.step === 0 && this.start.step > 0) this.columns = column;
      for (let c = Math.min(this.columns, column); c <= column; c++) this.put(c, message.layers.subarray(i * size, (i + 1) * size), message.loss[i]!);
      this.columns = column + 1;
      this.step = step;
      this.note(step, message.layers.subarray(i * size, (i + 1) * size), message.loss[i]!);
    }
    if (steps === 0) return;
    this.latest.set(message.layers.subarray((steps - 1) * size, steps * size));
    this.branches = message.branches ?? null;
    for (let i = steps - 1; i >= 0; i--) {
      const row = message.layers.subarray(i * size, (i + 1) * size);
      if (!this.allFinite(row)) continue;
      this.finite.set(row);
      this.finiteStep = message.first + i;
      break;
    }
    this.epoch = message.epoch;
    this.learningRate = message.learningRate[steps - 1]!;
  }

  /** Takes in a validation. When there are as many as columns, every second one goes, and of those to come as many. */
  addValidation(record: ValidationRecord): void {
    // The newest so far was there for being the newest alone.
    if (this.validationsSeen % this.validateEvery !== 0) this.validations.pop();
    this.validationsSeen++;
    this.validations.push(record);
    if (this.validations.length > COLUMNS) {
      this.validations = [...this.validations.filter((_, i) => i % 2 === 1), record];
      this.validateEvery *= 2;
    }
  }

  /** What the words need of a step besides its column. */
  private note(step: number, row: Float32Array, loss: number): void {
    if (Number.isNaN(this.lossesSeen.first)) this.lossesSeen.first = loss;
    this.lossesSeen.last = loss;
    const ratio = this.size(row, 0, 'relative');
    if (step <= EARLY && this.atStart.length < EARLY && !Number.isNaN(ratio)) this.atStart.push(ratio);
    for (let l = 0; l < this.depth; l++) {
      const update = row[l * FIELDS.length + UPDATE]!;
      if (update > 0) this.moves[l]! += update;
    }
  }

  /** The ratio of the first layer's gradient to the last one's as the initial values make it, as log10: the mean over the first steps, or of those that were seen. NaN before there are any. */
  get early(): number {
    return this.atStart.length > 0 ? this.atStart.reduce((sum, value) => sum + value, 0) / this.atStart.length : this.ratio;
  }

  /** The same at the first step alone; NaN where that was not seen. */
  get first(): number {
    return this.atStart[0] ?? Number.NaN;
  }

  /** Whether training may have moved a layer's weights by so much that what theory says of the initial values is no longer theirs. */
  get hasMoved(): boolean {
    return this.start.step > 0 || this.moves.some((move) => move > MOVED);
  }

  /** Whether the loss is many times what it was at the first step. */
  get lossGrew(): { from: number; to: number } | null {
    const { first, last } = this.lossesSeen;
    return Number.isNaN(last) || last > GREW * first ? { from: first, to: last } : null;
  }

  private put(column: number, row: Float32Array, loss: number): void {
    for (let l = 0; l < this.depth; l++) this.squares[column * this.depth + l]! += row[l * FIELDS.length + DELTA]! ** 2;
    this.counts[column]! += 1;
    this.losses[column]! += loss;
    this.measure(column);
  }

  private measure(column: number): void {
    for (let i = column * this.depth; i < (column + 1) * this.depth; i++) this.sizes[i] = Math.log10(this.squares[i]! / this.counts[column]!) / 2;
  }

  private allFinite(row: Float32Array): boolean {
    for (let l = 0; l < this.depth; l++) if (!Number.isFinite(row[l * FIELDS.length + DELTA]!)) return false;
    return true;
  }

  private merge(): void {
    for (let c = 0; c < COLUMNS / 2; c++) {
      for (let l = 0; l < this.depth; l++)
        this.squares[c * this.depth + l] = this.squares[2 * c * this.depth + l]! + this.squares[(2 * c + 1) * this.depth + l]!;
      this.counts[c] = this.counts[2 * c]! + this.counts[2 * c + 1]!;
      this.losses[c] = this.losses[2 * c]! + this.losses[2 * c + 1]!;
      this.measure(c);
    }
    this.squares.fill(0, (COLUMNS / 2) * this.depth);
    this.counts.fill(0, COLUMNS / 2);
    this.losses.fill(0, COLUMNS / 2);
    this.per *= 2;
    this.columns = Math.ceil(this.columns / 2);
  }

  /** Steps that the time axis covers. */
  get span(): number {
    for (let span = FIRST_SPAN; ; span *= 2) for (const factor of GROWTH) if (span * factor >= this.step) return span * factor;
  }

  /** log10 of rms delta of hidden layer `l` (from 0 at the input) in a column; NaN or Infinity where it was. */
  absolute(column: number, l: number): number {
    return this.sizes[column * this.depth + l]!;
  }

  /** The value that colours a cell: relative to the last hidden layer, or with 0 at 1e-3. */
  value(column: number, l: number, scale: 'relative' | 'absolute'): number {
    const value = this.absolute(column, l);
    return scale === 'absolute' ? value - ABSOLUTE_ZERO : over(value, this.absolute(column, this.depth - 1));
  }

  /** The same for the latest step. */
  now(l: number, scale: 'relative' | 'absolute'): number {
    return this.size(this.latest, l, scale);
  }

  /** The same where the branch of a block begins; NaN of what is no block. */
  inBranch(l: number, scale: 'relative' | 'absolute'): number {
    const value = Math.log10(this.branches?.[l] ?? Number.NaN);
    return scale === 'absolute' ? value - ABSOLUTE_ZERO : over(value, Math.log10(this.delta(this.depth - 1)));
  }

  /** What its units are called when they are silent: of a convolution a unit is a channel, over all positions of all images. */
  get deadWords(): 'dead' | 'dead_channels' {
    return this.start.layers.some(({ name }) => CONVOLUTION.test(name)) ? 'dead_channels' : 'dead';
  }

  /** Rows that are blocks, past which the trunk leads. */
  get blocks(): number {
    return this.rows.filter(({ branch }) => branch).length;
  }

  /** The same for the last step that was finite: what can still be trusted of a run that broke. */
  trusted(l: number, scale: 'relative' | 'absolute'): number {
    return this.size(this.finite, l, scale);
  }

  private size(row: Float32Array, l: number, scale: 'relative' | 'absolute'): number {
    const value = Math.log10(row[l * FIELDS.length + DELTA]!);
    return scale === 'absolute' ? value - ABSOLUTE_ZERO : over(value, Math.log10(row[(this.depth - 1) * FIELDS.length + DELTA]!));
  }

  /** rms delta of a layer at the latest step. */
  delta = (l: number): number => this.latest[l * FIELDS.length + DELTA]!;
  /** Size of the update over the size of the weights, at the last finite step: none was made since. */
  update = (l: number): number => this.finite[l * FIELDS.length + UPDATE]!;
  /** Fraction of units that are silent. */
  dead = (l: number): number => this.latest[l * FIELDS.length + DEAD]!;
  /** Fraction of activations in the flat part. */
  saturated = (l: number): number => this.latest[l * FIELDS.length + SATURATED]!;

  /** Mean data loss of a column. */
  loss(column: number): number {
    return this.losses[column]! / this.counts[column]!;
  }

  /** log10 of rms delta at the first layer over that at the last one, over the last columns: calm enough for words. */
  get ratio(): number {
    return this.ratioOf(0);
  }

  /** The same of layer `l`. */
  ratioOf(l: number): number {
    const from = Math.max(0, this.columns - Math.max(1, Math.ceil(10 / this.per)));
    let sum = 0;
    let count = 0;
    for (let c = from; c < this.columns; c++) {
      if (!this.has(c)) continue;
      sum += this.value(c, l, 'relative');
      count++;
    }
    return sum / count;
  }

  /** The same of all layers, the first one first. */
  get ratios(): number[] {
    return Array.from({ length: this.depth }, (_, l) => this.ratioOf(l));
  }
}
