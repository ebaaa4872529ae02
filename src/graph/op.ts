// What an operation is: shape rule, gradient and lowering in one object. The graph knows no op by name.
import type { When } from '../groups.ts';
import type { Kernel, Source } from '../kernel.ts';
import type { ParameterLayout } from '../layout.ts';
import type { DType, TensorType } from '../shape.ts';
import type { Graph, Node, Value } from './graph.ts';

/** A whole buffer that outlives a step: an arena of the store, the run state, the data set. */
export interface PersistentBuffer {
  /** Tells it from values and tables. */
  readonly kind: 'persistent';
  /** Which buffer. */
  readonly name: BufferName;
  /** The size of buffers that the plan itself creates (rings, partial sums). */
  readonly bytes?: number;
}
/** The names of the buffers that outlive a step. */
export type BufferName =
  | 'parameters'
  | 'gradients'
  | 'buffers'
  | 'activations'
  | `activations/${number}`
  | 'sums'
  | `sums/${number}`
  | 'run'
  | 'log'
  | 'learning_rates'
  | `optimizer/${number}`
  | 'optimizer/average'
  | `data/${string}`
  | `ring/${string}`
  | `retained/${string}`;

/** Constant words that the plan uploads once; they may hold places of values, known only after the memory is planned. */
export interface Table {
  /** Tells it from values and buffers. */
  readonly kind: 'table';
  /** Its name, for labels. */
  readonly name: string;
  /** Its size in 32-bit words. */
  readonly words: number;
  /**
   * Makes its words.
   *
   * @param place - Says where a value lies.
   * @returns As many words as `words` says.
   */
  fill(place: (value: Value) => Place): Uint32Array | Float32Array;
}

/** Where a value lies: offset and size in 32-bit words. */
export interface Place {
  /** The buffer. */
  readonly buffer: BufferName;
  /** Words from the start of the buffer. */
  readonly offset: number;
  /** Words. */
  readonly size: number;
}

/** What a binding of a dispatch may name: a value (an emitter's scratch memory is one too), a whole buffer, or a table. */
export type Target = Value | PersistentBuffer | Table;

/** A dispatch as an op asks for it; the scheduler gives the targets their places. */
export interface DispatchRequest<Binding extends string = string, Param extends string = string, Override extends string = string> {
  /** The kernel. */
  kernel: Kernel<Binding, Param, Override>;
  /** Modules linked with the kernel's file. */
  link?: readonly Source[];
  /** Pipeline constants other than the kernel's defaults. */
  overrides?: Partial<Record<string, number>>;
  /** The words of the uniform block. */
  params?: Record<Param, number>;
  /** What each storage binding is. */
  bindings: Record<Binding, Target>;
  /** Bindings of linked modules, after the kernel's own. */
  moreBindings?: { access: 'read' | 'read_write'; target: Target }[];
  /** The grid; 1 where a direction is left out. */
  workgroups: readonly [number, number?, number?];
  /** Multiply-adds, where there are many for each element that is written: how much a submit may hold is measured by it. */
  work?: number;
  /** Values reached through a whole arena rather than a binding of their own. */
  reads?: readonly Value[];
  /** Values written through a whole arena. */
  writes?: readonly Value[];
  /** With its node's group by default. */
  when?: When;
}

/** What the device offers that a lowering may depend on. */
export interface Capabilities {
  /** True on SwiftShader, for which some kernels are tuned. Any other adapter, known or not, gets the portable ones (src/ops/kernel_choice.ts). */
  readonly swiftshader: boolean;
  /** Invocations that see each other's registers (WGSL's subgroups); 0 where the device has none or their number varies. */
  readonly subgroupSize: number;
  /** Workgroups in a direction of the grid, at most. */
  readonly maxWorkgroups: number;
  /** Bytes of a binding, at most. */
  readonly maxBufferBytes: number;
}

