// Statistics of tensors in float64.

import { show, UsageError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { TensorStats } from '../inspect/history.ts';
import { ROWS_COMPARED, type RowSpread, rowDifferencesOp } from '../ops/row_differences.ts';
import type { SegmentNormAttrs } from '../ops/segment_norm.ts';
import { segmentNormOp } from '../ops/segment_norm.ts';
import {
  type ActivityLayer,
  clearRowOp,
  HEAD,
  histogramOp,
  momentsOp,
  type ProbedTensor,
  type StatisticsAttrs,
  segmentsOf,
  unitActivityOp,
} from '../ops/statistics.ts';
import { lastOf, samplesOf, sizeOf } from '../shape.ts';
import { arenaOf, type InterpreterState, trueRows } from './interpreter_state.ts';
import { sum64, type Tensor64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

/** Numbers in a list or a typed array, as a list; throws a UsageError for anything else. */
function listOf(where: string, given: ArrayLike<number>): number[] {
  const list = Array.isArray(given) || (ArrayBuffer.isView(given) && 'length' in given) ? Array.from({ length: given.length }, (_, i) => given[i]!) : undefined;
  if (!list?.every((value) => typeof value === 'number')) throw new UsageError(`${where}: expected numbers in an array or a typed array, got ${show(given)}`);
  return list;
}

/**
 * Computes statistics over the finite elements; the counts are over all. Where no element is finite the numbers are 0.
 *
 * @param values - The elements, of whatever shape.
 * @returns As a step's record has them.
 * @throws UsageError for what is no list of numbers.
 * @example
 * const { rms, nanCount } = computeStats([1, -1, NaN]); // 1, 1
 */
export function computeStats(values: ArrayLike<number>): TensorStats {
  const all = listOf('computeStats', values);
  const x = all.filter(Number.isFinite);
  const n = Math.max(1, x.length);
  const mean = sum64(x) / n;
  const squares = sum64(x.map((v) => v * v));
  return {
    count: all.length,
    l2: Math.sqrt(squares),
    rms: Math.sqrt(squares / n),
    mean,
    std: Math.sqrt(sum64(x.map((v) => (v - mean) ** 2)) / n),
    min: x.length ? x.reduce((a, b) => Math.min(a, b)) : 0,
    max: x.length ? x.reduce((a, b) => Math.max(a, b)) : 0,
    absMean: sum64(x.map(Math.abs)) / n,
    zeroFraction: all.length ? all.filter((v) => v === 0).length / all.length : 0,
    nanCount: all.filter(Number.isNaN).length,
    infCount: all.filter((v) => Math.abs(v) === Number.POSITIVE_INFINITY).length,
  };
}

/**
 * Counts the finite |x| per bin: below the first edge (zeros left out), between two edges, from the last edge on.
 *
 * @param values - The elements, of whatever shape.
 * @param edges - Positive numbers in ascending order.
 * @returns One count more than there are edges.
 * @throws UsageError for values that are no list of numbers.
 * @example
 * computeHistogram([0, 0.5, -2, 30], [1, 10]); // [1, 1, 1]
 */
export function computeHistogram(values: ArrayLike<number>, edges: readonly number[]): number[] {
  const bounds = listOf('computeHistogram: edges', edges);
  const bins = new Array<number>(bounds.length + 1).fill(0);
  for (const value of listOf('computeHistogram', values).map(Math.abs))
    if (value > 0 && Number.isFinite(value)) bins[bounds.filter((edge) => edge <= value).length]!++;
  return bins;
}

/** The elements of a watched tensor, padding left out. */
function watched(state: InterpreterState, { value, source, taken }: ProbedTensor, weights: StatisticsAttrs['weights']): Float64Array {
  if (taken) return takenRows(state.values.get(value)!);
  if (source === 'gradients') return state.values.get(value)!.data;
  if (source === 'activations') return trueData(state, value, state.values.get(value)!);
  // How far weights of 64 bits moved is as good as what was asked for.
  return arenaOf(state, source === 'weights' ? weights : 'retained/update').get(value.name)!.data;
}

/** What stands after the head of taken rows, as long as the head says. */
function takenRows({ data }: Tensor64): Float64Array {
  return data.subarray(HEAD, HEAD + data[0]! + data[1]! * 2 ** 16);
}

function trueData(state: InterpreterState, { type }: Value, x: Tensor64): Float64Array {
  return x.data.subarray(0, trueRows(state, type) * lastOf(type));
}

function moments(_inputs: readonly Tensor64[], { weights }: StatisticsAttrs, node: Node, state: InterpreterState): Tensor64[] {
  state.moments.set(
    node.name,
    segmentsOf(node).map((segment) => computeStats(watched(state, segment, weights))),
  );
  return [];
}

function histogram(
  _inputs: readonly Tensor64[],
  { weights, edges }: StatisticsAttrs & { edges: readonly number[] },
  node: Node,
  state: InterpreterState,
): Tensor64[] {
  state.histograms.set(
    node.name,
    segmentsOf(node).map((segment) => computeHistogram(watched(state, segment, weights), edges)),
  );
  return [];
}

/** Dead: units that are zero in more than 99 % of the true rows. Saturated: activations outside the bounds. */
function unitActivity(inputs: readonly Tensor64[], { layers }: { layers: readonly ActivityLayer[] }, node: Node, state: InterpreterState): Tensor64[] {
  state.activity.set(
    node.name,
    layers.map(({ low, high, taken }, k) => {
      const { type } = node.inputs[k]!;
      const width = lastOf(taken?.type ?? type);
      const data = taken ? takenRows(inputs[k]!) : trueData(state, node.inputs[k]!, inputs[k]!);
      const rows = data.length / width;
      let dead = 0;
      for (let unit = 0; unit < width; unit++) {
        let active = 0;
        for (let r = 0; r < rows; r++) if (data[r * width + unit] !== 0) active++;
        if (active * 100 < rows) dead++;
      }
      return { dead, saturated: data.filter((value) => value < low || value > high).length };
    }),
  );
  return [];
}

/** From the covariance of the rows about their mean, between pairs of rows. */
function rowDifferences(inputs: readonly Tensor64[], _attrs: object, node: Node, state: InterpreterState): Tensor64[] {
  state.spreads.set(
    node.name,
    inputs.map(({ data }, k): RowSpread => {
      const { type } = node.inputs[k]!;
      const width = sizeOf(type.shape) / samplesOf(type);
      const rows = Array.from({ length: Math.min(samplesOf(type), state.run.rows, ROWS_COMPARED) }, (_, row) => data.subarray(row * width, (row + 1) * width));
      const mean = Array.from({ length: width }, (_, i) => sum64(rows.map((row) => row[i]!)) / rows.length);
      const centred = rows.map((row) => row.map((value, i) => value - mean[i]!));
      const product = (a: Float64Array, b: Float64Array): number => sum64(a.map((value, i) => value * b[i]!));
      const trace = sum64(centred.map((row) => product(row, row)));
      const squares = sum64(centred.flatMap((row) => centred.map((other) => product(row, other) ** 2)));
      return trace === 0
        ? { effectiveRank: 0, rowSpread: 0 }
        : { effectiveRank: trace ** 2 / squares, rowSpread: trace / sum64(rows.map((row) => product(row, row))) };
    }),
  );
  return [];
}

function segmentNorm(inputs: readonly Tensor64[], { sums }: SegmentNormAttrs, node: Node, state: InterpreterState): Tensor64[] {
  state.norms.set(
    node.name,
    inputs.slice(sums).map(({ data }) => computeStats(data).l2),
  );
  return [];
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(momentsOp, moments),
  twin(histogramOp, histogram),
  twin(unitActivityOp, unitActivity),
  twin(rowDifferencesOp, rowDifferences),
  twin(segmentNormOp, segmentNorm),
  twin(clearRowOp, () => []),
];
