// The description of a model in its file, so that it opens without its program: layers, loss and data, as far as they can be written.
// It is loaded when something is saved, and imports little: a module that it shared with the engine would leave the engine's chunk (1.8 KB for three of them).
import { type FittedDocument, fittedOf } from '../data/fitted.ts';
import { UsageError } from '../errors.ts';
import { type LayerDocument, modelDocument } from '../nn/document.ts';
import type { Loss } from '../nn/losses.ts';
import type { AnyModel } from '../nn/model.ts';
import type { LiveModel } from './live_model.ts';
import type { Trainer } from './trainer.ts';

/** A model that was written down. */
export interface ModelDescription {
  readonly layers: LayerDocument[];
  /** `inputs`, and what is known of the data of its trainer. */
  readonly fitted: FittedDocument;
  /** Of its trainer: what outputs mean. */
  readonly loss?: Pick<Loss, 'name' | 'task' | 'probabilities' | 'options'>;
}

/** A model that was not. */
export interface UnwrittenModel {
  /** What could not be written, and why. */
  readonly unwritten: string;
}

/** What a trainer or a live model is, for its file. */
export function describe(of: Trainer<AnyModel> | LiveModel<AnyModel>): ModelDescription | UnwrittenModel {
  const { description, inputs } = 'model' in of ? of.model : of;
  let layers: LayerDocument[];
  try {
    ({ layers } = modelDocument(description));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { unwritten: error.message.replace(/^modelDocument: /, '') };
  }
  // Layers in a row have one input, of features, and one output.
  const [features] = Object.values(inputs)[0]!.shape as [number];
  if (!('model' in of)) return { layers, fitted: { inputs: features } };
  const { loss: given, data: { train } = {} } = of.options;
  const { loss, target, weights, weight } = 'parts' in given ? given.parts[0]! : { loss: given, target: 'y', weight: 1, weights: undefined };
  const { name, task, probabilities, options } = loss;
  // A loss that weighs its rows cannot be evaluated without the weights.
  const written = options && weights === undefined && weight === 1;
  const classes = train && 'tensors' in train ? train.tensors[target]?.classes : train?.classes;
  return {
    layers,
    fitted: fittedOf({ ...(train && 'x' in train ? train : {}), features, ...(classes === undefined ? {} : { classes }) }),
    loss: { name, task, ...(probabilities ? { probabilities } : {}), ...(written ? { options } : {}) },
  };
}
