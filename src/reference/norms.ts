// Layer, RMS and group norm, as mathematics. Batch norm is in layers.ts, where its fused forms are.

import type { Node } from '../graph/graph.ts';
import { groupNormGradOp, groupNormOp, groupNormScaleGradOp } from '../ops/group_norm.ts';
import { layerNormGradOp, layerNormOp } from '../ops/layer_norm.ts';
import { rmsNormGradOp, rmsNormOp, rmsNormScaleGradOp } from '../ops/rms_norm.ts';
import { type InterpreterState, trueRows } from './interpreter_state.ts';
import { rowsOf, sum64, type Tensor64, tensor64, zeros64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

type Inputs = readonly Tensor64[];

/** The places in x of each set of numbers that are normalised together. */
type Sets = readonly (readonly number[])[];

/** One set for each row of the last axis. */
function rowSets(x: Tensor64): Sets {
  const [rows, columns] = rowsOf(x);
  return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => r * columns + c));
}

/** One set for each sample and group of neighbouring channels, which are last. */
function groupSets(x: Tensor64, groups: number): Sets {
  const channels = x.shape.at(-1)!;
  const sets = Array.from({ length: x.shape[0]! * groups }, (): number[] => []);
  const sample = x.data.length / x.shape[0]!;
  x.data.forEach((_, i) => {
    sets[Math.floor(i / sample) * groups + Math.floor((i % channels) / (channels / groups))]!.push(i);
  });
  return sets;
}

const meanOf = (values: readonly number[]): number => sum64(Float64Array.from(values)) / values.length;

/** Of each set the mean less its first number, 0 where the mean is left in, and the inverse deviation. */
function momentsOf(x: Tensor64, sets: Sets, epsilon: number, centered = true): { mean: number; rstd: number }[] {
  return sets.map((set) => {
    const first = centered ? x.data[set[0]!]! : 0;
    const mean = centered ? meanOf(set.map((i) => x.data[i]! - first)) : 0;
    return { mean, rstd: 1 / Math.sqrt(meanOf(set.map((i) => (x.data[i]! - first - mean) ** 2)) + epsilon) };
  });
}

/** (x - mean) rstd, of means less the first number of each set, or none; numbers in no set are 0. */
function normalised(x: Tensor64, sets: Sets, means: Tensor64 | undefined, rstds: Tensor64): Tensor64 {
  const y = zeros64(x.shape);
  sets.forEach((set, s) => {
    const centre = means ? x.data[set[0]!]! + means.data[s]! : 0;
    for (const i of set) y.data[i] = (x.data[i]! - centre) * rstds.data[s]!;
  });
  return y;
}

/** y = xhat gamma + beta. */
function scaled(xhat: Tensor64, gamma: Tensor64, beta?: Tensor64): Tensor64 {
  const { length } = gamma.data;
  return tensor64(xhat.shape, (i) => xhat.data[i]! * gamma.data[i % length]! + (beta?.data[i % length] ?? 0));
}

/** dx = rstd (g - mean g - xhat mean(g xhat)), g = dy gamma, the first mean only of what was centred; 0 in sets that do not count. */
function inputGrad(dy: Tensor64, xhat: Tensor64, gamma: Tensor64, sets: Sets, rstds: Tensor64, centered = true): Tensor64 {
  const dx = zeros64(dy.shape);
  const g = scaled(dy, gamma).data;
  sets.forEach((set, s) => {
    const mean = centered ? meanOf(set.map((i) => g[i]!)) : 0;
    const along = meanOf(set.map((i) => g[i]! * xhat.data[i]!));
    for (const i of set) dx.data[i] = rstds.data[s]! * (g[i]! - mean - xhat.data[i]! * along);
  });
  return dx;
}

/** dgamma = sum dy xhat and dbeta = sum dy, over the first rows. */
function scaleGrads(dy: Tensor64, xhat: Tensor64, used: number): [dgamma: Tensor64, dbeta: Tensor64] {
  const [, columns] = rowsOf(dy);
  const over = (term: (i: number) => number): Tensor64 =>
    tensor64([columns], (c) => sum64(Float64Array.from({ length: used }, (_, r) => term(r * columns + c))));
  return [over((i) => dy.data[i]! * xhat.data[i]!), over((i) => dy.data[i]!)];
}

