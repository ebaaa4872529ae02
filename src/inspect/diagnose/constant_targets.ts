import { NO_TARGETS, outputsOf, SYMPTOMS } from './outcome.ts';
import { figure } from './read.ts';
import { rule, unchecked } from './rule.ts';

/** All targets of the training part are the same: the best answer is a constant, and there is nothing to learn, whatever the loss says. */
export const constantTargets = rule({
  needs: [],
  minor: true,
  levels: {},
  remedies: [],
  explains: SYMPTOMS,
  text: {
    en: { title: 'All targets are the same', evidence: '{value} in each of {rows} rows' },
    zh: { title: '所有目标都相同', evidence: '{rows} 行都是 {value}' },
  },
  check(history) {
    const outputs = outputsOf(history);
    if (!outputs) return unchecked(NO_TARGETS);
    for (const { name, targets } of outputs) {
      const { kind, rows, variance, min, max, mean, counts } = targets;
      // Rows of probabilities, or of several numbers, may differ within a row and not between rows.
      if (rows < 2 || !(variance === 0 || (kind !== 'probabilities' && min === max) || counts?.filter((count) => count > 0).length === 1)) continue;
      const value = kind === 'classes' && counts ? counts.findIndex((count) => count > 0) : mean;
      const message = `The targets of ${name} are the same in each of ${rows} rows, ${kind === 'classes' ? 'class ' : ''}${figure(value)}: there is nothing to learn.`;
      return [{ severity: 'severe', message, evidence: { value, rows } }];
    }
    return [];
  },
});
