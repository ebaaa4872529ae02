// Of the rows of a class, the fraction predicted as such.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type AverageOptions, averageMetric, averageOptions, type ClassCount } from './class_counts.ts';
import { ratio } from './measured.ts';
import type { Metric } from './metric.ts';

export const options = averageOptions satisfies OptionTable<AverageOptions>;

const score = ({ right, meant }: ClassCount): number => ratio(right, meant);

/**
 * Of the rows of a class, the fraction that is answered as such: tp / (tp + fn), averaged over classes as scikit-learn's `recall_score` does it.
 *
 * @param given - How classes are averaged.
 * @returns A metric, `recall` with the average's name, from 0 to 1.
 * @throws UsageError for another option; while a trainer is built, for `average: 'binary'` of a model of more classes.
 * @example
 * const { metrics } = await trainer.evaluate(test, { metrics: [recall({ average: 'macro' })] });
 * console.log(metrics?.recall_macro);
 */
export function recall(given: AverageOptions = {}): Metric {
  const { average } = readOptions<AverageOptions, typeof options>('recall', options, given);
  return averageMetric('recall', average, score);
}
export { recall as create };

export const text: Texts = {
  en: { title: 'Recall', summary: 'Of the rows of a class, the fraction that is answered as such, averaged over classes.' },
  zh: { title: '召回率', summary: '某类别的样本中被正确判出的比例，对各类别取平均。' },
};
