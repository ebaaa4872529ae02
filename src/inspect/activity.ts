// Dead units and saturated activations as a probe. In its own module, so that bundlers drop it when unused.
import type { Value } from '../graph/graph.ts';
import * as LIMITS from '../limits.ts';
import { ACTIVITY, type ActivityLayer, activityParts, unitActivityOp } from '../ops/statistics.ts';
import { rowsOf } from '../shape.ts';
import type { TensorKind } from './history.ts';
import { MOMENTS_GROUP } from './moments.ts';
import { type LayerMetricTable, type Probe, type ProbeFeature, type ProbeRequest, type Scene, watchedOf } from './probe.ts';

/** The probe of dead units and saturated activations, as `activity()` makes it. */
export type ActivityProbe = ProbeRequest;

export const activityMetrics = {
  /** Fraction of units whose activation is zero (ReLU-like: derivative 0) in at least 99 % of the batch's samples. */
  deadFraction: { type: 'number', min: 0, max: 1 },
  /** Fraction of activations in the flat part: |tanh| > 0.97, sigmoid outside [0.03, 0.97]. */
  saturatedFraction: { type: 'number', min: 0, max: 1 },
} as const satisfies LayerMetricTable;

/**
 * Watches the fractions of dead units and of saturated activations of every watched layer and join, at the steps of the full statistics.
 *
 * @returns The probe.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, probes: { every: 10, activity: activity() } });
 */
export function activity(): ActivityProbe {
  return { rank: -1, plan };
}

export const activityProbe = {
  text: {
    en: { title: 'Activity', summary: 'Fractions of dead units and of saturated activations.' },
    zh: { title: '活跃度', summary: '死亡单元与饱和激活的比例。' },
  },
  options: {},
  create: activity,
  usual: (tensors: readonly TensorKind[]) => tensors.includes('h'),
} as const satisfies ProbeFeature;

function plan(scene: Scene): Probe | undefined {
  const layers = (['layers', 'joins'] as const).flatMap((of) =>
    watchedOf(scene, of).flatMap(({ place: { h, act }, index }) => {
      const { entry } = act;
      const saturation = entry.saturation?.(act.params);
      const { low = -LIMITS.float32, high = LIMITS.float32 } = saturation ?? {};
      return entry.deadAtZero || saturation ? [{ of, index, h, low, high, entry }] : [];
    }),
  );
  if (layers.length === 0) return undefined;
  // Of rows that were taken the number is known to the GPU alone: an entry whose numbers are all outside of its bounds counts them.
  const entries: Entry[] = layers.flatMap(({ h, low, high, entry }, layer) => {
    const rows = scene.counting?.rows(h, h, MOMENTS_GROUP, scene.every);
    if (!rows) return [{ layer, value: h, low, high, counts: 'activity' }];
    const all: Entry = { layer, ...rows, low: LIMITS.float32, high: LIMITS.float32, counts: 'all' };
    return [{ layer, ...rows, low, high, counts: 'activity' }, ...(entry.saturation ? [all] : [])];
  });
  const parts = activityParts(entries.map(({ value, taken }) => (taken ?? value).type));
  const ring = { name: 'ring/activity', rowBytes: parts.length * ACTIVITY.words * 4, every: scene.every } as const;
  return {
    group: MOMENTS_GROUP,
    ring,
    append(graph, when) {
      if (when !== 'before') return;
      const values = entries.map(({ value }) => value);
      graph.apply(unitActivityOp, values, { layers: entries.map(({ low, high, taken }) => ({ low, high, taken })), ring }, 'activity', MOMENTS_GROUP);
    },
    decode(row, probed) {
      const words = new Uint32Array(row);
      const counts = layers.map(({ h }) => {
        const { columns, rowsPerSample } = rowsOf(h.type);
        return { dead: 0, saturated: 0, columns, all: columns * rowsPerSample * probed.rows };
      });
      for (const { layer, counts: what } of entries) if (what === 'all') counts[layer]!.all = 0;
      parts.forEach(({ layer: number }, i) => {
        const { layer, counts: what } = entries[number]!;
        const of = counts[layer]!;
        const word = (name: keyof typeof ACTIVITY.at): number => words[i * ACTIVITY.words + ACTIVITY.at[name]]!;
        if (what === 'all') of.all += word('saturated');
        else {
          of.dead += word('dead');
          of.saturated += word('saturated');
        }
      });
      layers.forEach(({ of, index, entry }, i) => {
        const record = probed[of][index]!;
        const { dead, saturated, columns, all } = counts[i]!;
        if (entry.deadAtZero) record.deadFraction = dead / columns;
        if (entry.saturation) record.saturatedFraction = saturated / Math.max(all, columns);
      });
    },
  };
}

/** A layer's activations as the kernel goes over them: for what it is asked, or to count them all. */
interface Entry extends ActivityLayer {
  readonly layer: number;
  readonly value: Value;
  readonly counts: 'activity' | 'all';
}
