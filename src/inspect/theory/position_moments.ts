// Moments of images through what joins positions: weights that see several, and means over windows.
import { gather, type PositionMap } from '../../ops/position_map.ts';
import type { Moments, Pairs } from './moments.ts';

/** Products of two positions after independent weights: the same tap on both sides. */
function gatherSameTap({ inputs, outputs, taps, inputOf }: PositionMap, products: Float64Array): Float64Array {
  const result = new Float64Array(outputs * outputs);
  for (let p = 0; p < outputs; p++)
    for (let r = 0; r <= p; r++) {
      let sum = 0;
      for (let k = 0; k < taps; k++) {
        const [i, j] = [inputOf[p * taps + k]!, inputOf[r * taps + k]!];
        if (i >= 0 && j >= 0) sum += products[i * inputs + j]!;
      }
      result[p * outputs + r] = sum;
      result[r * outputs + p] = sum;
    }
  return result;
}

/** Products of two positions after sums over windows: every tap with every tap. */
function gatherAllTaps({ inputs, outputs, taps, inputOf }: PositionMap, products: Float64Array): Float64Array {
  // One side at a time.
  const half = new Float64Array(outputs * inputs);
  for (let p = 0; p < outputs; p++)
    for (let k = 0; k < taps; k++) {
      const i = inputOf[p * taps + k]!;
      if (i >= 0) for (let j = 0; j < inputs; j++) half[p * inputs + j] = half[p * inputs + j]! + products[i * inputs + j]!;
    }
  const result = new Float64Array(outputs * outputs);
  for (let p = 0; p < outputs; p++)
    for (let r = 0; r < outputs; r++)
      for (let k = 0; k < taps; k++) {
        const j = inputOf[r * taps + k]!;
        if (j >= 0) result[p * outputs + r] = result[p * outputs + r]! + half[p * inputs + j]!;
      }
  return result;
}

const bothPairs = (pairs: Pairs | undefined, change: (products: Float64Array) => Float64Array): { pairs?: Pairs } =>
  pairs ? { pairs: { same: change(pairs.same), other: change(pairs.other) } } : {};

/** Moments after weights of mean zero: `gain` times the sums over the taps, plus the variance of a bias. */
export function weighed(map: PositionMap, at: Moments, gain: number, sb2: number, ceiling: number): Moments {
  const through = (values: Float64Array): Float64Array => values.map((value) => Math.min(ceiling, gain * value + sb2));
  return {
    mean: new Float64Array(map.outputs),
    square: through(gather(map, at.square)),
    cross: through(gather(map, at.cross)),
    ...bothPairs(at.pairs, (products) => through(gatherSameTap(map, products))),
    ...(at.unknown === undefined ? {} : { unknown: at.unknown }),
  };
}

/** Moments of means over windows, each divided by its own count; undefined where the products of positions are not known. */
export function averaged(map: PositionMap, at: Moments, counts: Float64Array): Moments | undefined {
  if (!at.pairs) return undefined;
  const divided = (products: Float64Array): Float64Array =>
    products.map((value, index) => value / (counts[Math.floor(index / map.outputs)]! * counts[index % map.outputs]!));
  const pairs = { same: divided(gatherAllTaps(map, at.pairs.same)), other: divided(gatherAllTaps(map, at.pairs.other)) };
  const diagonal = (products: Float64Array): Float64Array => Float64Array.from({ length: map.outputs }, (_, p) => products[p * map.outputs + p]!);
  return { mean: gather(map, at.mean).map((sum, p) => sum / counts[p]!), square: diagonal(pairs.same), cross: diagonal(pairs.other), pairs };
}
