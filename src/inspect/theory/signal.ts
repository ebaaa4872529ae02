// A network's forward variance and backward factor per layer, predicted before any step. It walks the mean-field recursion from the data's
// mean square forwards, then the gradient backwards; only the ratio of the deltas is predicted, so the loss plays no part.
// Limits: wide layers, independent weights. What follows a shortcut's sum is taken as Gaussian, which an activation directly behind a sum of
// rectified values is not. A step that the theory does not know ends what it says: nothing after it is predicted, until a norm makes the variance known again,
// nor is a gradient before it in proportion to one after it. Batch norm's factors assume a batch of full rank (not 2-D data straight into the normalised layer).
import { requireNumber, UsageError } from '../../errors.ts';
import { inverseVariance, type NormalisedMoments, normalisedMoments } from './batch_norm.ts';
import { crossMoment, gaussianMean, LINEAR } from './mean_field.ts';
import type { Nonlinearity } from './quadrature.ts';

/** A weight matrix of independent zero-mean entries: sw2 = fanIn * Var(W), sb2 = Var(b), 0 unless given. */
export interface SignalDense {
  kind: 'dense';
  name: string;
  fanIn: number;
  width: number;
  sw2: number;
  sb2?: number;
}

/** The steps of a network in the order of computation. */
export type SignalStep =
  | SignalDense
  /** Over `batch` rows, or in the limit of large batches; gamma 1, beta 0. */
  | { kind: 'batch_norm'; batch?: number }
  /** Over the units of each row, of which there are many; `eps` is added to the variance, 0 unless given; gamma 1, beta 0. */
  | { kind: 'layer_norm'; eps?: number }
  | { kind: 'activation'; activation: Nonlinearity }
  /** A layer that the theory does not know, by its path; with `layer` where it has weights and is predicted as unknown. */
  | { kind: 'unknown'; name: string; layer?: { name: string; width: number } }
  /** Inverted dropout: kept with probability `keep`, scaled by 1 / keep. */
  | { kind: 'dropout'; keep: number }
  /**
   * x + scale * branch(x), or P x + scale * branch(x) with a projection whose sw2 is given. Scale 1 unless given. The sum and the projection are
   * predicted where they have a name.
   */
  | {
      kind: 'residual';
      scale?: number;
      projection?: { sw2: number; layer?: { name: string; width: number } };
      join?: { name: string; width: number };
      branch: readonly SignalStep[];
    };

/** The prediction for one weight matrix, or for a sum of the trunk. z is the input of its activation: after batch norm, where that follows directly. */
export interface LayerPrediction {
  name: string;
  width: number;
  /** A layer that every path passes, one in a residual branch, or a block's sum. */
  place: 'trunk' | 'branch' | 'join';
  /** Mean of z²; NaN after a layer that the theory does not know. */
  q: number;
  /** |delta_l|² / |delta_{l+1}|², squared norms, towards the next place of the trunk; absent for the last, in branches, and where it is not known. */
  chi?: number;
  /** rms delta_l / rms delta_L, L the last hidden layer or sum; NaN where a layer that the theory does not know stands between them. */
  delta: number;
  /** The layer that the theory does not know, where q is NaN because of it. */
  unknown?: string;
}

export interface SignalOptions {
  /** Mean over pairs of samples of the product of their inputs: matters only before the first batch norm. 0 (standardised data) unless given. */
  inputCross?: number;
}

/** Mean, mean square, and mean product of two samples, over the units of a tensor. */
interface Moments {
  mean: number;
  square: number;
  cross: number;
  /** Rows of the batch norm right before, whose output is on a sphere and not Gaussian. */
  normalisedOver?: number;
  /** The step that the theory does not know, where the numbers are NaN because of it. */
  unknown?: string;
}

/** What the forward walk leaves for the backward one: the factor of the squared gradient norm and the layer whose delta stands at the output. */
type Trace = { layer?: LayerPrediction | undefined; factor: number } | { branch: Trace[]; scale: number; through: number; ends: LayerPrediction[] };

// Beyond this q the prediction says no more than "overflows", and products must not become NaN.
const CEILING = 1e300;

/**
 * Predicts q, chi and delta of every weight matrix of `steps` and of the sums that have a name, in order: a block's layers, its projection, its sum. A last weight matrix outside of blocks is the output layer: it is predicted as
 * well, and its delta too is in proportion to that of the last hidden layer. `inputMeanSquare` is the mean of x² over the data.
 */
