// The harmonic mean of precision and recall.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type AverageOptions, averageMetric, averageOptions, type ClassCount } from './class_counts.ts';
import { ratio } from './measured.ts';
import type { Metric } from './metric.ts';

export const options = averageOptions satisfies OptionTable<AverageOptions>;

const score = ({ right, answered, meant }: ClassCount): number => ratio(2 * right, answered + meant);

/**
 * The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn), averaged over classes as scikit-learn's `f1_score` does it.
 *
 * @param given - How classes are averaged.
 * @returns A metric, `f1` with the average's name, from 0 to 1.
 * @throws UsageError for another option; while a trainer is built, for `average: 'binary'` of a model of more classes.
 * @example
 * const { metrics } = await trainer.evaluate(test, { metrics: [f1({ average: 'macro' })] });
 * console.log(metrics?.f1_macro);
 */
export function f1(given: AverageOptions = {}): Metric {
  const { average } = readOptions<AverageOptions, typeof options>('f1', options, given);
  return averageMetric('f1', average, score);
}
export { f1 as create };

export const text: Texts = {
  en: { title: 'F1', summary: 'The harmonic mean of precision and recall of each class, averaged over classes.' },
  zh: { title: 'F1', summary: '各类别精确率与召回率的调和平均，对各类别取平均。' },
};
