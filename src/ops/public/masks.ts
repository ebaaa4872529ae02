// Comparisons, whose results are masks of i32, and what is made with masks.
import { requireName } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import type { DType } from '../../shape.ts';
import { broadcast, broadcastShape } from '../broadcast.ts';
import { constant } from '../constant.ts';
import { castOp, compareOp, type Relation, whereOp } from '../select.ts';
import { binary, filled } from './arithmetic.ts';
import { graphOf, isValue, named, type Operand, one } from './given.ts';

const compared = (name: string, relation: Relation, a: Operand, b: Operand): Value => binary(name, compareOp, a, b, { relation }, false);

/**
 * A mask of i32: 1 where a and b are equal, else 0, broadcast; of f32 or of i32. A NaN is equal to nothing, itself included. Masks are for `where`, and
 * `cast(mask, 'f32')` is a factor. They are steps, so that no gradient passes.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @returns i32, of the shape to which both are broadcast.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * where(equal(tokens, 0), 0, each); // padding costs nothing
 */
export function equal(a: Operand, b: Operand): Value {
  return compared('equal', 'equal', a, b);
}

/**
 * 1 where a and b differ, as a NaN does from everything, else 0. A mask as of `equal`.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @returns i32, of the shape to which both are broadcast.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * mul(each, cast(notEqual(tokens, 0), 'f32'));
 */
export function notEqual(a: Operand, b: Operand): Value {
  return compared('notEqual', 'not_equal', a, b);
}

/**
 * 1 where a < b, else 0. A mask as of `equal`.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @returns i32, of the shape to which both are broadcast.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * where(less(x, 0), 0, x); // relu
 */
export function less(a: Operand, b: Operand): Value {
  return compared('less', 'less', a, b);
}

/**
 * 1 where a <= b, else 0. A mask as of `equal`.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @returns i32, of the shape to which both are broadcast.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * where(lessEqual(x, 1), x, 1);
 */
export function lessEqual(a: Operand, b: Operand): Value {
  return compared('lessEqual', 'less_equal', a, b);
}

/**
 * 1 where a > b, else 0. A mask as of `equal`.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @returns i32, of the shape to which both are broadcast.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * where(greater(x, 0), x, 0); // relu
 */
export function greater(a: Operand, b: Operand): Value {
  return compared('greater', 'greater', a, b);
}

/**
 * 1 where a >= b, else 0. A mask as of `equal`.
 *
 * @param a - A value of f32 or i32, or a number: finite, and an integer beside i32.
 * @param b - The same, of the same element type; one of the two is a value.
 * @returns i32, of the shape to which both are broadcast.
 * @throws ShapeError where shapes or element types do not fit; UsageError for what is no value.
 * @example
 * where(greaterEqual(x, -1), x, -1);
 */
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
 * @param x - f32 or i32 of any shape.
 * @returns The same shape in that element type.
 * @throws UsageError for another type and for what is no value.
 * @example
 * gather(parameter('table', [1000, 16], { scheme: 'lecun_normal' }), cast(x, 'i32')); // features that are tokens
 */
export function cast(x: Value, dtype: DType): Value {
  const graph = graphOf('cast', { x });
  requireName('cast: dtype', dtype, ['f32', 'i32']);
  return x.type.dtype === dtype ? x : named('cast', () => one(graph, castOp, [x], { dtype }));
}
