// The walk forwards of the prediction of signals: from the moments of the data through each step, with what the way back needs.

import { isPartition, type PositionMap, scatter } from '../../ops/position_map.ts';
import { activatedImage, activatedRow } from './activated.ts';
import { type NormalisedMoments, normalisedMoments } from './batch_norm.ts';
import { bentOf, everywhere, independent, MOST_PAIRED, type Moments, meanOf, sumOf, unknownMoments, unknownOf } from './moments.ts';
import { batchNormed, groupNormed, imageBatchNormed, instanceNormed, layerNormed, type Normed, rmsNormed } from './normed.ts';
import { averagePooled, maxPooled } from './pooled.ts';
import { weighed } from './position_moments.ts';
import type { Nonlinearity } from './quadrature.ts';
import { momentsOf, reflectedGaussian, reflectedStep } from './reflected.ts';
import { type LayerPrediction, needsPairs, type SignalStep } from './signal.ts';
import type { Trace } from './signal_backwards.ts';

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
  /** What positions have in common matters to norms over positions and to average pools. */
  readonly pairsNeeded: boolean;
  normalised(phi: Nonlinearity, batch: number): NormalisedMoments;
}

type Step<Kind extends SignalStep['kind']> = Extract<SignalStep, { kind: Kind }>;

/** What comes out of a step, and its trace. */
type Passed = [after: Moments, trace: Trace];

const PASS: { readonly [Kind in SignalStep['kind']]: (step: Step<Kind>, here: Here, walk: Walk) => Passed } = {
  dense: passDense,
  convolution: passConvolution,
  batch_norm: passBatchNorm,
  layer_norm: passNorm((at, { eps = 0 }: Step<'layer_norm'>) => layerNormed(at, eps)),
  rms_norm: passNorm((at, { eps = 0 }: Step<'rms_norm'>) => rmsNormed(at, eps)),
  group_norm: passGroupNorm,
  instance_norm: passNorm((at, { eps = 0 }: Step<'instance_norm'>) => instanceNormed(at, eps)),
  activation: passActivation,
  dropout: passDropout,
  average_pool: passAveragePool,
  max_pool: passMaxPool,
  pad: ({ map }, { at }) => [moved(map, at), through(map, 1)],
  flatten: passFlatten,
  unflatten: passUnflatten,
  unknown: passUnknown,
  residual: passResidual,
};

/** The predictions of layers and sums without chi and delta, what the way back needs, and the positions at the end. */
export function walkForwards(steps: readonly SignalStep[], input: Moments): { layers: LayerPrediction[]; traces: Trace[]; positions: number } {
  const walk: Walk = { layers: [], crossNeeded: hasBatchNorm(steps), pairsNeeded: needsPairs(steps), normalised: remembered(normalisedMoments) };
  const [after, traces] = passAll(steps, input, 'trunk', walk);
  return { layers: walk.layers, traces, positions: after.square.length };
}

function passAll(steps: readonly SignalStep[], input: Moments, place: Here['place'], walk: Walk): [Moments, Trace[]] {
  let at = input;
  const traces: Trace[] = [];
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    if (step.kind === 'residual' && place === 'trunk' && rectified(step, at, steps[i + 1])) {
      const [after, trace] = passRectified(step, at, walk);
      at = after;
      traces.push(trace);
      // With the activation behind it.
      i++;
      continue;
    }
    const pass = PASS[step.kind] as (step: SignalStep, here: Here, walk: Walk) => Passed;
    const [after, trace] = pass(step, { at, place, before: steps[i - 1], next: steps[i + 1] }, walk);
    at = after;
    traces.push(trace);
  }
  return [at, traces];
}

/** A prediction but for chi and delta. */
function placeOf(name: string, width: number, place: LayerPrediction['place'], at: Moments): LayerPrediction {
  const positions = at.square.length;
  return { name, width, ...(positions > 1 ? { positions } : {}), place, q: meanOf(at.square), delta: 0, ...unknownOf(at) };
}

/** The squared gradient at every position, times a factor. */
const scaled =
  (factor: number | Float64Array) =>
  (above: Float64Array): Float64Array =>
    typeof factor === 'number' ? above.map((value) => factor * value) : above.map((value, p) => factor[p]! * value);

/** The trace of a map of positions; `gain` of each of its taps. */
const through = (map: PositionMap, gain: number): Trace => ({ positions: map.inputs, back: (above) => scatter(map, scaled(gain)(above)) });

