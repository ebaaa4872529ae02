// How data flows through a graph from its inputs to its output: who reads a value, and which nodes every path passes (the trunk).
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
  /** What every path from an input to the output passes, in the order of computation. Two inputs have a trunk each until they join. */
  readonly trunk: readonly Node[];
  readonly output: Value;
  /** The nodes that the output depends on, in the order of computation. */
  readonly nodes: readonly Node[];
  readonly #readers = new Map<Value, Node[]>();
  readonly #onTrunk: ReadonlySet<Node>;
  readonly #dominators: readonly Dominators[];

  constructor(nodes: readonly Node[], inputs: readonly Value[], output: Value) {
    this.output = output;
    this.nodes = ancestors(nodes, output);
    const maker = new Map<Value, Node>();
    for (const node of this.nodes) {
      for (const value of node.outputs) maker.set(value, node);
      for (const value of new Set(node.inputs)) this.#readers.set(value, [...(this.#readers.get(value) ?? []), node]);
    }
    this.#dominators = inputs.map((input) => dominators(this.nodes, input, maker));
    const trunk = new Set<Node>();
    for (const nearest of this.#dominators) for (let node = maker.get(output); node && nearest.has(node); node = nearest.get(node)) trunk.add(node);
    this.#onTrunk = trunk;
    this.trunk = this.nodes.filter((node) => trunk.has(node));
  }

  /** The one node that reads a value and nothing else does, the model's caller included. */
  onlyReader(value: Value): Node | undefined {
    const readers = this.#readers.get(value) ?? [];
    return readers.length === 1 && value !== this.output ? readers[0] : undefined;
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

  /** Where the branch of a node leaves the trunk (undefined: from an input), and where it comes back. */
  branch(node: Node): { from: Node | undefined; to: Node } {
    const nearest = this.#dominators.find((found) => found.has(node))!;
    let from = nearest.get(node);
    while (from && !this.#onTrunk.has(from)) from = nearest.get(from);
    return { from, to: this.trunk.find((at) => nearest.has(at) && nearest.get(at) === from)! };
  }
}

/** The nodes that a value depends on, in their order. */
function ancestors(nodes: readonly Node[], output: Value): Node[] {
  const needed = new Set<Value>([output]);
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
