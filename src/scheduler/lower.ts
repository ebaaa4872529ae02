// Nodes become dispatch requests; every op lowers itself. An alias needs none.
import type { Node, Value } from '../graph/graph.ts';
import type { Capabilities, DispatchRequest, Emitter, Target } from '../graph/op.ts';
import type { When } from '../groups.ts';
import type { ParameterLayout } from '../layout.ts';
import { copyRequest } from '../ops/copy.ts';
import { f32, sizeOf } from '../shape.ts';
import type { Aliases } from './aliases.ts';

export interface Request extends DispatchRequest {
  readonly label: string;
  readonly when: When;
}

export function lower(nodes: readonly Node[], capabilities: Capabilities, layout: ParameterLayout, aliases: Aliases): Request[] {
  const requests: Request[] = [];
  let scratchId = -1;
  for (const node of nodes) {
    if (aliases.isAlias(node)) continue;
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
        // WebGPU refuses one range bound twice as read_write: what lies where another binding lies already is copied first.
        const seen = new Set<Value | string>();
        const apart = (target: Target, name: string): Target => {
          if (target.kind !== 'value') return target;
          const range = aliases.pin(target) ?? aliases.root(target);
          if (!seen.has(range)) {
            seen.add(range);
            return target;
          }
          const copy = scratch(`copy_${name}`, sizeOf(target.type.shape));
          push({ ...copyRequest(target, copy), ...(request.when ? { when: request.when } : {}) });
          return copy;
        };
        const bindings = Object.fromEntries(Object.entries<Target>(request.bindings).map(([name, target]) => [name, apart(target, name)]));
        const moreBindings = request.moreBindings?.map(({ access, target }, i) => ({ access, target: apart(target, `more_${i}`) }));
        push({ ...request, bindings, ...(moreBindings ? { moreBindings } : {}) } as DispatchRequest);
      },
    };
    node.op.lower(emit, node);
  }
  return requests;
}
