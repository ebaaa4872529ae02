import { knownOutputs, ofNumbers, rightAnswers } from './outcome.ts';
import { comparable, figure, median, startingLoss, startingValidationLoss } from './read.ts';
import { rule } from './rule.ts';

/**
 * Targets that the inputs do not tell: of all validations the usual loss on new rows is not below `never` of what knowing nothing costs on these, and none, by luck,
 * below `once`. The training loss falls all the
 * same, where there are weights enough to learn rows by heart: a network that overfits real targets is better on new rows at first. Or it stays within
 * `nothing` below knowing nothing for `minSteps` steps, and then this is said below all that could be to blame instead. Labels that were shuffled, or joined to
 * the wrong rows, look like that (Zhang 2017), and so do labels that are truly random. Only with `minRows` rows and `minValidations` validations, since few rows are
 * learned by heart before anything else. Rows that were learned by heart say so only where a network that learned would hardly look like it on these new rows: the usual loss on them is more than two
 * standard errors above what is left once `learned` is won. Of numbers whose standard error is not known nothing is said, as one row of heavy tails may make half of the loss. Quiet where `right` of what the most frequent class leaves is answered rightly on new rows, by at least `more` rows in a
 * hundred: a loss of those that are surely wrong hides what was learned, and shuffled labels give no such answers.
 */
export const randomTargets = rule({
  needs: [],
  levels: { never: 0.98, once: 0.96, fallen: 0.9, gap: 0.15, nothing: 0.1, minRows: 100, minValidations: 4, minSteps: 100, right: 0.2, more: 10, learned: 0.2 },
  remedies: [],
  explains: ['loss_stuck', 'loss_oscillating', 'overfitting', 'overtraining'],
  text: {
    by_heart: {
      en: { title: 'Inputs do not tell the targets', evidence: 'training {trainLoss}, new rows never below {best}, knowing nothing {baselineLoss}' },
      zh: { title: '从输入看不出目标', evidence: '训练 {trainLoss}，新数据从未低于 {best}，一无所知 {baselineLoss}' },
    },
    unlearned: {
      en: { title: 'Nothing was learned from the inputs', evidence: 'training {trainLoss}, new rows never below {best}, knowing nothing {baselineLoss}' },
      zh: { title: '从输入什么也没学到', evidence: '训练 {trainLoss}，新数据从未低于 {best}，一无所知 {baselineLoss}' },
    },
  },
  check(history, levels) {
    const validations = comparable(history);
    const [start, baselineLoss] = [startingLoss(history), startingValidationLoss(history)];
    const [output] = knownOutputs(history);
    if (
      !output ||
      start === undefined ||
      baselineLoss === undefined ||
      output.targets.rows < levels.minRows ||
      validations.length < levels.minValidations ||
      history.nonFinite
    )
      return [];
    const recent = validations.slice(-3);
    const trainLoss = median(recent.map(({ trainLoss }) => trainLoss))!;
    const validation = median(recent.map(({ validationLoss }) => validationLoss))!;
    const best = validations.reduce((least, { validationLoss }) => Math.min(least, validationLoss), Number.POSITIVE_INFINITY);
    const usual = median(validations.map(({ validationLoss }) => validationLoss))!;
    if (best < levels.once * baselineLoss || usual < levels.never * baselineLoss) return [];
    const error = standardError(knownOutputs(history));
    const sure = error !== undefined && usual - 2 * error > (1 - levels.learned) * baselineLoss;
    const byHeart = sure && trainLoss <= levels.fallen * start && validation - trainLoss >= levels.gap * start;
    const unlearned = Math.abs(trainLoss / start - 1) <= levels.nothing && history.steps.length >= levels.minSteps;
    if ((!byHeart && !unlearned) || rightAnswers(history, levels.more) > levels.right) return [];
    const found = { severity: 'warn', step: validations.at(-1)!.step, evidence: { trainLoss, validationLoss: validation, best, baselineLoss } } as const;
    const onNew = `on new rows it was never below ${figure(best)} in ${validations.length} validations, where knowing nothing gives ${figure(baselineLoss)}`;
    if (byHeart) return [{ ...found, kind: 'by_heart', message: `The training loss fell to ${figure(trainLoss)}, but ${onNew}.` }];
    const message = `The training loss stays at ${figure(trainLoss)}, and ${onNew}: the inputs tell nothing of the targets, or nothing that this network finds.`;
    return [{ ...found, kind: 'unlearned', message }];
  },
});

/** Of what knowing nothing costs on the validation rows, over all outputs: that of classes hardly depends on which rows they are. */
function standardError(outputs: ReturnType<typeof knownOutputs>): number | undefined {
  const errors = outputs.map((output) => output.validationBaselineError ?? (ofNumbers(output) ? undefined : 0));
  return errors.includes(undefined) ? undefined : Math.hypot(...(errors as number[]));
}
