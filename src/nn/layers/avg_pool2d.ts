// The mean of each window of images.

import { UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { AVG_POOL2D_OPTIONS, type AvgPool2dOptions, avgPool2dOp, poolAttrs } from '../../ops/pool2d.ts';
import { windowCounts, windowMap } from '../../ops/position_map.ts';
import { windowsAfter } from '../../ops/windows.ts';
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { type Image, imageOf, sameWidth, type Theory, type Torch } from './feature.ts';
import { pairOfImage } from './filters_theory.ts';
import { windowArguments } from './window_arguments.ts';

export const record = { type: 'avg_pool2d', role: 'shape', options: AVG_POOL2D_OPTIONS } as const satisfies LayerRecord<AvgPool2dOptions>;

/**
 * The mean of each window: [batch, height, width, channels] -> fewer rows and columns.
 *
 * @param options - As of `avgPool2d` of `fathom-webgpu/ops`: `kernelSize`, `stride` (by default the same), `padding`, `countIncludePad` and `ceilMode`.
 * @returns A layer without weights.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, where images do not fit.
 * @example
 * sequential([reshape({ shape: [8, 8, 1] }), avgPool2d({ kernelSize: 2 }), flatten(), dense(10)]);
 */
export function avgPool2d(options: AvgPool2dOptions): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`avg_pool2d: expected options, got ${showGiven(options)}`);
  const given = readOptions<AvgPool2dOptions, typeof record.options>('avg_pool2d', record.options, options);
  const attrs = poolAttrs(given as AvgPool2dOptions);
  return layerOf(record, given, ({ graph, path }, x) => graph.apply(avgPool2dOp, [x], attrs, path)[0]!);
}

export const build = (document: AvgPool2dOptions): Layer => avgPool2d(document);

export const size = sameWidth;

export const image = (document: AvgPool2dOptions, before: Image): Image => {
  const attrs = poolAttrs(document);
  return imageOf(before, (image) => windowsAfter(image, attrs.kernel, attrs, attrs.ceil));
};

export const theory: Theory<AvgPool2dOptions> = (document, { path, image: before, after }) => {
  const attrs = poolAttrs(document);
  const [from, to] = [pairOfImage(before), pairOfImage(after)];
  if (!from || !to) return 'unknown';
  const map = windowMap(from, to, attrs.kernel, attrs);
  // Behind the padding nothing counts; that of a last window which reaches there is not told apart here.
  if (attrs.ceil && attrs.countIncludePad) return 'unknown';
  return [{ kind: 'average_pool', name: path, map, counts: windowCounts(map, attrs.countIncludePad) }];
};

export const torch: Torch<AvgPool2dOptions> = (document) => `nn.AvgPool2d(${windowArguments(document)})`;

export const text: Texts = {
  en: { title: 'Average pool', summary: 'Takes the mean of each window of an image.' },
  zh: { title: '平均池化', summary: '取图像每个窗口的平均值。' },
};
