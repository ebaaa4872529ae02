// The root of the mean squared error.
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type ErrorOptions, errorOptions, errorsInUnit } from './error_unit.ts';
import { meanOf, ratio, withoutNumbers } from './measured.ts';
import { type Metric, numberMetric } from './metric.ts';
import { squaredErrors } from './reductions.ts';

export const options = errorOptions;

/**
 * The root of the mean of (output - target)². Of several columns it is the mean of their roots, as of scikit-learn's `root_mean_squared_error`.
 *
 * @param given - How the targets were scaled, where errors are to be in the unit before that.
 * @returns A metric, in the unit of the targets.
 * @throws UsageError for another option.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: mse(), optimizer, data, metrics: [rmse()] });
 */
export function rmse(given: ErrorOptions = {}): Metric {
  const errors = errorsInUnit('rmse', squaredErrors, readOptions<ErrorOptions, typeof options>('rmse', options, given));
  return numberMetric({
    name: 'rmse',
    task: 'regression',
    needs: [errors.reduction],
    wrong: withoutNumbers,
    measure: (data) => meanOf(errors.inUnit(errors.sums(data).map((sum) => Math.sqrt(ratio(sum, data.rows))))),
  });
}
export { rmse as create };

export const text: Texts = {
  en: {
    title: 'Root mean squared error',
    summary: 'The root of the mean squared difference between output and target; of several columns the mean of their roots.',
  },
  zh: { title: '均方根误差', summary: '输出与目标之差的均方的平方根；多列时取各列的平均。' },
};
