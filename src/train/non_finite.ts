// Where a run turned non-finite: the halted step is run once more with all probes on, and the first bad tensor in the order
// of computation is named. The halt left parameters, batch and keys as they were, so the replay computes the same bits.
import type { Batch } from '../data/source.ts';
import type { Device } from '../gpu/device.ts';
import type { PipelineCache } from '../gpu/pipelines.ts';
import { type Residents, Runner } from '../gpu/runner.ts';
import type { NonFinite, TensorKind } from '../inspect/history.ts';
import { type HistoryPlace, placesOf } from '../inspect/places.ts';
import { infoOf } from '../inspect/taps.ts';
import { placeOfValue } from '../scheduler/place_of.ts';
import type { Plan } from '../scheduler/plan.ts';
import { schedule } from '../scheduler/schedule.ts';
import { elementsOf } from '../shape.ts';
import { runOffset } from './run_state.ts';
import { buildStepGraph, type StepGraphOptions } from './step_graph.ts';

/** `alive` throws where the trainer was destroyed meanwhile, whose buffers the replay reads. */
export async function findNonFinite(
  device: Device,
  cache: PipelineCache,
  residents: Residents,
  options: StepGraphOptions,
  trained: Plan,
  step: number,
  fed: Batch | undefined,
  alive: () => void,
): Promise<NonFinite> {
  const { accumulate: _, ...batch } = options;
  const built = buildStepGraph({
    ...batch,
    update: false,
    everyRow: true,
    probes: { every: 1, tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight'] },
  });
  const probes = built.probes!;
  const plan = schedule(built.graph, {
    capabilities: device.capabilities,
    pins: built.pins,
    layout: trained.layout,
    runningLayout: trained.runningLayout,
  });
  const runner = await Runner.create(device, plan, residents, cache);
  try {
    alive();
    for (const [name, data] of Object.entries(fed ?? {})) {
      const value = built.batch[name]!;
      const place = placeOfValue(plan, value);
      runner.write(place.buffer, elementsOf(value.type, data), place.offset * 4);
    }
    const bytes = await runner.run([probes.groups(step)], [{ buffer: 'run', offset: runOffset('loss'), size: 12 }, ...probes.ranges(step, { halted: true })]);
    alive();
    const seen = probes.decode(step, bytes, 12, options.batch);
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
    const [loss, penalty] = new Float32Array(bytes, 0, 3) as unknown as [number, number];
    if (!Number.isFinite(loss)) return { step, tensor: 'loss', nanCount: Number.isNaN(loss) ? 1 : 0, infCount: Number.isNaN(loss) ? 0 : 1 };
    for (const place of forward.reverse())
      for (const tensor of ['delta', 'weight_gradient'] as const) {
        const found = bad(place, tensor);
        if (found) return found;
      }
    if (!Number.isFinite(penalty)) return { step, tensor: 'penalty', nanCount: Number.isNaN(penalty) ? 1 : 0, infCount: Number.isNaN(penalty) ? 0 : 1 };
    return { step, tensor: 'gradient_norm', nanCount: 0, infCount: 1 };
  } finally {
    runner.destroy();
  }
}
