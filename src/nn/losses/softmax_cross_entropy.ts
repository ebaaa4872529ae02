// Softmax cross entropy of logits.

import { crossEntropyOp } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { CLASS_INDEX, PROBABILITIES } from '../targets.ts';
import { argmax, type Loss, readLossOptions } from './loss.ts';

/** Options of softmax cross entropy. */
export interface CrossEntropyOptions {
  /** What targets are: class indices (default), or a probability for each class, which sum to 1. */
  targets?: 'index' | 'probability';
  /** At least 0 and below 1: that fraction of each target is spread evenly (Szegedy 2016); 0 by default. */
  labelSmoothing?: number;
}

export const options = {
  targets: { type: 'name', names: ['index', 'probability'], default: 'index' },
  labelSmoothing: { type: 'number', min: 0, below: 1, default: 0 },
} as const satisfies OptionTable<CrossEntropyOptions>;

/**
 * Softmax cross entropy of logits. With weights of classes, or targets that do not count, it is `weightedCrossEntropy`.
 *
 * @param given - Targets are class indices and not smoothed by default.
 * @returns A loss for logits [batch, classes] and class indices [batch, 1], or probabilities [batch, classes].
 * @throws UsageError for another option.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: softmaxCrossEntropy({ labelSmoothing: 0.1 }), optimizer, data: { train } });
 */
export function softmaxCrossEntropy(given: CrossEntropyOptions = {}): Loss {
  const { targets, labelSmoothing } = readLossOptions<CrossEntropyOptions, typeof options>('softmaxCrossEntropy', options, given);
  const index = targets === 'index';
  return {
    name: 'softmax_cross_entropy',
    options: { targets, labelSmoothing },
    task: 'classification',
    targetSize: (outputs) => (index ? 1 : outputs),
    targetDtype: index ? 'i32' : 'f32',
    targets: index ? CLASS_INDEX : PROBABILITIES,
    probabilities: 'softmax',
    toClassIndex: (row) => (row.length === 1 ? row[0]! : argmax(row)),
    build: (graph, output, target) => graph.apply(crossEntropyOp, [output, target], { targets, smoothing: labelSmoothing }, 'loss')[0]!,
  };
}
export { softmaxCrossEntropy as create };

/** Documents do not say what targets are: their data do. */
export const fromData = (rowsOfNumbers: boolean): CrossEntropyOptions => ({ targets: rowsOfNumbers ? 'probability' : 'index' });

export const text: Texts = {
  en: {
    title: 'Softmax cross entropy',
    summary: 'Outputs are the logits of classes that exclude each other; minus the logarithm of the probability of the right one.',
  },
  zh: { title: 'Softmax 交叉熵', summary: '输出是互斥类别的 logit；取正确类别概率的负对数。' },
};
