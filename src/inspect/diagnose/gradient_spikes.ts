import type { History } from '../history.ts';
import { learnedHalf } from './outcome.ts';
import { figure, hasLearned, lossFraction, median, startingLoss } from './read.ts';
import { NO_START, rule, unchecked } from './rule.ts';

/**
 * A norm of the gradient above `spike` times its running median (the usual criterion of gradient-spike skipping): warn. A spike counts only if it harmed: it is also above
 * the run's first norms, and the loss jumped to `harm` of its start with it. One that leaves a plateau, and the odd batch of a converged one, have ten times their
 * median too; so has the last batch of an epoch, where it is shorter than the others, and it is left out. In a run that ended well it is a note about the past.
 */
export const gradientSpikes = rule({
  needs: [],
  levels: { spike: 10, window: 30, harm: 0.5 },
  remedies: ['clip', 'learning_rate'],
  text: {
    en: { title: 'The gradient spikes', evidence: 'norm {norm}, usually {usual}' },
    zh: { title: '梯度出现尖峰', evidence: '范数 {norm}，平时 {usual}' },
  },
  icon: 'M6.100 13h1.800V7.500h3L7 3.200 3.100 7.500h3zM2 .5h10v1.700H2z',
  check(history, levels) {
    if (!history.steps.knows('gradientNorm')) return unchecked('no norm of the gradient');
    const start = startingLoss(history);
    if (start === undefined) return NO_START;
    if (hasLearned(lossFraction(history))) return [];
    const { numbers, losses, norms } = finiteSteps(history);
    const beginning = median([...norms.subarray(0, 10)]);
    const found: { step: number; norm: number; usual: number; lossBefore: number; lossAfter: number }[] = [];
    for (let at = 10; beginning !== undefined && at < norms.length; at++) {
      const norm = norms[at]!;
      // Few steps of a long run pass this, and only for them the medians are worth their time: no median is below the least.
      if (norm <= beginning) continue;
      const first = Math.max(0, Math.trunc(at - levels.window));
      let [min, lossAfter] = [Infinity, -Infinity];
      for (let i = first; i < at; i++) if (norms[i]! < min) min = norms[i]!;
      for (let i = at; i < Math.min(at + 4, losses.length); i++) if (losses[i]! > lossAfter) lossAfter = losses[i]!;
      if (at - first < 10 || norm <= levels.spike * min || lossAfter <= levels.harm * start) continue;
      const usual = median([...norms.subarray(first, at)])!;
      const lossBefore = median([...losses.subarray(first, at)])!;
      if (norm > levels.spike * usual && lossAfter > 1.5 * lossBefore && !ofShortBatch(history, numbers[at]!))
        found.push({ step: numbers[at]!, norm, usual, lossBefore, lossAfter });
    }
    if (found.length === 0) return [];
    const worst = found.reduce((a, b) => (b.norm / b.usual > a.norm / a.usual ? b : a));
    const over = learnedHalf(history);
    const last = found.at(-1)!.step;
    return [
      {
        severity: over ? 'note' : 'warn',
        step: worst.step,
        message: `At step ${worst.step} the norm of the gradient was ${figure(worst.norm)}, ${figure(worst.norm / worst.usual)} times its running median, and the loss rose${over ? `; since step ${last} it has been over` : ''}.`,
        evidence: { ...worst, spikes: found.length, last, level: levels.spike },
      },
    ];
  },
});

/** Whether a step ended an epoch with fewer rows than the others have. */
function ofShortBatch({ steps, facts }: History, step: number): boolean {
  const { rows, batchSize } = facts?.training ?? {};
  if (rows === undefined || batchSize === undefined || rows % batchSize === 0) return false;
  const epoch = steps.find(step)?.epoch;
  return epoch !== undefined && Math.abs(epoch - Math.round(epoch)) < 1e-6;
}

/** The steps whose loss and norm are finite: the columns themselves where all are. */
function finiteSteps({ steps }: History): Record<'numbers' | 'losses' | 'norms', Float64Array> {
  const { numbers, loss: losses, gradientNorm: norms } = steps;
  const usable = (i: number): boolean => Number.isFinite(losses[i]) && Number.isFinite(norms[i]);
  if (losses.every((_, i) => usable(i))) return { numbers, losses, norms };
  const only = (column: Float64Array): Float64Array => column.filter((_, i) => usable(i));
  return { numbers: only(numbers), losses: only(losses), norms: only(norms) };
}
