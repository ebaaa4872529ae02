// Copies of layers, one after the other.
import { requireInteger } from '../../errors.ts';
import * as LIMITS from '../../limits.ts';
import type { Texts } from '../../texts.ts';
import { type Layer, type LayerLike, type LayerRecord, layersOf, tooMany, type WrittenLayer } from '../layer.ts';
import type { Sizing, Theory, Torch } from './feature.ts';

export interface RepeatOptions {
  times: number;
}

export const record = {
  type: 'repeat',
  role: 'container',
  holds: 'layers',
  inline: true,
  options: { times: { type: 'integer', min: 1, max: LIMITS.layers, required: true } },
} as const satisfies LayerRecord<RepeatOptions>;

/**
 * Repeats layers `times` times in a row, each copy with weights of its own.
 *
 * @param times - At least 1.
 * @param layers - The layers of one copy.
 * @returns A list of layers, for `sequential` or a block.
 * @throws UsageError for another number, for what is no list of layers, and for more layers than a model may have.
 * @example
 * sequential([repeat(6, [dense(16), tanh()]), dense(2)]);
 */
export function repeat(times: number, layers: readonly (Layer | LayerLike)[]): readonly Layer[] {
  requireInteger('repeat: times', times);
  const copied = layersOf('repeat', layers);
  if (times * copied.length > LIMITS.layers) throw tooMany('repeat', times * copied.length);
  return Array.from({ length: times }, () => copied).flat();
}

interface RepeatDocument extends RepeatOptions {
  layers: WrittenLayer[];
}

/** Copies in a document. */
export const written = (times: number, layers: WrittenLayer[]): WrittenLayer & RepeatDocument => ({ type: record.type, times, layers });

export const build = ({ times, layers }: RepeatDocument, built: (documents: readonly WrittenLayer[]) => Layer[]): readonly Layer[] =>
  repeat(times, built(layers));

export const size = ({ times, layers }: RepeatDocument, width: number, { after }: Sizing): number => {
  let inside = width;
  for (let time = 0; time < times; time++) inside = after(layers, inside, '.layers');
  return inside;
};

export const theory: Theory<RepeatDocument> = ({ times, layers }, { inside }) => Array.from({ length: times }, () => inside(layers).steps).flat();

export const torch: Torch<RepeatDocument> = ({ times, layers }) => ({ inPlace: Array.from({ length: times }, () => layers).flat() });

export const text: Texts = {
  en: { title: 'Repeat', summary: 'Copies of its layers, one after the other, each with weights of its own.' },
  zh: { title: '重复', summary: '内部各层的若干份副本依次排列，每份有自己的权重。' },
};
