// Leaves out the fillings of padded rows that would change nothing: ordinary networks need none of them.
import type { Node, Value } from '../graph/graph.ts';
import type { Padding } from '../graph/op.ts';
import { type FillPaddingAttrs, fillPaddingOp } from '../ops/padding.ts';

/** Whether padded rows that hold `padding` are as good unfilled. */
function needless(padding: Padding, { value, finite }: FillPaddingAttrs): boolean {
  return finite ? padding !== 'any' : value === 0 && padding === 'zero';
}

/**
 * The nodes without those fillings, whose readers then read the unfilled value. What padded rows hold follows from node to node (`Op.padding`);
 * `wanted` values are kept as they are.
 */
export function dropNeedlessFilling(nodes: readonly Node[], wanted: ReadonlySet<Value>): Node[] {
  const replaced = new Map<Value, Value>();
  const paddings = new Map<Value, Padding>();
  return nodes.flatMap((node): Node[] => {
    const inputs = node.inputs.map((value) => replaced.get(value) ?? value);
    const held = inputs.map((value) => paddings.get(value) ?? (value.type.rowsPerSample > 0 ? (value.padding ?? 'any') : 'alike'));
    if (node.op === fillPaddingOp && !wanted.has(node.outputs[0]!) && needless(held[0]!, node.attrs as FillPaddingAttrs)) {
      replaced.set(node.outputs[0]!, inputs[0]!);
      return [];
    }
    const left = node.op.padding?.(held, node.attrs) ?? [];
    node.outputs.forEach((value, i) => {
      if (value.type.rowsPerSample > 0) paddings.set(value, left[i] ?? 'any');
    });
    return inputs.some((value, i) => value !== node.inputs[i]) ? [{ ...node, inputs }] : [node];
  });
}
