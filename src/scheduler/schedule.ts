// graph -> plan: prune, verify, fuse, lower, memory. Pure: no device.
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Capabilities } from '../graph/op.ts';
import { verify } from '../graph/verify.ts';
import { findEntry, layOut, type ParameterLayout } from '../layout.ts';
import type { Aliases } from '../ops/aliases.ts';
import { fusionsFor } from '../ops/fusions.ts';
import { kernelsOf, NotLoaded } from '../ops/kernel_choice.ts';
import { fuse } from './fuse.ts';
import { lower } from './lower.ts';
import { dropNeedlessFilling } from './padding.ts';
import { placeValues } from './place_values.ts';
import type { Named, PlacedValue, Plan } from './plan.ts';
import { prune } from './prune.ts';
import { refuseOtherShapes, refuseTooLarge } from './refuse.ts';
import { writeDispatches } from './write_dispatches.ts';

/** What a plan is made for. */
export interface ScheduleOptions {
  /** What the device offers. */
  readonly capabilities: Capabilities;
  /** Values that can be read after the step; none by default. */
  readonly retain?: readonly Value[];
  /** Gradients that lie in the gradient arena, at the place of their parameter; none by default. */
  readonly gradientSlots?: ReadonlyMap<Value, string>;
  /** Places of the parameters, where another plan of the same model has given them; new ones by default. */
  readonly layout?: ParameterLayout;
  /** Places of the buffers that are not trained, likewise; new ones by default. */
  readonly bufferLayout?: ParameterLayout;
  /** Whether nodes are fused into faster kernels; true by default. */
  readonly fuse?: boolean;
}

/** The plan of a graph: at once, or once the kernels that it has are loaded. Throws, or rejects with, ShapeError, UsageError or DeviceError for one that this device cannot run. */
export function planOf(graph: Graph, options: ScheduleOptions): Plan | Promise<Plan> {
  try {
    return schedule(graph, options);
  } catch (error) {
    if (!(error instanceof NotLoaded)) throw error;
    return error.load().then(() => planOf(graph, options));
  }
}

/** The plan of a graph whose kernels are loaded. Throws NotLoaded where they are not, and what `planOf` rejects with. */
export function schedule(graph: Graph, options: ScheduleOptions): Plan {
  const { capabilities, gradientSlots = new Map<Value, string>() } = options;
  const retain = new Set(options.retain ?? []);
  const { nodes, fused, targets } = fusedNodes(graph, options);
  const layout = options.layout ?? layOut(ofOrigin(graph, 'parameter'));
  const bufferLayout = options.bufferLayout ?? layOut(ofOrigin(graph, 'buffer'));
  refuseOtherShapes(graph, layout, bufferLayout);
  refuseTooLarge(nodes, layout, bufferLayout, capabilities.maxBufferBytes);
  const aliases = nodes.some(({ op }) => op.alias) ? kernelsOf('seldom').resolveAliases(nodes, retain, gradientSlots) : unshared(gradientSlots);
  const lowered = lower(nodes, capabilities, layout, aliases);
  const { place, ...buffers } = placeValues(graph, lowered, { retain, aliases, layout, bufferLayout, limit: capabilities.maxBufferBytes });
  const requests = lowered.flatMap((of) => of.requests((value) => place(value).buffer));
  const written = writeDispatches(requests, place, capabilities.maxWorkgroups);
  const readable = new Set([...givenValues(graph, layout, bufferLayout), ...targets]);
  return {
    capabilities: { ...capabilities },
    ...buffers,
    ...written,
    layout,
    bufferLayout,
    places: [...readable].map((value): PlacedValue => ({ id: value.id, ...named(value), ...place(value) })),
    classes: classesOf(nodes),
    aliases: nodes.filter(aliases.isAlias).map(({ inputs, outputs }) => ({ alias: named(outputs[0]!), of: named(inputs[0]!) })),
    fused,
  };
}

/** The nodes that a plan of the graph runs, after fusing, and the values that they are for. */
export function fusedNodes(
  graph: Graph,
  { retain = [], gradientSlots, fuse: fuses }: Omit<ScheduleOptions, 'capabilities'>,
): { nodes: readonly Node[]; fused: readonly string[]; targets: ReadonlySet<Value> } {
  const slots = new Set(gradientSlots?.keys());
  const targets = new Set<Value>([...retain, ...slots]);
  const nodes = dropNeedlessFilling(prune(graph.nodes, targets), targets);
  verify(nodes, 'prune');
  return { targets, ...(fuses === false ? { nodes, fused: [] } : fuse(nodes, fusionsFor(nodes), targets, slots)) };
}

/** Where no node is an alias, each value has memory of its own. */
const unshared = (gradientSlots: ReadonlyMap<Value, string>): Aliases => ({
  root: (value) => value,
  gradientSlotOf: (value) => gradientSlots.get(value),
  isAlias: () => false,
});

/** Values that come from outside: inputs, and the parameters and running statistics that have a place. */
function givenValues(graph: Graph, layout: ParameterLayout, bufferLayout: ParameterLayout): Value[] {
  const isGiven = ({ origin, name }: Value) =>
    origin === 'input' || (origin === 'parameter' && findEntry(layout, name)) || (origin === 'buffer' && findEntry(bufferLayout, name));
  return graph.values.filter(isGiven);
}

const ofOrigin = (graph: Graph, origin: Value['origin']): Value[] => graph.values.filter((value) => value.origin === origin);

const named = ({ name, type }: Value): Named => ({ name, type });

/** Of inputs that several ops take for class indexes: the fewest classes. */
function classesOf(nodes: readonly Node[]): Plan['classes'] {
  const all = new Map<Value, Plan['classes'][number]>();
  for (const node of nodes) {
    const found = node.op.classes?.(node);
    if (found?.labels.origin !== 'input') continue;
    const { labels, count } = found;
    all.set(labels, { id: labels.id, op: node.op.name, count: Math.min(count, all.get(labels)?.count ?? count) });
  }
  return [...all.values()];
}
