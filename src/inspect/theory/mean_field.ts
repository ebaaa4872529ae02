// The mean-field recursion of wide, fully connected networks (Poole et al. 2016, Schoenholz et al. 2017).
// z = W h + b, h = phi(z); q = mean z²; sw2 = fan-in * Var(W); sb2 = Var(b). Factors are of squared norms: take the root for norms.
import { UsageError } from '../../errors.ts';
import { gaussianMeasure, type Measure, mean, type Nonlinearity, pairMean } from './quadrature.ts';

export const LINEAR: Nonlinearity = { value: (x) => x, derivative: () => 1 };

/** Where the recursion ends. */
export interface FixedPoint {
  /** 'fixed': at q. 'zero': the signal dies. 'diverges': it grows without limit. 'any': every q stays as it is. */
  kind: 'fixed' | 'zero' | 'diverges' | 'any';
  /** q*; 0, Infinity or the starting q for the other kinds. */
  q: number;
  /** Backward factor there (its limit, where q* is 0 or Infinity): below 1 gradients vanish, above they explode. */
  chi: number;
}

// q outside this range counts as 0 or as infinite. Relative noise of the quadrature is 1e-15.
const SMALLEST = 1e-12;
const LARGEST = 1e14;
const NOISE = 1e-13;

let plain: Measure | undefined;
/** N(0, 1), broken where phi(sqrt(q) z) has its kinks. */
export function gaussianFor(phi: Nonlinearity, q: number): Measure {
  if (phi.kinks?.length && q > 0) return gaussianMeasure(phi.kinks.map((kink) => kink / Math.sqrt(q)));
  plain ??= gaussianMeasure();
  return plain;
}

/** E[f(sqrt(q) z)] for z ~ N(0, 1), where f is phi, phi², phi'² ... of `phi`. */
export function gaussianMean(phi: Nonlinearity, q: number, f: (x: number) => number): number {
  const scale = Math.sqrt(q);
  return mean(gaussianFor(phi, q), (z) => f(scale * z));
}

/** E[phi(x) phi(y)] for Gaussian x, y of mean square q and mean product `cross`. */
export function crossMoment(phi: Nonlinearity, q: number, cross: number): number {
  const scale = Math.sqrt(q);
  const rho = q > 0 ? Math.max(-1, Math.min(1, cross / q)) : 1;
  return pairMean(gaussianFor(phi, q), (z) => phi.value(scale * z), rho);
}

/** One layer forward: sw2 * E[phi(sqrt(q) z)²] + sb2. */
export function varianceMap(phi: Nonlinearity, q: number, sw2: number, sb2 = 0): number {
  return sw2 * gaussianMean(phi, q, (x) => phi.value(x) ** 2) + sb2;
}

/** One layer backward, chi = sw2 * E[phi'(sqrt(q) z)²]: |delta_l|² / |delta_{l+1}|² where layer l has mean square q. */
export function backwardFactor(phi: Nonlinearity, q: number, sw2: number): number {
  return sw2 * gaussianMean(phi, q, (x) => phi.derivative(x) ** 2);
}

/**
 * A root of f, to `tolerance`, between `low` and `high`, where its sign changes: false position and bisection in turn, so that a jump
 * or a flat stretch costs no more than twice a bisection.
 */
function root(f: (x: number) => number, low: number, high: number, tolerance: number): number {
  let a = low;
  let b = high;
  let fa = f(a);
  let fb = f(b);
  for (let step = 0; step < 120 && Math.abs(b - a) > tolerance; step++) {
    const guess = (a * fb - b * fa) / (fb - fa);
    const x = step % 2 === 1 || !(guess > Math.min(a, b) && guess < Math.max(a, b)) ? (a + b) / 2 : guess;
    const fx = f(x);
    if (fx === 0) return x;
    // Illinois: the end that stays put counts half, or it would stay for ever.
    if (fx > 0 === fb > 0) fa /= 2;
    else [a, fa] = [b, fb];
    [b, fb] = [x, fx];
  }
  return b;
}

