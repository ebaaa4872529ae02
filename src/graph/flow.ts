// How data flows through a graph from its inputs to its outputs: who reads a value, and which nodes every path passes (the trunk).
// A node dominates another where every path from the input to that one passes it (Cooper, Harvey, Kennedy 2001; nodes stand in the order of
// computation and there are no loops, so one pass is enough).
import type { Node, Value } from './graph.ts';
import type { Signal } from './op.ts';

/** Dominators along the paths from one input: of each node on such a path the nearest one, `undefined` for the input itself. */
type Dominators = ReadonlyMap<Node, Node | undefined>;

/** What a node does to the signal that passes through it. */
export function signalOf({ op, inputs }: Node): Signal | undefined {
  return typeof op.signal === 'function' ? op.signal(inputs.map(({ type }) => type)) : op.signal;
}

export class Flow {
  /** What every path from an input to an output passes, in the order of computation. Two inputs have a trunk each until they join; two outputs share one until they part. */
  readonly trunk: readonly Node[];
  readonly outputs: readonly Value[];
  /** The nodes that the outputs depend on, in the order of computation. */
  readonly nodes: readonly Node[];
  readonly #readers = new Map<Value, Node[]>();
  readonly #onTrunk: ReadonlySet<Node>;
  /** Of each input. */
  readonly #trunks: readonly ReadonlySet<Node>[];
  readonly #dominators: readonly Dominators[];

  constructor(nodes: readonly Node[], inputs: readonly Value[], outputs: readonly Value[]) {
    this.outputs = outputs;
    this.nodes = ancestors(nodes, outputs);
    const maker = new Map<Value, Node>();
    for (const node of this.nodes) {
      for (const value of node.outputs) maker.set(value, node);
      for (const value of new Set(node.inputs)) this.#readers.set(value, [...(this.#readers.get(value) ?? []), node]);
    }
    this.#dominators = inputs.map((input) => dominators(this.nodes, input, maker));
    this.#trunks = this.#dominators.map((nearest) => new Set(common(outputs.map((output) => pathTo(nearest, maker.get(output))))));
    const trunk = new Set(this.#trunks.flatMap((nodes) => [...nodes]));
    this.#onTrunk = trunk;
    this.trunk = this.nodes.filter((node) => trunk.has(node));
  }

  /** The one node that reads a value and nothing else does, the model's caller included. */
  onlyReader(value: Value): Node | undefined {
    const readers = this.#readers.get(value) ?? [];
    return readers.length === 1 && !this.outputs.includes(value) ? readers[0] : undefined;
  }

  /** How many nodes read a value. */
  readers(value: Value): number {
    return this.#readers.get(value)?.length ?? 0;
  }

  /** Whether the node's outputs depend on the input. */
  carriesData(node: Node): boolean {
    return this.#dominators.some((nearest) => nearest.has(node));
  }

  onTrunk(node: Node): boolean {
    return this.#onTrunk.has(node);
  }

  /** The inputs, by number, whose trunk a node is on; undefined where it is on that of each. */
  trunksOf(node: Node): number[] | undefined {
    const numbers = this.#trunks.flatMap((nodes, i) => (nodes.has(node) ? [i] : []));
    return numbers.length === this.#trunks.length ? undefined : numbers;
  }

  /** Where the branch of a node leaves the trunk (undefined: from an input), and where it comes back (undefined: nowhere, it ends in an output). */
  branch(node: Node): { from: Node | undefined; to: Node | undefined } {
    const nearest = this.#dominators.find((found) => found.has(node))!;
    let from = nearest.get(node);
    while (from && !this.#onTrunk.has(from)) from = nearest.get(from);
    return { from, to: this.trunk.find((at) => nearest.has(at) && nearest.get(at) === from) };
  }
}

/** The dominators of a node, itself the first. */
function pathTo(nearest: Dominators, from: Node | undefined): Node[] {
  const path: Node[] = [];
  for (let node = from; node && nearest.has(node); node = nearest.get(node)) path.push(node);
  return path;
}

/** The intersection of all lists that are not empty: an output that an input does not reach says nothing about its trunk. */
function common(lists: readonly (readonly Node[])[]): readonly Node[] {
  const [first = [], ...others] = lists.filter((list) => list.length > 0);
  return first.filter((node) => others.every((list) => list.includes(node)));
}

/** The nodes that values depend on, in their order. */
function ancestors(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const needed = new Set<Value>(outputs);
  return nodes
    .toReversed()
    .filter((node) => {
      if (!node.outputs.some((value) => needed.has(value))) return false;
      for (const value of node.inputs) needed.add(value);
      return true;
    })
    .reverse();
}

function dominators(nodes: readonly Node[], input: Value, maker: ReadonlyMap<Value, Node>): Dominators {
  const nearest = new Map<Node, Node | undefined>();
  const depth = new Map<Node | undefined, number>([[undefined, 0]]);
  for (const node of nodes) {
    // Weights, and what is made of weights alone, lie on no path from the input.
    const before = node.inputs.flatMap((value): (Node | undefined)[] => {
      if (value === input) return [undefined];
      const from = maker.get(value);
      return from && nearest.has(from) ? [from] : [];
    });
    if (before.length === 0) continue;
    const common = before.reduce((a, b) => {
      let [x, y] = [a, b];
      while (x !== y) {
        if (depth.get(x)! >= depth.get(y)!) x = nearest.get(x!);
        else y = nearest.get(y!);
      }
      return x;
    });
    nearest.set(node, common);
    depth.set(node, depth.get(common)! + 1);
  }
  return nearest;
}
