// What theory predicts for a document before its first step.
import { requireInteger, requireNumber, requireObject, show, UsageError } from '../errors.ts';
import { type LayerPrediction, predictSignal, type SignalStep } from '../inspect/theory/signal.ts';
import { settingsOf } from '../nn/groups.ts';
import { LayerPaths } from '../nn/names.ts';
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
 * @param inputMeanSquare - Mean of x² over the training part, at least 0 (`RunStart.inputMeanSquare`).
 * @returns A prediction for each weight matrix; undefined where the model has branches or is a graph.
 * @throws UsageError for what is no document, no positive integer, or a negative mean square.
 * @example
 * const predictions = predict(experiment, 2, 1 / 3);
 * console.log(predictions?.map(({ name, q }) => `${name}: ${q}`));
 */
export function predict(document: Predicted, features: number, inputMeanSquare: number): LayerPrediction[] | undefined {
  return predictPlaces(document, features, inputMeanSquare)?.filter(({ place }) => place !== 'join');
}

/**
 * Predicts the same, with the joins of `History.joins` after their branches: those that are not in a branch are what `trunkOf` gives, in its order.
 *
 * @param document - An experiment, or `{ model, training }` of a program.
 * @param features - Numbers in a row of the training part.
 * @param inputMeanSquare - Mean of x² over the training part, at least 0.
 * @returns A prediction for each weight matrix and join; undefined as of `predict`.
 * @throws UsageError as `predict` does.
 * @example
 * const sums = predictPlaces(experiment, 2, 1 / 3)?.filter(({ place }) => place === 'join');
 */
export function predictPlaces(document: Predicted, features: number, inputMeanSquare: number): LayerPrediction[] | undefined {
  requireObject('predict', document, 'an experiment, as parseExperiment returns it, or { model, training }');
  requireObject('predict: model', document.model, 'layers, as modelDocument gives them');
  requireObject('predict: training', document.training, '{ batchSize }');
  requireInteger('predict: features', features);
  requireNumber('predict: inputMeanSquare', inputMeanSquare, 0);
  const { layers } = document.model;
  if (!Array.isArray(layers)) throw new UsageError(`predict: model.layers: expected a list of layers, got ${show(layers)}`);
  if (outputIndex(layers) < 0) return undefined;
  const known = stepsOfModel(document, features);
  if (!known) return undefined;
  const predicted = predictSignal(known.steps, inputMeanSquare);
  // A norm before all layers is there under no name.
  const first = known.trained.has('') ? 0 : predicted.findIndex(({ name }) => known.trained.has(name));
  return predicted.map(({ chi, ...place }, i) => (i < first ? { ...place, delta: Number.NaN } : { ...place, ...(chi === undefined ? {} : { chi }) }));
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
    const steps = theory === 'unknown' ? theory : theory(layer, { path, width: before.width, batchSize, residualBlocks: blocks, inside });
    if (container) {
      branches ||= steps === 'unknown';
      if (anyTrained(path, 'shortcut')) trained.add(`${path}/shortcut`);
      return steps === 'unknown' ? [] : steps;
    }
    sample = sampleAfter([layer], before);
    const { width } = sample;
    if (record.role === 'weights') {
      last = path;
      const { bias = true } = layer as { bias?: boolean };
      if (anyTrained(path, 'weight', ...(bias ? ['bias'] : []))) trained.add(path);
    }
    const keepsStatistics = 'keepsStatistics' in record && settings(`${path}/`).frozen && settings(`${path}/`).statistics === 'running';
    if (record.role === 'normalisation' && (layer as { affine?: boolean }).affine !== false && anyTrained(path, 'gamma', 'beta')) trained.add(last);
    if (steps !== 'unknown' && !keepsStatistics) return steps;
    return [{ kind: 'unknown', name: path, ...(record.role === 'weights' ? { layer: { name: path, width } } : {}) }];
  };
  const steps = walk(layers, '');
  return branches ? undefined : { steps, trained };
}
