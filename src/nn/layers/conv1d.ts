// A convolution of sequences, channels last.

import * as LIMITS from '../../limits.ts';
import { asImages, asSequences, asWeightOfImages, CONV1D_OPTIONS, type Conv1dOptions as Conv1dOpOptions, conv1dAttrs } from '../../ops/conv1d.ts';
import { conv2dOp } from '../../ops/conv2d.ts';
import { windowMap } from '../../ops/position_map.ts';
import { windowsAfter } from '../../ops/windows.ts';
import { readOptions } from '../../option_table.ts';
import { lastOf, sizeOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import type { Image, Sizing, Theory, Torch } from './feature.ts';
import { addBias, type FilterOptions, filterOptions, requireGrouped } from './filters.ts';
import { filterSteps } from './filters_theory.ts';

/** Options of `conv1d`: filters, windows, and how the weight and the bias start. */
export interface Conv1dOptions extends Conv1dOpOptions, FilterOptions {
  /** Steps in time that a window sees. */
  kernelSize: number;
}

/* @__NO_SIDE_EFFECTS__ */
function optionTable() {
  return {
    filters: { type: 'integer', min: 1, max: LIMITS.units, required: true },
    kernelSize: { type: 'integer', min: 1, max: 2 ** 12, required: true },
    ...CONV1D_OPTIONS,
    ...filterOptions(),
  } as const;
}

export const record = {
  type: 'conv1d',
  role: 'weights',
  options: optionTable(),
} as const satisfies LayerRecord<Conv1dOptions>;

/**
 * A convolution along time: [batch, time, channels] -> [batch, time, filters]. The weight is [time, channels / groups, filters]; its fans are those of PyTorch.
 *
 * @param options - `filters` and `kernelSize`; `stride`, `padding`, `dilation` and `groups` as of `conv1d` of `fathom-webgpu/ops`; `bias`, initial values and
 * penalties as of `dense`.
 * @returns A layer; in time it gives floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1 steps.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, where sequences do not fit.
 * @example
 * sequential([reshape({ shape: [32, 2] }), conv1d({ filters: 16, kernelSize: 5, stride: 2 }), relu(), flatten(), dense(3)]);
 */
export function conv1d(options: Conv1dOptions): CallableLayer {
  const given = readOptions<Conv1dOptions, typeof record.options>('conv1d', record.options, options);
  const { filters, kernelSize, initializer, groups, l1, l2 } = given;
  const attrs = conv1dAttrs('conv1d', kernelSize, given);
  requireGrouped('conv1d', filters, groups);
  return layerOf(record, given, (context, x) => {
    const { graph, path } = context;
    const images = asImages(graph, path, x);
    const shape = [kernelSize, Math.max(1, Math.floor(lastOf(x.type) / groups)), filters];
    const weight = asWeightOfImages(graph, path, context.parameter('weight', shape, initializer, { l1, l2 }));
    const product = graph.apply(conv2dOp, [images, weight], attrs, path)[0]!;
    return asSequences(graph, addBias(context, product, given, [sizeOf(shape.slice(0, 2)), kernelSize * filters]));
  });
}

export const build = (document: Conv1dOptions): Layer => conv1d(document);

const complete = ({ stride = 1, padding = 0, dilation = 1, groups = 1, bias = true, ...given }: Conv1dOptions) => ({
  ...given,
  stride,
  padding,
  dilation,
  groups,
  bias,
});

export const size = (document: Conv1dOptions, width: number, { add }: Sizing): number => {
  const { filters, kernelSize, groups, bias } = complete(document);
  add(kernelSize * filters * (width / groups) + (bias ? filters : 0), '.filters');
  return filters;
};

export const image = (document: Conv1dOptions, before: Image): Image => {
  if (before?.length !== 1) return before && [Number.NaN];
  const given = complete(document);
  const after = windowsAfter([1, before[0]!], [1, given.kernelSize], conv1dAttrs('conv1d', given.kernelSize, given));
  return after && [after[1]];
};

export const theory: Theory<Conv1dOptions> = (document, context) => {
  const given = complete(document);
  const { filters, groups, kernelSize } = given;
  const attrs = conv1dAttrs('conv1d', kernelSize, given);
  const shape = [kernelSize, Math.max(1, Math.floor(context.width / groups)), filters];
  return filterSteps(document, context, { shape, groups, mapOf: (from, to) => windowMap(from, to, [1, kernelSize], attrs) });
};

export const torch: Torch<Conv1dOptions> = (document, { inputs }) => {
  const { filters, kernelSize, stride, padding, dilation, groups, bias } = complete(document);
  const more = [
    ...(stride === 1 ? [] : [`stride=${stride}`]),
    ...(padding === 0 ? [] : [`padding=${typeof padding === 'string' ? `'${padding}'` : padding}`]),
    ...(dilation === 1 ? [] : [`dilation=${dilation}`]),
    ...(groups === 1 ? [] : [`groups=${groups}`]),
    ...(bias ? [] : ['bias=False']),
  ];
  return `nn.Conv1d(${[inputs, filters, kernelSize, ...more].join(', ')})`;
};

export const text: Texts = {
  en: {
    title: 'Convolution in time',
    summary: 'Slides a window along sequences: at each step every filter is a weighted sum of what the window sees, plus a bias.',
  },
  zh: { title: '一维卷积', summary: '沿序列滑动窗口：每一步上，每个滤波器是窗口所见各数的加权和，再加上偏置。' },
};
