import { cleanStats, figure, latest, layerPlaces } from './read.ts';
import { rule } from './rule.ts';

/** Mean |gW| of a layer above 1e6: warn; an infinite norm: severe. */
export const absolutelyHuge = rule({
  needs: ['weight_gradient'],
  levels: { warn: 1e6 },
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
      const now = latest(history, place, 'weight_gradient', (record) => {
        const stats = cleanStats(record, 'weight_gradient');
        return stats && (Number.isNaN(stats.absMean) ? stats.rms : stats.absMean);
      });
      return now && now.value > levels.warn ? [{ name: place.name, ...now }] : [];
    });
    if (huge.length > 0) {
      const worst = huge.reduce((a, b) => (b.value > a.value ? b : a));
      const message = `The mean |gradient| of ${worst.name} is ${figure(worst.value)}.`;
      const evidence = { absMean: worst.value, layers: huge.length, level: levels.warn };
      return [{ kind: 'large', severity: 'warn', layer: worst.name, step: worst.step, message, evidence }];
    }
    return [];
  },
});
