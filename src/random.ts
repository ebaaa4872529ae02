// Counter-based random numbers: a number is a function of (key, counter), never of what was drawn before, so that the
// CPU, the GPU (shaders/lib/random.wgsl is the same function) and a resumed run agree.

/** A key of two 32-bit words. */
export type Key = readonly [number, number];

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/**
 * Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"; as in JAX).
 * Two 32-bit words in, two out; both unsigned.
 */
export function threefry(key: Key, c0: number, c1: number): [number, number] {
  mix(key[0], key[1], c0, c1);
  return [first >>> 0, second >>> 0];
}

/** The two words that `mix` made last, as signed integers: an object for each would cost more than the rounds, and initial values take millions. */
let first = 0;
let second = 0;

function mix(key0: number, key1: number, c0: number, c1: number): void {
  const k0 = key0 | 0;
  const k1 = key1 | 0;
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round & 7]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if ((round & 3) !== 3) continue;
    // The words of the key take turns.
    const i = (round + 1) >> 2;
    const turn = i % 3;
    x0 = (x0 + (turn === 0 ? k0 : turn === 1 ? k1 : k2)) | 0;
    x1 = (x1 + (turn === 0 ? k1 : turn === 1 ? k2 : k0) + i) | 0;
  }
  first = x0;
  second = x1;
}

/** The key of a seed (any safe integer). */
export function keyOf(seed: number): Key {
  return [seed >>> 0, Math.floor(seed / 4294967296) >>> 0];
}

/** A key for one purpose, derived from another: `fold(keyOf(seed), 'shuffle')`. */
export function foldIn(key: Key, name: string | number): Key {
  let hash = 2166136261; // FNV-1a
  for (const char of String(name)) hash = Math.imul(hash ^ char.codePointAt(0)!, 16777619);
  return threefry(key, hash >>> 0, typeof name === 'number' ? 1 : 0);
}

/** A stream of numbers from a key: for initial values, generators and splits on the CPU. */
export class Random {
  #counter = 0;
  #spare: number | undefined;
  readonly #key: Key;

  constructor(key: Key | number) {
    this.#key = typeof key === 'number' ? keyOf(key) : key;
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    mix(this.#key[0], this.#key[1], this.#counter++, 0);
    return ((first >>> 5) * 67108864 + (second >>> 6)) / 9007199254740992;
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    if (this.#spare !== undefined) {
      const z = this.#spare;
      this.#spare = undefined;
      return z;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Integer in [0, n). */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Shuffles in place (Fisher-Yates) and returns the array. */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [items[i], items[j]] = [items[j]!, items[i]!];
    }
    return items;
  }
}
