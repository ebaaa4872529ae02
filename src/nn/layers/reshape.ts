// The numbers of a sample in another shape.

import * as LIMITS from '../../limits.ts';
import { reshape as reshaped } from '../../ops/reshape.ts';
import { readOptions } from '../../option_table.ts';
import { sizeOf } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import { channelsFirst, channelsLast } from './channels_first.ts';
import type { Image, Theory, Torch } from './feature.ts';

/** Options of `reshape`. */
export interface ReshapeOptions {
  /** Of a sample: [height, width, channels] for images. */
  shape: readonly number[];
}

export const record = {
  type: 'reshape',
  role: 'shape',
  options: { shape: { type: 'list', of: { type: 'integer', min: 1, max: LIMITS.inputs }, expected: 'a list of positive integers', required: true } },
} as const satisfies LayerRecord<ReshapeOptions>;

/**
 * [batch, ...] -> [batch, ...shape]: rows of numbers as images, say. Tensors are row-major, so nothing moves.
 *
 * @param options - `shape`: of a sample, without the batch.
 * @returns A layer without weights.
 * @throws UsageError for what is no shape; ShapeError, when the model is built, where a sample has another number of elements.
 * @example
 * sequential([reshape({ shape: [8, 8, 1] }), conv2d({ filters: 16, kernelSize: 3 }), flatten(), dense(10)]);
 */
export function reshape(options: ReshapeOptions): CallableLayer {
  const given = readOptions<ReshapeOptions, typeof record.options>('reshape', record.options, options);
  return layerOf(record, given, ({ graph }, x) => reshaped(graph, x, [x.type.shape[0]!, ...given.shape]));
}

export const build = (document: ReshapeOptions): Layer => reshape(document);

export const size = ({ shape }: ReshapeOptions): number => shape.at(-1)!;

export const image = ({ shape }: ReshapeOptions): Image => (shape.length === 1 ? undefined : shape.slice(0, -1));

/** A row becomes an image, or an image a row; images of another size have other neighbours. */
export const theory: Theory<ReshapeOptions> = (_document, { image: before, after }) => {
  if (!before) return after ? [{ kind: 'unflatten', positions: sizeOf(after) }] : [];
  return after ? 'unknown' : [{ kind: 'flatten' }];
};

/** By way of a row: PyTorch's images have their channels first. */
export const torch: Torch<ReshapeOptions> = ({ shape }, { image: before, inputs }) => {
  const row = before === undefined ? [] : [...(inputs === 1 ? [] : channelsLast(before)), 'nn.Flatten()'];
  const after = shape.slice(0, -1);
  if (after.length === 0) return row.length > 0 ? row : 'nn.Identity()';
  return shape.at(-1) === 1
    ? [...row, `nn.Unflatten(1, (1, ${after.join(', ')}))`]
    : [...row, `nn.Unflatten(1, (${shape.join(', ')}))`, ...channelsFirst(after)];
};

export const text: Texts = {
  en: { title: 'Reshape', summary: 'The numbers of a sample in another shape: a row as an image, say.' },
  zh: { title: '变形', summary: '把一个样本的数排成另一种形状，例如把一行数变成图像。' },
};
