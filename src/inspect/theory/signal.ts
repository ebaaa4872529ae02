// A network's forward variance and backward factor per layer, predicted before any step. It walks the mean-field recursion from the data's
// mean square forwards, then the gradient backwards; only the ratio of the deltas is predicted, so the loss plays no part. Images are walked position by position
// (THEORY, Convolution and norms; Xiao 2018): at the border a convolution sees fewer numbers, so that zero padding counts.
// Limits: wide layers, independent weights. An activation is of a Gaussian, which the sum of a shortcut and what another activation has bent is not: of rows a
// rectified trunk is walked (reflected.ts) where a norm ends the branch and a linear layer begins the trunk, else such an activation is not known. A step that the
// theory does not know ends what it says: nothing after it is predicted, until a norm makes the variance known again, nor is a gradient before it in proportion
// to one after it. Batch norm's factors assume a batch of full rank (not 2-D data straight into the normalized layer).
// In narrow ReLU networks of images finite width moves q more than the border does (8 channels: 0.81 a layer where the recursion says 0.96).
import { requireNumber, UsageError } from '../../errors.ts';
import type { PositionMap } from '../../ops/position_map.ts';
import { everywhere, independent, MOST_PAIRED, type Moments, type Pairs } from './moments.ts';
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

/** The same at every position of an image, over the taps of its map: of a convolution, or of one transposed. */
export interface SignalConvolution {
  kind: 'convolution';
  /** Path of the layer. */
  name: string;
  /** Filters. */
  width: number;
  /** Which positions it joins. */
  map: PositionMap;
  /** Inputs of a filter at one tap, times the variance of the weight. */
  gain: number;
  /** Variance of the bias; 0 by default. */
  sb2?: number;
  /** Each filter sees a channel of its own. */
  depthwise?: boolean;
}

/** The steps of a network in the order of computation. */
export type SignalStep =
  | SignalDense
  | SignalConvolution
  /** Over `batch` rows, or in the limit of large batches; gamma 1, beta 0. Of images over all their positions. */
  | { kind: 'batch_norm'; batch?: number }
  /** Over the units of each row, of which there are many; `eps` is added to the variance, 0 unless given; gamma 1, beta 0. */
  | { kind: 'layer_norm'; eps?: number }
  /** The same without taking the mean out. */
  | { kind: 'rms_norm'; eps?: number }
  /** Over all positions and the `features` channels of a group; of one group, or of few features of rows. */
  | { kind: 'group_norm'; features: number; groups: number; eps?: number }
  /** Over the positions of a sample, for each channel. */
  | { kind: 'instance_norm'; eps?: number }
  /** The mean of each window; `counts` are what its sum is divided by. The path of the layer tells where nothing is known behind it. */
  | { kind: 'average_pool'; name: string; map: PositionMap; counts: Float64Array }
  /** The largest of each window. */
  | { kind: 'max_pool'; name: string; map: PositionMap }
  /** Positions that move, with zeros between and around them: one tap each. */
  | { kind: 'pad'; map: PositionMap }
  /** All positions and channels in one row. */
  | { kind: 'flatten' }
  /** A row as an image of `positions`, channels last. */
  | { kind: 'unflatten'; positions: number }
  | { kind: 'activation'; activation: Nonlinearity }
  /** A layer that the theory does not know, by its path, and the positions behind it; with `layer` where it has weights and is predicted as unknown. */
  | { kind: 'unknown'; name: string; positions?: number; layer?: { name: string; width: number } }
  /** Inverted dropout: kept with probability `keep`, scaled by 1 / keep. */
  | { kind: 'dropout'; keepProbability: number }
  /**
   * x + scale * branch(x), or P x + scale * branch(x) with a projection at every position whose sw2 is given. Scale 1 unless given. The sum and the projection are
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
  /** Units, or features of the sum; channels of images. */
  width: number;
  /** Positions of its images; absent for rows. */
  positions?: number;
  /** A layer that every path passes, one in a residual branch, or a block's sum. */
  place: 'trunk' | 'branch' | 'join';
  /** Mean of z² over samples, positions and units; NaN after a layer that the theory does not know. */
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

