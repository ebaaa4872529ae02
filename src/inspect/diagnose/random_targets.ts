import { knownOutputs } from './outcome.ts';
import { comparable, figure, median, startingLoss } from './read.ts';
import { rule } from './rule.ts';

/**
 * Targets that the inputs do not tell: the training loss falls, because rows are learned by heart, but from the first validation on that of new rows is never below
 * `never` of knowing nothing. A network that overfits real targets is better on new rows at first. Labels that were shuffled, or joined to the wrong rows, look
 * like that (Zhang 2017), and so do labels that are truly random. Only with `minRows` rows and `minValidations` validations, since few rows are learned by
 * heart before anything else.
 */
export const randomTargets = rule({
  needs: [],
  levels: { never: 0.98, fallen: 0.9, gap: 0.15, minRows: 100, minValidations: 4 },
  remedies: [],
  explains: ['loss_stuck', 'loss_oscillating', 'overfitting', 'overtraining'],
  text: {
    en: { title: 'Inputs do not tell the targets', evidence: 'training {trainLoss}, new rows never below {best}, knowing nothing {baselineLoss}' },
    zh: { title: '从输入看不出目标', evidence: '训练 {trainLoss}，新数据从未低于 {best}，一无所知 {baselineLoss}' },
  },
  check(history, levels) {
    const validations = comparable(history);
    const baseline = startingLoss(history);
    const [output] = knownOutputs(history);
    if (!output || baseline === undefined || output.targets.rows < levels.minRows || validations.length < levels.minValidations || history.nonFinite) return [];
    const recent = validations.slice(-3);
    const train = median(recent.map(({ trainLoss }) => trainLoss))!;
    const validation = median(recent.map(({ validationLoss }) => validationLoss))!;
    const best = validations.reduce((least, { validationLoss }) => Math.min(least, validationLoss), Number.POSITIVE_INFINITY);
    if (!(best >= levels.never * baseline && train <= levels.fallen * baseline && validation - train >= levels.gap * baseline)) return [];
    const message = `The training loss fell to ${figure(train)}, but on new rows it was never below ${figure(best)} in ${validations.length} validations, where knowing nothing gives ${figure(baseline)}.`;
    return [
      { severity: 'warn', step: validations.at(-1)!.step, message, evidence: { trainLoss: train, validationLoss: validation, best, baselineLoss: baseline } },
    ];
  },
});
