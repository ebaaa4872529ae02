// How often each class is predicted as which.
import * as LIMITS from '../../limits.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { confusionOf } from './confusion.ts';
import { classesOf, type Measured, ratio, totalOf, withoutClasses } from './measured.ts';
import { type Metric, matrixMetric } from './metric.ts';
import { answeredClass } from './reductions.ts';

/** Options of the confusion matrix. */
export interface ConfusionMatrixOptions {
  /** Fractions in the place of counts, as in scikit-learn: of the rows of a right class ('true'), of an answered class ('pred'), or of all rows. Counts by default. */
  normalize?: 'true' | 'pred' | 'all';
}

export const options = { normalize: { type: 'name', names: ['true', 'pred', 'all'] } } as const satisfies OptionTable<ConfusionMatrixOptions>;

/**
 * The confusion matrix, `[right class][answered class]`, in `confusion` of the evaluation. Counts are there of every classification of up to 1,000 classes:
 * name it to have fractions. It is no curve, so that validations of a run do not keep it.
 *
 * @param given - Counts by default.
 * @returns A metric, whose matrix is `confusion` of the evaluation.
 * @throws UsageError for another option; while a trainer is built, for a model of more than 1,000 classes.
 * @example
 * const { confusion } = await trainer.evaluate(test, { metrics: [confusionMatrix({ normalize: 'true' })] });
 */
export function confusionMatrix(given: ConfusionMatrixOptions = {}): Metric {
  const { normalize } = readOptions<ConfusionMatrixOptions, typeof options>('confusionMatrix', options, given);
  return matrixMetric({
    name: 'confusion_matrix',
    task: 'classification',
    needs: [answeredClass],
    wrong: (output) =>
      classesOf(output) > LIMITS.confusion ? `the model has ${output.columns} outputs: expected at most ${LIMITS.confusion}` : withoutClasses(output),
    measure: (data) => normalized(data, normalize),
  });
}
export { confusionMatrix as create };

function normalized(data: Measured, by: ConfusionMatrixOptions['normalize']): number[][] {
  const counts = confusionOf(data);
  if (by === undefined) return counts;
  const answered = counts.map((_, column) => totalOf(counts.map((row) => row[column]!)));
  return counts.map((row) => {
    const meant = totalOf(row);
    return row.map((count, column) => ratio(count, by === 'true' ? meant : by === 'pred' ? answered[column]! : data.rows));
  });
}

export const text: Texts = {
  en: { title: 'Confusion matrix', summary: 'How often each class is taken for which, as counts or fractions.' },
  zh: { title: '混淆矩阵', summary: '每个类别被判为各类别的次数或比例。' },
};
