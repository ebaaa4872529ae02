// Buffers on the GPU for copies of a run's state: the best weights (early stopping), and the last good states (roll back).
import type { BufferName } from '../graph/op.ts';

/** What the best weights are kept of. */
export const ARENAS = ['parameters', 'buffers'] as const;
export type Arena = (typeof ARENAS)[number];
/** Where the best weights are kept, arena by arena. */
export const RETAINED = { parameters: 'retained/best', buffers: 'retained/best_buffers' } as const;

/**
 * Two slots for states. A state is copied only before a group is submitted, when at most one group is in flight: the steps before that group are known to be
 * finite then, and the previous state stays. So the last good state is there when a non-finite step is noticed, and is the same however steps were grouped.
 */
const SLOTS = [0, 1] as const;

/** The buffers that a state is made of. */
export const arenasOf = (states: readonly BufferName[]): BufferName[] => ['parameters', 'buffers', 'run', ...states];
/** Where a slot holds the copy of a buffer. */
export const snapshotOf = (slot: number, name: BufferName): BufferName => `retained/${slot}/${name}`;

/** Makes the buffers for states of these arenas. Throws DeviceError where the device does not allow their size. */
export function makeSnapshots(
  states: readonly BufferName[],
  buffer: (name: BufferName) => GPUBuffer | undefined,
  create: (name: BufferName, bytes: number) => unknown,
): void {
  for (const slot of SLOTS) for (const name of arenasOf(states)) create(snapshotOf(slot, name), buffer(name)!.size);
}
