// Runs fusing passes one after the other; what they do is the business of the ops (src/ops/fusions.ts).
import type { Node, Value } from '../graph/graph.ts';
import type { Fusion, FusionContext } from '../graph/op.ts';
import { verify } from '../graph/verify.ts';
import type { TensorType } from '../shape.ts';

export function fuse(
  nodes: readonly Node[],
  fusions: readonly Fusion[],
  targets: ReadonlySet<Value>,
  gradientSlots: ReadonlySet<Value> = new Set(),
): { nodes: Node[]; fused: string[] } {
  let current: Node[] = [...nodes];
  const fused: string[] = [];
  let id = nodes.reduce((max, node) => [...node.inputs, ...node.outputs].reduce((m, value) => Math.max(m, value.id), max), -1);
  const create = (name: string, type: TensorType): Value => ({ kind: 'value', id: ++id, name, type, origin: 'node' });
  for (const fusion of fusions) {
    const result = fusion.rewrite(current, contextOf(current, targets, gradientSlots, create));
    verify(result.nodes, fusion.name, new Set(current));
    current = result.nodes;
    fused.push(...result.fused.map((line) => `${fusion.name}: ${line}`));
  }
  return { nodes: current, fused };
}

function contextOf(
  nodes: readonly Node[],
  targets: ReadonlySet<Value>,
  gradientSlots: ReadonlySet<Value>,
  create: (name: string, type: TensorType) => Value,
): FusionContext {
  const consumers = new Map<Value, Node[]>();
  const sources = new Map<Value, Value>();
  for (const node of nodes) {
    for (const input of new Set(node.inputs)) {
      const list = consumers.get(input);
      if (list) list.push(node);
      else consumers.set(input, [node]);
    }
    if (node.op.alias) sources.set(node.outputs[0]!, node.inputs[0]!);
  }
  const direct = (value: Value): readonly Node[] => consumers.get(value) ?? [];
  const aliases = (value: Value): Node[] => direct(value).flatMap((node) => (node.op.alias ? [node, ...aliases(node.outputs[0]!)] : []));
  const below = (value: Value): Value[] => [value, ...aliases(value).map((node) => node.outputs[0]!)];
  const root = (value: Value): Value => {
    let at = value;
    for (let source = sources.get(at); source; source = sources.get(at)) at = source;
    return at;
  };
  const pinnedAs = (value: Value): Value | undefined => {
    if (gradientSlots.has(value)) return value;
    const [reader, ...more] = direct(value);
    return reader?.op.alias && more.length === 0 && !targets.has(value) ? pinnedAs(reader.outputs[0]!) : undefined;
  };
  return {
    node: (op, inputs, attrs, { name, group, outputs }) => {
      const types = op.infer(
        inputs.map(({ type }) => type),
        attrs,
        name,
      );
      return { op, name, inputs, attrs, group, outputs: outputs.map((value, i) => value ?? create(i === 0 ? name : `${name}:${i}`, types[i]!)) };
    },
    aliases,
    readers: (value) => [...new Set(below(value).flatMap((v) => direct(v).filter((node) => !node.op.alias)))],
    root,
    retained: (value) => below(value).some((v) => targets.has(v)),
    pinnedAs,
    activation: (value) => ['node', 'input'].includes(root(value).origin) && !below(root(value)).some((v) => gradientSlots.has(v)),
  };
}
