import { learnedHalf, NO_TARGETS } from './outcome.ts';
import { fractionEvidence, lossFraction, percent, yardstick } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * The network answers one class alone, on `minRows` rows or more of which several classes are expected: on the last validation rows, or at the end. Whatever its accuracy, it
 * tells nothing apart: 99 % of right answers are no more than the share of the most frequent class.
 */
export const oneClassOnly = rule({
  needs: [],
  levels: { minRows: 20, others: 3 },
  remedies: ['learning_rate', 'activation', 'optimizer'],
  text: {
    en: { title: 'Only one class is ever answered', evidence: 'class {class} for all {rows} rows' },
    zh: { title: '只预测一个类别', evidence: '{rows} 行全部预测为类别 {class}' },
  },
  icon: 'M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.600a4.400 4.400 0 1 1 0 8.800 4.400 4.400 0 0 1 0-8.800z',
  check(history, levels) {
    const { facts, task, validations, steps, nonFinite } = history;
    // Of NaN the first class is the largest.
    if (nonFinite) return [];
    const kind = facts?.outputs?.[0]?.task ?? task?.kind;
    if (kind === undefined) return unchecked(NO_TARGETS);
    if (kind === 'regression') return [];
    const last = validations.at(-1);
    const answers = last?.predictedClasses ?? history.predictedClasses;
    // A constant answer has the loss of the best one at least.
    if (!answers && yardstick(history) !== undefined && learnedHalf(history)) return [];
    if (!answers) return facts?.outputs && facts.outputs.length > 1 ? [] : unchecked('no count of the classes that are answered');
    const rows = answers.reduce((sum, count) => sum + count, 0);
    const answered = answers.flatMap((count, label) => (count > 0 ? [label] : []));
    const share = facts?.outputs?.[0]?.baselineAccuracy;
    // With a share of the most frequent class the other rows can be counted; without it several classes are taken for granted.
    const others = share === undefined ? rows / 2 : rows * (1 - share);
    if (rows < levels.minRows || answered.length !== 1 || others < levels.others) return [];
    const fraction = lossFraction(history);
    return [
      {
        severity: (fraction ?? 1) >= 0.9 ? 'severe' : 'warn',
        step: last?.step ?? steps.numbers.at(-1)!,
        message: `All ${rows} rows are answered with class ${answered[0]}${share === undefined ? '' : `, which ${percent(share)} of the rows have at most`}.`,
        evidence: { class: answered[0]!, rows, ...(share === undefined ? {} : { largestClass: share }), ...fractionEvidence(fraction), level: levels.minRows },
      },
    ];
  },
});
