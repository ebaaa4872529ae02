// What pools make of moments.
import { normalCdf } from '../../ops/normal.ts';
import { isPartition, type PositionMap } from '../../ops/position_map.ts';
import { gaussianFor, LINEAR } from './mean_field.ts';
import { everywhere, type Moments, unknownMoments } from './moments.ts';
import { averaged } from './position_moments.ts';
import { mean, type Nonlinearity } from './quadrature.ts';

/** Means over windows: their square needs what the positions of a window have in common. */
export function averagePooled(map: PositionMap, at: Moments, counts: Float64Array, name: string): Moments {
  return (at.unknown === undefined ? averaged(map, at, counts) : undefined) ?? unknownMoments(at.unknown ?? name, map.outputs);
}

/** Moments behind a maximum, and the way back; undefined where it is not known. */
interface MaxPooled {
  readonly after: Moments;
  readonly back?: (above: Float64Array) => Float64Array;
}

/**
 * The largest of each window, behind an activation that grows with its input. Known are windows whose positions have nothing in common: directly behind the first
 * convolution of independent pixels. Elsewhere the share of the gradient that comes through m positions and ReLU lies between 1/2 (positions alike) and 1 - 2^-m
 * (independent), the mean square between once and 3.088 times (m = 4), and nothing is said.
 */
export function maxPooled(map: PositionMap, at: Moments, name: string): MaxPooled {
  const { square, phi } = at.before ?? { square: at.square, phi: LINEAR };
  if (at.unknown !== undefined || !isPartition(map) || !haveNothingInCommon(map, at)) return { after: unknownMoments(at.unknown ?? name, map.outputs) };
  const after = { mean: everywhere(0, map.outputs), square: everywhere(0, map.outputs) };
  const share = new Float64Array(map.inputs);
  const known = new Map<string, Largest>();
  for (let p = 0; p < map.outputs; p++) {
    const window = [...map.inputOf.subarray(p * map.taps, (p + 1) * map.taps)].filter((i) => i >= 0);
    for (const i of window) {
      // All windows away from the border are alike.
      const others = window.filter((j) => j !== i).map((j) => square[j]!);
      const key = [square[i], ...others].join();
      const largest = known.get(key) ?? largestOf(phi, square[i]!, others);
      known.set(key, largest);
      after.mean[p] = after.mean[p]! + largest.mean;
      after.square[p] = after.square[p]! + largest.square;
      share[i] = largest.share;
    }
  }
  const back = (above: Float64Array): Float64Array => {
    const result = new Float64Array(map.inputs);
    map.inputOf.forEach((i, tap) => {
      if (i >= 0) result[i] = share[i]! * above[Math.floor(tap / map.taps)]!;
    });
    return result;
  };
  return { after: { ...after, cross: everywhere(Number.NaN, map.outputs) }, back };
}

/** Of one position of a window, where it is the largest: what it adds to the moments, and the gradient that comes through it, over what its activation lets through. */
interface Largest {
  readonly mean: number;
  readonly square: number;
  readonly share: number;
}

function largestOf(phi: Nonlinearity, q: number, others: readonly number[]): Largest {
  const scale = Math.sqrt(q);
  const measure = gaussianFor(phi, q);
  const probability = (z: number): number => others.reduce((all, other) => all * normalCdf((scale * z) / Math.sqrt(other)), 1);
  const weighed = { ...measure, weights: measure.weights.map((weight, i) => weight * probability(measure.nodes[i]!)) };
  const passed = (z: number): number => phi.derivative(scale * z) ** 2;
  return {
    mean: mean(weighed, (z) => phi.value(scale * z)),
    square: mean(weighed, (z) => phi.value(scale * z) ** 2),
    share: mean(weighed, passed) / mean(measure, passed),
  };
}

/** Correlations below this are none. */
const NONE = 1e-9;

/** Whether in no window two positions have anything in common but their means. */
function haveNothingInCommon({ inputs, outputs, taps, inputOf }: PositionMap, { pairs, mean: centre, square }: Moments): boolean {
  if (!pairs) return false;
  for (let p = 0; p < outputs; p++)
    for (let k = 0; k < taps; k++)
      for (let l = 0; l < k; l++) {
        const [i, j] = [inputOf[p * taps + k]!, inputOf[p * taps + l]!];
        if (i < 0 || j < 0) continue;
        const common = pairs.same[i * inputs + j]! - centre[i]! * centre[j]!;
        if (!(Math.abs(common) <= NONE * Math.sqrt(square[i]! * square[j]!))) return false;
      }
  return true;
}
