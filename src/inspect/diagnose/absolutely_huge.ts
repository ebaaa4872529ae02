import type { History } from '../history.ts';
import { cleanStats, figure, hasLearned, latest, layerPlaces, lossShare, median, offer, series, startingLoss } from './read.ts';
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
    const infinite = history.steps.find(({ gradientNorm }) => gradientNorm === Number.POSITIVE_INFINITY);
    const remedies = offer(history, ['learning_rate', 'clip']);
    const title = 'Gradients are too large';
    if (infinite) {
      const message = `The norm of the gradient is infinite at step ${infinite.step}.`;
      return [
        { rule: 'absolutely_huge', severity: 'severe', step: infinite.step, title, message, evidence: { norm: 'Infinity', step: infinite.step }, remedies },
      ];
    }
    const huge = layerPlaces(history).flatMap((place) => {
      const now = latest(series(history, place, (record) => cleanStats(record, 'weight_gradient')?.absMean));
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
  const steps = history.steps.filter(({ loss, gradientNorm }) => Number.isFinite(loss) && Number.isFinite(gradientNorm));
  const start = startingLoss(history);
  if (start === undefined || hasLearned(lossShare(history))) return [];
  const beginning = median(steps.slice(0, 10).map(({ gradientNorm }) => gradientNorm));
  const found = steps.flatMap(({ step, gradientNorm }, at) => {
    const before = steps.slice(Math.max(0, at - levels.window), at);
    if (before.length < 10 || beginning === undefined || gradientNorm <= beginning) return [];
    const usual = median(before.map((entry) => entry.gradientNorm))!;
    const lossBefore = median(before.map((entry) => entry.loss))!;
    const lossAfter = Math.max(...steps.slice(at, at + 4).map((entry) => entry.loss));
    return gradientNorm > levels.spike * usual && lossAfter > 1.5 * lossBefore && lossAfter > levels.harm * start
      ? [{ step, norm: gradientNorm, usual, lossBefore, lossAfter }]
      : [];
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
