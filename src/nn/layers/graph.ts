// Layers that are wired by name, for documents: programs have `model(...)`. Their order, and what is wrong in a graph.

import { count } from '../../format.ts';
import type { Value } from '../../graph/graph.ts';
import * as LIMITS from '../../limits.ts';
import { meant } from '../../nearest.ts';
import { concatOp } from '../../ops/concat.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, countBlocks, type Layer, type LayerRecord, layerOf, type WrittenLayer } from '../layer.ts';
import type { Sizing, Theory, Torch, TorchSample } from './feature.ts';
import { sum } from './sum.ts';

/** The name of what a graph is given. */
export const GRAPH_INPUT = 'x';

export interface GraphOptions {
  /** The node whose value the graph gives. */
  output: string;
}

export const record = {
  type: 'graph',
  role: 'container',
  holds: 'nodes',
  options: { output: { type: 'string', required: true } },
} as const satisfies LayerRecord<GraphOptions>;

/** A place in a graph of layers: what it takes by name, joined, through its layers. */
export interface GraphNode {
  readonly name: string;
  readonly from: readonly string[];
  readonly join?: 'concat' | 'add';
  readonly layers: readonly Layer[];
}

/** A layer of nodes in an order in which each takes what stands before it. Paths are those of the nodes: `graph_1/encoder/dense_1`. */
export function graphLayer(nodes: readonly GraphNode[], output: string): CallableLayer {
  return layerOf(
    record,
    { output },
    (context, x) => {
      const { graph, path } = context;
      const values = new Map([[GRAPH_INPUT, x]]);
      for (const { name, from, join, layers } of nodes) {
        const given = from.map((each) => values.get(each)!) as [Value, ...Value[]];
        const joined =
          join === 'concat'
            ? graph.apply(concatOp, given, { axis: given[0].type.shape.length - 1 }, `${path}/${name}/joined`)[0]!
            : given.reduce((a, b) => sum(graph, a, b, `${path}/${name}/sum`));
        values.set(name, context.nested(layers, joined, `${name}/`));
      }
      return values.get(output)!;
    },
    {
      residualBlocks: countBlocks(nodes.flatMap(({ layers }) => layers)),
      inside: nodes.map(({ layers }) => layers),
      write: (to) =>
        ({
          type: record.type,
          nodes: Object.fromEntries(
            nodes.map(({ name, from, join, layers }) => [
              name,
              {
                from: from.length === 1 ? from[0]! : [...from],
                ...(join ? { join } : {}),
                ...(layers.length > 0 ? { layers: to.layers(layers, `${name}/`) } : {}),
              },
            ]),
          ),
          output,
        }) as WrittenLayer,
    },
  );
}

/**
 * Layers that are wired by name: skips and branches at will. `{"nodes": {"a": {"from": "x", "layers": [...]}, "b": {"from": ["x", "a"], "join": "concat"}},
 * "output": "b"}`. As a whole model it is `"model": {"graph": ...}`.
 */
interface GraphDocument extends GraphOptions {
  nodes: Record<string, NodeDocument>;
}

/** A place in a graph: what it takes, joined, through its layers. */
export interface NodeDocument<Inside extends WrittenLayer = WrittenLayer> {
  /** Names of nodes, or `x`, what the graph is given. */
  from: string | string[];
  /** How several are joined: side by side, or added up (all of one width). Needed for several. */
  join?: 'concat' | 'add';
  /** In a row; needed where nothing is joined. */
  layers?: Inside[];
}

export const build = (document: GraphDocument, built: (documents: readonly WrittenLayer[]) => Layer[]): Layer =>
  graphLayer(
    inOrder(document).map(({ layers = [], ...node }) => ({ ...node, layers: built(layers) })),
    document.output,
  );

export const size = (document: GraphDocument, width: number, { after, limit }: Sizing): number => {
  const widths = new Map([[GRAPH_INPUT, width]]);
  for (const { name, from, join, layers = [] } of inOrder(document)) {
    const given = from.map((each) => widths.get(each)!);
    // What is added up is of one width.
    const joined = join === 'concat' ? given.reduce((total, one) => total + one) : (given.find((one) => !Number.isNaN(one)) ?? width);
    limit(joined, 'it joins', `.nodes.${name}`);
    widths.set(name, after(layers, joined, `.nodes.${name}.layers`));
  }
  return widths.get(document.output)!;
};

export const theory: Theory<GraphDocument> = 'unknown';

