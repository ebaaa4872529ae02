import { rule } from './rule.ts';

/**
 * Columns of the input that repeat another one up to scale and shift, correlated by 1: they say nothing new, and their weights share one gradient, which makes
 * that direction steeper than the rest. A note: training only gets slower. Above `fewColumns` neighbours are pixels.
 */
export const duplicateColumns = rule({
  needs: [],
  minor: true,
  levels: { fewColumns: 32 },
  remedies: ['drop_columns'],
  text: {
    en: { title: 'Columns of the input repeat others', evidence: '{duplicateColumns} of {columns} columns' },
    zh: { title: '输入中有重复的列', evidence: '{columns} 列中有 {duplicateColumns} 列' },
  },
  check({ facts }, levels) {
    // Of two rows any two columns are correlated by 1.
    const found = facts?.inputs?.find(({ rows, columns, duplicateColumns }) => rows > 10 && columns <= levels.fewColumns && (duplicateColumns ?? 0) > 0);
    if (!found) return [];
    const { name, columns, duplicateColumns = 0 } = found;
    const message = `${duplicateColumns} of ${columns} columns of ${name} repeat an earlier one, up to scale and shift.`;
    return [{ severity: 'note', message, evidence: { columns, duplicateColumns } }];
  },
});
