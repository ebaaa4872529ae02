// What theory predicts for a document before its first step.
import { requireInteger, requireNumber, requireObject, show, UsageError } from '../errors.ts';
import { type LayerPrediction, needsPairs, predictSignal, type SignalInput, type SignalStep } from '../inspect/theory/signal.ts';
import { settingsOf } from '../nn/groups.ts';
import { LayerPaths } from '../nn/names.ts';
import { sizeOf } from '../shape.ts';
import type { GroupDocument, LayerDocument, ModelDocument } from './document.ts';
import { outputIndex, residualBlocks } from './layers.ts';
import { containerOf, featureOf, nextPath } from './registry/layers.ts';
import { type Sample, sampleAfter } from './size.ts';

/** What theory needs of a document: a program's model has it by `modelDocument`. */
export interface Predicted {
  /** The layers. */
  readonly model: ModelDocument;
  /** The rows of a batch, over which the loss is a mean. */
  readonly training: { readonly batchSize: number };
  /** Frozen layers have no gradient below the first that is trained. */
  readonly optimizer?: { readonly groups?: readonly GroupDocument[] };
}

/**
 * Predicts the signal before the first step, by mean-field theory: the mean square, backward factor and rms delta of every weight matrix, in the order of
 * `History.layers` (Poole 2016, Schoenholz 2017; THEORY in the repository has the formulas). `predictPlaces` has the sums of residual blocks among them.
 * From a layer on that theory does not know, predictions say so in `unknown`: q is NaN after it, and delta before it; so it is of a frozen batch norm that uses
 * what it has kept. Below the first layer that is trained there is no gradient: there delta is NaN, and chi is absent.
 *
 * @param document - An experiment, or `{ model, training }` of a program.
 * @param features - Numbers in a row of the training part.
 * @param inputs - Mean of x² over the training part, at least 0 (`RunStart.inputMeanSquare`); of images what `measureInputs` gives (`RunStart.inputs`), or all their
 * positions are taken as alike and independent.
 * @returns A prediction for each weight matrix; undefined where the model has branches or is a graph.
 * @throws UsageError for what is no document, no positive integer, or a negative mean square.
 * @example
 * const predictions = predict(experiment, 2, 1 / 3);
 * console.log(predictions?.map(({ name, q }) => `${name}: ${q}`));
 */
export function predict(document: Predicted, features: number, inputs: number | InputMoments): LayerPrediction[] | undefined {
  return predictPlaces(document, features, inputs)?.filter(({ place }) => place !== 'join');
}

/**
 * Predicts the same, with the joins of `History.joins` after their branches: those that are not in a branch are what `trunkOf` gives, in its order.
 *
 * @param document - An experiment, or `{ model, training }` of a program.
 * @param features - Numbers in a row of the training part.
 * @param inputs - As of `predict`.
 * @returns A prediction for each weight matrix and join; undefined as of `predict`.
 * @throws UsageError as `predict` does.
 * @example
 * const sums = predictPlaces(experiment, 2, 1 / 3)?.filter(({ place }) => place === 'join');
 */
export function predictPlaces(document: Predicted, features: number, inputs: number | InputMoments): LayerPrediction[] | undefined {
  requireObject('predict', document, 'an experiment, as parseExperiment returns it, or { model, training }');
  requireObject('predict: model', document.model, 'layers, as modelDocument gives them');
  requireObject('predict: training', document.training, '{ batchSize }');
  if (document.optimizer !== undefined) requireObject('predict: optimizer', document.optimizer, 'an object, with groups or without');
  requireInteger('predict: features', features);
  requireInputs(inputs);
  const { layers } = document.model;
  if (!Array.isArray(layers)) throw new UsageError(`predict: model.layers: expected a list of layers, got ${show(layers)}`);
  if (outputIndex(layers) < 0) return undefined;
  const known = stepsOfModel(document, features);
  if (!known) return undefined;
  const predicted = predictSignal(known.steps, typeof inputs === 'number' ? inputs : inputOf(inputs));
  // A norm before all layers is there under no name.
  const first = known.trained.has('') ? 0 : predicted.findIndex(({ name }) => known.trained.has(name));
  return predicted.map(({ chi, ...place }, i) => (i < first ? { ...place, delta: Number.NaN } : { ...place, ...(chi === undefined ? {} : { chi }) }));
}