/** Dispatches of a kernel that walks the activations: it binds a buffer as a whole and finds values in it by their offsets. */
export interface Walk {
  /** What the kernel reads. */
  readonly reads: readonly Value[];
  /** What it writes; nothing by default. */
  readonly writes?: readonly Value[];
  /** Values of which those in one list had better lie in one buffer, where the activations need several. */
  readonly together?: readonly (readonly Value[])[];
  /**
   * Values that the body binds by themselves while it binds the activations as a whole: partial sums. They lie in memory of their own (`sums`), since
   * WebGPU refuses a buffer of which a dispatch writes one part and reads all.
   */
  readonly apart?: readonly Value[];
}

/** What a lowering writes into. */
export interface Emitter {
  /** What the device offers. */
  readonly capabilities: Capabilities;
  /** Where each parameter lies. */
  readonly layout: ParameterLayout;
  /**
   * For kernels that walk the activations, which may lie in several buffers: `body` is called once the memory is planned, knows the buffer of each value
   * and dispatches once for each. Its bindings are persistent buffers, tables and what the walk reads or keeps apart; scratch memory must be asked for before.
   *
   * @param walk - What it reads and writes.
   * @param body - Dispatches for one buffer.
   */
  walk(walk: Walk, body: (bufferOf: (value: Value) => BufferName) => void): void;
  /**
   * Adds a dispatch.
   *
   * @param request - Kernel, bindings, parameters and grid.
   */
  dispatch<Binding extends string, Param extends string, Override extends string>(request: DispatchRequest<Binding, Param, Override>): void;
  /**
   * Words of memory for this node alone.
   *
   * @param name - For labels.
   * @param words - Its size in 32-bit words.
   * @returns A value to bind.
   */
  scratch(name: string, words: number): Value;
}

/** An upstream gradient: null where nothing downstream asks for one. */
export type Gradient = Value | null;

/**
 * What the padded rows of a batch hold: zeros; what a true row could hold, so that they are finite where true rows are;
 * or anything. It is what tells whether a sum over the batch has to clear them first. Zeros are nothing that a true row could hold: a function of
 * both kinds, or one that is not defined at zero, makes anything of them.
 */
export type Padding = 'zero' | 'alike' | 'any';

/** How a pass describes a node that it makes. */
export interface MadeNode {
  readonly name: string;
  readonly group: string;
  /** The values that it makes, whose types must be those that its op infers; undefined for a new value. */
  readonly outputs: readonly (Value | undefined)[];
}

/** Where the partial sums of squares of a tensor stand among others. */
export interface SumSegment {
  readonly sums: Value;
  readonly first: number;
  readonly count: number;
}

/** Where partial sums of squares come from after fusing: the kernels that make some of the tensors write theirs. */
export interface MovedSums {
  readonly from: Value;
  readonly to: readonly Value[];
  segmentOf(tensor: Value): SumSegment;
}

/** What a pass may ask about the list that it rewrites, and how it makes nodes. */
export interface FusionContext {
  /** A node that takes the place of others. After the pass its outputs are held to what its op infers. */
  node<Attrs>(op: Op<Attrs>, inputs: readonly Value[], attrs: NoInfer<Attrs>, made: MadeNode): Node<Attrs>;
  /** The nodes that alias a value, and their aliases. */
  aliases(value: Value): readonly Node[];
  /** Nodes that read a value or an alias of it, but for those that make aliases. */
  readers(value: Value): readonly Node[];
  /** The value that it is an alias of, through all others; itself where it is none. */
  root(value: Value): Value;
  /** True where the value or an alias of it must exist after the step or is watched: it may be written by a fused kernel, never left out. */
  retained(value: Value): boolean;
  /** The gradient in the gradient arena that the value is: itself, or an alias of it that alone reads it. */
  pinnedAs(value: Value): Value | undefined;
  /** True where the value lies among the activations: neither given from outside nor, itself or by an alias, in the gradient arena. */
  activation(value: Value): boolean;
}

/** A rewrite of the list of nodes: several nodes become one that the GPU does faster. */
export interface Fusion {
  readonly name: string;
  /** True for one that runs before those of dense layers, since it leaves them more to fuse. */
  readonly early?: true;
  /** The new list of nodes, and a line for each thing that was fused. */
  rewrite(nodes: readonly Node[], context: FusionContext): { nodes: Node[]; fused: string[] };
}

