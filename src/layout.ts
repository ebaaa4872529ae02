// Where each parameter lies in the flat arena: every plan of a model (train, evaluate, predict) and every arena of the same
// layout (gradients, optimizer states) uses the same offsets, so that an update is one dispatch whatever the depth.
import { DeviceError, UsageError } from './errors.ts';
import { roundUp, sizeOf } from './shape.ts';

/** Entries start at multiples of this many words: 256 bytes, WebGPU's alignment of a binding. */
export const BLOCK = 64;

/** Throws a DeviceError where a buffer of the device cannot hold so many bytes. */
export function requireFits(what: string, bytes: number, limit: number, advice: string): void {
  if (bytes > limit) throw new DeviceError('limit', `${what} needs ${bytes} bytes, but this device allows ${limit} in a buffer: use ${advice}`);
}

/** Hyperparameters of one parameter. */
export interface ParameterOptions {
  /** Coefficient of the L1 penalty, l1 |w|. */
  l1?: number;
  /** Coefficient of the L2 penalty, l2/2 |w|²: its gradient is l2 w. */
  l2?: number;
  /** False for parameters that weight decay of the optimizer leaves out (biases, batch norm). */
  decay?: boolean;
}

/** Where a tensor lies in its arena, and its hyperparameters. */
export interface LayoutEntry extends Required<ParameterOptions> {
  /** Its path: `dense_1/weight`. */
  readonly path: string;
  /** Sizes of its axes. */
  readonly shape: readonly number[];
  /** In words from the start of the arena. */
  readonly offset: number;
  /** In words. */
  readonly size: number;
}

/** Parameters or running statistics of a model, in the order in which they were declared: plain data, as a plan is. */
export interface ParameterLayout {
  /** The tensors, in order. */
  readonly entries: readonly LayoutEntry[];
  /** Words in all, a multiple of BLOCK. */
  readonly words: number;
}

/** What a layout is made of. A path that comes twice is one entry. */
export interface Declared {
  readonly name: string;
  readonly type: { readonly shape: readonly number[] };
  readonly options?: ParameterOptions;
}

export function layOut(declared: Iterable<Declared>): ParameterLayout {
  const entries = new Map<string, LayoutEntry>();
  let words = 0;
  for (const { name, type, options = {} } of declared) {
    if (entries.has(name)) continue;
    const size = sizeOf(type.shape);
    entries.set(name, { path: name, shape: type.shape, offset: words, size, l1: options.l1 ?? 0, l2: options.l2 ?? 0, decay: options.decay ?? true });
    words += roundUp(size, BLOCK);
  }
  return { entries: [...entries.values()], words };
}

/** Entries by path, made once for each layout. */
const indexes = new WeakMap<ParameterLayout, Map<string, LayoutEntry>>();

export function findEntry(layout: ParameterLayout, path: string): LayoutEntry | undefined {
  let index = indexes.get(layout);
  if (!index) {
    index = new Map(layout.entries.map((entry) => [entry.path, entry]));
    indexes.set(layout, index);
  }
  return index.get(path);
}

/** Throws UsageError where there is no such path. */
export function entryOf(layout: ParameterLayout, path: string): LayoutEntry {
  return (
    findEntry(layout, path) ??
    unknownPath(
      path,
      layout.entries.map((known) => known.path),
    )
  );
}

/** Throws UsageError that lists the known paths. */
export function unknownPath(path: string, known: readonly string[]): never {
  throw new UsageError(`there is no parameter ${path}; there are ${known.slice(0, 8).join(', ')}${known.length > 8 ? ', ...' : ''}`);
}
