// All probes but the full statistics, which every probed step may have. A probe's lines here make it known to programs, documents, records and log formats.
import { activityMetrics, activityProbe } from './activity.ts';
import { histogramsProbe } from './histograms.ts';
import { normsProbe } from './norms.ts';
import type { ProbeFeature } from './probe.ts';
import { rankMetrics, rankProbe } from './rank.ts';

export { type ActivityProbe, activity } from './activity.ts';
export { DECADES, type HistogramOptions, type HistogramProbe, histograms, POWERS_OF_TWO } from './histograms.ts';
export { type NormOptions, type NormProbe, norms } from './norms.ts';
export { type RankOptions, type RankProbe, rank } from './rank.ts';

/** Numbers of a layer that probes bring, by their names in a record. Apart from the probes, so that a program without these bundles none. */
export const LAYER_METRICS = { ...activityMetrics, ...rankMetrics } as const;

/** The probes by name, with options and texts. Bundlers drop what a program does not read. */
export const PROBES = { activity: activityProbe, histograms: histogramsProbe, norms: normsProbe, rank: rankProbe } as const satisfies Readonly<
  Record<string, ProbeFeature>
>;

/** The names of the numbers that probes bring. */
export type LayerMetricName = keyof typeof LAYER_METRICS;
/** The names of the probes. */
export type ProbeName = keyof typeof PROBES;

/** Their figures in a `LayerRecord`: only the requested ones. */
export type LayerMetrics = { -readonly [Name in LayerMetricName]?: number };

/** Probes as programs request them: `{ histograms: histograms({ every: 50 }) }`. */
export type ProbeRequests = { [Name in ProbeName]?: ReturnType<(typeof PROBES)[Name]['create']> };

/** Probes as documents request them: `{ "histograms": { "every": 50 } }`. */
export type ProbeDocuments = { [Name in ProbeName]?: NonNullable<Parameters<(typeof PROBES)[Name]['create']>[0]> };
