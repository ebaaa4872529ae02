// A layer appends to a graph and returns a value. It sees graphs, never devices.
import { show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { ParameterOptions } from '../layout.ts';
import * as LIMITS from '../limits.ts';
import type { ActivationAttrs } from '../ops/activations.ts';
import type { RunningUpdate } from '../ops/batch_norm.ts';
import type { Options, OptionTable } from '../option_table.ts';
import type { Initializer } from './initializers.ts';
import { checkKind } from './names.ts';

/** A buffer, and what it holds after a training step. */
export interface Assignment {
  /** Comes with the layer that assigns. */
  readonly op: Op<{ everyBatch: boolean }>;
  /** The buffer. */
  readonly buffer: Value;
  /** What it holds after the step. */
  readonly value: Value;
}

/** What a layer is given to build itself. */
export interface BuildContext {
  /** The graph to append to. */
  readonly graph: Graph;
  /** Training uses batch statistics and dropout; inference running statistics and none. */
  readonly mode: 'train' | 'infer';
  /** Whether the layer uses the statistics that it has kept, and keeps them: in inference, and where it is frozen. */
  readonly keepsStatistics: boolean;
  /** Running statistics that the training step moves. */
  readonly updates: RunningUpdate[];
  /** Buffers that hold another value after a training step. */
  readonly assignments: Assignment[];
  /** Blocks of residual layers in the whole model, for a branch scale of 1/sqrt(L). */
  readonly residualBlocks: number;
  /** The path of the layer now being built. */
  readonly path: string;
  /**
   * A trained tensor below the layer's path; the same path gives the same tensor.
   *
   * @param name - One part of a path: `weight`.
   * @param shape - Sizes of its axes.
   * @param initializer - How it starts.
   * @param options - Penalties, and whether weight decay leaves it out.
   * @returns The tensor.
   */
  parameter(name: string, shape: readonly number[], initializer: Initializer, options?: ParameterOptions): Value;
  /**
   * A tensor that is kept but not trained.
   *
   * @param name - One part of a path.
   * @param shape - Sizes of its axes.
   * @param value - The number that it is full of at first.
   * @returns The tensor.
   */
  buffer(name: string, shape: readonly number[], value: number): Value;
  /**
   * The tensor of another layer of the model, which stands before this one: tied weights.
   *
   * @param layer - A layer before this one.
   * @param name - The name of its tensor: `weight`.
   * @returns The tensor.
   * @throws UsageError where there is none of that name.
   */
  tensorOf(layer: Layer, name: string): Value;
  /**
   * Builds layers below the path of this one. A second list is counted on: it has weights of its own.
   *
   * @param layers - The layers inside.
   * @param x - What they are given.
   * @param prefix - What stands before their paths; nothing by default.
   * @returns What the last of them gives.
   */
  nested(layers: readonly Layer[], x: Value, prefix?: string): Value;
  /**
   * Lets layers be called while `body` runs; they stand below the path of this one.
   *
   * @param body - Calls layers.
   * @returns What `body` returns.
   */
  calling<Result>(body: () => Result): Result;
}

/** What came where layers belong, for a message: values are another dialect. */
export function showGiven(given: unknown): string {
  const value = [given].flat().find((each) => Graph.of(each)) as Value | undefined;
  if (value) return `the value ${value.name}: functions of that name in fathom-webgpu/ops take values, those of fathom-webgpu make layers`;
  const { build, kind, wgsl, activation } = (given ?? {}) as Partial<Layer & { wgsl: unknown; activation: unknown }>;
  if (wgsl || activation) return 'an activation: call it, as in tanh()';
  return typeof build === 'function' ? `a layer, ${show(kind)}: put it into a list` : typeof given === 'function' ? 'a function' : show(given);
}

/** A list of layers that has been checked, as it is now: what becomes of the caller's list does not matter. Throws a UsageError. */
export function layersOf(where: string, layers: readonly (Layer | LayerLike)[]): readonly Layer[] {
  if (!Array.isArray(layers)) throw new UsageError(`${where}: expected a list of layers, got ${showGiven(layers)}`);
  if (layers.length === 0) throw new UsageError(`${where}: there are no layers`);
  if (layers.length > LIMITS.layers) throw tooMany(where, layers.length);
  // A hole is undefined here, where `map` would pass over it.
  return Array.from(layers, (given: Layer | LayerLike, i) => {
    const layer = asLayer(given);
    if (typeof layer?.build !== 'function' || typeof layer.kind !== 'string')
      throw new UsageError(`${where}: layers[${i}]: expected a layer, got ${showGiven(given)}`);
    checkKind(`${where}: layers[${i}]: kind`, layer.kind);
    return layer;
  });
}

/** A model of more layers than may be. */
export function tooMany(where: string, layers: number): UsageError {
  return new UsageError(`${where}: expected at most ${count(LIMITS.layers)} layers in all, got ${count(layers)}`);
}

/** A part of a model. `dense(16)` and the like make one; `layer(kind, f)` makes one of functions of your own. */
export interface Layer {
  /** The kind, as in the path `dense_3`: letters, digits, `_` and `-`. */
  readonly kind: string;
  /** The name in its path, where `named` gave it one; else the path has its kind and number. */
  readonly givenName?: string;
  /** The layer that was named: looking up either finds this one. */
  readonly unnamed?: object;
  /** Residual blocks inside, itself included. */
  readonly residualBlocks: number;
  /** Of a block: the lists of layers that it was given. */
  readonly inside?: readonly (readonly Layer[])[];
  /** Of the engine's own layers. */
  readonly role?: Role;
  /** Of the engine's own layers: writes it down, as a document has it. */
  write?(to: LayerWriter): WrittenLayer;
  /**
   * Appends the layer to a graph; `sequential` and `model` call it.
   *
   * @param context - Where it is built, and in which mode.
   * @param x - Its input, [batch, ...].
   * @returns Its output, [batch, ...].
   */
  build(context: BuildContext, x: Value): Value;
}

/** What a layer is for. Remedies and theory go by it. */
export type Role = 'weights' | 'normalisation' | 'activation' | 'regulariser' | 'container' | 'shape';

export interface Described<Table> {
  readonly type: string;
  readonly options: Table;
}

/** What a layer is, as data: its type in documents, its role and its options. Of a container also where its document has the layers inside. */
export type LayerRecord<Given extends object> = Described<OptionTable<Given>> & (LeafRecord | ContainerRecord);

/** The same of any layer. */
export type AnyLayerRecord = Described<Options> & (LeafRecord | ContainerRecord);

export interface LeafRecord {
  readonly role: Exclude<Role, 'container'>;
  /** Of a norm: whether it has running statistics, which it uses in inference, and in training where it is frozen. */
  readonly keepsStatistics?: true;
}

export interface ContainerRecord {
  readonly role: 'container';
  /** Under `layers` in a row, under `branches` in several, or under `nodes`, by name. */
  readonly holds: 'layers' | 'branches' | 'nodes';
  /** Whether its input is added to the output of its layers. */
  readonly shortcut?: true;
  /** Whether its layers belong to the list around it: it has no part in paths. */
  readonly inline?: true;
}

/** A layer in a document, of whatever type. */
export interface WrittenLayer {
  /** Its type in documents. */
  readonly type: string;
  /** Its name in its path, where it has one. */
  readonly name?: string;
}

/** Writes layers down. Each method throws a UsageError for what no document can hold. */
export interface LayerWriter {
  /** Type and options, without those that are as by default. */
  options(record: AnyLayerRecord, options: object): WrittenLayer;
  activation(type: string, attrs: ActivationAttrs): WrittenLayer;
  /** Layers inside; `below` stands before their paths. */
  layers(layers: readonly Layer[], below?: string): WrittenLayer[];
}

/** A layer of the engine, from its record and its options. */
export function layerOf(record: AnyLayerRecord, options: object, build: Layer['build'], more: Partial<Layer> = {}): CallableLayer {
  const { type, role } = record;
  return callable({ kind: type, role, residualBlocks: 0, write: (to) => to.options(record, options), build, ...more });
}

/** Residual blocks among layers. */
export function countBlocks(layers: readonly Layer[]): number {
  return layers.reduce((n, { residualBlocks }) => n + residualBlocks, 0);
}

/**
 * A layer that can be called, in the function of `model` or of a custom layer: it takes a value and gives one. Called again there it is the same
 * layer, with the same weights.
 */
export interface CallableLayer extends Layer {
  (x: Value): Value;
}

/** A layer that can be called. */
export function callable(layer: Layer): CallableLayer {
  const self: CallableLayer = Object.assign((x: Value) => callOn(self, [x], (context) => layer.build(context, x)), layer);
  return self;
}

/** A model inside of another is one of its layers. */
export interface LayerLike {
  /** The layer that stands for the model where another model calls it. */
  readonly layer: Layer;
}

/** The layer for the given argument. */
export function asLayer(given: Layer | LayerLike): Layer {
  return (given as Partial<LayerLike> | null)?.layer ?? (given as Layer);
}

/** What can be called: a layer, or a model inside another. */
export interface Callee {
  readonly kind: string;
  readonly givenName?: string;
  readonly unnamed?: object;
  /** Of the engine's own layers. */
  readonly role?: Role;
  readonly residualBlocks?: number;
}

/** Gives a callee its place and builds it there. */
type Placer = <Result>(callee: Callee, build: (context: BuildContext) => Result) => Result;

/** Who takes calls of layers, by the graph that is being built: the innermost model or layer. */
const placers = new WeakMap<Graph, Placer>();

/** Lets layers be called on values of this graph while `body` runs. */
export function whileBuilding<Result>(graph: Graph, placer: Placer, body: () => Result): Result {
  const outer = placers.get(graph);
  placers.set(graph, placer);
  try {
    return body();
  } finally {
    if (outer) placers.set(graph, outer);
    else placers.delete(graph);
  }
}

/** Builds a layer that is called on values. Throws a UsageError for anything but a value, and outside of a function of values. */
export function callOn<Result>(callee: Callee, values: readonly Value[], build: (context: BuildContext) => Result): Result {
  for (const value of values) if (!Graph.of(value)) throw new UsageError(`${callee.kind}: expected a value, got ${show(value)}`);
  const placer = placers.get(Graph.of(values[0])!);
  if (!placer)
    throw new UsageError(
      `${callee.kind}: called outside of a model: call layers in the function of model(...) or layer(...), or put them into sequential([...])`,
    );
  return placer(callee, build);
}
