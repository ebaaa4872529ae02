// Images, channels last: convolutions, pools, and images made larger.
import type { Value } from '../../graph/graph.ts';
import { readOptions } from '../../option_table.ts';
import { CONV_TRANSPOSE2D_OPTIONS, type ConvTranspose2dOptions, convTranspose2dAttrs, convTranspose2dOp } from '../conv_transpose2d.ts';
import { asImages, asSequences, asWeightOfImages, CONV1D_OPTIONS, type Conv1dOptions, conv1dAttrs } from '../conv1d.ts';
import { CONV2D_OPTIONS, type Conv2dOptions, conv2dAttrs, conv2dOp } from '../conv2d.ts';
import { AVG_POOL2D_OPTIONS, type AvgPool2dOptions, avgPool2dOp, MAX_POOL2D_OPTIONS, type MaxPool2dOptions, maxPool2dOp, poolAttrs } from '../pool2d.ts';
import { reduceAlong } from '../reduce.ts';
import { UPSAMPLE2D_OPTIONS, type Upsample2dOptions, upsample2dAttrs, upsample2dOp } from '../upsample2d.ts';
import { requireImages } from '../windows.ts';
import { graphOf, named, one } from './given.ts';

/**
 * The convolution of images (as deep learning has it: a cross-correlation, without turning the weight round): each window of the images times the weight, for each filter.
 *
 * @param x - Images, [batch, height, width, channels].
 * @param weight - [height, width, channels / groups, filters]. A bias is added after it: `add(conv2d(x, weight), bias)`.
 * @param options - `stride`, `padding`, `dilation` and `groups`.
 * @returns [batch, height, width, filters]; along an axis floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1.
 * @throws ShapeError where images and weight do not fit; UsageError for other options and for what is no value.
 * @example
 * relu(add(conv2d(x, weight, { padding: 'same' }), bias));
 */
export function conv2d(x: Value, weight: Value, options: Conv2dOptions = {}): Value {
  const graph = graphOf('conv2d', { x, weight });
  const given = readOptions<Conv2dOptions, typeof CONV2D_OPTIONS>('conv2d', CONV2D_OPTIONS, options);
  const [height = 1, width = 1] = weight.type.shape;
  return named('conv2d', () => one(graph, conv2dOp, [x, weight], conv2dAttrs('conv2d', [height, width], given)));
}

/**
 * The convolution of sequences, along time: each window of a sequence times the weight, for each filter.
 *
 * @param x - Sequences, [batch, time, channels].
 * @param weight - [time, channels / groups, filters]. A bias is added after it: `add(conv1d(x, weight), bias)`.
 * @param options - `stride`, `padding`, `dilation` and `groups`, a number each.
 * @returns [batch, time, filters]; in time floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1.
 * @throws ShapeError where sequences and weight do not fit; UsageError for other options and for what is no value.
 * @example
 * relu(add(conv1d(x, weight, { padding: 'same' }), bias)); // [batch, 100, 4] and [5, 4, 16] -> [batch, 100, 16]
 */
export function conv1d(x: Value, weight: Value, options: Conv1dOptions = {}): Value {
  const graph = graphOf('conv1d', { x, weight });
  const given = readOptions<Conv1dOptions, typeof CONV1D_OPTIONS>('conv1d', CONV1D_OPTIONS, options);
  return named('conv1d', () => {
    const attrs = conv1dAttrs('conv1d', weight.type.shape[0] ?? 1, given);
    return asSequences(graph, one(graph, conv2dOp, [asImages(graph, 'conv1d', x), asWeightOfImages(graph, 'conv1d', weight)], attrs));
  });
}

/**
 * The transposed convolution of images: the convolution of `stride`, `padding`, `dilation` and `groups` read backwards, from its result to its images. Each
 * pixel times the weight is added to a window of the result; with a stride of 2 images become twice as large (Dumoulin & Visin 2016).
 *
 * @param x - Images, [batch, height, width, channels].
 * @param weight - [height, width, filters / groups, channels], as of the convolution from `filters` to `channels`.
 * @param options - `stride`, `padding`, `outputPadding`, `dilation` and `groups`.
 * @returns [batch, height, width, filters]; along an axis (size - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1.
 * @throws ShapeError where images and weight do not fit; UsageError for other options and for what is no value.
 * @example
 * convTranspose2d(x, weight, { stride: 2, padding: 1, outputPadding: 1 }); // [batch, 4, 4, 16] and [3, 3, 8, 16] -> [batch, 8, 8, 8]
 */
