// Reductions, softmax and the losses: what is computed row by row.

import type { Node } from '../graph/graph.ts';
import type { CrossEntropyAttrs, ElementwiseLossAttrs } from '../ops/losses.ts';
import { crossEntropyOp, elementwiseLossOp, lossGradOp } from '../ops/losses.ts';
import { logSumExpOp } from '../ops/reduce.ts';
import { argmaxOp } from '../ops/scan.ts';
import { logSoftmaxGradOp, logSoftmaxOp, softmaxGradOp, softmaxOp } from '../ops/softmax.ts';
import type { TargetWeightAttrs } from '../ops/target_weights.ts';
import { targetWeightOp } from '../ops/target_weights.ts';
import { sizeOf } from '../shape.ts';
import { type InterpreterState, trueRows } from './interpreter_state.ts';
import { reduction as overAxes } from './shapes.ts';
import { map64, rowsOf, sum64, type Tensor64, tensor64, zeros64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

type Inputs = readonly Tensor64[];

/** f of each row, which fills the row of the result. */
function eachRow(shape: readonly number[], f: (row: number, out: Float64Array) => void, rows = sizeOf(shape) / (shape.at(-1) ?? 1)): Tensor64 {
  const y = zeros64(shape);
  const columns = y.data.length / rows;
  for (let r = 0; r < rows; r++) f(r, y.data.subarray(r * columns, (r + 1) * columns));
  return y;
}

const row = (x: Tensor64, r: number): Float64Array => {
  const [, columns] = rowsOf(x);
  return x.data.subarray(r * columns, (r + 1) * columns);
};

/** log sum exp, about the largest element. */
function logSumExp(x: Float64Array): number {
  const high = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high + Math.log(sum64(x.map((value) => Math.exp(value - high))));
}

function softmax([x]: Inputs): Tensor64[] {
  return [
    eachRow(x!.shape, (r, y) => {
      const whole = logSumExp(row(x!, r));
      y.set(row(x!, r).map((value) => Math.exp(value - whole)));
    }),
  ];
}

function logSoftmax([x]: Inputs): Tensor64[] {
  return [
    eachRow(x!.shape, (r, y) => {
      const whole = logSumExp(row(x!, r));
      y.set(row(x!, r).map((value) => value - whole));
    }),
  ];
}

/** dx = y (dy - dy . y) */
function softmaxGrad([dy, y]: Inputs): Tensor64[] {
  return [
    eachRow(y!.shape, (r, dx) => {
      const p = row(y!, r);
      const d = row(dy!, r);
      const dot = sum64(p.map((value, j) => value * d[j]!));
      dx.set(p.map((value, j) => value * (d[j]! - dot)));
    }),
  ];
}

/** dx = dy - exp(y) sum dy */
function logSoftmaxGrad([dy, y]: Inputs): Tensor64[] {
  return [
    eachRow(y!.shape, (r, dx) => {
      const d = row(dy!, r);
      const total = sum64(d);
      dx.set(row(y!, r).map((value, j) => d[j]! - Math.exp(value) * total));
    }),
  ];
}

/** Losses [rows] and the derivatives of their mean over the true rows. */
function elementwiseLoss([y, t]: Inputs, attrs: ElementwiseLossAttrs, node: Node, state: InterpreterState): Tensor64[] {
  const { entry: plain, posWeight } = attrs;
  // -(w t log sigmoid(x) + (1 - t) log(1 - sigmoid(x)))
  const term = (x: number, t: number, c: number): number =>
    posWeight ? posWeight[c]! * t * plain.value(x, 1, params) + (1 - t) * plain.value(x, 0, params) : plain.value(x, t, params);
  const derivativeOf = (x: number, t: number, c: number): number =>
    posWeight ? posWeight[c]! * t * plain.derivative(x, 1, params) + (1 - t) * plain.derivative(x, 0, params) : plain.derivative(x, t, params);
  const params = { ...plain.params, ...attrs.params };
  const [rows, columns] = rowsOf(y!);
  const used = trueRows(state, node.inputs[0]!.type);
  const scale = plain.columns === 'mean' ? 1 / columns : 1;
  const losses = eachRow(
    [rows],
    (r, loss) => {
      if (r < used) loss[0] = scale * sum64(row(y!, r).map((value, j) => term(value, row(t!, r)[j]!, j)));
    },
    rows,
  );
  const derivatives = eachRow(y!.shape, (r, derivative) => {
    if (r < used) derivative.set(row(y!, r).map((value, j) => (scale * derivativeOf(value, row(t!, r)[j]!, j)) / used));
  });
  return [losses, derivatives];
}

/** Losses [rows] and the derivatives of their mean over the true rows. */
function crossEntropy([logits, labels, total]: Inputs, attrs: CrossEntropyAttrs, node: Node, state: InterpreterState): Tensor64[] {
  const { targets, smoothing, weighing: { classWeights, ignored } = {} } = attrs;
  const [rows, classes] = rowsOf(logits!);
  const used = trueRows(state, node.inputs[0]!.type);
  const counts = (r: number): boolean => r < used && !(targets === 'index' && labels!.data[r] === ignored);
  const target = (r: number): Float64Array =>
    row(logits!, r).map((_, j) => {
      const probability = targets === 'index' ? (labels!.data[r] === j ? 1 : 0) : row(labels!, r)[j]!;
      return ((1 - smoothing) * probability + smoothing / classes) * (classWeights?.[j] ?? 1);
    });
  const known = (r: number): boolean => targets !== 'index' || (labels!.data[r]! >= 0 && labels!.data[r]! < classes);
  const mean = total ? total.data[0]! || Number.POSITIVE_INFINITY : used;
  const losses = eachRow(
    [rows],
    (r, loss) => {
      if (!counts(r)) return;
      const x = row(logits!, r);
      const whole = logSumExp(x);
      loss[0] = known(r) ? sum64(target(r).map((q, j) => (q === 0 ? 0 : q * (whole - x[j]!)))) : Number.NaN;
    },
    rows,
  );
  const derivatives = eachRow(logits!.shape, (r, derivative) => {
    if (!counts(r)) return;
    const q = target(r);
    const all = sum64(q);
    const whole = logSumExp(row(logits!, r));
    derivative.set(row(logits!, r).map((value, j) => (Math.exp(value - whole) * all - q[j]!) / mean));
  });
  return [losses, derivatives];
}

/** The sum of the weights of the true targets that count. */
function targetWeight([labels]: Inputs, { classes, weighing: { classWeights, ignored } }: TargetWeightAttrs, node: Node, state: InterpreterState): Tensor64[] {
  const counted = labels!.data.slice(0, trueRows(state, node.inputs[0]!.type)).filter((label) => label !== ignored && label >= 0 && label < classes);
  return [tensor64([], [sum64(counted.map((label) => classWeights?.[label] ?? 1))])];
}

/** [rows, columns] -> [rows] by a function of each row. */
function reduction(f: (row: Float64Array) => number): (inputs: Inputs) => Tensor64[] {
  return ([x]) => [tensor64([x!.shape[0]!], (r) => f(row(x!, r)))];
}

/** The first place of the largest; of a NaN where there is one. */
function argmax(row: Float64Array): number {
  const nan = row.findIndex(Number.isNaN);
  return nan >= 0 ? nan : row.indexOf(row.reduce((a, b) => Math.max(a, b)));
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(softmaxOp, softmax),
  twin(softmaxGradOp, softmaxGrad),
  twin(logSoftmaxOp, logSoftmax),
  twin(logSoftmaxGradOp, logSoftmaxGrad),
  twin(logSumExpOp, overAxes(logSumExp)),
  twin(argmaxOp, reduction(argmax)),
  twin(elementwiseLossOp, elementwiseLoss),
  twin(crossEntropyOp, crossEntropy),
  twin(targetWeightOp, targetWeight),
  twin(lossGradOp, ([x, s], _attrs, node, state) => {
    const [, columns] = rowsOf(x!);
    const rows = trueRows(state, node.inputs[0]!.type);
    return [map64(x!, (value, i) => (i < rows * columns ? rows * value * s!.data[Math.floor(i / columns)]! : 0))];
  }),
];
