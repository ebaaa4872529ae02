// The fraction of rows whose right class is among the first k.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { ratio, withoutClasses } from './measured.ts';
import { type Metric, numberMetric } from './metric.ts';
import { beaten } from './reductions.ts';

/** Options of top-k accuracy. */
export interface TopKOptions {
  /** How many answers are allowed, at least 1 and fewer than there are classes; 5 by default. */
  k?: number;
}

export const options = { k: { type: 'integer', min: 1, default: 5 } } as const satisfies OptionTable<TopKOptions>;

/**
 * The fraction of rows whose right class is among the k largest outputs: `top_5`. Of equal outputs the first counts as the larger, so that `topK({ k: 1 })` is the
 * accuracy. The GPU counts how many outputs the right one is above, so that one number for each row comes back.
 *
 * @param given - k is 5 by default.
 * @returns A metric, `top_k` with the number, from 0 to 1.
 * @throws UsageError for another option; while a trainer is built, for a model of k classes or fewer.
 * @example
 * const { metrics } = await trainer.evaluate(test, { metrics: [topK({ k: 3 })] });
 * console.log(metrics?.top_3);
 */
export function topK(given: TopKOptions = {}): Metric {
  const { k } = readOptions<TopKOptions, typeof options>('topK', options, given);
  return numberMetric({
    name: `top_${k}`,
    task: 'classification',
    needs: [beaten],
    wrong: (output) =>
      output.columns > k
        ? withoutClasses(output)
        : `the model has ${output.columns} ${output.columns === 1 ? 'output' : 'outputs'}: expected more than k, ${k}`,
    measure: (data) =>
      ratio(
        data.of(beaten).reduce((sum, count) => sum + Number(data.columns - count < k), 0),
        data.rows,
      ),
  });
}
export { topK as create };

export const text: Texts = {
  en: { title: 'Top k', summary: 'The fraction of rows whose right class is among the k largest outputs.' },
  zh: { title: 'Top-k', summary: '正确类别位于前 k 个最大输出之中的比例。' },
};
