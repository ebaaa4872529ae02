// The mean absolute error.
import { readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type ErrorOptions, errorOptions, errorsInUnit } from './error_unit.ts';
import { meanOf, ratio, withoutNumbers } from './measured.ts';
import { type Metric, numberMetric } from './metric.ts';
import { absoluteErrors } from './reductions.ts';

export const options = errorOptions;

/**
 * The mean of |output - target|, over all columns.
 *
 * @param given - How the targets were scaled, where errors are to be in the unit before that.
 * @returns A metric, in the unit of the targets.
 * @throws UsageError for another option.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: mse(), optimizer, data, metrics: [meanAbsoluteError()] });
 */
export function meanAbsoluteError(given: ErrorOptions = {}): Metric {
  const errors = errorsInUnit('meanAbsoluteError', absoluteErrors, readOptions<ErrorOptions, typeof options>('meanAbsoluteError', options, given));
  return numberMetric({
    name: 'mae',
    task: 'regression',
    needs: [errors.reduction],
    wrong: withoutNumbers,
    measure: (data) => ratio(meanOf(errors.inUnit(errors.sums(data))), data.rows),
  });
}
export { meanAbsoluteError as create };

export const text: Texts = {
  en: { title: 'Mean absolute error', summary: 'The mean size of the difference between output and target.' },
  zh: { title: '平均绝对误差', summary: '输出与目标之差的绝对值的平均。' },
};
