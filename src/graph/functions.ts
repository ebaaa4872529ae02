// Custom functions made of several ops: found among the nodes of a layer, so that probes show what such an activation does to its input.
import { signalOf } from './flow.ts';
import type { Node, Value } from './graph.ts';

/** A function of a value, element by element, that stands after it. */
export interface OwnFunction {
  readonly name: string;
  /** What it makes of the value. */
  readonly h: Value;
  /** How many of its nodes read the value: where there are more readers, the value is needed elsewhere. */
  readonly readers: number;
}

/**
 * The functions in the nodes of a layer: from its input x, or from what a weight, a bias or a norm gives, through ops that work element by element and
 * are not all linear, to the one value that is used after them.
 */
export function functionsIn(nodes: readonly Node[], x: Value, output: Value): Map<Value, Omit<OwnFunction, 'name'>> {
  const data = new Set([x]);
  const starts = [x];
  /** What belongs to the layer itself; a function starts after it. */
  const parts = new Set<Node>();
  for (const node of nodes) {
    const { inputs, outputs } = node;
    if (!inputs.some((value) => data.has(value))) continue;
    for (const value of outputs) data.add(value);
    const signal = signalOf(node);
    if (signal && ['product', 'bias', 'norm'].includes(signal.kind)) {
      starts.push(outputs[0]!);
      parts.add(node);
    }
  }
  const found = new Map<Value, Omit<OwnFunction, 'name'>>();
  for (const z of starts) {
    const inside = new Set([z]);
    const region = new Set<Node>();
    let linear = true;
    for (const node of nodes) {
      const taken = node.inputs.map((value) => inside.has(value));
      if (!node.op.elementwise || parts.has(node) || !taken.includes(true) || node.inputs.some((value, i) => !taken[i] && data.has(value))) continue;
      linear &&= isLinear(node.op.elementwise, taken);
      inside.add(node.outputs[0]!);
      region.add(node);
    }
    const used = new Set([output, ...nodes.filter((node) => !region.has(node)).flatMap(({ inputs }) => inputs)].filter((value) => inside.has(value)));
    const [h] = used;
    if (!linear && used.size === 1 && h !== z) found.set(z, { h: h!, readers: [...region].filter(({ inputs }) => inputs.includes(z)).length });
  }
  return found;
}

function isLinear(kind: 'linear' | 'product' | 'quotient' | 'curved', taken: readonly boolean[]): boolean {
  return kind === 'linear' || (kind === 'product' && !taken.every(Boolean)) || (kind === 'quotient' && !taken[1]);
}
