// What theory says of a document before its first step.
import { type LayerPrediction, predictSignal, type SignalStep } from '../inspect/theory/signal.ts';
import { fansOf, varianceOf } from '../nn/init.ts';
import { LayerPaths } from '../nn/names.ts';
import type { DenseDocument, LayerDocument, ModelDocument } from './document.ts';
import { outputIndex } from './layers.ts';
import { nonlinearityOf } from './remedies/critical_gain.ts';

/** What theory needs of a document: a program's model has it by `modelDocument`. */
export interface Predicted {
  readonly model: ModelDocument;
  readonly training: { readonly batchSize: number };
}

/**
 * The predicted mean square, backward factor and rms delta of every weight matrix, in the order of `History.layers`; `predictPlaces` has the sums of
 * residual blocks among them.
 * `features` and `inputMeanSquare` are of the training part (`RunStart` has the second). Undefined where a weight starts as a constant, as the theory is of random ones, and
 * where the model has branches or is a graph.
 */
export function predict(document: Predicted, features: number, inputMeanSquare: number): LayerPrediction[] | undefined {
  return predictPlaces(document, features, inputMeanSquare)?.filter(({ place }) => place !== 'join');
}

/** The same with the joins of `History.joins` after their branches: those that are not in a branch are what `trunkOf` gives, in its order. */
export function predictPlaces(document: Predicted, features: number, inputMeanSquare: number): LayerPrediction[] | undefined {
  const { layers } = document.model;
  const blocks = countBlocks(layers);
  let width = features;
  let unknown = false;

  const denseStep = (layer: DenseDocument, name: string): SignalStep => {
    const initial = layer.initial ?? { scheme: 'he_normal' };
    if (initial.scheme === 'constant') unknown = true;
    const step: SignalStep = {
      kind: 'dense',
      name,
      fanIn: width,
      width: layer.units,
      sw2: width * varianceOf(initial, ...fansOf(name, initial, [width, layer.units])),
    };
    width = layer.units;
    return step;
  };
  // Named as the model is, with repeats written out.
  const paths = new LayerPaths();
  const walk = (list: readonly LayerDocument[], prefix: string): SignalStep[] => {
    const steps: SignalStep[] = [];
    const visit = (layer: LayerDocument): void => {
      if (layer.type === 'repeat') {
        for (let i = 0; i < layer.times; i++) layer.layers.forEach(visit);
        return;
      }
      const path = layer.type === 'activation' ? paths.next(prefix, layer.name) : paths.next(prefix, layer.type, layer.name);
      if (layer.type === 'dense') steps.push(denseStep(layer, path));
      else if (layer.type === 'sequential') steps.push(...walk(layer.layers, `${path}/`));
      else if (layer.type === 'batch_norm') steps.push({ kind: 'batch_norm', batch: document.training.batchSize });
      else if (layer.type === 'activation') steps.push({ kind: 'activation', activation: nonlinearityOf(layer) });
      else if (layer.type === 'dropout') steps.push({ kind: 'dropout', keep: 1 - layer.rate });
      else if (layer.type === 'concat' || layer.type === 'add' || layer.type === 'graph') unknown = true;
      else if (layer.type === 'residual') {
        const before = width;
        const branch = walk(layer.layers, `${path}/`);
        const scale = layer.scale === '1/sqrt(L)' ? 1 / Math.sqrt(blocks) : (layer.scale ?? 1);
        const projection = before === width ? {} : { projection: { sw2: 1, layer: { name: `${path}/shortcut`, width } } };
        const join = hasWeight(branch) ? { join: { name: path, width } } : {};
        steps.push({ kind: 'residual', scale, branch, ...join, ...projection });
      }
    };
    list.forEach(visit);
    return steps;
  };

  const steps = walk(layers, '');
  return unknown || outputIndex(layers) < 0 ? undefined : predictSignal(steps, inputMeanSquare);
}

/** Whether a layer with a weight is among the steps: a block without any is no branch of weights. */
function hasWeight(steps: readonly SignalStep[]): boolean {
  return steps.some((step) => step.kind === 'dense' || (step.kind === 'residual' && hasWeight(step.branch)));
}

/** Residual blocks of a model, repeats counted. */
function countBlocks(layers: readonly LayerDocument[]): number {
  return layers.reduce((sum, layer) => {
    if (layer.type === 'repeat') return sum + layer.times * countBlocks(layer.layers);
    if (layer.type === 'sequential') return sum + countBlocks(layer.layers);
    return layer.type === 'residual' ? sum + 1 + countBlocks(layer.layers) : sum;
  }, 0);
}
