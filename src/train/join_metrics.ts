// Checks given metrics, and finds the function that measures several together, which each metric refers to.

import { UsageError } from '../errors.ts';
import type { ObjectOption } from '../option_table.ts';
import { wrongValue } from '../option_table.ts';
import type { TensorType } from '../shape.ts';
import type { Measuring } from './metrics/measuring.ts';
import type { Metric, Metrics } from './metrics/metric.ts';
import type { Part } from './objective.ts';

const listsOf = (metrics: Metrics): (readonly Metric[])[] => (Array.isArray(metrics) ? [metrics] : Object.values(metrics));

/** By a method of theirs: a program may hold two copies of the package. A list has a `join` as well, and no name. */
const isMetric = (metric: unknown): boolean => typeof (metric as Metric | undefined)?.name === 'string' && typeof (metric as Metric).join === 'function';

function areMetrics(given: unknown): boolean {
  // A copy has undefined for a hole, which `every` would pass over.
  const lists = typeof given === 'object' && given !== null ? listsOf(given as Metrics).map((list) => (Array.isArray(list) ? [...list] : list)) : [];
  return lists.length > 0 && lists.every((list) => Array.isArray(list) && list.length > 0 && list.every(isMetric));
}

/** An option that takes metrics. */
export const metricsOption = {
  type: 'object',
  expected: 'metrics, [accuracy()], or lists of them by output',
  accepts: areMetrics,
} as const satisfies ObjectOption;

/** Metrics of the outputs that have a loss. Throws a UsageError for what is none, and for those that make no sense there. */
export function joinMetrics(metrics: Metrics, parts: readonly Part[], outputs: Readonly<Record<string, TensorType>>): Measuring {
  const wrong = wrongValue(metricsOption, metrics);
  if (wrong) throw new UsageError(`metrics: ${wrong}`);
  return listsOf(metrics)[0]![0]!.join(metrics, parts, outputs);
}
