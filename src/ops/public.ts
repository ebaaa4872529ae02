// The package entry `fathom-webgpu/ops`: functions of values, for layers, losses and activations of one's own. Axes may be negative, from the end, and
// shapes are broadcast by NumPy's rule. A value knows its graph, so there is none to pass. Where axis 0 counts samples, what reads across them counts the
// true ones, or is refused.
import { type FathomError, requireInteger, requireName, requireNumber, ShapeError, show, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { toFloats, toIntegers } from '../numbers.ts';
import { type DType, lastOf, sameShape, shapeText, sizeOf, type TensorType } from '../shape.ts';
import * as activations from './activation_table.ts';
import { activationOp, attrsOf } from './activations.ts';
import { matmulAlong, softmaxAlong } from './along.ts';
import { broadcast, broadcastShape } from './broadcast.ts';
import { maximumOp, minimumOp, powerOp } from './compare.ts';
import { concatOp } from './concat.ts';
import { constant, tensorOp } from './constant.ts';
import { stopGradientOp } from './copy.ts';
import { dropoutOp } from './dropout.ts';
import { addOp, divideOp, isBias, multiplyOp, scaleOp, subtractOp } from './elementwise.ts';
import { gatherOp, oneHotOp } from './gather.ts';
import { crossEntropyOp } from './losses.ts';
import { layerNorm as normalized } from './normalize.ts';
import { fillPadding } from './padding.ts';
import { type Reduction, reduceAlong } from './reduce.ts';
import { reshape as reshaped } from './reshape.ts';
import { argmaxOp, cumsumOp } from './scan.ts';
import { castOp, compareOp, type Relation, whereOp } from './select.ts';
import { padOp, sliceOp, transposeOp } from './strided.ts';
import { UNARY, type UnaryName } from './unary_table.ts';

export type { Value } from '../graph/graph.ts';

/** A value, or a number that stands for a tensor full of it. */
export type Operand = Value | number;

/** Axes of a reduction: one, several, or by default all. */
export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Whether reduced axes stay, with size 1; false by default. */
  keepDims?: boolean;
}

const isValue = (x: unknown): x is Value => Graph.of(x) !== undefined;

/** The graph of an op's operands. Throws a UsageError for what is no value, and for values of several graphs. */
function graphOf(op: string, operands: Readonly<Record<string, unknown>>): Graph {
  let first: { name: string; graph: Graph } | undefined;
  for (const [name, x] of Object.entries(operands)) {
    const graph = Graph.of(x);
    if (!graph) throw noValue(op, name, x);
    if (first && first.graph !== graph) throw new UsageError(`${op}: ${first.name} and ${name} belong to two graphs: expected values of one`);
    first ??= { name, graph };
  }
  return first!.graph;
}

function noValue(op: string, name: string, x: unknown): UsageError {
  const isLayer = (typeof x === 'object' || typeof x === 'function') && x !== null && 'build' in x;
  return new UsageError(
    isLayer
      ? `${op}: ${name}: expected a value, got a ${'residualBlocks' in x && 'kind' in x ? `${String(x.kind)} layer` : 'model'}: functions of fathom-webgpu/ops take values; layers go into sequential([...])`
      : `${op}: ${name}: expected a value of a graph, got ${typeof x === 'function' ? 'a function' : show(x)}`,
  );
}

/** How the message of an op begins, `subtract at 2.own/subtract: ` or, of an operand, `matmul at 2.own/matmul, b: `: path of the layer, operand. */
const SAID_BY_OP = /^\w+ at (?:(\S+)\/)?[^/\s,]+(?:, (\w+))?: /;

/** Errors of `named`, by what they say after its name. */
const said = new WeakMap<Error, { readonly where: string; readonly what: string }>();

/** What `body` throws begins with the name of the function that was called, and has no other: neither those of ops nor of functions that it calls in turn. */
function named<Result>(op: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof ShapeError || error instanceof UsageError) || error.message.startsWith(`${op}: `)) throw error;
    const [start = '', layer, operand] = SAID_BY_OP.exec(error.message) ?? [];
    const { where, what } = said.get(error) ?? {
      where: layer ? ` at ${layer}` : '',
      what: `${operand ? `${operand}: ` : ''}${error.message.slice(start.length)}`,
    };
    const renamed = new (error.constructor as new (message: string, options: ErrorOptions) => FathomError)(`${op}${where}: ${what}`, { cause: error });
    said.set(renamed, { where, what });
    throw renamed;
  }
}

function axisOf(op: string, { type: { shape } }: Value, axis: unknown): number {
  if (!Number.isInteger(axis) || (axis as number) < -shape.length || (axis as number) >= shape.length)
    throw new UsageError(`${op}: axis: expected an integer from ${-shape.length} to ${shape.length - 1} for ${shapeText(shape)}, got ${show(axis)}`);
  return (axis as number) < 0 ? (axis as number) + shape.length : (axis as number);
}

function shapeOf(op: string, name: string, shape: unknown, least = 1): readonly number[] {
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size >= least))
    throw new UsageError(`${op}: ${name}: expected a list of integers of at least ${least}, got ${show(shape)}`);
  return shape;
}