/** Every position for itself. */
const here = (at: Moments, factor: number | Float64Array): Trace => ({ positions: at.square.length, back: scaled(factor) });

/** The gradient is not known. */
const lost = (at: Moments): Trace => ({ positions: at.square.length, back: () => everywhere(Number.NaN, at.square.length) });

/** The same weights at every position. */
function passDense({ sw2, sb2 = 0, name, width }: Step<'dense'>, { at, place, next }: Here, { layers }: Walk): Passed {
  const after = projected(at, sw2, sb2);
  const layer = placeOf(name, width, place, after);
  layers.push(layer);
  return [after, { ...here(at, sw2), layer: isNorm(next) ? undefined : layer }];
}

/** Moments after weights that see one position each. */
function projected(at: Moments, sw2: number, sb2: number): Moments {
  const change = (values: Float64Array): Float64Array => values.map((value) => Math.min(CEILING, sw2 * value + sb2));
  return {
    mean: everywhere(0, at.square.length),
    square: change(at.square),
    cross: change(at.cross),
    ...(at.pairs ? { pairs: { same: change(at.pairs.same), other: change(at.pairs.other) } } : {}),
    ...unknownOf(at),
  };
}

function passConvolution({ gain, sb2 = 0, name, width, map, depthwise }: Step<'convolution'>, { at, place, next }: Here, { layers }: Walk): Passed {
  const after: Moments = { ...weighed(map, at, gain, sb2, CEILING), ...(depthwise ? { uneven: true } : {}) };
  const layer = placeOf(name, width, place, after);
  layers.push(layer);
  return [after, { ...through(map, gain), layer: isNorm(next) ? undefined : layer }];
}

function passBatchNorm({ batch = Number.POSITIVE_INFINITY }: Step<'batch_norm'>, { at, before, next }: Here, { layers, normalised }: Walk): Passed {
  const normed =
    at.square.length > 1 ? imageBatchNormed(at, batch) : batchNormed(at, batch, next?.kind === 'activation' ? next.activation : undefined, normalised);
  return leftBy(normed, at, before, layers);
}

/** A norm that depends on its input alone. */
function passNorm<Norm extends SignalStep>(norm: (at: Moments, step: Norm) => Normed) {
  return (step: Norm, { at, before }: Here, { layers }: Walk): Passed => leftBy(norm(at, step), at, before, layers);
}

function passGroupNorm({ features, groups, eps = 0 }: Step<'group_norm'>, { at, before, next }: Here, { layers }: Walk): Passed {
  const phi = next?.kind === 'activation' ? next.activation : undefined;
  return leftBy(groupNormed(at, { features, groups, eps }, phi), at, before, layers);
}

/** A norm's output and trace. z of the layer before it is what it gives. */
function leftBy({ after, factor }: Normed, at: Moments, before: SignalStep | undefined, layers: LayerPrediction[]): Passed {
  const layer = before?.kind === 'dense' || before?.kind === 'convolution' ? layers.at(-1) : undefined;
  if (layer) {
    layer.q = meanOf(after.square);
    delete layer.unknown;
    Object.assign(layer, unknownOf(after));
  }
  return [after, { ...here(at, factor), layer }];
}

/** Of a Gaussian; of what an activation has bent before, as behind the sum of a shortcut, nothing is said. */
function passActivation(step: Step<'activation'>, { at }: Here, walk: Walk): Passed {
  const { activation: phi } = step;
  if (straight(phi, -1)) return [at, here(at, 1)];
  if (at.bent && at.unknown === undefined) return [unknownMoments(BENT, at.square.length), lost(at)];
  const [after, trace] = at.square.length > 1 ? activatedMaps(phi, at) : activatedRows(phi, at, walk);
  return [after.unknown === undefined ? { ...after, bent: true } : after, trace];
}

/** What is said to be unknown, where an activation has its input from another. */
const BENT = 'an activation behind the sum of a shortcut, or behind another';

/** Whether a function is the identity above 0, and `below` times it on the other side. */
const straight = ({ value }: Nonlinearity, below: 0 | -1): boolean => [1, 2, 50].every((x) => value(x) === x && value(-x) === below * x);

function activatedMaps(phi: Nonlinearity, at: Moments): Passed {
  const { after, derivative } = activatedImage(phi, at);
  return [after.unknown === undefined ? { ...after, before: { square: at.square, phi } } : after, here(at, derivative)];
}

