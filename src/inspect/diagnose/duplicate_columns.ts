import { endEvidence, endWords, gravity, SYMPTOMS } from './outcome.ts';
import { figure } from './read.ts';
import { rule } from './rule.ts';

/**
 * Columns of the input that repeat another one up to scale and shift, correlated by 1. They say nothing new, and their weights move together: n copies make the loss
 * n times as steep along their direction, so that the rate must be as much smaller and everything else gets as much less of it (LeCun 1998, 4.3). A note, but as grave
 * as the run went where at least `most` of the columns are copies.
 */
export const duplicateColumns = rule({
  needs: [],
  minor: true,
  levels: { most: 0.5, fewColumns: 32 },
  remedies: ['drop_columns', 'learning_rate'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'Columns of the input repeat others', evidence: '{duplicateColumns} of {columns} columns' },
    zh: { title: '输入中有重复的列', evidence: '{columns} 列中有 {duplicateColumns} 列' },
  },
  check(history, levels) {
    const severity = gravity(history);
    for (const { name, rows, columns, duplicateColumns = 0 } of history.facts?.inputs ?? []) {
      const most = duplicateColumns >= levels.most * columns;
      // Of two rows any two columns are correlated by 1.
      if (rows <= 10 || duplicateColumns === 0 || (columns > levels.fewColumns && !(most && severity))) continue;
      const grave = most && severity;
      const message = `${duplicateColumns} of ${columns} columns of ${name} repeat an earlier one, up to scale and shift${grave ? `; ${endWords(history, figure)}` : ''}.`;
      return [{ severity: grave || 'note', message, evidence: { columns, duplicateColumns, ...endEvidence(history) } }];
    }
    return [];
  },
});