const one = <Attrs>(graph: Graph, op: Op<Attrs>, inputs: readonly Value[], attrs: NoInfer<Attrs>): Value => graph.apply(op, inputs, attrs)[0]!;

/** Values broadcast to one shape. */
function alike(name: string, values: readonly Value[]): Value[] {
  const shape = values.map(({ type }) => type.shape).reduce((p, q) => broadcastShape(name, p, q));
  const rowsPerSample = Math.max(...values.map(({ type }) => type.rowsPerSample));
  return values.map((value) => broadcast(Graph.of(value)!, value, shape, rowsPerSample));
}

/** An operation on two operands, of which one may be a number; `repeats` is false for an op that does not broadcast by itself. */
function binary<Attrs>(name: string, op: Op<Attrs>, a: Operand, b: Operand, attrs: NoInfer<Attrs> = {} as Attrs, repeats = true): Value {
  const given: [string, unknown][] = [
    ['a', a],
    ['b', b],
  ];
  const graph = graphOf(name, Object.fromEntries(given.filter(([, x]) => typeof x !== 'number' || given.every(([, y]) => typeof y === 'number'))));
  const like = (isValue(a) ? a : (b as Value)).type;
  return named(name, () => {
    const [x, y] = given.map(([which, operand]) => (isValue(operand) ? operand : filled(`${name}: ${which}`, graph, operand, like))) as [Value, Value];
    return one(graph, op, repeats ? [x, y] : alike(name, [x, y]), attrs);
  });
}

/** A tensor full of a number, of the type of another. */
function filled(where: string, graph: Graph, operand: unknown, type: TensorType): Value {
  if (type.dtype === 'i32') requireInteger(where, operand, -(2 ** 31));
  requireNumber(where, operand);
  return constant(graph, operand, type);
}

/**
 * a + b, broadcast.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast. Where b is one number for each feature of a batch of rows, this is the bias of a layer: it is
 * fused with the product before it, and probes see it as the layer's.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * add(matmul(x, weight), bias); // [batch, 8] + [8]
 */
export function add(a: Operand, b: Operand): Value {
  return isValue(a) && isValue(b) && isBias([b.type, a.type]) ? binary('add', addOp, b, a) : binary('add', addOp, a, b);
}

/** a - b, broadcast. Operands and errors as of `add`. */
export function sub(a: Operand, b: Operand): Value {
  return binary('sub', subtractOp, a, b);
}

/** a b, element by element, broadcast. Operands and errors as of `add`. `mul(x, 2)` is one dispatch. */
export function mul(a: Operand, b: Operand): Value {
  const [x, factor] = typeof a === 'number' ? [b, a] : [a, b];
  if (!isValue(x) || typeof factor !== 'number') return binary('mul', multiplyOp, a, b);
  requireNumber('mul: factor', factor);
  return named('mul', () => one(graphOf('mul', { x }), scaleOp, [x], { factor }));
}

/** a / b, broadcast; x / 0 is infinite and 0 / 0 is NaN, as in IEEE 754. Operands and errors as of `add`. */
export function div(a: Operand, b: Operand): Value {
  return binary('div', divideOp, a, b);
}

/**
 * a to the power b, broadcast. A negative a has a power for whole b only, and no gradient with respect to b. Operands and errors as of `add`.
 *
 * @example
 * pow(x, 3);
 */
export function pow(a: Operand, b: Operand): Value {
  if (b === 2 && isValue(a)) return square(a);
  return binary('pow', powerOp, a, b);
}

/** The larger of a and b, broadcast; equal ones share the gradient, as in PyTorch. NaN stays NaN. Operands and errors as of `add`. */
export function maximum(a: Operand, b: Operand): Value {
  return binary('maximum', maximumOp, a, b);
}

/** The smaller of a and b, broadcast; equal ones share the gradient, as in PyTorch. NaN stays NaN. Operands and errors as of `add`. */
export function minimum(a: Operand, b: Operand): Value {
  return binary('minimum', minimumOp, a, b);
}

const compared = (name: string, relation: Relation, a: Operand, b: Operand): Value => binary(name, compareOp, a, b, { relation }, false);

/**
 * A mask of i32: 1 where a and b are equal, else 0, broadcast; of f32 or of i32. A NaN is equal to nothing, itself included. Masks are for `where`, and
 * `cast(mask, 'f32')` is a factor. They are steps, so that no gradient passes.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * where(equal(tokens, 0), 0, loss); // padding costs nothing
 */
export function equal(a: Operand, b: Operand): Value {
  return compared('equal', 'equal', a, b);
}

/** 1 where a and b differ, as a NaN does from everything. Operands, result and errors as of `equal`. */
export function notEqual(a: Operand, b: Operand): Value {
  return compared('notEqual', 'not_equal', a, b);
}

/** 1 where a < b. Operands, result and errors as of `equal`. */
export function less(a: Operand, b: Operand): Value {
  return compared('less', 'less', a, b);
}

/** 1 where a <= b. Operands, result and errors as of `equal`. */
export function lessEqual(a: Operand, b: Operand): Value {
  return compared('lessEqual', 'less_equal', a, b);
}