/** What is known of data of which a model makes images. */
export interface InputMoments {
  /** Numbers in a row. */
  readonly features: number;
  /** Mean of x² over the training part. */
  readonly meanSquare: number;
  /** Mean of x² of every position of the images that the model begins with, over rows and channels. */
  readonly squares: readonly number[];
  /** Mean products of two positions, [positions, positions], of one row and of two: what norms over positions and pools need. */
  readonly pairs?: { readonly same: readonly number[]; readonly other: readonly number[] };
}

/** Throws a UsageError for what is neither a mean square nor moments of images. */
function requireInputs(inputs: number | InputMoments): void {
  if (typeof inputs !== 'object') {
    requireNumber('predict: inputMeanSquare', inputs, 0);
    return;
  }
  requireObject('predict: inputs', inputs, 'a mean square, or what measureInputs gives');
  requireNumber('predict: inputs.meanSquare', inputs.meanSquare, 0);
  const lists = { squares: inputs.squares, ...(inputs.pairs ? { 'pairs.same': inputs.pairs.same, 'pairs.other': inputs.pairs.other } : {}) };
  for (const [name, values] of Object.entries(lists))
    if (!Array.isArray(values) || !values.every(Number.isFinite))
      throw new UsageError(`predict: inputs.${name}: expected a list of finite numbers, got ${show(values)}`);
}

/** Rows that are looked at for products of positions, and the most positions: 16 x 16 have 65,000 of them. */
const PAIRED = { rows: 256, positions: 256 };

/**
 * Measures what theory needs of data of which a model makes images in its first layer: then zero padding and empty margins count position by position.
 *
 * @param document - An experiment, or `{ model, training }` of a program.
 * @param x - The rows of the training part, one after the other.
 * @param features - Numbers in a row.
 * @returns Moments for `predict`; undefined where the model's first layer makes no images of rows.
 * @throws UsageError for features that are no positive integer.
 * @example
 * const inputs = measureInputs(experiment, train.x, 64);
 * const predictions = predict(experiment, 64, inputs ?? 1);
 */
export function measureInputs(document: Predicted, x: ArrayLike<number>, features: number): InputMoments | undefined {
  requireInteger('measureInputs: features', features);
  const first = document.model.layers[0];
  const image = first && !containerOf(first) ? sampleAfter([first], { width: features }).image : undefined;
  const positions = image ? sizeOf(image) : 0;
  const channels = features / positions;
  const rows = x.length / features;
  if (!image || !Number.isInteger(channels) || !(rows >= 1)) return undefined;
  const squares = squaresOf(x, features, positions);
  const meanSquare = squares.reduce((sum, square) => sum + square, 0) / positions;
  const steps = positions <= PAIRED.positions ? stepsOfModel(document, features)?.steps : undefined;
  return { features, meanSquare, squares, ...(steps && needsPairs(steps) ? { pairs: pairsOf(x, features, positions, Math.min(PAIRED.rows, rows)) } : {}) };
}

/** The mean of the squares: what theory needs of data of which no images are made. @internal */
export const meanSquareOf = (x: Float32Array): number => x.reduce((sum, value) => sum + value * value, 0) / x.length;

/** Mean squares of positions over all rows and channels. Without a division for each number: a data set may have a hundred million. */
function squaresOf(x: ArrayLike<number>, features: number, positions: number): number[] {
  const channels = features / positions;
  const sums = new Float64Array(positions);
  for (let at = 0; at < x.length; )
    for (let p = 0; p < positions; p++) {
      let sum = 0;
      for (const end = at + channels; at < end; at++) sum += x[at]! * x[at]!;
      sums[p] = sums[p]! + sum;
    }
  return Array.from(sums, (sum) => sum / (x.length / positions));
}

