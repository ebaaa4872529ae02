// Softmax cross entropy whose targets do not all count alike. In its own module, so that bundlers drop its kernels when unused.
import { ShapeError, UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import type { Op } from '../../graph/op.ts';
import { constantOp } from '../../ops/constant.ts';
import { crossEntropyOp } from '../../ops/losses.ts';
import { castOp, compareOp } from '../../ops/select.ts';
import { targetWeightOp, weighing } from '../../ops/target_weights.ts';
import { type OptionTable, withOptions } from '../../option_table.ts';
import { lastOf } from '../../shape.ts';
import { countingOf } from '../counted.ts';
import { classIndexOr } from '../targets.ts';
import { type Loss, readLossOptions } from './loss.ts';
import { type CrossEntropyOptions, options as crossEntropyOptions, softmaxCrossEntropy } from './softmax_cross_entropy.ts';

/** Options of weighted cross entropy. */
export interface WeightedCrossEntropyOptions extends CrossEntropyOptions {
  /**
   * A weight of at least 0 for each class, PyTorch's `weight`: its loss is multiplied by it; all 1 by default. With class indices the loss is divided by the
   * sum of the weights of the targets, not by their number.
   */
  classWeights?: readonly number[];
  /**
   * A class index, of no class as a rule (-100 is PyTorch's), whose rows do not count: in the loss, its mean and gradients, in the accuracy, and in the statistics of
   * layers (`ProbeOptions`). A data set that has it is made without `classes`. Only of class indices; by default all count.
   */
  ignoreIndex?: number;
}

export const options = withOptions(crossEntropyOptions, {
  classWeights: { type: 'list', of: { type: 'number', min: 0 }, expected: 'a list of numbers' },
  ignoreIndex: { type: 'integer', min: -2147483648, max: 2147483647 },
}) satisfies OptionTable<WeightedCrossEntropyOptions>;

/**
 * Softmax cross entropy with PyTorch's weights. The mean is over what counts: in a batch, over the batches that `accumulate` makes a step of, and over the
 * whole set in `evaluate`. Where nothing counts the loss is 0 and so are all gradients (PyTorch's is NaN).
 *
 * @param given - Without options it is `softmaxCrossEntropy`.
 * @returns A loss for logits [batch, classes] and class indices [batch, 1], or probabilities [batch, classes].
 * @throws UsageError for another option; ShapeError, while a trainer is built, for another number of weights than the model has outputs.
 * @example
 * const loss = weightedCrossEntropy({ classWeights: [1, 5], ignoreIndex: -100 });
 */
export function weightedCrossEntropy(given: WeightedCrossEntropyOptions = {}): Loss {
  const where = 'weightedCrossEntropy';
  const read = readLossOptions<WeightedCrossEntropyOptions, typeof options>(where, options, given);
  const { targets, labelSmoothing: smoothing, classWeights, ignoreIndex: ignored } = read;
  const index = targets === 'index';
  if (ignored !== undefined && !index) throw new UsageError(`${where}: ignoreIndex: expected class indices as targets: a row of probabilities has none`);
  const weights = weighing(classWeights, ignored);
  const count = classWeights?.length;
  return {
    ...softmaxCrossEntropy({ targets, labelSmoothing: smoothing }),
    options: read,
    ...(ignored === undefined ? {} : { ignored, targets: classIndexOr(ignored), leavesOut: leavingOut(ignored) }),
    build: (graph, output, target) => {
      const classes = lastOf(output.type);
      if (count !== undefined && count !== classes)
        throw new ShapeError(`${where}: classWeights: expected one for each of the model's ${classes} outputs, got ${count}`);
      const total = index ? graph.apply(targetWeightOp, [target], { classes, weighing: weights }, 'loss/weight') : [];
      return graph.apply(crossEntropyOp, [output, target, ...total], { targets, smoothing, weighing: weights }, 'loss')[0]!;
    },
    weight: (graph, losses) => graph.nodes.find(({ outputs }) => outputs[0] === losses)!.inputs[2],
  };
}

function leavingOut(ignored: number): NonNullable<Loss['leavesOut']> {
  return {
    counts(graph, targets, group) {
      const apply = <Attrs>(op: Op<Attrs>, inputs: readonly Value[], attrs: NoInfer<Attrs>): Value =>
        graph.apply(op, inputs, attrs, 'counted/targets', group)[0]!;
      const other = apply(constantOp, [], { value: ignored, type: targets.type });
      return apply(castOp, [apply(compareOp, [targets, other], { relation: 'not_equal' })], { dtype: 'f32' });
    },
    counting: countingOf,
  };
}
