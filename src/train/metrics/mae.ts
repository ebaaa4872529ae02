// The mean absolute error.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { meanOf, ratio, sumsOf, withoutNumbers } from './measured.ts';
import { type Metric, type NoOptions, numberMetric } from './metric.ts';
import { absoluteErrors } from './reductions.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

/**
 * The mean of |output - target|, over all columns.
 *
 * @param given - It has no options.
 * @returns A metric, in the unit of the targets.
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: mse(), optimizer, data, metrics: [meanAbsoluteError()] });
 */
export function meanAbsoluteError(given: NoOptions = {}): Metric {
  readOptions<NoOptions, typeof options>('meanAbsoluteError', options, given);
  return numberMetric({
    name: 'mae',
    task: 'regression',
    needs: [absoluteErrors],
    wrong: withoutNumbers,
    measure: (data) => ratio(meanOf(sumsOf(data, absoluteErrors)), data.rows),
  });
}
export { meanAbsoluteError as create };

export const text: Texts = {
  en: { title: 'Mean absolute error', summary: 'The mean size of the difference between output and target.' },
  zh: { title: '平均绝对误差', summary: '输出与目标之差的绝对值的平均。' },
};
