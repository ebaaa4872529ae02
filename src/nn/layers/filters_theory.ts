// The step of a layer of filters in the prediction of signals.

import type { SignalStep } from '../../inspect/theory/signal.ts';
import type { PositionMap } from '../../ops/position_map.ts';
import type { Pair } from '../../ops/windows.ts';
import { sizeOf } from '../../shape.ts';
import { fansOf, meanOf, varianceOf, withFans } from '../initializers.ts';
import type { Image, TheoryContext } from './feature.ts';
import { type FilterOptions, filterOptions } from './filters.ts';

/** Height and width of an image or a sequence; undefined for samples of other axes, and where sizes are not known. */
export function pairOfImage(image: Image): Pair | undefined {
  if (!image || image.length > 2 || !image.every(Number.isInteger)) return undefined;
  return image.length === 1 ? [1, image[0]!] : (image as unknown as Pair);
}

/**
 * Filters over an image: `shape` is that of their weight, `fans` those of a bias that starts by them, `mapOf` what joins the positions. Of random weights: constant
 * ones make all filters alike, and a constant bias shifts them all, which the theory of zero means does not know.
 */
export function filterSteps(
  { filters, bias = true, initializer = filterOptions().initializer.default, biasInitializer = filterOptions().biasInitializer.default }: FilterOptions,
  { path, width, image, after }: TheoryContext,
  { shape, groups, mapOf }: { shape: readonly number[]; groups: number; mapOf: (from: Pair, to: Pair) => PositionMap },
): readonly SignalStep[] | 'unknown' {
  const [from, to] = [pairOfImage(image), pairOfImage(after)];
  const channels = width / groups;
  const variance = varianceOf(initializer, ...fansOf(path, initializer, shape));
  if (!from || !to || variance === 0 || (bias && meanOf(biasInitializer) !== 0)) return 'unknown';
  const last = shape.at(-1)!;
  const rows = sizeOf(shape) / last;
  const start = withFans(biasInitializer, rows, (rows / shape.at(-2)!) * last);
  const sb2 = bias ? varianceOf(start, ...fansOf(path, start, [filters])) : 0;
  const map = mapOf(from, to);
  return [
    {
      kind: 'convolution',
      name: path,
      width: filters,
      map,
      gain: channels * variance,
      ...(sb2 > 0 ? { sb2 } : {}),
      ...(groups > 1 && channels === 1 ? { depthwise: true } : {}),
    },
  ];
}
