// What norms make of moments, and the factor of the squared gradient at every position.
import { inverseVariance, type NormalisedMoments } from './batch_norm.ts';
import { LINEAR } from './mean_field.ts';
import { everywhere, type Moments, meanOf, type Pairs, unknownMoments } from './moments.ts';
import { mean, type Nonlinearity, sphereMeasure } from './quadrature.ts';

export interface Normed {
  readonly after: Moments;
  readonly factor: number | Float64Array;
}

/** Nothing is known behind a norm, nor before it. */
const lost = ({ square, unknown }: Moments, name: string): Normed => ({
  after: unknownMoments(unknown ?? name, square.length),
  factor: everywhere(Number.NaN, square.length),
});

/** Why norms over positions are not known: experiment/predict.ts measures so many, for a thousand squared would hold up the first step for seconds. */
const UNPAIRED = 'of images without products of positions (of data they are taken up to 16 x 16)';

/** Of rows, over a batch. The next activation decides what the projection in its Jacobian takes away (batch_norm.ts). */
export function batchNormed(
  { square, cross }: Moments,
  batch: number,
  phi: Nonlinearity | undefined,
  normalised: (phi: Nonlinearity, batch: number) => NormalisedMoments,
): Normed {
  const { retained } = normalised(phi ?? LINEAR, batch);
  const after = { mean: everywhere(0), square: everywhere(1), cross: everywhere(-1 / (batch - 1)), normalisedOver: batch };
  return { after, factor: retained * inverseVariance(square[0]! - cross[0]!, batch) };
}

/** Of images, over a batch and all positions: so many numbers that their variance is what it is on average (Yang 2019, walked over pairs of positions). */
export function imageBatchNormed(at: Moments, batch: number): Normed {
  if (!at.pairs) return lost(at, `batch norm ${UNPAIRED}`);
  const n = at.square.length;
  const { same, other } = at.pairs;
  const share = 1 / batch;
  // What a position has in common with the mean over batch and positions.
  const row = (products: Float64Array, p: number): number => meanOf(products.subarray(p * n, (p + 1) * n));
  const along = Float64Array.from({ length: n }, (_, p) => share * row(same, p) + (1 - share) * row(other, p));
  return scaledBy(centredPairs(at.pairs, along, along), n);
}

/** Of images, over the positions of each sample. The variance of one sample is taken for that of all, which is too little by some percent on small maps. */
export function instanceNormed(at: Moments, eps: number): Normed {
  if (!at.pairs) return lost(at, `instance norm ${UNPAIRED}`);
  const n = at.square.length;
  const rows = (products: Float64Array): Float64Array => Float64Array.from({ length: n }, (_, p) => meanOf(products.subarray(p * n, (p + 1) * n)));
  return scaledBy(centredPairs(at.pairs, rows(at.pairs.same), rows(at.pairs.other)), n, eps);
}

/** Products of positions whose mean was taken out, of which each has `along` in common. */
function centredPairs({ same, other }: Pairs, alongSame: Float64Array, alongOther: Float64Array): Pairs {
  const centred = (products: Float64Array, along: Float64Array): Float64Array => {
    const n = along.length;
    const all = meanOf(along);
    return products.map((value, index) => value - along[Math.floor(index / n)]! - along[index % n]! + all);
  };
  return { same: centred(same, alongSame), other: centred(other, alongOther) };
}

/** Divided by the mean of their squares. */
function scaledBy({ same, other }: Pairs, n: number, eps = 0): Normed {
  const diagonal = (products: Float64Array): Float64Array => Float64Array.from({ length: n }, (_, p) => products[p * n + p]!);
  const factor = 1 / (meanOf(diagonal(same)) + eps);
  const pairs = { same: same.map((value) => factor * value), other: other.map((value) => factor * value) };
  return { after: { mean: everywhere(0, n), square: diagonal(pairs.same), cross: diagonal(pairs.other), pairs }, factor };
}

/** Over the many channels of a position. The gradient loses two directions of many. */
export function layerNormed(at: Moments, eps: number): Normed {
  const variance = at.square.map((square, p) => square - at.mean[p]! ** 2);
  // What is not known before it is known after it: but for what samples and positions have in common.
  if (variance.some(Number.isNaN)) {
    const n = variance.length;
    return { after: { mean: everywhere(0, n), square: everywhere(1, n), cross: everywhere(Number.NaN, n) }, factor: everywhere(Number.NaN, n) };
  }
  const factor = variance.map((value) => 1 / (value + eps));
  return { after: rescaled(at, factor, at.mean), factor };
}

/** The same without taking the mean out. A mean that is not known stays so: it is left in. */
export function rmsNormed(at: Moments, eps: number): Normed {
  if (at.unknown !== undefined) return { after: at, factor: everywhere(Number.NaN, at.square.length) };
  const factor = at.square.map((value) => 1 / (value + eps));
  return { after: rescaled(at, factor, everywhere(0, at.square.length)), factor };
}

/** x - centre, times the root of a factor, at every position. */
function rescaled(at: Moments, factor: Float64Array, centre: Float64Array): Moments {
  const n = factor.length;
  const root = factor.map(Math.sqrt);
  const of = (products: Float64Array): Float64Array =>
    products.map((value, index) => {
      const [p, r] = [Math.floor(index / n), index % n];
      return (value - at.mean[p]! * centre[r]! - centre[p]! * at.mean[r]! + centre[p]! * centre[r]!) * root[p]! * root[r]!;
    });
  const own = (values: Float64Array): Float64Array => values.map((value, p) => (value - 2 * at.mean[p]! * centre[p]! + centre[p]! ** 2) * factor[p]!);
  return {
    mean: at.mean.map((value, p) => (value - centre[p]!) * root[p]!),
    square: own(at.square),
    cross: own(at.cross),
    ...(at.pairs ? { pairs: { same: of(at.pairs.same), other: of(at.pairs.other) } } : {}),
  };
}

/** Channels of a group from which on its variance is taken for that of all: below, on maps, the factor lies between that of layer norm and that of rows. */
const MANY_CHANNELS = 32;

/**
 * Over all positions and the channels of a group: of images with one group or many channels to a group, of rows with any. Of rows n features of a group lie on a
 * sphere, and the gradient loses more: (n - 2) / (n - 3) times the squared gradient behind ReLU.
 */
export function groupNormed(at: Moments, { features, groups, eps }: { features: number; groups: number; eps: number }, phi: Nonlinearity = LINEAR): Normed {
  const n = at.square.length;
  const known = n > 1 ? groups === 1 || features >= MANY_CHANNELS : features > 3 && (groups === 1 || at.mean[0] === 0);
  if (!known || at.unknown !== undefined) return lost(at, 'group norm of few channels');
  const centre = meanOf(at.mean);
  const variance = meanOf(at.square) - centre ** 2;
  const factor = 1 / (variance + eps);
  const after = rescaled(at, everywhere(factor, n), everywhere(centre, n));
  return { after, factor: n > 1 ? factor : factor * sphereFactor(phi, features) };
}

/** What the projection off a sphere of n features leaves, over the mean of 1 / variance that is larger than 1 / its mean: 1 for many. */
function sphereFactor(phi: Nonlinearity, n: number): number {
  const measure = sphereMeasure(n, phi.kinks);
  const square = mean(measure, (z) => phi.derivative(z) ** 2);
  const along = mean(measure, (z) => (z * phi.derivative(z)) ** 2);
  return (((1 - 1 / n) * square - along / n) / square) * (n / (n - 3));
}
