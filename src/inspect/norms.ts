// L2 norms as a probe. In its own module, so that bundlers drop it when unused.
import { requireInteger, requireName } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import { chunkSegments, segmentNormOp } from '../ops/finish.ts';
import { fillPadding } from '../ops/padding.ts';
import { NORM_KINDS, type NormKind } from './history.ts';
import { type Probe, type ProbeRequest, type Scene, watchedOf } from './probe.ts';

export const NORM_GROUP = 'norms';

export interface NormProbe extends ProbeRequest {
  readonly every: number;
  readonly tensors: readonly NormKind[];
}

/**
 * L2 norms alone, of every watched layer's delta and weight gradient, at the steps divisible by `every`: much cheaper than the full statistics.
 * Throws UsageError for an `every` that is no positive integer, or another tensor.
 */
export function norms({ every, tensors = NORM_KINDS }: { every: number; tensors?: readonly NormKind[] }): NormProbe {
  requireInteger('probes.norms.every', every);
  for (const kind of tensors) requireName('probes.norms.tensors', kind, NORM_KINDS);
  const own = [...tensors];
  return { every, tensors: own, plan: (scene) => plan(scene, every, own) };
}

function plan(scene: Scene, every: number, tensors: readonly NormKind[]): Probe | undefined {
  const normed = (kind: NormKind, of: 'layers' | 'joins'): { of: 'layers' | 'joins'; index: number; kind: NormKind; looked: Value; value: Value }[] =>
    watchedOf(scene, of).flatMap(({ place, index }) => {
      const looked = kind === 'delta' ? place.z : 'weight' in place ? (place.weight as Value) : undefined;
      const value = looked && scene.gradientOf(looked);
      return value && tensors.includes(kind) ? [{ of, index, kind, looked, value }] : [];
    });
  // Deltas first, then weight gradients, each in the order of the layers.
  const deltas = [...normed('delta', 'layers'), ...normed('delta', 'joins')];
  const gradients = normed('weight_gradient', 'layers');
  const all = [...deltas, ...gradients];
  if (all.length === 0) return undefined;
  const ring = { name: 'ring/norms', rowBytes: all.length * 4, every } as const;
  const values = (list: typeof all): Value[] => list.map(({ value }) => value);
  return {
    group: NORM_GROUP,
    ring,
    append(graph, when) {
      if (when !== 'before') return;
      const { partials, of } = scene.gradients;
      const counted = deltas.map(
        ({ looked, value }) => scene.counting?.norm(looked, value, NORM_GROUP, every) ?? fillPadding(graph, value, 0, false, NORM_GROUP),
      );
      graph.apply(
        segmentNormOp,
        [...(gradients.length ? [partials] : []), ...counted, ...values(gradients)],
        {
          sums: gradients.length ? 1 : 0,
          deltas: deltas.length,
          segments: chunkSegments(of, values(gradients)).map(([first, count]) => [0, first, count] as const),
          ring,
        },
        'norms',
        NORM_GROUP,
      );
    },
    decode(row, look) {
      const words = new Float32Array(row);
      all.forEach(({ of, index, kind }, i) => {
        const record = look[of][index]!;
        record.norms = { ...record.norms, [kind]: words[i]! };
      });
    },
  };
}
