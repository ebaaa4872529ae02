// Which values share memory. An alias (a reshape) shares the memory of its source and costs nothing, unless a reader would then see other data.
import type { Node, Value } from '../graph/graph.ts';

export interface Aliases {
  /** The value in whose memory a value lies: its own, where it is no alias or had to be copied. */
  root(value: Value): Value;
  /** The parameter in whose place in the gradient arena a value lies, with all its aliases. */
  gradientSlotOf(value: Value): string | undefined;
  /** True for a node that needs no dispatch. */
  isAlias(node: Node): boolean;
}

/** What happens to a value that is an alias or has some, by indexes of nodes. */
interface Member {
  /** Nodes that overwrite it. */
  readonly overwritten: number[];
  /** Last node that reads it; infinity where it is read after the step. */
  used: number;
}

/**
 * Decides for each alias in turn. It becomes a copy where
 * - its source is an input, a parameter or a buffer, and it is read after the step, or after the first effect that follows: an update may
 *   have overwritten the source by then, or the next batch;
 * - it must lie in the gradient arena and its source lies elsewhere already, where it is given from outside or in the place of another parameter;
 * - a node overwrites one of the two and a later one reads the other.
 */
export function resolveAliases(nodes: readonly Node[], kept: ReadonlySet<Value>, gradientSlots: ReadonlyMap<Value, string>): Aliases {
  const roots = new Map<Value, Value>();
  const slotOf = new Map(gradientSlots);
  const shared = new Set<Node>();
  const root = (value: Value): Value => roots.get(value) ?? value;
  const aliases = nodes.flatMap((node, at) => (node.op.alias ? [{ node, at, x: node.inputs[0]!, y: node.outputs[0]! }] : []));

  const members = new Map<Value, Member>();
  for (const { x, y } of aliases) for (const value of [x, y]) members.set(value, { overwritten: [], used: kept.has(value) ? Number.POSITIVE_INFINITY : -1 });
  const overwriting = nodes.some(({ op }) => op.mutates);
  nodes.forEach(({ op, inputs }, at) => {
    inputs.forEach((value, i) => {
      const member = members.get(value);
      if (!member) return;
      // What an alias reads is read by the readers of the alias.
      if (!op.alias) member.used = Math.max(member.used, at);
      if (op.mutates?.(i)) member.overwritten.push(at);
    });
  });
  /** The aliases of each value, theirs included. */
  const below = new Map<Value, Value[]>();
  for (const { x, y } of aliases.toReversed()) below.set(x, [y, ...(below.get(y) ?? []), ...(below.get(x) ?? [])]);
  const lastUse = (values: readonly Value[]): number => Math.max(-1, ...values.map((value) => members.get(value)!.used));
  const conflicts = (at: number, overwritten: readonly Value[], read: readonly Value[]): boolean =>
    overwritten.some((value) => members.get(value)!.overwritten.some((when) => when > at && lastUse(read) > when));

  for (const { node, at, x, y } of aliases) {
    const source = root(x);
    const given = source.origin !== 'node';
    const slot = gradientSlots.get(y);
    const own = [y, ...(below.get(y) ?? [])];
    const elsewhere = slot !== undefined && (given || slotOf.has(source));
    const effect = given ? nodes.findIndex(({ op }, i) => i > at && op.effect) : -1;
    const outlives = given && (kept.has(y) || (effect >= 0 && lastUse(own) > effect));
    const others = overwriting ? [source, ...below.get(source)!].filter((value) => !own.includes(value)) : [];
    if (elsewhere || outlives || (overwriting && (conflicts(at, own, others) || conflicts(at, others, own)))) continue;
    roots.set(y, source);
    shared.add(node);
    if (slot !== undefined) slotOf.set(source, slot);
  }
  return { root, gradientSlotOf: (value) => slotOf.get(root(value)), isAlias: (node) => shared.has(node) };
}
