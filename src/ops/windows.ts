// Windows that slide over height and width: what convolutions and pools have in common.
import { ShapeError } from '../errors.ts';
import type { EitherOption } from '../option_table.ts';
import { shapeText, type TensorType } from '../shape.ts';

/** Along height and along width. */
export type Pair = readonly [height: number, width: number];
/** What is put around an image. */
export type Sides = readonly [top: number, bottom: number, left: number, right: number];

export interface Windows {
  readonly stride: Pair;
  readonly padding: Sides;
  readonly dilation: Pair;
}

/** Steps, padding before and dilation, as kernels name them in their parameters. */
export const windowParams = ({ stride, padding, dilation }: Windows) => ({
  stride_y: stride[0],
  stride_x: stride[1],
  top: padding[0],
  left: padding[2],
  dilation_y: dilation[0],
  dilation_x: dilation[1],
});

/** How far a window reaches, by its size and dilation. */
const reach = (kernel: number, dilation: number): number => dilation * (kernel - 1) + 1;

/** Padding that leaves a size as it is at a stride of 1; an odd one has more behind, as PyTorch's 'same'. */
export function samePadding(kernel: Pair, dilation: Pair): Sides {
  const [y, x] = [reach(kernel[0], dilation[0]) - 1, reach(kernel[1], dilation[1]) - 1];
  return [Math.floor(y / 2), Math.ceil(y / 2), Math.floor(x / 2), Math.ceil(x / 2)];
}

/** What convolutions call their padding: by number, `valid` for none, `same` for as much as keeps the size at a stride of 1. */
export type PaddingOption = PairOption | 'same' | 'valid';

/**
 * Windows along one axis. With `ceil`, the last may reach behind the padding, but begins within the image or the padding before it (PyTorch's ceil_mode).
 */
function countAlong(size: number, [before, after]: Pair, kernel: number, stride: number, dilation: number, ceil: boolean): number {
  const steps = (size + before + after - reach(kernel, dilation)) / stride;
  const windows = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
  return ceil && (windows - 1) * stride >= size + before ? windows - 1 : windows;
}

/** Height and width of what windows over a batch of images give. Throws ShapeError for what is no batch of images, and where no window fits. */
export function windowsOver(where: string, x: TensorType, kernel: Pair, { stride, padding, dilation }: Windows, ceil = false): Pair {
  requireImages(where, x);
  const [, height, width] = x.shape as [number, number, number, number];
  const counts = windowsAfter([height, width], kernel, { stride, padding, dilation }, ceil)!;
  if (counts.some((count) => count < 1))
    throw new ShapeError(
      `${where}: windows of ${kernel.join(' x ')}${dilation.some((d) => d > 1) ? `, dilated by ${dilation.join(' x ')},` : ''} do not fit into images of ${height} x ${width} with padding of ${shapeText(padding)}: expected ${shapeText(x.shape)} to be larger`,
    );
  return counts;
}

/** Height and width of images after windows, without looking whether one fits; undefined where they are not known. */
export function windowsAfter(image: Pair | undefined, kernel: Pair, { stride, padding, dilation }: Windows, ceil = false): Pair | undefined {
  const along = (d: 0 | 1): number => countAlong(image![d], [padding[2 * d]!, padding[2 * d + 1]!], kernel[d], stride[d], dilation[d], ceil);
  return image && [along(0), along(1)];
}

export function requireImages(where: string, { shape }: TensorType): void {
  if (shape.length !== 4)
    throw new ShapeError(
      `${where}: expected images [batch, height, width, channels], got ${shapeText(shape)}${shape.length === 2 ? ': put reshape([height, width, channels]) before it' : ''}`,
    );
}

/** One number for height and width, or one for each. */
export type PairOption = number | readonly [height: number, width: number];

/** The most that an option of a window may be. */
const MOST = 2 ** 12;

/** An option that is one number for height and width, or one for each. */
/* @__NO_SIDE_EFFECTS__ */
export function pairOption<const Min extends number>(min: Min, max = MOST): EitherOption {
  const one = { type: 'integer', min, max } as const;
  return {
    type: 'either',
    of: [one, { type: 'list', of: one, length: 2, expected: 'a list of two integers' }],
    expected: `an integer from ${min} to ${max}, or [height, width]`,
  };
}

export const pairOf = (given: PairOption): Pair => (typeof given === 'number' ? [given, given] : given);

/** The same padding on both sides. */
export function evenPadding(given: PairOption): Sides {
  const [y, x] = pairOf(given);
  return [y, y, x, x];
}
