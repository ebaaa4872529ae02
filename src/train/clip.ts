// Clipping of the gradient before the update.
import { show, UsageError } from '../errors.ts';
import { type OptionTable, readOptions } from '../option_table.ts';

/** By global L2 norm: the whole gradient is scaled down where its norm is larger. Or element by element, to at most `value` and at least `-value`. Above 0. */
export type Clip = { norm: number } | { value: number };

interface ClipOptions {
  norm?: number;
  value?: number;
}

export const clipOptions = { norm: { type: 'number', above: 0 }, value: { type: 'number', above: 0 } } as const satisfies OptionTable<ClipOptions>;

/** A copy of what a program passes as `clip`. Throws UsageError unless it is one of the two. */
export function readClip(given: unknown): Clip {
  const { norm, value } = readOptions<ClipOptions, typeof clipOptions>('clip', clipOptions, given);
  if (norm !== undefined && value === undefined) return { norm };
  if (value !== undefined && norm === undefined) return { value };
  throw new UsageError(`clip: expected { norm } or { value }, got ${show(given)}`);
}
