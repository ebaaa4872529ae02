// The walk through the layers by look-ups: what arrives at each with another gain, and which gain makes a factor. No quadrature, no engine: 0.1 ms a trial.
import { type HandMessage, placeOf } from '../protocol.ts';
import { RANGES, type Settings } from '../settings.ts';

/** What decides the product, of the settings. */
export type Turned = Pick<Settings, 'depth' | 'width' | 'gain' | 'shortcuts' | 'dropout' | 'batchNorm'>;

/** The tables in logarithms, as moments are powers of q at its ends: a walk through plain layers then adds and looks up, and nothing else. */
interface Logs {
  square: Float64Array;
  slope: Float64Array;
  fourth: Float64Array;
}
const logs = new WeakMap<HandMessage, Logs>();
function logsOf(hand: HandMessage): Logs {
  let known = logs.get(hand);
  if (!known) {
    const of = (table: Float32Array): Float64Array => Float64Array.from(table, (value) => Math.max(-60, Math.log10(value)));
    known = { square: of(hand.square), slope: of(hand.slope), fourth: of(hand.fourth) };
    logs.set(hand, known);
  }
  return known;
}

/** A value between two points of a table, at log10 of q. */
function at(table: Float64Array | Float32Array, q: number): number {
  const place = placeOf(q);
  const i = Math.floor(place);
  return table[i]! + (table[i + 1]! - table[i]!) * (place - i);
}

/** The activation's slope at log10 of the mean square of its input: the root of E[φ′²]. */
export const slopeAt = (hand: HandMessage, q: number): number => 10 ** (at(logsOf(hand).slope, q) / 2);

/** log10 of a mean square within the tables. */
const inside = (q: number): number => Math.max(-12, Math.min(8, q));

/** What a gain makes of a network. */
export interface Walk {
  /** log10 of rms δ of each layer over that of the last one, from layer 1 on. */
  delta: number[];
  /** log10 of the mean square of each layer's sums. */
  q: number[];
  /** log10 of what arrives at layer 1. */
  total: number;
  /** The geometric mean of the layers' factors, and what of it is the activation's slope. */
  factor: number;
  slope: number;
}

/** Walks forwards for the sizes, then backwards for the gradient (Poole 2016, Schoenholz 2017; src/inspect/theory has the same with quadrature). */
export function walk(hand: HandMessage, { depth, shortcuts, dropout }: Turned, gain: number): Walk {
  const { square, slope } = logsOf(hand);
  const weights = gain * gain * hand.hidden;
  const keep = 1 - dropout;
  const scale = shortcuts === 'scaled' ? 1 / (depth - 1) : 1;
  /** What a layer multiplies a square by besides the activation, as log10. */
  const step = Math.log10(weights / keep);
  const q = [inside(Math.log10(gain * gain * hand.first * hand.input))];
  const delta = new Array<number>(depth).fill(0);
  if (shortcuts === 'none') {
    for (let l = 1; l < depth; l++) q.push(inside(step + at(square, q[l - 1]!)));
    for (let l = depth - 2; l >= 0; l--) delta[l] = delta[l + 1]! + (step + at(slope, q[l]!)) / 2;
  } else {
    // The trunk's mean square grows by each branch's, and by what both have of a mean.
    let trunk = 10 ** at(square, q[0]!) / keep;
    let mean = at(hand.mean, q[0]!);
    for (let l = 1; l < depth; l++) {
      q.push(inside(Math.log10(weights * trunk)));
      const added = at(hand.mean, q[l]!);
      trunk += (scale * 10 ** at(square, q[l]!)) / keep + 2 * Math.sqrt(scale) * mean * added;
      mean += Math.sqrt(scale) * added;
    }
    const block = (l: number): number => Math.log10(1 + scale * 10 ** (step + at(slope, q[l]!))) / 2;
    for (let l = depth - 2; l >= 1; l--) delta[l] = delta[l + 1]! + block(l + 1);
    delta[0] = delta[1]! + block(1) + (at(slope, q[0]!) - Math.log10(keep)) / 2;
  }
  const total = delta[0]!;
  const factor = 10 ** (total / (depth - 1));
  return { delta, q, total, factor, slope: factor / 10 ** (step / 2) };
}

/** Of how far a line bends, from which on its one factor is said to be a mean: decades, and part of the whole. */
const BEND = { decades: 0.1, part: 0.05 };

/** Between what the factors of a line's layers lie, and whether it bends so that one sees it; log10 of each layer's gradient over the last one's. */
export function bendOf(delta: ArrayLike<number>): { least: number; most: number; bent: boolean } {
  const n = delta.length - 1;
  const total = delta[0]!;
  let [least, most, apart] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let l = 0; l < n; l++) {
    const step = delta[l]! - delta[l + 1]!;
    [least, most] = [Math.min(least, step), Math.max(most, step)];
    apart = Math.max(apart, Math.abs(delta[l]! - (total * (n - l)) / n));
  }
  return { least: 10 ** least, most: 10 ** most, bent: apart > Math.max(BEND.decades, BEND.part * Math.abs(total)) };
}

/** The factors between which the gain can turn, and the gain at the upper one. */
export interface Reach {
  low: number;
  high: number;
  gain: number;
}

/** How far the gain reaches, and the factors there: up to the gain from which more makes the gradient no larger. */
export function reachOf(hand: HandMessage, turned: Turned): Reach {
  const { min, max } = RANGES.gain;
  let best = { total: Number.NEGATIVE_INFINITY, gain: max };
  for (let i = 0; i <= 40; i++) {
    const gain = min * (max / min) ** (i / 40);
    const { total } = walk(hand, turned, gain);
    if (total > best.total) best = { total, gain };
  }
  return { low: walk(hand, turned, min).factor, high: walk(hand, turned, best.gain).factor, gain: best.gain };
}

/** The gain at which all layers together make this factor per layer; the end of the range where there is none. */
export function gainFor(hand: HandMessage, turned: Turned, factor: number, most = RANGES.gain.max): number {
  const wanted = Math.log10(factor) * (turned.depth - 1);
  let [low, high] = [Math.log(RANGES.gain.min), Math.log(most)];
  for (let i = 0; i < 28; i++) {
    const middle = (low + high) / 2;
    if (walk(hand, turned, Math.exp(middle)).total < wanted) low = middle;
    else high = middle;
  }
  return Number(Math.exp((low + high) / 2).toFixed(4));
}

/** Where two networks in three of this width are, around what infinite width has: log10, per layer (Hanin and Nica 2018). */
export function bandOf(hand: HandMessage, { width, shortcuts }: Turned, { delta, q }: Walk): { low: number[]; high: number[] } | null {
  if (shortcuts !== 'none') return null;
  const middle = q[Math.floor(q.length / 2)]!;
  const { fourth, slope } = logsOf(hand);
  const kappa = 10 ** (at(fourth, middle) - 2 * at(slope, middle));
  const edge = (side: number) => (value: number, l: number) => {
    const beta = ((delta.length - 1 - l) * (1 + kappa)) / width;
    return value - 0.109 * beta + side * 0.217 * Math.sqrt(beta);
  };
  return { low: delta.map(edge(-1)), high: delta.map(edge(1)) };
}