export function predictSignal(steps: readonly SignalStep[], inputMeanSquare: number, { inputCross = 0 }: SignalOptions = {}): LayerPrediction[] {
  requireNumber('predictSignal: inputMeanSquare', inputMeanSquare, 0);
  const layers: LayerPrediction[] = [];
  const crossNeeded = hasBatchNorm(steps);
  const memo = new Map<Nonlinearity, Map<number, NormalisedMoments>>();
  const normalised = (phi: Nonlinearity, batch: number): NormalisedMoments => {
    const byBatch = memo.get(phi) ?? new Map<number, NormalisedMoments>();
    memo.set(phi, byBatch);
    const moments = byBatch.get(batch) ?? normalisedMoments(phi, batch);
    byBatch.set(batch, moments);
    return moments;
  };

  /** The layer before a norm, whose z is what the norm gives. */
  const normalisedLayer = (before: SignalStep | undefined, { square }: Moments): LayerPrediction | undefined => {
    const layer = before?.kind === 'dense' ? layers.at(-1) : undefined;
    if (!layer) return undefined;
    layer.q = square;
    delete layer.unknown;
    return layer;
  };

  const walk = (list: readonly SignalStep[], input: Moments, place: 'trunk' | 'branch'): [Moments, Trace[]] => {
    let at = input;
    const traces = list.map((step, index): Trace => {
      const next = list[index + 1];
      switch (step.kind) {
        case 'dense': {
          const { sw2, sb2 = 0, name, width } = step;
          at = { mean: 0, square: Math.min(CEILING, sw2 * at.square + sb2), cross: Math.min(CEILING, sw2 * at.cross + sb2), ...unknownOf(at) };
          const layer: LayerPrediction = { name, width, place, q: at.square, delta: 0, ...unknownOf(at) };
          layers.push(layer);
          return { layer: isNorm(next) ? undefined : layer, factor: sw2 };
        }
        case 'batch_norm': {
          const batch = step.batch ?? Number.POSITIVE_INFINITY;
          const { kept } = normalised(next?.kind === 'activation' ? next.activation : LINEAR, batch);
          const factor = kept * inverseVariance(at.square - at.cross, batch);
          at = { mean: 0, square: 1, cross: -1 / (batch - 1), normalisedOver: batch };
          return { layer: normalisedLayer(list[index - 1], at), factor };
        }
        case 'layer_norm': {
          // A row's own mean and variance are those over all units. The gradient loses two directions of many.
          const variance = at.square - at.mean ** 2;
          const factor = 1 / (variance + (step.eps ?? 0));
          at = Number.isNaN(variance)
            ? { mean: 0, square: 1, cross: Number.NaN }
            : { mean: 0, square: variance * factor, cross: (at.cross - at.mean ** 2) * factor };
          return { layer: normalisedLayer(list[index - 1], at), factor };
        }
        case 'activation': {
          const phi = step.activation;
          if (at.unknown !== undefined) return { factor: Number.NaN };
          if (at.normalisedOver !== undefined) {
            const { mean, second, cross, slope } = normalised(phi, at.normalisedOver);
            at = { mean, square: second, cross };
            return { factor: slope };
          }
          const { square: q, cross } = at;
          at = {
            mean: gaussianMean(phi, q, phi.value),
            square: gaussianMean(phi, q, (x) => phi.value(x) ** 2),
            cross: crossNeeded ? crossMoment(phi, q, cross) : 0,
          };
          return { factor: gaussianMean(phi, q, (x) => phi.derivative(x) ** 2) };
        }
        case 'dropout': {
          // Two samples have different masks, so the mean and the product of two stay.
          at = { mean: at.mean, square: at.square / step.keep, cross: at.cross, ...unknownOf(at) };
          return { factor: 1 / step.keep };
        }
        case 'unknown': {
          at = { mean: Number.NaN, square: Number.NaN, cross: Number.NaN, unknown: at.unknown ?? step.name };
          const layer: LayerPrediction | undefined = step.layer && { ...step.layer, place, q: Number.NaN, delta: 0, ...unknownOf(at) };
          if (layer) layers.push(layer);
          return { layer, factor: Number.NaN };
        }
      }
      const { scale = 1, projection } = step;
      const through = projection?.sw2 ?? 1;
      const [branch, inner] = walk(step.branch, { ...at }, 'branch');
      const trunk = projection ? { mean: 0, square: through * at.square, cross: through * at.cross, ...unknownOf(at) } : at;
      const both = 2 * scale * trunk.mean * branch.mean;
      at = {
        mean: trunk.mean + scale * branch.mean,
        square: Math.min(CEILING, trunk.square + scale ** 2 * branch.square + both),
        cross: Math.min(CEILING, trunk.cross + scale ** 2 * branch.cross + both),
        ...unknownOf({ ...branch, ...unknownOf(trunk) }),
      };
      const ends: LayerPrediction[] = [];
      if (projection?.layer) ends.push({ ...projection.layer, place: 'branch', q: Math.min(CEILING, trunk.square), delta: 0, ...unknownOf(trunk) });
      // A block inside a branch is no place of the trunk.
      if (step.join && place === 'trunk') ends.push({ ...step.join, place: 'join', q: at.square, delta: 0, ...unknownOf(at) });
      layers.push(...ends);
      return { branch: inner, scale, through, ends };
    });
    return [at, traces];
  };

  // Squared norms of gradients, each in proportion to the others of its stretch: a step that is not known begins another one.
  const norms = new Map<LayerPrediction, number>();
  const stretches = new Map<LayerPrediction, number>();
  let stretch = 0;
  const put = (layer: LayerPrediction, norm: number): void => {
    norms.set(layer, norm);
    stretches.set(layer, stretch);
  };
  const back = (traces: readonly Trace[], gradient: number): number =>
    traces.reduceRight((above, trace) => {
      if ('branch' in trace) {
        for (const layer of trace.ends) put(layer, above);
        const here = stretch;
        const inner = back(trace.branch, trace.scale ** 2 * above);
        if (stretch === here) return trace.through * above + inner;
      } else {
        if (trace.layer) put(trace.layer, above);
        if (!Number.isNaN(trace.factor)) return trace.factor * above;
      }
      stretch++;
      return 1;
    }, gradient);

  check(steps);
  back(walk(steps, { mean: 0, square: inputMeanSquare, cross: inputCross }, 'trunk')[1], 1);

  const hasOutput = layers.length > 1 && steps.some((step) => (step.kind === 'dense' || step.kind === 'unknown') && step.name === layers.at(-1)?.name);
  const hidden = hasOutput ? layers.slice(0, -1) : layers;
  // A branch of scale 0 gets no gradient: nothing can be put in proportion to it.
  const reference = hidden.findLast((layer) => norms.get(layer)! > 0) ?? layers[0];
  const together = (a: LayerPrediction, b: LayerPrediction): boolean => stretches.get(a) === stretches.get(b);
  const rms = (layer: LayerPrediction): number => Math.sqrt(norms.get(layer)! / layer.width);
  for (const layer of layers) layer.delta = together(layer, reference!) ? rms(layer) / rms(reference!) : Number.NaN;
  const trunk = layers.filter((layer) => layer.place !== 'branch');
  trunk.slice(1).forEach((above, index) => {
    const layer = trunk[index]!;
    if (together(layer, above)) layer.chi = norms.get(layer)! / norms.get(above)!;
  });
  return layers;
}

