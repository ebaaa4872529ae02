// What the prediction of signals knows of a tensor: moments over samples and channels, of every position of an image; of rows there is one position.
import type { Nonlinearity } from './quadrature.ts';
import type { Spread } from './reflected.ts';

/** Mean products of two positions, [positions, positions]: of one sample, and of two. */
export interface Pairs {
  readonly same: Float64Array;
  readonly other: Float64Array;
}

/** Mean, mean square, and mean product of two samples, over the channels of every position. */
export interface Moments {
  readonly mean: Float64Array;
  readonly square: Float64Array;
  readonly cross: Float64Array;
  /** What pools and norms over positions need; absent where nothing needs it, or it is not known. */
  readonly pairs?: Pairs;
  /** Rows of the batch norm or features of the group norm right before, whose output is on a sphere and not Gaussian. */
  readonly normalisedOver?: number;
  /** Of a trunk whose sums are rectified: how its values are distributed. */
  readonly spread?: Spread;
  /** A depthwise convolution has left every channel with a scale of its own: more than its mean square matters to what is not a straight line on either side of 0. */
  readonly uneven?: boolean;
  /** An activation's output, or a sum that holds one: no Gaussian, so that of a further activation nothing can be said. */
  readonly bent?: true;
  /** What is known of the images that rows of data are reshaped to. */
  readonly reshaped?: { readonly squares: Float64Array; readonly pairs?: Pairs };
  /** Of an activation's output: the mean squares of its Gaussian input, which a maximum needs. */
  readonly before?: { readonly square: Float64Array; readonly phi: Nonlinearity };
  /** The step that the theory does not know, where the numbers are NaN because of it. */
  readonly unknown?: string;
}

/** The most positions of which products of two are kept: 32 x 32. */
export const MOST_PAIRED = 1024;

/** One number at every position. */
export const everywhere = (value: number, positions = 1): Float64Array => new Float64Array(positions).fill(value);

/** The mean over positions. */
export const meanOf = (values: Float64Array): number => (values.length === 1 ? values[0]! : values.reduce((sum, value) => sum + value, 0) / values.length);

/** The sum over positions. */
export const sumOf = (values: Float64Array): number => (values.length === 1 ? values[0]! : values.reduce((sum, value) => sum + value, 0));

/** Positions that have nothing in common: squares of one sample on the diagonal, what two samples have in common there too. */
export function independent({ square, mean, cross }: Moments): Pairs {
  const n = square.length;
  const of = (diagonal: Float64Array): Float64Array => {
    const products = new Float64Array(n * n);
    for (let p = 0; p < n; p++) for (let r = 0; r < n; r++) products[p * n + r] = p === r ? diagonal[p]! : mean[p]! * mean[r]!;
    return products;
  };
  return { same: of(square), other: of(cross) };
}

/** Nothing is known at so many positions, because of a step. */
export function unknownMoments(name: string, positions = 1): Moments {
  const nothing = everywhere(Number.NaN, positions);
  return { mean: nothing, square: nothing, cross: nothing, unknown: name };
}

/** The step that a place is unknown because of, to be spread into what follows from it. */
export const unknownOf = ({ unknown }: { unknown?: string }): { unknown?: string } => (unknown === undefined ? {} : { unknown });

/** Whether it is no Gaussian, to be spread into what leaves it so. */
export const bentOf = ({ bent }: { bent?: true }): { bent?: true } => (bent ? { bent } : {});
