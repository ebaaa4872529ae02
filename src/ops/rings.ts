// Rings: what a step's statistics are written to, a row per probed step, until a copy brings many rows back at once. Rows, sizes and ranges are known
// here alone; shaders/lib/ring.wgsl finds the row of a step, which for samples after a halt is the spare one after all others.
import type { PersistentBuffer } from '../graph/op.ts';
import { persistent } from './kernels.ts';

/** Rows of a ring: how many probed steps may pass before they are read. */
const RING_ROWS = 32;

export interface Ring {
  readonly name: `ring/${string}`;
  readonly rowBytes: number;
  /** The steps that have a row: the first, and those divisible by it. */
  readonly every: number;
}

/** The ring's buffer, which the plan creates. */
export function ringBuffer({ name, rowBytes }: Ring): PersistentBuffer {
  return persistent(name, rowBytes * (RING_ROWS + 1));
}

/** What a kernel must know to find the row of its step. */
export function ringParams({ every }: Ring): { every: number; rows: number } {
  return { every, rows: RING_ROWS };
}

/** Whether a step, counted from 1, has a row. The first one always has: a run may not live to see another. */
export const hasRow = ({ every }: Ring, step: number): boolean => step === 1 || step % every === 0;

/** A row, in bytes. */
export interface RingRow {
  readonly buffer: Ring['name'];
  readonly offset: number;
  readonly size: number;
}

/** Where the row of a step lies; `halted` to sample it after the run has halted. */
export function ringRow({ name, rowBytes, every }: Ring, step: number, halted = false): RingRow {
  return { buffer: name, offset: (halted ? RING_ROWS : Math.floor(step / every) % RING_ROWS) * rowBytes, size: rowBytes };
}

/** Steps that may be submitted at once while as many may be in flight before them: none of their rows is overwritten before it is read. */
export const stepsPerRing = ({ every }: Ring): number => (RING_ROWS / 2 - 1) * every;
