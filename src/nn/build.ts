// How a model is appended to a graph: each layer gets its place, with a path for its weights and one for its nodes. A layer that is called again in a
// function of values is the same layer: it keeps its weights.
import { UsageError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import * as LIMITS from '../limits.ts';
import type { RunningUpdate } from '../ops/batch_norm.ts';
import { NO_FACTORS, type UpdateFactors } from '../ops/hyper.ts';
import { foldIn, type Key } from '../random.ts';
import { type Initializer, initialValues } from './initializers.ts';
import { type Assignment, asLayer, type BuildContext, type Callee, type Layer, type LayerLike, tooMany, whileBuilding } from './layer.ts';
import { LayerPaths } from './names.ts';

/** Training uses batch statistics and dropout; inference running statistics and none. */
export type Mode = 'train' | 'infer';

/** How each parameter and running statistic starts, by path. */
export type Initializers = Map<string, { shape: readonly number[]; initializer: Initializer }>;

/** The result of building a model. */
export interface Built {
  /** The model's nodes, in the order of computation: what can be seen of its layers is derived from them. */
  readonly nodes: readonly Node[];
  /** Running statistics that a training step moves. */
  readonly updates: readonly RunningUpdate[];
  /** Buffers that a training step sets. */
  readonly assignments: readonly Assignment[];
  /** Where layers and models stand that were put into a list or called: their paths, the first where there are several. */
  readonly placed: ReadonlyMap<object, string>;
  /** The layers in the order in which they were built, as path and kind, without what a custom layer calls, which may depend on the mode. */
  readonly sequence: readonly string[];
}

/** How a tensor is trained, or a layer as a whole. */
export interface GroupSettings extends UpdateFactors {
  /** It stays as it is: a constant, without gradient, decay and optimizer state. */
  readonly frozen: boolean;
  /** What the norm of a frozen layer uses in training: its running statistics, unchanged; or the batch's, while its running statistics keep moving. */
  readonly statistics: 'running' | 'batch';
}

/** The settings of a tensor by its path, and those of a layer as a whole by its path with a slash after it. */
export type Groups = (path: string) => GroupSettings;

/** Everything is trained alike. */
export const UNGROUPED: GroupSettings = { frozen: false, statistics: 'running', ...NO_FACTORS };

export interface BuildOptions {
  readonly mode: Mode;
  /** Collects how parameters and running statistics start. */
  readonly initializers: Initializers;
  /** What is trained otherwise than the rest, or not at all; all alike by default. */
  readonly groups?: Groups;
  /** Residual blocks in the whole model; asked for only by a layer that depends on it. */
  residualBlocks(): number;
}

/** Where a layer stands: the path of its weights, and that of its nodes, which differ where the layer is called again. */
interface Place {
  readonly home: string;
  readonly path: string;
}

/** Runs `body`, which appends nodes, and returns what it built. Throws UsageError for a model without weights. */
export function buildInto<Result>(
  where: string,
  graph: Graph,
  options: BuildOptions,
  body: (scope: Scope) => Result,
): Built & { result: Result; residualBlocks: number } {
  const first = graph.nodes.length;
  const building = new Building(where, graph, options);
  const scope = new Scope(building, { home: '', path: '' });
  const result = scope.open(() => body(scope));
  const nodes = graph.nodes.slice(first);
  if (!nodes.some((node) => node.inputs.some((value) => value.origin === 'parameter')))
    throw new UsageError(
      options.groups
        ? `${where}: everything is frozen: nothing is left to train`
        : `${where}: a model needs at least one layer with weights, a dense layer for one`,
    );
  const { updates, assignments, placed, sequence, calledBlocks } = building;
  return { result, nodes, updates, assignments, placed, sequence, residualBlocks: calledBlocks };
}

/** What all layers of a model share while it is built. */
class Building {
  readonly where: string;
  readonly graph: Graph;
  readonly options: BuildOptions;
  readonly updates: RunningUpdate[] = [];
  readonly assignments: Assignment[] = [];
  readonly placed = new Map<object, string>();
  readonly sequence: string[] = [];
  /** Residual blocks among the layers that were called. */
  calledBlocks = 0;
  /** Layers of each with all that is in it. */
  readonly #counts = new Map<Layer, number>();
  #layers = 0;
  #depth = 0;

  constructor(where: string, graph: Graph, options: BuildOptions) {
    this.where = where;
    this.graph = graph;
    this.options = options;
  }

  /** Throws UsageError where there are more layers than a model may have. `list`: those that are built next, which are counted with all that is in them first. */
  count(layers: number, list: readonly Layer[] = []): void {
    const all = this.#layers + Math.max(layers, this.#inAll(list));
    if (all > LIMITS.layers) throw tooMany(this.where, all);
    this.#layers += layers;
  }

  /** Layers of a list, those inside of blocks included. A block that is used in several places is visited once. */
  #inAll(list: readonly (Layer | LayerLike)[]): number {
    return list.reduce((sum, given) => {
      const layer = asLayer(given);
      let known = this.#counts.get(layer);
      if (known === undefined) {
        // A block that contains itself is for others to refuse.
        this.#counts.set(layer, 1);
        known = (layer.inside ?? []).reduce((count, inner) => count + this.#inAll(inner), 1);
        this.#counts.set(layer, known);
      }
      return sum + known;
    }, 0);
  }

  /** Throws UsageError for endless nesting: a custom layer may build itself. */
  deeper<Result>(path: string, body: () => Result): Result {
    if (this.#depth > LIMITS.depth)
      throw new UsageError(`${path.slice(0, 40)}...: expected at most ${LIMITS.depth} blocks within blocks: does one contain itself?`);
    this.#depth++;
    const result = body();
    this.#depth--;
    return result;
  }
}

/** Where a layer that is called stands, and how often it was called. */
type Called = Place & { readonly block: string; calls: number };

/** The layers of a model, or of one block of it. */
export class Scope {
  readonly #building: Building;
  /** Both end in a slash, or are empty. */
  readonly #below: Place;
  /** Layers that were called, here or in the functions that called this one: each has one place in all of them. */
  readonly #called: Map<object, Called>;
  /** Of these, the ones that were called here. */
  readonly #here = new Set<object>();
  readonly #paths: LayerPaths;
  /** Whether building twice gives the same: not in a custom layer. */
  readonly #steady: boolean;

  constructor(building: Building, below: Place, steady = true, paths = new LayerPaths(), called: Map<object, Called> = new Map()) {
    this.#steady = steady;
    this.#building = building;
    this.#below = below;
    this.#paths = paths;
    this.#called = called;
  }

  /** Layers in a row, each with weights of its own. */
  run(layers: readonly Layer[], x: Value): Value {
    this.#building.count(layers.length, layers);
    return this.#building.deeper(this.#below.path, () => layers.reduce((value, layer) => layer.build(this.#context(layer, this.#placeOf(layer)), value), x));
  }

  /** Lets layers be called while `body` runs. */
  open<Result>(body: () => Result): Result {
    const { graph } = this.#building;
    return whileBuilding(
      graph,
      (callee, build) => {
        const { home, path, calls } = this.#call(callee);
        this.#building.count(1);
        this.#building.calledBlocks += callee.residualBlocks ?? 0;
        const context = this.#context(callee, { home, path: calls === 1 ? path : `${path}:${calls}` }, this.#called);
        // Whoever calls may have a scope of names open: a layer has whole paths.
        return this.#building.deeper(path, () => graph.unscoped(() => build(context)));
      },
      body,
    );
  }

  #call(callee: Callee): Called {
    const block = this.#below.home;
    const known = this.#called.get(callee);
    // The function of this block may be running again: what it called here the first time takes the number that it had then.
    const place = !known || (known.block === block && !this.#here.has(callee)) ? this.#placeOf(callee) : undefined;
    this.#here.add(callee);
    if (known) {
      known.calls++;
      return known;
    }
    const called = { ...place!, block, calls: 1 };
    this.#called.set(callee, called);
    return called;
  }

  #placeOf(callee: Callee): Place {
    const home = this.#paths.next(this.#below.home, callee.kind, callee.givenName);
    const place = { home, path: this.#below.path + home.slice(this.#below.home.length) };
    const { placed } = this.#building;
    for (const each of [callee, callee.unnamed]) if (each && !placed.has(each)) placed.set(each, home);
    return place;
  }

  /** The context in which a layer builds itself. `called`: the layers being called around it; empty in a list. */
  #context(callee: Callee, { home, path }: Place, called?: Map<object, Called>): BuildContext {
    if (this.#steady) this.#building.sequence.push(`${path} (${callee.kind})`);
    const steady = this.#steady && (callee.role !== undefined || callee.kind === 'model');
    const { graph, options, updates, assignments } = this.#building;
    const { initializers, mode, groups = () => UNGROUPED } = options;
    const { frozen, statistics } = groups(`${home}/`);
    const declare = (name: string, shape: readonly number[], initializer: Initializer): string => {
      initializers.set(`${home}/${name}`, { shape, initializer });
      return `${home}/${name}`;
    };
    // Lists that one layer builds go on counting.
    const paths = new LayerPaths();
    const scope = (below = ''): Scope => new Scope(this.#building, { home: `${home}/${below}`, path: `${path}/${below}` }, steady, paths, called);
    return {
      graph,
      mode,
      keepsStatistics: mode === 'infer' || (frozen && statistics === 'running'),
      updates,
      assignments,
      get residualBlocks() {
        return options.residualBlocks();
      },
      path,
      parameter: (name, shape, initializer, more) => {
        const whole = declare(name, shape, initializer);
        return groups(whole).frozen ? graph.buffer(whole, shape, true) : graph.parameter(whole, shape, more);
      },
      buffer: (name, shape, value) => graph.buffer(declare(name, shape, { scheme: 'constant', value }), shape),
      tensorOf: (layer, name) => {
        const other = this.#building.placed.get(layer);
        const tensor = other === undefined ? undefined : graph.find(`${other}/${name}`);
        if (!tensor) throw new UsageError(`${path}: the ${layer.kind} layer whose ${name} it takes does not stand before it in the model`);
        return tensor;
      },
      nested: (layers, start, below) => scope(below).run(layers, start),
      calling: (body) => scope().open(body),
    };
  }
}

/** First values of parameters and running statistics from a key. */
export function initialValuesOf(initializers: Initializers, key: Key): Map<string, Float32Array> {
  return new Map([...initializers].map(([path, { shape, initializer }]) => [path, initialValues(initializer, shape, foldIn(key, path), path)]));
}
