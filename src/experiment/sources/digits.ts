// The 1,797 handwritten digits that come with Fathom.
import * as v from 'valibot';
import { INK } from '../../data/brightest.ts';
import { type Dataset, take } from '../../data/dataset.ts';
import { boolean, fraction, integer, object } from '../check.ts';
import type { DigitsDocument } from '../document.ts';
import { DIGIT_FILES, fileText, type Reading } from './reading.ts';
import { augmented, type Source, stream } from './source.ts';

/** Height and width of a digit; its rows are flat. */
export const DIGIT_SHAPE = [8, 8] as const;

async function readDigits(reading: Reading, name: string): Promise<Dataset> {
  const [{ fromDigitsCsv }, text] = await Promise.all([import('../../data/digits.ts'), fileText(reading, name)]);
  return fromDigitsCsv(text);
}

export const digits: Source<DigitsDocument> = {
  schema: object({
    source: v.literal('digits'),
    rows: v.exactOptional(integer()),
    stream,
    ...augmented,
    standardise: v.exactOptional(boolean()),
    split: v.exactOptional(object({ validation: v.exactOptional(fraction()) })),
  }),
  text: {
    en: { title: 'Digits', summary: 'The 1,797 handwritten digits that come with Fathom, 8 x 8 pixels divided by 16; 360 are the test part.' },
    zh: { title: '手写数字', summary: 'Fathom 自带的 1,797 个手写数字，8 x 8 像素，除以 16；其中 360 个是测试集。' },
  },
  divisor: INK,
  async rows({ rows }, reading) {
    const all = await readDigits(reading, DIGIT_FILES.train);
    if (rows === undefined) return all;
    // The file's order is random, so its first rows are a fair sample.
    return take(
      all,
      Array.from({ length: Math.min(rows, all.rows) }, (_, row) => row),
    );
  },
  test: (_, reading) => readDigits(reading, DIGIT_FILES.test),
};
