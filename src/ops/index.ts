// Every operation by its name. What must exist for each op (a reference, a test case) is a record over OpName, so that a
// forgotten one does not compile; tests/math/ops.test.ts sees that no op is missing here.
import { accumulateOp } from './accumulate.ts';
import { activationGradOp, activationOp } from './activations.ts';
import { copyArenaOp } from './arena.ts';
import { batchNormGradOp, batchNormInferOp, batchNormOp, updateRunningOp } from './batch_norm.ts';
import { batchedMatmulOp } from './batched_matmul.ts';
import { beginStepOp, gatherRowsOp } from './batches.ts';
import { broadcastOp, sumOp } from './broadcast.ts';
import { divideOrZeroOp, largerOp, maximumOp, minimumOp, powerLogOp, powerOp, powerSlopeOp, sameOp } from './compare.ts';
import { concatOp } from './concat.ts';
import { constantOp, tensorOp } from './constant.ts';
import { assignBufferOp, assignOp, copyOp, stopGradientOp } from './copy.ts';
import { denseInputGradOp, denseOp, denseWeightGradsOp } from './dense.ts';
import { dropoutOp } from './dropout.ts';
import { addOp, divideOp, multiplyOp, scaleOp, subtractOp } from './elementwise.ts';
import { finishStepOp, penaltyOp, segmentNormOp, squaredNormOp } from './finish.ts';
import { gatherGradOp, gatherOp, oneHotOp } from './gather.ts';
import { layerNormGradOp, layerNormOp } from './layer_norm.ts';
import { crossEntropyOp, elementwiseLossOp, lossGradOp } from './losses.ts';
import { matmulOp } from './matmul.ts';
import { normalizeRowsGradOp, normalizeRowsOp } from './normalize.ts';
import { fillPaddingOp } from './padding.ts';
import { divideBySamplesOp, logSumExpOp, maxOp, minOp, normOp, productOp } from './reduce.ts';
import { reshapeOp } from './reshape.ts';
import { argmaxOp, cumsumOp } from './scan.ts';
import { castOp, compareOp, whereOp } from './select.ts';
import { logSoftmaxGradOp, logSoftmaxOp, softmaxGradOp, softmaxOp } from './softmax.ts';
import { clearRowOp, histogramOp, momentsOp, unitActivityOp } from './statistics.ts';
import { padOp, sliceOp, transposeOp } from './strided.ts';
import { listRowsOp, takeRowsOp } from './taken_rows.ts';
import { targetWeightOp } from './target_weights.ts';
import { updateOp } from './updates.ts';

export const OPS = {
  accumulate: accumulateOp,
  activation: activationOp,
  activation_grad: activationGradOp,
  add: addOp,
  argmax: argmaxOp,
  assign: assignOp,
  assign_buffer: assignBufferOp,
  batch_norm: batchNormOp,
  batch_norm_grad: batchNormGradOp,
  batch_norm_infer: batchNormInferOp,
  batched_matmul: batchedMatmulOp,
  begin_step: beginStepOp,
  broadcast: broadcastOp,
  cast: castOp,
  clear_row: clearRowOp,
  compare: compareOp,
  concat: concatOp,
  constant: constantOp,
  copy: copyOp,
  copy_arena: copyArenaOp,
  cross_entropy: crossEntropyOp,
  cumsum: cumsumOp,
  dense: denseOp,
  dense_input_grad: denseInputGradOp,
  dense_weight_grads: denseWeightGradsOp,
  divide: divideOp,
  divide_by_samples: divideBySamplesOp,
  divide_or_zero: divideOrZeroOp,
  dropout: dropoutOp,
  elementwise_loss: elementwiseLossOp,
  fill_padding: fillPaddingOp,
  finish_step: finishStepOp,
  gather: gatherOp,
  gather_grad: gatherGradOp,
  gather_rows: gatherRowsOp,
  histogram: histogramOp,
  larger: largerOp,
  layer_norm: layerNormOp,
  layer_norm_grad: layerNormGradOp,
  list_rows: listRowsOp,
  log_softmax: logSoftmaxOp,
  log_softmax_grad: logSoftmaxGradOp,
  log_sum_exp: logSumExpOp,
  loss_grad: lossGradOp,
  matmul: matmulOp,
  max: maxOp,
  maximum: maximumOp,
  min: minOp,
  minimum: minimumOp,
  moments: momentsOp,
  multiply: multiplyOp,
  norm: normOp,
  normalize_rows: normalizeRowsOp,
  normalize_rows_grad: normalizeRowsGradOp,
  one_hot: oneHotOp,
  pad: padOp,
  penalty: penaltyOp,
  power: powerOp,
  power_log: powerLogOp,
  power_slope: powerSlopeOp,
  product: productOp,
  reshape: reshapeOp,
  same: sameOp,
  scale: scaleOp,
  segment_norm: segmentNormOp,
  slice: sliceOp,
  softmax: softmaxOp,
  softmax_grad: softmaxGradOp,
  squared_norm: squaredNormOp,
  stop_gradient: stopGradientOp,
  subtract: subtractOp,
  sum: sumOp,
  take_rows: takeRowsOp,
  target_weight: targetWeightOp,
  tensor: tensorOp,
  transpose: transposeOp,
  unit_activity: unitActivityOp,
  update: updateOp,
  update_running: updateRunningOp,
  where: whereOp,
} as const;

export type OpName = keyof typeof OPS;
