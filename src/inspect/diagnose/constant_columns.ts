import { SYMPTOMS } from './outcome.ts';
import { rule } from './rule.ts';

/**
 * Columns of the input that are the same in every row: nothing can be learned from them, and their weights act as more biases. A note, since they do little
 * harm; severe where every column is constant. Above `fewColumns` they are pixels of an empty margin, and not worth a word unless they are all.
 */
export const constantColumns = rule({
  needs: [],
  minor: true,
  levels: { fewColumns: 32 },
  remedies: ['drop_columns'],
  explains: SYMPTOMS,
  text: {
    all: {
      en: { title: 'No column of the input varies', evidence: '{columns} columns, all constant' },
      zh: { title: '输入的每一列都不变', evidence: '{columns} 列，全部不变' },
    },
    some: {
      en: { title: 'Columns of the input are constant', evidence: '{constantColumns} of {columns} columns' },
      zh: { title: '输入中有不变的列', evidence: '{columns} 列中有 {constantColumns} 列' },
    },
  },
  check({ facts }, levels) {
    const found = facts?.inputs?.filter(({ rows, constantColumns }) => rows > 1 && constantColumns > 0) ?? [];
    const all = found.find(({ columns, constantColumns }) => constantColumns >= columns);
    if (all) {
      const { name, rows, columns } = all;
      const message = `All ${columns} columns of ${name} have the same value in each of ${rows} rows: no answer can depend on them.`;
      return [{ kind: 'all', severity: 'severe', message, evidence: { columns, constantColumns: columns } }];
    }
    const some = found.find(({ columns }) => columns <= levels.fewColumns);
    if (!some) return [];
    const { name, rows, columns, constantColumns } = some;
    const message = `${constantColumns} of ${columns} columns of ${name} have the same value in each of ${rows} rows.`;
    return [{ kind: 'some', severity: 'note', message, evidence: { columns, constantColumns } }];
  },
});
