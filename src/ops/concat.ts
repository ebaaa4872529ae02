// Concatenation along an axis. Row-major, that is columns side by side, whatever axes follow.
import concatText from '../../shaders/concat_columns.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sameShape, shapeText, sizeOf } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, requireNoBatch, requireSameShape, workgroupsFor } from './kernels.ts';
import { sliceOp } from './strided.ts';

export const concatColumnsKernel = kernel('concat_columns', concatText, {
  bindings: { a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32', a_columns: 'u32', b_columns: 'u32' },
});

/** Tensors of one shape but for the axis, which is counted from the start. */
export const concatOp: Op<{ axis: number }> = {
  name: 'concat',
  elements: 'any',
  padding: (inputs) => [inputs.every((padding) => padding === inputs[0]) ? inputs[0]! : 'any'],
  infer: (types, { axis }, where) => {
    const [first, ...rest] = types;
    if (!(axis >= 0 && axis < first!.shape.length)) throw new ShapeError(`concat at ${where}: ${shapeText(first!.shape)} has no axis ${axis}`);
    for (const type of types) {
      if (!sameShape(type.shape.with(axis, 0), first!.shape.with(axis, 0)))
        throw new ShapeError(`concat at ${where}: expected one shape but for axis ${axis}, got ${shapeText(first!.shape)} and ${shapeText(type.shape)}`);
      if (type.dtype !== first!.dtype) throw new ShapeError(`concat at ${where}: expected elements of one type, got ${first!.dtype} and ${type.dtype}`);
      if (axis === 0) requireNoBatch(`concat at ${where}`, type, 'take another axis');
      // Of the axis the sizes may differ; all must be of samples, or none.
      requireSameShape(`concat at ${where}`, first!, { ...type, shape: first!.shape });
    }
    const size = rest.reduce((sum, { shape }) => sum + shape[axis]!, first!.shape[axis]!);
    return [{ ...first!, shape: first!.shape.with(axis, size) }];
  },
  vjp: (graph, node, [dy]) => {
    const { axis } = node.attrs;
    let start = 0;
    return node.inputs.map(({ type: { shape } }, i) => {
      const starts = shape.map((_, d) => (d === axis ? start : 0));
      start += shape[axis]!;
      return graph.apply(sliceOp, [dy!], { starts, steps: shape.map(() => 1), shape }, `${node.name}/d${i}`)[0]!;
    });
  },
  lower: (emit, node) => {
    const [first, ...rest] = node.inputs;
    const y = node.outputs[0]!;
    const rows = sizeOf(y.type.shape.slice(0, node.attrs.axis));
    const columnsOf = (count: number): number => count / rows;
    if (rest.length === 0) emit.dispatch(kernelsOf('seldom').copyRequest(first!, y));
    let joined = first!;
    let columns = columnsOf(sizeOf(first!.type.shape));
    rest.forEach((next, i) => {
      const more = columnsOf(sizeOf(next.type.shape));
      const count = rows * (columns + more);
      const to = i === rest.length - 1 ? y : emit.scratch(`joined_${i}`, count);
      emit.dispatch({
        kernel: concatColumnsKernel,
        link: [GRID],
        params: { count, a_columns: columns, b_columns: more },
        bindings: { a: joined, b: next, y: to },
        workgroups: workgroupsFor(count),
      });
      joined = to;
      columns += more;
    });
  },
};
