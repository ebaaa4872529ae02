// Images made larger, pixel by pixel, as PyTorch's documentation of `interpolate` has it.
import { type Upsample2dAttrs, upsample2dGradOp, upsample2dOp } from '../ops/upsample2d.ts';
import { zeros64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

/** What pixel i is made of along an axis: pixels of the image with their shares. */
function sharesOf(i: number, size: number, scale: number, { mode, alignCorners }: Upsample2dAttrs): [at: number, share: number][] {
  if (mode === 'nearest') return [[Math.floor(i / scale), 1]];
  const last = size * scale - 1;
  const place = alignCorners ? (last > 0 ? (i * (size - 1)) / last : 0) : Math.max(0, (i + 0.5) / scale - 0.5);
  const low = Math.floor(place);
  if (low >= size - 1 || place === low) return [[Math.min(low, size - 1), 1]];
  return [
    [low, 1 - (place - low)],
    [low + 1, place - low],
  ];
}

/** Hears of every number of the larger image: which of the smaller has a share in it. */
function eachShare(
  [images, height, width, channels]: readonly number[],
  attrs: Upsample2dAttrs,
  hear: (small: number, large: number, share: number) => void,
): void {
  const [rows, columns] = [height! * attrs.scale[0], width! * attrs.scale[1]];
  for (let n = 0; n < images!; n++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (const [y, down] of sharesOf(i, height!, attrs.scale[0], attrs))
          for (const [x, across] of sharesOf(j, width!, attrs.scale[1], attrs))
            for (let c = 0; c < channels!; c++)
              hear(((n * height! + y) * width! + x) * channels! + c, ((n * rows + i) * columns + j) * channels! + c, down * across);
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(upsample2dOp, ([x], attrs, node) => {
    const y = zeros64(node.outputs[0]!.type.shape);
    eachShare(x!.shape, attrs, (small, large, share) => {
      y.data[large]! += share * x!.data[small]!;
    });
    return [y];
  }),
  twin(upsample2dGradOp, ([dy], attrs) => {
    const dx = zeros64(attrs.shape);
    eachShare(attrs.shape, attrs, (small, large, share) => {
      dx.data[small]! += share * dy!.data[large]!;
    });
    return [dx];
  }),
];
