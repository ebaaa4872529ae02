import { VANISHING } from './depth_levels.ts';
import { depthProfiles, depthSeverity, gradientWords, profileEvidence } from './depth_profile.ts';
import { figure, hasLearned, lossFraction } from './read.ts';
import { rule } from './rule.ts';

/**
 * The norm of delta at the first hidden layer over that of the last: below 1e-3 warn (AUTOTRAINER's beta_1), below 1e-6 severe (its square). Quiet once
 * the loss is at a tenth of its start: a network that learned has a gradient that arrived. Two layers are no depth: at least three.
 */
export const vanishingWithDepth = rule({
  needs: ['delta'],
  levels: { ...VANISHING, minLayers: 3 },
  remedies: ['critical_initialisation', 'activation', 'batch_norm', 'residual', 'fewer_layers'],
  text: {
    en: { title: 'The gradient vanishes with depth', evidence: 'δ<sub>1</sub> / δ<sub>{depth}</sub> = {ratio}, limit {limit}' },
    zh: { title: '梯度随深度消失', evidence: 'δ<sub>1</sub> / δ<sub>{depth}</sub> = {ratio}，界限 {limit}' },
  },
  explains: [
    'absolutely_tiny',
    'forward_scale/dies',
    'update_size/small',
    'learning_rate_too_low',
    'loss_stuck',
    'one_class_only',
    'class_imbalance',
    'random_targets',
  ],
  icon: 'M1.500 3h11L7 12z',
  check(history, levels) {
    const [profile] = depthProfiles(history, levels.minLayers).sort((a, b) => a.ratio - b.ratio);
    const fraction = lossFraction(history);
    if (!profile || !(profile.ratio < levels.warn) || hasLearned(fraction)) return [];
    const factor = profile.perLayer > 0 ? `, a factor of ${figure(profile.perLayer)} per layer` : '';
    return [
      {
        severity: depthSeverity(history, profile.ratio < levels.severe),
        layer: profile.first,
        step: profile.step,
        message: `On its way from ${profile.last} to ${profile.first} ${gradientWords(profile)} shrinks to ${figure(profile.ratio)} of its size${factor}.`,
        evidence: { ...profileEvidence(profile, fraction), level: levels.warn },
      },
    ];
  },
});
