// Of the rows predicted as a class, the fraction that belongs to it.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type AverageOptions, averageMetric, averageOptions, type ClassCount } from './class_counts.ts';
import { ratio } from './measured.ts';
import type { Metric } from './metric.ts';

export const options = averageOptions satisfies OptionTable<AverageOptions>;

const score = ({ right, answered }: ClassCount): number => ratio(right, answered);

/**
 * Of the rows that are answered as a class, the fraction that is of it: tp / (tp + fp), averaged over classes as scikit-learn's `precision_score` does it.
 *
 * @param given - How classes are averaged.
 * @returns A metric, `precision` with the average's name, from 0 to 1.
 * @throws UsageError for another option; while a trainer is built, for `average: 'binary'` of a model of more classes.
 * @example
 * const { metrics } = await trainer.evaluate(test, { metrics: [precision({ average: 'macro' })] });
 * console.log(metrics?.precision_macro);
 */
export function precision(given: AverageOptions = {}): Metric {
  const { average } = readOptions<AverageOptions, typeof options>('precision', options, given);
  return averageMetric('precision', average, score);
}
export { precision as create };

export const text: Texts = {
  en: { title: 'Precision', summary: 'Of the rows that are answered as a class, the fraction that is of it, averaged over classes.' },
  zh: { title: '精确率', summary: '被判为某类别的样本中确属该类别的比例，对各类别取平均。' },
};
