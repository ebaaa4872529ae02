// One node of a graph in a graph of its own: its inputs are given from outside, and it lowers to the dispatches that it has in the whole.
import { FathomError } from '../errors.ts';
import { Graph, type Node, type Value } from '../graph/graph.ts';
import type { Capabilities } from '../graph/op.ts';
import { sourcesKey } from '../kernel.ts';
import type { Dispatch, Plan } from '../scheduler/plan.ts';
import { schedule } from '../scheduler/schedule.ts';
import type { Source } from './origin.ts';

/** What tells a pipeline from all others: the same as in src/gpu/pipelines.ts. */
export const variantOf = ({ sources, overrides }: Dispatch): string => `${sourcesKey(sources)} ${JSON.stringify(overrides)}`;

/** A node by itself. */
export interface Isolated {
  readonly node: Node;
  readonly graph: Graph;
  readonly plan: Plan;
  /** Which parameter a gradient belongs to, of the values of `graph`. */
  readonly slots: ReadonlyMap<Value, string>;
  /** The value of the whole graph that each input of `graph` stands for. */
  readonly originals: ReadonlyMap<Value, Value>;
  /** The outputs that are compared. */
  readonly outputs: readonly Value[];
}

/** Ops that leave partial sums of squares, whose single numbers are the kernel's own business: who reads them is run together with them. */
export const SUMS: ReadonlySet<string> = new Set(['squared_norm', 'dense_weight_grads']);

/** Undefined for a node that needs no dispatch, or that cannot stand by itself. All kernels are to be loaded before. */
export function isolate(source: Source, node: Node, capabilities: Capabilities): Isolated | undefined {
  // What sums over a batch whose padding needs no filling refuses it as a batch.
  for (const batched of [true, false])
    try {
      return isolateAs(source, node, capabilities, batched);
    } catch (error) {
      if (!(error instanceof FathomError)) throw error;
    }
  return undefined;
}

function isolateAs(
  { graph: whole, makers, options: { gradientSlots = new Map() } }: Source,
  node: Node,
  capabilities: Capabilities,
  batched: boolean,
): Isolated | undefined {
  const graph = new Graph();
  const slots = new Map<Value, string>();
  const originals = new Map<Value, Value>();
  const given = new Map<Value, Value>();
  const slotted = (old: Value, value: Value): void => {
    const path = gradientSlots.get(old);
    if (path === undefined) return;
    declare(graph, whole.find(path)!);
    slots.set(value, path);
  };
  // Kernels that walk whole arenas know parameters by the layout alone.
  if (node.op.effect || node.inputs.length === 0) for (const value of whole.values) if (value.origin === 'parameter') declare(graph, value);
  const give = (old: Value): Value => {
    let value = given.get(old);
    if (value) return value;
    const maker = makers.get(old);
    if (maker && node.op.name === 'segment_norm' && SUMS.has(maker.op.name)) {
      append(maker);
      return given.get(old)!;
    }
    value =
      old.origin === 'parameter' || old.origin === 'buffer'
        ? declare(graph, old)
        : graph.input(`${old.name}#${old.id}`, batched ? old.type : { ...old.type, rowsPerSample: 0 });
    given.set(old, value);
    originals.set(value, old);
    slotted(old, value);
    return value;
  };
  const append = ({ op, inputs, outputs, attrs, name, group }: Node): readonly Value[] => {
    const made = graph.apply(op, inputs.map(give), attrs, name, group);
    outputs.forEach((old, i) => {
      given.set(old, made[i]!);
      slotted(old, made[i]!);
    });
    return made;
  };
  const outputs = append(node);
  const inputs = graph.values.filter(({ origin }) => origin === 'input');
  const plan = schedule(graph, { capabilities, gradientSlots: slots, retain: [...inputs, ...outputs], fuse: false });
  return plan.dispatches.length === 0 ? undefined : { node, graph, plan, slots, originals, outputs };
}

function declare(graph: Graph, { origin, name, type, options, frozen }: Value): Value {
  return origin === 'buffer' ? graph.buffer(name, type.shape, frozen) : graph.parameter(name, type.shape, options);
}
