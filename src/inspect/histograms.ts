// Histograms as a probe. In its own module, so that bundlers drop it when unused.
import { requireInteger, UsageError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Ring } from '../ops/rings.ts';
import { clearRowOp, histogramOp } from '../ops/statistics.ts';
import { countedSegments, looksAt, statisticsAttrs, watchedTensors } from './moments.ts';
import type { Probe, ProbeRequest, Scene } from './probe.ts';

export const HISTOGRAM_GROUP = 'histograms';

/** Decades from 1e-12 to 1e4: the default edges of histograms. */
export const DECADES: readonly number[] = /* @__PURE__ */ Array.from({ length: 17 }, (_, i) => Number(`1e${i - 12}`));
/** Powers of two from 2^-40 to 2^14. */
export const POWERS_OF_TWO: readonly number[] = /* @__PURE__ */ Array.from({ length: 55 }, (_, i) => 2 ** (i - 40));

export interface HistogramProbe extends ProbeRequest {
  readonly every: number;
  readonly edges: readonly number[];
}

/** Histograms of |x| at the steps divisible by `every`, those of them that have full statistics. Throws UsageError unless `edges` are 1 to 63 positive numbers in ascending order; decades by default. */
export function histograms({ every, edges = DECADES }: { every: number; edges?: readonly number[] }): HistogramProbe {
  requireInteger('probes.histograms.every', every);
  if (edges.length === 0 || edges.length > LIMITS.histogramEdges || edges.some((edge, i) => !(edge > 0) || (i > 0 && edge <= edges[i - 1]!)))
    throw new UsageError('probes.histograms.edges: expected 1 to 63 positive numbers in ascending order');
  const own = [...edges];
  return { every, edges: own, plan: (scene) => plan(scene, every, own) };
}

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
      if (when !== looksAt(scene)) return;
      const segments = countedSegments(scene, watched, HISTOGRAM_GROUP, ring.every);
      const inputs = segments.map(({ value }) => value);
      graph.apply(clearRowOp, [], { ring }, 'clear_histograms', HISTOGRAM_GROUP);
      graph.apply(histogramOp, inputs, { ...statisticsAttrs(scene, segments, ring), edges }, 'statistics', HISTOGRAM_GROUP);
    },
    decode(row, look) {
      const counts = new Uint32Array(row);
      watched.forEach(({ of, index, kind }, i) => {
        look[of][index]!.tensors[kind]!.histogram = Array.from(counts.subarray(i * bins, (i + 1) * bins));
      });
    },
  };
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return (a / divisor) * b;
}
