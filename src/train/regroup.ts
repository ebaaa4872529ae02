// Changes the groups of a trainer between two steps. Loaded on first use.
import { UsageError } from '../errors.ts';
import { Buffers } from '../gpu/buffers.ts';
import { copyRanges, type RangeCopy } from '../gpu/copies.ts';
import { Runner } from '../gpu/runner.ts';
import type { BufferName } from '../graph/op.ts';
import { infoOf } from '../inspect/taps.ts';
import type { PathGroup } from '../nn/groups.ts';
import type { AnyModel } from '../nn/model.ts';
import { planOf } from '../scheduler/schedule.ts';
import { changedBy, groupedGraph, type ParameterGroup, readGroups } from './groups.ts';
import { link } from './links.ts';
import { type ParameterStore, Weights } from './parameters.ts';
import { ARENAS, type Arena, makeSnapshots, RETAINED } from './retained.ts';
import { runOffset } from './run_state.ts';
import type { StepGraph } from './step_graph.ts';
import type { Trainer } from './trainer.ts';
import { writeFactors } from './write_factors.ts';

/** What a trainer is changing: one change waits for the one before. */
const changes = new WeakMap<object, Promise<void>>();

/** Sets the groups of a trainer (set_groups.ts). */
export function regroup(trainer: Trainer<AnyModel>, groups: readonly ParameterGroup[]): Promise<void> {
  const read = readGroups({ groups }, trainer.parts.grouping);
  const change = (changes.get(trainer) ?? Promise.resolve()).catch(() => undefined).then(() => apply(trainer, read));
  changes.set(trainer, change);
  return change;
}

async function apply(trainer: Trainer<AnyModel>, groups: readonly PathGroup[]): Promise<void> {
  trainer.alive();
  const { parts } = trainer;
  const { graphOptions, graph } = groupedGraph(parts.grouping, groups);
  const commit = (): void => {
    Object.assign(parts, { graphOptions });
    Object.assign(parts.grouping, { groups, set: true });
  };
  if (alike(graph, parts.graph)) {
    commit();
    writeFactors(trainer);
  } else await replan(trainer, graph, commit);
}

/** Whether two steps change the same tensors, so that they differ only in factors. */
function alike(a: StepGraph, b: StepGraph): boolean {
  const [one, other] = [[...changedBy(a)], [...changedBy(b)]];
  return one.length === other.length && one.every((path, i) => path === other[i]);
}

/** Makes the plan of a trainer anew, for this graph and what its device is taken for, and goes on with it between two steps. */
export async function replan(trainer: Trainer<AnyModel>, graph: StepGraph, commit: () => void): Promise<void> {
  const { device, cache, parts, loop, store, model } = trainer;
  const frozen = graph.graph.values.some((value) => value.frozen);
  const plan = await planOf(graph.graph, {
    capabilities: device.capabilities,
    gradientSlots: graph.gradientSlots,
    retain: [...Object.values(graph.model.outputs), graph.losses],
    ...(frozen ? {} : { layout: model.weights.layout, bufferLayout: model.weights.bufferLayout }),
  });
  // All or none of them, where the device has no memory for one.
  const { weights, states, buffer } = await device.attempt(() => {
    const weights = frozen ? new Weights(device, plan.layout, plan.bufferLayout) : model.weights;
    const states = new Buffers(device);
    for (const state of store.states) states.create(state, plan.layout.words * 4);
    if (store.buffer(RETAINED.parameters))
      for (const arena of ARENAS) states.create(RETAINED[arena], (arena === 'parameters' ? plan.layout : plan.bufferLayout).words * 4);
    const buffer = (name: BufferName): GPUBuffer | undefined => states.get(name) ?? weights.buffer(name) ?? parts.bufferProvider.buffer(name);
    if (loop.snapshots) makeSnapshots(store.states, buffer, (name, bytes) => states.create(name, bytes));
    return { weights, states, buffer };
  });
  const made: { destroy(): void }[] = frozen ? [weights, states] : [states];
  try {
    const runner = await Runner.create(device, plan, { buffer }, cache);
    made.push(runner);
    await betweenSteps(trainer, (updates) => {
      const old = store.weights;
      if (frozen) weights.linked = link(device, weights, [{ weights: model.weights, placement: '' }], changedBy(graph));
      copyRanges(device, [...keptRanges(store, weights, states)]);
      commit();
      parts.graph = graph;
      parts.grouping.since = sinceOf(parts.grouping.since, old, weights, updates);
      store.adopt(weights, states);
      store.changes++;
      parts.owned = [...parts.owned.filter((each) => each !== old), ...(frozen ? [weights] : [])];
      // What was asked before the change is answered as it was then.
      if (old !== model.weights) old.destroy(true);
      loop.runner.destroy(true);
      loop.runner = runner;
      loop.run.fresh = true;
      loop.log.probes = graph.probes;
      loop.snapshots?.drop();
      runner.reserve(loop.log.mostBytes);
      parts.batchInput?.move(graph.batch, runner);
      Object.assign(trainer.history, infoOf(graph.taps));
      writeFactors(trainer);
    });
  } catch (error) {
    for (const each of made) each.destroy();
    throw error;
  }
}

