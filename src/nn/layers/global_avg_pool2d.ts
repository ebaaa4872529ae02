// The mean of each channel over a whole image (Lin, Chen & Yan 2014).

import { UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { wholeMap, windowCounts } from '../../ops/position_map.ts';
import { reduceAlong } from '../../ops/reduce.ts';
import { requireImages } from '../../ops/windows.ts';
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { type Image, sameWidth, type Theory, type Torch } from './feature.ts';
import { pairOfImage } from './filters_theory.ts';

type None = Record<never, never>;

export const record = { type: 'global_avg_pool2d', role: 'shape', options: {} } as const satisfies LayerRecord<None>;

/**
 * The mean of each channel over a whole image: [batch, height, width, channels] -> [batch, channels].
 *
 * @param options - There are none.
 * @returns A layer without weights, whose rows dense layers take.
 * @throws UsageError for a value, which `globalAvgPool2d` of `fathom-webgpu/ops` takes; ShapeError, when the model is built, for what are no images.
 * @example
 * sequential([reshape({ shape: [8, 8, 1] }), conv2d({ filters: 16, kernelSize: 3 }), relu(), globalAvgPool2d(), dense(10)]);
 */
export function globalAvgPool2d(options?: Record<never, never>): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`global_avg_pool2d: expected no options, got ${showGiven(options)}`);
  readOptions<None, typeof record.options>('global_avg_pool2d', record.options, options);
  return layerOf(record, {}, ({ graph, path }, x) => {
    requireImages(path, x.type);
    return reduceAlong(graph, 'mean', x, [1, 2], false);
  });
}

export const build = (_document: None): Layer => globalAvgPool2d();

export const size = sameWidth;

export const image = (): Image => undefined;

export const theory: Theory<None> = (_document, { path, image: before }) => {
  const from = pairOfImage(before);
  if (!from) return 'unknown';
  const map = wholeMap(from[0] * from[1]);
  return [{ kind: 'average_pool', name: path, map, counts: windowCounts(map, true) }];
};

export const torch: Torch<None> = () => ['nn.AdaptiveAvgPool2d(1)', 'nn.Flatten()'];

export const text: Texts = {
  en: { title: 'Global average pool', summary: 'Takes the mean of each channel over the whole image.' },
  zh: { title: '全局平均池化', summary: '对整幅图像取每个通道的平均值。' },
};
