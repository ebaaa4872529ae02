import type { History } from '../history.ts';
import { cleanStats, figure, hasLearned, latest, layerPlaces, lossShare, median, offer, startingLoss } from './read.ts';
import type { Finding, Rule } from './rule.ts';

/**
 * Mean |gW| above 1e6, or a spike of the global norm above ten times its running median (the usual criterion of gradient-spike skipping):
 * warn; an infinite norm: severe. A spike counts only if it harmed: it is also above the run's first norms, the loss jumped to `harm` of its start with it, and the network
 * has not learned since. One that leaves a plateau, and the odd batch of a converged one, have ten times their median too.
 */
export const absolutelyHuge: Rule<'warn' | 'spike' | 'window' | 'harm'> = {
  id: 'absolutely_huge',
  needs: ['weight_gradient'],
  levels: { warn: 1e6, spike: 10, window: 30, harm: 0.5 },
  check(history, levels) {
    const at = history.steps.gradientNorm.indexOf(Number.POSITIVE_INFINITY);
    const infinite = at >= 0 && history.steps.at(at);
    const remedies = offer(history, ['learning_rate', 'clip']);
    const title = 'Gradients are too large';
    if (infinite) {
      const message = `The norm of the gradient is infinite at step ${infinite.step}.`;
      return [
        { rule: 'absolutely_huge', severity: 'severe', step: infinite.step, title, message, evidence: { norm: 'Infinity', step: infinite.step }, remedies },
      ];
    }
    const huge = layerPlaces(history).flatMap((place) => {
      const now = latest(history, place, 'weight_gradient', (record) => cleanStats(record, 'weight_gradient')?.absMean);
      return now && now.value > levels.warn ? [{ name: place.name, ...now }] : [];
    });
    if (huge.length > 0) {
      const worst = huge.reduce((a, b) => (b.value > a.value ? b : a));
      const message = `The mean |gradient| of ${worst.name} is ${figure(worst.value)}.`;
      const evidence = { absMean: worst.value, layers: huge.length, level: levels.warn };
      return [{ rule: 'absolutely_huge', severity: 'warn', layer: worst.name, step: worst.step, title, message, evidence, remedies }];
    }
    return spikes(history, levels, remedies);
  },
};

function spikes(history: History, levels: { spike: number; window: number; harm: number }, remedies: Finding['remedies']): Finding[] {
  const start = startingLoss(history);
  if (start === undefined || hasLearned(lossShare(history))) return [];
  const { steps } = history;
  const finite = Uint32Array.from(steps.numbers.keys()).filter((i) => Number.isFinite(steps.loss[i]) && Number.isFinite(steps.gradientNorm[i]));
  const [numbers, losses, norms] = [steps.numbers, steps.loss, steps.gradientNorm].map((column) => Float64Array.from(finite, (i) => column[i]!)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const beginning = median([...norms.subarray(0, 10)]);
  const found: { step: number; norm: number; usual: number; lossBefore: number; lossAfter: number }[] = [];
  norms.forEach((norm, at) => {
    if (at < 10 || beginning === undefined || norm <= beginning) return;
    const lossAfter = Math.max(...losses.subarray(at, at + 4));
    const before = norms.subarray(Math.max(0, at - levels.window), at);
    // Of a long run few steps pass this, and only for them a median is worth its time.
    if (lossAfter <= levels.harm * start || before.length < 10 || norm <= levels.spike * before.reduce((a, b) => Math.min(a, b))) return;
    const usual = median([...before])!;
    const lossBefore = median([...losses.subarray(at - before.length, at)])!;
    if (norm > levels.spike * usual && lossAfter > 1.5 * lossBefore) found.push({ step: numbers[at]!, norm, usual, lossBefore, lossAfter });
  });
  if (found.length === 0) return [];
  const worst = found.reduce((a, b) => (b.norm / b.usual > a.norm / a.usual ? b : a));
  return [
    {
      rule: 'absolutely_huge',
      severity: 'warn',
      step: worst.step,
      title: 'The gradient spikes',
      message: `At step ${worst.step} the norm of the gradient was ${figure(worst.norm)}, ${figure(worst.norm / worst.usual)} times its running median, and the loss rose.`,
      evidence: { ...worst, spikes: found.length, level: levels.spike },
      remedies,
    },
  ];
}
