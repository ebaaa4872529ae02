// Checked between passes, so that a mistake is caught where it is made.
import { UsageError } from '../errors.ts';
import type { Node, Value } from './graph.ts';

/** Throws unless every input is declared or computed before it is used and every value has one maker. */
export function verify(nodes: readonly Node[], pass: string): void {
  const made = new Set<Value>();
  for (const node of nodes) {
    for (const input of node.inputs)
      if (input.origin === 'node' && !made.has(input))
        throw new UsageError(`after ${pass}: ${node.name} (${node.op.name}) uses ${input.name} before it is computed`);
    for (const output of node.outputs) {
      if (made.has(output)) throw new UsageError(`after ${pass}: ${output.name} is computed twice`);
      made.add(output);
    }
  }
}
