import type { History } from '../history.ts';
import { cleanStats, figure, hasLearned, latest, layerPlaces, lossFraction, median, startingLoss } from './read.ts';
import { type Found, rule } from './rule.ts';

/**
 * Mean |gW| above 1e6, or a spike of the global norm above ten times its running median (the usual criterion of gradient-spike skipping):
 * warn; an infinite norm: severe. A spike counts only if it harmed: it is also above the run's first norms, the loss jumped to `harm` of its start with it, and the network
 * has not learned since. One that leaves a plateau, and the odd batch of a converged one, have ten times their median too.
 */
export const absolutelyHuge = rule({
  needs: ['weight_gradient'],
  levels: { warn: 1e6, spike: 10, window: 30, harm: 0.5 },
  remedies: ['learning_rate', 'clip'],
  text: {
    infinite: {
      en: { title: 'Gradients are too large', evidence: 'norm {norm}' },
      zh: { title: '梯度绝对值过大', evidence: '范数 {norm}' },
    },
    large: {
      en: { title: 'Gradients are too large', evidence: 'mean |gradient| {absMean}' },
      zh: { title: '梯度绝对值过大', evidence: '平均梯度达 {absMean}' },
    },
    spike: {
      en: { title: 'The gradient spikes', evidence: 'norm {norm}, usually {usual}' },
      zh: { title: '梯度出现尖峰', evidence: '范数 {norm}，平时 {usual}' },
    },
  },
  icon: 'M6.100 13h1.800V7.500h3L7 3.200 3.100 7.500h3zM2 .5h10v1.700H2z',
  check(history, levels) {
    const at = history.steps.gradientNorm.indexOf(Number.POSITIVE_INFINITY);
    const infinite = at >= 0 && history.steps.at(at);
    if (infinite) {
      const message = `The norm of the gradient is infinite at step ${infinite.step}.`;
      return [{ kind: 'infinite', severity: 'severe', step: infinite.step, message, evidence: { norm: 'Infinity', step: infinite.step } }];
    }
    const huge = layerPlaces(history).flatMap((place) => {
      const now = latest(history, place, 'weight_gradient', (record) => cleanStats(record, 'weight_gradient')?.absMean);
      return now && now.value > levels.warn ? [{ name: place.name, ...now }] : [];
    });
    if (huge.length > 0) {
      const worst = huge.reduce((a, b) => (b.value > a.value ? b : a));
      const message = `The mean |gradient| of ${worst.name} is ${figure(worst.value)}.`;
      const evidence = { absMean: worst.value, layers: huge.length, level: levels.warn };
      return [{ kind: 'large', severity: 'warn', layer: worst.name, step: worst.step, message, evidence }];
    }
    return spikes(history, levels);
  },
});

function spikes(history: History, levels: { spike: number; window: number; harm: number }): (Found & { kind: 'spike' })[] {
  const start = startingLoss(history);
  if (start === undefined || hasLearned(lossFraction(history))) return [];
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
    if (norm > levels.spike * usual && lossAfter > 1.5 * lossBefore) found.push({ step: numbers[at]!, norm, usual, lossBefore, lossAfter });
  }
  if (found.length === 0) return [];
  const worst = found.reduce((a, b) => (b.norm / b.usual > a.norm / a.usual ? b : a));
  return [
    {
      kind: 'spike',
      severity: 'warn',
      step: worst.step,
      message: `At step ${worst.step} the norm of the gradient was ${figure(worst.norm)}, ${figure(worst.norm / worst.usual)} times its running median, and the loss rose.`,
      evidence: { ...worst, spikes: found.length, level: levels.spike },
    },
  ];
}

/** The steps whose loss and norm are finite: the columns themselves where all are. */
function finiteSteps({ steps }: History): Record<'numbers' | 'losses' | 'norms', Float64Array> {
  const { numbers, loss: losses, gradientNorm: norms } = steps;
  const usable = (i: number): boolean => Number.isFinite(losses[i]) && Number.isFinite(norms[i]);
  if (losses.every((_, i) => usable(i))) return { numbers, losses, norms };
  const only = (column: Float64Array): Float64Array => column.filter((_, i) => usable(i));
  return { numbers: only(numbers), losses: only(losses), norms: only(norms) };
}
