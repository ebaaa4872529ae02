// The largest number of each window of images.

import { UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { MAX_POOL2D_OPTIONS, type MaxPool2dOptions, maxPool2dOp, poolAttrs } from '../../ops/pool2d.ts';
import { windowMap } from '../../ops/position_map.ts';
import { windowsAfter } from '../../ops/windows.ts';
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { type Image, imageOf, sameWidth, type Theory, type Torch } from './feature.ts';
import { pairOfImage } from './filters_theory.ts';
import { windowArguments } from './window_arguments.ts';

export const record = { type: 'max_pool2d', role: 'shape', options: MAX_POOL2D_OPTIONS } as const satisfies LayerRecord<MaxPool2dOptions>;

/**
 * The largest number of each window: [batch, height, width, channels] -> fewer rows and columns.
 *
 * @param options - As of `maxPool2d` of `fathom-webgpu/ops`: `kernelSize`, `stride` (by default the same), `padding`, `dilation` and `ceilMode`.
 * @returns A layer without weights.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, where images do not fit.
 * @example
 * sequential([reshape({ shape: [8, 8, 1] }), maxPool2d({ kernelSize: 2 }), flatten(), dense(10)]);
 */
export function maxPool2d(options: MaxPool2dOptions): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`max_pool2d: expected options, got ${showGiven(options)}`);
  const given = readOptions<MaxPool2dOptions, typeof record.options>('max_pool2d', record.options, options);
  const attrs = poolAttrs(given as MaxPool2dOptions);
  return layerOf(record, given, ({ graph, path }, x) => graph.apply(maxPool2dOp, [x], attrs, path)[0]!);
}

export const build = (document: MaxPool2dOptions): Layer => maxPool2d(document);

export const size = sameWidth;

export const image = (document: MaxPool2dOptions, before: Image): Image => {
  const attrs = poolAttrs(document);
  return imageOf(before, (image) => windowsAfter(image, attrs.kernel, attrs, attrs.ceil));
};

export const theory: Theory<MaxPool2dOptions> = (document, { path, image: before, after }) => {
  const attrs = poolAttrs(document);
  const [from, to] = [pairOfImage(before), pairOfImage(after)];
  return from && to ? [{ kind: 'max_pool', name: path, map: windowMap(from, to, attrs.kernel, attrs) }] : 'unknown';
};

export const torch: Torch<MaxPool2dOptions> = (document) => `nn.MaxPool2d(${windowArguments(document)})`;

export const text: Texts = {
  en: { title: 'Max pool', summary: 'Keeps the largest number of each window of an image.' },
  zh: { title: '最大池化', summary: '保留图像每个窗口中最大的数。' },
};
