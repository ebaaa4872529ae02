// Products for which tiles of 32 x 32 are too small, or one walk along the inner size too long.
import tileText from '../../shaders/lib/shared_tile64.wgsl';
import piecesText from '../../shaders/matmul_pieces.wgsl';
import shared64Text from '../../shaders/matmul_shared64.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { emitSum } from './emit_sums.ts';
import { SHARED_TILE, TILE_MEMORY } from './kernels.ts';
import { MATMUL_HEADER } from './matmul.ts';

export const matmulPiecesKernel = kernel('matmul_pieces', piecesText, { ...MATMUL_HEADER, overrides: {} });
export const matmulShared64Kernel = kernel('matmul_shared64', shared64Text, { ...MATMUL_HEADER, overrides: { FOLDED: 0 } });

/** In tiles of 64 x 64. */
export const LARGE_PRODUCT = { kernel: matmulShared64Kernel, link: [{ file: 'lib/shared_tile64', text: tileText }, TILE_MEMORY] };

/** Inner indexes of a piece; the kernel has the same number. */
const INNER_PIECE = 4096;

/** Emits c = A B in pieces along the inner size, and their sum; `link` says how the operands lie. */
export function emitInPieces(
  emit: Emitter,
  a: Value,
  b: Value,
  c: Value,
  params: Readonly<Record<keyof typeof MATMUL_HEADER.params, number>>,
  link: readonly Source[],
): void {
  const { m, n, k } = params;
  const pieces = Math.ceil(k / INNER_PIECE);
  const products = emit.scratch('products', pieces * m * n);
  emit.dispatch({
    kernel: matmulPiecesKernel,
    link: [...SHARED_TILE, ...link],
    params,
    bindings: { a, b, c: products },
    workgroups: [Math.ceil(n / 32) * Math.ceil(m / 32) * pieces],
    work: m * n * k,
  });
  emitSum(emit, products, pieces, m * n, c);
}
