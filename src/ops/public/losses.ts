// Losses: a number for each row, of which a mean can be trained.
import { ShapeError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { lastOf, sameShape, shapeText, sizeOf } from '../../shape.ts';
import { crossEntropyOp } from '../losses.ts';
import { reshape as reshaped } from '../reshape.ts';
import { add, minimum, mul, sub } from './arithmetic.ts';
import { abs, log, neg, relu, softplus, square } from './functions.ts';
import { graphOf, named, one } from './given.ts';
import { greater, where } from './masks.ts';
import { logSoftmax } from './normalisation.ts';
import { mean, sum } from './reductions.ts';

function pairOf(name: string, output: Value, target: Value): void {
  graphOf(name, { output, target });
  if (!sameShape(output.type.shape, target.type.shape))
    throw new ShapeError(`${name}: expected output and target of one shape, got ${shapeText(output.type.shape)} and ${shapeText(target.type.shape)}`);
}

/**
 * The squared error of each row, its mean over the last axis.
 *
 * @param output - `[..., columns]`.
 * @param target - Of the same shape.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for what is no value.
 * @example
 * mse(x, stopGradient(target));
 */
export function mse(output: Value, target: Value): Value {
  pairOf('mse', output, target);
  return named('mse', () => mean(square(sub(output, target)), -1));
}

/**
 * The absolute error of each row, its mean over the last axis.
 *
 * @param output - `[..., columns]`.
 * @param target - Of the same shape.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for what is no value.
 * @example
 * mae(x, target);
 */
export function mae(output: Value, target: Value): Value {
  pairOf('mae', output, target);
  return named('mae', () => mean(abs(sub(output, target)), -1));
}

const HUBER = { delta: { type: 'number', above: 0, default: 1 } } as const satisfies OptionTable<{ delta?: number }>;

/**
 * Half the squared error up to `delta`, linear beyond, its mean over the last axis (Huber 1964): PyTorch's huber_loss.
 *
 * @param output - `[..., columns]`.
 * @param target - Of the same shape.
 * @param options - `delta`, above 0: where it becomes linear; 1 by default.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for another delta and for what is no value.
 * @example
 * huber(x, target, { delta: 0.5 });
 */
export function huber(output: Value, target: Value, options: { delta?: number } = {}): Value {
  pairOf('huber', output, target);
  const { delta } = readOptions<{ delta?: number }, typeof HUBER>('huber', HUBER, options);
  return named('huber', () => {
    const error = abs(sub(output, target));
    const inside = minimum(error, delta);
    return mean(mul(inside, sub(error, mul(inside, 0.5))), -1);
  });
}

/**
 * Binary cross entropy of sigmoid(output), its mean over the last axis.
 *
 * @param output - `[..., columns]`.
 * @param target - Of the same shape, from 0 to 1.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for what is no value.
 * @example
 * bceWithLogits(logits, target);
 */
export function bceWithLogits(output: Value, target: Value): Value {
  pairOf('bceWithLogits', output, target);
  return named('bceWithLogits', () => mean(sub(softplus(output), mul(output, target)), -1));
}

/**
 * max(0, 1 - target output), its mean over the last axis.
 *
 * @param output - `[..., columns]`.
 * @param target - Of the same shape, -1 and 1.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for what is no value.
 * @example
 * hinge(x, target);
 */
export function hinge(output: Value, target: Value): Value {
  pairOf('hinge', output, target);
  return named('hinge', () => mean(relu(sub(1, mul(output, target))), -1));
}

/**
 * max(0, 1 - target output)², its mean over the last axis.
 *
 * @param output - `[..., columns]`.
 * @param target - Of the same shape, -1 and 1.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for what is no value.
 * @example
 * squaredHinge(x, target);
 */
export function squaredHinge(output: Value, target: Value): Value {
  pairOf('squaredHinge', output, target);
  return named('squaredHinge', () => mean(square(relu(sub(1, mul(output, target)))), -1));
}

/**
 * The Kullback-Leibler divergence of the target from softmax(logits), for each row the sum over the last axis: PyTorch's
 * `kl_div(log_softmax(logits), target)` with 'batchmean'. A target of 0 costs nothing.
 *
 * @param logits - `[..., classes]`.
 * @param target - Probabilities of the same shape, `softmax(teacher)` say.
 * @returns `[...]`: a loss per row. Gradients flow to both.
 * @throws ShapeError for two shapes; UsageError for what is no value.
 * @example
 * klDivergence(logits, stopGradient(softmax(target))); // distillation from a teacher's logits
 */
export function klDivergence(logits: Value, target: Value): Value {
  pairOf('klDivergence', logits, target);
  return named('klDivergence', () => {
    const known = greater(target, 0);
    return sum(where(known, mul(target, sub(log(where(known, target, 1)), logSoftmax(logits))), 0), -1);
  });
}

const CROSS_ENTROPY = { labelSmoothing: { type: 'number', min: 0, below: 1, default: 0 } } as const satisfies OptionTable<{ labelSmoothing?: number }>;

/**
 * Softmax cross entropy of each row.
 *
 * @param logits - `[..., classes]`.
 * @param target - Class indices, i32 `[..., 1]`, or a probability for each class, f32 `[..., classes]`.
 * @param options - `labelSmoothing`, at least 0 and below 1: that fraction of each target is spread evenly; 0 by default. For class indices.
 * @returns A loss per row of the last axis, `[rows]`.
 * @throws ShapeError for other targets; UsageError for another smoothing and for what is no value.
 * @example
 * const focal = (logits, label) => { const ce = crossEntropy(logits, label); return mul(square(sub(1, exp(neg(ce)))), ce); };
 */
export function crossEntropy(logits: Value, target: Value, options: { labelSmoothing?: number } = {}): Value {
  const graph = graphOf('crossEntropy', { logits, target });
  const { labelSmoothing } = readOptions<{ labelSmoothing?: number }, typeof CROSS_ENTROPY>('crossEntropy', CROSS_ENTROPY, options);
  return named('crossEntropy', () => {
    if (target.type.dtype === 'i32') return one(graph, crossEntropyOp, [logits, target], { targets: 'index', smoothing: labelSmoothing });
    pairOf('crossEntropy', logits, target);
    const smooth = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / lastOf(logits.type));
    const loss = neg(sum(mul(smooth, logSoftmax(logits)), -1));
    return reshaped(graph, loss, [sizeOf(loss.type.shape)]);
  });
}
