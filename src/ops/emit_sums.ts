// The kernels of broadcasts and sums. Both go run by run. A run is neighboring axes that are repeated, or added up: they count as one axis, between
// those before and those after, so that any number of dimensions is three.
import broadcastText from '../../shaders/broadcast.wgsl';
import sumText from '../../shaders/sum_axis0.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Capabilities, Emitter } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { repeatedAxes } from './broadcast.ts';
import { kernelsFor } from './kernel_choice.ts';
import { GRID, WALKED, WIDTH, workgroupsFor } from './kernels.ts';

export const broadcastKernel = kernel('broadcast', broadcastText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { count: 'u32', rows: 'u32', columns: 'u32' },
});
export const sumAxis0Kernel = kernel('sum_axis0', sumText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { outer: 'u32', rows: 'u32', columns: 'u32', pieces: 'u32', piece: 'u32' },
  overrides: { WORKGROUP: WIDTH },
});

/** Neighboring axes as one: its size, and the elements after it. */
interface Run {
  readonly rows: number;
  readonly columns: number;
}

/** The runs of the axes of a shape, in order. Axes of size 1 do not matter. */
export function runsOf(shape: readonly number[], axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  let [rows, columns] = [1, 1];
  const close = (): void => {
    if (rows > 1) runs.unshift({ rows, columns });
    [rows, columns] = [1, columns * rows];
  };
  for (let d = shape.length - 1; d >= 0; d--) {
    if (axes.includes(d)) rows *= shape[d]!;
    else if (shape[d] !== 1) {
      close();
      columns *= shape[d]!;
    }
  }
  close();
  return runs;
}

/** A sum that is longer is made in pieces of `PIECE`. */
const LONG = 4096;
const PIECE = 1024;
/** Terms from which on few sums are several workgroups, which cores share and long work is cut at; the bits are the same. */
const TALL = 2 ** 15;

/** The number of pieces of a sum with this many terms, and the terms of each but the last; `always`: on SwiftShader as well. */
export function piecesOf(capabilities: Capabilities, terms: number, always = false): { pieces: number; piece: number } {
  if (terms <= LONG || !(always || kernelsFor(capabilities).shares)) return { pieces: 1, piece: terms };
  return { pieces: Math.ceil(terms / PIECE), piece: PIECE };
}

/** Emits all but the last of the dispatches that repeat x along axes of a shape; returns the tensor that the last one repeats, along the first run. */
export function emitAllButOne(emit: Emitter, x: Value, shape: readonly number[], axes = repeatedAxes(x.type.shape, shape)): Run & { x: Value } {
  const [first = { rows: 1, columns: sizeOf(shape) }, ...inner] = runsOf(shape, axes);
  const from = inner.reduceRight((value, { rows, columns }) => {
    const repeated = emit.scratch(`repeated_${columns}`, sizeOf(value.type.shape) * rows);
    emitRun(emit, value, rows, columns, repeated);
    return repeated;
  }, x);
  return { x: from, ...first };
}

/** Emits y [outer, rows, columns], x [outer, columns] repeated. */
function emitRun(emit: Emitter, x: Value, rows: number, columns: number, y: Value): void {
  const count = sizeOf(y.type.shape);
  emit.dispatch({
    kernel: broadcastKernel,
    link: [GRID],
    params: { count, rows, columns },
    bindings: { x, y },
    workgroups: workgroupsFor(Math.ceil(count / 4)),
  });
}

/** Emits y, x broadcast to its shape, or repeated along these axes of it. */
export function emitBroadcast(emit: Emitter, x: Value, shape: readonly number[], y: Value, axes?: readonly number[]): void {
  const { x: from, rows, columns } = emitAllButOne(emit, x, shape, axes);
  emitRun(emit, from, rows, columns, y);
}

/** Emits y, the sum of x along axes. */
export function emitSumAlong(emit: Emitter, x: Value, axes: readonly number[], y: Value): void {
  const runs = runsOf(x.type.shape, axes);
  const last = runs.pop() ?? { rows: 1, columns: sizeOf(x.type.shape) };
  const from = runs.reduce((value, { rows, columns }) => {
    const sums = emit.scratch(`sums_${columns}`, sizeOf(value.type.shape) / rows);
    emitSum(emit, value, rows, columns, sums);
    return sums;
  }, x);
  emitSum(emit, from, last.rows, last.columns, y);
}

/** Emits the sum of x as one number, which it returns. */
export function emitTotal(emit: Emitter, x: Value): Value {
  const total = emit.scratch('total', 1);
  emitSum(emit, x, sizeOf(x.type.shape), 1, total);
  return total;
}

/** Emits y [outer, columns] = sum over the rows of x [outer, rows, columns]; many rows in pieces, and pieces of pieces. */
export function emitSum(emit: Emitter, x: Value, rows: number, columns: number, y: Value): void {
  const outer = sizeOf(y.type.shape) / columns;
  // A single column, on any adapter: one invocation would walk it all, and the total swallow small terms.
  const { pieces, piece } = piecesOf(emit.capabilities, rows, columns === 1);
  const sums = pieces === 1 ? y : emit.scratch(`pieces_of_${rows}`, outer * pieces * columns);
  const width = piece > TALL ? 4 : WIDTH;
  emit.dispatch({
    kernel: sumAxis0Kernel,
    link: [GRID],
    ...(width === WIDTH ? {} : { overrides: { WORKGROUP: width } }),
    params: { outer, rows, columns, pieces, piece },
    bindings: { x, y: sums },
    workgroups: workgroupsFor(outer * columns * pieces, width),
    // An adapter has at least four invocations at a time, needed or not.
    work: WALKED * rows * Math.ceil((outer * columns) / 4),
  });
  if (pieces > 1) emitSum(emit, sums, pieces, columns, y);
}
