// The float64 twin of every op. A missing one does not compile.
import type { Node } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import type { OPS, OpName } from '../ops/index.ts';
import { sameShape } from '../shape.ts';
import * as layers from './layers.ts';
import * as picks from './picks.ts';
import * as rows from './rows.ts';
import * as shapes from './shapes.ts';
import * as statistics from './statistics.ts';
import * as steps from './steps.ts';
import { map64, rowsOf, sum64, type Tensor64, tensor64, zip64 } from './tensor64.ts';
import { trueElements, trueRows, type World } from './world.ts';

/** The outputs of a node from its inputs; ops with an effect change the world. */
export type Reference<Attrs = object> = (inputs: readonly Tensor64[], attrs: Attrs, node: Node, world: World) => readonly Tensor64[];

type AttrsOf<O> = O extends Op<infer Attrs> ? Attrs : never;

const pair =
  (f: (a: number, b: number) => number): Reference =>
  (inputs, _attrs, { outputs }) => {
    const [a, b] = inputs.map((x) => (sameShape(x.shape, outputs[0]!.type.shape) ? x : shapes.broadcasted(x, outputs[0]!.type.shape)));
    return [zip64(a!, b!, f)];
  };

export const REFERENCE: { readonly [Name in OpName]: Reference<AttrsOf<(typeof OPS)[Name]>> } = {
  accumulate: steps.accumulate,
  activation: layers.activation,
  activation_grad: layers.activationGrad,
  add: pair((a, b) => a + b),
  argmax: rows.reduction(picks.argmax),
  assign: steps.assign,
  assign_buffer: steps.assignBuffer,
  batch_norm: layers.batchNorm,
  batch_norm_grad: layers.batchNormGrad,
  batch_norm_infer: layers.batchNormInfer,
  batched_matmul: ([a, b], attrs) => [layers.products(a!, b!, attrs)],
  begin_step: steps.beginStep,
  broadcast: ([x], { shape, axes }) => [shapes.broadcasted(axes ? shapes.reshaped(x!, shapes.kept(shape, axes)) : x!, shape)],
  cast: ([x], { dtype }) => [dtype === 'i32' ? map64(x!, picks.toInteger) : x!],
  clear_row: () => [],
  compare: ([a, b], { relation }) => [zip64(a!, b!, (p, q) => Number(picks.RELATIONS[relation](p, q)))],
  concat: (inputs, { axis }) => [shapes.concatenated(inputs, axis)],
  constant: (_inputs, { value, type }) => [tensor64(type.shape, () => value)],
  copy: ([x]) => [x!],
  copy_arena: steps.copyArena,
  cross_entropy: rows.crossEntropy,
  cumsum: ([x], attrs) => [picks.cumsum(x!, attrs)],
  dense: layers.dense,
  dense_input_grad: layers.denseInputGrad,
  dense_weight_grads: layers.denseWeightGrads,
  divide: pair((a, b) => a / b),
  divide_by_samples: ([x], { samples }, _node, { run }) => [map64(x!, (value) => value / Math.min(run.rows, samples))],
  divide_or_zero: pair((a, b) => (b === 0 ? 0 : a / b)),
  dropout: layers.dropout,
  elementwise_loss: rows.elementwiseLoss,
  fill_padding: layers.fillPadding,
  finish_step: steps.finishStep,
  gather: ([x, indices], { axis }) => [picks.gather(x!, indices!, axis)],
  gather_grad: ([dy, indices], attrs) => [picks.gatherGrad(dy!, indices!, attrs)],
  gather_rows: steps.gatherRows,
  histogram: statistics.histogram,
  larger: pair((a, b) => (a > b ? 1 : a === b ? 0.5 : 0)),
  layer_norm: rows.layerNorm,
  layer_norm_grad: rows.layerNormGrad,
  list_rows: ([weights], _attrs, node, world) => [picks.listRows(weights!, trueElements(world, node.inputs[0]!.type))],
  log_softmax: rows.logSoftmax,
  log_softmax_grad: rows.logSoftmaxGrad,
  log_sum_exp: shapes.reduction(rows.logSumExp),
  loss_grad: ([x, s], _attrs, node, world) => {
    const [, columns] = rowsOf(x!);
    const rows = trueRows(world, node.inputs[0]!.type);
    return [map64(x!, (value, i) => (i < rows * columns ? rows * value * s!.data[Math.floor(i / columns)]! : 0))];
  },
  matmul: ([a, b], attrs) => [layers.product(a!, b!, attrs)],
  max: shapes.reduction((x) => x.reduce((a, b) => Math.max(a, b))),
  maximum: pair(Math.max),
  min: shapes.reduction((x) => x.reduce((a, b) => Math.min(a, b))),
  minimum: pair(Math.min),
  moments: statistics.moments,
  multiply: pair((a, b) => a * b),
  norm: shapes.reduction((x) => x.reduce((a, b) => Math.hypot(a, b), 0)),
  normalize_rows: rows.normalizeRows,
  normalize_rows_grad: rows.normalizeRowsGrad,
  one_hot: ([indices], { classes }) => [picks.oneHot(indices!, classes)],
  pad: ([x], { starts, steps, shape, value }) => [shapes.padded(x!, starts, steps, shape, value)],
  penalty: steps.penalty,
  power: pair((a, b) => a ** b),
  power_log: pair((a, b) => (a === 0 ? 0 : a ** b * Math.log(a))),
  power_slope: pair((a, b) => (b === 0 ? 0 : b * a ** (b - 1))),
  product: shapes.reduction((x) => x.reduce((product, v) => product * v, 1)),
  reshape: ([x], { shape }) => [shapes.reshaped(x!, shape)],
  same: pair((a, b) => (a === b ? 1 : 0)),
  scale: ([x], { factor }) => [map64(x!, (value) => factor * value)],
  segment_norm: statistics.segmentNorm,
  slice: ([x], { starts, steps, shape }) => [shapes.sliced(x!, starts, steps, shape)],
  softmax: rows.softmax,
  softmax_grad: rows.softmaxGrad,
  squared_norm: steps.squaredNorm,
  stop_gradient: ([x]) => [x!],
  subtract: pair((a, b) => a - b),
  sum: shapes.reduction(sum64),
  take_rows: ([x, list], { head }) => [picks.takeRows(x!, list!, head)],
  target_weight: rows.targetWeight,
  tensor: (_inputs, { type, values }) => [tensor64(type.shape, values)],
  transpose: ([x], { perm }) => [shapes.transposed(x!, perm)],
  unit_activity: statistics.unitActivity,
  update: steps.update,
  update_running: steps.updateRunning,
  where: ([mask, a, b]) => [map64(a!, (value, i) => (mask!.data[i] !== 0 ? value : b!.data[i]!))],
};
