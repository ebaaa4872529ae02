// Softmax and layer norm.
import { ShapeError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { sameShape, shapeText } from '../../shape.ts';
import { softmaxAlong } from '../along.ts';
import { layerNorm as normalized } from '../layer_norm_core.ts';
import { axisOf, graphOf, named } from './given.ts';

function softmaxOf(name: string, x: Value, axis: number, logarithm: boolean): Value {
  const graph = graphOf(name, { x });
  const at = axisOf(name, x, axis);
  return named(name, () => softmaxAlong(graph, x, at, logarithm));
}

/**
 * e^x / sum e^x along an axis, the last by default.
 *
 * @param x - f32 of any shape.
 * @param axis - The axis that sums to 1, the last by default; not axis 0 of a batch.
 * @returns f32 of that shape.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 * @example
 * softmax(mul(scores, 1 / Math.sqrt(64)));
 */
export function softmax(x: Value, axis = -1): Value {
  return softmaxOf('softmax', x, axis, false);
}

/**
 * log softmax(x), without overflow.
 *
 * @param x - f32 of any shape.
 * @param axis - The axis whose exponentials sum to 1, the last by default; not axis 0 of a batch.
 * @returns f32 of that shape.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 * @example
 * neg(sum(mul(target, logSoftmax(logits)), -1)); // cross entropy of probabilities
 */
export function logSoftmax(x: Value, axis = -1): Value {
  return softmaxOf('logSoftmax', x, axis, true);
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** The first of the axes that are normalised, up to the last; -1 by default, features alone. */
  axis?: number;
  /** Added to the variance; 1e-5 by default. */
  eps?: number;
  /** Factors, of the shape of the normalised axes; none by default. */
  weight?: Value;
  /** Summands, of that shape; none by default. */
  bias?: Value;
}

const VALUE = { type: 'object', expected: 'a value', accepts: (value: unknown) => Graph.of(value) !== undefined } as const;
const OPTIONS = {
  axis: { type: 'integer', default: -1 },
  eps: { type: 'number', min: 0, default: 1e-5 },
  weight: VALUE,
  bias: VALUE,
} as const satisfies OptionTable<LayerNormOptions>;

/**
 * (x - mean) / sqrt(variance + eps), over the axes from `axis` on, then times weight plus bias (Ba 2016).
 *
 * @param x - f32 [..., features].
 * @param options - Axis -1, eps 1e-5, no weight and no bias by default.
 * @returns f32 of x's shape.
 * @throws UsageError for an axis that is not there, a negative eps, and for what is no value; ShapeError where shapes do not fit.
 * @example
 * layerNorm(x, { weight: parameter('weight', [last(x)], ones()) });
 */
export function layerNorm(x: Value, options: LayerNormOptions = {}): Value {
  const { axis, eps, weight, bias } = readOptions<LayerNormOptions, typeof OPTIONS>('layerNorm', OPTIONS, options);
  const graph = graphOf('layerNorm', { x, ...(weight ? { weight } : {}), ...(bias ? { bias } : {}) });
  const from = axisOf('layerNorm', x, axis);
  for (const [name, value] of Object.entries({ weight, bias }))
    if (value && !sameShape(value.type.shape, x.type.shape.slice(from)))
      throw new ShapeError(
        `layerNorm: ${name}: expected ${shapeText(x.type.shape.slice(from))} for x ${shapeText(x.type.shape)}, got ${shapeText(value.type.shape)}`,
      );
  return named('layerNorm', () => normalized(graph, x, { from, epsilon: eps, ...(weight ? { gamma: weight } : {}), ...(bias ? { beta: bias } : {}) }).y);
}
