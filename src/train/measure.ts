// Custom metrics: functions of outputs and targets. In its own module, so that bundlers drop it when unused.
import { type AnyDataset, columnsOf, givenTensors, rowsOfColumn } from '../data/columns.ts';
import { DataError, requireObject, show, UsageError } from '../errors.ts';
import type { AnyModel } from '../nn/model.ts';
import { SEQUENTIAL } from '../nn/sequential.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { sizeOf } from '../shape.ts';
import type { LiveModel } from './live_model.ts';
import type { MetricFunction } from './metrics/custom.ts';
import { requireTrained } from './requires.ts';
import type { Trainer } from './trainer.ts';

/** Which output and targets are measured. */
export interface MeasureOptions {
  /** Which output of a model of several; the only one by default. */
  readonly output?: string;
  /** The tensor of the data set with its targets; the one of the output's name by default. */
  readonly target?: string;
}

const OPTIONS = { output: { type: 'string' }, target: { type: 'string' } } as const satisfies OptionTable<MeasureOptions>;

/**
 * Measures functions of your own on all rows of a data set, in inference mode, without a loss. `evaluate` gives the loss and metrics beside it, `metric(name,
 * f)` among them, of the rows that count.
 *
 * @param of - A trainer or a live model.
 * @param dataset - Rows with targets.
 * @param metrics - Functions by name, from outputs, targets and sizes to a number.
 * @param options - Output and target; needed where there are several.
 * @returns What each gave, by name.
 * @throws UsageError for a metric that is no function or gives no number, and where it is not said which output; DataError for a data set of other features, or
 * an empty one.
 * @example
 * const largest = (outputs, targets) => outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - targets[i])), 0);
 * console.log(await measure(trainer, validation, { largest })); // { largest: 0.03 }
 */
export async function measure<Name extends string>(
  of: Trainer<AnyModel> | LiveModel<AnyModel>,
  dataset: AnyDataset,
  metrics: Readonly<Record<Name, MetricFunction>>,
  options: MeasureOptions = {},
): Promise<Record<Name, number>> {
  requireTrained('measure', of);
  requireObject('measure: metrics', metrics, 'functions by name');
  const { output, target: wanted } = readOptions<MeasureOptions, typeof OPTIONS>('measure', OPTIONS, options);
  const entries = Object.entries<MetricFunction>(metrics);
  if (entries.length === 0) throw new UsageError(`measure: expected metrics by name, got ${show(metrics)}`);
  for (const [name, metric] of entries)
    if (typeof metric !== 'function') throw new UsageError(`measure: ${name}: expected a function of outputs and targets, got ${show(metric)}`);
  const given = givenTensors('measure', dataset, true);
  const answer = await of.predict(given);
  const { outputs, name } = outputOf(answer, output);
  const target = wanted ?? name;
  const column = columnsOf(given)[target];
  if (!column) throw new DataError(`measure: the data set has no tensor ${target}: say which holds the targets, { target: 'name' }`);
  const targets = Float32Array.from(rowsOfColumn(column, 0, given.rows));
  const sizes = { rows: given.rows, outputs: outputs.length / given.rows, targets: sizeOf(column.shape) };
  const measured = entries.map(([metricName, metric]) => {
    const value: unknown = metric(outputs.slice(), targets.slice(), sizes);
    if (typeof value !== 'number') throw new UsageError(`measure: ${metricName}: expected it to return a number, got ${show(value)}`);
    return [metricName, value];
  });
  return Object.fromEntries(measured);
}

/** The output that is asked for, or the only one. */
function outputOf(answer: Float32Array | Record<string, Float32Array>, wanted: string | undefined): { outputs: Float32Array; name: string } {
  const all = answer instanceof Float32Array ? { [SEQUENTIAL.output]: answer } : answer;
  const names = Object.keys(all);
  if (wanted === undefined && names.length > 1)
    throw new UsageError(`measure: the model has the outputs ${names.join(', ')}: say which, { output: '${names[0]}' }`);
  const name = wanted ?? names[0]!;
  if (!Object.hasOwn(all, name)) throw new UsageError(`measure: the model has no output ${show(wanted)}; it has ${names.join(', ')}`);
  return { outputs: all[name]!, name };
}
