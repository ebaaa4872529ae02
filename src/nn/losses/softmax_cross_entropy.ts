// Softmax cross entropy of logits.

import { crossEntropyOp } from '../../ops/losses.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { CLASS_INDEX, PROBABILITIES } from '../targets.ts';
import { type AllTargets, type BestConstant, bestCrossEntropy, columnMeans } from './constant.ts';
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
export const fromData = (rowsOfNumbers: boolean): Pick<CrossEntropyOptions, 'targets'> => ({ targets: rowsOfNumbers ? 'probability' : 'index' });

/** With the weights of `weightedCrossEntropy`, which has this name too. */
export function bestConstant(all: AllTargets, given: CrossEntropyOptions & { classWeights?: readonly number[]; ignoreIndex?: number }): BestConstant {
  const { targets, labelSmoothing: smoothing = 0, classWeights, ignoreIndex } = given;
  const weight = (label: number): number => classWeights?.[label] ?? 1;
  const shares = targets === 'probability' ? columnMeans(all) : classShares(all, ignoreIndex);
  // With class indices the loss is divided by the weights of the targets.
  const divisor = targets === 'probability' ? 1 : shares.reduce((sum, share, label) => sum + share * weight(label), 0);
  const { answer, loss } = bestCrossEntropy(shares.map((share, label) => ((1 - smoothing) * share + smoothing / all.outputs) * weight(label)));
  return { answer, loss: loss / divisor };
}

/** Shares of the classes among the targets that count. */
function classShares({ values, outputs, weights }: AllTargets, ignored: number | undefined): Float64Array {
  const counts = new Float64Array(outputs);
  for (let i = 0; i < values.length; i++) if (values[i] !== ignored) counts[values[i]!]! += weights ? weights[i]! : 1;
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / rows);
}

export const text: Texts = {
  en: {
    title: 'Softmax cross entropy',
    summary: 'Outputs are the logits of classes that exclude each other; minus the logarithm of the probability of the right one.',
  },
  zh: { title: 'Softmax 交叉熵', summary: '输出是互斥类别的 logit；取正确类别概率的负对数。' },
};
