// The walk forwards of the prediction of signals: from the moments of the data through each step, with what the way back needs.
import { inverseVariance, type NormalisedMoments, normalisedMoments } from './batch_norm.ts';
import { crossMoment, gaussianMean, LINEAR } from './mean_field.ts';
import type { Nonlinearity } from './quadrature.ts';
import type { LayerPrediction, SignalStep } from './signal.ts';
import type { Trace } from './signal_backwards.ts';

/** Mean, mean square, and mean product of two samples, over the units of a tensor. */
export interface Moments {
  mean: number;
  square: number;
  cross: number;
  /** Rows of the batch norm right before, whose output is on a sphere and not Gaussian. */
  normalisedOver?: number;
  /** The step that the theory does not know, where the numbers are NaN because of it. */
  unknown?: string;
}

// Beyond this q the prediction says no more than "overflows", and products must not become NaN.
const CEILING = 1e300;

/** The context of a step: its place and its input. */
interface Here {
  readonly at: Moments;
  readonly place: 'trunk' | 'branch';
  readonly before: SignalStep | undefined;
  readonly next: SignalStep | undefined;
}

/** What is known of the whole walk. */
interface Walk {
  /** What was predicted so far, in order. */
  readonly layers: LayerPrediction[];
  /** Mean products of two samples matter to batch norm alone. */
  readonly crossNeeded: boolean;
  normalised(phi: Nonlinearity, batch: number): NormalisedMoments;
}

type Step<Kind extends SignalStep['kind']> = Extract<SignalStep, { kind: Kind }>;

/** What comes out of a step, and its trace. */
type Passed = [after: Moments, trace: Trace];

const PASS: { readonly [Kind in SignalStep['kind']]: (step: Step<Kind>, here: Here, walk: Walk) => Passed } = {
  dense: passDense,
  batch_norm: passBatchNorm,
  layer_norm: passLayerNorm,
  rms_norm: passRmsNorm,
  activation: passActivation,
  dropout: passDropout,
  unknown: passUnknown,
  residual: passResidual,
};

/** The predictions of layers and sums without chi and delta, and what the way back needs. */
export function walkForwards(steps: readonly SignalStep[], input: Moments): { layers: LayerPrediction[]; traces: Trace[] } {
  const walk: Walk = { layers: [], crossNeeded: hasBatchNorm(steps), normalised: remembered(normalisedMoments) };
  const [, traces] = passAll(steps, input, 'trunk', walk);
  return { layers: walk.layers, traces };
}

function passAll(steps: readonly SignalStep[], input: Moments, place: Here['place'], walk: Walk): [Moments, Trace[]] {
  let at = input;
  const traces = steps.map((step, i) => {
    const pass = PASS[step.kind] as (step: SignalStep, here: Here, walk: Walk) => Passed;
    const [after, trace] = pass(step, { at, place, before: steps[i - 1], next: steps[i + 1] }, walk);
    at = after;
    return trace;
  });
  return [at, traces];
}

function passDense({ sw2, sb2 = 0, name, width }: Step<'dense'>, { at, place, next }: Here, { layers }: Walk): Passed {
  const after = { mean: 0, square: Math.min(CEILING, sw2 * at.square + sb2), cross: Math.min(CEILING, sw2 * at.cross + sb2), ...unknownOf(at) };
  const layer: LayerPrediction = { name, width, place, q: after.square, delta: 0, ...unknownOf(at) };
  layers.push(layer);
  return [after, { layer: isNorm(next) ? undefined : layer, factor: sw2 }];
}

function passBatchNorm({ batch = Number.POSITIVE_INFINITY }: Step<'batch_norm'>, { at, before, next }: Here, { layers, normalised }: Walk): Passed {
  const { retained } = normalised(next?.kind === 'activation' ? next.activation : LINEAR, batch);
  const factor = retained * inverseVariance(at.square - at.cross, batch);
  const after = { mean: 0, square: 1, cross: -1 / (batch - 1), normalisedOver: batch };
  return [after, { layer: normalisedLayer(before, layers, after), factor }];
}

/** A row's own mean and variance are those over all units. The gradient loses two directions of many. */
function passLayerNorm({ eps = 0 }: Step<'layer_norm'>, { at, before }: Here, { layers }: Walk): Passed {
  const variance = at.square - at.mean ** 2;
  const factor = 1 / (variance + eps);
  const after = Number.isNaN(variance)
    ? { mean: 0, square: 1, cross: Number.NaN }
    : { mean: 0, square: variance * factor, cross: (at.cross - at.mean ** 2) * factor };
  return [after, { layer: normalisedLayer(before, layers, after), factor }];
}

