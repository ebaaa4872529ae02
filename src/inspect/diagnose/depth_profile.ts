// How delta changes from the last hidden layer to the first: what the two rules about depth share.
// Delta and not the weight gradient, whose first-to-last ratio is blind in ReLU networks: gW = delta h', and h grows as fast as delta shrinks.
import type { History } from '../history.ts';
import { cleanStats, hiddenLayers, median, probedSteps, shareEvidence } from './read.ts';

export interface DepthProfile {
  /** rms delta of the first layer over that of the last, the median over the latest probed steps. */
  ratio: number;
  /** The factor of rms delta per layer towards the input, from a line through ln(rms delta). */
  perLayer: number;
  /** Number of layers compared. */
  count: number;
  first: string;
  last: string;
  step: number;
  /** |gW| of the first layer over that of the last, where both were taken: for comparison only. */
  weightGradientRatio?: number;
}

/**
 * The profile over the hidden layers; in a residual network over the layers inside blocks, because a block's scale stands between them and the
 * trunk. Undefined with fewer than `minLayers` of them, or where their deltas were not taken, not finite or all zero.
 */
export function depthProfile(history: History, minLayers: number): DepthProfile | undefined {
  const steps = probedSteps(history);
  const hidden = hiddenLayers(history).filter((index) => steps.some(({ layers }) => layers[index]?.tensors.delta));
  // Exact zeros in a block: its last weights begin at 0 and let nothing through yet.
  const inBlocks = hidden.filter((index) => history.layers[index]!.residual && steps.at(-1)?.layers[index]?.tensors.delta?.rms !== 0);
  const layers = inBlocks.length >= minLayers ? inBlocks : hidden;
  if (layers.length < minLayers) return undefined;
  const [first, last] = [layers[0]!, layers.at(-1)!];
  const rows = steps
    .map((step) => ({
      step: step.step,
      delta: layers.map((index) => cleanStats(step.layers[index], 'delta')?.rms),
      weights: [first, last].map((index) => cleanStats(step.layers[index], 'weight_gradient')?.l2),
    }))
    .filter(({ delta }) => delta[0] !== undefined && (delta.at(-1) ?? 0) > 0)
    .slice(-5);
  const ratio = median(rows.map(({ delta }) => delta[0]! / delta.at(-1)!));
  const perLayer = median(rows.map(({ delta }) => slope(delta)).filter((value) => value !== undefined));
  if (ratio === undefined) return undefined;
  const weightRatio = median(rows.flatMap(({ weights: [a, b] }) => (a !== undefined && b !== undefined && b > 0 ? [a / b] : [])));
  return {
    ratio,
    perLayer: perLayer === undefined ? 0 : Math.exp(-perLayer),
    count: layers.length,
    first: history.layers[first]!.name,
    last: history.layers[last]!.name,
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
export function profileEvidence(profile: DepthProfile, lossShare: number | undefined): Record<string, number | string> {
  const { ratio, perLayer, count, first, last, weightGradientRatio } = profile;
  return {
    ratio,
    perLayer,
    layers: count,
    first,
    last,
    ...(weightGradientRatio === undefined ? {} : { weightGradientRatio }),
    ...shareEvidence(lossShare),
  };
}
