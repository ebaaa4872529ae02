// Graphs of layers in documents: their order, and what is wrong in one.

import { count, LIMITS } from '../limits.ts';
import { nearest } from '../nearest.ts';
import { GRAPH_INPUT } from '../nn/graph_layer.ts';
import type { GraphDocument, NodeDocument } from './document.ts';

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

/** What is wrong in a graph, by its place: a name that there is not, a cycle, a node that leads nowhere, several values without a join. */
export function* wrongInGraph({ nodes, output }: Pick<GraphDocument, 'nodes' | 'output'>): Generator<[place: string, message: string]> {
  const names = Object.keys(nodes);
  const known = [GRAPH_INPUT, ...names];
  const meant = (name: string): string => {
    const near = nearest(name, known);
    return `there is no node ${JSON.stringify(name)}${near ? `; did you mean "${near}"?` : `; there are ${known.join(', ')}`}`;
  };
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
        yield [`${at}.from`, meant(each)];
      }
    if (from.length > 1 && !node.join) yield [at, 'is missing "join": several values are joined by "concat" or "add"'];
    if (from.length === 1 && node.join) yield [`${at}.join`, 'expected several values to be joined, got one'];
    if (from.length === 1 && !node.layers) yield [at, 'is missing "layers": a node that joins nothing has some'];
  }
  if (!names.includes(output)) return yield ['output', meant(output)];
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
