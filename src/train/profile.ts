// The profiling mode of a trainer.

import { UsageError } from '../errors.ts';
import { type ProfileRow, timeDispatches } from '../gpu/profiler.ts';
import type { AnyModel } from '../nn/model.ts';
import { requireTrainer } from './requires.ts';
import { batchesOf } from './step_graph.ts';
import type { Trainer } from './trainer.ts';

/**
 * Takes one step with a pass per dispatch and resolves with the GPU time of each by kernel and layer. `history` does not follow it.
 * Throws UsageError where the device has no timestamps.
 */
export async function profile(trainer: Trainer<AnyModel>): Promise<ProfileRow[]> {
  requireTrainer('profile', trainer);
  return timeDispatches(trainer.device, trainer.runner.prepared(beginStep(trainer, 'profile')));
}

/** Counts a step that someone else submits, and names the probe groups that look at it. */
export function beginStep(trainer: Trainer<AnyModel>, call: string): string[] {
  const { current, loop, rates, options } = trainer;
  trainer.requireUnstreamed(call);
  if (batchesOf(options) > 1) throw new UsageError(`${call}: a step of several batches has no single pass: leave accumulate out`);
  rates.ensure(++current.submitted);
  return loop.log.groups(current.submitted);
}
