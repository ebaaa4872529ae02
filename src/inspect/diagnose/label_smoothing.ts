import { endWords, ofPoorRuns, rightAnswers, SYMPTOMS } from './outcome.ts';
import { figure, percent } from './read.ts';
import { rule } from './rule.ts';

/**
 * Label smoothing that leaves next to no difference between the right class and the others: of a smoothing e the right one has 1 - e more than each other. 0.1 is usual (Szegedy 2016), 0.3
 * large; from `most` on the gradient is a tenth and less of what it was. Quiet where more than `right` of what the most frequent class leaves is answered rightly on new rows all the same: the loss
 * cannot fall far then, but the answers can be right.
 */
export const labelSmoothing = rule({
  needs: [],
  levels: { most: 0.9, right: 0.5 },
  remedies: ['less_label_smoothing'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'Label smoothing is too strong', evidence: 'smoothing {smoothing}: the right class has {margin} more than another' },
    zh: { title: '标签平滑过强', evidence: '平滑 {smoothing}：正确类别只比其他类别多 {margin}' },
  },
  check(history, levels) {
    // Where nothing is said of the loss, nothing is said of this option: it is no want of facts.
    const smoothed = history.facts?.outputs?.find(({ labelSmoothing = 0 }) => labelSmoothing >= levels.most);
    if (!smoothed || rightAnswers(history) > levels.right) return [];
    return ofPoorRuns(history, smoothed.labelSmoothing, 'outputs', (smoothing, severity) => [
      {
        severity,
        message: `With a label smoothing of ${figure(smoothing)} the right class is given only ${percent(1 - smoothing)} more than another; ${endWords(history, figure)}.`,
        evidence: { smoothing, margin: 1 - smoothing, level: levels.most },
      },
    ]);
  },
});
