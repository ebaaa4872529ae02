// A plan is data: every buffer and every dispatch of a step, with sizes and offsets, and no device in sight.
import type { Value } from '../graph/graph.ts';
import type { Place, ResidentName } from '../graph/op.ts';
import type { When } from '../groups.ts';
import type { Kernel, Source } from '../kernel.ts';
import type { ParameterLayout } from '../layout.ts';

export type { Place } from '../graph/op.ts';

/** A range of a buffer; offset and size in bytes. */
export interface Range {
  readonly buffer: string;
  readonly offset: number;
  readonly size: number;
}

export interface Dispatch {
  readonly label: string;
  readonly kernel: Kernel;
  readonly sources: readonly Source[];
  readonly overrides: Readonly<Record<string, number>>;
  /** Offset of the uniform block in the plan's `params`; absent where the kernel has none. */
  readonly params?: number;
  readonly bindings: readonly { access: 'read' | 'read_write'; range: Range }[];
  readonly workgroups: readonly [number, number, number];
  readonly when: When;
}

export interface Plan {
  /** The uniform blocks of all dispatches, 256-byte aligned. */
  readonly params: Uint8Array;
  /** Constant tables, by name. */
  readonly tables: ReadonlyMap<string, Uint32Array | Float32Array>;
  /** The arena of activations and deltas, which belongs to the plan: one buffer where a binding holds it, else as many as it takes. */
  readonly activations: readonly { readonly buffer: ResidentName; readonly bytes: number }[];
  /** Bytes that a binding may have on the device that the plan is for. */
  readonly bindingBytes: number;
  /** Arenas and other buffers that outlive the plan's step, and the bytes it needs of them (0: whatever there is). */
  readonly residents: ReadonlyMap<ResidentName, number>;
  readonly dispatches: readonly Dispatch[];
  readonly layout: ParameterLayout;
  readonly runningLayout: ParameterLayout;
  /** Where the values that were kept lie. */
  place(value: Value): Place;
  /** Values that lie where others do: they cost neither memory nor a dispatch. */
  readonly aliases: readonly { readonly alias: Value; readonly of: Value }[];
  /** What the fusing passes did, a line each. */
  readonly fused: readonly string[];
}