/** 1 where a > b. Operands, result and errors as of `equal`. */
export function greater(a: Operand, b: Operand): Value {
  return compared('greater', 'greater', a, b);
}

/** 1 where a >= b. Operands, result and errors as of `equal`. */
export function greaterEqual(a: Operand, b: Operand): Value {
  return compared('greaterEqual', 'greater_equal', a, b);
}

/**
 * a where the condition holds, else b, broadcast: NumPy's and PyTorch's `where`. What is not chosen reaches nothing: neither its value, NaN included, nor a
 * gradient to it. `where(p, q, 0)` is "p and q" of two masks, `where(p, 1, q)` "p or q", and `equal(p, 0)` "not p".
 *
 * @param condition - A mask of i32, as `greater(x, 0)` makes it; it holds where it is not 0.
 * @param a - A value, or a number, which may be infinite.
 * @param b - The same, of the same element type; two numbers are f32.
 * @returns Of the shape to which all three are broadcast.
 * @throws ShapeError where shapes or element types do not fit, or only one tensor counts samples in axis 0; UsageError for what is no value.
 * @example
 * softmax(where(mask, scores, -Infinity)); // no attention where the mask is 0
 */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const values = Object.fromEntries(Object.entries({ condition, a, b }).filter(([name, x]) => name === 'condition' || typeof x !== 'number'));
  const graph = graphOf('where', values);
  return named('where', () => {
    const operands: [string, unknown][] = [
      ['a', a],
      ['b', b],
    ];
    const given = operands.flatMap(([, x]) => (isValue(x) ? [x] : []));
    const dtype = given[0]?.type.dtype ?? 'f32';
    // Numbers take part in no broadcast: they are made in the shape to which the others are.
    const all = [condition, ...given];
    const shape = all.map(({ type }) => type.shape).reduce((p, q) => broadcastShape('where', p, q));
    const rowsPerSample = Math.max(...all.map(({ type }) => type.rowsPerSample));
    const [p, q] = operands.map(([name, x]) => {
      if (isValue(x)) return broadcast(graph, x, shape, rowsPerSample);
      const type = { shape, rowsPerSample, dtype };
      const infinite = dtype === 'f32' && (x === Number.POSITIVE_INFINITY || x === Number.NEGATIVE_INFINITY);
      return infinite ? constant(graph, x as number, type) : filled(`where: ${name}`, graph, x, type);
    }) as [Value, Value];
    return one(graph, whereOp, [broadcast(graph, condition, shape, rowsPerSample), p, q], {});
  });
}

/**
 * x in another element type, itself where it has that type. To i32 the fraction is cut off; what lies beyond 32 bits is the nearest integer
 * that a float holds, and NaN the smallest, which is no index. Integers are steps, so that no gradient passes.
 *
 * @param dtype - 'f32' or 'i32'.
 * @throws UsageError for another type and for what is no value.
 * @example
 * gather(parameter('table', [1000, 16], { scheme: 'lecun_normal' }), cast(x, 'i32')); // features that are tokens
 */
export function cast(x: Value, dtype: DType): Value {
  const graph = graphOf('cast', { x });
  requireName('cast: dtype', dtype, ['f32', 'i32']);
  return x.type.dtype === dtype ? x : named('cast', () => one(graph, castOp, [x], { dtype }));
}

function elementwise(name: string, entry: activations.Activation, x: Value, params: activations.ActivationParams = {}): Value {
  const graph = graphOf(name, { x });
  return named(name, () => one(graph, activationOp, [x], attrsOf(entry, params)));
}

const unary = (name: UnaryName, x: Value): Value => elementwise(name, UNARY[name], x);

/** -x. A value of f32 of any shape, as for all functions of one value below; throws ShapeError for integers and UsageError for what is no value. */
export function neg(x: Value): Value {
  return unary('neg', x);
}

/** e to the power x. */
export function exp(x: Value): Value {
  return unary('exp', x);
}

/** The natural logarithm of x; NaN below 0. */
export function log(x: Value): Value {
  return unary('log', x);
}

/** log(1 + x), right for small x too. */
export function log1p(x: Value): Value {
  return unary('log1p', x);
}

/** The square root of x; NaN below 0, and an infinite gradient at 0. */
export function sqrt(x: Value): Value {
  return unary('sqrt', x);
}

/** 1 / sqrt(x). */
export function rsqrt(x: Value): Value {
  return unary('rsqrt', x);
}

/** |x|; the gradient at 0 is 0. */
export function abs(x: Value): Value {
  return unary('abs', x);
}

/** x². */
export function square(x: Value): Value {
  return unary('square', x);
}

/** 1 above 0, -1 below, and 0 at 0; no gradient passes. */
export function sign(x: Value): Value {
  return unary('sign', x);
}

/** The largest whole number that is not above x; no gradient passes. */
export function floor(x: Value): Value {
  return unary('floor', x);
}

/** The smallest whole number that is not below x; no gradient passes. */
export function ceil(x: Value): Value {
  return unary('ceil', x);
}

/** The nearest whole number, of two as near the even one; no gradient passes. */
export function round(x: Value): Value {
  return unary('round', x);
}

/** x, past which no gradient flows: PyTorch's `detach`. */
export function stopGradient(x: Value): Value {
  const graph = graphOf('stopGradient', { x });
  return named('stopGradient', () => one(graph, stopGradientOp, [x], {}));
}

