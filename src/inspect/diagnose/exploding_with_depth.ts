import { depthProfile, profileEvidence } from './depth_profile.ts';
import { figure, hasLearned, lossShare, offer } from './read.ts';
import type { Rule } from './rule.ts';

/**
 * rms delta of the first hidden layer over that of the last: above 70 warn (AUTOTRAINER's beta_3), above 1e3 severe. Quiet once the loss is at
 * a tenth of its start, and below three hidden layers.
 */
export const explodingWithDepth: Rule<'warn' | 'severe' | 'minLayers'> = {
  id: 'exploding_with_depth',
  needs: ['delta'],
  levels: { warn: 70, severe: 1e3, minLayers: 3 },
  check(history, levels) {
    const profile = depthProfile(history, levels.minLayers);
    const share = lossShare(history);
    if (!profile || !(profile.ratio > levels.warn) || hasLearned(share)) return [];
    return [
      {
        rule: 'exploding_with_depth',
        severity: profile.ratio > levels.severe ? 'severe' : 'warn',
        layer: profile.first,
        step: profile.step,
        title: 'The gradient explodes with depth',
        message: `On its way from ${profile.last} to ${profile.first} the gradient grows ${figure(profile.ratio)} times, a factor of ${figure(profile.perLayer)} per layer.`,
        evidence: { ...profileEvidence(profile, share), level: levels.warn },
        remedies: offer(history, ['critical_initialisation', 'residual', 'clip', 'learning_rate']),
      },
    ];
  },
};
