// Checks the arguments of functions of values; errors start with the function's name.
import { type FathomError, ShapeError, show, UsageError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import type { Op } from '../../graph/op.ts';
import { isSizes, shapeText } from '../../shape.ts';

/** A value, or a number that stands for a tensor full of it. */
export type Operand = Value | number;

export const isValue = (x: unknown): x is Value => Graph.of(x) !== undefined;

/** The graph that was asked for last: that of the op which is being appended. */
let current: Graph | undefined;
/** How long graphs were before it; undefined where none is being appended. */
let before: Map<Graph, { readonly nodes: number; readonly values: number }> | undefined;

function mark(graph: Graph | undefined): void {
  if (graph && before && !before.has(graph)) before.set(graph, { nodes: graph.nodes.length, values: graph.values.length });
}

/** The graph of an op's operands. Throws a UsageError for what is no value, and for values of several graphs. */
export function graphOf(op: string, operands: Readonly<Record<string, unknown>>): Graph {
  let first: { name: string; graph: Graph } | undefined;
  for (const [name, x] of Object.entries(operands)) {
    const graph = Graph.of(x);
    if (!graph) throw noValue(op, name, x);
    if (first && first.graph !== graph) throw new UsageError(`${op}: ${first.name} and ${name} belong to two graphs: expected values of one`);
    first ??= { name, graph };
  }
  current = first!.graph;
  mark(current);
  return current;
}

function noValue(op: string, name: string, x: unknown): UsageError {
  const isLayer = (typeof x === 'object' || typeof x === 'function') && x !== null && 'build' in x;
  return new UsageError(
    isLayer
      ? `${op}: ${name}: expected a value, got a ${'residualBlocks' in x && 'kind' in x ? `${String(x.kind)} layer` : 'model'}: functions of fathom-webgpu/ops take values; layers go into sequential([...])`
      : `${op}: ${name}: expected a value of a graph, got ${typeof x === 'function' ? 'a function' : show(x)}`,
  );
}

/** How the message of an op begins, `subtract at 2.own/subtract: ` or, of an operand, `matmul at 2.own/matmul, b: `: path of the layer, operand. */
const SAID_BY_OP = /^\w+ at (?:(\S+)\/)?[^/\s,]+(?:, (\w+))?: /;

/** Errors of `named`, by what they say after its name. */
const said = new WeakMap<Error, { readonly where: string; readonly what: string }>();

/**
 * What `body` throws begins with the name of the function that was called, and has no other: neither those of ops nor of functions that it calls in turn. A graph is
 * then as it was: constants and parts that had been appended are gone.
 */
export function named<Result>(op: string, body: () => Result): Result {
  const outer = before;
  before ??= new Map();
  mark(current);
  try {
    return body();
  } catch (error) {
    for (const [graph, { nodes, values }] of outer ? [] : before) {
      graph.nodes.length = nodes;
      graph.values.length = values;
    }
    if (!(error instanceof ShapeError || error instanceof UsageError) || error.message.startsWith(`${op}: `)) throw error;
    const [start = '', layer, operand] = SAID_BY_OP.exec(error.message) ?? [];
    const { where, what } = said.get(error) ?? {
      where: layer ? ` at ${layer}` : '',
      what: `${operand ? `${operand}: ` : ''}${error.message.slice(start.length)}`,
    };
    const renamed = new (error.constructor as new (message: string, options: ErrorOptions) => FathomError)(`${op}${where}: ${what}`, { cause: error });
    said.set(renamed, { where, what });
    throw renamed;
  } finally {
    before = outer;
  }
}

export function axisOf(op: string, { type: { shape } }: Value, axis: unknown): number {
  if (!Number.isInteger(axis) || (axis as number) < -shape.length || (axis as number) >= shape.length)
    throw new UsageError(`${op}: axis: expected an integer from ${-shape.length} to ${shape.length - 1} for ${shapeText(shape)}, got ${show(axis)}`);
  return (axis as number) < 0 ? (axis as number) + shape.length : (axis as number);
}

export function shapeOf(op: string, name: string, shape: unknown, min = 1): readonly number[] {
  if (!isSizes(shape, min)) throw new UsageError(`${op}: ${name}: expected a list of integers of at least ${min}, got ${show(shape)}`);
  return shape;
}

export const one = <Attrs>(graph: Graph, op: Op<Attrs>, inputs: readonly Value[], attrs: NoInfer<Attrs>): Value => graph.apply(op, inputs, attrs)[0]!;
