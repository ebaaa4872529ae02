// Kullback-Leibler divergence of probabilities.
import wgsl from '../../../shaders/losses/kl_div.wgsl';
import { type ElementwiseLoss, elementwiseLossOp } from '../../ops/losses.ts';
import { logSoftmaxOp } from '../../ops/softmax.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { PROBABILITIES } from '../targets.ts';
import { type AllTargets, type BestConstant, bestCrossEntropy, columnMeans } from './constant.ts';
import { argmax, type Loss, type NoOptions, readLossOptions } from './loss.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

/** Of log probabilities. */
export const entry: ElementwiseLoss = {
  name: 'kl_div',
  wgsl,
  inOps: 'klDivergence',
  params: {},
  columns: 'sum',
  value: (y, t) => (t > 0 ? t * (Math.log(t) - y) : 0),
  derivative: (_y, t) => (t > 0 ? -t : 0),
};

/**
 * The Kullback-Leibler divergence of target probabilities, which sum to 1, from softmax(logits): the sum over classes, its mean over rows (PyTorch's
 * 'batchmean').
 *
 * @param given - It has no options.
 * @returns A loss for logits [batch, classes] and probabilities [batch, classes].
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: klDivergence(), optimizer, data: { train } });
 */
export function klDivergence(given: NoOptions = {}): Loss {
  readLossOptions('klDivergence', options, given);
  return {
    name: entry.name,
    options: {},
    task: 'classification',
    targetSize: (outputs) => outputs,
    targets: PROBABILITIES,
    probabilities: 'softmax',
    toClassIndex: argmax,
    build: (graph, output, targets) => {
      const logProbabilities = graph.apply(logSoftmaxOp, [output], {}, 'log_probabilities')[0]!;
      return graph.apply(elementwiseLossOp, [logProbabilities, targets], { entry, params: {} }, 'loss')[0]!;
    },
  };
}
export { klDivergence as create };

/** The mean distribution: its cross entropy, less the mean entropy of the targets. */
export function bestConstant(targets: AllTargets): BestConstant {
  const entropy = columnMeans(targets, (t) => (t > 0 ? -t * Math.log(t) : 0)).reduce((sum, each) => sum + each, 0);
  const { answer, loss } = bestCrossEntropy(columnMeans(targets));
  return { answer, loss: loss - entropy };
}

export const text: Texts = {
  en: { title: 'Kullback-Leibler divergence', summary: 'How far the softmax of the outputs is from the target probabilities, which sum to 1.' },
  zh: { title: 'KL 散度', summary: '输出的 softmax 与总和为 1 的目标概率分布相差多远。' },
};
