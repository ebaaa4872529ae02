// A network's forward variance and backward factor per layer, predicted before any step. It walks the mean-field recursion from the data's
// mean square forwards, then the gradient backwards; only the ratio of the deltas is predicted, so the loss plays no part.
// Limits: wide layers, independent weights. What follows a shortcut's sum is taken as Gaussian, which an activation directly after a sum of
// rectified values is not. A step that the theory does not know ends what it says: nothing after it is predicted, until a norm makes the variance known again,
// nor is a gradient before it in proportion to one after it. Batch norm's factors assume a batch of full rank (not 2-D data straight into the normalized layer).
import { requireNumber, UsageError } from '../../errors.ts';
import type { Nonlinearity } from './quadrature.ts';
import { type GradientNorms, walkBackwards } from './signal_backwards.ts';
import { walkForwards } from './signal_forwards.ts';

/** A weight matrix of independent zero-mean entries: sw2 = fanIn * Var(W), sb2 = Var(b), 0 unless given. */
export interface SignalDense {
  /** Tells the steps apart. */
  kind: 'dense';
  /** Path of the layer. */
  name: string;
  /** Inputs of a unit. */
  fanIn: number;
  /** Units. */
  width: number;
  /** Fan-in times the variance of the weight. */
  sw2: number;
  /** Variance of the bias; 0 by default. */
  sb2?: number;
}

/** The steps of a network in the order of computation. */
export type SignalStep =
  | SignalDense
  /** Over `batch` rows, or in the limit of large batches; gamma 1, beta 0. */
  | { kind: 'batch_norm'; batch?: number }
  /** Over the units of each row, of which there are many; `eps` is added to the variance, 0 unless given; gamma 1, beta 0. */
  | { kind: 'layer_norm'; eps?: number }
  /** The same without taking the mean out. */
  | { kind: 'rms_norm'; eps?: number }
  | { kind: 'activation'; activation: Nonlinearity }
  /** A layer that the theory does not know, by its path; with `layer` where it has weights and is predicted as unknown. */
  | { kind: 'unknown'; name: string; layer?: { name: string; width: number } }
  /** Inverted dropout: kept with probability `keep`, scaled by 1 / keep. */
  | { kind: 'dropout'; keepProbability: number }
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
  /** Path of the layer or of the sum. */
  name: string;
  /** Units, or features of the sum. */
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
  /** Mean over pairs of samples of the product of their inputs: matters only before the first batch norm. 0 (standardized data) unless given. */
  inputCross?: number;
}

/**
 * Predicts q, chi and delta of every weight matrix of `steps` and of the sums that have a name, in order: a block's layers, its projection, its sum. A last weight matrix outside of blocks is the output layer: it is predicted as
 * well, and its delta too is in proportion to that of the last hidden layer. `inputMeanSquare` is the mean of x² over the data.
 */
export function predictSignal(steps: readonly SignalStep[], inputMeanSquare: number, { inputCross = 0 }: SignalOptions = {}): LayerPrediction[] {
  requireNumber('predictSignal: inputMeanSquare', inputMeanSquare, 0);
  check(steps);
  const { layers, traces } = walkForwards(steps, { mean: 0, square: inputMeanSquare, cross: inputCross });
  const gradients = walkBackwards(traces);
  setDeltas(layers, hasOutput(steps, layers) ? layers.slice(0, -1) : layers, gradients);
  setChis(
    layers.filter(({ place }) => place !== 'branch'),
    gradients,
  );
  return layers;
}

/** Whether the last layer is the output: a weight matrix outside of blocks. */
function hasOutput(steps: readonly SignalStep[], layers: readonly LayerPrediction[]): boolean {
  return layers.length > 1 && steps.some((step) => (step.kind === 'dense' || step.kind === 'unknown') && step.name === layers.at(-1)?.name);
}

/** Of each layer the rms of its delta, in proportion to that of the last hidden layer. */
function setDeltas(layers: readonly LayerPrediction[], hidden: readonly LayerPrediction[], { normOf, together }: GradientNorms): void {
  // A branch of scale 0 gets no gradient: nothing can be put in proportion to it.
  const reference = hidden.findLast((layer) => normOf(layer) > 0) ?? layers[0];
  const rms = (layer: LayerPrediction): number => Math.sqrt(normOf(layer) / layer.width);
  for (const layer of layers) layer.delta = together(layer, reference!) ? rms(layer) / rms(reference!) : Number.NaN;
}

/** Of each place of the trunk but the last, the factor towards the next. */
function setChis(trunk: readonly LayerPrediction[], { normOf, together }: GradientNorms): void {
  trunk.slice(1).forEach((above, index) => {
    const layer = trunk[index]!;
    if (together(layer, above)) layer.chi = normOf(layer) / normOf(above);
  });
}

/** Throws a UsageError for numbers outside their range. */
function check(steps: readonly SignalStep[], where = 'predictSignal'): void {
  for (const step of steps) {
    if (step.kind === 'dense') {
      requireNumber(`${where}: ${step.name}.sw2`, step.sw2, 0);
      requireNumber(`${where}: ${step.name}.sb2`, step.sb2 ?? 0, 0);
    } else if (step.kind === 'dropout' && !(step.keepProbability > 0 && step.keepProbability <= 1)) {
      throw new UsageError(`${where}: expected dropout to keep a fraction in (0, 1], got ${step.keepProbability}`);
    } else if (step.kind === 'batch_norm' && step.batch !== undefined && !(step.batch >= 3)) {
      throw new UsageError(`${where}: batch norm is predicted for batches of at least 3 rows, got ${step.batch}`);
    } else if (step.kind === 'layer_norm' || step.kind === 'rms_norm') requireNumber(`${where}: ${step.kind}: eps`, step.eps ?? 0, 0);
    else if (step.kind === 'residual') check(step.branch, where);
  }
}
