import { learnedHalf } from './outcome.ts';
import { comparable, hasLearned, lossFraction, percent } from './read.ts';
import { rule } from './rule.ts';

/**
 * Accuracy that swings back and forth by 0.03 and more from check to check (AUTOTRAINER's zeta). Half of the recent checks must be turning points
 * with such a swing on either side, which the noise of a small validation set rarely makes; without accuracies the validation loss must swing by
 * `lossSwing` of itself in the same manner. The last twenty checks, at least `minValidations`. Quiet at a tenth of the starting loss, and within `nearStart` of the
 * starting loss itself: there a network predicts one class after another, which is normal. Quiet, too, where the validation loss falls from
 * check to check in a share `falling` of them: answers near the boundary flicker while it settles, but nothing swings. A note where more than half was learned.
 */
export const lossOscillating = rule({
  needs: [],
  levels: { swing: 0.03, lossSwing: 0.5, fraction: 0.5, minValidations: 10, nearStart: 0.1, falling: 0.75 },
  remedies: ['learning_rate', 'optimizer', 'larger_batch', 'warm_up'],
  text: {
    en: { title: 'Training oscillates', evidence: '{turns} turns in {validations} validations' },
    zh: { title: '训练来回振荡', evidence: '{validations} 次检查中转向 {turns} 次' },
  },
  icon: 'M.5 9.500L3.500 3l3 7 3-7 4 8-1.400.700-2.600-5.200-3 7-3-7-1.700 3.600z',
  check(history, levels) {
    const validations = comparable(history).slice(-20);
    const level = lossFraction(history);
    if (validations.length < levels.minValidations || hasLearned(level) || Math.abs((level ?? 0) - 1) <= levels.nearStart) return [];
    const falls = validations.slice(1).filter(({ validationLoss }, at) => validationLoss < validations[at]!.validationLoss).length;
    if (falls >= levels.falling * (validations.length - 1)) return [];
    const accuracies = validations.map(({ validationAccuracy }) => validationAccuracy);
    const byAccuracy = accuracies.every((accuracy) => accuracy !== undefined);
    // Logarithms make a swing of the loss relative.
    const values = byAccuracy ? (accuracies as number[]) : validations.map(({ validationLoss }) => Math.log(validationLoss));
    const swing = byAccuracy ? levels.swing : Math.log1p(levels.lossSwing);
    if (!values.every(Number.isFinite)) return [];
    const turns = values.slice(1, -1).filter((value, at) => {
      const [left, right] = [value - values[at]!, value - values[at + 2]!];
      return left * right > 0 && Math.min(Math.abs(left), Math.abs(right)) >= swing;
    }).length;
    const fraction = turns / (values.length - 2);
    if (!(fraction >= levels.fraction)) return [];
    const largest = Math.max(...values.slice(1).map((value, at) => Math.abs(value - values[at]!)));
    const size = byAccuracy ? largest : Math.expm1(largest);
    return [
      {
        severity: learnedHalf(history) ? 'note' : 'warn',
        step: validations.at(-1)!.step,
        message: `The validation ${byAccuracy ? 'accuracy' : 'loss'} turned ${turns} times in ${validations.length} validations, by up to ${percent(size)}.`,
        evidence: { turns, validations: validations.length, fraction, largestSwing: size, level: byAccuracy ? levels.swing : levels.lossSwing },
      },
    ];
  },
});
