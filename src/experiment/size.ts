// How large the model of a document would be, added up without building it, and whether that may be.
import { UsageError } from '../errors.ts';
import { count, LIMITS } from '../limits.ts';
import { GRAPH_INPUT } from '../nn/graph_layer.ts';
import type { DataDocument, Experiment, LayerDocument } from './document.ts';
import { inOrder } from './graph.ts';

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

/** Trained numbers of a model for rows of so many inputs, or the first place that asks for too much. */
export function modelSize(layers: readonly LayerDocument[], inputs: number): { parameters: number } | Excess {
  try {
    countLayers(layers, 'layers');
    return { parameters: countParameters(layers, inputs) };
  } catch (error) {
    if (error instanceof TooLarge) return error.excess;
    throw error;
  }
}

/** Throws a UsageError where the model of a document is too large for data of so many inputs. */
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
    let here = 1;
    if (layer.type === 'repeat') {
      const inside = countLayers(layer.layers, `${at}.layers`);
      here = layer.times * inside;
      if (here > LIMITS.layers)
        throw new TooLarge(`${at}.times`, `${count(layer.times)} times ${count(inside)} layers are more than ${count(LIMITS.layers)}: repeat them less often`);
    } else if ('layers' in layer) here += countLayers(layer.layers, `${at}.layers`);
    else if (layer.type === 'graph')
      here += Object.entries(layer.nodes).reduce((all, [name, node]) => all + 1 + countLayers(node.layers ?? [], `${at}.nodes.${name}.layers`), 0);
    else if (layer.type === 'concat' || layer.type === 'add')
      here += layer.branches.reduce((all, branch, b) => all + countLayers(branch, `${at}.branches[${b}]`), 0);
    if (sum + here > LIMITS.layers) throw new TooLarge(at, `up to here the model has ${count(sum + here)} layers, more than ${count(LIMITS.layers)}`);
    return sum + here;
  }, 0);
}

/** Parameters and running statistics; at most LIMITS.layers layers are visited. */
function countParameters(layers: readonly LayerDocument[], inputs: number): number {
  let parameters = 0;
  const add = (more: number, path: string): void => {
    parameters += more;
    if (parameters > LIMITS.parameters)
      throw new TooLarge(
        path,
        `up to here the model has ${count(parameters)} parameters (${count(parameters * 4)} bytes), more than ${count(LIMITS.parameters)}`,
      );
  };
  const walk = (list: readonly LayerDocument[], path: string, before: number): number =>
    list.reduce((width, layer, i) => {
      const at = `${path}[${i}]`;
      switch (layer.type) {
        case 'dense':
          add(layer.units * (width + (layer.bias === false ? 0 : 1)), `${at}.units`);
          return layer.units;
        case 'batch_norm':
          add(4 * width, at);
          return width;
        case 'repeat': {
          let inside = width;
          for (let time = 0; time < layer.times; time++) inside = walk(layer.layers, `${at}.layers`, inside);
          return inside;
        }
        case 'sequential':
          return walk(layer.layers, `${at}.layers`, width);
        case 'residual': {
          const branch = walk(layer.layers, `${at}.layers`, width);
          if (branch !== width) add(width * branch, at);
          return branch;
        }
        case 'graph': {
          const widths = new Map([[GRAPH_INPUT, width]]);
          for (const { name, from, join, layers: own = [] } of inOrder(layer)) {
            const given = from.map((each) => widths.get(each)!);
            const joined = join === 'concat' ? given.reduce((sum, one) => sum + one) : given[0]!;
            if (joined > LIMITS.units) throw new TooLarge(`${at}.nodes.${name}`, `it joins ${count(joined)} columns, more than ${count(LIMITS.units)}`);
            widths.set(name, walk(own, `${at}.nodes.${name}.layers`, joined));
          }
          return widths.get(layer.output)!;
        }
        case 'concat':
        case 'add': {
          const widths = layer.branches.map((branch, b) => walk(branch, `${at}.branches[${b}]`, width));
          const joined = layer.type === 'add' ? widths[0]! : widths.reduce((sum, one) => sum + one, 0);
          if (joined > LIMITS.units) throw new TooLarge(at, `its branches together have ${count(joined)} columns, more than ${count(LIMITS.units)}`);
          return joined;
        }
        default:
          return width;
      }
    }, before);
  walk(layers, 'layers', inputs);
  return parameters;
}
