// Checked between passes, so that a mistake is caught where it is made.
import { UsageError } from '../errors.ts';
import { shapeText, type TensorType } from '../shape.ts';
import type { Node, Value } from './graph.ts';

/**
 * Throws unless every input is declared or computed before it is used and every value has one maker. Nodes that are not `known` are those that the pass
 * made: their outputs must be what the op infers.
 */
export function verify(nodes: readonly Node[], pass: string, known: ReadonlySet<Node> = new Set(nodes)): void {
  const made = new Set<Value>();
  for (const node of nodes) {
    for (const input of node.inputs)
      if (input.origin === 'node' && !made.has(input))
        throw new UsageError(`after ${pass}: ${node.name} (${node.op.name}) uses ${input.name} before it is computed`);
    for (const output of node.outputs) {
      if (made.has(output)) throw new UsageError(`after ${pass}: ${output.name} is computed twice`);
      made.add(output);
    }
    if (!known.has(node)) verifyTypes(node, pass);
  }
}

/**
 * Throws unless a node's outputs have the shapes and elements that its op infers. Whether axis 0 counts samples is not compared: where a filling of
 * padded rows was dropped as needless, the filled value counts samples and its reader does not.
 */
function verifyTypes({ op, name, inputs, outputs, attrs }: Node, pass: string): void {
  const inferred = op.infer(
    inputs.map(({ type }) => type),
    attrs,
    name,
  );
  const text = (types: readonly TensorType[]): string => types.map(({ dtype, shape }) => `${dtype} ${shapeText(shape)}`).join(', ') || 'nothing';
  const [expected, got] = [text(inferred), text(outputs.map(({ type }) => type))];
  if (expected !== got) throw new UsageError(`after ${pass}: ${name} (${op.name}) makes ${expected}, but its outputs are ${got}`);
}
