// The order of the samples in an epoch as a function of (index, key): there is no list to shuffle, store or upload.
import { requireInteger, show, UsageError } from '../errors.ts';
import type { Key } from '../random.ts';

// Eight rounds: with six, a chi-square test over 60,000 keys still told orders of 4 to 16 samples from fair ones.
const ROUNDS = 8;

/** The 32-bit hash "lowbias32" with its best known constants (github.com/skeeto/hash-prospector, issue 19); two products, cheap in WGSL. */
export function mix(x: number): number {
  let h = x;
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

/**
 * Where sample `index` of 0 .. count-1 goes: a bijection for every key, and keys that differ in one bit are unrelated.
 * Counts up to 2^32 - 1. An index outside comes back unchanged.
 *
 * A balanced Feistel network over the smallest even number of bits that holds `count`, walked until it lands below `count`
 * (Black and Rogaway 2002): at most four turns on average. shaders/lib/permute.wgsl is the same function, bit for bit.
 *
 * @param index - From 0 to count - 1.
 * @param count - At most 2^32 - 1.
 * @param key - Two 32-bit words; a trainer uses another key for each epoch.
 * @returns From 0 to count - 1.
 * @throws UsageError for another index or count, and for a key that is no two numbers.
 * @example
 * const order = Array.from({ length: 10 }, (_, i) => permuted(i, 10, [1, 2]));
 */
export function permuted(index: number, count: number, key: Key): number {
  requireInteger('permuted: index', index, 0);
  requireInteger('permuted: count', count, 0);
  if (count >= 2 ** 32) throw new UsageError(`permuted: count: expected at most 4294967295, got ${count}`);
  if (!Array.isArray(key) || key.length !== 2) throw new UsageError(`permuted: key: expected two numbers, got ${show(key)}`);
  if (index >= count) return index;
  const half = Math.max(1, (33 - Math.clz32(count - 1)) >>> 1);
  const mask = (1 << half) - 1;
  const first = mix(key[0] + 0x9e3779b9);
  const stride = mix(key[1] ^ first);
  let x = index;
  do {
    let left = x >>> half;
    let right = x & mask;
    let round = first;
    for (let i = 0; i < ROUNDS; i++) {
      round = (round + stride) >>> 0;
      [left, right] = [right, left ^ (mix(right ^ round) & mask)];
    }
    x = ((left << half) | right) >>> 0;
  } while (x >= count);
  return x;
}
