// Changes the groups of a trainer, also during a run. In its own module, so that bundlers drop it when unused.
import type { AnyModel } from '../nn/model.ts';
import type { ParameterGroup } from './groups.ts';
import { later } from './later.ts';
import { ownGroups } from './options.ts';
import { requireTrainer } from './requires.ts';
import type { Trainer } from './trainer.ts';

/**
 * Sets the groups of a trainer, in the place of those that it has, `freeze` included: to unfreeze layers, to freeze others, to change factors. They hold from
 * the next step that is submitted; in a run, that is the next one after the promise has resolved. Only factors: a few words are written. Where other layers are
 * frozen, the step is planned anew, as for a new trainer (its kernels are compiled already, but for those of a kind that is new), and what is in flight is
 * waited for. Parameters that were frozen begin with an optimizer state of zero, at their first update: with Adam, too. The others keep theirs.
 *
 * @param groups - As of `createTrainer`; none trains everything alike.
 * @param trainer - A trainer between steps, or in a run.
 * @throws UsageError for what is no group, a path that is none of the model's, where nothing is left to train, and where `queue` is called again and again
 *   meanwhile.
 *   The groups stay as they were then.
 * @example
 * await setGroups(trainer, [{ match: 'block_*', frozen: true }]);
 * await trainer.fit({ epochs: 5 });
 * await setGroups(trainer, [{ match: 'block_*', learningRateFactor: 0.1 }]);
 */
export async function setGroups(trainer: Trainer<AnyModel>, groups: readonly ParameterGroup[]): Promise<void> {
  requireTrainer('setGroups', trainer);
  trainer.alive();
  const own = ownGroups('setGroups', groups);
  await (await later()).regroup(trainer, own);
}
