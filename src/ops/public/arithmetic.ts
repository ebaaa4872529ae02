// Arithmetic of two operands, of which one may be a number, and the matrix product.
import { requireInteger, requireNumber, ShapeError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import type { Op } from '../../graph/op.ts';
import { shapeText, type TensorType } from '../../shape.ts';
import { matmulRows } from '../along.ts';
import { broadcast, broadcastShape } from '../broadcast.ts';
import { maximumOp, minimumOp, powerOp } from '../compare.ts';
import { constant } from '../constant.ts';
import { addOp, divideOp, isBias, multiplyOp, scaleOp, subtractOp } from '../elementwise.ts';
import { square } from './functions.ts';
import { graphOf, isValue, named, type Operand, one } from './given.ts';

/** Values broadcast to one shape. */
function alike(name: string, values: readonly Value[]): Value[] {
  const shape = values.map(({ type }) => type.shape).reduce((p, q) => broadcastShape(name, p, q));
  const rowsPerSample = Math.max(...values.map(({ type }) => type.rowsPerSample));
  return values.map((value) => broadcast(Graph.of(value)!, value, shape, rowsPerSample));
}

/** An operation on two operands, of which one may be a number; `repeats` is false for an op that does not broadcast by itself. */
export function binary<Attrs>(name: string, op: Op<Attrs>, a: Operand, b: Operand, attrs: NoInfer<Attrs> = {} as Attrs, repeats = true): Value {
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
export function filled(where: string, graph: Graph, operand: unknown, type: TensorType): Value {
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

/**
 * a - b, broadcast.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * sub(x, mean(x, -1, { keepDims: true }));
 */
export function sub(a: Operand, b: Operand): Value {
  return binary('sub', subtractOp, a, b);
}

/**
 * a b, element by element, broadcast. `mul(x, 2)` is one dispatch.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * mul(x, sigmoid(x)); // silu
 */
export function mul(a: Operand, b: Operand): Value {
  const [x, factor] = typeof a === 'number' ? [b, a] : [a, b];
  if (!isValue(x) || typeof factor !== 'number') return binary('mul', multiplyOp, a, b);
  requireNumber('mul: factor', factor);
  return named('mul', () => one(graphOf('mul', { x }), scaleOp, [x], { factor }));
}

/**
 * a / b, broadcast; x / 0 is infinite and 0 / 0 is NaN, as in IEEE 754.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * div(x, sum(x, -1, { keepDims: true })); // each row sums to 1
 */
export function div(a: Operand, b: Operand): Value {
  return binary('div', divideOp, a, b);
}

/**
 * a to the power b, broadcast. A negative a has a power for whole b only, and no gradient with respect to b.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * pow(x, 3);
 */
export function pow(a: Operand, b: Operand): Value {
  if (b === 2 && isValue(a)) return square(a);
  return binary('pow', powerOp, a, b);
}

/**
 * The larger of a and b, broadcast; equal ones share the gradient, as in PyTorch. NaN stays NaN.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * maximum(x, mul(x, 0.01)); // leaky ReLU
 */
export function maximum(a: Operand, b: Operand): Value {
  return binary('maximum', maximumOp, a, b);
}

/**
 * The smaller of a and b, broadcast; equal ones share the gradient, as in PyTorch. NaN stays NaN.
 *
 * @param a - A value of f32, or a finite number.
 * @param b - The same; one of the two is a value.
 * @returns Of the shape to which both are broadcast.
 * @throws ShapeError where the shapes do not fit, or only one of two tensors counts samples in axis 0; UsageError for what is no value.
 * @example
 * minimum(x, 6);
 */
export function minimum(a: Operand, b: Operand): Value {
  return binary('minimum', minimumOp, a, b);
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
  return named('matmul', () => matmulRows(graph, a, b));
}