/** The step that a place is unknown because of, to be spread into what follows from it. */
const unknownOf = ({ unknown }: { unknown?: string }): { unknown?: string } => (unknown === undefined ? {} : { unknown });

const isNorm = (step: SignalStep | undefined): boolean => step?.kind === 'batch_norm' || step?.kind === 'layer_norm';

function hasBatchNorm(steps: readonly SignalStep[]): boolean {
  return steps.some((step) => step.kind === 'batch_norm' || (step.kind === 'residual' && hasBatchNorm(step.branch)));
}

/** Throws a UsageError for numbers outside their range. */
function check(steps: readonly SignalStep[], where = 'predictSignal'): void {
  for (const step of steps) {
    if (step.kind === 'dense') {
      requireNumber(`${where}: ${step.name}.sw2`, step.sw2, 0);
      requireNumber(`${where}: ${step.name}.sb2`, step.sb2 ?? 0, 0);
    } else if (step.kind === 'dropout' && !(step.keep > 0 && step.keep <= 1)) {
      throw new UsageError(`${where}: dropout keeps a share in (0, 1], got ${step.keep}`);
    } else if (step.kind === 'batch_norm' && step.batch !== undefined && !(step.batch >= 3)) {
      throw new UsageError(`${where}: batch norm is predicted for batches of at least 3 rows, got ${step.batch}`);
    } else if (step.kind === 'layer_norm') requireNumber(`${where}: layer norm: eps`, step.eps ?? 0, 0);
    else if (step.kind === 'residual') check(step.branch, where);
  }
}