/**
 * x kept between two bounds; the gradient is 0 outside.
 *
 * @param x - A value of f32.
 * @param bounds - `min` and `max`, finite numbers; no bound by default.
 */
export function clip(x: Value, bounds: { min?: number; max?: number }): Value {
  return elementwise('clip', UNARY.clip, x, bounds as activations.ActivationParams);
}

/** max(x, 0). */
export function relu(x: Value): Value {
  return elementwise('relu', activations.relu, x);
}

/** x where positive, alpha x elsewhere; alpha of at least 0, 0.01 by default. */
export function leakyRelu(x: Value, alpha = 0.01): Value {
  return elementwise('leakyRelu', activations.leaky_relu, x, { alpha });
}

/** x where positive, alpha (e^x - 1) elsewhere; alpha is 1 by default (Clevert 2015). */
export function elu(x: Value, alpha = 1): Value {
  return elementwise('elu', activations.elu, x, { alpha });
}

/** Scaled ELU with the constants of Klambauer 2017. */
export function selu(x: Value): Value {
  return elementwise('selu', activations.selu, x);
}

/** x Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016). */
export function gelu(x: Value): Value {
  return elementwise('gelu', activations.gelu, x);
}

/** x sigmoid(x), also called swish. */
export function silu(x: Value): Value {
  return elementwise('silu', activations.silu, x);
}

/** The hyperbolic tangent. */
export function tanh(x: Value): Value {
  return elementwise('tanh', activations.tanh, x);
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: Value): Value {
  return elementwise('sigmoid', activations.sigmoid, x);
}

/** log sigmoid(x), without overflow. */
export function logSigmoid(x: Value): Value {
  return elementwise('logSigmoid', activations.log_sigmoid, x);
}

/** log(1 + e^x), without overflow. */
export function softplus(x: Value): Value {
  return elementwise('softplus', activations.softplus, x);
}

/** x tanh(softplus(x)) (Misra 2019). */
export function mish(x: Value): Value {
  return elementwise('mish', activations.mish, x);
}

/** min(max(x, 0), 6). */
export function relu6(x: Value): Value {
  return elementwise('relu6', activations.relu6, x);
}

/** x / (1 + |x|). */
export function softsign(x: Value): Value {
  return elementwise('softsign', activations.softsign, x);
}

/** x / 6 + 1/2 between 0 and 1, PyTorch's hardsigmoid. */
export function hardSigmoid(x: Value): Value {
  return elementwise('hardSigmoid', activations.hard_sigmoid, x);
}

/** x hardSigmoid(x) (Howard 2019). */
export function hardSwish(x: Value): Value {
  return elementwise('hardSwish', activations.hard_swish, x);
}

/** `gelu` by the approximation with tanh. */
export function geluTanh(x: Value): Value {
  return elementwise('geluTanh', activations.gelu_tanh, x);
}

/**
 * The matrix product, by NumPy's rule: matrices lie in the last two axes and the others are broadcast; a vector is a row on the left and a column on the right.
 *
 * @param a - `[..., m, k]`, or a vector `[k]`.
 * @param b - `[..., k, n]`, or a vector `[k]`. Samples may lie in axis 0 of b only where it has three axes or more.
 * @returns `[..., m, n]`.
 * @throws ShapeError where the sizes do not fit, or the product would sum over samples; UsageError for what is no value.
 * @example
 * matmul(x, parameter('weight', [last(x), 8], { scheme: 'he_normal' }));
 */
export function matmul(a: Value, b: Value): Value {
  const graph = graphOf('matmul', { a, b });
  const [p, q] = [a.type.shape, b.type.shape];
  const inner = [p.at(-1), q.at(q.length > 1 ? -2 : -1)];
  if (p.length === 0 || q.length === 0 || inner[0] !== inner[1])
    throw new ShapeError(`matmul: expected a [..., m, k] and b [..., k, n] with one k, got ${shapeText(p)} and ${shapeText(q)}`);
  return named('matmul', () => matmulAlong(graph, a, b));
}

function reduction(name: string, kind: Reduction, x: Value, axis: Axes | undefined, { keepDims = false }: ReduceOptions): Value {
  const graph = graphOf(name, { x });
  const axes = axis === undefined ? [...x.type.shape.keys()] : [axis].flat().map((each) => axisOf(name, x, each));
  if (new Set(axes).size < axes.length) throw new UsageError(`${name}: axis: expected each axis once, got ${show(axis)}`);
  return named(name, () => reduceAlong(graph, kind, x, axes, keepDims));
}

/**
 * The sum along axes.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * sum(x, -1, { keepDims: true }); // [batch, 8] -> [batch, 1]
 */
export function sum(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('sum', 'sum', x, axis, options);
}

/** The mean along axes. Arguments and errors as of `sum`. */
export function mean(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('mean', 'mean', x, axis, options);
}

/** The largest along axes; equal ones share the gradient evenly, as of PyTorch's amax. Arguments and errors as of `sum`. */
export function max(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('max', 'max', x, axis, options);
}

