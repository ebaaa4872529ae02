import { comparable, figure, median, startingLoss } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * No gain in validation loss for ten checks (the patience of early stopping; Overtraining of SageMaker Debugger). Only for a network that had learned by its
 * best check: elsewhere nothing was gained from the start. A note where the loss stays at its floor, a warning where it has risen by a tenth above its best,
 * by a twentieth of the starting loss, and by `lost` of what it had gained from knowing nothing.
 */
export const overtraining = rule({
  needs: [],
  levels: { patience: 10, rise: 0.1, riseOfStart: 0.05, lost: 0.5, learned: 0.9 },
  remedies: ['l2', 'dropout', 'early_stopping'],
  text: {
    loses: {
      en: { title: 'Training goes on and loses', evidence: 'best {best} at step {bestStep}, now {now}' },
      zh: { title: '继续训练反而变差', evidence: '最好 {best}，在第 {bestStep} 步；现在 {now}' },
    },
    done: {
      en: { title: 'Training could have ended earlier', evidence: 'best {best} at step {bestStep}' },
      zh: { title: '训练本可更早结束', evidence: '最好 {best}，在第 {bestStep} 步' },
    },
  },
  icon: 'M1 6.200h12v1.600H1z',
  check(history, levels) {
    const validations = comparable(history);
    const start = startingLoss(history);
    if (validations.length <= levels.patience) return [];
    if (start === undefined) return NO_START;
    const best = validations.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
    const since = validations.length - 1 - validations.indexOf(best);
    if (since < levels.patience || best.validationLoss > levels.learned * start) return [];
    const now = median(validations.slice(-3).map(({ validationLoss }) => validationLoss))!;
    const rise = Math.max(levels.rise * best.validationLoss, levels.riseOfStart * start, levels.lost * (start - best.validationLoss));
    const rose = now - best.validationLoss > rise;
    return [
      {
        kind: rose ? 'loses' : 'done',
        severity: rose ? 'warn' : 'note',
        step: validations.at(-1)!.step,
        message: rose
          ? `The best validation loss, ${figure(best.validationLoss)}, was ${since} validations ago at step ${best.step}; now it is ${figure(now)}.`
          : `Little was left to gain after step ${best.step}: the validation loss, ${figure(best.validationLoss)} there, is ${figure(now)} ${since} validations later. That does no harm but for the time.`,
        evidence: { best: best.validationLoss, bestStep: best.step, now, validationsSince: since, level: levels.patience },
      },
    ];
  },
});