function activatedRows(phi: Nonlinearity, at: Moments, { crossNeeded, normalised }: Walk): Passed {
  if (at.unknown !== undefined) return [at, lost(at)];
  if (at.normalisedOver !== undefined) {
    const { mean, second, cross, meanSquaredDerivative: derivative } = normalised(phi, at.normalisedOver);
    return [{ mean: everywhere(mean), square: everywhere(second), cross: everywhere(cross) }, here(at, derivative)];
  }
  const { after, derivative } = activatedRow(phi, at, crossNeeded);
  return [after, here(at, derivative)];
}

/** Two samples and two positions have different masks, so the mean and the products of two stay. */
function passDropout({ keepProbability: keep }: Step<'dropout'>, { at }: Here): Passed {
  const square = at.square.map((value) => value / keep);
  const left = { ...unknownOf(at), ...bentOf(at) };
  if (!at.pairs) return [{ mean: at.mean, square, cross: at.cross, ...left }, here(at, 1 / keep)];
  const same = at.pairs.same.slice();
  for (let p = 0; p < square.length; p++) same[p * square.length + p] = square[p]!;
  return [{ mean: at.mean, square, cross: at.cross, pairs: { same, other: at.pairs.other }, ...left }, here(at, 1 / keep)];
}

/** Where windows overlap a gradient is a sum of several, of which nobody knows how alike they are. */
function passAveragePool({ name, map, counts }: Step<'average_pool'>, { at }: Here): Passed {
  const after = { ...averagePooled(map, at, counts, name), ...bentOf(at) };
  if (!isPartition(map)) return [after, lost(at)];
  return [
    after,
    {
      positions: map.inputs,
      back: (above) =>
        scatter(
          map,
          above.map((value, p) => value / counts[p]! ** 2),
        ),
    },
  ];
}

function passMaxPool({ name, map }: Step<'max_pool'>, { at }: Here): Passed {
  const { after, back } = maxPooled(map, at, name);
  return [{ ...after, ...bentOf(at) }, back ? { positions: map.inputs, back } : lost(at)];
}

/** Positions that move or are left out; what comes from nowhere is zero. */
function moved(map: PositionMap, at: Moments): Moments {
  const { square, cross, pairs } = weighed(map, at, 1, 0, CEILING);
  const mean = Float64Array.from(map.inputOf, (i) => (i < 0 ? 0 : at.mean[i]!));
  return { mean, square, cross, ...(pairs ? { pairs } : {}), ...(at.uneven ? { uneven: true } : {}), ...unknownOf(at), ...bentOf(at) };
}

/** A row's numbers are of all positions; the gradient of a row goes to all of them alike. */
function passFlatten(_step: Step<'flatten'>, { at }: Here): Passed {
  const positions = at.square.length;
  if (positions === 1) return [at, here(at, 1)];
  const after = {
    mean: everywhere(meanOf(at.mean)),
    square: everywhere(meanOf(at.square)),
    cross: everywhere(meanOf(at.cross)),
    ...unknownOf(at),
    ...bentOf(at),
  };
  return [after, { positions, back: (above) => everywhere(above[0]! / positions, positions) }];
}

/** Features of a layer are alike and have nothing in common; those of data are what they are. The gradients of all of them are those of the row. */
function passUnflatten({ positions }: Step<'unflatten'>, { at }: Here, { pairsNeeded }: Walk): Passed {
  if (at.square.length > 1) return [unknownMoments(at.unknown ?? 'reshape', positions), lost(at)];
  const back = (above: Float64Array): Float64Array => everywhere(sumOf(above));
  const of = (values: Float64Array): Float64Array => everywhere(values[0]!, positions);
  const { reshaped } = at;
  if (reshaped)
    return [
      { mean: of(at.mean), square: reshaped.squares, cross: of(at.cross), ...(reshaped.pairs ? { pairs: reshaped.pairs } : {}) },
      { positions: 1, back },
    ];
  const after: Moments = { mean: of(at.mean), square: of(at.square), cross: of(at.cross), ...unknownOf(at) };
  return [pairsNeeded && positions <= MOST_PAIRED ? { ...after, pairs: independent(after) } : after, { positions: 1, back }];
}

function passUnknown({ name, positions = 1, layer: own }: Step<'unknown'>, { at, place }: Here, { layers }: Walk): Passed {
  const after = unknownMoments(at.unknown ?? name, positions);
  const layer: LayerPrediction | undefined = own && placeOf(own.name, own.width, place, after);
  if (layer) layers.push(layer);
  return [after, { ...lost(at), layer }];
}

