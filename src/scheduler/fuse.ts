// Runs fusing passes one after the other; what they do is the business of the ops (src/ops/fusions.ts).
import type { Node, Value } from '../graph/graph.ts';
import type { Fusion } from '../graph/op.ts';
import { verify } from '../graph/verify.ts';

export function fuse(
  nodes: readonly Node[],
  fusions: readonly Fusion[],
  targets: ReadonlySet<Value>,
  pinned: ReadonlySet<Value> = new Set(),
): { nodes: Node[]; fused: string[] } {
  let current: Node[] = [...nodes];
  const fused: string[] = [];
  for (const fusion of fusions) {
    const consumers = new Map<Value, Node[]>();
    const producers = new Map<Value, Node>();
    for (const node of current) {
      for (const input of new Set(node.inputs)) {
        const list = consumers.get(input);
        if (list) list.push(node);
        else consumers.set(input, [node]);
      }
      for (const output of node.outputs) producers.set(output, node);
    }
    const result = fusion.rewrite(current, {
      consumers: (value) => consumers.get(value) ?? [],
      producer: (value) => producers.get(value),
      kept: (value) => targets.has(value),
      pinned: (value) => pinned.has(value),
    });
    verify(result.nodes, fusion.name);
    current = result.nodes;
    fused.push(...result.fused.map((line) => `${fusion.name}: ${line}`));
  }
  return { nodes: current, fused };
}
