// A graph as text, a line per node: for people and for snapshots.
import type { Node, Value } from './graph.ts';

const typed = (value: Value): string => `${value.name} ${value.type.dtype}[${value.type.shape}]`;

export function printNodes(nodes: readonly Node[]): string {
  return nodes.map((node) => `${node.outputs.map(typed).join(', ') || '-'} = ${node.op.name}(${node.inputs.map((v) => v.name).join(', ')})`).join('\n');
}
