// The standard normal distribution in float64.

/** Its density at x. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/** The probability below x, relatively right to about 1e-15 near 0 and 1e-13 in the lower tail. */
export function normalCdf(x: number): number {
  return x < 0 ? upperTail(-x) : 1 - upperTail(x);
}

/** The probability above x >= 0. */
function upperTail(x: number): number {
  if (x < 3) {
    // 0.5 - density (x + x^3 / 3 + x^5 / (3 5) + ...), Abramowitz and Stegun 26.2.11: all terms positive.
    let term = x;
    let sum = x;
    for (let n = 3; term > 1e-17 * sum; n += 2) {
      term *= (x * x) / n;
      sum += term;
    }
    return 0.5 - normalDensity(x) * sum;
  }
  // Density over the continued fraction x + 1/(x + 2/(x + 3/(x + ...))), 26.2.14, from its far end.
  let fraction = x;
  for (let n = 100; n >= 1; n--) fraction = x + n / fraction;
  return normalDensity(x) / fraction;
}
