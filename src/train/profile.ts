// The profiling mode of a trainer.
import { type ProfileRow, timeDispatches } from '../gpu/profiler.ts';
import type { Trainer } from './trainer.ts';

/**
 * Takes one step with a pass per dispatch and resolves with the GPU time of each by kernel and layer. `history` does not follow it.
 * Throws UsageError where the device has no timestamps.
 */
export async function profile(trainer: Trainer): Promise<ProfileRow[]> {
  return timeDispatches(trainer.device, trainer.runner.prepared(trainer.begin('profile')));
}
