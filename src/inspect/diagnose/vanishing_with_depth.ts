import type { History } from '../history.ts';
import { hiddenTrunk } from '../places.ts';
import { VANISHING } from './depth_levels.ts';
import { type DepthProfile, depthProfiles, depthSeverity, gradientWords, profileEvidence } from './depth_profile.ts';
import { gravity } from './outcome.ts';
import { figure, firstSampled, hasLearned, latestSampled, lossFraction, startingLoss } from './read.ts';
import { rule } from './rule.ts';

/**
 * The norm of delta at the first hidden layer over that of the last: below 1e-3 warn (AUTOTRAINER's beta_1), below 1e-6 severe (its square). Quiet once
 * the loss is at a tenth of its start: a network that learned has a gradient that arrived. Or so at the first look, in a run that stood at knowing nothing for `stood` of its
 * steps for it, and came off too late to learn half of what there is. Two layers are no depth: at least three.
 */
export const vanishingWithDepth = rule({
  needs: ['delta'],
  levels: { ...VANISHING, minLayers: 3, halves: 0.5, faint: 0.05, minSteps: 50, moves: 3e-4, stood: 0.4 },
  remedies: ['critical_initialisation', 'activation', 'batch_norm', 'residual', 'fewer_layers'],
  text: {
    en: { title: 'The gradient vanishes with depth', evidence: '{gradient}<sub>1</sub> / {gradient}<sub>{depth}</sub> = {ratio}, limit {limit}' },
    zh: { title: '梯度随深度消失', evidence: '{gradient}<sub>1</sub> / {gradient}<sub>{depth}</sub> = {ratio}，界限 {limit}' },
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
    'saturated/later',
    'rank_collapse',
    'classes_left_out',
  ],
  icon: 'M1.500 3h11L7 12z',
  check(history, levels) {
    const fraction = lossFraction(history);
    if (hasLearned(fraction)) return [];
    const [now] = depthProfiles(history, levels.minLayers).sort((a, b) => a.ratio - b.ratio);
    const profile = now && (now.ratio < levels.warn ? now : (faintFromTheStart(history, levels) ?? vanishedAtFirst(history, levels)));
    if (!profile) return [];
    const factor = profile.perLayer > 0 ? `, a factor of ${figure(profile.perLayer)} per layer` : '';
    return [
      {
        severity: depthSeverity(history, profile.ratio < levels.severe),
        layer: profile.first,
        step: profile.step,
        message: `On its way from ${profile.last} to ${profile.first} ${gradientWords(profile)} shrinks to ${figure(profile.ratio)} of its size${factor}.`,
        evidence: { ...profileEvidence(profile, fraction), level: profile.ratio < levels.warn ? levels.warn : levels.faint },
      },
    ];
  },
});

/** The profile of the first step, of a run that learned nothing for it. */
function faintFromTheStart(
  history: History,
  levels: { minLayers: number; halves: number; faint: number; minSteps: number; moves: number },
): DepthProfile | undefined {
  const look = firstSampled(history, 'delta');
  if (!look || history.steps.length < levels.minSteps || gravity(history) !== 'severe' || !lastLayerMoves(history, levels.moves)) return undefined;
  return depthProfiles(history, levels.minLayers, [look]).find((profile) => isFaint(profile, levels));
}

/** Whether a gradient fades in every layer, to less than half of what it was. */
const isFaint = ({ ratio, perLayer, largestFactor }: DepthProfile, levels: { halves: number; faint: number }): boolean =>
  ratio < levels.faint && perLayer < levels.halves && largestFactor! < 1;

/** The profile of the first step, of a run that stood still for it until late. */
function vanishedAtFirst(
  history: History,
  levels: { minLayers: number; warn: number; halves: number; faint: number; stood: number; minSteps: number; moves: number },
): DepthProfile | undefined {
  const look = firstSampled(history, 'delta');
  if (!look || history.steps.length < levels.minSteps || gravity(history) === undefined || stoodFor(history) < levels.stood) return undefined;
  if (!lastLayerMoves(history, levels.moves)) return undefined;
  return depthProfiles(history, levels.minLayers, [look]).find((profile) => profile.perLayer < 1 && (profile.ratio < levels.warn || isFaint(profile, levels)));
}

/** The share of a run, counted in tenths from its first step, in which the mean loss was no better than nine tenths of that of knowing nothing. */
function stoodFor(history: History): number {
  const { loss } = history.steps;
  const limit = 0.9 * (startingLoss(history) ?? 0);
  const tenths = Array.from({ length: 10 }, (_, i) => loss.subarray(Math.floor((i * loss.length) / 10), Math.floor(((i + 1) * loss.length) / 10)));
  const left = tenths.findIndex((part) => part.reduce((sum, value) => sum + value, 0) / part.length < limit);
  return (left < 0 ? 10 : left) / 10;
}

/** Whether the layer that the gradient reaches first was changed at the first or the last looks: else the rate is too low, whatever becomes of the gradient. */
function lastLayerMoves(history: History, moves: number): boolean {
  const last = hiddenTrunk(history).at(-1);
  const looks = [firstSampled(history, 'updateToWeight') ?? [], latestSampled(history, 'updateToWeight')].flat();
  return looks.some((look) => (last?.recordOf(look)?.updateToWeight?.l2 ?? 0) > moves);
}
