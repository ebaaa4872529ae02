// Fusing passes: each is a rewrite of the list of nodes, owned by the op family that it concerns (src/ops/fusions.ts).
import type { Node, Value } from '../graph/graph.ts';
import { verify } from '../graph/verify.ts';

/** What a pass may ask about the list that it rewrites. */
export interface FusionContext {
  /** Nodes that read a value. */
  consumers(value: Value): readonly Node[];
  /** The node that makes a value. */
  producer(value: Value): Node | undefined;
  /** True where the value must exist after the step or is watched: it may be written by a fused kernel, never left out. */
  kept(value: Value): boolean;
  /** True where the value lies in the gradient arena. */
  pinned(value: Value): boolean;
}

export interface Fusion {
  readonly name: string;
  /** The new list of nodes, and a line for each thing that was fused. */
  rewrite(nodes: readonly Node[], context: FusionContext): { nodes: Node[]; fused: string[] };
}

export function fuse(nodes: readonly Node[], fusions: readonly Fusion[], targets: ReadonlySet<Value>, pinned: ReadonlySet<Value> = new Set()): { nodes: Node[]; fused: string[] } {
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
