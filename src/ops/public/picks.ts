// Elements picked by index, indices as rows, and tensors of known numbers.
import { requireInteger, show, UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import { toIntegers } from '../../integers.ts';
import { toFloats } from '../../numbers.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { type DType, shapeText } from '../../shape.ts';
import { tensorOp } from '../constant.ts';
import { gatherOp, oneHotOp } from '../gather.ts';
import { axisOf, graphOf, named, one } from './given.ts';

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
 * @returns f32, the shape of the indices, and then `classes`.
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

/** Options of `tensor`. */
export interface TensorOptions {
  /** 'f32' by default, or 'i32' for masks and indices. */
  dtype?: DType;
}

const OPTIONS = { dtype: { type: 'name', names: ['f32', 'i32'], default: 'f32' } } as const satisfies OptionTable<TensorOptions>;

/**
 * A tensor of numbers that are known now: a causal mask, weights of classes, positions. It counts no samples, and is not trained.
 *
 * @param like - Any value of the graph that it is for.
 * @param values - Nested lists, or a typed array for one axis; copied.
 * @param options - `dtype`: 'f32' by default, or 'i32' for masks and indices.
 * @returns A value of the lists' shape.
 * @throws UsageError for lists of several lengths, an empty one, another type and what is no value; DataError for what is no number of that type.
 * @example
 * const weights = gather(tensor(label, [1, 5, 2]), label); // of classes
 */
export function tensor(like: Value, values: Nested, options: TensorOptions = {}): Value {
  const graph = graphOf('tensor', { like });
  const { dtype } = readOptions<TensorOptions, typeof OPTIONS>('tensor', OPTIONS, options);
  const shape: number[] = [];
  const isList = (x: unknown): x is ArrayLike<Nested> => Array.isArray(x) || (ArrayBuffer.isView(x) && !(x instanceof DataView));
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