/** A row's own mean square is that over all units. The gradient loses one direction of many. A mean that is not known stays so: it is left in. */
function passRmsNorm({ eps = 0 }: Step<'rms_norm'>, { at, before }: Here, { layers }: Walk): Passed {
  if (at.unknown !== undefined) return [at, { factor: Number.NaN }];
  const factor = 1 / (at.square + eps);
  const after = { mean: at.mean * Math.sqrt(factor), square: at.square * factor, cross: at.cross * factor };
  return [after, { layer: normalisedLayer(before, layers, after), factor }];
}

function passActivation({ activation: phi }: Step<'activation'>, { at }: Here, { crossNeeded, normalised }: Walk): Passed {
  if (at.unknown !== undefined) return [at, { factor: Number.NaN }];
  if (at.normalisedOver !== undefined) {
    const { mean, second, cross, meanSquaredDerivative: derivative } = normalised(phi, at.normalisedOver);
    return [{ mean, square: second, cross }, { factor: derivative }];
  }
  const { square: q, cross } = at;
  const after = {
    mean: gaussianMean(phi, q, phi.value),
    square: gaussianMean(phi, q, (x) => phi.value(x) ** 2),
    cross: crossNeeded ? crossMoment(phi, q, cross) : 0,
  };
  return [after, { factor: gaussianMean(phi, q, (x) => phi.derivative(x) ** 2) }];
}

/** Two samples have different masks, so the mean and the product of two stay. */
function passDropout({ keepProbability }: Step<'dropout'>, { at }: Here): Passed {
  return [{ mean: at.mean, square: at.square / keepProbability, cross: at.cross, ...unknownOf(at) }, { factor: 1 / keepProbability }];
}

function passUnknown({ name, layer: own }: Step<'unknown'>, { at, place }: Here, { layers }: Walk): Passed {
  const after = { mean: Number.NaN, square: Number.NaN, cross: Number.NaN, unknown: at.unknown ?? name };
  const layer: LayerPrediction | undefined = own && { ...own, place, q: Number.NaN, delta: 0, ...unknownOf(after) };
  if (layer) layers.push(layer);
  return [after, { layer, factor: Number.NaN }];
}

function passResidual({ scale = 1, projection, join, branch: inside }: Step<'residual'>, { at, place }: Here, walk: Walk): Passed {
  const through = projection?.sw2 ?? 1;
  const [branch, inner] = passAll(inside, { ...at }, 'branch', walk);
  const trunk = projection ? { mean: 0, square: through * at.square, cross: through * at.cross, ...unknownOf(at) } : at;
  const both = 2 * scale * trunk.mean * branch.mean;
  const after = {
    mean: trunk.mean + scale * branch.mean,
    square: Math.min(CEILING, trunk.square + scale ** 2 * branch.square + both),
    cross: Math.min(CEILING, trunk.cross + scale ** 2 * branch.cross + both),
    ...unknownOf({ ...branch, ...unknownOf(trunk) }),
  };
  const ends: LayerPrediction[] = [];
  if (projection?.layer) ends.push({ ...projection.layer, place: 'branch', q: Math.min(CEILING, trunk.square), delta: 0, ...unknownOf(trunk) });
  // A block inside a branch is no place of the trunk.
  if (join && place === 'trunk') ends.push({ ...join, place: 'join', q: after.square, delta: 0, ...unknownOf(after) });
  walk.layers.push(...ends);
  return [after, { branch: inner, scale, through, ends }];
}

/** The layer before a norm, whose z is what the norm gives. */
function normalisedLayer(before: SignalStep | undefined, layers: readonly LayerPrediction[], { square }: Moments): LayerPrediction | undefined {
  const layer = before?.kind === 'dense' ? layers.at(-1) : undefined;
  if (!layer) return undefined;
  layer.q = square;
  delete layer.unknown;
  return layer;
}

/** The step that a place is unknown because of, to be spread into what follows from it. */
const unknownOf = ({ unknown }: { unknown?: string }): { unknown?: string } => (unknown === undefined ? {} : { unknown });

const isNorm = (step: SignalStep | undefined): boolean => step?.kind === 'batch_norm' || step?.kind === 'layer_norm' || step?.kind === 'rms_norm';

function hasBatchNorm(steps: readonly SignalStep[]): boolean {
  return steps.some((step) => step.kind === 'batch_norm' || (step.kind === 'residual' && hasBatchNorm(step.branch)));
}

/** A function that computes what it was asked once already only the first time: its integrals are dear. */
function remembered(compute: Walk['normalised']): Walk['normalised'] {
  const known = new Map<Nonlinearity, Map<number, NormalisedMoments>>();
  return (phi, batch) => {
    const byBatch = known.get(phi) ?? new Map<number, NormalisedMoments>();
    known.set(phi, byBatch);
    const moments = byBatch.get(batch) ?? compute(phi, batch);
    byBatch.set(batch, moments);
    return moments;
  };
}
