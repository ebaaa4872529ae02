// Nodes become dispatch requests; every op lowers itself. An alias needs none.
import { UsageError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { BufferName, Capabilities, DispatchRequest, Emitter, Target } from '../graph/op.ts';
import type { When } from '../groups.ts';
import type { ParameterLayout } from '../layout.ts';
import type { Aliases } from '../ops/aliases.ts';
import { kernelsOf } from '../ops/kernel_choice.ts';
import { f32, sizeOf } from '../shape.ts';

export interface Request extends DispatchRequest {
  readonly label: string;
  readonly when: When;
}

/** One dispatch, or those of a walk through the activations, whose number depends on where these lie. */
export interface Lowered {
  /** The values that must be in memory. */
  readonly values: readonly Value[];
  readonly together: readonly (readonly Value[])[];
  /** Of the values those that lie apart from the activations. */
  readonly apart: readonly Value[];
  requests(bufferOf: (value: Value) => BufferName): readonly Request[];
}

const boundBy = ({ bindings, moreBindings = [] }: DispatchRequest): Value[] =>
  [...Object.values<Target>(bindings), ...moreBindings.map(({ target }) => target)].filter((target) => target.kind === 'value');

export function lower(nodes: readonly Node[], capabilities: Capabilities, layout: ParameterLayout, aliases: Aliases): Lowered[] {
  const lowered: Lowered[] = [];
  let scratchId = -1;
  for (const node of nodes) {
    if (aliases.isAlias(node)) continue;
    /** Where the dispatches of a walk go while its body runs. */
    let walked: Request[] | undefined;
    const scratch = (name: string, words: number): Value => {
      if (walked) throw new UsageError(`${node.name} (${node.op.name}): scratch memory must be asked for before the walk`);
      return { kind: 'value', id: scratchId--, name: `${node.name}/${name}`, type: f32(words), origin: 'scratch' };
    };
    const push = (asked: DispatchRequest): void => {
      const { when = { groups: [node.group], unless: [] } } = asked;
      const request: Request = { ...asked, label: `${asked.kernel.name} ${node.name}`, when };
      if (walked) walked.push(request);
      else
        lowered.push({
          values: [...boundBy(request), ...(request.reads ?? []), ...(request.writes ?? [])],
          together: [],
          apart: [],
          requests: () => [request],
        });
    };
    const emit: Emitter = {
      capabilities,
      layout,
      scratch,
      walk: ({ reads, writes = [], together = [], apart = [] }, body) => {
        lowered.push({
          values: [...reads, ...writes, ...apart],
          together,
          apart,
          requests: (bufferOf) => {
            const requests: Request[] = [];
            walked = requests;
            body(bufferOf);
            walked = undefined;
            return requests;
          },
        });
      },
      dispatch: (request) => {
        // WebGPU refuses one range bound twice as read_write: what lies where another binding lies already is copied first.
        const seen = new Set<Value | string>();
        const distinct = (target: Target, name: string): Target => {
          if (target.kind !== 'value') return target;
          const range = aliases.gradientSlotOf(target) ?? aliases.root(target);
          if (!seen.has(range)) {
            seen.add(range);
            return target;
          }
          const copy = scratch(`copy_${name}`, sizeOf(target.type.shape));
          push({ ...kernelsOf('seldom').copyRequest(target, copy), ...(request.when ? { when: request.when } : {}) });
          return copy;
        };
        const bindings = Object.fromEntries(Object.entries<Target>(request.bindings).map(([name, target]) => [name, distinct(target, name)]));
        const moreBindings = request.moreBindings?.map(({ access, target }, i) => ({ access, target: distinct(target, `more_${i}`) }));
        push({ ...request, bindings, ...(moreBindings ? { moreBindings } : {}) } as DispatchRequest);
      },
    };
    node.op.lower(emit, node);
  }
  return lowered;
}
