// The perplexity of a language model.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { meanOf, withoutClasses } from './measured.ts';
import { type Metric, type NoOptions, numberMetric } from './metric.ts';
import { crossEntropies } from './reductions.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

/**
 * e to the mean cross entropy of the rows, or positions, that count: among how many equally probable classes the model is undecided. Label smoothing and
 * weights of classes, which the loss may have, are not in it.
 *
 * @param given - It has no options.
 * @returns A metric, from 1 (certain and right); the number of classes for guessing.
 * @throws UsageError for an option: there is none; while a trainer is built, for a loss without softmax.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: weightedCrossEntropy({ ignoreIndex: -100 }), optimizer, data, metrics: [perplexity()] });
 */
export function perplexity(given: NoOptions = {}): Metric {
  readOptions<NoOptions, typeof options>('perplexity', options, given);
  return numberMetric({
    name: 'perplexity',
    task: 'classification',
    needs: [crossEntropies],
    wrong: (output) =>
      output.loss.probabilities === 'softmax'
        ? withoutClasses(output)
        : `it is of probabilities of classes that exclude each other, and ${output.loss.name} has no softmax`,
    measure: (data) => Math.exp(meanOf(data.of(crossEntropies))),
  });
}
export { perplexity as create };

export const text: Texts = {
  en: { title: 'Perplexity', summary: 'e to the mean cross entropy: among how many equally probable classes the model is undecided.' },
  zh: { title: '困惑度', summary: '平均交叉熵的指数：模型相当于在多少个等概率类别之间犹豫。' },
};
