// Images, channels last: convolutions and pools.
import type { Value } from '../../graph/graph.ts';
import { readOptions } from '../../option_table.ts';
import { CONV2D_OPTIONS, type Conv2dOptions, conv2dAttrs, conv2dOp } from '../conv2d.ts';
import { AVG_POOL2D_OPTIONS, type AvgPool2dOptions, avgPool2dOp, MAX_POOL2D_OPTIONS, type MaxPool2dOptions, maxPool2dOp, poolAttrs } from '../pool2d.ts';
import { reduceAlong } from '../reduce.ts';
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
