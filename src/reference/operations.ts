// The float64 twin of every op. A missing one does not compile.
import type { Node } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { OPS, OpName } from '../ops/index.ts';
import * as layers from './layers.ts';
import * as rows from './rows.ts';
import * as statistics from './statistics.ts';
import * as steps from './steps.ts';
import { map64, rowsOf, type Tensor64, zip64 } from './tensor64.ts';
import type { World } from './world.ts';

/** The outputs of a node from its inputs; ops with an effect change the world. */
export type Reference<Attrs = object> = (inputs: readonly Tensor64[], attrs: Attrs, node: Node, world: World) => readonly Tensor64[];

type AttrsOf<O> = O extends Op<infer Attrs> ? Attrs : never;

const pair =
  (f: (a: number, b: number) => number): Reference =>
  ([a, b]) => [zip64(a!, b!, f)];

export const REFERENCE: { readonly [Name in OpName]: Reference<AttrsOf<(typeof OPS)[Name]>> } = {
  activation: layers.activation,
  activation_grad: layers.activationGrad,
  add: pair((a, b) => a + b),
  assign: steps.assign,
  batch_norm: layers.batchNorm,
  batch_norm_grad: layers.batchNormGrad,
  batch_norm_infer: layers.batchNormInfer,
  begin_step: steps.beginStep,
  bias_add: ([x, bias]) => [layers.addBias(x!, bias!)],
  clear_row: () => [],
  column_sum: ([x]) => [layers.columnSums(x!)],
  concat: ([a, b]) => [layers.concat(a!, b!)],
  copy: ([x]) => [x!],
  copy_arena: steps.copyArena,
  cross_entropy: rows.crossEntropy,
  dense: layers.dense,
  dense_input_grad: layers.denseInputGrad,
  dense_weight_grads: layers.denseWeightGrads,
  difference: steps.difference,
  divide: pair((a, b) => a / b),
  dropout: layers.dropout,
  elementwise_loss: rows.elementwiseLoss,
  finish_step: steps.finishStep,
  gather_rows: steps.gatherRows,
  histogram: statistics.histogram,
  log_softmax: rows.logSoftmax,
  log_softmax_grad: rows.logSoftmaxGrad,
  matmul: ([a, b], attrs) => [layers.product(a!, b!, attrs)],
  moments: statistics.moments,
  multiply: pair((a, b) => a * b),
  penalty: steps.penalty,
  scale: ([x], { factor }) => [map64(x!, (value) => factor * value)],
  scale_rows: ([x, s], { factor }) => {
    const [, columns] = rowsOf(x!);
    return [map64(x!, (value, i) => factor * value * s!.data[Math.floor(i / columns)]!)];
  },
  segment_norm: statistics.segmentNorm,
  slice: ([x], { first, width }) => [layers.slice(x!, first, width)],
  softmax: rows.softmax,
  softmax_grad: rows.softmaxGrad,
  squared_norm: steps.squaredNorm,
  subtract: pair((a, b) => a - b),
  unit_activity: statistics.unitActivity,
  update: steps.update,
  update_running: steps.updateRunning,
};
