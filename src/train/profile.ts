// The profiling mode of a trainer.

import { UsageError } from '../errors.ts';
import { type ProfileRow, profiled, timeDispatches } from '../gpu/profiler.ts';
import type { AnyModel } from '../nn/model.ts';
import { requireTrainer } from './requires.ts';
import { batchesOf } from './step_graph.ts';
import type { Trainer } from './trainer.ts';

/**
 * Takes one step with a pass per dispatch and measures the GPU time of each. `history` does not get its record.
 *
 * @param trainer - A trainer on a device with timestamps.
 * @returns A row for each dispatch, with kernel, layer and milliseconds.
 * @throws UsageError where the device has no timestamps, for what is no trainer, and for one that accumulates batches.
 * @example
 * for (const { label, milliseconds } of await profile(trainer)) console.log(label, milliseconds.toFixed(3));
 */
export async function profile(trainer: Trainer<AnyModel>): Promise<ProfileRow[]> {
  requireTrainer('profile', trainer);
  const rows = await timeDispatches(trainer.device, trainer.runner.prepared(beginStep(trainer, 'profile')).map(profiled));
  trainer.alive();
  return rows;
}

/** Counts a step that someone else submits, and names the probe groups that look at it. */
export function beginStep(trainer: Trainer<AnyModel>, call: string): string[] {
  const { current, loop, learningRates, options } = trainer;
  trainer.requireUnstreamed(call);
  if (batchesOf(options) > 1) throw new UsageError(`${call}: a step of several batches has no single pass: leave accumulate out`);
  learningRates.ensure(++current.submitted);
  return loop.log.groups(current.submitted);
}
