// Inverted dropout (Srivastava 2014).

import { dropoutOp } from '../../ops/dropout.ts';
import { readOptions } from '../../option_table.ts';
import { foldIn, keyOf } from '../../random.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, type Layer, type LayerRecord, layerOf } from '../layer.ts';
import { sameWidth, type Theory, type Torch } from './feature.ts';

/** Options of dropout. */
export interface DropoutOptions {
  /** Fraction of the elements that are zero in training, at least 0 and below 1. */
  rate: number;
}

export const record = {
  type: 'dropout',
  role: 'regulariser',
  options: { rate: { type: 'number', min: 0, below: 1, required: true } },
} as const satisfies LayerRecord<DropoutOptions>;

/**
 * Sets a fraction `rate` of the elements to zero in training and multiplies the others by 1 / (1 - rate); does nothing in inference (inverted dropout,
 * Srivastava 2014).
 *
 * @param options - The rate, at least 0 and below 1, or an object with it.
 * @returns A layer of the same shape, [batch, ...] -> [batch, ...].
 * @throws UsageError for another option, and for a rate outside its range.
 * @example
 * sequential([dense(64), relu(), dropout(0.2), dense(10)]);
 */
export function dropout(options: DropoutOptions | number): CallableLayer {
  const given = readOptions<DropoutOptions, typeof record.options>('dropout', record.options, typeof options === 'object' ? options : { rate: options });
  const { rate } = given;
  return layerOf(record, given, ({ graph, mode, path }, x) =>
    mode === 'infer' || rate === 0 ? x : graph.apply(dropoutOp, [x], { rate, layer: foldIn(keyOf(0), path)[0] }, path)[0]!,
  );
}

export const build = (document: DropoutOptions): Layer => dropout(document);

export const size = sameWidth;

export const theory: Theory<DropoutOptions> = ({ rate }) => [{ kind: 'dropout', keepProbability: 1 - rate }];

export const torch: Torch<DropoutOptions> = ({ rate }) => `nn.Dropout(${rate})`;

export const text: Texts = {
  en: { title: 'Dropout', summary: 'Sets a fraction of the elements to zero while training and scales the rest up.' },
  zh: { title: 'Dropout', summary: '训练时随机把一部分元素置零，并放大其余元素。' },
};