/** The smallest along axes; equal ones share the gradient evenly, as of PyTorch's amin. Arguments and errors as of `sum`. */
export function min(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('min', 'min', x, axis, options);
}

/** The variance along axes, of the population: divided by their number, as NumPy's `var` does by default. Arguments and errors as of `sum`. */
export function variance(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('variance', 'variance', x, axis, options);
}

/** The Euclidean norm along axes; the gradient of a norm of 0 is 0. Arguments and errors as of `sum`. */
export function norm(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('norm', 'l2', x, axis, options);
}

/**
 * The square root of `variance`: PyTorch's `std` with `correction: 0`, NumPy's by default. Where all are equal the gradient is 0. Arguments and errors as of
 * `sum`.
 */
export function std(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  const graph = graphOf('std', { x });
  const spread = reduction('std', 'l2', sub(x, reduction('std', 'mean', x, axis, { keepDims: true })), axis, options);
  return named('std', () => mul(spread, rsqrt(reduction('std', 'sum', constant(graph, 1, x.type), axis, options))));
}

/** log sum e^x along axes, without overflow. Arguments and errors as of `sum`. */
export function logSumExp(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('logSumExp', 'log_sum_exp', x, axis, options);
}

/**
 * The place of the largest along an axis, in i32: of equal ones the first, of a NaN where there is one, as in NumPy. No gradient passes.
 *
 * @param axis - The last by default. Over axis 0 of a batch, the true samples count.
 * @param options - `keepDims`: whether the axis stays, with size 1.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for integers.
 * @example
 * equal(argmax(logits, -1, { keepDims: true }), label); // 1 where the answer is right
 */
export function argmax(x: Value, axis = -1, { keepDims = false }: ReduceOptions = {}): Value {
  const graph = graphOf('argmax', { x });
  const at = axisOf('argmax', x, axis);
  return named('argmax', () => {
    const { shape, rowsPerSample } = x.type;
    const counted = at === 0 && rowsPerSample > 0 ? fillPadding(graph, x, Number.NEGATIVE_INFINITY) : x;
    const order = [...shape.keys()].filter((d) => d !== at).concat(at);
    const last = at === shape.length - 1 ? counted : one(graph, transposeOp, [counted], { perm: order });
    const best = one(graph, argmaxOp, [reshaped(graph, last, [sizeOf(shape) / shape[at]!, shape[at]!])], {});
    return reshaped(
      graph,
      best,
      shape.flatMap((size, d) => (d !== at ? [size] : keepDims ? [1] : [])),
    );
  });
}

/** The place of the smallest along an axis. Arguments, result and errors as of `argmax`. */
export function argmin(x: Value, axis = -1, options: ReduceOptions = {}): Value {
  graphOf('argmin', { x });
  axisOf('argmin', x, axis);
  return named('argmin', () => argmax(neg(x), axis, options));
}

/**
 * The sum along an axis up to each place, itself included.
 *
 * @param axis - The last by default; not axis 0 of a batch.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 * @example
 * cumsum(x, 1); // [batch, time, features]: what has come so far
 */
export function cumsum(x: Value, axis = -1): Value {
  const graph = graphOf('cumsum', { x });
  const at = axisOf('cumsum', x, axis);
  return named('cumsum', () => one(graph, cumsumOp, [x], { axis: at, reverse: false }));
}

function softmaxOf(name: string, x: Value, axis: number, logarithm: boolean): Value {
  const graph = graphOf(name, { x });
  const at = axisOf(name, x, axis);
  return named(name, () => softmaxAlong(graph, x, at, logarithm));
}

/**
 * e^x / sum e^x along an axis, the last by default.
 *
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 */
export function softmax(x: Value, axis = -1): Value {
  return softmaxOf('softmax', x, axis, false);
}

/** log softmax(x), without overflow. Arguments and errors as of `softmax`. */
export function logSoftmax(x: Value, axis = -1): Value {
  return softmaxOf('logSoftmax', x, axis, true);
}

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

/**
 * (x - mean) / sqrt(variance + eps), over the axes from `axis` on, then times weight plus bias (Ba 2016).
 *
 * @throws UsageError for an axis that is not there, a negative eps, and for what is no value; ShapeError where shapes do not fit.
 * @example
 * layerNorm(x, { weight: parameter('weight', [last(x)], ones()) });
 */
export function layerNorm(x: Value, { axis = -1, eps = 1e-5, weight, bias }: LayerNormOptions = {}): Value {
  const graph = graphOf('layerNorm', { x, ...(weight ? { weight } : {}), ...(bias ? { bias } : {}) });
  const from = axisOf('layerNorm', x, axis);
  requireNumber('layerNorm: eps', eps, 0);
  for (const [name, value] of Object.entries({ weight, bias }))
    if (value && !sameShape(value.type.shape, x.type.shape.slice(from)))
      throw new ShapeError(
        `layerNorm: ${name}: expected ${shapeText(x.type.shape.slice(from))} for x ${shapeText(x.type.shape)}, got ${shapeText(value.type.shape)}`,
      );
  return named('layerNorm', () => normalized(graph, x, { from, epsilon: eps, ...(weight ? { gamma: weight } : {}), ...(bias ? { beta: bias } : {}) }).y);
}

