// The state of a run as a whole, read from a trainer and written to another one of the same options: what recovery goes back to, and what a step is replayed from.
import { UsageError } from '../errors.ts';
import type { BufferName } from '../graph/op.ts';
import type { AnyModel } from '../nn/model.ts';
import type { ParameterGroup } from './groups.ts';
import { regroup } from './regroup.ts';
import { arenasOf } from './retained.ts';
import type { ScheduleState } from './schedules/schedule.ts';
import type { Trainer } from './trainer.ts';
import { writeFactors } from './write_factors.ts';

/** A state, complete. */
export interface WholeState {
  /** Steps taken. */
  readonly step: number;
  /** What lies where in the arenas. */
  readonly layout: string;
  readonly arenas: ReadonlyMap<BufferName, Float32Array>;
  readonly reacted: ScheduleState | undefined;
  /** Where `setGroups` had set some. */
  readonly groups: readonly ParameterGroup[] | undefined;
  readonly since: ReadonlyMap<string, number>;
}

export const layoutOf = ({ store }: Trainer<AnyModel>): string => JSON.stringify([...store.homes()]);

/** The state as it is once everything submitted so far has run. */
export async function readState(trainer: Trainer<AnyModel>, step: number): Promise<WholeState> {
  const { store, learningRates, parts } = trainer;
  const { since, groups, set } = parts.grouping;
  store.weights.linked?.pull();
  const names = arenasOf(store.states);
  const about = {
    step,
    layout: layoutOf(trainer),
    reacted: learningRates.reacted,
    groups: set ? groups.map(({ paths, settings }) => ({ match: paths, ...settings })) : undefined,
    since: new Map(since),
  };
  const arenas = await Promise.all(names.map((name) => store.readArena(name)));
  return { ...about, arenas: new Map(names.map((name, i) => [name, arenas[i]!])) };
}

/** Sets the state of a trainer, between two of its steps. Rejects with UsageError where its tensors lie otherwise. */
export async function writeState(trainer: Trainer<AnyModel>, { groups, layout, arenas, since }: WholeState): Promise<void> {
  if (groups) await regroup(trainer, groups);
  if (layoutOf(trainer) !== layout) throw new UsageError('the model is laid out otherwise on this device: load the last checkpoint');
  for (const [name, words] of arenas) trainer.store.write(name, words);
  trainer.store.weights.linked?.push(() => true);
  trainer.parts.grouping.since = since;
  writeFactors(trainer);
}
