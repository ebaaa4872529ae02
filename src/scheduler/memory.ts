// Places for short-lived values: first use, last use, reuse. First fit over lifetimes, in one arena where a binding holds all, else in several.
import type { Value } from '../graph/graph.ts';
import { BLOCK, requireFits } from '../layout.ts';
import { roundUp, sizeOf } from '../shape.ts';

/** When a value is alive, in indexes of dispatches, both ends included. */
export interface Lifetime {
  readonly value: Value;
  first: number;
  last: number;
}

export interface MemoryOptions {
  /** Bytes that a buffer may have. */
  readonly limit?: number;
  /** Values of which those in one list had better lie in one buffer. */
  readonly together?: readonly (readonly Value[])[];
}

export interface MemoryPlan {
  /** Index of a buffer and offset in words, aligned to BLOCK: values alive at the same time never overlap. */
  readonly places: ReadonlyMap<Value, { readonly buffer: number; readonly offset: number }>;
  /** Words of each buffer. There is always a first. */
  readonly words: readonly number[];
}

interface Buffer {
  words: number;
  /** Active ranges in order of offset. */
  active: { offset: number; end: number; last: number }[];
}

/** Throws DeviceError where a single value does not fit a buffer. */
export function planMemory(lifetimes: readonly Lifetime[], { limit = Number.POSITIVE_INFINITY, together = [] }: MemoryOptions = {}): MemoryPlan {
  const places = new Map<Value, { buffer: number; offset: number }>();
  const buffers: Buffer[] = [{ words: 0, active: [] }];
  const max = Math.floor(limit / 4);
  const companies = new Map<Value, (readonly Value[])[]>();
  for (const list of together) for (const value of list) companies.set(value, [...(companies.get(value) ?? []), list]);
  /** The buffers in the order in which they are tried: where the company is, then the first. */
  const order = (value: Value): number[] => {
    const indexes = [...buffers.keys()];
    const met = new Array<number>(buffers.length).fill(0);
    if (buffers.length > 1)
      for (const other of companies.get(value)?.flat() ?? []) {
        const place = places.get(other);
        if (place) met[place.buffer]!++;
      }
    return indexes.sort((a, b) => met[b]! - met[a]! || a - b);
  };
  for (const { value, first, last } of [...lifetimes].sort((a, b) => a.first - b.first)) {
    // `first` ascends, so what ended before it is free for good.
    for (const buffer of buffers) buffer.active = buffer.active.filter((range) => range.last >= first);
    const size = roundUp(Math.max(1, sizeOf(value.type.shape)), BLOCK);
    requireFits(value.name, size * 4, limit, 'a smaller batch or width');
    const fits = order(value).some((index) => place(buffers[index]!, index));
    if (!fits) {
      buffers.push({ words: 0, active: [] });
      place(buffers.at(-1)!, buffers.length - 1);
    }

    function place(buffer: Buffer, index: number): boolean {
      let offset = 0;
      let at = 0;
      for (; at < buffer.active.length; at++) {
        const range = buffer.active[at]!;
        if (range.offset - offset >= size) break;
        offset = range.end;
      }
      if (offset + size > max) return false;
      buffer.active.splice(at, 0, { offset, end: offset + size, last });
      places.set(value, { buffer: index, offset });
      buffer.words = Math.max(buffer.words, offset + size);
      return true;
    }
  }
  return { places, words: buffers.map(({ words }) => words) };
}
