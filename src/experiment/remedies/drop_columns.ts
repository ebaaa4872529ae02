import type { ArraysDocument } from '../document.ts';
import type { Remedy } from './remedy.ts';

export const dropColumns: Remedy = {
  text: {
    en: { title: 'fewer columns', summary: 'leaves out columns that never change or repeat another; new rows must leave them out too' },
    zh: { title: '去掉无用列', summary: '去掉不变或重复的列；新数据也须去掉这些列' },
  },
  propose(document) {
    // Of a file the document says which columns it takes, but not what is in them.
    if (document.data.source !== 'arrays') return null;
    const { x } = document.data;
    const kept = usefulColumns(document.data);
    if (kept.length === 0 || kept.length === x[0]!.length) return null;
    return {
      document: { ...document, data: { ...document.data, x: x.map((row) => kept.map((column) => row[column]!)) } },
      why: `${x[0]!.length - kept.length} of ${x[0]!.length} columns say nothing that the others do not: they never change, or are copies.`,
    };
  },
};

/** Columns that change and are no copy of an earlier one. */
function usefulColumns({ x }: ArraysDocument): number[] {
  const kept: number[] = [];
  for (let column = 0; column < x[0]!.length; column++) {
    const constant = x.every((row) => row[column] === x[0]![column]);
    const copy = kept.some((other) => x.every((row) => row[column] === row[other]));
    if (!constant && !copy) kept.push(column);
  }
  return kept;
}