/**
 * The same elements in another shape; it costs nothing.
 *
 * @param shape - Sizes, of which one may be -1: what is left over. A row of axis 0 of a batch must not mix samples.
 * @throws ShapeError where the number of elements differs or samples would mix; UsageError for sizes that are no integers.
 * @example
 * reshape(x, [x.type.shape[0], -1]);
 */
export function reshape(x: Value, shape: readonly number[]): Value {
  const graph = graphOf('reshape', { x });
  const sizes = shapeOf('reshape', 'shape', shape, -1);
  const open = sizes.filter((size) => size === -1).length;
  if (open > 1 || sizes.includes(0)) throw new UsageError(`reshape: shape: expected positive sizes, of which one may be -1, got ${show(shape)}`);
  const rest = sizeOf(x.type.shape) / sizeOf(sizes.filter((size) => size !== -1));
  if (open && !Number.isInteger(rest))
    throw new ShapeError(`reshape: ${shapeText(x.type.shape)} has ${sizeOf(x.type.shape)} elements, which ${shapeText(sizes)} does not divide`);
  return named('reshape', () =>
    reshaped(
      graph,
      x,
      sizes.map((size) => (size === -1 ? rest : size)),
    ),
  );
}

/** Axes from `from` on as one; 1 by default, so that a row for each sample is left. Errors as of `reshape`. */
export function flatten(x: Value, from = 1): Value {
  const graph = graphOf('flatten', { x });
  const { shape } = x.type;
  const at = from === shape.length ? from : axisOf('flatten', x, from);
  return named('flatten', () => reshaped(graph, x, [...shape.slice(0, at), sizeOf(shape.slice(at))]));
}

/**
 * A part of a tensor along one axis: elements start, start + step, ... before end, as NumPy's `x[start:end:step]`.
 *
 * @param axis - Not axis 0 of a batch.
 * @param start - From 0 to the axis's size; negative: from the end.
 * @param end - The first that is left out; negative: from the end; the axis's size by default.
 * @param step - A positive integer, 1 by default.
 * @throws ShapeError where nothing is left, or bounds lie outside; UsageError for what is no integer.
 * @example
 * slice(x, -1, 0, 4); // the first four features
 */
export function slice(x: Value, axis: number, start: number, end?: number, step = 1): Value {
  const graph = graphOf('slice', { x });
  const at = axisOf('slice', x, axis);
  const { shape } = x.type;
  const size = shape[at]!;
  const bound = (name: string, value: unknown): number => {
    requireInteger(`slice: ${name}`, value, Number.MIN_SAFE_INTEGER);
    return value < 0 ? value + size : value;
  };
  const [first, last] = [bound('start', start), bound('end', end ?? size)];
  requireInteger('slice: step', step);
  if (!(first >= 0 && first < last && last <= size))
    throw new ShapeError(`slice: expected bounds within axis ${axis} of ${shapeText(shape)}, start before end, got ${start} to ${end ?? size}`);
  const along = (value: number, others: (d: number) => number): number[] => shape.map((_, d) => (d === at ? value : others(d)));
  return named('slice', () =>
    one(graph, sliceOp, [x], {
      starts: along(first, () => 0),
      steps: along(step, () => 1),
      shape: along(Math.ceil((last - first) / step), (d) => shape[d]!),
    }),
  );
}

/**
 * Elements of x picked by index along an axis: NumPy's `take`, ONNX's `Gather`, and for axis 0 PyTorch's `embedding`. (PyTorch's `gather`, one pick for each
 * row, is `sum(mul(x, oneHot(indices, last(x))), -1)`.) The gradient is the sum over all picks of an index in a fixed order: same seed, same bits.
 *
 * @param x - f32 `[..., size, ...]`, say a table of embeddings `[tokens, features]`. Not a batch where axis is 0.
 * @param indices - i32 of any shape, from 0 to size - 1; they may count samples where axis is 0. What `write` is given is checked, as labels are. An index
 * that was computed and is none reads nothing: its elements are NaN, at which a run stops and says where, and no gradient flows for it.
 * @param axis - 0 by default.
 * @returns The shape of x with that of the indices in place of the axis: `[batch, time]` of a table `[tokens, features]` gives `[batch, time, features]`.
 * @throws ShapeError for other element types, and where samples would mix; UsageError for an axis that is not there, and for what is no value.
 * @example
 * gather(parameter('table', [1000, 16], { scheme: 'lecun_normal' }), tokens);
 */
export function gather(x: Value, indices: Value, axis = 0): Value {
  const graph = graphOf('gather', { x, indices });
  const at = axisOf('gather', x, axis);
  return named('gather', () => one(graph, gatherOp, [x, indices], { axis: at }));
}

/**
 * Indices as rows of zeros with a one. An index that is no class gives a row of NaN; what `write` is given is checked, as of `gather`.
 *
 * @param indices - i32 of any shape.
 * @param classes - How many columns there are, at least 1.
 * @returns f32, the shape of the indices and behind it `classes`.
 * @throws ShapeError for indices of f32; UsageError for another number of classes and for what is no value.
 * @example
 * sum(mul(logSoftmax(logits), oneHot(flatten(label, 0), last(logits))), -1);
 */