/** What is known of the data: of rows the mean square of their features; of images that of every position, and of what two positions have in common. */
export interface SignalInput {
  /** Mean of x² at every position, over samples and channels. */
  readonly squares: Float64Array;
  /** Mean products of positions, which norms over positions and average pools need; without them positions are taken as independent where `independent`. */
  readonly pairs?: Pairs;
  /** Whether positions have nothing in common, as of noise. */
  readonly independent?: boolean;
  /** Of rows that the model reshapes to images: what is known of those. */
  readonly reshaped?: Pick<SignalInput, 'squares' | 'pairs'>;
}

/**
 * Predicts q, chi and delta of every weight matrix of `steps` and of the sums that have a name, in order: a block's layers, its projection, its sum. A last
 * layer with weights outside of blocks is the output layer: it is predicted as well, and its delta too is in proportion to that of the last hidden layer.
 * `input` is the mean of x² over the data, or what is known of images.
 */
export function predictSignal(steps: readonly SignalStep[], input: number | SignalInput, { inputCross = 0 }: SignalOptions = {}): LayerPrediction[] {
  if (typeof input === 'number') requireNumber('predictSignal: inputMeanSquare', input, 0);
  check(steps);
  const { layers, traces, positions } = walkForwards(steps, momentsOf(typeof input === 'number' ? { squares: everywhere(input) } : input, inputCross, steps));
  const gradients = walkBackwards(traces, positions);
  setDeltas(layers, hasOutput(steps, layers) ? layers.slice(0, -1) : layers, gradients);
  setChis(
    layers.filter(({ place }) => place !== 'branch'),
    gradients,
  );
  return layers;
}

function momentsOf({ squares, pairs, independent: apart, reshaped }: SignalInput, cross: number, steps: readonly SignalStep[]): Moments {
  const positions = squares.length;
  const alone: Moments = {
    mean: everywhere(0, positions),
    square: squares,
    cross: everywhere(cross, positions),
    ...(reshaped ? { reshaped } : {}),
  };
  if (positions === 1 || positions > MOST_PAIRED || !needsPairs(steps)) return alone;
  return pairs || apart ? { ...alone, pairs: pairs ?? independent(alone) } : alone;
}

/** Whether what two positions have in common matters to a network. */
export function needsPairs(steps: readonly SignalStep[]): boolean {
  return steps.some(
    (step) => ['batch_norm', 'instance_norm', 'average_pool', 'max_pool'].includes(step.kind) || (step.kind === 'residual' && needsPairs(step.branch)),
  );
}

/** Whether the last layer is the output: a weight matrix outside of blocks. */
function hasOutput(steps: readonly SignalStep[], layers: readonly LayerPrediction[]): boolean {
  return (
    layers.length > 1 &&
    steps.some((step) => (step.kind === 'dense' || step.kind === 'convolution' || step.kind === 'unknown') && step.name === layers.at(-1)?.name)
  );
}

/** Of each layer the rms of its delta, in proportion to that of the last hidden layer. */
function setDeltas(layers: readonly LayerPrediction[], hidden: readonly LayerPrediction[], { normOf, together }: GradientNorms): void {
  // A branch of scale 0 gets no gradient: nothing can be put in proportion to it.
  const reference = hidden.findLast((layer) => normOf(layer) > 0) ?? layers[0];
  const rms = (layer: LayerPrediction): number => Math.sqrt(normOf(layer) / (layer.width * (layer.positions ?? 1)));
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
    } else if (step.kind === 'convolution') {
      requireNumber(`${where}: ${step.name}.gain`, step.gain, 0);
      requireNumber(`${where}: ${step.name}.sb2`, step.sb2 ?? 0, 0);
    } else if (step.kind === 'dropout' && !(step.keepProbability > 0 && step.keepProbability <= 1)) {
      throw new UsageError(`${where}: expected dropout to keep a fraction in (0, 1], got ${step.keepProbability}`);
    } else if (step.kind === 'batch_norm' && step.batch !== undefined && !(step.batch >= 3)) {
      throw new UsageError(`${where}: batch norm is predicted for batches of at least 3 rows, got ${step.batch}`);
    } else if ('eps' in step) requireNumber(`${where}: ${step.kind}: eps`, step.eps ?? 0, 0);
    else if (step.kind === 'residual') check(step.branch, where);
  }
}
