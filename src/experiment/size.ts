// The size of the model that a document describes, computed without building it, and whether it is within the limits.
import { UsageError } from '../errors.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import type { Image } from '../nn/layers/feature.ts';
import type { DataDocument, Experiment, LayerDocument } from './document.ts';
import { containerOf, copiesOf, featureOf, innerLists } from './registry/layers.ts';

/** Something in a document that asks for too much. */
export interface Excess {
  /** Where, below `model`: `layers[1].times`. */
  readonly path: string;
  readonly message: string;
}

class TooLarge extends Error {
  readonly excess: Excess;
  constructor(path: string, message: string) {
    super(message);
    this.excess = { path, message };
  }
}

/** Number of trained values of a model with this many inputs, or the first place in the document that exceeds a limit. */
export function modelSize(layers: readonly LayerDocument[], inputs: number): { parameters: number } | Excess {
  try {
    countLayers(layers, 'layers');
    return { parameters: countParameters(layers, inputs) };
  } catch (error) {
    if (error instanceof TooLarge) return error.excess;
    throw error;
  }
}

/** Throws a UsageError if the model of a document is too large for data with this many inputs. */
export function requireModelSize(document: Experiment, inputs: number): void {
  const size = modelSize(document.model.layers, inputs);
  if ('message' in size) throw new UsageError(`model.${size.path}: ${size.message}`);
}

/** Inputs in a row, as far as the document alone says; 1 where a file does. */
export function knownInputs(data: DataDocument, fitted: Experiment['fitted']): number {
  if (fitted) return fitted.inputs;
  return data.source === 'arrays' ? data.x[0]!.length : data.source === 'generator' ? (data.params?.features ?? 1) : 1;
}

/** Layers with repeats written out, as products: nothing is written out here. */
function countLayers(layers: readonly LayerDocument[], path: string): number {
  return layers.reduce((sum, layer, i) => {
    const at = `${path}[${i}]`;
    const copies = copiesOf(layer);
    const inside = innerLists(layer).reduce((all, { list, at: below }) => all + countLayers(list, at + below), 0);
    if (copies * inside > LIMITS.layers)
      throw new TooLarge(`${at}.times`, `${count(copies)} times ${count(inside)} layers are more than ${count(LIMITS.layers)}: repeat them less often`);
    const { inline, holds } = containerOf(layer) ?? {};
    const here = copies * inside + (inline ? 0 : 1) + (holds === 'nodes' ? innerLists(layer).length : 0);
    if (sum + here > LIMITS.layers) throw new TooLarge(at, `up to here the model has ${count(sum + here)} layers, more than ${count(LIMITS.layers)}`);
    return sum + here;
  }, 0);
}

/** Parameters and running statistics; at most LIMITS.layers layers are visited. */
function countParameters(layers: readonly LayerDocument[], inputs: number): number {
  let parameters = 0;
  widthAfter(layers, inputs, (more, path) => {
    parameters += more;
    if (parameters > LIMITS.parameters)
      throw new TooLarge(
        path,
        `up to here the model has ${count(parameters)} parameters (${count(parameters * 4)} bytes), more than ${count(LIMITS.parameters)}`,
      );
  });
  return parameters;
}

/** A sample between two layers: columns of its last axis, NaN where they are not known, and the image that they are channels of. */
export interface Sample {
  readonly width: number;
  readonly image?: Image;
}

/** Output width of layers from their input width; NaN if that depends on an unknown width. `add` is called for every tensor that is trained or kept. */
export function widthAfter(layers: readonly LayerDocument[], inputs = Number.NaN, add?: (numbers: number, path: string) => void): number {
  return sampleAfter(layers, { width: inputs }, add).width;
}

/** The same with the images that they give. */
export function sampleAfter(layers: readonly LayerDocument[], given: Sample, add: (numbers: number, path: string) => void = () => {}): Sample {
  const walk = (list: readonly LayerDocument[], path: string, before: Sample): Sample =>
    list.reduce((sample, layer, i) => {
      const at = `${path}[${i}]`;
      const feature = featureOf(layer);
      // Of a container, what the last list inside gives.
      let { image } = sample;
      const width = feature.size(layer, sample.width, {
        image,
        add: (numbers, below = '') => add(numbers, at + below),
        limit(columns, how, below = '') {
          if (columns > LIMITS.units) throw new TooLarge(at + below, `${how} ${count(columns)} columns, more than ${count(LIMITS.units)}`);
        },
        after: (inner, columns, below) => {
          const after = walk(inner as readonly LayerDocument[], at + below, { width: columns, image: inRow(layer) ? image : sample.image });
          image = after.image;
          return after.width;
        },
      });
      return { width, image: feature.image ? feature.image(layer, image) : image };
    }, before);
  return walk(layers, 'layers', given);
}

/** Whether lists inside of a layer, such as copies, come one after the other. */
const inRow = (layer: LayerDocument): boolean => containerOf(layer)?.holds === 'layers';