/**
 * What a node does to the signal that passes through it, from which probes know what a layer is (src/inspect/taps.ts). An op that says nothing ends
 * the layer before it. Every kind but `product` and `sum` takes the signal as its first input and gives it as its first output.
 */
// biome-ignore lint/suspicious/noExplicitAny: as in Op
export type Signal<Attrs = any> =
  /** Data times a weight: a layer begins. `weights` are the inputs that may be the weight, each output sums over `fanIn` products. */
  | { readonly kind: 'product'; readonly weights: readonly number[]; fanIn(inputs: readonly TensorType[], attrs: Attrs): number }
  /** Adds the second input to each row. */
  | { readonly kind: 'bias' }
  /** Normalizes; `batch` where it does so over the batch. */
  | { readonly kind: 'norm'; readonly batch: boolean }
  /** Attributes as of the op `activation`: name, entry of the table and parameters. */
  | { readonly kind: 'activation' }
  /** The same elements in another shape. */
  | { readonly kind: 'view' }
  /** The sum of its inputs. */
  | { readonly kind: 'sum' };

/** An operation as data: shape rule, gradient and lowering. */
// biome-ignore lint/suspicious/noExplicitAny: an op's attributes are its own; the graph passes them through
export interface Op<Attrs = any> {
  /** Its name, in messages and labels. */
  readonly name: string;
  /** Whether the op overwrites an input, by its index: what reads an alias of one later needs a copy from before. */
  mutates?(input: number): boolean;
  /** True where the first output is the first input in another shape: it lies in the same memory and costs no dispatch. `lower` copies, for where that would not be right. */
  readonly alias?: true;
  /** True for an op with an effect outside the values (update, log, ring): it is kept even if nothing reads its outputs. */
  readonly effect?: boolean;
  /** What the op does to the signal of a layer, where probes must know. */
  readonly signal?: Signal<Attrs> | ((inputs: readonly TensorType[]) => Signal<Attrs>);
  /**
   * For an op that makes each element of the elements at its place: whether it is linear in them, or while the other factor, or the divisor, is no data.
   */
  readonly elementwise?: 'linear' | 'product' | 'quotient' | 'curved';
  /** For a loss: true where it takes a missing gradient of its first output for that of the mean over the true rows. */
  readonly meansRows?: true;
  /** For a loss that gives no gradient to its targets, the second input: the function of `fathom-webgpu/ops` that does. */
  withoutTargetGradient?(attrs: Attrs): string;
  /** True where no gradient passes: to whatever comes after, the outputs are data. */
  readonly stops?: true;
  /** For an op that only looks at its inputs, at the steps divisible by a number: that number. */
  sampleEvery?(attrs: Attrs): number;
  /** For an op that takes class indexes: the input that holds them, [rows, 1], and how many classes there are. */
  classes?(node: Node<Attrs>): { readonly labels: Value; readonly count: number } | undefined;
  /** Passes that run where the op is in a graph. They come with the op, so that a program without it does not carry them. */
  readonly fusions?: readonly Fusion[];
  /** For an op that takes partial sums of squares: its inputs and attributes where they stand elsewhere. */
  moveSums?(node: Node<Attrs>, moved: MovedSums): Pick<Node<Attrs>, 'inputs' | 'attrs'>;
  /** Element types of its inputs where they are not all f32: one for each, or any. */
  readonly elements?: 'any' | readonly DType[];
  /** What the padded rows of the outputs hold, from those of the inputs (`alike` for tensors that are no batch); `any` where it is absent. */
  padding?(inputs: readonly Padding[], attrs: Attrs): Padding[];
  /** Types of the outputs; throws ShapeError. `where` is the path of the node. */
  infer(inputs: readonly TensorType[], attrs: Attrs, where: string): TensorType[];
  /** Gradients of the inputs from those of the outputs. Required: null is a decision, not an omission. */
  readonly vjp: ((graph: Graph, node: Node<Attrs>, gradients: readonly Gradient[]) => Gradient[]) | null;
  /** Kernels and their parameters. */
  lower(emit: Emitter, node: Node<Attrs>): void;
}
