// Batch norm before the activation (Yang et al. 2019), wide layers, a full-rank batch of B rows.
//
// A unit's B pre-activations a are Gaussian; norm z = sqrt(B) Ga / |Ga| with G = I - 11'/B is uniform on the sphere of radius sqrt(B) orthogonal
// to 1, whatever the layer's scale. So phi(z) has mean square E[phi(z1)²] and mean product E[phi(z1) phi(z2)] between rows, their
// difference v times sw2 is the spread of the next layer's a, and |Ga|² = sw2 v chi²(B - 1) independent of the direction z.
// Backwards, with D = diag phi'(z): da = sqrt(B)/|Ga| (G - zz'/B) D u. Incoming u has covariance G between the rows (the Jacobian above leaves
// it so), hence  |da|² = B / (sw2 v (B - 3)) * E tr[(G - zz'/B) D G D]  and the trace opens into moments of one and two coordinates:
// tr(GDGD) = (1 - 2/B) sum d² + (sum d)²/B²   and   z'DGDz/B = (sum z²d² - (sum z d)²/B) / B.
import { gaussianMeasure, mean, type Nonlinearity, pairMean, sphereMeasure } from './quadrature.ts';

/** What an activation does to a batch-normalized input. */
export interface NormalisedMoments {
  /** E[phi], E[phi²], and E[phi(z1) phi(z2)] for two rows of the batch. */
  mean: number;
  second: number;
  cross: number;
  /** E[phi'²]. */
  meanSquaredDerivative: number;
  /** Fraction of the squared gradient at z that is left after the projection in batch norm's Jacobian. */
  retained: number;
}

/** Moments of phi after batch norm over `batch` rows (at least 3, or Infinity for the Gaussian limit). */
export function normalisedMoments(phi: Nonlinearity, batch = Number.POSITIVE_INFINITY): NormalisedMoments {
  const finite = Number.isFinite(batch);
  const measure = finite ? sphereMeasure(batch, phi.kinks) : gaussianMeasure(phi.kinks);
  const first = mean(measure, phi.value);
  const second = mean(measure, (z) => phi.value(z) ** 2);
  const meanSquaredDerivative = mean(measure, (z) => phi.derivative(z) ** 2);
  if (!finite) return { mean: first, second, cross: first * first, meanSquaredDerivative, retained: 1 };
  const rho = -1 / (batch - 1);
  // E[(sum f)²] over the batch.
  const squaredSum = (f: (z: number) => number): number => batch * mean(measure, (z) => f(z) ** 2) + batch * (batch - 1) * pairMean(measure, f, rho);
  const moved = (z: number): number => z * phi.derivative(z);
  const centred = (1 - 2 / batch) * batch * meanSquaredDerivative + squaredSum(phi.derivative) / batch ** 2;
  const radial = mean(measure, (z) => moved(z) ** 2) - squaredSum(moved) / batch ** 2;
  return {
    mean: first,
    second,
    cross: pairMean(measure, phi.value, rho),
    meanSquaredDerivative,
    retained: (centred - radial) / ((batch - 1) * meanSquaredDerivative),
  };
}

/** E[1 / variance of the batch], times the rounding of a finite batch: B / (v (B - 3)). Infinite for three rows or fewer. */
export function inverseVariance(spread: number, batch = Number.POSITIVE_INFINITY): number {
  if (!Number.isFinite(batch)) return 1 / spread;
  return batch > 3 ? batch / (spread * (batch - 3)) : Number.POSITIVE_INFINITY;
}

/**
 * Backward factor per layer of a deep network with batch norm before every activation; sw2 cancels. E[phi'²] / Var[phi] for large
 * batches, (B - 2) / (B - 3) for a linear network.
 */
export function batchNormFactor(phi: Nonlinearity, batch = Number.POSITIVE_INFINITY): number {
  const { second, cross, meanSquaredDerivative, retained } = normalisedMoments(phi, batch);
  return meanSquaredDerivative * retained * inverseVariance(second - cross, batch);
}
