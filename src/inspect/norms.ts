// L2 norms as a probe. In its own module, so that bundlers drop it when unused.
import type { Value } from '../graph/graph.ts';
import { chunkSegments } from '../ops/end_step.ts';
import { fillPadding } from '../ops/padding.ts';
import { segmentNormOp } from '../ops/segment_norm.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { NORM_KINDS, type NormKind } from './history.ts';
import { type Probe, type ProbeFeature, type ProbeRequest, type Scene, watchedOf } from './probe.ts';

export const NORM_GROUP = 'norms';

/** The probe of norms, as `norms(...)` makes it. */
export interface NormProbe extends ProbeRequest {
  /** It looks at the first step and at those divisible by this. */
  readonly every: number;
  /** Whose norms it takes. */
  readonly tensors: readonly NormKind[];
}

/** When norms are taken, and of what. */
export interface NormOptions {
  /** Looks at the first step and at those divisible by this; at least 1. */
  every: number;
  /** Both by default. */
  tensors?: readonly NormKind[];
}

const normOptions = {
  every: { type: 'integer', min: 1, required: true },
  tensors: { type: 'list', of: { type: 'name', names: NORM_KINDS }, expected: 'a list of tensors', default: NORM_KINDS },
} as const satisfies OptionTable<NormOptions>;

/**
 * Takes L2 norms alone, of every watched layer's delta and weight gradient: much cheaper than the full statistics.
 *
 * @param options - `every` is needed; both tensors by default.
 * @returns The probe.
 * @throws UsageError for an `every` that is no positive integer, or another tensor.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, probes: { tensors: [], norms: norms({ every: 1 }) } });
 */
export function norms(options: NormOptions): NormProbe {
  const { every, tensors } = readOptions<NormOptions, typeof normOptions>('probes.norms', normOptions, options);
  return { every, tensors, rank: -2, plan: (scene) => plan(scene, every, tensors) };
}

export const normsProbe = {
  text: {
    en: { title: 'Norms', summary: 'L2 norms alone of deltas and weight gradients: they cost next to nothing.' },
    zh: { title: '范数', summary: '仅 δ 与权重梯度的 L2 范数：几乎没有开销。' },
  },
  options: normOptions,
  create: norms,
} as const satisfies ProbeFeature;

function plan(scene: Scene, every: number, tensors: readonly NormKind[]): Probe | undefined {
  const normed = (kind: NormKind, of: 'layers' | 'joins'): { of: 'layers' | 'joins'; index: number; kind: NormKind; watched: Value; value: Value }[] =>
    watchedOf(scene, of).flatMap(({ place, index }) => {
      const watched = kind === 'delta' ? place.z : 'weight' in place ? (place.weight as Value) : undefined;
      const value = watched && scene.gradientOf(watched);
      return value && tensors.includes(kind) ? [{ of, index, kind, watched: watched, value }] : [];
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
        ({ watched, value }) => scene.counting?.norm(watched, value, NORM_GROUP, every) ?? fillPadding(graph, value, 0, false, NORM_GROUP),
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
    decode(row, probed) {
      const words = new Float32Array(row);
      all.forEach(({ of, index, kind }, i) => {
        const record = probed[of][index]!;
        record.norms = { ...record.norms, [kind]: words[i]! };
      });
    },
  };
}
