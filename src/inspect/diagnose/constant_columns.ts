import { endEvidence, endWords, gravity, SYMPTOMS } from './outcome.ts';
import { figure } from './read.ts';
import { rule } from './rule.ts';

/**
 * Columns of the input that are the same in every row: nothing can be learned from them, and their weights act as more biases. A note where they are small, since
 * they do little harm; where all are constant, severe. One that is `large` while the others are of usual size drowns them, as an input off its centre does
 * (inputs_not_scaled has the source), and is as grave as the run went. Above `fewColumns` they are pixels of an empty margin, and not worth a note.
 */
export const constantColumns = rule({
  needs: [],
  minor: true,
  levels: { large: 10, fewColumns: 32 },
  remedies: ['drop_columns', 'standardise_inputs'],
  explains: ['inputs_not_scaled', ...SYMPTOMS],
  text: {
    all: {
      en: { title: 'No column of the input varies', evidence: '{columns} columns, all constant' },
      zh: { title: '输入的每一列都不变', evidence: '{columns} 列，全部不变' },
    },
    large: {
      en: { title: 'A constant column drowns the others', evidence: '{constantColumns} of {columns} columns, of a size up to {size}' },
      zh: { title: '不变的列盖过了其他列', evidence: '{columns} 列中有 {constantColumns} 列，大小至 {size}' },
    },
    some: {
      en: { title: 'Columns of the input are constant', evidence: '{constantColumns} of {columns} columns' },
      zh: { title: '输入中有不变的列', evidence: '{columns} 列中有 {constantColumns} 列' },
    },
  },
  check(history, levels) {
    const found = history.facts?.inputs?.filter(({ rows, constantColumns }) => rows > 1 && constantColumns > 0) ?? [];
    const all = found.find(({ columns, constantColumns }) => constantColumns >= columns);
    if (all) {
      const { name, rows, columns } = all;
      const message = `All ${columns} columns of ${name} have the same value in each of ${rows} rows: no answer can depend on them.`;
      return [{ kind: 'all', severity: 'severe', message, evidence: { columns, constantColumns: columns } }];
    }
    const severity = gravity(history);
    for (const { name, rows, columns, constantColumns, meanSquare, offCentre, largestStd, min, max } of found) {
      // What no other column is large enough for. The mean of the one that is most off its centre is at most so large.
      const others = largestStd.value * Math.hypot(1, offCentre.value);
      const size = Math.max(-min, max);
      if (!severity || Math.sqrt(meanSquare) <= levels.large || others > levels.large) continue;
      const message = `${constantColumns} of ${columns} columns of ${name} have the same value in each of ${rows} rows, up to ${figure(size)} in size where no other spreads by more than ${figure(largestStd.value)}; ${endWords(history, figure)}.`;
      return [{ kind: 'large', severity, message, evidence: { columns, constantColumns, size, largestStd: largestStd.value, ...endEvidence(history) } }];
    }
    const some = found.find(({ columns }) => columns <= levels.fewColumns);
    if (!some) return [];
    const { name, rows, columns, constantColumns } = some;
    const message = `${constantColumns} of ${columns} columns of ${name} have the same value in each of ${rows} rows.`;
    return [{ kind: 'some', severity: 'note', message, evidence: { columns, constantColumns } }];
  },
});
