// What only training needs: dropout, and an end for gradients.
import { requireNumber, UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { stopGradientOp } from '../copy.ts';
import { dropoutOp } from '../dropout.ts';
import { graphOf, named, one } from './given.ts';

/**
 * x, past which no gradient flows: PyTorch's `detach`.
 *
 * @param x - Any value.
 * @returns The same value, without a gradient.
 * @throws UsageError for what is no value.
 * @example
 * sub(x, stopGradient(mean(x, -1, { keepDims: true }))); // the mean is a constant for the gradient
 */
export function stopGradient(x: Value): Value {
  const graph = graphOf('stopGradient', { x });
  return named('stopGradient', () => one(graph, stopGradientOp, [x], {}));
}

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Tells the dropouts of a model apart. */
  key: number;
  /** True by default. */
  training?: boolean;
}

const OPTIONS = {
  key: { type: 'integer', min: 0, required: true },
  training: { type: 'boolean', default: true },
} as const satisfies OptionTable<DropoutOptions>;

/**
 * Sets a fraction `rate` of the elements to zero and multiplies the others by 1 / (1 - rate) (inverted dropout, Srivastava 2014). The run's seed, the step and
 * the key decide which.
 *
 * @param rate - From 0 to below 1.
 * @param options - `key` tells the dropouts of a model apart: the `key` that a layer is given, plus 1 for the next one in it. `training`: false leaves x as
 * it is; true by default.
 * @param x - f32 of any shape.
 * @returns f32 of that shape; x itself where `training` is false.
 * @throws UsageError for another rate or key, and for what is no value.
 * @example
 * layer('noisy', (x, { key, training }) => dropout(x, 0.1, { key, training }));
 */
export function dropout(x: Value, rate: number, options: DropoutOptions): Value {
  const graph = graphOf('dropout', { x });
  requireNumber('dropout: rate', rate, 0, 1);
  if (rate === 1) throw new UsageError('dropout: rate must be below 1: nothing would be left');
  const { key, training } = readOptions<DropoutOptions, typeof OPTIONS>('dropout', OPTIONS, options);
  return training && rate > 0 ? named('dropout', () => one(graph, dropoutOp, [x], { rate, layer: key >>> 0 })) : x;
}
