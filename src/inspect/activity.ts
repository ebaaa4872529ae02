// Dead units and saturated activations as a probe. In its own module, so that bundlers drop it when unused.
import { activityParts, unitActivityOp } from '../ops/statistics.ts';
import { rowsOf } from '../shape.ts';
import { MOMENTS_GROUP } from './moments.ts';
import { type Probe, type ProbeRequest, type Scene, watchedOf } from './probe.ts';

export type ActivityProbe = ProbeRequest;

/** Shares of dead units and of saturated activations of every watched layer and join, at the steps of the full statistics. */
export function activity(): ActivityProbe {
  return { plan };
}

const LARGEST = 3.4028234e38;

function plan(scene: Scene): Probe | undefined {
  const layers = (['layers', 'joins'] as const).flatMap((of) =>
    watchedOf(scene, of).flatMap(({ place: { h, act }, index }) => {
      const { entry } = act;
      const { low = -LARGEST, high = LARGEST } = entry.saturation ?? {};
      return entry.deadAtZero || entry.saturation ? [{ of, index, h, low, high, entry }] : [];
    }),
  );
  if (layers.length === 0) return undefined;
  const activations = layers.map(({ h }) => h);
  const parts = activityParts(activations);
  const ring = { name: 'ring/activity', rowBytes: parts.length * 8, every: scene.every } as const;
  return {
    group: MOMENTS_GROUP,
    ring,
    append(graph, when) {
      if (when !== 'before') return;
      graph.apply(unitActivityOp, activations, { layers: layers.map(({ low, high }) => ({ low, high })), ring }, 'activity', MOMENTS_GROUP);
    },
    decode(row, look) {
      const words = new Uint32Array(row);
      const counts = layers.map(() => ({ dead: 0, saturated: 0 }));
      parts.forEach(({ layer }, i) => {
        counts[layer]!.dead += words[i * 2]!;
        counts[layer]!.saturated += words[i * 2 + 1]!;
      });
      layers.forEach(({ of, index, h, entry }, i) => {
        const { columns, rowsPerSample } = rowsOf(h.type);
        const record = look[of][index]!;
        if (entry.deadAtZero) record.deadShare = counts[i]!.dead / columns;
        if (entry.saturation) record.saturatedShare = counts[i]!.saturated / (columns * Math.max(1, rowsPerSample * look.rows));
      });
    },
  };
}
