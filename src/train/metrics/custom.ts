// A custom metric, from a function of all outputs and targets.
import { show, UsageError } from '../../errors.ts';
import { type Metric, numberMetric } from './metric.ts';
import { allOutputs } from './reductions.ts';

/**
 * A number from all outputs of the model and all targets, row after row. `sizes` says how many rows there are, and how many numbers in
 * a row of each.
 */
export type MetricFunction = (outputs: Float32Array, targets: Float32Array, sizes: { rows: number; outputs: number; targets: number }) => number;

/**
 * Makes a metric of your own, for the metrics of a trainer and of `evaluate`. It is given the rows, or positions, that count in the loss. The outputs come back
 * from the GPU for it.
 *
 * @param name - What it is called in results.
 * @param f - From outputs and targets, which are copies, to a number.
 * @returns The metric.
 * @throws UsageError for another name, and for what is no function; while it is measured, for a function that gives no number.
 * @example
 * const largest = metric('largest', (outputs, targets) => outputs.reduce((max, value, i) => Math.max(max, Math.abs(value - targets[i])), 0));
 */
export function metric(name: string, f: MetricFunction): Metric {
  if (typeof name !== 'string' || name === '') throw new UsageError(`metric: expected a name, got ${show(name)}`);
  if (typeof f !== 'function') throw new UsageError(`metric ${name}: expected a function of outputs and targets, got ${show(f)}`);
  return numberMetric({
    name,
    needs: [allOutputs],
    measure: (data) => {
      const { rows, columns, targets } = data;
      const value: unknown = f(data.of(allOutputs).slice(), targets.slice(), { rows, outputs: columns, targets: data.width });
      if (typeof value !== 'number') throw new UsageError(`metric ${name}: expected it to return a number, got ${show(value)}`);
      return value;
    },
  });
}
