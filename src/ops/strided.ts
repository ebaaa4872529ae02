// Transposes, slices and padding: each element has one place to come from, found by strides.
import padText from '../../shaders/pad.wgsl';
import columnsText from '../../shaders/slice_columns.wgsl';
import copyText from '../../shaders/strided_copy.wgsl';
import { ShapeError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Emitter, Op, Table } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { asInput, GRID, requireNoBatch, workgroupsFor } from './kernels.ts';

export const stridedCopyKernel = kernel('strided_copy', copyText, {
  bindings: { x: 'read_write', y: 'read_write', dimensions: 'read' },
  params: { count: 'u32', first: 'u32', rank: 'u32' },
});
export const sliceColumnsKernel = kernel('slice_columns', columnsText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { count: 'u32', columns: 'u32', first: 'u32', width: 'u32' },
});
export const padKernel = kernel('pad', padText, {
  bindings: { x: 'read_write', y: 'read_write', dimensions: 'read' },
  params: { count: 'u32', rank: 'u32', value: 'f32' },
});

/** Distance in elements between neighbors of each dimension. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const size of [...shape].reverse()) {
    strides.unshift(stride);
    stride *= size;
  }
  return strides;
}

/** Named by its content, so that equal tables are one. A tensor without dimensions still gets an entry: no buffer is empty. */
function dimensionTable(kind: string, rows: readonly (readonly number[])[], none: readonly number[]): Table {
  const words = (rows.length > 0 ? rows : [none]).flat();
  return { kind: 'table', name: `${kind} ${words.join()}`, words: words.length, fill: () => Uint32Array.from(words, (word) => word >>> 0) };
}

/** y of the given shape, its element at coordinates c from x at first + c · strides. */
export function emitStrided(emit: Emitter, x: Value, y: Value, shape: readonly number[], first: number, strides: readonly number[]): void {
  const count = sizeOf(shape);
  emit.dispatch({
    kernel: stridedCopyKernel,
    link: [GRID],
    params: { count, first, rank: shape.length },
    bindings: {
      x,
      y,
      dimensions: dimensionTable(
        'strides',
        shape.map((size, d) => [size, strides[d]!]),
        [1, 0],
      ),
    },
    workgroups: workgroupsFor(count),
  });
}

/** Dimension d of y is dimension perm[d] of x. */
export const transposeOp: Op<{ perm: readonly number[] }> = {
  name: 'transpose',
  elements: 'any',
  padding: asInput,
  infer: ([x], { perm }, where) => {
    if ([...perm].sort((a, b) => a - b).some((p, d) => p !== d) || perm.length !== x!.shape.length)
      throw new ShapeError(`transpose at ${where}: expected an order of the ${x!.shape.length} dimensions of ${shapeText(x!.shape)}, got ${shapeText(perm)}`);
    if (perm[0] !== 0) requireNoBatch(`transpose at ${where}`, x!, 'leave it first');
    return [{ ...x!, shape: perm.map((p) => x!.shape[p]!) }];
  },
  vjp: (graph, node, [dy]) => [graph.apply(transposeOp, [dy!], { perm: node.attrs.perm.map((_, d) => node.attrs.perm.indexOf(d)) })[0]!],
  lower: (emit, node) => {
    const x = node.inputs[0]!;
    const strides = stridesOf(x.type.shape);
    emitStrided(
      emit,
      x,
      node.outputs[0]!,
      node.outputs[0]!.type.shape,
      0,
      node.attrs.perm.map((p) => strides[p]!),
    );
  },
};

export interface SliceAttrs {
  /** Per dimension: the first coordinate, the step (negative: backwards), and how many. */
  readonly starts: readonly number[];
  readonly steps: readonly number[];
  readonly shape: readonly number[];
}

/** Element c of y is element starts + c steps of x. */
export const sliceOp: Op<SliceAttrs> = {
  name: 'slice',
  elements: 'any',
  padding: asInput,
  infer: ([x], { starts, steps, shape }, where) => {
    x!.shape.forEach((size, d) => {
      const last = starts[d]! + (shape[d]! - 1) * steps[d]!;
      if (!(Math.min(starts[d]!, last) >= 0 && Math.max(starts[d]!, last) < size))
        throw new ShapeError(`slice at ${where}: ${shape[d]} elements from ${starts[d]} by ${steps[d]} leave dimension ${d} of ${shapeText(x!.shape)}`);
    });
    if (starts[0] !== 0 || steps[0] !== 1 || shape[0] !== x!.shape[0]) requireNoBatch(`slice at ${where}`, x!, 'take it whole');
    return [{ ...x!, shape }];
  },
  vjp: (graph, node, [dy]) => {
    const { starts, steps } = node.attrs;
    return [graph.apply(padOp, [dy!], { starts, steps, shape: node.inputs[0]!.type.shape, value: 0 })[0]!];
  },
  lower: (emit, node) => {
    const { starts, steps, shape } = node.attrs;
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    const strides = stridesOf(x.type.shape);
    const [axis, ...more] = shape.flatMap((size, d) => (size !== x.type.shape[d] || steps[d] !== 1 ? [d] : []));
    // A run of neighbors along one axis lies together, as columns of rows do: twice as fast as by strides.
    if (axis !== undefined && more.length === 0 && steps[axis] === 1) {
      const [columns, first, width] = [x.type.shape, starts, shape].map((of) => of[axis]! * strides[axis]!) as [number, number, number];
      const count = sizeOf(shape);
      emit.dispatch({
        kernel: sliceColumnsKernel,
        link: [GRID],
        params: { count, columns, first, width },
        bindings: { x, y },
        workgroups: workgroupsFor(count),
      });
      return;
    }
    emitStrided(
      emit,
      x,
      y,
      shape,
      starts.reduce((sum, start, d) => sum + start * strides[d]!, 0),
      steps.map((step, d) => step * strides[d]!),
    );
  },
};

export interface PadAttrs extends SliceAttrs {
  readonly value: number;
}

/** The slice turned round: element c of x comes to starts + c steps of y, of the given shape; elsewhere stands `value`. */
export const padOp: Op<PadAttrs> = {
  name: 'pad',
  elements: 'any',
  padding: ([x], { value }) => [x === 'zero' && value !== 0 ? 'any' : x!],
  infer: ([x], { starts, steps, shape }, where) => {
    if ([starts, steps, shape].some((list) => list.length !== x!.shape.length) || steps.includes(0))
      throw new ShapeError(`pad at ${where}: expected starts, steps (not 0) and sizes for the ${x!.shape.length} dimensions of ${shapeText(x!.shape)}`);
    if (starts[0] !== 0 || steps[0] !== 1 || shape[0] !== x!.shape[0]) requireNoBatch(`pad at ${where}`, x!, 'leave it as it is');
    return [{ ...x!, shape }];
  },
  vjp: (graph, node, [dy]) => {
    const { starts, steps } = node.attrs;
    return [graph.apply(sliceOp, [dy!], { starts, steps, shape: node.inputs[0]!.type.shape })[0]!];
  },
  lower: (emit, node) => {
    const { starts, steps, shape, value } = node.attrs;
    const x = node.inputs[0]!;
    const count = sizeOf(shape);
    emit.dispatch({
      kernel: padKernel,
      link: [GRID],
      params: { count, rank: shape.length, value },
      bindings: {
        x,
        y: node.outputs[0]!,
        dimensions: dimensionTable(
          'pad',
          shape.map((size, d) => [size, x.type.shape[d]!, starts[d]!, steps[d]!]),
          [1, 1, 0, 1],
        ),
      },
      workgroups: workgroupsFor(count),
    });
  },
};
