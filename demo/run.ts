// One run as the page keeps it: what was measured, per column of the heat map, in bounded memory however long it trains.
import type { CheckRecord, NonFinite } from '../src/inspect/history.ts';
import { FIELDS, type FindingMessage, type StartedMessage, type StepsMessage } from './protocol.ts';

/** Columns that are kept. When they are full, neighbours merge and a column stands for twice as many steps. */
const COLUMNS = 480;
/** Steps that an empty map has room for. */
const FIRST_SPAN = 240;
/** log10 of the gradient that the absolute scale puts at 0. */
export const ABSOLUTE_ZERO = -3;

/** Where the values of one layer stand in the latest step. */
const DELTA = FIELDS.indexOf('delta');
const UPDATE = FIELDS.indexOf('update');
const DEAD = FIELDS.indexOf('dead');
const SATURATED = FIELDS.indexOf('saturated');

/** A quotient in logarithms. Where there is no gradient at all, 0 over 0 counts as none: it is not a NaN of the network. */
function over(value: number, last: number): number {
  return value === Number.NEGATIVE_INFINITY ? value : value - last;
}

export class Run {
  readonly start: StartedMessage;
  /** Hidden layers: the output layer's logits are left out of every picture about depth. */
  readonly depth: number;
  /** The last step. */
  step = 0;
  epoch = 0;
  rate = 0;
  findings: FindingMessage[] = [];
  nonFinite: NonFinite | undefined;
  checks: CheckRecord[] = [];
  surface: { size: number; values: Float32Array } | null = null;
  confusion: number[][] | null = null;
  ended: 'early_stopping' | 'non_finite' | null = null;
  /** Steps per column. */
  per = 1;
  /** Columns with at least one step. */
  columns = 0;
  /** Sum of squares of rms delta per column and layer, and the steps in each column. */
  private readonly squares: Float64Array;
  private readonly counts = new Float64Array(COLUMNS);
  private readonly losses = new Float64Array(COLUMNS);
  private readonly latest: Float32Array;

  constructor(start: StartedMessage) {
    this.start = start;
    this.depth = start.layers.filter((layer) => layer.role === 'hidden').length;
    this.squares = new Float64Array(COLUMNS * this.depth);
    this.latest = new Float32Array(this.depth * FIELDS.length);
  }

  /** Takes in a batch of steps. */
  add(message: StepsMessage): void {
    const size = this.depth * FIELDS.length;
    for (let i = 0; i < message.loss.length; i++) {
      const step = message.first + i;
      while (Math.floor((step - 1) / this.per) >= COLUMNS) this.merge();
      const column = Math.floor((step - 1) / this.per);
      for (let l = 0; l < this.depth; l++) {
        const delta = message.layers[i * size + l * FIELDS.length + DELTA]!;
        this.squares[column * this.depth + l]! += delta * delta;
      }
      this.counts[column]! += 1;
      this.losses[column]! += message.loss[i]!;
      this.columns = column + 1;
      this.step = step;
    }
    const last = message.loss.length - 1;
    if (last < 0) return;
    this.latest.set(message.layers.subarray(last * size, (last + 1) * size));
    this.epoch = message.epoch;
    this.rate = message.rate[last]!;
  }

  private merge(): void {
    for (let c = 0; c < COLUMNS / 2; c++) {
      for (let l = 0; l < this.depth; l++)
        this.squares[c * this.depth + l] = this.squares[2 * c * this.depth + l]! + this.squares[(2 * c + 1) * this.depth + l]!;
      this.counts[c] = this.counts[2 * c]! + this.counts[2 * c + 1]!;
      this.losses[c] = this.losses[2 * c]! + this.losses[2 * c + 1]!;
    }
    this.squares.fill(0, (COLUMNS / 2) * this.depth);
    this.counts.fill(0, COLUMNS / 2);
    this.losses.fill(0, COLUMNS / 2);
    this.per *= 2;
    this.columns = Math.ceil(this.columns / 2);
  }

  /** Steps that the time axis covers: it doubles when it is full. */
  get span(): number {
    let span = FIRST_SPAN;
    while (span < this.step) span *= 2;
    return span;
  }

  /** log10 of rms delta of hidden layer `l` (from 0 at the input) in a column; NaN or Infinity where it was. */
  absolute(column: number, l: number): number {
    return Math.log10(this.squares[column * this.depth + l]! / this.counts[column]!) / 2;
  }

  /** The value that colours a cell: relative to the last hidden layer, or with 0 at 1e-3. */
  value(column: number, l: number, scale: 'relative' | 'absolute'): number {
    const value = this.absolute(column, l);
    return scale === 'absolute' ? value - ABSOLUTE_ZERO : over(value, this.absolute(column, this.depth - 1));
  }

  /** The same for the latest step. */
  now(l: number, scale: 'relative' | 'absolute'): number {
    const value = Math.log10(this.field(l, DELTA));
    return scale === 'absolute' ? value - ABSOLUTE_ZERO : over(value, Math.log10(this.field(this.depth - 1, DELTA)));
  }

  /** rms delta of a layer at the latest step. */
  delta = (l: number): number => this.field(l, DELTA);
  /** Size of the update over the size of the weights. */
  update = (l: number): number => this.field(l, UPDATE);
  /** Share of units that are silent. */
  dead = (l: number): number => this.field(l, DEAD);
  /** Share of activations in the flat part. */
  saturated = (l: number): number => this.field(l, SATURATED);

  private field(l: number, field: number): number {
    return this.latest[l * FIELDS.length + field]!;
  }

  /** Mean data loss of a column. */
  loss(column: number): number {
    return this.losses[column]! / this.counts[column]!;
  }

  /** log10 of rms delta at the first layer over that at the last one, over the last columns: calm enough for words. */
  get ratio(): number {
    const from = Math.max(0, this.columns - Math.max(1, Math.ceil(10 / this.per)));
    let sum = 0;
    for (let c = from; c < this.columns; c++) sum += this.value(c, 0, 'relative');
    return sum / (this.columns - from);
  }
}
