import { cleanStats, figure, latest, layerPlaces, lossShare, offer, shareEvidence } from './read.ts';
import type { Rule } from './rule.ts';

/**
 * Mean |gW| of a layer below 1e-6 warn, below 1e-7 severe (VanishingGradient of SageMaker Debugger), while the loss is still at its start. It sees what
 * ratios between layers cannot: a network whose every gradient is 1e-13. A gradient that was above `before` earlier shrank by learning, and a
 * branch's exact zeros are its zero initialisation: both are quiet.
 */
export const absolutelyTiny: Rule<'warn' | 'severe' | 'above' | 'before'> = {
  id: 'absolutely_tiny',
  needs: ['weight_gradient'],
  levels: { warn: 1e-6, severe: 1e-7, above: 0.9, before: 1e-4 },
  check(history, levels) {
    const share = lossShare(history);
    if (!(share !== undefined && share >= levels.above)) return [];
    const tiny = layerPlaces(history).flatMap((place) => {
      const { name, residual } = place.layer;
      const now = latest(history, place, 'weight_gradient', (record) => cleanStats(record, 'weight_gradient')?.absMean);
      const peak = history.steps.digest.peaks[history.layers.indexOf(place.layer)] ?? 0;
      const branchAtZero = residual && now?.value === 0;
      return now && now.value < levels.warn && !branchAtZero && peak < levels.before ? [{ name, ...now }] : [];
    });
    if (tiny.length === 0) return [];
    const worst = tiny.reduce((a, b) => (b.value < a.value ? b : a));
    return [
      {
        rule: 'absolutely_tiny',
        severity: worst.value < levels.severe ? 'severe' : 'warn',
        layer: worst.name,
        step: worst.step,
        title: 'Gradients are too small to learn from',
        message: `The mean |gradient| of ${worst.name} is ${figure(worst.value)} although the loss has not fallen; so it is in ${tiny.length} of ${history.layers.length} layers.`,
        evidence: {
          absMean: worst.value,
          layers: tiny.length,
          of: history.layers.length,
          ...shareEvidence(share),
          level: levels.warn,
        },
        remedies: offer(history, ['critical_initialisation', 'learning_rate']),
      },
    ];
  },
};
