// What probes can show of a model, derived from its finished graph: no layer has to request it. A tap is where a trained weight is multiplied
// with data; from there the bias, the norm and the activation that follow belong to it while nothing else reads the value between them. So a layer
// before a residual block that begins with batch norm keeps its own z: the block's shortcut reads it too.
import { Flow, signalOf } from '../graph/flow.ts';
import { Graph, type Node, type Value } from '../graph/graph.ts';
import type { Signal } from '../graph/op.ts';
import { type ActivationAttrs, LINEAR } from '../ops/activations.ts';
import type { JoinInfo, LayerInfo } from './history.ts';

/** What a probe can look at. */
export interface Place {
  /** Input of the activation, and its output; the same value where there is no activation. */
  readonly z: Value;
  readonly h: Value;
  /** What the activation is, and its parameters. */
  readonly act: ActivationAttrs;
}

/** A layer: a trained weight that data are multiplied with, and what belongs to it. */
export interface Tap extends Place, LayerInfo {
  /** A parameter, or a buffer where it is frozen. */
  readonly weight: Value;
  readonly product: Node;
  readonly bias?: Value;
  readonly norm?: Node;
}

/** Where the branches of the trunk come together again. */
export interface Join extends Place, JoinInfo {}

export interface Taps {
  /** In the order of the trunk, branches after what they leave from. */
  readonly layers: readonly Tap[];
  readonly joins: readonly Join[];
}

/** How a branch that leaves from the model's input says it. */
export const INPUT = 'input';

/** A model in a graph: its nodes, in the order of computation. */
export interface Forward {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Value[];
  readonly outputs: Readonly<Record<string, Value>>;
}

export function deriveTaps({ nodes, inputs, outputs }: Forward): Taps {
  const flow = new Flow(nodes, inputs, Object.values(outputs));
  const weights = weightsOf(flow);
  const found = new Map<Node, Omit<Tap, 'name' | 'trunk' | 'branchOf' | 'residual'>>();
  for (const node of flow.nodes) {
    const weight = weights.get(node);
    const signal = signalOf(node);
    if (!weight || signal?.kind !== 'product') continue;
    const fanIn = signal.fanIn(
      node.inputs.map((value) => value.type),
      node.attrs,
    );
    found.set(node, { weight, product: node, fanIn, ...follow(flow, node.outputs[0]!) });
  }

  const leaving = new Map<Node | undefined, { node: Node; to: Node | undefined }[]>();
  const meeting = new Set<Node | undefined>();
  for (const node of found.keys()) {
    if (flow.onTrunk(node)) continue;
    const { from, to } = flow.branch(node);
    leaving.set(from, [...(leaving.get(from) ?? []), { node, to }]);
    meeting.add(to);
  }
  const names = namesOf([...found.values()]);
  const layers: Tap[] = [];
  const joins: Join[] = [];
  // The layer or join of the trunk that was passed last: branches are told by it.
  let passed = INPUT;
  const add = (node: Node, place: Pick<Tap, 'trunk' | 'branchOf' | 'residual' | 'inputs'>): void =>
    void layers.push({ name: names.get(node)!, ...found.get(node)!, ...place });
  const inputsOf = (node: Node): { inputs?: string[] } => {
    const numbers = flow.trunksOf(node);
    return numbers ? { inputs: numbers.map((i) => inputs[i]!.name) } : {};
  };
  for (const at of [undefined, ...flow.trunk]) {
    if (at && found.has(at)) {
      add(at, { trunk: true, residual: false, ...inputsOf(at) });
      passed = names.get(at)!;
    }
    if (at && meeting.has(at)) {
      const { z, h, act, activation, role, width } = follow(flow, at.outputs[0]!, ['activation', 'view']);
      joins.push({ name: at.name, z, h, act, activation, role, width, after: layers.length, ...inputsOf(at) });
      passed = at.name;
    }
    for (const { node, to } of leaving.get(at) ?? []) add(node, { trunk: false, branchOf: passed, residual: !!to && signalOf(to)?.kind === 'sum' });
  }
  return { layers, joins };
}

/** Their description in a history. */
export function infoOf({ layers, joins }: Taps): { layers: LayerInfo[]; joins?: JoinInfo[] } {
  return {
    layers: layers.map(({ name, role, activation, fanIn, width, batchNorm, residual, trunk, branchOf, inputs, weight, norm }) => ({
      ...{ name, role, activation, fanIn, width, batchNorm, residual, trunk },
      ...(norm && !batchNorm ? { normalised: true } : {}),
      ...(branchOf === undefined ? {} : { branchOf }),
      ...(inputs ? { inputs } : {}),
      ...(weight.frozen ? { frozen: true } : {}),
    })) as LayerInfo[],
    ...(joins.length > 0
      ? { joins: joins.map(({ name, role, activation, width, after, inputs }) => ({ name, role, activation, width, after, ...(inputs ? { inputs } : {}) })) }
      : {}),
  };
}

