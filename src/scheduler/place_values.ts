// Where each value lies: parameters and their gradients at the place of their layout, all others in memory that is shared over the step.
import { UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { BufferName, Place } from '../graph/op.ts';
import { entryOf, type ParameterLayout } from '../layout.ts';
import type { Aliases } from '../ops/aliases.ts';
import { sizeOf } from '../shape.ts';
import type { Lowered } from './lower.ts';
import { type Lifetime, type MemoryPlan, planMemory } from './memory.ts';
import type { Plan } from './plan.ts';

interface PlaceOptions {
  readonly retain: ReadonlySet<Value>;
  readonly aliases: Aliases;
  readonly layout: ParameterLayout;
  readonly bufferLayout: ParameterLayout;
  /** Bytes of a buffer at the most. */
  readonly limit: number;
}

/** The buffers of the plan's own values, and the place of any value. */
export interface Places extends Pick<Plan, 'activations' | 'sums'> {
  /** Throws a UsageError for a value that is neither used nor retained. */
  place(value: Value): Place;
}

export function placeValues(graph: Graph, lowered: readonly Lowered[], options: PlaceOptions): Places {
  const { retain, aliases, limit } = options;
  const lives = lifetimes(graph, lowered, retain, aliases);
  // Partial sums that a walk over the activations binds by themselves have memory of their own.
  const apart = new Set(lowered.flatMap((of) => of.apart.map(aliases.root)));
  const together = lowered.flatMap((of) => of.together.map((values) => [...new Set(values.map(aliases.root))]));
  const activations = planMemory(
    lives.filter(({ value }) => !apart.has(value)),
    { limit, together },
  );
  const sums = planMemory(
    lives.filter(({ value }) => apart.has(value)),
    { limit },
  );
  const place = (value: Value): Place => {
    const size = sizeOf(value.type.shape);
    const given = inLayout(value, options);
    if (given) return { ...given, size };
    const root = aliases.root(value);
    const [arena, memory] = apart.has(root) ? (['sums', sums] as const) : (['activations', activations] as const);
    const at = memory.places.get(root);
    if (!at) throw new UsageError(`${value.name} has no place: no dispatch uses it and it is not retained`);
    return { buffer: nameOf(arena, at.buffer), offset: at.offset, size };
  };
  return { place, activations: buffersOf('activations', activations), sums: apart.size === 0 ? [] : buffersOf('sums', sums) };
}

/** The place of a gradient slot, a parameter or running statistics; undefined for what has none in a layout. */
function inLayout(value: Value, { aliases, layout, bufferLayout }: PlaceOptions): Pick<Place, 'buffer' | 'offset'> | undefined {
  const gradientSlots = aliases.gradientSlotOf(value);
  if (gradientSlots !== undefined) return { buffer: 'gradients', offset: entryOf(layout, gradientSlots).offset };
  const { origin, name } = aliases.root(value);
  if (origin === 'parameter') return { buffer: 'parameters', offset: entryOf(layout, name).offset };
  return origin === 'buffer' ? { buffer: 'buffers', offset: entryOf(bufferLayout, name).offset } : undefined;
}

const buffersOf = (arena: 'activations' | 'sums', { words }: MemoryPlan): Plan['activations'] =>
  words.map((count, i) => ({ buffer: nameOf(arena, i), bytes: count * 4 }));

function nameOf(arena: 'activations' | 'sums', index: number): BufferName {
  return index === 0 ? arena : `${arena}/${index}`;
}

/** Of the values that have memory of their own; an alias prolongs the life of its source. */
function lifetimes(graph: Graph, lowered: readonly Lowered[], retain: ReadonlySet<Value>, aliases: Aliases): Lifetime[] {
  const byValue = new Map<Value, Lifetime>();
  const touch = (of: Value, at: number): void => {
    const value = aliases.root(of);
    if (value.origin === 'parameter' || value.origin === 'buffer' || aliases.gradientSlotOf(value) !== undefined) return;
    const known = byValue.get(value);
    if (!known) byValue.set(value, { value, first: value.origin === 'input' ? -1 : at, last: at });
    else known.last = Math.max(known.last, at);
  };
  // Inputs are written from outside, once for many steps perhaps: their place is theirs alone.
  for (const value of graph.values) if (value.origin === 'input') touch(value, lowered.length);
  lowered.forEach(({ values }, at) => {
    for (const value of values) touch(value, at);
  });
  for (const value of retain) touch(value, lowered.length);
  return [...byValue.values()];
}