/** Times that steps enqueued meanwhile are waited for. */
const ROUNDS = 20;

/** Calls `body` with the number of updates so far while no step is in flight and none is submitted. */
async function betweenSteps(trainer: Trainer<AnyModel>, body: (updates: number) => void): Promise<void> {
  const { current, loop, device } = trainer;
  let release = (): void => undefined;
  loop.hold = new Promise((resolve) => {
    release = resolve;
  });
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.allSettled(loop.pending);
      trainer.alive();
      const at = current.submitted;
      const words = ['step', 'skipped'] as const;
      const bytes = await loop.runner.read(words.map((word) => ({ buffer: 'run', offset: runOffset(word), size: 4 })));
      trainer.alive();
      const [step, skipped] = new Uint32Array(bytes);
      // In its turn: what copies from buffers that are then destroyed must not come after a long work that is being submitted.
      const done = await device.work.inTurn(async () => {
        trainer.alive();
        if (current.submitted !== at || loop.pending.size > 0) return false;
        body(step! - skipped!);
        return true;
      });
      if (done) return;
    }
    throw new UsageError('setGroups: steps were enqueued all the while: await it before you enqueue further ones');
  } finally {
    loop.hold = undefined;
    release();
  }
}

/** What stays of the optimizer's states, of the average, and of the best weights that early stopping keeps: the tensors, at their new places. */
function* keptRanges(store: ParameterStore, weights: Weights, states: Buffers): Generator<RangeCopy> {
  const homes = weights.homes();
  for (const [path, before] of store.weights.homes()) {
    const after = homes.get(path);
    if (!after) continue;
    const range = (from: BufferName, to: BufferName): RangeCopy => ({
      from: store.buffer(from)!,
      fromOffset: before.offset * 4,
      to: states.get(to)!,
      toOffset: after.offset * 4,
      size: before.size * 4,
    });
    if (before.arena === 'parameters' && after.arena === 'parameters') for (const state of store.states) yield range(state, state);
    if (states.get(RETAINED.parameters)) yield range(RETAINED[before.arena as Arena], RETAINED[after.arena as Arena]);
  }
}

/** For each parameter that was frozen, the updates so far: its own count starts here. */
function sinceOf(before: ReadonlyMap<string, number>, old: Weights, { layout }: Weights, updates: number): Map<string, number> {
  const trained = new Set(old.layout.entries.map(({ path }) => path));
  const counts = layout.entries.map(({ path }): [string, number] => [path, trained.has(path) ? (before.get(path) ?? 0) : updates]);
  return new Map(counts.filter(([, count]) => count > 0));
}
