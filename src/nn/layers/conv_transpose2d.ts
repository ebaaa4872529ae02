// A transposed convolution of images, channels last.

import * as LIMITS from '../../limits.ts';
import {
  CONV_TRANSPOSE2D_OPTIONS,
  type ConvTranspose2dOptions as ConvTranspose2dOpOptions,
  convTranspose2dAttrs,
  convTranspose2dOp,
  spreadOver,
} from '../../ops/conv_transpose2d.ts';
import { spreadMap } from '../../ops/position_map.ts';
import { type PairOption, pairOf, pairOption, requireImages } from '../../ops/windows.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import { type Image, imageOf, pairText, type Sizing, type Theory, type Torch } from './feature.ts';
import { addBias, type FilterOptions, filterOptions, requireGrouped } from './filters.ts';
import { filterSteps } from './filters_theory.ts';

/** Options of `convTranspose2d`: filters, windows, and how the weight and the bias start. */
export interface ConvTranspose2dOptions extends ConvTranspose2dOpOptions, FilterOptions {
  /** Height and width of a window: a number or [height, width]. */
  kernelSize: PairOption;
}

/* @__NO_SIDE_EFFECTS__ */
function optionTable() {
  return {
    filters: { type: 'integer', min: 1, max: LIMITS.units, required: true },
    kernelSize: { ...pairOption(1), required: true },
    ...CONV_TRANSPOSE2D_OPTIONS,
    ...filterOptions(),
  } as const;
}

export const record = {
  type: 'conv_transpose2d',
  role: 'weights',
  options: optionTable(),
} as const satisfies LayerRecord<ConvTranspose2dOptions>;

/**
 * A transposed convolution (Zeiler et al. 2010): [batch, height, width, channels] -> larger images, [batch, height, width, filters]. It is the convolution with
 * these options read backwards. The weight is [height, width, filters / groups, channels]; its fans are those of PyTorch: the places of a window times
 * filters / groups, and times channels.
 *
 * @param options - `filters` and `kernelSize`; `stride`, `padding`, `outputPadding`, `dilation` and `groups` as of `convTranspose2d` of
 * `fathom-webgpu/ops`; `bias`, initial values and penalties as of `dense`.
 * @returns A layer; along an axis it gives (size - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1 pixels.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, where images do not fit.
 * @example
 * sequential([
 *   reshape({ shape: [4, 4, 4] }),
 *   convTranspose2d({ filters: 8, kernelSize: 2, stride: 2 }), // [batch, 8, 8, 8]
 *   relu(),
 *   flatten(),
 *   dense(10),
 * ]);
 */
export function convTranspose2d(options: ConvTranspose2dOptions): CallableLayer {
  const given = readOptions<ConvTranspose2dOptions, typeof record.options>('conv_transpose2d', record.options, options);
  const { filters, initializer, groups, l1, l2 } = given;
  const kernelSize = pairOf(given.kernelSize);
  const attrs = convTranspose2dAttrs('conv_transpose2d', given);
  requireGrouped('conv_transpose2d', filters, groups);
  return layerOf(record, given, (context, x) => {
    const { graph, path } = context;
    requireImages(path, x.type);
    const channels = lastOf(x.type);
    const weight = context.parameter('weight', [...kernelSize, filters / groups, channels], initializer, { l1, l2 });
    const product = graph.apply(convTranspose2dOp, [x, weight], attrs, path)[0]!;
    const places = kernelSize[0] * kernelSize[1];
    return addBias(context, product, given, [(places * filters) / groups, places * channels]);
  });
}

export const build = (document: ConvTranspose2dOptions): Layer => convTranspose2d(document);

const complete = ({ stride = 1, padding = 0, outputPadding = 0, dilation = 1, groups = 1, bias = true, ...given }: ConvTranspose2dOptions) => ({
  ...given,
  stride,
  padding,
  outputPadding,
  dilation,
  groups,
  bias,
});

export const size = (document: ConvTranspose2dOptions, width: number, { add }: Sizing): number => {
  const { filters, kernelSize, groups, bias } = complete(document);
  const [height, across] = pairOf(kernelSize);
  add(height * across * width * (filters / groups) + (bias ? filters : 0), '.filters');
  return filters;
};

export const image = (document: ConvTranspose2dOptions, before: Image): Image => {
  const given = complete(document);
  return imageOf(before, (image) => spreadOver(image, pairOf(given.kernelSize), convTranspose2dAttrs('conv_transpose2d', given)));
};

export const theory: Theory<ConvTranspose2dOptions> = (document, context) => {
  const given = complete(document);
  const { filters, groups } = given;
  const kernelSize = pairOf(given.kernelSize);
  const attrs = convTranspose2dAttrs('conv_transpose2d', given);
  const shape = [...kernelSize, filters / groups, context.width];
  return filterSteps(document, context, { shape, groups, mapOf: (from, to) => spreadMap(from, to, kernelSize, attrs) });
};

export const torch: Torch<ConvTranspose2dOptions> = (document, { inputs }) => {
  const { filters, kernelSize, stride, padding, outputPadding, dilation, groups, bias } = complete(document);
  const more = [
    ...(stride === 1 ? [] : [`stride=${pairText(stride)}`]),
    ...(padding === 0 ? [] : [`padding=${pairText(padding)}`]),
    ...(outputPadding === 0 ? [] : [`output_padding=${pairText(outputPadding)}`]),
    ...(groups === 1 ? [] : [`groups=${groups}`]),
    ...(bias ? [] : ['bias=False']),
    ...(dilation === 1 ? [] : [`dilation=${pairText(dilation)}`]),
  ];
  return `nn.ConvTranspose2d(${[inputs, filters, pairText(kernelSize), ...more].join(', ')})`;
};

export const text: Texts = {
  en: { title: 'Transposed convolution', summary: 'Makes images larger: every pixel times a filter is added to a window of the result, plus a bias.' },
  zh: { title: '转置卷积', summary: '放大图像：每个像素乘以滤波器后加到结果的一个窗口上，再加上偏置。' },
};
