// All metrics: exports for programs, and the list for documents. A new one is a file in src/train/metrics and its lines here.
import * as accuracy from './metrics/accuracy.ts';
import * as auc from './metrics/auc.ts';
import * as confusion_matrix from './metrics/confusion_matrix.ts';
import * as f1 from './metrics/f1.ts';
import * as mae from './metrics/mae.ts';
import type { MetricFeature } from './metrics/metric.ts';
import * as perplexity from './metrics/perplexity.ts';
import * as precision from './metrics/precision.ts';
import * as r2 from './metrics/r2.ts';
import * as recall from './metrics/recall.ts';
import * as rmse from './metrics/rmse.ts';
import * as top_k from './metrics/top_k.ts';

export { accuracy } from './metrics/accuracy.ts';
export { auc } from './metrics/auc.ts';
export type { AverageOptions } from './metrics/class_counts.ts';
export { type ConfusionMatrixOptions, confusionMatrix } from './metrics/confusion_matrix.ts';
export { type MetricFunction, metric } from './metrics/custom.ts';
export type { ErrorOptions } from './metrics/error_unit.ts';
export { f1 } from './metrics/f1.ts';
export { meanAbsoluteError } from './metrics/mae.ts';
export type { Metric, Metrics } from './metrics/metric.ts';
export { perplexity } from './metrics/perplexity.ts';
export { precision } from './metrics/precision.ts';
export { r2 } from './metrics/r2.ts';
export { recall } from './metrics/recall.ts';
export { rmse } from './metrics/rmse.ts';
export { type TopKOptions, topK } from './metrics/top_k.ts';

/** All metrics by the names that documents have for them, in the order in which they are listed. */
export const METRICS = {
  accuracy,
  top_k,
  precision,
  recall,
  f1,
  auc,
  confusion_matrix,
  perplexity,
  mae,
  rmse,
  r2,
} as const satisfies Readonly<Record<string, MetricFeature>>;
