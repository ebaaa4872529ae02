// Layers in a row as a document has them, and a program's model written down so. The types come from the list of layers, not from the schema: the published
// declarations must not need the validator library.
import { show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { ACTIVATIONS, type ActivationName } from '../ops/activation_table.ts';
import type { ActivationAttrs } from '../ops/activations.ts';
import type { Option, Options } from '../option_table.ts';
import type { Initializer } from './initializers.ts';
import type { AnyLayerRecord, Layer, LayerWriter, WrittenLayer } from './layer.ts';
import type { NodeDocument } from './layers/graph.ts';
import { written as copies } from './layers/repeat.ts';
import type { LAYERS } from './layers.ts';
import type { AnyModel } from './model.ts';
import { LayerPaths } from './names.ts';

/** The layers in order. The output layer is the last one with weights, with as many units as classes (or targets). */
export interface ModelDocument {
  /** The layers, in order. */
  layers: LayerDocument[];
}

/** The records of all layers, by their types in documents. */
export type Layers = typeof LAYERS;
/** The types of layers in a document. */
export type LayerType = keyof Layers;

/** What a document holds of a layer's options: all but objects of the program. */
export type Held<Given, Table> = {
  [Key in keyof Given as Key extends keyof Table ? (Table[Key] extends { type: 'object' } | { programOnly: true } ? never : Key) : never]: Given[Key];
};

/** What gives a layer a name. Not where an option has that key, nor of copies. */
export type Named<Record> = Record extends { inline: true } | { options: { name: unknown } }
  ? unknown
  : {
      /** The name in its path, in place of type and number: letters, digits, _ and -; no other layer of its block may have it. */
      name?: string;
    };

/** A container with its layers in a row. */
export interface Row {
  /** The layers inside, in order. */
  layers: LayerDocument[];
}
/** A container with branches. */
export interface Branches {
  /** The branches over one input, each a list of layers. */
  branches: LayerDocument[][];
}
/** A container with layers by name. */
export interface Nodes {
  /** By name: letters, digits, _ and -. All must lead to the output. */
  nodes: Record<string, NodeDocument<LayerDocument>>;
}

/** What a container holds. */
export type Inside<Record> = Record extends { holds: 'layers' }
  ? Row
  : Record extends { holds: 'branches' }
    ? Branches
    : Record extends { holds: 'nodes' }
      ? Nodes
      : unknown;

/** The document of a layer, from its file. */
export type DocumentOf<Type extends LayerType, Record extends AnyLayerRecord = Layers[Type]['record']> = {
  /** The type of the layer; its options stand beside it. */
  type: Type;
} & Named<Record> &
  Held<Parameters<Layers[Type]['build']>[0], Record['options']> &
  Inside<Record>;

/** A layer in a document: its type, with its options beside it. */
export type LayerDocument = { [Type in LayerType]: DocumentOf<Type> }[LayerType];

/** A dense layer in a document. */
export type DenseDocument = DocumentOf<'dense'>;
/** An activation in a document. */
export type ActivationDocument = DocumentOf<'activation'>;
/** A residual block in a document. */
export type ResidualDocument = DocumentOf<'residual'>;
/** A graph of layers in a document. */
export type GraphDocument = DocumentOf<'graph'>;

/** Documents of the layers of a role. */
export type DocumentOfRole<Role extends AnyLayerRecord['role']> = {
  [Type in LayerType]: Layers[Type]['record'] extends { role: Role } ? DocumentOf<Type> : never;
}[LayerType];

/** How a parameter starts, in a document. */
export type InitialDocument = Initializer;

/**
 * The model of layers in a row as a document has it: `buildModel(modelDocument(net))` has the same paths, initial values and plan. With it theory, `treat` and
 * whatever else asks for a document serve a program. What stands for a default is left out, and layers that `repeat` copied are one `repeat`.
 *
 * @param model - As `sequential([...])` makes it; of a trainer it is `trainer.model.description`.
 * @returns The `model` of an experiment document.
 * @throws UsageError for what no document can hold, with its path: a custom layer or activation, a weight that is another layer's, a model that is a
 * function of named inputs.
 * @example
 * // What theory says of a program's model before its first step: 2 features, whose mean square is 1/3.
 * const net = sequential([repeat(6, [dense(16), tanh()]), dense(2)]);
 * const expected = predict({ model: modelDocument(net), training: { batchSize: 32 } }, 2, 1 / 3);
 */
export function modelDocument(model: AnyModel): ModelDocument {
  if (model?.kind === 'model')
    throw new UsageError(`modelDocument: model(...) is a function of the program, ${NOT_WRITTEN}: only layers in a row can be written`);
  if (model?.kind !== 'sequential') throw new UsageError(`modelDocument: expected a model, as sequential([...]) makes it, got ${show(model)}`);
  return { layers: new Writer().list(model.layers, '', 3) as LayerDocument[] };
}

const NOT_WRITTEN = 'which a document cannot hold';

/** Writes the layers of one model. */
class Writer {
  readonly #paths = new LayerPaths();
  #layers = 0;

  /** `prefix` stands before the paths of these layers; `depth` is how deep the list is in its document. */
  list(layers: readonly Layer[], prefix: string, depth: number): WrittenLayer[] {
    this.#layers += layers.length;
    if (this.#layers > LIMITS.layers) throw new UsageError(`modelDocument: expected at most ${count(LIMITS.layers)} layers in all, got ${count(this.#layers)}`);
    // Options of a layer and a repeat around it are deeper still.
    if (depth + 4 > LIMITS.nesting)
      throw new UsageError(`modelDocument: ${prefix.slice(0, 40)}...: lists and objects of a document are at most ${LIMITS.nesting} deep`);
    const written = layers.map((layer): WrittenLayer => {
      const { type, ...options } = this.#layer(layer, this.#paths.next(prefix, layer.kind, layer.givenName), depth + 1);
      return layer.givenName === undefined ? { type, ...options } : { type, name: layer.givenName, ...options };
    });
    return folded(layers, written);
  }

  #layer(layer: Layer, path: string, depth: number): WrittenLayer {
    const refuse = (what: string): UsageError => new UsageError(`modelDocument: ${path}: ${what}`);
    const to: LayerWriter = {
      options: ({ type, options: table }, options) => ({ type, ...heldOptions(table, options as Record<string, unknown>, refuse) }),
      activation: (type, attrs) => ({ type, ...heldActivation(attrs, refuse) }),
      layers: (layers, below = '') => this.list(layers, `${path}/${below}`, depth + 1),
    };
    const document = layer.write?.(to);
    if (!document) throw refuse(`${layer.kind} is a custom layer, ${NOT_WRITTEN}: its function is the program's`);
    return document;
  }
}

/** The options that are not as by default. Throws where one is an object of the program. */
function heldOptions(table: Options, options: Readonly<Record<string, unknown>>, refuse: (what: string) => UsageError): Record<string, unknown> {
  const held = Object.entries(table).flatMap(([key, entry]) => {
    const value = options[key];
    if (value === undefined) return [];
    if (entry.type === 'object') throw refuse(`its ${key} is that of another layer, ${NOT_WRITTEN}`);
    const kept = heldValue(entry, value);
    return same(kept, entry.default) ? [] : [[key, kept]];
  });
  return Object.fromEntries(held);
}

/** A value as a document has it: in an object with options of its own, without those that are as by default. */
function heldValue(option: Option, value: unknown): unknown {
  const fields = (table: Options): Record<string, unknown> => heldOptions(table, value as Record<string, unknown>, (what) => new UsageError(what));
  if (option.type === 'record') return fields(option.options);
  if (option.type !== 'variant') return value;
  const name = (value as Record<string, string>)[option.key]!;
  return { [option.key]: name, ...fields(option.of[name]!) };
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

function heldActivation({ name, entry, params }: ActivationAttrs, refuse: (what: string) => UsageError): object {
  // There may be a custom one of that name.
  if (!Object.hasOwn(ACTIVATIONS, name) || ACTIVATIONS[name as ActivationName] !== entry)
    throw refuse(`${name} is a custom activation, ${NOT_WRITTEN}: its WGSL and its functions are the program's`);
  const defaults: Readonly<Record<string, number>> = entry.params;
  const changed = Object.entries(params).filter(([key, value]) => value !== defaults[key]);
  return { name, ...(changed.length > 0 ? { params: Object.fromEntries(changed) } : {}) };
}

/** The documents of layers, those of copies by `repeat` once: it puts the same layers into the list again. The stretch that covers most is taken first. */
function folded(layers: readonly Layer[], written: readonly WrittenLayer[]): WrittenLayer[] {
  const result: WrittenLayer[] = [];
  for (let i = 0; i < layers.length; ) {
    let [period, times] = [1, 1];
    const left = layers.length - i;
    for (let size = 1; 2 * size <= left && period * times < left; size++) {
      if (layers[i] !== layers[i + size]) continue;
      let end = i + size;
      while (end < layers.length && layers[end] === layers[end - size]) end++;
      const copies = Math.floor((end - i) / size);
      if (copies > 1 && copies * size > period * times) [period, times] = [size, copies];
    }
    const own = written.slice(i, i + period);
    result.push(...(times === 1 ? own : [copies(times, folded(layers.slice(i, i + period), own))]));
    i += period * times;
  }
  return result;
}
