// A model of layers in a row: from one input to one output.
import { requireInteger, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import { Graph, type Value } from '../graph/graph.ts';
import * as LIMITS from '../limits.ts';
import { sizeOf } from '../shape.ts';
import { type Built, buildInto, type Groups, type Initializers, type Mode } from './build.ts';
import { callOn, countBlocks, type Layer, type LayerLike, layersOf, showGiven, type WrittenLayer } from './layer.ts';
import { LayerPaths } from './names.ts';

/** Names of the input and the output of a model of layers in a row. */
export const SEQUENTIAL = { input: 'x', output: 'y' } as const;

/** The result of building a model of layers in a row. */
export interface BuiltSequential extends Built {
  /** The output of the last layer. */
  readonly output: Value;
  /** The same by its name, as of any model. */
  readonly outputs: Readonly<Record<typeof SEQUENTIAL.output, Value>>;
}

/** Layers in a row. In the function of `model` it can be called like a layer: called again it keeps its weights. */
export interface Sequential extends LayerLike {
  (x: Value): Value;
  /** Tells layers in a row from models of named inputs. */
  readonly kind: 'sequential';
  /** The layers, nested lists laid flat. */
  readonly layers: readonly Layer[];
  /**
   * Appends the model to a graph: `model.build(graph, x).output`.
   *
   * @param x - Its input, [batch, ...].
   * @param mode - 'train' or 'infer', the default.
   * @param initializers - Collects how its parameters start.
   * @param groups - Parameter groups, which say what is frozen; none by default.
   * @param graph - The graph to append to.
   * @returns The output, and what a training step needs.
   * @throws ShapeError where a layer does not fit; UsageError where a block contains itself.
   */
  build(graph: Graph, x: Value, mode?: Mode, initializers?: Initializers, groups?: Groups): BuiltSequential;
}

/**
 * Makes a model of layers in a row, each with weights of its own; nested lists (from `repeat`) are laid flat.
 *
 * @param given - Layers, models and lists of layers, at least one.
 * @returns The model, for `createTrainer` or `createModel`.
 * @throws UsageError for what is no layer, and for more layers than a model may have.
 * @example
 * const net = sequential([dense(16), relu(), dense(2)]);
 */
export function sequential(given: readonly (Layer | LayerLike | readonly Layer[])[]): Sequential {
  if (!Array.isArray(given)) throw new UsageError(`sequential: expected a list of layers, got ${showGiven(given)}`);
  const layers = layersOf('sequential', given.flat() as Layer[]);
  const residualBlocks = countBlocks(layers);
  const layer: Layer = {
    kind: 'sequential',
    residualBlocks,
    inside: [layers],
    role: 'container',
    write: (to) => ({ type: 'sequential', layers: to.layers(layers) }) as WrittenLayer,
    build: (context, x) => context.nested(layers, x),
  };
  const build: Sequential['build'] = (graph, x, mode = 'infer', initializers = new Map(), groups) => {
    refuseCycles(layers);
    const { result, ...built } = buildInto(
      'sequential',
      graph,
      { mode, initializers, residualBlocks: () => residualBlocks, ...(groups ? { groups } : {}) },
      (scope) => scope.run(layers, x),
    );
    return { output: result, outputs: { [SEQUENTIAL.output]: result }, ...built };
  };
  const parts = { kind: 'sequential' as const, layers, layer, build };
  return Object.assign((x: Value) => callOn(layer, [x], (context) => layer.build(context, x)), parts);
}

/** Throws a UsageError where a block was put into a list that it was made from. `done` holds the blocks that have been looked at. */
function refuseCycles(layers: readonly Layer[], open: readonly Layer[] = [], done = new Set<Layer>()): void {
  for (const layer of layers) {
    if (open.includes(layer)) throw new UsageError(`sequential: a block contains itself, a ${layer.kind}: give it layers of its own`);
    if (open.length > LIMITS.depth) throw new UsageError(`sequential: expected at most ${LIMITS.depth} blocks within blocks`);
    if (done.has(layer)) continue;
    for (const list of layer?.inside ?? []) refuseCycles(list, [...open, layer], done);
    done.add(layer);
  }
}

/**
 * Prints a table of the layers: path, output, parameters.
 *
 * @param model - From `sequential`.
 * @param features - Numbers in a sample.
 * @returns The table, several lines of text.
 * @throws UsageError for what is no model; ShapeError where a layer does not fit.
 * @example
 * console.log(summary(sequential([dense(16), relu(), dense(2)]), 5));
 */
export function summary(model: Sequential, features: number): string {
  if (model?.kind !== 'sequential' || !Array.isArray(model.layers))
    throw new UsageError(`summary: expected a model, as sequential([...]) makes it, got ${showGiven(model)}`);
  requireInteger('summary: features', features);
  const graph = new Graph();
  const initializers: Initializers = new Map();
  model.build(graph, graph.input('x', [1, features], { batch: true }), 'infer', initializers);
  const paths = new LayerPaths();
  const rows = model.layers.map((layer) => {
    const path = paths.next('', layer.kind, layer.givenName);
    let parameters = 0;
    for (const [name, { shape }] of initializers) if (name.startsWith(`${path}/`)) parameters += sizeOf(shape);
    const node = graph.nodes.findLast((n) => n.name === path || n.name.startsWith(`${path}/`));
    return [path, node ? `[batch, ${node.outputs[0]!.type.shape.slice(1).join(', ')}]` : 'as before', count(parameters)];
  });
  const total = [...initializers.values()].reduce((n, { shape }) => n + sizeOf(shape), 0);
  const table = [['layer', 'output', 'parameters'], ...rows, ['all', '', count(total)]];
  const widths = [0, 1, 2].map((c) => Math.max(...table.map((row) => row[c]!.length)));
  return table.map((row) => `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padEnd(widths[1]!)}  ${row[2]!.padStart(widths[2]!)}`).join('\n');
}
