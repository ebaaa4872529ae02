// Reverse-mode differentiation: appends the backward pass to a graph. Walks are iterative, so that a depth of 1,000 is ordinary.
import { UsageError } from './errors.ts';
import type { Graph, Value } from './graph/graph.ts';
import type { Gradient } from './graph/op.ts';
import { addOp } from './ops/elementwise.ts';

/**
 * Gradients of the mean of `loss` (one loss per row, mean over the true rows of the batch) with respect to every value
 * that it depends on. Gradients of values used several times are added up. The upstream gradient of `loss` itself is
 * `seed`, or null, by which a loss op understands "1 / rows".
 */
export function differentiate(graph: Graph, loss: Value, seed: Value | null = null): Map<Value, Value> {
  const gradients = new Map<Value, Value>();
  const wanted = reaching(graph);
  const forward = [...graph.nodes];
  let found = false;
  for (let i = forward.length - 1; i >= 0; i--) {
    const node = forward[i]!;
    const isLoss = node.outputs.includes(loss);
    const upstream: Gradient[] = node.outputs.map((value) => gradients.get(value) ?? (value === loss ? seed : null));
    if (!isLoss && upstream.every((g) => g === null)) continue;
    found ||= isLoss;
    if (!node.inputs.some((value) => wanted.has(value))) continue;
    if (!node.op.vjp) throw new UsageError(`${node.name}: ${node.op.name} has no gradient, but the loss depends on it`);
    const contributions = graph.scope('grad', () => node.op.vjp!(graph, node, upstream));
    contributions.forEach((contribution, k) => {
      const input = node.inputs[k]!;
      if (!contribution || !wanted.has(input)) return;
      const before = gradients.get(input);
      gradients.set(input, before ? graph.apply(addOp, [before, contribution], {}, `grad/${input.name}`)[0]! : contribution);
    });
  }
  if (!found) throw new UsageError(`differentiate: ${loss.name} is not an output of this graph`);
  return gradients;
}

/** Values that depend on a parameter or an f32 input: a gradient that arrives at one must go on, or fail at an op that has none. */
function reaching(graph: Graph): Set<Value> {
  const set = new Set<Value>(graph.values.filter((value) => value.origin === 'parameter' || (value.origin === 'input' && value.type.dtype === 'f32')));
  for (const node of graph.nodes) if (node.inputs.some((value) => set.has(value))) for (const value of node.outputs) set.add(value);
  return set;
}
