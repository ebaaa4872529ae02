// Nodes become dispatch requests; every op lowers itself.
import type { Node, Value } from '../graph/graph.ts';
import type { Capabilities, DispatchRequest, Emitter, Target } from '../graph/op.ts';
import type { When } from '../groups.ts';
import type { ParameterLayout } from '../layout.ts';
import { copyRequest } from '../ops/copy.ts';
import { f32 } from '../shape.ts';

export interface Request extends DispatchRequest {
  readonly label: string;
  readonly when: When;
}

export function lower(nodes: readonly Node[], capabilities: Capabilities, layout: ParameterLayout): Request[] {
  const requests: Request[] = [];
  let scratchId = -1;
  for (const node of nodes) {
    const scratch = (name: string, words: number): Value => ({
      kind: 'value',
      id: scratchId--,
      name: `${node.name}/${name}`,
      type: f32(words),
      origin: 'scratch',
    });
    const push = (request: DispatchRequest): void => {
      const { when = { groups: [node.group], unless: [] } } = request;
      requests.push({ ...request, label: `${request.kernel.name} ${node.name}`, when });
    };
    const emit: Emitter = {
      capabilities,
      layout,
      scratch,
      dispatch: (request) => {
        // WebGPU refuses one range bound twice as read_write: a value that is used twice in a dispatch is copied first.
        const seen = new Set<Target>();
        const bindings = Object.fromEntries(
          Object.entries<Target>(request.bindings).map(([name, target]) => {
            if (target.kind !== 'value' || !seen.has(target)) {
              seen.add(target);
              return [name, target];
            }
            const copy = scratch(
              `copy_${name}`,
              target.type.shape.reduce((a, b) => a * b, 1),
            );
            push(copyRequest(target, copy));
            return [name, copy];
          }),
        );
        push({ ...request, bindings } as DispatchRequest);
      },
    };
    node.op.lower(emit, node);
  }
  return requests;
}