export const torch: Torch<GraphDocument> = (document, { inputs, image, inside }) => {
  const values = new Map<string, TorchSample>([[GRAPH_INPUT, { inputs, image }]]);
  const lines: string[] = [];
  for (const { name, from, join, layers = [] } of inOrder(document)) {
    const given = from.map((each) => values.get(each)!);
    const width = join === 'concat' ? given.reduce((sum, one) => sum + one.inputs, 0) : given[0]!.inputs;
    const found = inside(layers, { below: `${name}/`, given: { inputs: width, image: given[0]!.image } });
    if (!found) return undefined;
    values.set(name, found);
    const sources = from.map((source) => JSON.stringify(source)).join(', ');
    lines.push(`    ${JSON.stringify(name)}: ([${sources}], ${join ? `"${join}"` : 'None'}, ${found.code.replaceAll('\n', '\n    ')}),`);
  }
  return `Wired({\n${lines.join('\n')}\n}, output=${JSON.stringify(document.output)})`;
};

export const text: Texts = {
  en: { title: 'Graph', summary: 'Layers that are wired by name: each node takes nodes, or x, the inputs.' },
  zh: { title: '图', summary: '按名称连接的各层：每个节点以其他节点或输入 x 作为输入。' },
};

/** A node with its name, and what it takes as a list. */
export type NamedNode = Omit<NodeDocument, 'from'> & { name: string; from: string[] };

const sourcesOf = ({ from }: NodeDocument): string[] => [from].flat();

/** The nodes of a graph, each after those that it takes; those that stand before themselves are left out. */
export function inOrder({ nodes }: Pick<GraphDocument, 'nodes'>): NamedNode[] {
  const takers = new Map<string, string[]>();
  const missing = new Map<string, number>();
  for (const [name, node] of Object.entries(nodes)) {
    const from = sourcesOf(node);
    missing.set(name, from.length);
    for (const source of from) takers.set(source, [...(takers.get(source) ?? []), name]);
  }
  const ready = [GRAPH_INPUT];
  for (const source of ready)
    for (const name of takers.get(source) ?? []) {
      missing.set(name, missing.get(name)! - 1);
      if (missing.get(name) === 0) ready.push(name);
    }
  return ready.slice(1).map((name) => ({ ...nodes[name]!, name, from: sourcesOf(nodes[name]!) }));
}

/** What is wrong in a graph, by its place: an unknown name, a cycle, a node that leads nowhere, several values without a join. */
export function* wrong({ nodes, output }: Pick<GraphDocument, 'nodes' | 'output'>): Generator<[place: string, message: string]> {
  const names = Object.keys(nodes);
  const known = [GRAPH_INPUT, ...names];
  const noNode = (name: string): string => `there is no node ${JSON.stringify(name)}${meant(name, known) || `; there are ${known.join(', ')}`}`;
  let unknown = false;
  if (names.length === 0) yield ['nodes', 'expected a node at least'];
  if (names.length > LIMITS.layers) return yield ['nodes', `expected at most ${count(LIMITS.layers)} nodes, got ${count(names.length)}`];
  for (const [name, node] of Object.entries(nodes)) {
    const at = `nodes.${name}`;
    if (!/^[a-zA-Z0-9_-]+$/.test(name)) yield [at, 'expected a name of letters, digits, _ and -'];
    if (name === GRAPH_INPUT) yield [at, `${GRAPH_INPUT} is what the graph is given: choose another name`];
    const from = sourcesOf(node);
    for (const each of from)
      if (!known.includes(each)) {
        unknown = true;
        yield [`${at}.from`, noNode(each)];
      }
    if (from.length > 1 && !node.join) yield [at, 'is missing "join": several values are joined by "concat" or "add"'];
    if (from.length === 1 && node.join) yield [`${at}.join`, 'expected several values to be joined, got one'];
    if (from.length === 1 && !node.layers) yield [at, 'is missing "layers": a node that joins nothing has some'];
  }
  if (!names.includes(output)) return yield ['output', noNode(output)];
  if (unknown || names.includes(GRAPH_INPUT)) return;
  const ordered = new Set([GRAPH_INPUT, ...inOrder({ nodes }).map(({ name }) => name)]);
  const open = (name: string): boolean => !ordered.has(name);
  const stuck = names.find(open);
  if (stuck !== undefined) {
    // Whatever it takes that is open, too, leads back to a node of the way.
    const way = new Set<string>();
    let at = stuck;
    for (; !way.has(at); at = sourcesOf(nodes[at]!).find(open)!) way.add(at);
    const cycle = [...way].slice([...way].indexOf(at));
    yield [`nodes.${at}.from`, `a node cannot come from itself: ${[...cycle, at].join(' takes ')}`];
  }
  const used = new Set([output]);
  for (const name of used) for (const source of sourcesOf(nodes[name] ?? { from: [] })) used.add(source);
  for (const name of names) if (!used.has(name)) yield [`nodes.${name}`, `is not used: nothing between it and the output ${output} takes it`];
}
