// How delta changes along the trunk, from its last hidden place to the first: what the two rules about depth share.
// Delta and not the weight gradient, whose first-to-last ratio is blind in ReLU networks: gW = delta h', and h grows as fast as delta shrinks.
import type { History } from '../history.ts';
import { type HistoryPlace, hiddenTrunks } from '../places.ts';
import type { SampledStep } from '../steps.ts';
import { cleanStats, fractionEvidence, latestLooks, median, wasFinite } from './read.ts';

export interface DepthProfile {
  /** rms delta of the first layer over that of the last, the median over the last looks that show delta. */
  ratio: number;
  /** The factor of rms delta per layer towards the input, from a line through ln(rms delta). */
  perLayer: number;
  /** Number of layers and joins compared. */
  count: number;
  first: string;
  last: string;
  step: number;
  /** |gW| of the first layer over that of the last, where both were taken: for comparison only. */
  weightGradientRatio?: number;
}

/**
 * The profile over the trunk of each input: the hidden layers that every path from it passes, and in a residual network the sums of its blocks. Branches are left
 * out, as their scale and what they hold stand between them and the trunk. None of a trunk with fewer than `minLayers` places (`shallowText` says so), or where
 * their deltas were not taken, not finite or all zero.
 */
export function depthProfiles(history: History, minLayers: number, looks = latestLooks(history, 'delta', wasFinite)): DepthProfile[] {
  return hiddenTrunks(history).flatMap((trunk) => depthProfile(looks, trunk, minLayers) ?? []);
}

function depthProfile(looks: readonly SampledStep[], trunk: readonly HistoryPlace[], minLayers: number): DepthProfile | undefined {
  const places = trunk.filter(({ recordOf }) => looks.some((look) => recordOf(look)?.tensors.delta));
  if (places.length < minLayers) return undefined;
  const [first, last] = [places[0]!, places.at(-1)!];
  const rows = looks
    .map((look) => ({
      step: look.step,
      delta: places.map(({ recordOf }) => cleanStats(recordOf(look), 'delta')?.rms),
      weights: [first, last].map(({ recordOf }) => cleanStats(recordOf(look), 'weight_gradient')?.l2),
    }))
    .filter(({ delta }) => delta[0] !== undefined && (delta.at(-1) ?? 0) > 0);
  const ratio = median(rows.map(({ delta }) => delta[0]! / delta.at(-1)!));
  const perLayer = median(rows.map(({ delta }) => slope(delta)).filter((value) => value !== undefined));
  if (ratio === undefined) return undefined;
  const weightRatio = median(rows.flatMap(({ weights: [a, b] }) => (a !== undefined && b !== undefined && b > 0 ? [a / b] : [])));
  return {
    ratio,
    perLayer: perLayer === undefined ? 0 : Math.exp(-perLayer),
    count: places.length,
    first: first.name,
    last: last.name,
    step: rows.at(-1)!.step,
    ...(weightRatio === undefined ? {} : { weightGradientRatio: weightRatio }),
  };
}

/** Slope of the least-squares line through ln(values) against the index; zeros and gaps are left out. */
function slope(values: readonly (number | undefined)[]): number | undefined {
  const points = values.flatMap((value, x) => (value !== undefined && value > 0 ? [{ x, y: Math.log(value) }] : []));
  if (points.length < 2) return undefined;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
}

/** The profile's figures as a finding's evidence. */
export function profileEvidence(profile: DepthProfile, lossFraction: number | undefined): Record<string, number | string> {
  const { ratio, perLayer, count, first, last, weightGradientRatio } = profile;
  return {
    ratio,
    perLayer,
    layers: count,
    first,
    last,
    ...(weightGradientRatio === undefined ? {} : { weightGradientRatio }),
    ...fractionEvidence(lossFraction),
  };
}
