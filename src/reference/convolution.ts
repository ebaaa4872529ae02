// Convolutions as their definition has them: a window, a tap, a channel and a filter at a time.
import { convTranspose2dBiasOp, convTranspose2dInputGradActivationOp, convTranspose2dOp } from '../ops/conv_transpose2d.ts';
import {
  type Conv2dAttrs,
  type Conv2dGradAttrs,
  conv2dBiasOp,
  conv2dInputGradActivationOp,
  conv2dInputGradOp,
  conv2dOp,
  conv2dPoolOp,
  conv2dWeightBiasGradOp,
  conv2dWeightGradOp,
} from '../ops/conv2d.ts';
import { act, addBias, columnSums, fusedInputGrad, fusedProduct } from './layers.ts';
import { maxPooled } from './pooling.ts';
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

function forward(x: Tensor64, w: Tensor64, attrs: Conv2dAttrs): Tensor64 {
  const along = (d: 0 | 1): number =>
    Math.floor((x.shape[d + 1]! + attrs.padding[2 * d]! + attrs.padding[2 * d + 1]! - attrs.dilation[d] * (w.shape[d]! - 1) - 1) / attrs.stride[d]) + 1;
  const y = zeros64([x.shape[0]!, along(0), along(1), w.shape[3]!]);
  eachProduct(shapes(x, w, y), attrs, (i, j, k) => {
    y.data[k]! += x.data[i]! * w.data[j]!;
  });
  return y;
}

function inputGrad(dy: Tensor64, w: Tensor64, attrs: Conv2dGradAttrs): Tensor64 {
  const dx = zeros64(attrs.shape);
  eachProduct(shapes(dx, w, dy), attrs, (i, j, k) => {
    dx.data[i]! += dy.data[k]! * w.data[j]!;
  });
  return dx;
}

function transposed(x: Tensor64, w: Tensor64, attrs: Conv2dAttrs): Tensor64 {
  const { stride, padding, dilation, groups } = attrs;
  const along = (d: 0 | 1): number => (x.shape[d + 1]! - 1) * stride[d] - padding[2 * d]! - padding[2 * d + 1]! + dilation[d] * (w.shape[d]! - 1) + 1;
  return inputGrad(x, w, { ...attrs, shape: [x.shape[0]!, along(0), along(1), w.shape[2]! * groups] });
}

function weightGrad(x: Tensor64, dy: Tensor64, attrs: Conv2dGradAttrs): Tensor64 {
  const dw = zeros64(attrs.shape);
  eachProduct(shapes(x, dw, dy), attrs, (i, j, k) => {
    dw.data[j]! += x.data[i]! * dy.data[k]!;
  });
  return dw;
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(convTranspose2dOp, ([x, w], attrs) => [transposed(x!, w!, attrs)]),
  twin(convTranspose2dBiasOp, ([x, w, bias], { product, activation, storeZ }, node, state) =>
    fusedProduct(transposed(x!, w!, product), bias!, activation, storeZ, node, state),
  ),
  twin(convTranspose2dInputGradActivationOp, ([dy, w, saved], { product, activation }, node, state) =>
    fusedInputGrad(forward(dy!, w!, product), saved!, activation, node, state),
  ),
  twin(conv2dOp, ([x, w], attrs) => [forward(x!, w!, attrs)]),
  twin(conv2dInputGradOp, ([dy, w], attrs) => [inputGrad(dy!, w!, attrs)]),
  twin(conv2dWeightGradOp, ([x, dy], attrs) => [weightGrad(x!, dy!, attrs)]),
  twin(conv2dBiasOp, ([x, w, bias], { product, activation, storeZ }, node, state) =>
    fusedProduct(forward(x!, w!, product), bias!, activation, storeZ, node, state),
  ),
  twin(conv2dPoolOp, ([x, w, bias], { product, activation, pool }, node, state) => {
    const z = addBias(forward(x!, w!, product), bias!);
    return maxPooled(act(z, activation), activation.entry.gradientFrom === 'output' ? z : undefined, pool, node, state);
  }),
  twin(conv2dInputGradActivationOp, ([dy, w, saved], { product, activation }, node, state) =>
    fusedInputGrad(inputGrad(dy!, w!, product), saved!, activation, node, state),
  ),
  twin(conv2dWeightBiasGradOp, ([x, dy], attrs) => [weightGrad(x!, dy!, attrs), columnSums(dy!)]),
];