/** Mean products of positions over the first rows, and those of their means. */
function pairsOf(x: ArrayLike<number>, features: number, positions: number, rows: number): { same: number[]; other: number[] } {
  const channels = features / positions;
  const same = new Float64Array(positions ** 2);
  const other = new Float64Array(positions ** 2);
  const values = new Float64Array(positions);
  const add = (to: Float64Array, weight: number): void => {
    for (let p = 0; p < positions; p++) for (let r = 0; r < positions; r++) to[p * positions + r] = to[p * positions + r]! + weight * values[p]! * values[r]!;
  };
  for (let c = 0; c < channels; c++) {
    const means = new Float64Array(positions);
    for (let row = 0; row < rows; row++) {
      for (let p = 0; p < positions; p++) {
        values[p] = x[row * features + p * channels + c]!;
        means[p] = means[p]! + values[p]! / rows;
      }
      add(same, 1 / (rows * channels));
    }
    values.set(means);
    add(other, 1 / channels);
  }
  return { same: [...same], other: [...other] };
}

function inputOf({ meanSquare, squares, pairs }: InputMoments): SignalInput {
  const of = (values: readonly number[]): Float64Array => Float64Array.from(values);
  return { squares: of([meanSquare]), reshaped: { squares: of(squares), ...(pairs ? { pairs: { same: of(pairs.same), other: of(pairs.other) } } : {}) } };
}

/**
 * The steps of a model, named as it is, with repeats written out, and the layers whose z depends on what is trained in them; undefined where theory does not know
 * one of its containers.
 */
function stepsOfModel(
  { model: { layers }, training: { batchSize }, optimizer: { groups = [] } = {} }: Predicted,
  features: number,
): { steps: SignalStep[]; trained: ReadonlySet<string> } | undefined {
  const paths = new LayerPaths();
  const settings = settingsOf(groups.map(({ match, ...given }) => ({ where: 'groups', paths: [match].flat(), settings: given })));
  const anyTrained = (path: string, ...names: readonly string[]): boolean => names.some((name) => !settings(`${path}/${name}`).frozen);
  const trained = new Set<string>();
  let last = '';
  const blocks = residualBlocks(layers);
  let sample: Sample = { width: features };
  let branches = false;

  const walk = (list: readonly LayerDocument[], prefix: string): SignalStep[] => list.flatMap((layer) => visit(layer, prefix));
  const visit = (layer: LayerDocument, prefix: string): readonly SignalStep[] => {
    const { record, theory } = featureOf(layer);
    const container = containerOf(layer);
    const path = container?.inline ? '' : nextPath(paths, prefix, layer);
    const before = sample;
    const inside = (inner: readonly unknown[]) => ({
      steps: walk(inner as readonly LayerDocument[], container?.inline ? prefix : `${path}/`),
      width: sample.width,
    });
    const own = container ? before : sampleAfter([layer], before);
    const around = { path, width: before.width, image: before.image, after: own.image, batchSize, residualBlocks: blocks };
    const steps = theory === 'unknown' ? theory : theory(layer, { ...around, inside });
    if (container) {
      branches ||= steps === 'unknown';
      if (anyTrained(path, 'shortcut')) trained.add(`${path}/shortcut`);
      return steps === 'unknown' ? [] : steps;
    }
    sample = own;
    const { width, image } = own;
    if (record.role === 'weights') {
      last = path;
      const { bias = true } = layer as { bias?: boolean };
      if (anyTrained(path, 'weight', ...(bias ? ['bias'] : []))) trained.add(path);
    }
    const keepsStatistics = 'keepsStatistics' in record && settings(`${path}/`).frozen && settings(`${path}/`).statistics === 'running';
    if (record.role === 'normalisation' && (layer as { affine?: boolean }).affine !== false && anyTrained(path, 'gamma', 'beta')) trained.add(last);
    if (steps !== 'unknown' && !keepsStatistics) return steps;
    const positions = image ? { positions: sizeOf(image) } : {};
    return [{ kind: 'unknown', name: path, ...positions, ...(record.role === 'weights' ? { layer: { name: path, width } } : {}) }];
  };
  const steps = walk(layers, '');
  return branches ? undefined : { steps, trained };
}
