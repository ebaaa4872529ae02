// Kernels of what is seldom left of a network of ordinary layers: loaded for the first plan that has such a node (`kernelsOf`), so that a program whose
// plans have none does without them.
export { binaryKernel, emitBinary } from './emit_binary.ts';
export { emitInPieces, LARGE_PRODUCT } from './emit_large_product.ts';
export { emitActivation, emitActivationGrad, emitFilled, emitLossGrad } from './emit_rest.ts';
export { emitSquares, LANE_SQUARES, sumChunks } from './emit_squares.ts';
export { emitBroadcast, emitSum, emitSumAlong, piecesOf, runsOf } from './emit_sums.ts';
