// Metrics of one's own: functions of outputs and targets. In a module of its own, so that bundlers drop it when unused.
import { type Dataset, givenDataset } from '../data/dataset.ts';
import { show, UsageError } from '../errors.ts';
import type { Trainer } from './trainer.ts';

/**
 * A metric of one's own: a number from all outputs of the model and all targets, row after row. `sizes` says how many rows there are, and how many numbers in
 * a row of each.
 */
export type Metric = (outputs: Float32Array, targets: Float32Array, sizes: { rows: number; outputs: number; targets: number }) => number;

/**
 * Metrics of one's own on a data set, in inference mode; `trainer.evaluate` gives loss and accuracy.
 *
 * @param metrics - By name.
 * @returns What each gave, by name.
 * @throws UsageError for a metric that is no function or gives no number; DataError for a data set of other features, or an empty one.
 * @example
 * const largest = (outputs, targets) => outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - targets[i])), 0);
 * console.log(await measure(trainer, validation, { largest })); // { largest: 0.03 }
 */
export async function measure<Name extends string>(trainer: Trainer, dataset: Dataset, metrics: Readonly<Record<Name, Metric>>): Promise<Record<Name, number>> {
  const entries = Object.entries<Metric>(metrics ?? {});
  if (entries.length === 0) throw new UsageError(`measure: expected metrics by name, got ${show(metrics)}`);
  for (const [name, metric] of entries)
    if (typeof metric !== 'function') throw new UsageError(`measure: ${name}: expected a function of outputs and targets, got ${show(metric)}`);
  const given = givenDataset('measure', dataset, true);
  const { rows, y, targetWidth } = given;
  const outputs = await trainer.predict(given);
  const measured = entries.map(([name, metric]) => {
    const value: unknown = metric(outputs.slice(), y.slice(), { rows, outputs: outputs.length / rows, targets: targetWidth });
    if (typeof value !== 'number') throw new UsageError(`measure: ${name}: expected it to return a number, got ${show(value)}`);
    return [name, value];
  });
  return Object.fromEntries(measured);
}
