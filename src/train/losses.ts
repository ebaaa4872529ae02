// Losses of several outputs. A function of its own, so that a program with one output does not carry it.
import { requireNumber, requireObject, show, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Loss } from '../nn/losses.ts';
import { requireLoss } from '../nn/losses.ts';
import { meanSeed } from '../ops/constant.ts';
import { addOp, scaleOp } from '../ops/elementwise.ts';
import { reduceAlong } from '../ops/reduce.ts';
import { reshape } from '../ops/reshape.ts';
import { samplesOf } from '../shape.ts';
import type { Losses, Part } from './objective.ts';

/** A loss of an output, with what belongs to it. */
export interface OutputLoss {
  readonly loss: Loss;
  /** Its factor in the sum that is trained; 1 by default. */
  readonly weight?: number;
  /** The tensor of the data set that holds its targets; the one of the output's name by default. */
  readonly target?: string;
}

/**
 * Losses of several outputs: their weighted sum is trained. An output of a loss per position (`[batch, time, classes]`) counts with the mean over the
 * positions of a sample. Outputs without a loss are computed and not trained.
 *
 * @param given - By output, a loss or `{ loss, weight, target }`.
 * @throws UsageError for what is no loss, a weight that is negative, or no losses.
 * @example
 * losses({ digit: softmaxCrossEntropy(), size: { loss: elementwiseLoss('mse'), weight: 0.3, target: 'height' } });
 */
export function losses(given: Readonly<Record<string, Loss | OutputLoss>>): Losses {
  requireObject('losses', given, 'losses by output, { y: softmaxCrossEntropy() }');
  const parts = Object.entries(given).map(([output, each]): Part => {
    const { loss, weight = 1, target = output } = typeof (each as Loss | null)?.build === 'function' ? { loss: each as Loss } : ((each ?? {}) as OutputLoss);
    requireLoss(loss);
    requireNumber(`losses: ${output}: weight`, weight, 0);
    if (typeof target !== 'string') throw new UsageError(`losses: ${output}: target: expected the name of a tensor, got ${show(target)}`);
    return { output, target, loss, weight };
  });
  if (parts.length === 0) throw new UsageError('losses: expected a loss for an output at least');
  return {
    parts,
    total(graph, each) {
      const weighted = each.map((value, i) => {
        const mean = perSample(graph, value);
        const { weight, output } = parts[i]!;
        return weight === 1 ? mean : graph.apply(scaleOp, [mean], { factor: weight }, `loss/${output}/weighted`)[0]!;
      });
      const sum = weighted.reduce((a, b) => graph.apply(addOp, [a, b], {}, 'loss/sum')[0]!);
      return { losses: sum, seed: graph.scope('grad', () => meanSeed(graph, sum)) };
    },
  };
}

/** One number per sample: the mean over its positions. */
function perSample(graph: Graph, value: Value): Value {
  const samples = samplesOf(value.type);
  const positions = value.type.shape[0]! / samples;
  if (positions === 1) return value;
  const rows = reshape(graph, value, [samples, positions]);
  return reshape(graph, reduceAlong(graph, 'mean', rows, [1], false), [samples]);
}
