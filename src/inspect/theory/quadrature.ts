// Expectations over the input of an activation: Gaussian in a wide layer, uniform on a sphere after batch norm.
// Both are sums over the nodes of a composite Gauss-Legendre rule whose panels shrink towards 0 and end at every kink:
// Gauss-Hermite alone loses four digits at the kink of ReLU and all of them where sqrt(q) is large and tanh is a step.

/** An activation as the theory sees it, in float64. */
export interface Nonlinearity {
  /**
   * f(x).
   *
   * @param x - The activation's input.
   * @returns Its output.
   */
  value(x: number): number;
  /**
   * f'(x).
   *
   * @param x - The activation's input.
   * @returns The derivative there.
   */
  derivative(x: number): number;
  /** Where the derivative jumps, other than at 0, which is always expected: `[6]` for ReLU6. */
  kinks?: readonly number[];
}

/** A probability measure on the line, as nodes with weights that sum to 1, and its orthonormal polynomials. */
export interface Measure {
  nodes: Float64Array;
  weights: Float64Array;
  /** Coefficients of p[k+1](x) = (grow[k] x p[k](x) - shrink[k] p[k-1](x)), p[0] = 1. */
  grow: Float64Array;
  shrink: Float64Array;
  /** How the k-th polynomials of two inputs of correlation rho agree: E[p_k(x) p_k(y)]. */
  agreement(rho: number): Float64Array;
}

const POINTS = 16;
const HALVINGS = 32;
// The longest panel, in z. The highest polynomials below turn with a wave length of about 0.5.
const LONGEST = 0.5;
// Terms of the expansion of a pair's expectation. A kink leaves a tail of about |rho|^K K^-1.5: 1e-5 at rho = 0.95.
const TERMS = 96;

/** Nodes and weights of the Gauss-Legendre rule on [-1, 1], by Newton's method on the Legendre polynomial. */
export function gaussLegendre(points: number): { nodes: Float64Array; weights: Float64Array } {
  const nodes = new Float64Array(points);
  const weights = new Float64Array(points);
  for (let i = 0; i < points; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (points + 0.5));
    let derivative = 1;
    for (let round = 0; round < 100; round++) {
      let before = 1;
      let value = x;
      for (let k = 2; k <= points; k++) [before, value] = [value, ((2 * k - 1) * x * value - (k - 1) * before) / k];
      derivative = (points * (x * value - before)) / (x * x - 1);
      const move = value / derivative;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    nodes[i] = x;
    weights[i] = 2 / ((1 - x * x) * derivative * derivative);
  }
  return { nodes, weights };
}

const RULE = /* @__PURE__ */ gaussLegendre(POINTS);

/** A composite rule on [-end, end]: panels of at most `longest` that halve towards 0 and break at the given points; weights are normalized. */
function composite(end: number, longest: number, breaks: readonly number[], density: (t: number) => number): { nodes: Float64Array; weights: Float64Array } {
  const edges = new Set<number>([0]);
  const steps = Math.ceil(end / longest);
  for (const sign of [-1, 1]) {
    for (let step = 1; step <= steps; step++) edges.add((sign * end * step) / steps);
    for (let k = 1; k <= HALVINGS; k++) edges.add(((sign * end) / steps) * 2 ** -k);
  }
  for (const point of breaks) if (Math.abs(point) < end) edges.add(point);
  const sorted = [...edges].sort((a, b) => a - b);
  const nodes = new Float64Array((sorted.length - 1) * POINTS);
  const weights = new Float64Array(nodes.length);
  let total = 0;
  for (let panel = 0; panel + 1 < sorted.length; panel++) {
    const from = sorted[panel]!;
    const half = (sorted[panel + 1]! - from) / 2;
    for (let i = 0; i < POINTS; i++) {
      const at = panel * POINTS + i;
      const node = from + half * (1 + RULE.nodes[i]!);
      nodes[at] = node;
      weights[at] = half * RULE.weights[i]! * density(node);
      total += weights[at]!;
    }
  }
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! / total;
  return { nodes, weights };
}

/** The standard Gaussian. `kinks` are the points of z ~ N(0, 1) at which the integrand breaks. */
export function gaussianMeasure(kinks: readonly number[] = []): Measure {
  const rule = composite(12, LONGEST, kinks, (z) => Math.exp((-z * z) / 2));
  const grow = new Float64Array(TERMS);
  const shrink = new Float64Array(TERMS);
  for (let k = 0; k < TERMS; k++) {
    grow[k] = 1 / Math.sqrt(k + 1);
    shrink[k] = Math.sqrt(k / (k + 1));
  }
  // Mehler's formula: Hermite polynomials of two Gaussians of correlation rho agree by rho^k.
  return { ...rule, grow, shrink, agreement: (rho) => Float64Array.from({ length: TERMS }, (_, k) => rho ** k) };
}

