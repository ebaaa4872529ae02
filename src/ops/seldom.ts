// Kernels, modules of kernels, and the memory of views, that the plans of ordinary networks do without: loaded for the first plan that has one
// (`kernelsOf`), so that most programs never load them.
export { resolveAliases } from './aliases.ts';
export { binaryKernel, emitBinary } from './emit_binary.ts';
export { copyRequest, copyWords } from './emit_copy.ts';
export { emitInPieces, LARGE_PRODUCT } from './emit_large_product.ts';
export { emitActivation, emitActivationGrad, emitFilled, emitLossGrad, ROW_PER_WORKGROUP, STORING } from './emit_rest.ts';
export { emitSquares, LANE_SQUARES, sumChunks } from './emit_squares.ts';
export { emitBroadcast, emitSum, emitSumAlong, emitTotal, piecesOf, runsOf } from './emit_sums.ts';
export { readConverted } from './gather_converted.ts';
