import type { ValidationRecord } from '../history.ts';
import { rightAnswers } from './outcome.ts';
import { comparable, figure, median, startingLoss } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * (validation loss - training loss) / training loss above 0.1 (Overfit of SageMaker Debugger). Near a training loss of 0 any gap is a large ratio,
 * so the gap must also be a tenth of the starting loss. The median of the last three checks decides. A warning where the validation loss has risen above its
 * best, by a twentieth of it and of the starting loss, and by `lost` of what it had gained from knowing nothing; or where
 * it is above `poor` of knowing nothing while the training loss is below `byHeart` of it, or above `nothing` of it and twice the training loss,
 * unless more than `poor` of the right answers that the most frequent class leaves are given all the same. Else a note: it still falls, or the
 * rise costs little, as it does behind 97 % of right answers. The best is a median of three in a row as well: the one luckiest check
 * of a small validation set lies below the rest without any rise. Quiet where the training loss has not fallen either. Where the loss of knowing nothing is
 * not known, a warning once the validation loss is `aboveFirst` times that of the first check, and twice the training loss, which has fallen.
 */
export const overfitting = rule({
  needs: [],
  levels: { ratio: 0.1, gap: 0.1, rise: 0.05, riseOfStart: 0.05, lost: 0.5, poor: 0.5, byHeart: 0.1, nothing: 0.9, minValidations: 3, aboveFirst: 1.25 },
  remedies: ['l2', 'dropout', 'early_stopping'],
  text: {
    en: { title: 'The network overfits', evidence: 'train {trainLoss}, validation {validationLoss}' },
    zh: { title: '过拟合', evidence: '训练 {trainLoss}，验证 {validationLoss}' },
  },
  icon: 'M1 12.500V11c4 0 5-7 12-9.500v1.800C8 6 7 12.500 1 12.500zM8 9.200h5v1.600H8z',
  check(history, levels) {
    const validations = comparable(history);
    const start = startingLoss(history);
    if (validations.length < levels.minValidations) return [];
    if (start === undefined) return aboveFirst(validations, levels.aboveFirst) ?? NO_START;
    const { train, validation } = recentLosses(validations);
    if (!(train < start && validation - train > levels.ratio * train && validation - train > levels.gap * start)) return [];
    // A reduction, since a long run has more checks than a call may have arguments.
    const best = validations
      .map((_, at) => median(validations.slice(Math.max(0, at - 2), at + 1).map(({ validationLoss }) => validationLoss))!)
      .reduce((min, value) => Math.min(min, value));
    const rose = validation - best > Math.max(levels.rise * best, levels.riseOfStart * start, levels.lost * (start - best));
    const poor =
      !(rightAnswers(history) > levels.poor) &&
      ((validation > levels.poor * start && train < levels.byHeart * validation) || (validation > levels.nothing * start && train < 0.5 * validation));
    return [
      {
        severity: rose || poor ? 'warn' : 'note',
        step: validations.at(-1)!.step,
        message: `The validation loss is ${figure(validation)} against ${figure(train)} in training${rose ? ` and above its best of ${figure(best)}` : ''}.`,
        evidence: { trainLoss: train, validationLoss: validation, best, ratio: (validation - train) / train, level: levels.ratio },
      },
    ];
  },
});

/** The losses of the last checks: the median of three, of which one may be lucky. */
function recentLosses(validations: readonly ValidationRecord[]): { train: number; validation: number } {
  const recent = validations.slice(-3);
  return { train: median(recent.map(({ trainLoss }) => trainLoss))!, validation: median(recent.map(({ validationLoss }) => validationLoss))! };
}

/** Whether more was lost than the first check had gained, whatever that was. */
function aboveFirst(validations: readonly ValidationRecord[], level: number) {
  const first = validations[0]!;
  const { train, validation } = recentLosses(validations);
  if (!(train < first.trainLoss && validation > 2 * train && validation > level * first.validationLoss)) return undefined;
  return [
    {
      severity: 'warn' as const,
      step: validations.at(-1)!.step,
      message: `The validation loss is ${figure(validation)} against ${figure(train)} in training and above ${figure(first.validationLoss)} at its first check.`,
      evidence: { trainLoss: train, validationLoss: validation, first: first.validationLoss, ratio: (validation - train) / train, level },
    },
  ];
}
