// Rows in the document itself.
import * as v from 'valibot';
import { dataset } from '../../data/dataset.ts';
import * as LIMITS from '../../limits.ts';
import { either, integer, listOf, number, object } from '../check.ts';
import type { ArraysDocument } from '../document.ts';
import { buildLoss } from '../registry/losses.ts';
import { prepared, type Source } from './source.ts';

/** How many classes labels speak of. */
export const classesIn = (labels: readonly number[] | Float32Array): number => {
  let most = 0;
  for (const label of labels) most = Math.max(most, label);
  return Math.max(2, most + 1);
};

export const arrays: Source<ArraysDocument> = {
  schema: object({
    source: v.literal('arrays'),
    x: listOf(listOf(number(), 'a row of numbers'), 'a list of rows'),
    y: either([listOf(number(), 'a list of numbers'), listOf(listOf(number(), 'a row of numbers'), 'a list of rows')], 'a list of numbers or of rows'),
    classes: v.exactOptional(integer(2, LIMITS.classes)),
    ...prepared,
  }),
  text: {
    en: { title: 'Arrays', summary: 'Rows in the document itself: a list of numbers, and a target, for each.' },
    zh: { title: '数组', summary: '写在文档中的样本：每行一组数字和一个目标。' },
  },
  origin: () => 'the document',
  /** Whole numbers are classes where the loss takes nothing else. */
  rows({ x, y, classes }, { loss }) {
    const given =
      classes ??
      (buildLoss(loss).targetDtype === 'i32' && y.every((value) => Number.isInteger(value) && (value as number) >= 0) ? classesIn(y as number[]) : undefined);
    return dataset({ x, y, ...(given === undefined ? {} : { classes: given }) });
  },
};