export function convTranspose2d(x: Value, weight: Value, options: ConvTranspose2dOptions = {}): Value {
  const graph = graphOf('convTranspose2d', { x, weight });
  const given = readOptions<ConvTranspose2dOptions, typeof CONV_TRANSPOSE2D_OPTIONS>('convTranspose2d', CONV_TRANSPOSE2D_OPTIONS, options);
  return named('convTranspose2d', () => one(graph, convTranspose2dOp, [x, weight], convTranspose2dAttrs('convTranspose2d', given)));
}

/**
 * Images made larger, without weights.
 *
 * @param x - Images, [batch, height, width, channels].
 * @param options - `scaleFactor`: how many times as high and wide; `mode`, nearest or bilinear; `alignCorners`.
 * @returns [batch, scaleFactor height, scaleFactor width, channels]: what PyTorch's `interpolate` gives.
 * @throws ShapeError for what are no images; UsageError for other options and for what is no value.
 * @example
 * upsample2d(x, { scaleFactor: 2, mode: 'bilinear' }); // [batch, 4, 4, channels] -> [batch, 8, 8, channels]
 */
export function upsample2d(x: Value, options: Upsample2dOptions): Value {
  const graph = graphOf('upsample2d', { x });
  const given = readOptions<Upsample2dOptions, typeof UPSAMPLE2D_OPTIONS>('upsample2d', UPSAMPLE2D_OPTIONS, options);
  return named('upsample2d', () => one(graph, upsample2dOp, [x], upsample2dAttrs('upsample2d', given)));
}

/**
 * The largest number of each window of images. Padding is never the largest; of equal numbers the first has the gradient, as in PyTorch.
 *
 * @param x - Images, [batch, height, width, channels].
 * @param options - `kernelSize`, `stride` (by default the same), `padding`, `dilation` and `ceilMode`.
 * @returns [batch, height, width, channels], with fewer rows and columns.
 * @throws ShapeError where no window fits, or padding is more than half a window; UsageError for other options and for what is no value.
 * @example
 * maxPool2d(x, { kernelSize: 2 }); // [batch, 8, 8, channels] -> [batch, 4, 4, channels]
 */
export function maxPool2d(x: Value, options: MaxPool2dOptions): Value {
  const graph = graphOf('maxPool2d', { x });
  const given = readOptions<MaxPool2dOptions, typeof MAX_POOL2D_OPTIONS>('maxPool2d', MAX_POOL2D_OPTIONS, options);
  return named('maxPool2d', () => one(graph, maxPool2dOp, [x], poolAttrs(given as MaxPool2dOptions)));
}

/**
 * The mean of each window of images.
 *
 * @param x - Images, [batch, height, width, channels].
 * @param options - `kernelSize`, `stride` (by default the same), `padding`, `ceilMode`, and `countIncludePad`: whether padding counts as zeros.
 * @returns [batch, height, width, channels], with fewer rows and columns.
 * @throws As of `maxPool2d`.
 * @example
 * avgPool2d(x, { kernelSize: 3, stride: 2, padding: 1 });
 */
export function avgPool2d(x: Value, options: AvgPool2dOptions): Value {
  const graph = graphOf('avgPool2d', { x });
  const given = readOptions<AvgPool2dOptions, typeof AVG_POOL2D_OPTIONS>('avgPool2d', AVG_POOL2D_OPTIONS, options);
  return named('avgPool2d', () => one(graph, avgPool2dOp, [x], poolAttrs(given as AvgPool2dOptions)));
}

/**
 * The mean of each channel over a whole image (Lin, Chen & Yan 2014).
 *
 * @param x - Images, [batch, height, width, channels].
 * @returns [batch, channels].
 * @throws ShapeError for what are no images; UsageError for what is no value.
 * @example
 * globalAvgPool2d(relu(conv2d(x, weight)));
 */
export function globalAvgPool2d(x: Value): Value {
  const graph = graphOf('globalAvgPool2d', { x });
  return named('globalAvgPool2d', () => {
    requireImages('globalAvgPool2d', x.type);
    return reduceAlong(graph, 'mean', x, [1, 2], false);
  });
}
