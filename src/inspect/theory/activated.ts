// What an activation makes of Gaussian moments at every position.

import { crossMoment, gaussianFor, gaussianMean } from './mean_field.ts';
import { everywhere, type Moments, type Pairs, unknownMoments, unknownOf } from './moments.ts';
import { type Expansion, expansion, type Nonlinearity } from './quadrature.ts';

/** Moments behind an activation, and E[phi'²] at every position: the factor of the squared gradient. */
export interface Activated {
  readonly after: Moments;
  readonly derivative: Float64Array;
}

/** A straight line on either side of 0: ReLU, leaky ReLU, the identity. It keeps the shape of what it is given, whatever its scale. */
interface Lines {
  readonly right: number;
  readonly left: number;
}

function linesOf(phi: Nonlinearity): Lines | undefined {
  const [right, left] = [phi.value(1), -phi.value(-1)];
  const straight = [1e-3, 2, 50].every((x) => phi.value(x) === right * x && phi.value(-x) === -left * x);
  return straight ? { right, left } : undefined;
}

/** Of rows there is one position: each of its numbers is an integral of its own. `crossNeeded` says whether mean products of two samples matter. */
export function activatedRow(phi: Nonlinearity, at: Moments, crossNeeded: boolean): Activated {
  const [q, cross] = [at.square[0]!, at.cross[0]!];
  const derivative = everywhere(gaussianMean(phi, q, (x) => phi.derivative(x) ** 2));
  return {
    after: {
      mean: everywhere(gaussianMean(phi, q, phi.value)),
      square: everywhere(gaussianMean(phi, q, (x) => phi.value(x) ** 2)),
      cross: everywhere(crossNeeded ? crossMoment(phi, q, cross) : 0),
    },
    derivative,
  };
}

/** Of images. Where the numbers are not known, the derivative of lines still is. `name` says what cannot be known behind a depthwise convolution. */
export function activatedImage(phi: Nonlinearity, at: Moments): Activated {
  const positions = at.square.length;
  const lines = linesOf(phi);
  if (lines) return alongLines(lines, at);
  if (at.unknown !== undefined || at.uneven)
    return { after: unknownMoments(at.unknown ?? 'a depthwise convolution', positions), derivative: everywhere(Number.NaN, positions) };
  const [mean, square, derivative] = [phi.value, (x: number) => phi.value(x) ** 2, (x: number) => phi.derivative(x) ** 2].map((f) =>
    profileOf((q) => gaussianMean(phi, q, f), at.square),
  ) as [Float64Array, Float64Array, Float64Array];
  const pairs = at.pairs && pairsThrough(phi, at.pairs, at.square, square);
  return { after: { mean, square, cross: pairs ? diagonalOf(pairs.other) : everywhere(Number.NaN, positions), ...(pairs ? { pairs } : {}) }, derivative };
}

/** Exact at every scale (Cho & Saul 2009: the arc-cosine formula for pairs). */
function alongLines({ right, left }: Lines, at: Moments): Activated {
  const bend = right - left;
  const half = (right ** 2 + left ** 2) / 2;
  const derivative = everywhere(half, at.square.length);
  const square = at.square.map((q) => half * q);
  const mean = at.square.map((q) => bend * Math.sqrt(q / (2 * Math.PI)));
  const product = (scale: number, rho: number): number => {
    const arc = (Math.sqrt(Math.max(0, 1 - rho * rho)) + rho * (Math.PI - Math.acos(rho))) / (2 * Math.PI);
    return scale * (left * right * rho + bend * bend * arc);
  };
  const pairs = at.pairs && mapPairs(at.pairs, at.square, product);
  const cross = pairs ? diagonalOf(pairs.other) : at.cross.map((value, p) => (at.square[p]! > 0 ? product(at.square[p]!, clamp(value / at.square[p]!)) : 0));
  return { after: { mean, square, cross, ...(pairs ? { pairs } : {}), ...(at.uneven ? { uneven: true } : {}), ...unknownOf(at) }, derivative };
}

const clamp = (rho: number): number => Math.max(-1, Math.min(1, rho));

/** Changes every product by its scale, sqrt(q q'), and correlation. */
function mapPairs({ same, other }: Pairs, square: Float64Array, product: (scale: number, rho: number, p: number, r: number) => number): Pairs {
  const n = square.length;
  const change = (products: Float64Array): Float64Array => {
    const result = new Float64Array(n * n);
    for (let p = 0; p < n; p++)
      for (let r = 0; r <= p; r++) {
        const scale = Math.sqrt(square[p]! * square[r]!);
        const value = product(scale, scale > 0 ? clamp(products[p * n + r]! / scale) : 0, p, r);
        result[p * n + r] = value;
        result[r * n + p] = value;
      }
    return result;
  };
  return { same: change(same), other: change(other) };
}

function pairsThrough(phi: Nonlinearity, pairs: Pairs, before: Float64Array, after: Float64Array): Pairs {
  const expansions = [...before].map(remembered((q) => expansion(gaussianFor(phi, q), (z) => phi.value(Math.sqrt(q) * z))));
  const changed = mapPairs(pairs, before, (_scale, rho, p, r) => byTerms(expansions[p]!, expansions[r]!, rho));
  // A position with itself is what its own integral says.
  for (let p = 0; p < after.length; p++) changed.same[p * after.length + p] = after[p]!;
  return changed;
}

/** E[phi(x) phi(y)] of two Gaussians by Mehler's formula: their k-th polynomials agree by rho^k, and what the terms leave over by less than the last. */
function byTerms(x: Expansion, y: Expansion, rho: number): number {
  const last = x.coefficients.length - 1;
  let sum = rho > 0 ? Math.sqrt(Math.max(0, x.rest * y.rest)) : 0;
  for (let k = last; k >= 0; k--) sum = sum * (k === last ? 1 : rho) + x.coefficients[k]! * y.coefficients[k]!;
  return sum;
}

const diagonalOf = (products: Float64Array): Float64Array => {
  const n = Math.sqrt(products.length);
  return Float64Array.from({ length: n }, (_, p) => products[p * n + p]!);
};

function remembered<Result>(compute: (q: number) => Result): (q: number) => Result {
  const known = new Map<number, Result>();
  return (q) => {
    const result = known.get(q) ?? compute(q);
    known.set(q, result);
    return result;
  };
}

/** Beyond so many different numbers an integral is taken at points between which it is interpolated. */
const MANY = 24;
/** Distance of those points, in ln q; sixth order between them leaves 1e-8. */
const STEP = 0.1;

/** A function of q at every position. Neighbours have nearly the same q, so most of an image is interpolated between a few points. */
function profileOf(f: (q: number) => number, square: Float64Array): Float64Array {
  const exact = remembered(f);
  if (new Set(square).size <= MANY) return square.map(exact);
  const node = remembered((index) => f(Math.exp(index * STEP)));
  return square.map((q) => {
    const x = Math.log(q) / STEP;
    if (!Number.isFinite(x)) return exact(q);
    const first = Math.floor(x) - 2;
    let sum = 0;
    for (let i = 0; i < 6; i++) {
      let weight = 1;
      for (let j = 0; j < 6; j++) if (j !== i) weight *= (x - first - j) / (i - j);
      sum += weight * node(first + i);
    }
    return sum;
  });
}
