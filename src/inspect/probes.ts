// Probes: what is asked for becomes nodes at the end of the training graph, and rows of rings become records.
import { requireInteger, requireName, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { copyArenaOp } from '../ops/arena.ts';
import { chunkSegments } from '../ops/finish.ts';
import { resident } from '../ops/kernels.ts';
import { activityParts, MOMENT_WORDS, momentsOp, type Segment, type StatisticsAttrs, type StatisticsSource } from '../ops/statistics.ts';
import { sizeOf } from '../shape.ts';
import type { ActivityProbe } from './activity.ts';
import type { HistogramProbe } from './histograms.ts';
import { type LayerRecord, TENSOR_KINDS, type TensorKind, type TensorStats } from './history.ts';
import type { NormProbe } from './norms.ts';
import type { Tap } from './taps.ts';

/** What to watch. All layers and z, delta and weight gradient at every step by default. */
export interface ProbeOptions {
  /** Look at the steps divisible by this; 1 by default. */
  every?: number;
  tensors?: readonly TensorKind[];
  /** Histograms of |x| of the same tensors: `histograms({ every: 50 })`. */
  histograms?: HistogramProbe;
  /** L2 norms alone, at other steps than the full statistics: `norms({ every: 1 })`. With them `tensors` may be empty. */
  norms?: NormProbe;
  /** Names of layers (`3.dense`); all by default. */
  layers?: readonly string[];
  /** Shares of dead units and saturated activations: `activity()`. */
  activity?: ActivityProbe;
}

export const MOMENTS_GROUP = 'moments';
export const HISTOGRAM_GROUP = 'histograms';
export const NORM_GROUP = 'norms';

interface Watched {
  readonly layer: number;
  readonly kind: TensorKind;
  readonly segment: Segment;
}

/** What the scheduler and the runner must know of the probes, and how rows are read. */
export interface ProbePlan {
  readonly every: number;
  readonly histogramEvery: number;
  readonly normEvery: number;
  readonly edges: readonly number[];
  /** Bytes of a row of each ring; 0 where there is none. */
  readonly rowBytes: { readonly moments: number; readonly activity: number; readonly histograms: number; readonly norms: number };
  /** Layers watched, as indexes of the points. */
  decode(rows: { moments?: Float32Array; activity?: Uint32Array; histograms?: Uint32Array; norms?: Float32Array }, batchRows: number): LayerRecord[];
  /** Appends the nodes that run before the update, and those behind it. */
  appendBefore(graph: Graph, gradients: { partials: Value; of: readonly Value[] }): void;
  appendAfter(graph: Graph): void;
}

const SOURCE: Readonly<Record<TensorKind, StatisticsSource>> = {
  z: 'activations',
  h: 'activations',
  delta: 'activations',
  weight_gradient: 'gradients',
  weight: 'weights',
  update: 'update',
};

/** Plans the probes of a model. `gradientOf` gives the gradient of a value, where there is one. Throws UsageError for unknown names. */
export function planProbes(points: readonly Tap[], options: ProbeOptions, gradientOf: (value: Value) => Value | undefined, parameterWords: number): ProbePlan {
  const { every = 1, tensors = ['z', 'delta', 'weight_gradient'], histograms, norms, activity } = options;
  requireInteger('probes.every', every);
  for (const kind of tensors) requireName('probes.tensors', kind, TENSOR_KINDS);
  for (const name of options.layers ?? [])
    if (!points.some((point) => point.name === name))
      throw new UsageError(`probes.layers: there is no layer ${name}; there are ${points.map((point) => point.name).join(', ')}`);
  const edges = histograms?.edges ?? [];

  const watched: Watched[] = [];
  points.forEach((point, layer) => {
    if (options.layers && !options.layers.includes(point.name)) return;
    for (const kind of TENSOR_KINDS) {
      if (!tensors.includes(kind)) continue;
      const value =
        kind === 'z'
          ? point.z
          : kind === 'h'
            ? point.h
            : kind === 'delta'
              ? gradientOf(point.z)
              : kind === 'weight_gradient'
                ? gradientOf(point.weight)
                : point.weight;
      if (value) watched.push({ layer, kind, segment: { value, source: SOURCE[kind] } });
    }
  });
  const normEvery = norms?.every ?? 0;
  // Deltas first, then weight gradients, each in the order of the layers.
  const normed = (norms?.tensors ?? []).toSorted().flatMap((kind) =>
    points.flatMap((point, layer) => {
      const value = gradientOf(kind === 'delta' ? point.z : point.weight);
      return value && (!options.layers || options.layers.includes(point.name)) ? [{ layer, kind, value }] : [];
    }),
  );
  const deltas = normed.filter((n) => n.kind === 'delta').map((n) => n.value);
  const active = points.flatMap((point, layer) => {
    const { entry } = point.act;
    const wanted = activity && (!options.layers || options.layers.includes(point.name)) && (entry.deadAtZero || entry.saturation);
    return wanted ? [{ layer, h: point.h, low: entry.saturation?.low ?? -3.4028234e38, high: entry.saturation?.high ?? 3.4028234e38, entry }] : [];
  });

  const parts = activityParts(active);

  const bins = edges.length + 1;
  const rowBytes = {
    moments: watched.length * MOMENT_WORDS * 4,
    activity: parts.length * 8,
    histograms: histograms ? watched.length * bins * 4 : 0,
    norms: normed.length * 4,
  };
  const wantsUpdate = tensors.includes('update');
  // Statistics of the update need the weights from before it; those of the other tensors can wait for it, so that all are taken at once.
  const appendStatistics = (graph: Graph): void => {
    if (watched.length === 0) return;
    const inputs = watched.map((w) => w.segment.value);
    const attrs: StatisticsAttrs = { segments: watched.map((w) => w.segment), weights: wantsUpdate ? 'keep/previous' : 'parameters', every };
    graph.apply(momentsOp, inputs, attrs, 'statistics', MOMENTS_GROUP);
    if (!histograms) return;
    const ring = resident('ring/histograms');
    graph.apply(histograms.clear, [], { ring, stride: watched.length * bins, every: histograms.every }, 'clear_histograms', HISTOGRAM_GROUP);
    graph.apply(histograms.op, inputs, { ...attrs, every: histograms.every, edges }, 'statistics', HISTOGRAM_GROUP);
  };

  return {
    every,
    histogramEvery: histograms?.every ?? 0,
    normEvery,
    edges,
    rowBytes,
    appendBefore(graph, gradients) {
      const wanted = normed.filter((n) => n.kind === 'weight_gradient').map((n) => n.value);
      if (norms && normed.length)
        graph.apply(
          norms.op,
          [...(wanted.length ? [gradients.partials] : []), ...deltas],
          { deltas, wanted, segments: chunkSegments(gradients.of, wanted), every: normEvery },
          'norms',
          NORM_GROUP,
        );
      if (activity && active.length)
        graph.apply(
          activity.op,
          active.map((a) => a.h),
          { layers: active, every },
          'activity',
          MOMENTS_GROUP,
        );
      if (wantsUpdate) graph.apply(copyArenaOp, [], { from: 'parameters', to: 'keep/previous', words: parameterWords }, 'previous', MOMENTS_GROUP);
      else appendStatistics(graph);
    },
    appendAfter(graph) {
      if (wantsUpdate) appendStatistics(graph);
    },
    decode(rows, batchRows) {
      const records: LayerRecord[] = points.map(() => ({ tensors: {} }));
      watched.forEach(({ layer, kind }, i) => {
        const stats = rows.moments ? decodeMoments(rows.moments, i * MOMENT_WORDS) : undefined;
        if (!stats) return;
        if (rows.histograms) stats.histogram = Array.from(rows.histograms.subarray(i * bins, (i + 1) * bins));
        records[layer]!.tensors[kind] = stats;
      });
      if (rows.norms)
        normed.forEach(({ layer, kind }, i) => {
          records[layer]!.norms = { ...records[layer]!.norms, [kind]: rows.norms![i]! };
        });
      for (const record of records) {
        const { update, weight } = record.tensors;
        if (update && weight) record.updateToWeight = { l2: update.l2 / weight.l2, absMean: update.absMean / weight.absMean };
      }
      if (rows.activity) {
        const counts = active.map(() => ({ dead: 0, saturated: 0 }));
        parts.forEach((part, i) => {
          counts[part.layer]!.dead += rows.activity![i * 2]!;
          counts[part.layer]!.saturated += rows.activity![i * 2 + 1]!;
        });
        active.forEach(({ layer, h, entry }, i) => {
          const width = sizeOf(h.type.shape) / h.type.shape[0]!;
          if (entry.deadAtZero) records[layer]!.deadShare = counts[i]!.dead / width;
          if (entry.saturation) records[layer]!.saturatedShare = counts[i]!.saturated / (width * Math.max(1, batchRows));
        });
      }
      return records;
    },
  };
}

/** The statistics at `at` of a row, in the order of `Moments` in shaders/moments_combine.wgsl: the scale is taken in here, in float64, where nothing overflows or underflows. */
function decodeMoments(row: Float32Array, at: number): TensorStats {
  const [count, scale, mean, std, l2, min, max, absMean, zeros, nanCount, infCount, rms] = Array.from(row.subarray(at, at + MOMENT_WORDS)) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return {
    count,
    l2: l2 * scale,
    rms: rms * scale,
    mean: mean * scale,
    std: std * scale,
    min,
    max,
    absMean: absMean * scale,
    zeroShare: count > 0 ? zeros / count : 0,
    nanCount,
    infCount,
  };
}