/**
 * The q that the recursion reaches from `start`, and chi there. Found by walking q up or down until growth turns, not by
 * iterating: near the critical point an iteration needs 1 / (1 - chi) steps.
 */
export function fixedPoint(phi: Nonlinearity, sw2: number, sb2 = 0, start = 1): FixedPoint {
  const growth = (q: number): number => varianceMap(phi, q, sw2, sb2) / q - 1;
  const first = growth(start);
  if (Math.abs(first) < NOISE * 100 && Math.abs(growth(4 * start)) < NOISE * 100 && Math.abs(growth(start / 4)) < NOISE * 100)
    return { kind: 'any', q: start, chi: backwardFactor(phi, start, sw2) };
  const up = first > 0;
  for (let q = start; ; ) {
    const next = up ? q * 4 : q / 4;
    if (next > LARGEST) return { kind: 'diverges', q: Number.POSITIVE_INFINITY, chi: backwardFactor(phi, LARGEST, sw2) };
    if (next < SMALLEST) return { kind: 'zero', q: 0, chi: backwardFactor(phi, SMALLEST, sw2) };
    const rate = growth(next);
    if (up ? rate < -NOISE : rate > NOISE) {
      const found = Math.exp(root((x) => growth(Math.exp(x)), Math.log(q), Math.log(next), 1e-12));
      return { kind: 'fixed', q: found, chi: backwardFactor(phi, found, sw2) };
    }
    q = next;
  }
}

/**
 * The critical gain: the sw2 at which chi is 1 at the fixed point, so that a gradient keeps its size at any depth. 2 for ReLU, 1 for
 * tanh and linear, about 103 for sigmoid (useless: most units are saturated there). Undefined where there is none: GELU and SiLU
 * without bias go from a dying to a diverging signal with no such point between; use gainForDepth.
 */
export function criticalGain(phi: Nonlinearity, sb2 = 0): number | undefined {
  const excess = (logGain: number): number => fixedPoint(phi, Math.exp(logGain), sb2).chi - 1;
  const [low, high] = [Math.log(1e-3), Math.log(1e4)];
  if (!(excess(low) < 0 && excess(high) > 0)) return undefined;
  const gain = root(excess, low, high, 1e-8);
  // A sign change without a zero is a jump from one fixed point to another.
  return Math.abs(excess(gain)) < 1e-6 ? Math.exp(gain) : undefined;
}

/**
 * The sw2 for which a gradient crosses `depth` layers of one kind unchanged, starting from inputs of mean square `input`: the product of
 * chi along the recursion is 1. Tends to the critical gain where that exists; for GELU and SiLU it is the best there is.
 */
export function gainForDepth(phi: Nonlinearity, depth: number, { input = 1, sb2 = 0 }: { input?: number; sb2?: number } = {}): number | undefined {
  if (!(depth >= 2)) throw new UsageError(`gainForDepth: expected a depth of at least 2, got ${depth}`);
  const total = (logGain: number): number => {
    const sw2 = Math.exp(logGain);
    let q = sw2 * input + sb2;
    let sum = 0;
    for (let layer = 1; layer < depth; layer++) {
      sum += Math.log(backwardFactor(phi, q, sw2));
      q = Math.max(SMALLEST, Math.min(LARGEST, varianceMap(phi, q, sw2, sb2)));
    }
    return sum;
  };
  const [low, high] = [Math.log(1e-3), Math.log(1e4)];
  if (!(total(low) < 0 && total(high) > 0)) return undefined;
  const gain = root(total, low, high, 1e-8);
  return Math.abs(total(gain)) < 1e-6 * depth ? Math.exp(gain) : undefined;
}

/** How many layers it takes until |delta|² has changed by a factor e, 1 / |ln chi|; Infinity at the critical point. */
export function depthScale(chi: number): number {
  return 1 / Math.abs(Math.log(chi));
}

/** How many layers a gradient crosses before rms delta has changed by the factor `level` (1e-3: the level of the rule vanishing_with_depth). */
export function survivalDepth(chi: number, level = 1e-3): number {
  return 2 * Math.abs(Math.log(level)) * depthScale(chi);
}
