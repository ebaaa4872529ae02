// Zeros around images.

import { UsageError } from '../../errors.ts';
import { Graph } from '../../graph/graph.ts';
import { windowMap } from '../../ops/position_map.ts';
import { padOp } from '../../ops/strided.ts';
import { evenPadding, pairOption, requireImages, type Sides } from '../../ops/windows.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf, showGiven } from '../layer.ts';
import { type Image, imageOf, sameWidth, type Theory, type Torch } from './feature.ts';
import { pairOfImage } from './filters_theory.ts';

/** Options of `zeroPad2d`. */
export interface ZeroPad2dOptions {
  /** Pixels around an image: a number, or [top, bottom, left, right]. */
  padding: number | Sides;
}

/* @__NO_SIDE_EFFECTS__ */
function optionTable() {
  const [one] = pairOption(0).of;
  return {
    padding: {
      type: 'either',
      of: [one!, { type: 'list', of: one!, length: 4, expected: 'a list of four integers' }],
      expected: 'an integer of at least 0, or [top, bottom, left, right]',
      required: true,
    },
  } as const satisfies OptionTable<ZeroPad2dOptions>;
}

export const record = { type: 'zero_pad2d', role: 'shape', options: optionTable() } as const satisfies LayerRecord<ZeroPad2dOptions>;

const sidesOf = ({ padding }: ZeroPad2dOptions): Sides => (typeof padding === 'number' ? evenPadding(padding) : padding);

/**
 * Zeros around images: [batch, height, width, channels] -> more rows and columns. Convolutions and pools have a `padding` of their own; this is for sides that
 * differ.
 *
 * @param options - `padding`: how many pixels.
 * @returns A layer without weights.
 * @throws UsageError for another option, and for a value outside its range; ShapeError, when the model is built, for what are no images.
 * @example
 * sequential([reshape({ shape: [8, 8, 1] }), zeroPad2d({ padding: [0, 1, 0, 1] }), conv2d({ filters: 8, kernelSize: 3, stride: 2 }), flatten(), dense(10)]);
 */
export function zeroPad2d(options: ZeroPad2dOptions): CallableLayer {
  if (Graph.of(options)) throw new UsageError(`zero_pad2d: expected options, got ${showGiven(options)}`);
  const given = readOptions<ZeroPad2dOptions, typeof record.options>('zero_pad2d', record.options, options);
  const [top, bottom, left, right] = sidesOf(given);
  return layerOf(record, given, ({ graph, path }, x) => {
    requireImages(path, x.type);
    const [batch, height, width, channels] = x.type.shape as [number, number, number, number];
    const shape = [batch, height + top + bottom, width + left + right, channels];
    return graph.apply(padOp, [x], { starts: [0, top, left, 0], steps: [1, 1, 1, 1], shape, value: 0 }, path)[0]!;
  });
}

export const build = (document: ZeroPad2dOptions): Layer => zeroPad2d(document);

export const size = sameWidth;

export const image = (document: ZeroPad2dOptions, before: Image): Image => {
  const [top, bottom, left, right] = sidesOf(document);
  return imageOf(before, ([height, width]) => [height + top + bottom, width + left + right]);
};

export const theory: Theory<ZeroPad2dOptions> = (document, { image: before, after }) => {
  const [from, to] = [pairOfImage(before), pairOfImage(after)];
  const windows = { stride: [1, 1], padding: sidesOf(document), dilation: [1, 1] } as const;
  return from && to ? [{ kind: 'pad', map: windowMap(from, to, [1, 1], windows) }] : 'unknown';
};

export const torch: Torch<ZeroPad2dOptions> = (document) => {
  const [top, bottom, left, right] = sidesOf(document);
  return `nn.ZeroPad2d((${[left, right, top, bottom].join(', ')}))`;
};

export const text: Texts = {
  en: { title: 'Zero padding', summary: 'Puts zeros around images.' },
  zh: { title: '零填充', summary: '在图像四周补零。' },
};
