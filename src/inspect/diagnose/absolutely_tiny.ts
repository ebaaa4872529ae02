import type { LayerRecord } from '../history.ts';
import { meanSize } from '../steps.ts';
import { cleanStats, figure, fractionEvidence, latest, layerPlaces, lossFraction } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * Mean |gW| of a layer below 1e-6 warn, below 1e-7 severe (VanishingGradient of SageMaker Debugger), while the loss is still at its start. It sees what
 * ratios between layers cannot: a network whose every gradient is 1e-13. A gradient that was above `before` earlier shrank by learning, and a
 * branch's exact zeros are its zero initialization: both are quiet. A log that has norms alone is judged by what the mean cannot be above, rms or L2 norm.
 */
export const absolutelyTiny = rule({
  needs: ['weight_gradient'],
  levels: { warn: 1e-6, severe: 1e-7, above: 0.9, before: 1e-4 },
  remedies: ['critical_initialisation', 'learning_rate'],
  text: {
    en: { title: 'Gradients are too small to learn from', evidence: 'mean |gradient| {absMean} in {layers} of {of} layers' },
    zh: { title: '梯度绝对值过小', evidence: '{of} 层中 {layers} 层的平均梯度仅 {absMean}' },
  },
  icon: 'M6.100 1h1.800v5.500h3L7 10.800 3.100 6.500h3zM2 11.800h10v1.700H2z',
  check(history, levels) {
    const fraction = lossFraction(history);
    if (fraction === undefined) return NO_START;
    if (!(fraction >= levels.above)) return [];
    const tiny = layerPlaces(history).flatMap((place) => {
      const { name, residual } = place.layer;
      const now = latest(history, place, 'weight_gradient', sizeOf);
      const peak = history.steps.digest.peaks[history.layers.indexOf(place.layer)] ?? 0;
      const branchAtZero = residual && now?.value === 0;
      return now && now.value < levels.warn && !branchAtZero && peak < levels.before ? [{ name, ...now }] : [];
    });
    if (tiny.length === 0) return [];
    const worst = tiny.reduce((a, b) => (b.value < a.value ? b : a));
    return [
      {
        severity: worst.value < levels.severe ? 'severe' : 'warn',
        layer: worst.name,
        step: worst.step,
        message: `The mean |gradient| of ${worst.name} is ${figure(worst.value)} although the loss has not fallen; so it is in ${tiny.length} of ${history.layers.length} layers.`,
        evidence: {
          absMean: worst.value,
          layers: tiny.length,
          of: history.layers.length,
          ...fractionEvidence(fraction),
          level: levels.warn,
        },
      },
    ];
  },
});

/** Mean |gW|, or what is known not to be below it. */
function sizeOf(record: LayerRecord): number | undefined {
  const stats = cleanStats(record, 'weight_gradient');
  return stats && meanSize(stats);
}
