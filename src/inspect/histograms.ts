// Histograms as a probe. In its own module, so that bundlers drop it when unused.
import { UsageError } from '../errors.ts';
import * as LIMITS from '../limits.ts';
import type { Ring } from '../ops/rings.ts';
import { clearRowOp, histogramOp } from '../ops/statistics.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { countedSegments, sampledWhen, statisticsAttrs, watchedTensors } from './moments.ts';
import type { Probe, ProbeFeature, ProbeRequest, Scene } from './probe.ts';

export const HISTOGRAM_GROUP = 'histograms';

/** Decades from 1e-12 to 1e4: the default edges of histograms. */
export const DECADES: readonly number[] = /* @__PURE__ */ Array.from({ length: 17 }, (_, i) => Number(`1e${i - 12}`));
/** Powers of two from 2^-40 to 2^14. */
export const POWERS_OF_TWO: readonly number[] = /* @__PURE__ */ Array.from({ length: 55 }, (_, i) => 2 ** (i - 40));

/** The probe of histograms, as `histograms(...)` makes it. */
export interface HistogramProbe extends ProbeRequest {
  /** It looks at the first step and at those divisible by this. */
  readonly every: number;
  /** The edges between bins. */
  readonly edges: readonly number[];
}

/** When histograms are taken, and of what bins. */
export interface HistogramOptions {
  /** Looks at the first step and at those divisible by this, those of them that have full statistics; at least 1. */
  every: number;
  /** 1 to 63 positive numbers in ascending order; decades by default. */
  edges?: readonly number[];
}

const histogramOptions = {
  every: { type: 'integer', min: 1, required: true },
  edges: { type: 'list', of: { type: 'number' }, expected: 'a list of numbers', default: DECADES },
} as const satisfies OptionTable<HistogramOptions>;

/**
 * Counts |x| of the watched tensors per bin.
 *
 * @param options - `every` is needed; the edges are decades by default.
 * @returns The probe.
 * @throws UsageError unless `every` is a positive integer, and `edges` are 1 to 63 positive numbers in ascending order.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, probes: { histograms: histograms({ every: 50 }) } });
 */
export function histograms(options: HistogramOptions): HistogramProbe {
  const { every, edges } = readOptions<HistogramOptions, typeof histogramOptions>('probes.histograms', histogramOptions, options);
  if (edges.length === 0 || edges.length > LIMITS.histogramEdges || edges.some((edge, i) => !(edge > 0) || (i > 0 && edge <= edges[i - 1]!)))
    throw new UsageError('probes.histograms: edges: expected 1 to 63 positive numbers in ascending order');
  return { every, edges, rank: 1, plan: (scene) => plan(scene, every, edges) };
}

export const histogramsProbe = {
  text: {
    en: { title: 'Histograms', summary: 'Counts of |x| of the watched tensors between edges.' },
    zh: { title: '直方图', summary: '所观察张量的 |x| 在各区间的计数。' },
  },
  options: histogramOptions,
  create: histograms,
} as const satisfies ProbeFeature;

function plan(scene: Scene, every: number, edges: readonly number[]): Probe | undefined {
  const watched = watchedTensors(scene);
  if (watched.length === 0) return undefined;
  const bins = edges.length + 1;
  // A histogram belongs to the other statistics of its step: the steps that have both.
  const ring: Ring = { name: 'ring/histograms', rowBytes: watched.length * bins * 4, every: leastCommonMultiple(every, scene.every) };
  return {
    group: HISTOGRAM_GROUP,
    ring,
    observesUpdate: watched.some(({ kind }) => kind === 'update'),
    append(graph, when) {
      if (when !== sampledWhen(scene)) return;
      const segments = countedSegments(scene, watched, HISTOGRAM_GROUP, ring.every);
      const inputs = segments.map(({ value }) => value);
      graph.apply(clearRowOp, [], { ring }, 'clear_histograms', HISTOGRAM_GROUP);
      graph.apply(histogramOp, inputs, { ...statisticsAttrs(scene, segments, ring), edges }, 'statistics', HISTOGRAM_GROUP);
    },
    decode(row, probed) {
      const counts = new Uint32Array(row);
      watched.forEach(({ of, index, kind }, i) => {
        probed[of][index]!.tensors[kind]!.histogram = Array.from(counts.subarray(i * bins, (i + 1) * bins));
      });
    },
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}
