// A plan is data: every buffer and every dispatch of a step, with sizes and offsets, and no device in sight. It holds no function and no object of a
// class, so that it can be compared, cloned, sent to a worker and stored (src/scheduler/stored.ts).
import { show, UsageError } from '../errors.ts';
import type { BufferName, Capabilities, Place } from '../graph/op.ts';
import type { When } from '../groups.ts';
import type { Source } from '../kernel.ts';
import type { ParameterLayout } from '../layout.ts';
import type { TensorType } from '../shape.ts';

export type { Place } from '../graph/op.ts';

/** A range of a buffer; offset and size in bytes. */
export interface Range {
  /** The buffer. */
  readonly buffer: string;
  /** Bytes from its start. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** One dispatch: pipeline, bindings, grid. */
export interface Dispatch {
  /** Kernel and path of the node: `matmul_quad dense_3`. */
  readonly label: string;
  /** The kernel's name; its file is the first of the sources. */
  readonly kernel: string;
  /** The WGSL files that are linked. */
  readonly sources: readonly Source[];
  /** Pipeline constants. */
  readonly overrides: Readonly<Record<string, number>>;
  /** The uniform block in the plan's `params`, in bytes; absent where the kernel has none. */
  readonly params?: { readonly offset: number; readonly size: number };
  /** The storage bindings, in order, from 1. */
  readonly bindings: readonly { readonly access: 'read' | 'read_write'; readonly range: Range }[];
  /** The grid. */
  readonly workgroups: readonly [number, number, number];
  /** Multiply-adds, where there are many for each element that is written. */
  readonly work?: number;
  /** In which steps it runs. */
  readonly when: When;
}

/** A tensor of the graph, as far as a plan knows it. */
export interface Named {
  /** Its path. */
  readonly name: string;
  /** Shape and element type. */
  readonly type: TensorType;
}

/** A value that can be written before the step or read after it, and where it lies. */
export interface PlacedValue extends Named, Place {
  /** Its number in the graph. */
  readonly id: number;
}

/** What the device does for a graph, as data: dispatches in order, and where values lie. */
export interface Plan {
  /** What the device can do that the plan is for. */
  readonly capabilities: Capabilities;
  /** The uniform blocks of all dispatches, 256-byte aligned. */
  readonly params: Uint8Array;
  /** Constant tables, by name. */
  readonly tables: ReadonlyMap<string, Uint32Array | Float32Array>;
  /** The arena of activations and deltas, which belongs to the plan: one buffer where a binding holds it, else as many as it takes. */
  readonly activations: readonly { readonly buffer: BufferName; readonly bytes: number }[];
  /** That of partial sums, which belongs to the plan as well: empty where it has none. */
  readonly sums: readonly { readonly buffer: BufferName; readonly bytes: number }[];
  /** Arenas and other buffers that outlive the plan's step, and the bytes it needs of them (0: whatever there is). */
  readonly persistentBuffers: ReadonlyMap<BufferName, number>;
  /** The dispatches, in order. */
  readonly dispatches: readonly Dispatch[];
  /** Where each parameter lies. */
  readonly layout: ParameterLayout;
  /** Where each buffer that is not trained lies. */
  readonly bufferLayout: ParameterLayout;
  /** The values that were kept; inputs, parameters and buffers are. */
  readonly places: readonly PlacedValue[];
  /** Inputs that hold class indices: how many classes there are, and the op that says so. */
  readonly classes: readonly { readonly id: number; readonly op: string; readonly count: number }[];
  /** Of a program: the inputs, parameters and buffers that a run reads, by their numbers in the graph: they must be written before it. Absent in the plan of a step. */
  readonly needed?: readonly number[];
  /** Values that lie where others do: they cost neither memory nor a dispatch. */
  readonly aliases: readonly { readonly alias: Named; readonly of: Named }[];
  /** What the fusing passes did, a line each. */
  readonly fused: readonly string[];
}

/** Throws a UsageError for anything but a plan. */
export function requirePlan(where: string, given: unknown): asserts given is Plan {
  const { dispatches, places, params } = (given ?? {}) as Partial<Plan>;
  if (!Array.isArray(dispatches) || !Array.isArray(places) || !ArrayBuffer.isView(params))
    throw new UsageError(
      `${where}: expected a plan, as trainer.plan and program.plan are, got ${show(given)}${typeof given === 'string' ? ': open a stored plan with openPlan' : ''}`,
    );
}
