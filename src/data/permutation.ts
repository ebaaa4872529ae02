// The order of the samples in an epoch as a keyed permutation: a function of (index, key) without a list to shuffle or upload.
import type { Key } from '../random.ts';

function hash(x: number, key: number): number {
  let h = (Math.imul(x, 0x9e3779b1) + key) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad) >>> 0;
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97) >>> 0;
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * Where sample `index` of 0 .. count-1 goes; a bijection for every key. A balanced Feistel network of six rounds over the
 * smallest even number of bits that holds `count` (at most 2^30), walked until the value is below `count` (Black & Rogaway
 * 2002). shaders/lib/permute.wgsl is the same function, bit for bit.
 */
export function permuted(index: number, count: number, key: Key): number {
  let half = 1;
  while (2 ** (2 * half) < count && half < 15) half++;
  const mask = 2 ** half - 1;
  let value = index;
  do {
    let left = value >>> half;
    let right = value & mask;
    for (let round = 0; round < 6; round++) {
      const next = (left ^ (hash((right + (round << 24)) >>> 0, key[round & 1]!) & mask)) >>> 0;
      left = right;
      right = next;
    }
    value = ((left << half) | right) >>> 0;
  } while (value >= count);
  return value;
}
