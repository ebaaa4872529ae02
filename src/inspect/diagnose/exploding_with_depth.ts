import { EXPLODING } from './depth_levels.ts';
import { depthProfiles, depthSeverity, gradientWords, profileEvidence } from './depth_profile.ts';
import { figure, hasLearned, lossFraction } from './read.ts';
import { rule } from './rule.ts';

/**
 * The norm of delta at the first hidden layer over that of the last: above 70 warn (AUTOTRAINER's beta_3), above 1e3 severe. Quiet once the loss is at
 * a tenth of its start, and below three hidden layers; a step milder where more than half was learned.
 */
export const explodingWithDepth = rule({
  needs: ['delta'],
  levels: { ...EXPLODING, minLayers: 3 },
  remedies: ['critical_initialisation', 'residual', 'fewer_layers', 'clip', 'learning_rate'],
  text: {
    en: { title: 'The gradient explodes with depth', evidence: '{gradient}<sub>1</sub> / {gradient}<sub>{depth}</sub> = {ratio}, limit {limit}' },
    zh: { title: '梯度随深度爆炸', evidence: '{gradient}<sub>1</sub> / {gradient}<sub>{depth}</sub> = {ratio}，界限 {limit}' },
  },
  explains: [
    'non_finite',
    'forward_scale/grows',
    'absolutely_huge',
    'gradient_spikes',
    'update_size/large',
    'learning_rate_too_high',
    'dead_units',
    'rank_collapse',
    'class_imbalance',
    'random_targets',
    'loss_stuck',
  ],
  icon: 'M1.500 11h11L7 2z',
  check(history, levels) {
    const [profile] = depthProfiles(history, levels.minLayers).sort((a, b) => b.ratio - a.ratio);
    const fraction = lossFraction(history);
    if (!profile || !(profile.ratio > levels.warn) || hasLearned(fraction)) return [];
    return [
      {
        severity: depthSeverity(history, profile.ratio > levels.severe),
        layer: profile.first,
        step: profile.step,
        message: `On its way from ${profile.last} to ${profile.first} ${gradientWords(profile)} grows ${figure(profile.ratio)} times, a factor of ${figure(profile.perLayer)} per layer.`,
        evidence: { ...profileEvidence(profile, fraction), level: levels.warn },
      },
    ];
  },
});
