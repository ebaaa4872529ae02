// graph -> plan: prune, verify, fuse, lower, memory. Pure: no device.
import { DeviceError, ShapeError, UsageError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Capabilities, Place, ResidentName, Table, Target } from '../graph/op.ts';
import { verify } from '../graph/verify.ts';
import { type Kernel, paramBytes } from '../kernel.ts';
import { entryOf, findEntry, layOut, type ParameterLayout } from '../layout.ts';
import { fusionsFor } from '../ops/fusions.ts';
import { roundUp, sameShape, shapeText, sizeOf } from '../shape.ts';
import { type Aliases, resolveAliases } from './aliases.ts';
import { fuse } from './fuse.ts';
import { type Lowered, lower, type Request } from './lower.ts';
import { type Lifetime, planMemory } from './memory.ts';
import { dropNeedlessFilling } from './padding.ts';
import type { Dispatch, Named, PlacedValue, Plan, Range } from './plan.ts';
import { prune } from './prune.ts';

export interface ScheduleOptions {
  readonly capabilities: Capabilities;
  /** Values that can be read after the step. */
  readonly keep?: readonly Value[];
  /** Gradients that lie in the gradient arena, at the place of their parameter. */
  readonly pins?: ReadonlyMap<Value, string>;
  /** Places of the parameters and running statistics, where another plan of the same model has given them. */
  readonly layout?: ParameterLayout;
  readonly runningLayout?: ParameterLayout;
  /** False leaves every node to its own kernels: to compare with. */
  readonly fuse?: boolean;
}

/** WebGPU's alignment of offsets into uniform and storage buffers, in bytes. */
const ALIGN = 256;