/** What belongs to a value: the parts named, each once, an activation last, while the value has one reader. */
function follow(
  flow: Flow,
  value: Value,
  parts: readonly Signal['kind'][] = ['bias', 'norm', 'activation', 'view'],
): Pick<Tap, 'z' | 'h' | 'act' | 'activation' | 'batchNorm' | 'role' | 'width' | 'bias' | 'norm'> {
  let [z, h, act] = [value, value, LINEAR];
  let bias: Value | undefined;
  let norm: Node | undefined;
  let batchNorm = false;
  let at = value;
  for (;;) {
    const reader = flow.onlyReader(at);
    const own = Graph.of(at)!.functions.get(at);
    // Ours are known by name, and for what they are, in a custom layer too.
    if (own?.readers === flow.readers(at) && !(own.h === reader?.outputs[0] && signalOf(reader)?.kind === 'activation' && isActivation(reader.attrs))) {
      [z, h, act] = [at, own.h, { ...LINEAR, name: own.name }];
      break;
    }
    if (reader?.inputs[0] !== at || reader.outputs.length === 0) break;
    const signal = signalOf(reader);
    if (!signal || !parts.includes(signal.kind)) break;
    at = reader.outputs[0]!;
    // Another shape shows the same numbers: it counts only if something else of the layer follows.
    if (signal.kind === 'view') continue;
    if (signal.kind === 'activation') {
      // The op also computes exponentials, roots and the like.
      if (!isActivation(reader.attrs)) break;
      [z, h, act] = [reader.inputs[0]!, at, reader.attrs];
      break;
    }
    if (signal.kind === 'bias' ? bias : norm) break;
    if (signal.kind === 'bias') bias = reader.inputs[1]!;
    else {
      norm = reader;
      batchNorm = signal.kind === 'norm' && signal.batch;
    }
    z = h = at;
  }
  return {
    z,
    h,
    act,
    activation: act.name,
    batchNorm,
    role: isOutput(flow, h) ? 'output' : 'hidden',
    width: value.type.shape.at(-1) ?? 1,
    ...(bias ? { bias } : {}),
    ...(norm ? { norm } : {}),
  };
}

const isActivation = (attrs: ActivationAttrs): boolean => attrs.entry.file.startsWith('activations/');

/** Whether a value is the model's output, in another shape perhaps. */
function isOutput(flow: Flow, value: Value): boolean {
  let at = value;
  for (let reader = flow.onlyReader(at); reader && signalOf(reader)?.kind === 'view'; reader = flow.onlyReader(at)) at = reader.outputs[0]!;
  return flow.outputs.includes(at);
}

/** The weight of each product with data: a parameter, frozen or not. A weight that is made of one (its transpose, say, or a normalized one) is that one. */
function weightsOf(flow: Flow): Map<Node, Value> {
  const source = new Map<Value, Value>();
  const weightIn = (value: Value): Value | undefined => (value.origin === 'parameter' || value.frozen ? value : source.get(value));
  const products = new Map<Node, Value>();
  for (const node of flow.nodes) {
    if (flow.carriesData(node)) {
      const signal = signalOf(node);
      if (signal?.kind !== 'product') continue;
      const at = signal.weights.find((input) => weightIn(node.inputs[input]!) !== undefined);
      if (at !== undefined) products.set(node, weightIn(node.inputs[at]!)!);
    } else {
      const from = new Set(node.inputs.flatMap((value) => weightIn(value) ?? []).filter((value) => value.type.shape.length > 1));
      if (from.size === 1) for (const value of node.outputs) source.set(value, [...from][0]!);
    }
  }
  return products;
}

/**
 * The path of the layer that has the weight; that of the weight where the layer has others, in itself or below. A weight that is used
 * again is counted on.
 */
function namesOf(found: readonly Pick<Tap, 'weight' | 'product'>[]): Map<Node, string> {
  const paths = [...new Set(found.map(({ weight }) => weight.name))];
  const used = new Map<string, number>();
  return new Map(
    found.map(({ weight, product }) => {
      const layer = weight.name.slice(0, weight.name.lastIndexOf('/'));
      const name = layer && paths.every((path) => path === weight.name || !path.startsWith(`${layer}/`)) ? layer : weight.name;
      const count = (used.get(name) ?? 0) + 1;
      used.set(name, count);
      return [product, count === 1 ? name : `${name}:${count}`];
    }),
  );
}
