// Removes nodes that no output or effect needs.
import type { Node, Value } from '../graph/graph.ts';

/** The nodes that `targets` or an effect (update, statistics, log) depend on, in their order. */
export function prune(nodes: readonly Node[], targets: Iterable<Value>): Node[] {
  const needed = new Set<Value>(targets);
  const kept: Node[] = [];
  for (let i = nodes.length - 1; i >= 0; i--) {
    const node = nodes[i]!;
    if (!node.op.effect && !node.outputs.some((value) => needed.has(value))) continue;
    kept.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return kept.reverse();
}