/**
 * One coordinate of a batch-normalized unit: z = sqrt(B) u, u uniform on the unit sphere of the n = B - 1 dimensions that
 * are orthogonal to (1, ..., 1). z = sqrt(n) sin(t) with density cos(t)^(n-1) dt. `batch` is at least 3.
 */
export function sphereMeasure(batch: number, kinks: readonly number[] = []): Measure {
  const n = batch - 1;
  const root = Math.sqrt(n);
  const angle = (z: number): number => Math.asin(Math.max(-1, Math.min(1, z / root)));
  const rule = composite(Math.min(Math.PI / 2, 12 / root), LONGEST / root, kinks.filter((z) => Math.abs(z) < root).map(angle), (t) => Math.cos(t) ** (n - 2));
  const nodes = rule.nodes.map((t) => root * Math.sin(t));
  // Gegenbauer polynomials, scaled to length 1; more(k)² = harmonics of degree k over those of degree k - 1.
  const more = (k: number): number => Math.sqrt(k === 1 ? n : ((2 * k + n - 2) * (k + n - 3)) / ((2 * k + n - 4) * k));
  const grow = new Float64Array(TERMS);
  const shrink = new Float64Array(TERMS);
  grow[0] = 1;
  for (let k = 1; k < TERMS; k++) {
    grow[k] = (((2 * k + n - 2) / (k + n - 2)) * more(k + 1)) / root;
    shrink[k] = (k / (k + n - 2)) * more(k + 1) * more(k);
  }
  // The addition theorem: harmonics of two unit vectors with inner product rho agree by the Gegenbauer polynomial of rho, 1 at rho = 1.
  const agreement = (rho: number): Float64Array => {
    const result = new Float64Array(TERMS);
    result[0] = 1;
    result[1] = rho;
    for (let k = 1; k + 1 < TERMS; k++) result[k + 1] = ((2 * k + n - 2) * rho * result[k]! - k * result[k - 1]!) / (k + n - 2);
    return result;
  };
  return { nodes, weights: rule.weights, grow, shrink, agreement };
}

/** E[f(z)]. */
export function mean(measure: Measure, f: (z: number) => number): number {
  let sum = 0;
  for (let i = 0; i < measure.nodes.length; i++) sum += measure.weights[i]! * f(measure.nodes[i]!);
  return sum;
}

/** A function in the polynomials of a measure, and what they leave of its mean square. */
export interface Expansion {
  readonly coefficients: Float64Array;
  readonly rest: number;
  readonly agreement: Measure['agreement'];
}

/** Expands f in the measure's polynomials. */
export function expansion({ nodes, weights, grow, shrink, agreement }: Measure, f: (z: number) => number): Expansion {
  const coefficients = new Float64Array(TERMS);
  let square = 0;
  for (let i = 0; i < nodes.length; i++) {
    const of = f(nodes[i]!);
    const weighted = weights[i]! * of;
    square += weighted * of;
    let before = 0;
    let value = 1;
    for (let k = 0; k < TERMS; k++) {
      coefficients[k] = coefficients[k]! + weighted * value;
      [before, value] = [value, grow[k]! * nodes[i]! * value - shrink[k]! * before];
    }
  }
  return { coefficients, rest: square - coefficients.reduce((sum, a) => sum + a * a, 0), agreement };
}

/** E[f(x) g(y)] for two inputs of correlation `rho`, from the expansions of f and g in one measure's polynomials. */
export function pairOfExpansions(f: Expansion, g: Expansion, rho: number): number {
  const agreement = f.agreement(rho);
  const known = f.coefficients.reduce((sum, a, k) => sum + a * g.coefficients[k]! * agreement[k]!, 0);
  // What the terms leave over agrees at least as little as the last term; of one function at rho = 1 this makes the result exact.
  return known + (rho > 0 ? Math.sqrt(Math.max(0, f.rest * g.rest)) * agreement[TERMS - 1]! : 0);
}

/** E[f(x) f(y)] for two inputs of correlation `rho`, by expanding f in the measure's polynomials. */
export function pairMean(measure: Measure, f: (z: number) => number, rho: number): number {
  const expanded = expansion(measure, f);
  return pairOfExpansions(expanded, expanded, rho);
}
