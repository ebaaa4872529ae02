// Where a run turned non-finite: the halted step is run once more with all probes on, and the first bad tensor in the order
// of computation is named. The halt left parameters, batch and keys as they were, so the replay computes the same bits.
import { Runner } from '../gpu/runner.ts';
import type { NonFinite, TensorKind } from '../inspect/history.ts';
import { type HistoryPlace, placesOf } from '../inspect/places.ts';
import { infoOf } from '../inspect/taps.ts';
import type { AnyModel } from '../nn/model.ts';
import { placeOfValue } from '../scheduler/place_of.ts';
import { planOf } from '../scheduler/schedule.ts';
import { elementsOf } from '../shape.ts';
import type { Ending } from './ending.ts';
import type { RecoveredEvent } from './loop.ts';
import { runOffset } from './run_state.ts';
import { buildStepGraph } from './step_graph.ts';
import type { Trainer } from './trainer.ts';

/**
 * Records in the history where a run turned non-finite: at the step at which it halted, its last. If the run can go back, it does so and returns the event, and its
 * ending is cancelled.
 */
export async function recover(trainer: Trainer<AnyModel>, ending: Ending, step: number): Promise<RecoveredEvent | undefined> {
  const { current, history, loop } = trainer;
  current.submitted = step;
  const nonFinite = await findNonFinite(trainer, step);
  history.nonFinite = nonFinite;
  const recovery = loop.snapshots?.recover(nonFinite);
  if (!recovery) return undefined;
  ending.halted = false;
  return { type: 'recovered', ...recovery };
}

async function findNonFinite(trainer: Trainer<AnyModel>, step: number): Promise<NonFinite> {
  const { device, cache, parts } = trainer;
  const trained = trainer.plan;
  const { accumulate: _, ...batch } = parts.graphOptions;
  const built = buildStepGraph({
    ...batch,
    update: false,
    everyRow: true,
    probes: { every: 1, tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight'] },
  });
  const probes = built.probes!;
  const plan = await planOf(built.graph, {
    capabilities: device.capabilities,
    gradientSlots: built.gradientSlots,
    layout: trained.layout,
    bufferLayout: trained.bufferLayout,
  });
  const runner = await Runner.create(device, plan, parts.bufferProvider, cache);
  try {
    // If the trainer was destroyed during the await, the buffers that the replay reads are gone.
    trainer.alive();
    for (const [name, data] of Object.entries(parts.batchInput?.last ?? {})) {
      const value = built.batch[name]!;
      const place = placeOfValue(plan, value);
      runner.write(place.buffer, elementsOf(value.type, data), place.offset * 4);
    }
    const bytes = await runner.run([probes.groups(step)], [{ buffer: 'run', offset: runOffset('loss'), size: 12 }, ...probes.ranges(step, { halted: true })]);
    trainer.alive();
    const seen = probes.decode(step, bytes, 12, batch.batch);
    const forward = placesOf(infoOf(built.taps));
    const bad = ({ name, recordOf }: HistoryPlace, tensor: TensorKind): NonFinite | undefined => {
      const stats = recordOf(seen)?.tensors[tensor];
      return stats && stats.nanCount + stats.infCount > 0 ? { step, layer: name, tensor, nanCount: stats.nanCount, infCount: stats.infCount } : undefined;
    };
    for (const place of forward)
      for (const tensor of ['weight', 'z', 'h'] as const) {
        const found = bad(place, tensor);
        if (found) return found;
      }
    const [loss, regularizationLoss] = new Float32Array(bytes, 0, 3) as unknown as [number, number];
    if (!Number.isFinite(loss)) return { step, tensor: 'loss', nanCount: Number.isNaN(loss) ? 1 : 0, infCount: Number.isNaN(loss) ? 0 : 1 };
    for (const place of forward.reverse())
      for (const tensor of ['delta', 'weight_gradient'] as const) {
        const found = bad(place, tensor);
        if (found) return found;
      }
    if (!Number.isFinite(regularizationLoss))
      return { step, tensor: 'regularization_loss', nanCount: Number.isNaN(regularizationLoss) ? 1 : 0, infCount: Number.isNaN(regularizationLoss) ? 0 : 1 };
    return { step, tensor: 'gradient_norm', nanCount: 0, infCount: 1 };
  } finally {
    runner.destroy();
  }
}
