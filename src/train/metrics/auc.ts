// The area under the ROC curve.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { classesOf, type Measured, meanOf, withoutClasses } from './measured.ts';
import { type Metric, type NoOptions, numberMetric } from './metric.ts';
import { allOutputs } from './reductions.ts';

export const options = {} as const satisfies OptionTable<NoOptions>;

/**
 * The area under the receiver operating characteristic: how often a row of a class scores higher than a row of another one, ties counting half. Of more than
 * two classes it is that of each against the rest, and their mean: scikit-learn's `roc_auc_score` with `multi_class='ovr'`, `average='macro'`. Scores are the
 * probabilities where the loss has softmax, else the outputs. A class that no row, or every row, is of is left out of the mean; NaN where that leaves none.
 *
 * The scores of all rows are sorted, so that the outputs come back from the GPU, and are compared in float64 by their log-odds: probabilities of float32 that
 * round to 1 would tie.
 *
 * @param given - It has no options.
 * @returns A metric, `auc`, from 0 to 1; 0.5 for guessing.
 * @throws UsageError for an option: there is none.
 * @example
 * const trainer = await engine.createTrainer({ model, loss: bceWithLogits(), optimizer, data, metrics: [auc()] });
 */
export function auc(given: NoOptions = {}): Metric {
  readOptions<NoOptions, typeof options>('auc', options, given);
  return numberMetric({ name: 'auc', task: 'classification', needs: [allOutputs], wrong: withoutClasses, measure: oneAgainstRest });
}
export { auc as create };

function oneAgainstRest(data: Measured): number {
  const scores = scoresOf(data);
  const each = scores.map((of, i) => area(of, data.truth, scores.length === 1 ? 1 : i)).filter((value) => value !== undefined);
  return each.length === 0 ? Number.NaN : meanOf(each);
}

/** Numbers that grow with the probability of a class, by class; of two classes those of the second alone. */
function scoresOf(data: Measured): Float64Array[] {
  const { rows, columns, loss } = data;
  const outputs = data.of(allOutputs);
  const scores = Array.from({ length: classesOf(data) === 2 ? 1 : columns }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const own = outputs.subarray(row * columns, (row + 1) * columns);
    if (columns <= 2) scores[0]![row] = columns === 1 ? own[0]! : own[1]! - own[0]!;
    else
      (loss.probabilities === 'softmax' ? logOdds(own) : own).forEach((value, c) => {
        scores[c]![row] = value;
      });
  }
  return scores;
}

/** log(p / (1 - p)) of softmax, which keeps apart what rounds to 1. */
function logOdds(outputs: Float32Array): Float64Array {
  const max = outputs.reduce((a, b) => Math.max(a, b));
  const powers = Float64Array.from(outputs, (value) => Math.exp(value - max));
  const sum = powers.reduce((a, b) => a + b);
  // For the largest score, the rest of the sum would be rounding error.
  const others = (c: number): number => (powers[c]! > sum / 2 ? powers.reduce((rest, power, i) => (i === c ? rest : rest + power), 0) : sum - powers[c]!);
  return Float64Array.from(outputs, (value, c) => value - max - Math.log(others(c)));
}

/** Mann and Whitney's statistic by ranks: the mean rank of ties. undefined where all rows are of the class, or none. */
function area(scores: Float64Array, truth: Int32Array, label: number): number | undefined {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  let ranks = 0;
  let positives = 0;
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && scores[order[end]!] === scores[order[first]!]) end++;
    const own = order.slice(first, end).filter((row) => truth[row] === label).length;
    positives += own;
    ranks += (own * (first + 1 + end)) / 2;
    first = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return scores.some(Number.isNaN) ? Number.NaN : (ranks - (positives * (positives + 1)) / 2) / (positives * negatives);
}

export const text: Texts = {
  en: {
    title: 'AUC',
    summary: 'The area under the ROC curve: how often a row of a class scores higher than one of another; of several classes the mean, each against the rest.',
  },
  zh: { title: 'AUC', summary: 'ROC 曲线下面积：某类别样本的得分高于其他类别样本的频率；多类别时为一对其余的平均值。' },
};
