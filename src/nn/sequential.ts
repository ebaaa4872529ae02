// A model: layers in a row, built into a graph as often as a plan is wanted; parameters are shared by their paths.
import { ShapeError, UsageError } from '../errors.ts';
import { Graph, type Node, type Value } from '../graph/graph.ts';
import { LIMITS } from '../limits.ts';
import type { RunningUpdate } from '../ops/batch_norm.ts';
import { fold, type Key } from '../random.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { type Initial, initialValues } from './init.ts';
import { type Assignment, type BuildContext, type Layer, layersOf, showGiven, tooMany } from './layer.ts';
import { LayerPaths } from './names.ts';

/** What building a model leaves behind. */
export interface BuiltModel {
  readonly output: Value;
  /** The model's nodes, in the order of computation: what can be seen of its layers is derived from them. */
  readonly nodes: readonly Node[];
  /** Running statistics that a training step moves. */
  readonly updates: readonly RunningUpdate[];
  /** Buffers that a training step sets. */
  readonly assignments: readonly Assignment[];
}

/** How each parameter and running statistic starts, by path. */
export type Initials = Map<string, { shape: readonly number[]; initial: Initial }>;

export class Sequential {
  readonly layers: readonly Layer[];

  constructor(layers: readonly Layer[]) {
    this.layers = layersOf('sequential', layers);
  }

  /**
   * Appends the model to a graph, in inference mode by default: `model.build(graph, x).output`. `initials` collects how its parameters start. Throws ShapeError where a layer does not fit, UsageError where a block contains itself.
   */
  build(graph: Graph, x: Value, mode: 'train' | 'infer' = 'infer', initials: Initials = new Map()): BuiltModel {
    refuseCycles(this.layers);
    const first = graph.nodes.length;
    const updates: RunningUpdate[] = [];
    const assignments: Assignment[] = [];
    const residualBlocks = this.layers.reduce((n, layer) => n + layer.residualBlocks, 0);
    const declare = (path: string, shape: readonly number[], initial: Initial): void => {
      initials.set(path, { shape, initial });
    };
    const paths = new LayerPaths();
    let built = 0;
    let depth = 0;
    const run = (layers: readonly Layer[], input: Value, prefix: string): Value => {
      let value = input;
      built += layers.length;
      if (built > LIMITS.layers) throw tooMany('sequential', built);
      // A layer of one's own may build itself.
      if (depth++ > LIMITS.depth)
        throw new UsageError(`${prefix.slice(0, 40)}...: expected at most ${LIMITS.depth} blocks within blocks: does one contain itself?`);
      layers.forEach((layer) => {
        const path = paths.next(prefix, layer.kind);
        const context: BuildContext = {
          graph,
          mode,
          updates,
          assignments,
          residualBlocks,
          path,
          parameter: (name, shape, initial, options) => {
            declare(`${path}/${name}`, shape, initial);
            return graph.parameter(`${path}/${name}`, shape, options);
          },
          running: (name, shape, start) => {
            declare(`${path}/${name}`, shape, { scheme: 'constant', value: start });
            return graph.running(`${path}/${name}`, shape);
          },
          nested: (inner, start, below = '') => run(inner, start, `${path}/${below}`),
        };
        value = layer.build(context, value);
      });
      depth--;
      return value;
    };
    const output = run(this.layers, x, '');
    const nodes = graph.nodes.slice(first);
    if (!nodes.some((node) => node.inputs.some((value) => value.origin === 'parameter')))
      throw new UsageError('sequential: a model needs at least one layer with weights, a dense layer for one');
    return { output, nodes, updates, assignments };
  }

  /** Features per sample of the output for an input of this many features. */
  outputWidth(features: number): number {
    const graph = new Graph();
    const shape = this.build(graph, graph.input('x', [1, features], { batch: true }), 'infer', new Map()).output.type.shape;
    if (shape.length !== 2) throw new ShapeError(`the model's output must be [batch, features], got ${shapeText(shape)}`);
    return shape[1]!;
  }
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

/** A model of layers in a row; nested lists (from `repeat`) are laid flat. Throws a UsageError. */
export function sequential(layers: readonly (Layer | readonly Layer[])[]): Sequential {
  if (!Array.isArray(layers)) throw new UsageError(`sequential: expected a list of layers, got ${showGiven(layers)}`);
  return new Sequential(layers.flat() as Layer[]);
}

/** First values of parameters and running statistics from a key. */
export function startingValues(initials: Initials, key: Key): Map<string, Float32Array> {
  return new Map([...initials].map(([path, { shape, initial }]) => [path, initialValues(initial, shape, fold(key, path), path)]));
}

/** A table of the layers: path, output, parameters. */
export function summary(model: Sequential, features: number): string {
  const graph = new Graph();
  const initials: Initials = new Map();
  model.build(graph, graph.input('x', [1, features], { batch: true }), 'infer', initials);
  const paths = new LayerPaths();
  const rows = model.layers.map((layer) => {
    const path = paths.next('', layer.kind);
    let count = 0;
    for (const [name, { shape }] of initials) if (name.startsWith(`${path}/`)) count += sizeOf(shape);
    const node = graph.nodes.findLast((n) => n.name === path || n.name.startsWith(`${path}/`));
    return [path, node ? `[batch, ${node.outputs[0]!.type.shape.slice(1).join(', ')}]` : 'as before', count.toLocaleString('en-US')];
  });
  const total = [...initials.values()].reduce((n, { shape }) => n + sizeOf(shape), 0);
  const table = [['layer', 'output', 'parameters'], ...rows, ['all', '', total.toLocaleString('en-US')]];
  const widths = [0, 1, 2].map((c) => Math.max(...table.map((row) => row[c]!.length)));
  return table.map((row) => `${row[0]!.padEnd(widths[0]!)}  ${row[1]!.padEnd(widths[1]!)}  ${row[2]!.padStart(widths[2]!)}`).join('\n');
}
