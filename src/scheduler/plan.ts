// A plan is data: every buffer and every dispatch of a step, with sizes and offsets, and no device in sight. It holds no function and no object of a
// class, so that it can be compared, cloned, sent to a worker and stored (src/scheduler/stored.ts).
import { requireObject, show, UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Capabilities, Place, ResidentName } from '../graph/op.ts';
import type { When } from '../groups.ts';
import type { Source } from '../kernel.ts';
import type { ParameterLayout } from '../layout.ts';
import type { TensorType } from '../shape.ts';

export type { Place } from '../graph/op.ts';

/** A range of a buffer; offset and size in bytes. */
export interface Range {
  readonly buffer: string;
  readonly offset: number;
  readonly size: number;
}

export interface Dispatch {
  readonly label: string;
  /** The kernel's name; its file is the first of the sources. */
  readonly kernel: string;
  readonly sources: readonly Source[];
  readonly overrides: Readonly<Record<string, number>>;
  /** The uniform block in the plan's `params`, in bytes; absent where the kernel has none. */
  readonly params?: { readonly offset: number; readonly size: number };
  readonly bindings: readonly { readonly access: 'read' | 'read_write'; readonly range: Range }[];
  readonly workgroups: readonly [number, number, number];
  readonly when: When;
}

/** A tensor of the graph, as far as a plan knows it. */
export interface Named {
  readonly name: string;
  readonly type: TensorType;
}

/** A value that can be written before the step or read after it, and where it lies. */
export interface PlacedValue extends Named, Place {
  /** Its number in the graph. */
  readonly id: number;
}

export interface Plan {
  /** What the device can do that the plan is for. */
  readonly capabilities: Capabilities;
  /** The uniform blocks of all dispatches, 256-byte aligned. */
  readonly params: Uint8Array;
  /** Constant tables, by name. */
  readonly tables: ReadonlyMap<string, Uint32Array | Float32Array>;
  /** The arena of activations and deltas, which belongs to the plan: one buffer where a binding holds it, else as many as it takes. */
  readonly activations: readonly { readonly buffer: ResidentName; readonly bytes: number }[];
  /** That of partial sums, which belongs to the plan as well: empty where it has none. */
  readonly sums: readonly { readonly buffer: ResidentName; readonly bytes: number }[];
  /** Arenas and other buffers that outlive the plan's step, and the bytes it needs of them (0: whatever there is). */
  readonly residents: ReadonlyMap<ResidentName, number>;
  readonly dispatches: readonly Dispatch[];
  readonly layout: ParameterLayout;
  readonly runningLayout: ParameterLayout;
  /** The values that were kept; inputs, parameters and running values are. */
  readonly places: readonly PlacedValue[];
  /** Inputs that hold class indexes: how many classes there are, and the op that says so. */
  readonly classes: readonly { readonly id: number; readonly op: string; readonly count: number }[];
  /** Values that lie where others do: they cost neither memory nor a dispatch. */
  readonly aliases: readonly { readonly alias: Named; readonly of: Named }[];
  /** What the fusing passes did, a line each. */
  readonly fused: readonly string[];
}

/** Made once for each plan. */
const indexes = new WeakMap<Plan, ReadonlyMap<number, PlacedValue>>();

/** Where a value of the graph lies. Throws UsageError where the plan does not keep it. */
export function placeOfValue(plan: Plan, { id, name }: Pick<Value, 'id' | 'name'>): PlacedValue {
  let index = indexes.get(plan);
  if (!index) {
    index = new Map(plan.places.map((placed) => [placed.id, placed]));
    indexes.set(plan, index);
  }
  const placed = index.get(id);
  if (placed?.name === name) return placed;
  throw new UsageError(`${name} is not in this plan: name it in \`outputs\` (\`keep\` of \`schedule\`) to read it`);
}

/** Where a value lies, which may be given by its name. Throws UsageError where the plan does not keep it, or several by that name. */
export function placeOf(plan: Plan, value: Pick<Value, 'id' | 'name'> | string): PlacedValue {
  if (typeof value !== 'string') {
    requireObject('value', value, 'a value of this plan, or its name');
    return placeOfValue(plan, value);
  }
  const [placed, ...more] = plan.places.filter(({ name }) => name === value);
  if (!placed) {
    const names = [...new Set(plan.places.map(({ name }) => name))];
    throw new UsageError(`there is no ${show(value)} in this plan: it keeps ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', ...' : ''}`);
  }
  if (more.length > 0)
    throw new UsageError(`${more.length + 1} values of this plan are named ${show(value)}: give them different names where the graph is built`);
  return placed;
}
