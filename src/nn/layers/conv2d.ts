// A convolution of images, channels last.

import * as LIMITS from '../../limits.ts';
import { CONV2D_OPTIONS, type Conv2dOptions as Conv2dOpOptions, conv2dAttrs, conv2dOp } from '../../ops/conv2d.ts';
import { windowMap } from '../../ops/position_map.ts';
import { type PairOption, pairOf, pairOption, requireImages, windowsAfter } from '../../ops/windows.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf, sizeOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import { type Image, imageOf, pairText, type Sizing, type Theory, type Torch } from './feature.ts';
import { addBias, type FilterOptions, filterOptions, requireGrouped } from './filters.ts';
import { filterSteps } from './filters_theory.ts';

/** Options of `conv2d`: filters, windows, and how the weight and the bias start. */
export interface Conv2dOptions extends Conv2dOpOptions, FilterOptions {
  /** Height and width of a window: a number or [height, width]. */
  kernelSize: PairOption;
}

/* @__NO_SIDE_EFFECTS__ */
function optionTable() {
  return {
    filters: { type: 'integer', min: 1, max: LIMITS.units, required: true },
    kernelSize: { ...pairOption(1), required: true },
    ...CONV2D_OPTIONS,
    ...filterOptions(),
  } as const;
}

export const record = {
  type: 'conv2d',
  role: 'weights',
  options: optionTable(),
} as const satisfies LayerRecord<Conv2dOptions>;

/**
 * A convolution (LeCun 1989): [batch, height, width, channels] -> [batch, height, width, filters]. The weight is [height, width, channels / groups, filters]; its
 * fans are those of PyTorch: the places of a window times channels / groups, and times filters.
 *
 * @param options - `filters` and `kernelSize`; `stride`, `padding`, `dilation` and `groups` as of `conv2d` of `fathom-webgpu/ops`; `bias`, initial values and
 * penalties as of `dense`.
 * @returns A layer; along an axis it gives floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1 pixels.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, where images do not fit.
 * @example
 * const net = sequential([
 *   reshape({ shape: [8, 8, 1] }),
 *   conv2d({ filters: 16, kernelSize: 3, padding: 'same' }),
 *   relu(),
 *   maxPool2d({ kernelSize: 2 }),
 *   flatten(),
 *   dense(10),
 * ]);
 */
export function conv2d(options: Conv2dOptions): CallableLayer {
  const given = readOptions<Conv2dOptions, typeof record.options>('conv2d', record.options, options);
  const { filters, initializer, groups, l1, l2 } = given;
  const kernelSize = pairOf(given.kernelSize);
  const attrs = conv2dAttrs('conv2d', kernelSize, given);
  requireGrouped('conv2d', filters, groups);
  return layerOf(record, given, (context, x) => {
    const { graph, path } = context;
    requireImages(path, x.type);
    const shape = [...kernelSize, Math.max(1, Math.floor(lastOf(x.type) / groups)), filters];
    const product = graph.apply(conv2dOp, [x, context.parameter('weight', shape, initializer, { l1, l2 })], attrs, path)[0]!;
    return addBias(context, product, given, [sizeOf(shape.slice(0, 3)), kernelSize[0] * kernelSize[1] * filters]);
  });
}

export const build = (document: Conv2dOptions): Layer => conv2d(document);

const complete = ({ stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, ...given }: Conv2dOptions) => ({
  ...given,
  stride,
  padding,
  dilation,
  groups,
  bias,
});

export const size = (document: Conv2dOptions, width: number, { add }: Sizing): number => {
  const { filters, kernelSize, groups, bias } = complete(document);
  const [height, across] = pairOf(kernelSize);
  add(height * across * filters * (width / groups) + (bias ? filters : 0), '.filters');
  return filters;
};

export const image = (document: Conv2dOptions, before: Image): Image => {
  const given = complete(document);
  const kernelSize = pairOf(given.kernelSize);
  return imageOf(before, (image) => windowsAfter(image, kernelSize, conv2dAttrs('conv2d', kernelSize, given)));
};

export const theory: Theory<Conv2dOptions> = (document, context) => {
  const given = complete(document);
  const { filters, groups } = given;
  const kernelSize = pairOf(given.kernelSize);
  const attrs = conv2dAttrs('conv2d', kernelSize, given);
  const shape = [...kernelSize, Math.max(1, Math.floor(context.width / groups)), filters];
  return filterSteps(document, context, { shape, groups, mapOf: (from, to) => windowMap(from, to, kernelSize, attrs) });
};

/** Of images [batch, channels, height, width], and a weight of [filters, channels / groups, height, width]. */
export const torch: Torch<Conv2dOptions> = (document, { inputs }) => {
  const { filters, kernelSize, stride, padding, dilation, groups, bias } = complete(document);
  const more = [
    ...(stride === 1 ? [] : [`stride=${pairText(stride)}`]),
    ...(padding === 0 ? [] : [`padding=${typeof padding === 'string' ? `'${padding}'` : pairText(padding)}`]),
    ...(dilation === 1 ? [] : [`dilation=${pairText(dilation)}`]),
    ...(groups === 1 ? [] : [`groups=${groups}`]),
    ...(bias ? [] : ['bias=False']),
  ];
  return `nn.Conv2d(${[inputs, filters, pairText(kernelSize), ...more].join(', ')})`;
};

export const text: Texts = {
  en: { title: 'Convolution', summary: 'Slides a window over images: at each place every filter is a weighted sum of what the window sees, plus a bias.' },
  zh: { title: '卷积', summary: '在图像上滑动窗口：每个位置上，每个滤波器是窗口所见各数的加权和，再加上偏置。' },
};
