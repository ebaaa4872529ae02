// Metrics as documents name them, from the list of metrics.
import type { TargetScaling } from '../../data/dataset.ts';
import { requireName, requireObject } from '../../errors.ts';
import type { Metric, MetricFeature } from '../../train/metrics/metric.ts';
import { METRICS } from '../../train/metrics.ts';

/** The names of the metrics in a document. */
export type MetricName = keyof typeof METRICS;

/** All metrics that a document may have, by their names. */
export const METRIC_FEATURES: Readonly<Record<string, MetricFeature>> = METRICS;

/** A metric in a document, with its options beside the name. */
export type MetricDocument = { [Name in MetricName]: { name: Name } & NonNullable<Parameters<(typeof METRICS)[Name]['create']>[0]> }[MetricName];

/**
 * Makes the metric of a document.
 *
 * @param given - A name, or an object with a name and options.
 * @param targets - How the targets were scaled: errors are then in the unit before that. Default: not at all.
 * @returns The metric, for `createTrainer` or `evaluate`.
 * @throws UsageError for an unknown name or option.
 * @example
 * const metrics = [buildMetric('f1'), buildMetric({ name: 'top_k', k: 3 })];
 */
export function buildMetric(given: MetricName | MetricDocument, targets?: TargetScaling): Metric {
  if (typeof given !== 'string') requireObject('metric', given, 'the name of a metric, or an object with one');
  const { name, ...options } = typeof given === 'string' ? { name: given } : given;
  requireName('metric', name, Object.keys(METRIC_FEATURES));
  const feature = METRIC_FEATURES[name]!;
  if (!targets || !('divisor' in feature.options)) return feature.create(options);
  const { offset, divisor, log } = targets;
  return feature.create({ ...options, divisor, ...(log ? { logOffset: offset } : {}) });
}
