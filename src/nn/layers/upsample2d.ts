// Images made larger.

import { UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { UPSAMPLE2D_OPTIONS, type Upsample2dOptions, upsample2dAttrs, upsample2dOp } from '../../ops/upsample2d.ts';
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { type Image, imageOf, pairText, sameWidth, type Theory, type Torch } from './feature.ts';

export const record = { type: 'upsample2d', role: 'shape', options: UPSAMPLE2D_OPTIONS } as const satisfies LayerRecord<Upsample2dOptions>;

/**
 * Images made larger: [batch, height, width, channels] -> `scaleFactor` times as high and wide.
 *
 * @param options - As of `upsample2d` of `fathom-webgpu/ops`: `scaleFactor`, `mode` (nearest by default, or bilinear) and `alignCorners`.
 * @returns A layer without weights.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, for what are no images.
 * @example
 * sequential([reshape({ shape: [4, 4, 4] }), upsample2d({ scaleFactor: 2, mode: 'bilinear' }), conv2d({ filters: 8, kernelSize: 3 }), flatten(), dense(10)]);
 */
export function upsample2d(options: Upsample2dOptions): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`upsample2d: expected options, got ${showGiven(options)}`);
  const given = readOptions<Upsample2dOptions, typeof record.options>('upsample2d', record.options, options);
  const attrs = upsample2dAttrs('upsample2d', given);
  return layerOf(record, given, ({ graph, path }, x) => graph.apply(upsample2dOp, [x], attrs, path)[0]!);
}

export const build = (document: Upsample2dOptions): Layer => upsample2d(document);

export const size = sameWidth;

export const image = (document: Upsample2dOptions, before: Image): Image => {
  const { scale } = upsample2dAttrs('upsample2d', document);
  return imageOf(before, ([height, width]) => [height * scale[0], width * scale[1]]);
};

/** On the way back the gradients of what a pixel has become are added, and by how much that grows depends on how they are correlated. */
export const theory: Theory<Upsample2dOptions> = 'unknown';

export const torch: Torch<Upsample2dOptions> = ({ scaleFactor, mode, alignCorners }) =>
  `nn.Upsample(scale_factor=${pairText(scaleFactor)}${mode === undefined ? '' : `, mode='${mode}'`}${alignCorners ? ', align_corners=True' : ''})`;

export const text: Texts = {
  en: { title: 'Upsampling', summary: 'Makes images larger: repeats pixels, or blends neighbours.' },
  zh: { title: '上采样', summary: '放大图像：重复像素，或在相邻像素之间插值。' },
};
