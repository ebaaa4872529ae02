// Structs of 32-bit words that kernels write and TypeScript reads, or the other way about: described once, with what else is known of each word derived.
// tests/shaders/structs.test.ts holds every WGSL struct of that name to it.
import type { ParamType } from './kernel.ts';

export interface Struct<Name extends string = string> {
  /** The words in their order. */
  readonly members: readonly { readonly name: Name; readonly type: ParamType }[];
  /** Index of each word. */
  readonly at: Readonly<Record<Name, number>>;
  /** Words in all. */
  readonly words: number;
}

/** A struct of runs of words of one type. */
/* @__NO_SIDE_EFFECTS__ */
export function struct<const Name extends string>(...runs: readonly (readonly [type: ParamType, ...names: Name[]])[]): Struct<Name> {
  const members = runs.flatMap(([type, ...names]) => names.map((name) => ({ name, type })));
  return { members, at: Object.fromEntries(members.map(({ name }, i) => [name, i])) as Record<Name, number>, words: members.length };
}
