// What the chart of the loss can show in its place: the accuracy, and the metrics that the document names.
import type { ValidationRecord } from '../src/inspect/history.ts';
import type { Run } from './run.ts';

/** The metrics that a run's document names, but for the accuracy, which is there anyway. */
export const namedMetrics = (run: Run | null): string[] => (run?.start.metrics ?? []).flatMap(({ name }) => (name === 'accuracy' ? [] : [name]));

/** What is shown: of a run that has no such metric, the loss. */
export const charted = (metric: string, run: Run | null): string => (['accuracy', ...namedMetrics(run)].includes(metric) ? metric : 'loss');

/** A metric in a validation. */
export function metricOf(validation: ValidationRecord, metric: string, part: 'train' | 'validation'): number | undefined {
  const [accuracy, metrics] =
    part === 'train' ? [validation.trainAccuracy, validation.trainMetrics] : [validation.validationAccuracy, validation.validationMetrics];
  return metric === 'accuracy' ? accuracy : metrics?.[metric];
}