export function schedule(graph: Graph, options: ScheduleOptions): Plan {
  const keep = new Set(options.keep ?? []);
  const pins = options.pins ?? new Map<Value, string>();
  const layout = options.layout ?? layOut(ofOrigin(graph, 'parameter'));
  const runningLayout = options.runningLayout ?? layOut(ofOrigin(graph, 'running'));
  const targets = new Set<Value>([...keep, ...pins.keys()]);
  const pruned = dropNeedlessFilling(prune(graph.nodes, targets), targets);
  verify(pruned, 'prune');
  const { nodes, fused } = options.fuse === false ? { nodes: pruned, fused: [] } : fuse(pruned, fusionsFor(pruned), targets, new Set(pins.keys()));
  refuseOthers(graph, layout, runningLayout);
  refuseTooLarge(nodes, layout, runningLayout, options.capabilities.maxBufferBytes);
  const aliases = resolveAliases(nodes, keep, pins);
  const lowered = lower(nodes, options.capabilities, layout, aliases);

  const limit = options.capabilities.maxBufferBytes;
  const lives = lifetimes(graph, lowered, keep, aliases);
  const apart = new Set(lowered.flatMap((of) => of.apart.map(aliases.root)));
  const memory = planMemory(
    lives.filter(({ value }) => !apart.has(value)),
    {
      limit,
      together: lowered.flatMap(({ together }) => together.map((values) => [...new Set(values.map(aliases.root))])),
    },
  );
  const sumsMemory = planMemory(
    lives.filter(({ value }) => apart.has(value)),
    { limit },
  );
  const activations = memory.words.map((words, i) => ({ buffer: nameOf('activations', i), bytes: words * 4 }));
  const sums = apart.size === 0 ? [] : sumsMemory.words.map((words, i) => ({ buffer: nameOf('sums', i), bytes: words * 4 }));

  const place = (value: Value): Place => {
    const size = sizeOf(value.type.shape);
    const pinned = aliases.pin(value);
    if (pinned !== undefined) return { buffer: 'gradients', offset: entryOf(layout, pinned).offset, size };
    const root = aliases.root(value);
    if (root.origin === 'parameter') return { buffer: 'parameters', offset: entryOf(layout, root.name).offset, size };
    if (root.origin === 'running') return { buffer: 'running', offset: entryOf(runningLayout, root.name).offset, size };
    const arena = apart.has(root) ? 'sums' : 'activations';
    const at = (arena === 'sums' ? sumsMemory : memory).places.get(root);
    if (!at) throw new UsageError(`${value.name} has no place: no dispatch uses it and nobody keeps it`);
    return { buffer: nameOf(arena, at.buffer), offset: at.offset, size };
  };

  const tables = new Map<string, Uint32Array | Float32Array>();
  const residents = new Map<ResidentName, number>();
  const range = (target: Target): Range => {
    if (target.kind === 'table') return tableRange(target, tables, place);
    if (target.kind === 'resident') {
      residents.set(target.name, Math.max(residents.get(target.name) ?? 0, target.bytes ?? 0));
      return { buffer: target.name, offset: 0, size: 0 };
    }
    const { buffer, offset, size } = place(target);
    const bytes = roundUp(Math.max(1, size) * 4, 16);
    residents.set(buffer, Math.max(residents.get(buffer) ?? 0, offset * 4 + bytes));
    return { buffer, offset: offset * 4, size: bytes };
  };

  const blocks: Uint8Array[] = [];
  let paramOffset = 0;
  const requests = lowered.flatMap((of) => of.requests((value) => place(value).buffer));
  const dispatches = requests.map((request): Dispatch => {
    const bindings = [
      ...Object.entries(request.kernel.bindings).map(([name, access]) => ({ access, range: range((request.bindings as Record<string, Target>)[name]!) })),
      ...(request.moreBindings ?? []).map(({ access, target }) => ({ access, range: range(target) })),
    ];
    const bytes = paramBytes(request.kernel);
    const { workgroups, folded } = spread(request, options.capabilities.maxWorkgroups);
    const dispatch: Dispatch = {
      label: request.label,
      kernel: request.kernel.name,
      sources: [request.kernel.source, ...(request.link ?? [])],
      overrides: { ...request.kernel.overrides, ...(request.overrides as Record<string, number> | undefined), ...(folded ? { FOLDED: 1 } : {}) },
      ...(bytes > 0 ? { params: { offset: paramOffset, size: bytes } } : {}),
      bindings,
      workgroups,
      ...(request.work === undefined ? {} : { work: request.work }),
      when: request.when,
    };
    if (bytes > 0) {
      blocks.push(packParams(request.kernel, request.params as Record<string, number>, bytes));
      paramOffset += roundUp(bytes, ALIGN);
    }
    return dispatch;
  });
  const params = new Uint8Array(Math.max(ALIGN, paramOffset));
  let at = 0;
  for (const block of blocks) {
    params.set(block, at);
    at += roundUp(block.length, ALIGN);
  }
  const given = graph.values.filter(
    ({ origin, name }) => origin === 'input' || (origin === 'parameter' && findEntry(layout, name)) || (origin === 'running' && findEntry(runningLayout, name)),
  );
  return {
    capabilities: { ...options.capabilities },
    params,
    tables,
    activations,
    sums,
    residents,
    dispatches,
    layout,
    runningLayout,
    places: [...new Set([...given, ...targets])].map((value): PlacedValue => ({ id: value.id, ...named(value), ...place(value) })),
    classes: classesOf(nodes),
    aliases: nodes.filter(aliases.isAlias).map(({ inputs, outputs }) => ({ alias: named(outputs[0]!), of: named(inputs[0]!) })),
    fused,
  };
}

function nameOf(arena: 'activations' | 'sums', index: number): ResidentName {
  return index === 0 ? arena : `${arena}/${index}`;
}

/** Throws a ShapeError where a tensor has another shape than in the layout that was given: a model's function built something else the last time. */
function refuseOthers(graph: Graph, ...layouts: readonly ParameterLayout[]): void {
  for (const { name, origin, type } of graph.values) {
    if (origin !== 'parameter' && origin !== 'running') continue;
    const entry = layouts.map((layout) => findEntry(layout, name)).find(Boolean);
    if (entry && !sameShape(entry.shape, type.shape))
      throw new ShapeError(
        `${name} is ${shapeText(type.shape)} here, and ${shapeText(entry.shape)} in the weights: the function of a model must build the same layers each time`,
      );
  }
}

