// Convolutions as their definition has them: a window, a tap, a channel and a filter at a time.
import { convTranspose2dOp } from '../ops/conv_transpose2d.ts';
import { type Conv2dAttrs, conv2dInputGradOp, conv2dOp, conv2dWeightGradOp } from '../ops/conv2d.ts';
import { type Tensor64, zeros64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

type Shape4 = readonly [number, number, number, number];

const flat = ([, height, width, channels]: Shape4, n: number, y: number, x: number, c: number): number => ((n * height + y) * width + x) * channels + c;

/** Hears of every product that a convolution sums: where its three numbers lie. */
function eachProduct(
  [x, w, y]: readonly [Shape4, Shape4, Shape4],
  { stride, padding, dilation, groups }: Conv2dAttrs,
  hear: (x: number, w: number, y: number) => void,
): void {
  const [images, height, width] = x;
  const [kernelHeight, kernelWidth, channels, filters] = w;
  for (let n = 0; n < images; n++)
    for (let i = 0; i < y[1]; i++)
      for (let j = 0; j < y[2]; j++)
        for (let ky = 0; ky < kernelHeight; ky++)
          for (let kx = 0; kx < kernelWidth; kx++) {
            const row = i * stride[0] + ky * dilation[0] - padding[0];
            const column = j * stride[1] + kx * dilation[1] - padding[2];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            for (let f = 0; f < filters; f++) {
              const group = Math.floor((f * groups) / filters);
              for (let c = 0; c < channels; c++) hear(flat(x, n, row, column, group * channels + c), flat(w, ky, kx, c, f), flat(y, n, i, j, f));
            }
          }
}

const shapes = (...given: readonly { shape: readonly number[] }[]): [Shape4, Shape4, Shape4] =>
  given.map(({ shape }) => shape) as unknown as [Shape4, Shape4, Shape4];

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(convTranspose2dOp, ([x, w], attrs, node) => {
    const y = zeros64(node.outputs[0]!.type.shape);
    eachProduct(shapes(y, w!, x!), attrs, (i, j, k) => {
      y.data[i]! += x!.data[k]! * w!.data[j]!;
    });
    return [y];
  }),
  twin(conv2dOp, ([x, w], attrs, node) => {
    const y = zeros64(node.outputs[0]!.type.shape);
    eachProduct(shapes(x!, w!, y), attrs, (i, j, k) => {
      y.data[k]! += x!.data[i]! * w!.data[j]!;
    });
    return [y];
  }),
  twin(conv2dInputGradOp, ([dy, w], attrs) => {
    const dx: Tensor64 = zeros64(attrs.shape);
    eachProduct(shapes(dx, w!, dy!), attrs, (i, j, k) => {
      dx.data[i]! += dy!.data[k]! * w!.data[j]!;
    });
    return [dx];
  }),
  twin(conv2dWeightGradOp, ([x, dy], attrs) => {
    const dw: Tensor64 = zeros64(attrs.shape);
    eachProduct(shapes(x!, dw, dy!), attrs, (i, j, k) => {
      dw.data[j]! += x!.data[i]! * dy!.data[k]!;
    });
    return [dw];
  }),
];
