// The metrics of an evaluation, by name.
import type { Evaluation } from '../evaluation.ts';

/** Metrics of all outputs: by `output/name`, where there are several. */
export const metricValues = ({ metrics, outputs = {} }: Evaluation): Record<string, number> => ({
  ...metrics,
  ...Object.fromEntries(
    Object.entries(outputs).flatMap(([output, result]) => Object.entries(result.metrics ?? {}).map(([name, value]) => [`${output}/${name}`, value])),
  ),
});
