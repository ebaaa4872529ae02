// Products, biases, activations, batch norm, dropout and their fused forms, as mathematics.

import type { Node, Value } from '../graph/graph.ts';
import type { ActivationAttrs } from '../ops/activations.ts';
import { activationGradOp, activationOp } from '../ops/activations.ts';
import type { BatchNormAttrs } from '../ops/batch_norm.ts';
import { batchNormGradOp, batchNormInferOp, batchNormOp } from '../ops/batch_norm.ts';
import { batchedMatmulOp } from '../ops/batched_matmul.ts';
import type { DenseAttrs, DenseInputGradAttrs, DenseWeightGradsAttrs } from '../ops/dense.ts';
import { denseInputGradOp, denseOp, denseWeightGradsOp } from '../ops/dense.ts';
import { type DropoutAttrs, dropoutOp, dropoutThreshold } from '../ops/dropout.ts';
import type { MatmulAttrs } from '../ops/matmul.ts';
import { matmulOp } from '../ops/matmul.ts';
import type { FillPaddingAttrs } from '../ops/padding.ts';
import { fillPaddingOp } from '../ops/padding.ts';
import { sumActivationOp } from '../ops/sum_activation.ts';
import { threefry } from '../random.ts';
import { type InterpreterState, trueRows } from './interpreter_state.ts';
import { map64, rowsOf, sum64, type Tensor64, tensor64, zeros64, zip64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

type Inputs = readonly Tensor64[];

function product(a: Tensor64, b: Tensor64, { transposeA = false, transposeB = false }: MatmulAttrs): Tensor64 {
  const [rowsA, columnsA] = rowsOf(a);
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const n = rowsOf(b)[transposeB ? 0 : 1];
  const c = zeros64(transposeA ? [m, n] : [...a.shape.slice(0, -1), n]);
  // Along the rows of b and c, as they lie in memory: several times as fast as column by column.
  const right = transposeB ? transposed(b, n, k) : b.data;
  for (let i = 0; i < m; i++) {
    const row = c.data.subarray(i * n, (i + 1) * n);
    for (let l = 0; l < k; l++) {
      const factor = a.data[transposeA ? l * m + i : i * k + l]!;
      for (let j = 0, at = l * n; j < n; j++) row[j]! += factor * right[at + j]!;
    }
  }
  return c;
}

function transposed({ data }: Tensor64, rows: number, columns: number): Float64Array {
  const turned = new Float64Array(data.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) turned[c * rows + r] = data[r * columns + c]!;
  return turned;
}

/** The product of each pair of matrices. */
function products(a: Tensor64, b: Tensor64, attrs: MatmulAttrs): Tensor64 {
  const [batch, ...inA] = a.shape as [number, number, number];
  const [, ...inB] = b.shape as [number, number, number];
  const part = (t: Tensor64, shape: readonly number[], i: number): Tensor64 => tensor64(shape, (at) => t.data[i * shape[0]! * shape[1]! + at]!);
  const parts = Array.from({ length: batch }, (_, i) => product(part(a, inA, i), part(b, inB, i), attrs));
  const size = parts[0]!.data.length;
  return tensor64([batch, ...parts[0]!.shape], (at) => parts[Math.floor(at / size)]!.data[at % size]!);
}

/** x[r, c] + bias[c]. */
export function addBias(x: Tensor64, bias: Tensor64): Tensor64 {
  return map64(x, (value, i) => value + bias.data[i % bias.data.length]!);
}

export function columnSums(x: Tensor64): Tensor64 {
  const [rows, columns] = rowsOf(x);
  return tensor64([columns], (c) => {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum += x.data[r * columns + c]!;
    return sum;
  });
}

export function act(z: Tensor64, { entry, params }: ActivationAttrs): Tensor64 {
  return map64(z, (x) => entry.value(x, params));
}

/** A fused node may end in another shape than it began with, where a reshape stood between what it is made of. */
function shaped({ data }: Tensor64, { type }: Value): Tensor64 {
  return { shape: type.shape, data };
}

/** dh act'(z), with z traced back from h if the op saved h. A saved z may itself be the output of an activation. */
function actGrad(dh: Tensor64, saved: Tensor64, node: Node, savedIndex: number, { entry, params }: ActivationAttrs, state: InterpreterState): Tensor64 {
  const z = (entry.gradientFrom === 'output' && state.preActivations.get(node.inputs[savedIndex]!)) || saved;
  return zip64(dh, z, (d, x) => d * entry.derivative(x, params));
}

function activation([z]: Inputs, attrs: ActivationAttrs, node: Node, state: InterpreterState): Tensor64[] {
  if (attrs.entry.gradientFrom === 'output') state.preActivations.set(node.outputs[0]!, z!);
  return [act(z!, attrs)];
}

function sumActivation([a, b]: Inputs, attrs: ActivationAttrs, node: Node, state: InterpreterState): Tensor64[] {
  return activation([zip64(a!, b!, (x, y) => x + y)], attrs, node, state);
}

function activationGrad([dh, saved]: Inputs, attrs: ActivationAttrs, node: Node, state: InterpreterState): Tensor64[] {
  return [actGrad(dh!, saved!, node, 1, attrs, state)];
}

function dense([x, w, bias]: Inputs, { activation: attrs, storeZ, product: of }: DenseAttrs, node: Node, state: InterpreterState): Tensor64[] {
  return fusedProduct(product(x!, w!, of), bias!, attrs, storeZ, node, state);
}

/** act(y + bias) of a product y, before it z where that is stored. */
export function fusedProduct(y: Tensor64, bias: Tensor64, attrs: ActivationAttrs, storeZ: boolean, node: Node, state: InterpreterState): Tensor64[] {
  const z = addBias(y, bias);
  if (attrs.entry.gradientFrom === 'output') state.preActivations.set(node.outputs.at(-1)!, z);
  const h = shaped(act(z, attrs), node.outputs.at(-1)!);
  return storeZ ? [shaped(z, node.outputs[0]!), h] : [h];
}

/** The gradient of a layer's input, dh, times the derivative of the activation that made it, by what that saved: the third input. */
export function fusedInputGrad(dh: Tensor64, saved: Tensor64, attrs: ActivationAttrs, node: Node, state: InterpreterState): Tensor64[] {
  return [shaped(actGrad(dh, saved, node, 2, attrs, state), node.outputs[0]!)];
}

function denseInputGrad([dy, w, saved]: Inputs, { activation: attrs, product: by }: DenseInputGradAttrs, node: Node, state: InterpreterState): Tensor64[] {
  return fusedInputGrad(product(dy!, w!, by), saved!, attrs, node, state);
}

function denseWeightGrads(inputs: Inputs, { biases }: DenseWeightGradsAttrs, node: Node): Tensor64[] {
  const gradients = biases.flatMap((bias, i) => {
    const [x, dz] = [inputs[2 * i]!, inputs[2 * i + 1]!];
    const dw = product(x, dz, { transposeA: true });
    return bias ? [dw, columnSums(dz)] : [dw];
  });
  return [squareSums(node.outputs[0]!.type.shape, gradients), ...gradients];
}

/** Partial sums of squares as pairs of scale and sum, of which the first is the whole. */
export function squareSums(shape: readonly number[], tensors: Inputs): Tensor64 {
  const whole = sum64(tensors.map(({ data }) => sum64(data.map((x) => x * x))));
  return tensor64(shape, (i) => (i === 1 ? whole : i % 2 === 0 ? 1 : 0));
}

/** Mean and biased variance of each column over the true rows. */
function columnMoments(x: Tensor64, rows: number): { mean: number; variance: number }[] {
  const [, columns] = rowsOf(x);
  return Array.from({ length: columns }, (_, c) => {
    const column = Array.from({ length: rows }, (_, r) => x.data[r * columns + c]!);
    const mean = sum64(column) / rows;
    return { mean, variance: sum64(column.map((value) => (value - mean) ** 2)) / rows };
  });
}

function batchNorm([x, gamma, beta]: Inputs, { epsilon, activation: attrs, storeZ = false }: BatchNormAttrs, node: Node, state: InterpreterState): Tensor64[] {
  const [, columns] = rowsOf(x!);
  const moments = columnMoments(x!, trueRows(state, node.inputs[0]!.type));
  const rstd = moments.map(({ variance }) => 1 / Math.sqrt(variance + epsilon));
  const z = map64(x!, (value, i) => {
    const c = i % columns;
    return (value - moments[c]!.mean) * rstd[c]! * gamma!.data[c]! + beta!.data[c]!;
  });
  const fromFirst = moments.map(({ mean }, c) => mean - x!.data[c]!);
  const batch = tensor64([4, columns], [...moments.map(({ mean }) => mean), ...rstd, ...moments.map(({ variance }) => variance), ...fromFirst]);
  if (!attrs) return [z, batch];
  if (attrs.entry.gradientFrom === 'output') state.preActivations.set(node.outputs.at(-2)!, z);
  return [...(storeZ ? [z] : []), shaped(act(z, attrs), node.outputs.at(-2)!), batch];
}

/** dx, dgamma, dbeta; Ioffe & Szegedy 2015, section 3. Padded rows get zero. */
function batchNormGrad([dz, x, gamma, batch]: Inputs, _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  const [, columns] = rowsOf(x!);
  const rows = trueRows(state, node.inputs[1]!.type);
  const hat = map64(x!, (value, i) => (value - batch!.data[i % columns]!) * batch!.data[columns + (i % columns)]!);
  const used = map64(dz!, (d, i) => (i < rows * columns ? d : 0));
  const dbeta = columnSums(used);
  const dgamma = columnSums(map64(used, (d, i) => (i < rows * columns ? d * hat.data[i]! : 0)));
  const dx = map64(used, (d, i) => {
    const c = i % columns;
    return i < rows * columns ? gamma!.data[c]! * batch!.data[columns + c]! * (d - dbeta.data[c]! / rows - (hat.data[i]! * dgamma.data[c]!) / rows) : 0;
  });
  return [dx, dgamma, dbeta];
}

function batchNormInfer([x, gamma, beta, mean, variance]: Inputs, { epsilon }: { epsilon: number }): Tensor64[] {
  const [, columns] = rowsOf(x!);
  return [
    map64(x!, (value, i) => {
      const c = i % columns;
      return ((value - mean!.data[c]!) / Math.sqrt(variance!.data[c]! + epsilon)) * gamma!.data[c]! + beta!.data[c]!;
    }),
  ];
}

/** The mask is part of the op's definition: a function of key, layer, batch and element. */
function dropout([x]: Inputs, { rate, layer }: DropoutAttrs, _node: Node, { run }: InterpreterState): Tensor64[] {
  const key = threefry(run.key, layer, run.batches);
  const threshold = dropoutThreshold(rate);
  return [
    map64(x!, (value, i) => {
      const four = Math.floor(i / 4);
      const bits = threefry(key, four, i % 4 < 2 ? 0 : 1)[i % 2]!;
      return bits < threshold ? value / (1 - rate) : 0;
    }),
  ];
}

/** x with its padded rows filled. */
function fillPadding([x]: Inputs, { value, rowsPerSample }: FillPaddingAttrs, node: Node, { run }: InterpreterState): Tensor64[] {
  const sample = (x!.data.length / node.inputs[0]!.type.shape[0]!) * rowsPerSample;
  return [map64(x!, (v, i) => (i < run.rows * sample ? v : value))];
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(matmulOp, ([a, b], attrs) => [product(a!, b!, attrs)]),
  twin(batchedMatmulOp, ([a, b], attrs) => [products(a!, b!, attrs)]),
  twin(activationOp, activation),
  twin(sumActivationOp, sumActivation),
  twin(activationGradOp, activationGrad),
  twin(denseOp, dense),
  twin(denseInputGradOp, denseInputGrad),
  twin(denseWeightGradsOp, denseWeightGrads),
  twin(batchNormOp, batchNorm),
  twin(batchNormGradOp, batchNormGrad),
  twin(batchNormInferOp, batchNormInfer),
  twin(dropoutOp, dropout),
  twin(fillPaddingOp, fillPadding),
];
