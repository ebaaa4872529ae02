// The product of two batches of matrices.
import text from '../../shaders/matmul_batched.wgsl';
import { ShapeError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, linearInFirst, requireRank, requireSameShape, workgroupsFor } from './kernels.ts';
import { type MatmulAttrs, matmulSizes } from './matmul.ts';

export const matmulBatchedKernel = kernel('matmul_batched', text, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: { count: 'u32', m: 'u32', n: 'u32', k: 'u32', a_row: 'u32', a_column: 'u32', b_row: 'u32', b_column: 'u32', pieces: 'u32', piece: 'u32' },
});

/** c [batch, m, n] of a [batch, m, k] and b [batch, k, n]; either operand's matrices may be stored transposed. */
export const batchedMatmulOp: Op<MatmulAttrs> = {
  name: 'batched_matmul',
  padding: linearInFirst,
  signal: { kind: 'product', weights: [1, 0], fanIn: ([a], { transposeA }) => a!.shape[transposeA ? 1 : 2]! },
  infer: ([a, b], attrs, where) => {
    requireRank(`batched_matmul at ${where}`, a!, 3);
    requireRank(`batched_matmul at ${where}`, b!, 3);
    if (a!.shape[0] !== b!.shape[0])
      throw new ShapeError(`batched_matmul at ${where}: expected as many matrices in a as in b, got ${shapeText(a!.shape)} and ${shapeText(b!.shape)}`);
    const { m, n } = matmulSizes(a!.shape.slice(1), b!.shape.slice(1), attrs, where);
    const matrices = [a!.shape[0]!];
    requireSameShape(`batched_matmul at ${where}`, { ...a!, shape: matrices }, { ...b!, shape: matrices });
    return [{ ...a!, shape: [a!.shape[0]!, m, n] }];
  },
  vjp: (graph, node, [dc]) => {
    const [a, b] = node.inputs as [Value, Value];
    const { transposeA = false, transposeB = false } = node.attrs;
    const product = (x: Value, y: Value, attrs: MatmulAttrs): Value => graph.apply(batchedMatmulOp, [x, y], attrs)[0]!;
    const da = transposeA ? product(b, dc!, { transposeA: transposeB, transposeB: true }) : product(dc!, b, { transposeB: !transposeB });
    const db = transposeB ? product(dc!, a, { transposeA: true, transposeB: transposeA }) : product(a, dc!, { transposeA: !transposeA });
    return [da, db];
  },
  lower: (emit, node) => {
    const [a, b] = node.inputs as [Value, Value];
    const { transposeA, transposeB } = node.attrs;
    const { m, n, k } = matmulSizes(a.type.shape.slice(1), b.type.shape.slice(1), node.attrs, node.name);
    const [a_row, a_column] = transposeA ? [1, m] : [k, 1];
    const [b_row, b_column] = transposeB ? [1, k] : [n, 1];
    const count = sizeOf(node.outputs[0]!.type.shape);
    const { pieces, piece } = kernelsOf('seldom').piecesOf(emit.capabilities, k);
    const c = pieces === 1 ? node.outputs[0]! : emit.scratch('products', pieces * count);
    emit.dispatch({
      kernel: matmulBatchedKernel,
      link: [GRID],
      params: { count, m, n, k, a_row, a_column, b_row, b_column, pieces, piece },
      bindings: { a, b, c },
      workgroups: workgroupsFor(count * pieces),
      work: count * k,
    });
    if (pieces > 1) kernelsOf('seldom').emitSum(emit, c, pieces, count, node.outputs[0]!);
  },
};
