// Transposes, slices, padding and broadcasts: each element has one place to come from.

import type { ReduceAttrs } from '../ops/broadcast.ts';
import { broadcastOp, sumOp } from '../ops/broadcast.ts';
import { concatOp } from '../ops/concat.ts';
import { maxOp, minOp, normOp, productOp } from '../ops/reduce.ts';
import { reshapeOp } from '../ops/reshape.ts';
import { padOp, sliceOp, transposeOp } from '../ops/strided.ts';
import { sizeOf } from '../shape.ts';
import { sum64, type Tensor64, tensor64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

/** Coordinates of a flat index. */
function coordinates(index: number, shape: readonly number[]): number[] {
  const at: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    at.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return at;
}

/** The element of x at coordinates. */
function element(x: Tensor64, at: readonly number[]): number {
  return x.data[at.reduce((index, c, d) => index * x.shape[d]! + c, 0)]!;
}

/** A tensor whose element at coordinates c is f(c). */
function build(shape: readonly number[], f: (at: number[]) => number): Tensor64 {
  return tensor64(shape, (i) => f(coordinates(i, shape)));
}

function reshaped(x: Tensor64, shape: readonly number[]): Tensor64 {
  return { shape, data: x.data };
}

/** Dimension d of the result is dimension perm[d] of x. */
function transposed(x: Tensor64, perm: readonly number[]): Tensor64 {
  return build(
    perm.map((p) => x.shape[p]!),
    (at) =>
      element(
        x,
        perm.map((_, d) => at[perm.indexOf(d)]!),
      ),
  );
}

function sliced(x: Tensor64, starts: readonly number[], steps: readonly number[], shape: readonly number[]): Tensor64 {
  return build(shape, (at) =>
    element(
      x,
      at.map((c, d) => starts[d]! + c * steps[d]!),
    ),
  );
}

function padded(x: Tensor64, starts: readonly number[], steps: readonly number[], shape: readonly number[], value: number): Tensor64 {
  const y = { shape, data: new Float64Array(sizeOf(shape)).fill(value) };
  x.data.forEach((v, i) => {
    const to = coordinates(i, x.shape).map((c, d) => starts[d]! + c * steps[d]!);
    if (to.every((c, d) => c >= 0 && c < shape[d]!)) y.data[to.reduce((index, c, d) => index * shape[d]! + c, 0)] = v;
  });
  return y;
}

/** Tensors one after the other along an axis. */
function concatenated(tensors: readonly Tensor64[], axis: number): Tensor64 {
  const size = tensors.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return build(tensors[0]!.shape.with(axis, size), (at) => {
    let c = at[axis]!;
    const from = tensors.find(({ shape }) => {
      if (c < shape[axis]!) return true;
      c -= shape[axis]!;
      return false;
    })!;
    return element(from, at.with(axis, c));
  });
}

/** A shape in which these axes have a size of 1. */
function kept(shape: readonly number[], axes: readonly number[]): number[] {
  return shape.map((size, d) => (axes.includes(d) ? 1 : size));
}

/** A function of all elements that differ in the coordinates of the axes alone. */
export function reduction(f: (elements: Float64Array) => number): (inputs: readonly Tensor64[], attrs: ReduceAttrs) => Tensor64[] {
  return ([x], { axes, shape }) => {
    const along = x!.shape.map((size, d) => (axes.includes(d) ? size : 1));
    const y = build(kept(x!.shape, axes), (at) =>
      f(
        build(along, (more) =>
          element(
            x!,
            at.map((c, d) => c + more[d]!),
          ),
        ).data,
      ),
    );
    return [reshaped(y, shape)];
  };
}

/** Repeats x along missing leading dimensions and those of size 1. */
export function broadcasted(x: Tensor64, shape: readonly number[]): Tensor64 {
  const lead = shape.length - x.shape.length;
  return build(shape, (at) =>
    element(
      x,
      x.shape.map((size, d) => (size === 1 ? 0 : at[lead + d]!)),
    ),
  );
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(reshapeOp, ([x], { shape }) => [reshaped(x!, shape)]),
  twin(transposeOp, ([x], { perm }) => [transposed(x!, perm)]),
  twin(sliceOp, ([x], { starts, steps, shape }) => [sliced(x!, starts, steps, shape)]),
  twin(padOp, ([x], { starts, steps, shape, value }) => [padded(x!, starts, steps, shape, value)]),
  twin(concatOp, (inputs, { axis }) => [concatenated(inputs, axis)]),
  twin(broadcastOp, ([x], { shape, axes }) => [broadcasted(axes ? reshaped(x!, kept(shape, axes)) : x!, shape)]),
  twin(sumOp, reduction(sum64)),
  twin(
    maxOp,
    reduction((x) => x.reduce((a, b) => Math.max(a, b))),
  ),
  twin(
    minOp,
    reduction((x) => x.reduce((a, b) => Math.min(a, b))),
  ),
  twin(
    productOp,
    reduction((x) => x.reduce((product, v) => product * v, 1)),
  ),
  twin(
    normOp,
    reduction((x) => x.reduce((a, b) => Math.hypot(a, b), 0)),
  ),
];
