// What theory says of a document before its first step.
import { type LayerPrediction, predictSignal, type SignalStep } from '../inspect/theory/signal.ts';
import { LayerPaths } from '../nn/names.ts';
import type { LayerDocument, ModelDocument } from './document.ts';
import { outputIndex, residualBlocks } from './layers.ts';
import { containerOf, featureOf, nextPath } from './registry/layers.ts';
import { widthAfter } from './size.ts';

/** What theory needs of a document: a program's model has it by `modelDocument`. */
export interface Predicted {
  readonly model: ModelDocument;
  readonly training: { readonly batchSize: number };
}

/**
 * The predicted mean square, backward factor and rms delta of every weight matrix, in the order of `History.layers`; `predictPlaces` has the sums of
 * residual blocks among them.
 * `features` and `inputMeanSquare` are of the training part (`RunStart` has the second). From a layer on that theory does not know, predictions say so in
 * `unknown`: q is NaN after it, and delta before it. Undefined where the model has branches or is a graph.
 */
export function predict(document: Predicted, features: number, inputMeanSquare: number): LayerPrediction[] | undefined {
  return predictPlaces(document, features, inputMeanSquare)?.filter(({ place }) => place !== 'join');
}

/** The same with the joins of `History.joins` after their branches: those that are not in a branch are what `trunkOf` gives, in its order. */
export function predictPlaces(document: Predicted, features: number, inputMeanSquare: number): LayerPrediction[] | undefined {
  const { layers } = document.model;
  if (outputIndex(layers) < 0) return undefined;
  const steps = stepsOfModel(document, features);
  return steps && predictSignal(steps, inputMeanSquare);
}

/** The steps of a model, named as it is, with repeats written out; undefined where theory does not know one of its containers. */
function stepsOfModel({ model: { layers }, training: { batchSize } }: Predicted, features: number): SignalStep[] | undefined {
  const paths = new LayerPaths();
  const blocks = residualBlocks(layers);
  let width = features;
  let branches = false;

  const walk = (list: readonly LayerDocument[], prefix: string): SignalStep[] => list.flatMap((layer) => visit(layer, prefix));
  const visit = (layer: LayerDocument, prefix: string): readonly SignalStep[] => {
    const { record, theory } = featureOf(layer);
    const container = containerOf(layer);
    const path = container?.inline ? '' : nextPath(paths, prefix, layer);
    const before = width;
    const inside = (inner: readonly unknown[]) => ({
      steps: walk(inner as readonly LayerDocument[], container?.inline ? prefix : `${path}/`),
      width,
    });
    const steps = theory === 'unknown' ? theory : theory(layer, { path, width: before, batchSize, residualBlocks: blocks, inside });
    if (container) {
      branches ||= steps === 'unknown';
      return steps === 'unknown' ? [] : steps;
    }
    width = widthAfter([layer], before);
    if (steps !== 'unknown') return steps;
    return [{ kind: 'unknown', name: path, ...(record.role === 'weights' ? { layer: { name: path, width } } : {}) }];
  };
  const steps = walk(layers, '');
  return branches ? undefined : steps;
}
