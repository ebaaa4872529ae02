// Functions of one value, element by element: mathematics and activations.

import { show, UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import * as activations from '../activation_table.ts';
import { activationOp, attrsOf } from '../activations.ts';
import { UNARY, type UnaryName } from '../unary_table.ts';
import { graphOf, named, one } from './given.ts';

function elementwise(name: string, entry: activations.Activation, x: Value, params: activations.ActivationParams = {}): Value {
  const graph = graphOf(name, { x });
  return named(name, () => one(graph, activationOp, [x], attrsOf(entry, params)));
}

const unary = (name: UnaryName, x: Value): Value => elementwise(name, UNARY[name], x);

/**
 * -x.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function neg(x: Value): Value {
  return unary('neg', x);
}

/**
 * e to the power x.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function exp(x: Value): Value {
  return unary('exp', x);
}

/**
 * The natural logarithm of x; NaN below 0.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function log(x: Value): Value {
  return unary('log', x);
}

/**
 * log(1 + x), right for small x too.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function log1p(x: Value): Value {
  return unary('log1p', x);
}

/**
 * The square root of x; NaN below 0, and an infinite gradient at 0.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function sqrt(x: Value): Value {
  return unary('sqrt', x);
}

/**
 * 1 / sqrt(x).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function rsqrt(x: Value): Value {
  return unary('rsqrt', x);
}

/**
 * |x|; the gradient at 0 is 0.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function abs(x: Value): Value {
  return unary('abs', x);
}

/**
 * x².
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function square(x: Value): Value {
  return unary('square', x);
}

/**
 * 1 above 0, -1 below, and 0 at 0; no gradient passes.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function sign(x: Value): Value {
  return unary('sign', x);
}

/**
 * The largest whole number that is not above x; no gradient passes.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function floor(x: Value): Value {
  return unary('floor', x);
}

/**
 * The smallest whole number that is not below x; no gradient passes.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function ceil(x: Value): Value {
  return unary('ceil', x);
}

/**
 * The nearest whole number, of two as near the even one; no gradient passes.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function round(x: Value): Value {
  return unary('round', x);
}

/**
 * x kept between two bounds; the gradient is 0 outside.
 *
 * @param x - A value of f32.
 * @param bounds - `min` and `max`, finite numbers; no bound by default.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for bounds that are no finite numbers or exchanged, and for what is no value.
 * @example
 * clip(x, { min: 0, max: 6 });
 */
export function clip(x: Value, bounds: { min?: number; max?: number }): Value {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = bounds ?? {};
  // What is no number is refused below; `>` throws for some of it.
  if (typeof min === 'number' && typeof max === 'number' && min > max)
    throw new UsageError(`clip: expected a min of at most max, got ${show(min)} and ${show(max)}`);
  return elementwise('clip', UNARY.clip, x, bounds as activations.ActivationParams);
}

/**
 * max(x, 0).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function relu(x: Value): Value {
  return elementwise('relu', activations.relu, x);
}

/**
 * x where positive, alpha x elsewhere (Maas 2013).
 *
 * @param x - f32 of any shape.
 * @param alpha - At least 0; 0.01 by default.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for another alpha and for what is no value.
 */
export function leakyRelu(x: Value, alpha = 0.01): Value {
  return elementwise('leakyRelu', activations.leaky_relu, x, { alpha });
}

/**
 * x where positive, alpha (e^x - 1) elsewhere (Clevert 2015).
 *
 * @param x - f32 of any shape.
 * @param alpha - Any finite number; 1 by default.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for another alpha and for what is no value.
 */
export function elu(x: Value, alpha = 1): Value {
  return elementwise('elu', activations.elu, x, { alpha });
}

/**
 * Scaled ELU with the constants of Klambauer 2017.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function selu(x: Value): Value {
  return elementwise('selu', activations.selu, x);
}

/**
 * x Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function gelu(x: Value): Value {
  return elementwise('gelu', activations.gelu, x);
}

/**
 * x sigmoid(x), also called swish.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function silu(x: Value): Value {
  return elementwise('silu', activations.silu, x);
}

/**
 * The hyperbolic tangent.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function tanh(x: Value): Value {
  return elementwise('tanh', activations.tanh, x);
}

/**
 * 1 / (1 + e^-x).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function sigmoid(x: Value): Value {
  return elementwise('sigmoid', activations.sigmoid, x);
}

/**
 * log sigmoid(x), without overflow.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function logSigmoid(x: Value): Value {
  return elementwise('logSigmoid', activations.log_sigmoid, x);
}

/**
 * log(1 + e^x), without overflow.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function softplus(x: Value): Value {
  return elementwise('softplus', activations.softplus, x);
}

/**
 * x tanh(softplus(x)) (Misra 2019).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function mish(x: Value): Value {
  return elementwise('mish', activations.mish, x);
}

/**
 * min(max(x, 0), 6).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function relu6(x: Value): Value {
  return elementwise('relu6', activations.relu6, x);
}

/**
 * x / (1 + |x|).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function softsign(x: Value): Value {
  return elementwise('softsign', activations.softsign, x);
}

/**
 * x / 6 + 1/2 between 0 and 1, PyTorch's hardsigmoid.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function hardSigmoid(x: Value): Value {
  return elementwise('hardSigmoid', activations.hard_sigmoid, x);
}

/**
 * x hardSigmoid(x) (Howard 2019).
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function hardSwish(x: Value): Value {
  return elementwise('hardSwish', activations.hard_swish, x);
}

/**
 * `gelu` by the approximation with tanh.
 *
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws ShapeError for integers; UsageError for what is no value.
 */
export function geluTanh(x: Value): Value {
  return elementwise('geluTanh', activations.gelu_tanh, x);
}
