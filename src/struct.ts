// Structs of 32-bit words that kernels write and TypeScript reads, or the other way about: described once, with what else is known of each word derived.
// tests/shaders/structs.test.ts holds every WGSL struct of that name to it.
import type { ParamType } from './kernel.ts';

export interface Struct<Name extends string = string> {
  /** The words in their order. */
  readonly members: Readonly<Record<Name, ParamType>>;
  /** Index of each word. */
  readonly at: Readonly<Record<Name, number>>;
  /** Words in all. */
  readonly words: number;
}

/* @__NO_SIDE_EFFECTS__ */
export function struct<const Name extends string>(members: Readonly<Record<Name, ParamType>>): Struct<Name> {
  const names = Object.keys(members);
  return { members, at: Object.fromEntries(names.map((name, i) => [name, i])) as Record<Name, number>, words: names.length };
}