/** Throws a DeviceError where a tensor, or all parameters, cannot be in a buffer of the device: lowering makes tables of their size. */
function refuseTooLarge(nodes: readonly Node[], layout: ParameterLayout, runningLayout: ParameterLayout, most: number): void {
  const refuse = (what: string, bytes: number, advice: string): never => {
    throw new DeviceError('limit', `${what} needs ${bytes} bytes, but this device allows ${most} in a buffer: use ${advice}`);
  };
  const check = (name: string, shape: readonly number[], advice: string): void => {
    const bytes = sizeOf(shape) * 4;
    if (bytes > most) refuse(`${name} ${shapeText(shape)}`, bytes, advice);
  };
  for (const { path, shape } of [...layout.entries, ...runningLayout.entries]) check(path, shape, 'fewer units or features');
  for (const node of nodes) for (const { name, type } of [...node.inputs, ...node.outputs]) check(name, type.shape, 'a smaller batch or width');
  if (layout.words * 4 > most) refuse('the parameters of the model', layout.words * 4, 'a smaller model');
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

/** Of the values that have memory of their own; an alias prolongs the life of its source. */
function lifetimes(graph: Graph, lowered: readonly Lowered[], keep: ReadonlySet<Value>, aliases: Aliases): Lifetime[] {
  const byValue = new Map<Value, Lifetime>();
  const touch = (of: Value, at: number): void => {
    const value = aliases.root(of);
    if (value.origin === 'parameter' || value.origin === 'running' || aliases.pin(value) !== undefined) return;
    const known = byValue.get(value);
    if (!known) byValue.set(value, { value, first: value.origin === 'input' ? -1 : at, last: at });
    else known.last = Math.max(known.last, at);
  };
  // Inputs are written from outside, once for many steps perhaps: their place is theirs alone.
  for (const value of graph.values) if (value.origin === 'input') touch(value, lowered.length);
  lowered.forEach(({ values }, at) => {
    for (const value of values) touch(value, at);
  });
  for (const value of keep) touch(value, lowered.length);
  return [...byValue.values()];
}

function tableRange(table: Table, tables: Map<string, Uint32Array | Float32Array>, place: (value: Value) => Place): Range {
  let data = tables.get(table.name);
  if (!data) {
    data = table.fill(place);
    if (data.length !== table.words) throw new UsageError(`table ${table.name}: expected ${table.words} words, got ${data.length}`);
    tables.set(table.name, data);
  }
  return { buffer: `table/${table.name}`, offset: 0, size: 0 };
}

function packParams(kernel: Kernel, params: Record<string, number>, bytes: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(bytes));
  Object.entries(kernel.params).forEach(([name, type], i) => {
    const value = params[name];
    if (value === undefined) throw new UsageError(`${kernel.name}: the parameter ${name} is missing`);
    if (type === 'f32') view.setFloat32(i * 4, value, true);
    else view.setUint32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * A grid above the device's limit in one direction is folded into two: kernels undo it (shaders/lib/grid.wgsl). One that has two directions already is
 * counted through, row by row, which its kernel has an override FOLDED for (shaders/matmul/shape.wgsl).
 */
function spread({ kernel, label, workgroups }: Request, limit: number): { workgroups: [number, number, number]; folded: boolean } {
  const [x, y = 1, z = 1] = workgroups;
  if (x <= limit && y <= limit && z <= limit) return { workgroups: [x, y, z], folded: false };
  const count = x * y * z;
  const flat = workgroups.length === 1;
  if (count <= limit * limit && (flat || ('FOLDED' in kernel.overrides && z === 1))) {
    const width = Math.ceil(Math.sqrt(count));
    return { workgroups: [width, Math.ceil(count / width), 1], folded: !flat };
  }
  throw new DeviceError('limit', `${label}: a grid of ${x} x ${y} x ${z} exceeds this device's ${limit}: use smaller tensors`);
}
