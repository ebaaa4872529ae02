// Places for short-lived values in one arena: first use, last use, reuse. First fit over lifetimes.
import type { Value } from '../graph/graph.ts';
import { BLOCK } from '../layout.ts';
import { roundUp, sizeOf } from '../shape.ts';

/** When a value is alive, in indexes of dispatches, both ends included. */
export interface Lifetime {
  readonly value: Value;
  first: number;
  last: number;
}

/** Offsets in words, aligned to BLOCK, so that values alive at the same time never overlap; and the words needed in all. */
export function planMemory(lifetimes: readonly Lifetime[]): { offsets: Map<Value, number>; words: number } {
  const offsets = new Map<Value, number>();
  let words = 0;
  // Active ranges in order of offset. `first` ascends, so what ended before it is free for good.
  let active: { offset: number; end: number; last: number }[] = [];
  for (const { value, first, last } of [...lifetimes].sort((a, b) => a.first - b.first)) {
    active = active.filter((range) => range.last >= first);
    const size = roundUp(Math.max(1, sizeOf(value.type.shape)), BLOCK);
    let offset = 0;
    let at = 0;
    for (; at < active.length; at++) {
      const range = active[at]!;
      if (range.offset - offset >= size) break;
      offset = range.end;
    }
    active.splice(at, 0, { offset, end: offset + size, last });
    offsets.set(value, offset);
    words = Math.max(words, offset + size);
  }
  return { offsets, words };
}
