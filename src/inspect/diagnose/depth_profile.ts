// How delta changes along the trunk, from its last hidden place to the first: what the two rules about depth share.
// Delta and not the weight gradient, whose first-to-last ratio is blind in ReLU networks: gW = delta h', and h grows as fast as delta shrinks. A log that has no
// delta is judged by weight gradients all the same: what they show is so, only what they do not show is unknown.
import type { History, TensorKind } from '../history.ts';
import { type HistoryPlace, hiddenTrunks } from '../places.ts';
import type { SampledStep } from '../steps.ts';
import { learnedHalf } from './outcome.ts';
import { cleanStats, fractionEvidence, latestSampled, median, wasFinite } from './read.ts';
import type { Severity } from './rule.ts';

/** The tensor that a profile is of. */
export type ProfileOf = Extract<TensorKind, 'delta' | 'weight_gradient'>;

export interface DepthProfile {
  of: ProfileOf;
  /** Norm of delta of the first layer over that of the last, the median over the last looks that show delta. */
  ratio: number;
  /** The factor of the norm of delta per layer towards the input, from a line through its logarithm. */
  perLayer: number;
  /** The largest factor from one layer to the one before it, at the last look; of delta alone. */
  largestFactor?: number;
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
export function depthProfiles(history: History, minLayers: number, looks = latestSampled(history, profiled(history), wasFinite)): DepthProfile[] {
  const of = profiled(history);
  return hiddenTrunks(history).flatMap((trunk) => (of === 'delta' ? depthProfile(looks, trunk, minLayers) : profileOfWeights(looks, trunk, minLayers)) ?? []);
}

/** What a history can be judged by. */
export const profiled = ({ steps }: History): ProfileOf => (steps.digest.figures.has('delta') ? 'delta' : 'weight_gradient');

/**
 * The profile of the weight gradients. Layers differ in more than depth: an embedding, a convolution over many positions. So the change must go on from layer to
 * layer as well: of the ratio of the ends and that of the ends of the fitted line, the milder counts.
 */
function profileOfWeights(looks: readonly SampledStep[], trunk: readonly HistoryPlace[], minLayers: number): DepthProfile | undefined {
  const places = trunk.filter(({ recordOf }) => looks.some((look) => recordOf(look)?.tensors.weight_gradient));
  if (places.length < minLayers) return undefined;
  const sized = looks.every((look) => places.every(({ recordOf }) => !Number.isNaN(recordOf(look)?.tensors.weight_gradient?.rms)));
  const rows = looks.map(({ step, ...look }) => ({
    step,
    sizes: places.map(({ recordOf }) => cleanStats(recordOf(look), 'weight_gradient')?.[sized ? 'rms' : 'l2']),
  }));
  const ends = median(rows.flatMap(({ sizes }) => ((sizes.at(-1) ?? 0) > 0 && sizes[0] !== undefined ? [sizes[0] / sizes.at(-1)!] : [])));
  const rate = median(rows.map(({ sizes }) => slope(sizes)).filter((value) => value !== undefined));
  if (ends === undefined || rate === undefined) return undefined;
  const line = Math.exp(-rate * (places.length - 1));
  const agree = Math.log(line) * Math.log(ends) > 0;
  return {
    of: 'weight_gradient',
    ratio: !agree ? 1 : ends < 1 ? Math.max(ends, line) : Math.min(ends, line),
    perLayer: Math.exp(-rate),
    count: places.length,
    first: places[0]!.name,
    last: places.at(-1)!.name,
    step: rows.at(-1)!.step,
  };
}

function depthProfile(looks: readonly SampledStep[], trunk: readonly HistoryPlace[], minLayers: number): DepthProfile | undefined {
  const places = trunk.filter(({ recordOf }) => looks.some((look) => recordOf(look)?.tensors.delta));
  if (places.length < minLayers) return undefined;
  // Norms, because they are what a layer passes on: between images of different size the root mean square changes without any vanishing.
  const sizeOf = ({ recordOf, width }: HistoryPlace, look: SampledStep): number | undefined => {
    const stats = cleanStats(recordOf(look), 'delta');
    return stats && (Number.isNaN(stats.l2) ? stats.rms * Math.sqrt(width || 1) : stats.l2);
  };
  const [first, last] = [places[0]!, places.at(-1)!];
  const rows = looks
    .map((look) => ({
      step: look.step,
      delta: places.map((place) => sizeOf(place, look)),
      weights: [first, last].map(({ recordOf }) => cleanStats(recordOf(look), 'weight_gradient')?.l2),
    }))
    .filter(({ delta }) => delta[0] !== undefined && (delta.at(-1) ?? 0) > 0);
  const ratio = median(rows.map(({ delta }) => delta[0]! / delta.at(-1)!));
  const perLayer = median(rows.map(({ delta }) => slope(delta)).filter((value) => value !== undefined));
  if (ratio === undefined) return undefined;
  const weightRatio = median(rows.flatMap(({ weights: [a, b] }) => (a !== undefined && b !== undefined && b > 0 ? [a / b] : [])));
  return {
    of: 'delta',
    ratio,
    perLayer: perLayer === undefined ? 0 : Math.exp(-perLayer),
    largestFactor: rows.at(-1)!.delta.reduce<number>((largest, delta, i, all) => (i === 0 ? largest : Math.max(largest, all[i - 1]! / delta!)), 0),
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
  const { of, ratio, perLayer, count, first, last, weightGradientRatio } = profile;
  return {
    ...(of === 'delta' ? {} : { of }),
    ratio,
    perLayer,
    layers: count,
    first,
    last,
    ...(weightGradientRatio === undefined ? {} : { weightGradientRatio }),
    ...fractionEvidence(lossFraction),
  };
}

/** How grave a gradient is that changes with depth: a step milder where the run learned more than half of what there is all the same. */
export function depthSeverity(history: History, beyond: boolean): Severity {
  if (learnedHalf(history)) return beyond ? 'warn' : 'note';
  return beyond ? 'severe' : 'warn';
}

/** What a profile is of, in the middle of a sentence. */
export const gradientWords = ({ of }: DepthProfile): string => (of === 'delta' ? 'the gradient' : 'the gradient of the weights');