/** y of sets, the means less the first number of each, and the inverse deviations. */
function norm(x: Tensor64, sets: Sets, epsilon: number, gamma: Tensor64, beta: Tensor64): Tensor64[] {
  const moments = momentsOf(x, sets, epsilon);
  const means = tensor64([sets.length], (s) => moments[s]!.mean);
  const rstds = tensor64([sets.length], (s) => moments[s]!.rstd);
  return [scaled(normalised(x, sets, means, rstds), gamma, beta), means, rstds];
}

const layerNorm = ([x, gamma, beta]: Inputs, { epsilon }: { epsilon: number }): Tensor64[] => norm(x!, rowSets(x!), epsilon, gamma!, beta!);

/** dx, dgamma, dbeta; padded rows get zero, and count for none. */
function layerNormGrad([dy, x, gamma, means, rstds]: Inputs, _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  const used = trueRows(state, node.inputs[1]!.type);
  const sets = rowSets(x!).slice(0, used);
  const xhat = normalised(x!, sets, means!, rstds!);
  return [inputGrad(dy!, xhat, gamma!, sets, rstds!), ...scaleGrads(dy!, xhat, used)];
}

/** x / sqrt(mean of squares + epsilon) gamma per row, and the inverse roots. */
function rmsNorm([x, gamma]: Inputs, { epsilon }: { epsilon: number }): Tensor64[] {
  const sets = rowSets(x!);
  const moments = momentsOf(x!, sets, epsilon, false);
  const rstds = tensor64([sets.length], (s) => moments[s]!.rstd);
  return [scaled(normalised(x!, sets, undefined, rstds), gamma!), rstds];
}

function rmsNormGrad([dy, x, gamma, rstds]: Inputs, _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  const sets = rowSets(x!).slice(0, trueRows(state, node.inputs[1]!.type));
  return [inputGrad(dy!, normalised(x!, sets, undefined, rstds!), gamma!, sets, rstds!, false)];
}

function rmsNormScaleGrad([dy, x, rstds]: Inputs, _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  const [dgamma] = scaleGrads(dy!, normalised(x!, rowSets(x!), undefined, rstds!), trueRows(state, node.inputs[1]!.type));
  return [dgamma];
}

const groupNorm = ([x, gamma, beta]: Inputs, { groups, epsilon }: { groups: number; epsilon: number }): Tensor64[] =>
  norm(x!, groupSets(x!, groups), epsilon, gamma!, beta!);

function groupNormGrad([dy, x, gamma, means, rstds]: Inputs, { groups }: { groups: number }, node: Node, state: InterpreterState): Tensor64[] {
  const sets = groupSets(x!, groups).slice(0, (trueRows(state, node.inputs[1]!.type) / rowsPerIndex(x!)) * groups);
  return [inputGrad(dy!, normalised(x!, sets, means!, rstds!), gamma!, sets, rstds!)];
}

/** dgamma, dbeta */
function groupNormScaleGrad([dy, x, means, rstds]: Inputs, { groups }: { groups: number }, node: Node, state: InterpreterState): Tensor64[] {
  return scaleGrads(dy!, normalised(x!, groupSets(x!, groups), means!, rstds!), trueRows(state, node.inputs[1]!.type));
}

/** Rows of the last axis in one index of axis 0. */
const rowsPerIndex = (x: Tensor64): number => rowsOf(x)[0] / x.shape[0]!;

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(layerNormOp, layerNorm),
  twin(layerNormGradOp, layerNormGrad),
  twin(rmsNormOp, rmsNorm),
  twin(rmsNormGradOp, rmsNormGrad),
  twin(rmsNormScaleGradOp, rmsNormScaleGrad),
  twin(groupNormOp, groupNorm),
  twin(groupNormGradOp, groupNormGrad),
  twin(groupNormScaleGradOp, groupNormScaleGrad),
];
