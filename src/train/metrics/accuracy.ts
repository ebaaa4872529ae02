// The fraction of correct predictions.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type Measured, ratio, withoutClasses } from './measured.ts';
import { type Metric, type NoOptions, numberMetric } from './metric.ts';
import { answeredClass } from './reductions.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

/**
 * The fraction of rows whose largest output is that of the right class; of one output, whether it is on the right side of 0. It is there of every classification:
 * name it to have it among the metrics, too.
 *
 * @param given - It has no options.
 * @returns A metric, `accuracy`, from 0 to 1.
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: softmaxCrossEntropy(), optimizer, data, metrics: [accuracy()] });
 */
export function accuracy(given: NoOptions = {}): Metric {
  readOptions<NoOptions, typeof options>('accuracy', options, given);
  return numberMetric({ name: 'accuracy', task: 'classification', needs: [answeredClass], wrong: withoutClasses, measure: fractionRight });
}
export { accuracy as create };

const fractionRight = (data: Measured): number =>
  ratio(
    data.of(answeredClass).reduce((sum, answer, row) => sum + Number(answer === data.truth[row]), 0),
    data.rows,
  );

export const text: Texts = {
  en: { title: 'Accuracy', summary: 'The fraction of right answers.' },
  zh: { title: '准确率', summary: '回答正确的比例。' },
};