export function oneHot(indices: Value, classes: number): Value {
  const graph = graphOf('oneHot', { indices });
  requireInteger('oneHot: classes', classes);
  return named('oneHot', () => one(graph, oneHotOp, [indices], { classes }));
}

/** Numbers in nested lists: a number, a row, rows, ... */
export type Nested = number | ArrayLike<number> | readonly Nested[];

/**
 * A tensor of numbers that are known now: a causal mask, weights of classes, positions. It counts no samples, and is not trained.
 *
 * @param like - Any value of the graph that it is for.
 * @param values - Nested lists, or a typed array for one axis; copied.
 * @param options - `dtype`: 'f32' by default, or 'i32' for masks and indices.
 * @throws UsageError for lists of several lengths, an empty one, another type and what is no value; DataError for what is no number of that type.
 * @example
 * const weights = gather(tensor(label, [1, 5, 2]), label); // of classes
 */
export function tensor(like: Value, values: Nested, { dtype = 'f32' }: { dtype?: DType } = {}): Value {
  const graph = graphOf('tensor', { like });
  requireName('tensor: dtype', dtype, ['f32', 'i32']);
  const shape: number[] = [];
  const isList = (x: unknown): x is ArrayLike<Nested> => Array.isArray(x) || ArrayBuffer.isView(x);
  for (let inner = values; isList(inner); inner = inner[0] as Nested) {
    if (inner.length === 0) throw new UsageError(`tensor: values: expected numbers, got an empty list`);
    shape.push(inner.length);
  }
  const flat = (x: Nested, depth: number): unknown[] => {
    if ((isList(x) ? x.length : undefined) !== shape[depth])
      throw new UsageError(`tensor: values: expected lists of one length for ${shapeText(shape)}, got ${show(x)} where ${shape[depth] ?? 'a number'} belongs`);
    return isList(x) ? Array.from(x).flatMap((each) => flat(each, depth + 1)) : [x];
  };
  const all = flat(values, 0);
  const numbers = dtype === 'i32' ? toIntegers('tensor: values', all) : toFloats('tensor: values', all);
  return one(graph, tensorOp, [], { type: { shape, dtype, rowsPerSample: 0 }, values: numbers });
}

/**
 * Tensors one after the other along an axis, the last by default; of one shape but for that axis.
 *
 * @throws ShapeError where shapes do not fit, or for axis 0 of a batch; UsageError for an empty list, an axis that is not there and what is no value.
 */
export function concat(values: readonly Value[], axis = -1): Value {
  if (!Array.isArray(values) || values.length === 0) throw new UsageError(`concat: expected a list of values, got ${show(values)}`);
  const graph = graphOf('concat', Object.fromEntries(values.map((value, i) => [`values[${i}]`, value])));
  const [first] = values as [Value];
  const at = axisOf('concat', first, axis);
  const rest = ({ type: { shape } }: Value): string => shapeText(shape.map((size, d) => (d === at ? 0 : size)));
  for (const value of values)
    if (rest(value) !== rest(first))
      throw new ShapeError(`concat: expected one shape but for axis ${axis}, got ${shapeText(first.type.shape)} and ${shapeText(value.type.shape)}`);
  return named('concat', () => (values.length === 1 ? first : one(graph, concatOp, values, { axis: at })));
}

/**
 * Axes in another order: axis d of the result is axis `perm[d]` of x. By default they are turned round. Axis 0 of a batch stays where it is.
 *
 * @throws ShapeError where `perm` is no order of the axes, or moves samples; UsageError for what is no axis.
 */
export function transpose(x: Value, perm: readonly number[] = []): Value {
  const graph = graphOf('transpose', { x });
  if (!Array.isArray(perm)) throw new UsageError(`transpose: perm: expected a list of axes, got ${show(perm)}`);
  const order = perm.length === 0 ? [...x.type.shape.keys()].reverse() : perm.map((axis) => axisOf('transpose', x, axis));
  return named('transpose', () => one(graph, transposeOp, [x], { perm: order }));
}

/**
 * A tensor with elements put around it.
 *
 * @param padding - For each axis how many before and after, integers of at least 0; [0, 0] for axis 0 of a batch.
 * @param value - What is put there; 0 by default.
 * @throws UsageError for other padding; ShapeError for axis 0 of a batch.
 * @example
 * pad(x, [[0, 0], [1, 1]]);
 */
export function pad(x: Value, padding: readonly (readonly [number, number])[], value = 0): Value {
  const graph = graphOf('pad', { x });
  const { shape } = x.type;
  if (!Array.isArray(padding) || padding.length !== shape.length)
    throw new UsageError(`pad: padding: expected [before, after] for each axis of ${shapeText(shape)}, got ${show(padding)}`);
  padding.forEach((pair, d) => {
    if (shapeOf('pad', `padding[${d}]`, pair, 0).length !== 2) throw new UsageError(`pad: padding[${d}]: expected [before, after], got ${show(pair)}`);
  });
  requireNumber('pad: value', value);
  return named('pad', () =>
    one(graph, padOp, [x], {
      starts: padding.map(([before]) => before),
      steps: shape.map(() => 1),
      shape: shape.map((size, d) => size + padding[d]![0] + padding[d]![1]),
      value,
    }),
  );
}

