// Reverse-mode differentiation: appends the backward pass to a graph. Walks are iterative, so that a depth of 1,000 is ordinary.
import { ShapeError, show, UsageError } from './errors.ts';
import { Graph, type Value } from './graph/graph.ts';
import type { Gradient } from './graph/op.ts';
import { meanSeed } from './ops/constant.ts';
import { addOp } from './ops/elementwise.ts';
import { shapeText, sizeOf } from './shape.ts';

/**
 * Gradients of a loss with respect to every value that it depends on: appends the backward pass to the loss's graph. Gradients of values that are used
 * several times are added up.
 *
 * @param loss - One number for each row, `[rows]` or `[rows, 1]`, of which the mean over the true rows of the batch is meant, or a scalar.
 * @param seed - The gradient that arrives at `loss`, of its type; with it, `loss` may have any shape and nothing is averaged.
 * @returns The gradient of each value, of the value's type. Parameters and inputs of f32 are among them, and what lies between; targets of a loss object
 * (`mse()`, say) are not: they are data.
 * @throws UsageError where such targets are computed or are the model's input too, so that a part of the gradient would be missing, where `loss` is no value, is not computed, has several numbers in a row and no seed is given, or depends on what has no gradient;
 * ShapeError where the seed has another type.
 * @example
 * const gradient = differentiate(sum(max(model.build(graph, x).output, -1))).get(x); // saliency
 */
export function differentiate(loss: Value, seed: Value | null = null): Map<Value, Value> {
  const graph = Graph.of(loss);
  if (!graph) throw new UsageError(`differentiate: expected a value of a graph, got ${show(loss)}`);
  if (!graph.nodes.some((node) => node.outputs.includes(loss)))
    throw new UsageError(`differentiate: ${loss.name} is an ${loss.origin}, no result of this graph: give what was computed from it`);
  if (seed) checkSeed(graph, loss, seed);
  return backward(graph, loss, seed ?? seedOf(graph, loss));
}

/** The gradient of the mean over the rows, or of a scalar. */
function seedOf(graph: Graph, loss: Value): Value | null {
  const { shape, dtype } = loss.type;
  if (dtype !== 'f32') throw new UsageError(`differentiate: ${loss.name} holds ${dtype}, which has no gradient`);
  if (sizeOf(shape) !== (shape[0] ?? 1))
    throw new UsageError(
      `differentiate: ${loss.name} ${shapeText(shape)} has several numbers in a row: expected one, so take their sum or mean, or give a seed of that shape`,
    );
  return graph.scope('grad', () => meanSeed(graph, loss));
}

function checkSeed(graph: Graph, loss: Value, seed: Value): void {
  if (Graph.of(seed) !== graph) throw new UsageError(`differentiate: seed: expected a value of the graph of ${loss.name}, got ${show(seed)}`);
  const type = ({ type: { shape, dtype, rowsPerSample } }: Value): string => `${dtype} ${shapeText(shape)}${rowsPerSample ? ' of a batch' : ''}`;
  if (type(seed) !== type(loss)) throw new ShapeError(`differentiate: seed: expected ${type(loss)} as ${loss.name} is, got ${type(seed)}`);
}

/** The backward pass. The upstream gradient of the loss itself is `seed`, or null, by which a loss op, and no other, understands "1 / rows". */
export function backward(graph: Graph, loss: Value, seed: Value | null): Map<Value, Value> {
  const gradients = new Map<Value, Value>();
  const wanted = dependents(graph, ({ origin, type }) => origin === 'parameter' || (origin === 'input' && type.dtype === 'f32'));
  const forward = [...graph.nodes];
  const targets: [target: Value, name: string, use: string][] = [];
  for (let i = forward.length - 1; i >= 0; i--) {
    const node = forward[i]!;
    const isLoss = node.outputs.includes(loss);
    if (isLoss && !seed && !node.op.meansRows)
      throw new UsageError(`differentiate: ${loss.name} is made by ${node.op.name}, which is no loss: make it one by loss(name, f)`);
    const upstream: Gradient[] = node.outputs.map((value) => gradients.get(value) ?? (value === loss ? seed : null));
    if (!isLoss && upstream.every((g) => g === null)) continue;
    if (!node.inputs.some((value) => wanted.has(value))) continue;
    if (!node.op.vjp) throw new UsageError(`differentiate: ${node.name}: ${node.op.name} has no gradient, but the loss depends on it`);
    const use = node.op.withoutTargetGradient?.(node.attrs);
    if (use && wanted.has(node.inputs[1]!)) targets.push([node.inputs[1]!, node.name, use]);
    const contributions = graph.scope('grad', () => node.op.vjp!(graph, node, upstream));
    contributions.forEach((contribution, k) => {
      const input = node.inputs[k]!;
      if (!contribution || !wanted.has(input)) return;
      const before = gradients.get(input);
      gradients.set(input, before ? graph.apply(addOp, [before, contribution], {}, `grad/${input.name}`)[0]! : contribution);
    });
  }
  // Targets that are data need no gradient. Where they are made of parameters, or of an input of the model, a part of the sum would be missing.
  for (const [target, loss, use] of targets) {
    const missing = sourcesOf(graph, target).find((source) => source.origin === 'parameter' || gradients.has(source));
    if (missing)
      throw new UsageError(
        `differentiate: ${loss}: expected targets that are data, got ${target.name}, whose gradient for the ${missing.origin} ${missing.name} would be missing: use ${use}(...) of fathom-webgpu/ops, or stopGradient(...)`,
      );
  }
  return gradients;
}

/** These values and what depends on them. A gradient that arrives at what depends on a parameter, or an f32 input, must go on, or fail at an op that has none. */
export function dependents(graph: Graph, isSource: (value: Value) => boolean): Set<Value> {
  const set = new Set<Value>(graph.values.filter(isSource));
  for (const node of graph.nodes) if (!node.op.stops && node.inputs.some((value) => set.has(value))) for (const value of node.outputs) set.add(value);
  return set;
}

/** The parameters and inputs that a value depends on, where a gradient could pass. */
function sourcesOf(graph: Graph, value: Value): Value[] {
  const needed = new Set([value]);
  for (const { op, inputs, outputs } of graph.nodes.toReversed())
    if (!op.stops && outputs.some((output) => needed.has(output))) for (const input of inputs) needed.add(input);
  return [...needed].filter(({ origin }) => origin === 'parameter' || origin === 'input');
}
