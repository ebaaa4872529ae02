// Runs a graph in float64, node by node: the definition against which the GPU is tested.
import { requireMap, requireObject, show, UsageError } from '../errors.ts';
import { Graph, type Node, type Value } from '../graph/graph.ts';
import { sameShape, shapeText } from '../shape.ts';
import { arenaOf, createInterpreterState, type InterpreterState } from './interpreter_state.ts';
import { REFERENCE } from './operations.ts';
import type { Tensor64 } from './tensor64.ts';

/** What `interpret` may be told beside the inputs. */
export interface InterpretOptions {
  /** True rows of the batch; the rows after them are padding. All by default. */
  rows?: number;
  /** The nodes to run, such as a fused list; those of the graph by default. */
  nodes?: readonly Node[];
}

/**
 * Computes every value of a graph in float64, node by node.
 *
 * @param inputs - Inputs, parameters and running statistics by name, row-major.
 * @param options - True rows of the batch; all by default.
 * @param graph - The graph, with its backward pass where gradients are wanted.
 * @returns Each value with its tensor.
 * @throws UsageError where one is missing or has another shape.
 * @example
 * const values = interpret(graph, new Map([['x', tensor64([4, 3], (i) => i)]]));
 */
export function interpret(graph: Graph, inputs: ReadonlyMap<string, Tensor64>, options: InterpretOptions = {}): Map<Value, Tensor64> {
  if (!(graph instanceof Graph)) throw new UsageError(`interpret: expected a graph, got ${show(graph)}`);
  requireMap('interpret: inputs', inputs, 'a Map from name to tensor');
  requireObject('interpret: options', options, 'an object');
  const state = createInterpreterState(graph.values, options.rows === undefined ? {} : { rows: options.rows });
  state.run.step = 1;
  for (const value of graph.values) {
    const given = inputs.get(value.name);
    if (given && value.origin === 'parameter') arenaOf(state, 'parameters').set(value.name, given);
    if (given && value.origin === 'buffer') arenaOf(state, 'buffers').set(value.name, given);
  }
  return interpretStep(graph, state, inputs, options.nodes);
}

/**
 * Runs one step of a graph on a state, which it changes: parameters, optimizer states, run state.
 *
 * @param graph - The graph of a step.
 * @param state - From `createInterpreterState`.
 * @param inputs - Inputs by name; none by default.
 * @param nodes - The nodes to run; those of the graph by default.
 * @returns Each value with its tensor.
 * @throws UsageError where an input or parameter is missing or has another shape, and for an op without a reference.
 * @example
 * const world = createInterpreterState(graph.values, { parameters: new Map([['w', tensor64([3, 1], () => 0.1)]]) });
 * const values = interpretStep(graph, world, new Map([['x', tensor64([4, 3], (i) => i)]]));
 */
export function interpretStep(
  graph: Graph,
  state: InterpreterState,
  inputs: ReadonlyMap<string, Tensor64> = new Map(),
  nodes: readonly Node[] = graph?.nodes,
): Map<Value, Tensor64> {
  if (!(graph instanceof Graph)) throw new UsageError(`interpretStep: expected a graph, got ${show(graph)}`);
  requireMap('interpretStep: world', state?.values, 'a world, as createInterpreterState makes it');
  requireMap('interpretStep: inputs', inputs, 'a Map from name to tensor');
  for (const map of [state.values, state.preActivations, state.moments, state.histograms, state.norms, state.activity, state.spreads]) map.clear();
  for (const value of graph.values) {
    if (value.origin === 'node') continue;
    const tensor = value.origin === 'input' ? inputs.get(value.name) : arenaOf(state, value.origin === 'buffer' ? 'buffers' : 'parameters').get(value.name);
    if (!tensor) throw new UsageError(`interpret: ${value.name} has no value: give it by its name`);
    if (!sameShape(tensor.shape, value.type.shape))
      throw new UsageError(`interpret: ${value.name}: expected ${shapeText(value.type.shape)}, got ${shapeText(tensor.shape)}`);
    state.values.set(value, tensor);
  }
  for (const node of nodes) {
    const reference = REFERENCE[node.op.name];
    if (!reference) throw new UsageError(`interpret: there is no reference of ${node.op.name}`);
    const outputs = reference(
      node.inputs.map((value) => state.values.get(value)!),
      node.attrs,
      node,
      state,
    );
    node.outputs.forEach((value, i) => {
      state.values.set(value, outputs[i]!);
    });
  }
  return new Map(state.values);
}
