// What a training step does around its mathematics: batch, norm, regularization losses, clipping, update.

import { permuted } from '../data/permutation.ts';
import type { Node } from '../graph/graph.ts';
import type { BufferName } from '../graph/op.ts';
import { accumulateOp } from '../ops/accumulate.ts';
import { copyArenaOp } from '../ops/arena.ts';
import { type AverageAttrs, averageOp } from '../ops/average.ts';
import type { UpdateRunningAttrs } from '../ops/batch_norm.ts';
import { updateRunningOp } from '../ops/batch_norm.ts';
import type { GatherAttrs } from '../ops/batches.ts';
import { beginStepOp, gatherRowsOp } from '../ops/batches.ts';
import { assignBufferOp, assignOp } from '../ops/copy.ts';
import type { EndStepAttrs } from '../ops/end_step.ts';
import { endStepOp, squaredNormOp } from '../ops/end_step.ts';
import { NO_FACTORS } from '../ops/hyper.ts';
import { type MomentumAttrs, momentumOp, storeStepOp } from '../ops/prepared.ts';
import { divideBySamplesOp } from '../ops/reduce.ts';
import { regularizationLossOp } from '../ops/regularization.ts';
import type { UpdateAttrs } from '../ops/updates.ts';
import { updateOp } from '../ops/updates.ts';
import { threefry } from '../random.ts';
import { samplesOf } from '../shape.ts';
import type { Update64 } from '../train/optimizers/optimizer.ts';
import { OPTIMIZERS } from '../train/optimizers.ts';
import { type Arena64, arenaOf, type InterpreterState } from './interpreter_state.ts';
import { squareSums } from './layers.ts';
import { map64, rowsOf, sum64, type Tensor64, zeros64, zip64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

type Inputs = readonly Tensor64[];

function beginStep(_inputs: Inputs, { accumulate = 1 }: { accumulate?: number }, _node: Node, { run, learningRateAt }: InterpreterState): Tensor64[] {
  if (run.halted) return [];
  if (run.batches % accumulate === 0) {
    run.learningRate = learningRateAt(run.step);
    run.step += 1;
    run.rowsInStep = 0;
  }
  const perEpoch = Math.ceil(run.datasetSize / run.batch);
  run.epoch = Math.floor(run.batches / perEpoch);
  run.batchStart = (run.batches % perEpoch) * run.batch;
  run.rows = Math.min(run.batch, run.datasetSize - run.batchStart);
  run.rowsInStep += run.rows;
  run.batches += 1;
  return [];
}

/** Behind the true samples the last of them is repeated. */
function gatherRows(_inputs: Inputs, attrs: GatherAttrs, _node: Node, { run, data }: InterpreterState): Tensor64[] {
  const y = zeros64(attrs.type.shape);
  const samples = samplesOf(attrs.type);
  const columns = y.data.length / samples;
  const key = threefry(run.key, run.epoch, 0);
  for (let to = 0; to < samples; to++) {
    const r = Math.min(to, run.rows - 1);
    const index = run.batchStart + r;
    const sample = attrs.ringBatches ? ((run.batches - 1) % attrs.ringBatches) * run.batch + r : attrs.shuffle ? permuted(index, run.datasetSize, key) : index;
    y.data.set(data.get(attrs.data)!.data.subarray(sample * columns, (sample + 1) * columns), to * columns);
  }
  return [y];
}

/** Weighted by rows and added up over the batches of a step; the last leaves the means of the gradients, and the losses' sums in the place of its own. */
function accumulate(inputs: Inputs, { batches, weighted }: { batches: number; weighted: boolean }, node: Node, state: InterpreterState): Tensor64[] {
  const { run } = state;
  const part = (run.batches - 1) % batches;
  const sums = arenaOf(state, 'retained/gradient_sums');
  // Behind the gradients come the losses, and the weight of the batch where the mean is over weights.
  const gradients = inputs.length - (weighted ? 2 : 1);
  const own = weighted ? inputs.at(-1)!.data[0]! : run.rows;
  const total = weighted ? own + (part === 0 ? 0 : sums.get(String(inputs.length - 1))!.data[0]!) || 1 : run.rowsInStep;
  const results = inputs.map((x, i) => {
    // Gradients of a custom layer may share a name.
    const place = String(i);
    const mean = i < gradients;
    const factored = map64(x, (value) => value * (mean ? own : 1));
    const sum = part === 0 ? factored : zip64(factored, sums.get(place)!, (a, b) => a + b);
    sums.set(place, sum);
    return part + 1 < batches ? x : map64(sum, (value) => value / (mean ? total : 1));
  });
  for (let i = gradients; i < inputs.length; i++) state.values.set(node.inputs[i]!, results[i]!);
  return results.slice(0, gradients);
}

/** Scale and sum of squares, two words a chunk; the whole sum is in the first chunk. */
function squaredNorm(inputs: Inputs, _attrs: object, node: Node): Tensor64[] {
  return [squareSums(node.outputs[0]!.type.shape, inputs)];
}

/** l1 |w| + l2/2 w², the whole sum in the first place. */
function regularizationLoss(_inputs: Inputs, _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  const regularizationLosses = zeros64(node.outputs[0]!.type.shape);
  for (const { name, options } of state.parameters)
    for (const w of arenaOf(state, 'parameters').get(name)!.data)
      regularizationLosses.data[0]! += (options?.l1 ?? 0) * Math.abs(w) + 0.5 * (options?.l2 ?? 0) * w * w;
  return [regularizationLosses];
}

function endStep([losses, ...sums]: Inputs, { maxNorm }: EndStepAttrs, node: Node, state: InterpreterState): Tensor64[] {
  const { run } = state;
  if (run.halted) return [];
  // Partial norms are pairs of scale and sum of squares, penalties single numbers.
  const weight = sums.find((tensor) => tensor.shape.length === 0)?.data[0];
  const regularizationLosses = sums.find((tensor) => tensor.shape.length === 1);
  const partials = sums.filter((tensor) => tensor.shape.length > 1);
  const squares = sum64(partials.map(({ data }) => sum64(data.map((scale, i) => (i % 2 === 0 ? scale * scale * data[i + 1]! : 0)))));
  const { rowsPerSample } = node.inputs[0]!.type;
  const loss = sum64(losses!.data);
  const count = weight ?? (Number.isFinite(run.rowsInStep) ? run.rowsInStep * Math.max(1, rowsPerSample) : losses!.data.length);
  run.loss = loss === 0 && count === 0 ? 0 : loss / count;
  run.regularizationLoss = regularizationLosses ? sum64(regularizationLosses.data) : 0;
  run.norm = Math.sqrt(squares);
  run.clip = maxNorm > 0 ? Math.min(1, maxNorm / (run.norm + 1e-6)) : 1;
  run.nonFinite = ![run.loss, run.regularizationLoss, run.norm].every(Number.isFinite);
  if (run.nonFinite) run.skipped += 1;
  if (run.nonFinite && !run.skipNonFinite) run.halted = true;
  return [];
}

/** Float64 twins of update functions by their names. */
const UPDATES: ReadonlyMap<string, Update64> = new Map(
  Object.values(OPTIMIZERS).flatMap(({ update64 }) => update64.map(([update, twin]) => [update.name, twin] as const)),
);

/** Clips the data gradient, adds the gradients of the penalties and of weight decay, then takes the optimizer's step. */
function update(inputs: Inputs, attrs: UpdateAttrs, node: Node, state: InterpreterState): Tensor64[] {
  const { run } = state;
  const parameters = arenaOf(state, 'parameters');
  const asked = arenaOf(state, 'retained/update');
  if (run.nonFinite || run.halted) {
    for (const [path, w] of parameters) asked.set(path, zeros64(w.shape));
    return [];
  }
  const { update, params, decoupled = false, clipValue = 0 } = attrs;
  inputs.forEach((gradient, k) => {
    const path = state.gradientSlots.get(node.inputs[k]!)!;
    const { l1 = 0, l2 = 0, decay = true } = state.parameters.find((value) => value.name === path)?.options ?? {};
    const { learningRateFactor, weightDecayFactor, since, prepared = false } = attrs.factors?.(path, gradient.shape) ?? NO_FACTORS;
    const learningRate = run.learningRate * learningRateFactor;
    const weightDecay = decay ? (attrs.weightDecay ?? 0) * weightDecayFactor : 0;
    const w = parameters.get(path)!;
    const bound = clipValue > 0 ? clipValue : Number.POSITIVE_INFINITY;
    const g = zip64(gradient, w, (d, x) => Math.max(-bound, Math.min(bound, d * run.clip)) + (l2 + (decoupled ? 0 : weightDecay)) * x + l1 * Math.sign(x));
    const states = update.states.map((_, index) => stateOf(arenaOf(state, `optimizer/${index}`), path, w).data);
    const shrink = decoupled ? learningRate * weightDecay : 0;
    const change = map64(g, (value, i) => {
      const state = states.map((all) => all[i]!);
      const step = UPDATES.get(update.name)!(value, state, { t: run.step - run.skipped - since, learningRate, prepared }, params);
      states.forEach((all, index) => {
        all[i] = state[index]!;
      });
      return step - shrink * w.data[i]!;
    });
    asked.set(path, change);
    parameters.set(
      path,
      zip64(w, change, (x, step) => x + step),
    );
  });
  return [];
}

function stateOf(arena: Arena64, path: string, like: Tensor64): Tensor64 {
  let state = arena.get(path);
  if (!state) {
    state = zeros64(like.shape);
    arena.set(path, state);
  }
  return state;
}

/** The mean of the weights after the updates that counted, or one in which the later weigh more; not after a non-finite step. */
function average(_inputs: Inputs, { fraction, start, every, factors }: AverageAttrs, _node: Node, state: InterpreterState): Tensor64[] {
  const { run } = state;
  if (run.nonFinite || run.halted) return [];
  const averages = arenaOf(state, 'optimizer/average');
  const t = run.step - run.skipped;
  if (t < start || (t - start) % every !== 0) return [];
  for (const [path, w] of arenaOf(state, 'parameters')) {
    const since = factors?.(path, w.shape).since ?? 0;
    let own = 0;
    for (let u = since + 1; u <= t; u++) if (u >= start && (u - start) % every === 0) own++;
    const before = own > 1 ? averages.get(path)! : w;
    averages.set(
      path,
      zip64(before, w, (a, b) => a + (b - a) * (fraction || 1 / own)),
    );
  }
  return [];
}

function copyArena(_inputs: Inputs, attrs: { from: BufferName; to: BufferName }, _node: Node, state: InterpreterState): Tensor64[] {
  state.arenas.set(attrs.to, new Map(arenaOf(state, attrs.from)));
  return [];
}

/** The second input becomes the first. */
function assign([from]: Inputs, _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  const to = node.inputs[1]!;
  if (to.origin === 'buffer' || to.origin === 'parameter') arenaOf(state, to.origin === 'buffer' ? 'buffers' : 'parameters').set(to.name, from!);
  state.values.set(to, from!);
  return [];
}

/** A buffer of a layer becomes what a step has computed; not after a non-finite step, and no element that is not finite. */
function assignBuffer([value, old]: Inputs, { everyBatch }: { everyBatch: boolean }, node: Node, state: InterpreterState): Tensor64[] {
  if (state.run.halted || (state.run.nonFinite && !everyBatch)) return [];
  arenaOf(state, 'buffers').set(
    node.inputs[1]!.name,
    zip64(value!, old!, (now, before) => (Number.isFinite(now) ? now : before)),
  );
  return [];
}

/** Running mean and unbiased running variance move towards the batch's by `momentum` (PyTorch's meaning); not after a non-finite step, and never to what is not finite. */
function updateRunning(inputs: Inputs, { layers, everyBatch }: UpdateRunningAttrs, node: Node, state: InterpreterState): Tensor64[] {
  if (state.run.halted || (state.run.nonFinite && !everyBatch)) return [];
  const buffers = arenaOf(state, 'buffers');
  for (const [i, { momentum, rowsPerSample }] of layers.entries()) {
    const statistics = inputs[3 * i]!;
    const [, columns] = rowsOf(statistics);
    const rows = state.run.rows * rowsPerSample;
    const move = (value: { name: string }, of: (c: number) => number): void => {
      buffers.set(
        value.name,
        map64(buffers.get(value.name)!, (old, c) => (Number.isFinite(of(c)) ? (1 - momentum) * old + momentum * of(c) : old)),
      );
    };
    const [, mean, variance] = node.inputs.slice(3 * i);
    move(mean!, (c) => statistics.data[c]!);
    // One row has no variance.
    if (rows > 1) move(variance!, (c) => (statistics.data[2 * columns + c]! * rows) / (rows - 1));
  }
  return [];
}

/** The twins of this file. */
/** The gradient as the update sees it, and its running mean; after a non-finite step that stays. */
function momentum([gradient]: Inputs, { path, momentum: keeps, nesterov, clipValue }: MomentumAttrs, _node: Node, state: InterpreterState): Tensor64[] {
  const { run } = state;
  const { l1 = 0, l2 = 0 } = state.parameters.find((value) => value.name === path)?.options ?? {};
  const bound = clipValue > 0 ? clipValue : Number.POSITIVE_INFINITY;
  const w = arenaOf(state, 'parameters').get(path)!;
  const g = zip64(gradient!, w, (d, x) => Math.max(-bound, Math.min(bound, d * run.clip)) + l2 * x + l1 * Math.sign(x));
  const before = stateOf(arenaOf(state, 'optimizer/0'), path, w);
  const mean = zip64(before, g, (m, d) => keeps * m + (1 - keeps) * d);
  if (!run.nonFinite && !run.halted) arenaOf(state, 'optimizer/0').set(path, mean);
  return [nesterov ? zip64(mean, g, (m, d) => keeps * m + (1 - keeps) * d) : mean];
}

function storeStep([step]: Inputs, { path, factor }: { path: string; factor: number }, _node: Node, state: InterpreterState): Tensor64[] {
  arenaOf(state, 'optimizer/1').set(
    path,
    map64(step!, (value) => factor * value),
  );
  return [];
}

export const TWINS: readonly Twin[] = [
  twin(beginStepOp, beginStep),
  twin(gatherRowsOp, gatherRows),
  twin(accumulateOp, accumulate),
  twin(squaredNormOp, squaredNorm),
  twin(regularizationLossOp, regularizationLoss),
  twin(endStepOp, endStep),
  twin(divideBySamplesOp, ([x], { samples }, _node, { run }) => [map64(x!, (value) => value / Math.min(run.rows, samples))]),
  twin(momentumOp, momentum),
  twin(storeStepOp, storeStep),
  twin(updateOp, update),
  twin(averageOp, average),
  twin(updateRunningOp, updateRunning),
  twin(assignOp, assign),
  twin(assignBufferOp, assignBuffer),
  twin(copyArenaOp, copyArena),
];