/**
 * x repeated along missing leading axes and those of size 1, by NumPy's rule.
 *
 * @throws ShapeError where x does not fit the shape; UsageError for sizes that are no positive integers.
 */
export function broadcastTo(x: Value, shape: readonly number[]): Value {
  const graph = graphOf('broadcastTo', { x });
  const sizes = shapeOf('broadcastTo', 'shape', shape);
  return named('broadcastTo', () => broadcast(graph, x, sizes));
}

/**
 * Inverted dropout (Srivastava 2014): a share `rate` of the elements becomes zero, the others grow by 1 / (1 - rate). Which ones, the run's seed, the step and
 * the key decide.
 *
 * @param rate - From 0 to below 1.
 * @param options - `key` tells the dropouts of a model apart: the `key` that a layer is given, plus 1 for the next one in it. `training`: false leaves x as
 * it is; true by default.
 * @throws UsageError for another rate or key, and for what is no value.
 * @example
 * layer('noisy', (x, { key, training }) => dropout(x, 0.1, { key, training }));
 */
export function dropout(x: Value, rate: number, { key, training = true }: { key: number; training?: boolean }): Value {
  const graph = graphOf('dropout', { x });
  requireNumber('dropout: rate', rate, 0, 1);
  if (rate === 1) throw new UsageError('dropout: rate must be below 1: nothing would be left');
  requireInteger('dropout: key', key, 0);
  return training && rate > 0 ? named('dropout', () => one(graph, dropoutOp, [x], { rate, layer: key >>> 0 })) : x;
}

/** Size of the last axis: features, channels, classes. 1 for a scalar. */
export function last(x: Value): number {
  graphOf('last', { x });
  return lastOf(x.type);
}

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
 */
export function mse(output: Value, target: Value): Value {
  pairOf('mse', output, target);
  return named('mse', () => mean(square(sub(output, target)), -1));
}

/** The absolute error of each row, its mean over the last axis. Arguments and errors as of `mse`. */
export function mae(output: Value, target: Value): Value {
  pairOf('mae', output, target);
  return named('mae', () => mean(abs(sub(output, target)), -1));
}

/** Half the squared error up to `delta`, linear beyond (Huber 1964): PyTorch's huber_loss. `delta` is 1 by default. Other arguments and errors as of `mse`. */
export function huber(output: Value, target: Value, { delta = 1 }: { delta?: number } = {}): Value {
  pairOf('huber', output, target);
  requireNumber('huber: delta', delta, 0);
  return named('huber', () => {
    const error = abs(sub(output, target));
    const inside = minimum(error, delta);
    return mean(mul(inside, sub(error, mul(inside, 0.5))), -1);
  });
}

/** Binary cross entropy of sigmoid(output), its mean over the last axis; targets from 0 to 1. Arguments and errors as of `mse`. */
export function bceWithLogits(output: Value, target: Value): Value {
  pairOf('bceWithLogits', output, target);
  return named('bceWithLogits', () => mean(sub(softplus(output), mul(output, target)), -1));
}

/** max(0, 1 - target output), its mean over the last axis; targets -1 and 1. Arguments and errors as of `mse`. */
export function hinge(output: Value, target: Value): Value {
  pairOf('hinge', output, target);
  return named('hinge', () => mean(relu(sub(1, mul(output, target))), -1));
}

/** max(0, 1 - target output)², its mean over the last axis; targets -1 and 1. Arguments and errors as of `mse`. */
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
 */
export function klDivergence(logits: Value, target: Value): Value {
  pairOf('klDivergence', logits, target);
  return named('klDivergence', () => {
    const known = greater(target, 0);
    return sum(where(known, mul(target, sub(log(where(known, target, 1)), logSoftmax(logits))), 0), -1);
  });
}

/**
 * Softmax cross entropy of each row.
 *
 * @param logits - `[..., classes]`.
 * @param target - Class indices, i32 `[..., 1]`, or a probability for each class, f32 `[..., classes]`.
 * @param options - `labelSmoothing`, from 0 to 1: that share of each target is spread evenly; 0 by default. For class indices.
 * @returns A loss per row of the last axis, `[rows]`.
 * @throws ShapeError for other targets; UsageError for another smoothing and for what is no value.
 * @example
 * const focal = (logits, label) => { const ce = crossEntropy(logits, label); return mul(square(sub(1, exp(neg(ce)))), ce); };
 */
export function crossEntropy(logits: Value, target: Value, { labelSmoothing = 0 }: { labelSmoothing?: number } = {}): Value {
  const graph = graphOf('crossEntropy', { logits, target });
  requireNumber('crossEntropy: labelSmoothing', labelSmoothing, 0, 1);
  return named('crossEntropy', () => {
    if (target.type.dtype === 'i32') return one(graph, crossEntropyOp, [logits, target], { targets: 'index', smoothing: labelSmoothing });
    pairOf('crossEntropy', logits, target);
    const smooth = labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / lastOf(logits.type));
    const loss = neg(sum(mul(smooth, logSoftmax(logits)), -1));
    return reshaped(graph, loss, [sizeOf(loss.type.shape)]);
  });
}