function passResidual({ scale = 1, projection, join, branch: inside }: Step<'residual'>, { at, place }: Here, walk: Walk): Passed {
  const { normalisedOver: _, ...input } = at;
  const [branch, inner] = passAll(inside, input, 'branch', walk);
  const trunk = projection ? projected(at, projection.sw2, 0) : input;
  const after = summed(trunk, branch, scale);
  const ends: LayerPrediction[] = [];
  if (projection?.layer) ends.push(placeOf(projection.layer.name, projection.layer.width, 'branch', trunk));
  // A block inside a branch is no place of the trunk.
  if (join && place === 'trunk') ends.push(placeOf(join.name, join.width, 'join', after));
  walk.layers.push(...ends);
  return [after, { branch: inner, scale, through: projection?.sw2 ?? 1, positions: at.square.length, ends }];
}

/** Whether rows of a trunk are rectified behind a block's sum, and what the block adds is Gaussian: behind a norm it is. */
function rectified({ branch, projection }: Step<'residual'>, { square, mean, spread, bent, unknown }: Moments, next: SignalStep | undefined): boolean {
  if (next?.kind !== 'activation' || projection || square.length > 1 || unknown !== undefined || !isNorm(branch.at(-1))) return false;
  return straight(next.activation, 0) && (spread !== undefined || (mean[0] === 0 && !bent));
}

/** A block whose sum is rectified: a walk that is held at 0. */
function passRectified({ scale = 1, join, branch: inside }: Step<'residual'>, at: Moments, walk: Walk): Passed {
  const { normalisedOver: _, spread, ...input } = at;
  const [branch, inner] = passAll(inside, input, 'branch', walk);
  const added = scale ** 2 * branch.square[0]!;
  const reflected = spread ? reflectedStep(spread, added) : reflectedGaussian(at.square[0]!, added);
  const { mean, square } = momentsOf(reflected.after);
  // What two samples have in common is little, so that it passes as E[phi']² of it: -1 / (batch - 1) behind a batch norm, which counts over many blocks.
  const common = at.cross[0]! - at.mean[0]! ** 2 + scale ** 2 * branch.cross[0]!;
  const through = (1 - reflected.after.cells[0]!) ** 2;
  const ends = join ? [placeOf(join.name, join.width, 'join', { ...at, square: everywhere(at.square[0]! + added) })] : [];
  walk.layers.push(...ends);
  return [
    { mean: everywhere(mean), square: everywhere(square), cross: everywhere(mean ** 2 + through * common), spread: reflected.after, bent: true },
    { positions: 1, inside: inner, scale, reflected, shares: spread?.cells ?? everywhere(1), ends },
  ];
}

/** x + scale y, of which only the means may have something in common. */
function summed(x: Moments, y: Moments, scale: number): Moments {
  const n = x.square.length;
  const unknown = x.unknown ?? y.unknown;
  // A branch that changes the size of its images has no sum with what it was given.
  if (unknown !== undefined || y.square.length !== n) return unknownMoments(unknown ?? 'a sum of images of two sizes', y.square.length);
  const add = (a: Float64Array, b: Float64Array, both: (index: number) => number): Float64Array =>
    a.map((value, index) => Math.min(CEILING, value + scale ** 2 * b[index]! + scale * both(index)));
  const atPosition = (p: number): number => 2 * x.mean[p]! * y.mean[p]!;
  const ofPair = (index: number): number => {
    const [p, r] = [Math.floor(index / n), index % n];
    return x.mean[p]! * y.mean[r]! + y.mean[p]! * x.mean[r]!;
  };
  return {
    mean: x.mean.map((value, p) => value + scale * y.mean[p]!),
    square: add(x.square, y.square, atPosition),
    cross: add(x.cross, y.cross, atPosition),
    ...(x.pairs && y.pairs ? { pairs: { same: add(x.pairs.same, y.pairs.same, ofPair), other: add(x.pairs.other, y.pairs.other, ofPair) } } : {}),
    ...bentOf(x.bent ? x : y),
  };
}

const NORMS: ReadonlySet<SignalStep['kind']> = new Set(['batch_norm', 'layer_norm', 'rms_norm', 'group_norm', 'instance_norm']);
const isNorm = (step: SignalStep | undefined): boolean => step !== undefined && NORMS.has(step.kind);

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
