import { endEvidence, endFraction, knownOutputs } from './outcome.ts';
import { percent } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * A class so rare that answering it seldom costs little: the class has less than `rare` of the rows, the last validation answered it for less than `answered`
 * of that share, so that no more of its rows can have been found, and the run learned less than half of what there is, or answers one class alone where `expected` rows or more
 * should be of the rare one. A warning at most: a rate, a depth or labels that are to blame for learning nothing
 * come before it. Japkowicz and Stephen 2002: imbalance hurts where classes overlap, not by itself.
 */
export const classImbalance = rule({
  needs: [],
  levels: { rare: 0.15, answered: 1 / 3, poor: 0.5, minAnswers: 10, expected: 3 },
  remedies: ['class_weights'],
  explains: ['one_class_only', 'loss_stuck', 'loss_oscillating', 'overfitting', 'overtraining', 'update_size/small'],
  text: {
    en: { title: 'A rare class is hardly ever answered', evidence: '{share} of the rows, answered {answered} of {answers} times' },
    zh: { title: '稀有类别几乎从未被预测', evidence: '占 {share} 的行，{answers} 次中只预测 {answered} 次' },
  },
  check(history, levels) {
    const { facts, validations, steps } = history;
    const poor = (endFraction(history) ?? 0) >= levels.poor;
    const [output] = facts?.outputs?.length === 1 ? knownOutputs(history) : [];
    const counts = output?.task === 'classification' && output.targets.columns === 1 ? output.targets.counts : undefined;
    if (!counts || counts.length < 2) return [];
    const predicted = validations.at(-1)?.predictedClasses ?? history.predictedClasses;
    if (predicted?.length !== counts.length) return poor ? unchecked('the history does not say which classes were answered') : [];
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    const [rows, answers] = [sum(counts), sum(predicted)];
    // A network can rank the rows well, and its loss be low, while it answers the common class for all of them.
    const oneAnswer = predicted.filter((count) => count > 0).length === 1;
    if (!oneAnswer && !poor) return [];
    const missed = counts.flatMap((count, at) => {
      const share = count / rows;
      const rare = count > 0 && share < levels.rare && share * counts.length < 0.5 && (poor || share * answers >= levels.expected);
      return rare && predicted[at]! < levels.answered * share * answers ? [{ at, share, answered: predicted[at]! }] : [];
    });
    if (missed.length === 0 || answers < levels.minAnswers) return [];
    const { at, share, answered } = missed.reduce((a, b) => (b.share < a.share ? b : a));
    const message = `Class ${at} has ${percent(share)} of the rows and was answered ${answered} times of ${answers} at the end${
      missed.length > 1 ? `; so it is with ${missed.length} classes` : ''
    }.`;
    return [
      {
        severity: 'warn',
        step: validations.at(-1)?.step ?? steps.numbers.at(-1)!,
        message,
        evidence: { class: at, share, answered, answers, classes: missed.length, ...endEvidence(history) },
      },
    ];
  },
});
