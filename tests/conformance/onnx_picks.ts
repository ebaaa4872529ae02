// ONNX's comparisons, places and picks: what has integers in it.
import type { Graph, Value } from '../../src/graph/graph.ts';
import * as ops from '../../src/ops/public.ts';
import { cumsumOp } from '../../src/ops/scan.ts';
import { Skip } from './format.ts';
import { fromStart } from './functions.ts';

/** A node as these operations read it. */
export interface PickCall {
  readonly graph: Graph;
  readonly opset: number;
  // biome-ignore lint/suspicious/noExplicitAny: attributes of any operation
  readonly attrs: any;
  value(i: number): Value;
  numbers(i: number): number[];
  /** An input as i32; with a size those below 0 are counted from its end. */
  integers(i: number, size?: number): Value;
}

const rankOf = (x: Value): number => x.type.shape.length;

/** x with its last axis moved to `axis`. */
function lastTo(x: Value, axis: number): Value {
  return ops.transpose(x, [...Array(rankOf(x) - 1).keys()].toSpliced(axis, 0, rankOf(x) - 1));
}

/** x with `axis` moved behind the others. */
function toLast(x: Value, axis: number): Value {
  return ops.transpose(x, [...Array(rankOf(x)).keys()].filter((d) => d !== axis).concat(axis));
}

const place =
  (name: string, find: typeof ops.argmax) =>
  ({ value, attrs }: PickCall): Value[] => {
    if (attrs.select_last_index) throw new Skip(`${name} with the last of equal ones`);
    return [find(value(0), attrs.axis ?? 0, { keepDims: attrs.keepdims !== 0 })];
  };

function cumulated({ graph, value, numbers, attrs }: PickCall): Value[] {
  const x = value(0);
  const sums = graph.apply(cumsumOp, [x], { axis: fromStart(numbers(1)[0]!, rankOf(x)), reverse: attrs.reverse === 1 })[0]!;
  return [attrs.exclusive === 1 ? ops.sub(sums, x) : sums];
}

function gathered({ value, integers, attrs }: PickCall): Value[] {
  const x = value(0);
  const axis = fromStart(attrs.axis ?? 0, rankOf(x));
  return [ops.gather(x, integers(1, x.type.shape[axis]!), axis)];
}

/** One pick for each element of the indices, as PyTorch's `gather`. */
function gatheredElements({ value, integers, attrs }: PickCall): Value[] {
  const x = value(0);
  const axis = fromStart(attrs.axis ?? 0, rankOf(x));
  const size = x.type.shape[axis]!;
  const indices = integers(1, size);
  if (indices.type.shape.some((n, d) => d !== axis && n !== x.type.shape[d])) throw new Skip('GatherElements of a part of the other axes');
  const picks = ops.oneHot(toLast(indices, axis), size);
  const rows = toLast(x, axis);
  const each = ops.reshape(rows, rows.type.shape.toSpliced(-1, 0, 1));
  return [lastTo(ops.sum(ops.mul(each, picks), -1), axis)];
}

function oneHots({ integers, numbers, attrs }: PickCall): Value[] {
  const classes = numbers(1)[0]!;
  const [off, on] = numbers(2) as [number, number];
  if (numbers(0).some((index) => fromStart(index, classes) < 0 || index >= classes)) throw new Skip('OneHot of an index that is no class');
  const rows = ops.oneHot(integers(0, classes), classes);
  return [lastTo(ops.add(ops.mul(rows, on - off), off), fromStart(attrs.axis ?? -1, rankOf(rows)))];
}

/** A one where the largest is. Before opset 13 all dimensions from `axis` on were one. */
function hardmax({ value, attrs, opset }: PickCall): Value[] {
  const x = value(0);
  const { shape } = x.type;
  const ones = (of: Value, axis: number): Value => lastTo(ops.oneHot(ops.argmax(of, axis), of.type.shape[axis]!), axis);
  if (opset >= 13) return [ones(x, fromStart(attrs.axis ?? -1, rankOf(x)))];
  const rows = shape.slice(0, fromStart(attrs.axis ?? 1, rankOf(x))).reduce((a, b) => a * b, 1);
  return [ops.reshape(ones(ops.reshape(x, [rows, shape.reduce((a, b) => a * b, 1) / rows]), 1), shape)];
}

const compared =
  (relation: typeof ops.less) =>
  ({ value, attrs }: PickCall): Value[] => {
    if (attrs.axis !== undefined) throw new Skip('a comparison whose operand stands at an axis');
    return [relation(value(0), value(1))];
  };

export const PICK_NODES = {
  ArgMax: place('ArgMax', ops.argmax),
  ArgMin: place('ArgMin', ops.argmin),
  CumSum: cumulated,
  Gather: gathered,
  GatherElements: gatheredElements,
  OneHot: oneHots,
  Hardmax: hardmax,
  Equal: compared(ops.equal),
  Greater: compared(ops.greater),
  GreaterOrEqual: compared(ops.greaterEqual),
  Less: compared(ops.less),
  LessOrEqual: compared(ops.lessEqual),
  Where: ({ integers, value }: PickCall): Value[] => [ops.where(integers(0), value(1), value(2))],
  ThresholdedRelu: ({ value, attrs }: PickCall): Value[] => [ops.where(ops.greater(value(0), attrs.alpha ?? 1), value(0), 0)],
};
