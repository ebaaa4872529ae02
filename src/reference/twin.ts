// The float64 twin of an op: its mathematical definition. Each is in the list of its file, and its attributes have the op's type.
import type { Node } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { InterpreterState } from './interpreter_state.ts';
import type { Tensor64 } from './tensor64.ts';

/** The outputs of a node from its inputs; ops with an effect change the state. */
export type Reference<Attrs = object> = (inputs: readonly Tensor64[], attrs: Attrs, node: Node, state: InterpreterState) => readonly Tensor64[];

/** The name of an op and its reference. */
export type Twin = readonly [op: string, reference: Reference];

export function twin<Attrs>(op: Op<Attrs>, reference: Reference<NoInfer<Attrs>>): Twin {
  return [op.name, reference as Reference];
}
