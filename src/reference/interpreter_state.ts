// What the GPU holds besides the values of a graph, in float64: arenas, data sets, the run state. The reference of an op reads
// and writes it where the op itself has an effect.
import { requireObject, show, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import type { BufferName } from '../graph/op.ts';
import type { TensorStats } from '../inspect/history.ts';
import type { RowSpread } from '../ops/row_differences.ts';
import type { Key } from '../random.ts';
import { rowsOf, sizeOf, type TensorType } from '../shape.ts';
import type { Tensor64 } from './tensor64.ts';

/** Tensors of an arena by the path of their parameter. */
export type Arena64 = Map<string, Tensor64>;

/** The twin of shaders/lib/run_state.wgsl, without Adam's running corrections: the reference takes powers. */
export interface Run64 {
  /** Steps begun. */
  step: number;
  /** True rows of the batch; the rows after them are padding. */
  rows: number;
  /** True rows of all batches of the step so far. */
  rowsInStep: number;
  /** The first row of the batch, in the order of the epoch. */
  batchStart: number;
  /** Epochs completed. */
  epoch: number;
  /** Rows of the data set. */
  datasetSize: number;
  /** Rows of a full batch. */
  batch: number;
  /** The key of the random numbers: two 32-bit words. */
  key: Key;
  /** Whether a step was not finite and the run has stopped. */
  halted: boolean;
  /** Whether steps that are not finite are left out instead. */
  skipNonFinite: boolean;
  /** Steps left out so far. */
  skipped: number;
  /** Batches of the step so far, where several make one. */
  batches: number;
  /** The data loss of the step. */
  loss: number;
  /** The L1 and L2 penalties of the step. */
  regularizationLoss: number;
  /** The global L2 norm of the gradient, before clipping. */
  norm: number;
  /** What the gradient is multiplied with to clip it, from 0 to 1. */
  clip: number;
  /** The learning rate of the step. */
  learningRate: number;
  /** Whether loss or gradient of this step are not finite. */
  nonFinite: boolean;
}

/** What the GPU holds besides the values of a graph, in float64: arenas, data sets, the run state. */
export interface InterpreterState {
  /** The run state. */
  readonly run: Run64;
  /** Parameters, running statistics, optimizer states: tensors by path in each. */
  readonly arenas: Map<BufferName, Arena64>;
  /** Resident data sets, `data/x` and `data/y`. */
  readonly data: ReadonlyMap<BufferName, Tensor64>;
  /** The learning rate of a step, counted from 0. */
  readonly learningRateAt: (step: number) => number;
  /** Which parameter a gradient belongs to. */
  readonly gradientSlots: ReadonlyMap<Value, string>;
  /** The parameters of the graph, with their hyperparameters. */
  readonly parameters: readonly Value[];
  /** What has been computed in this step. */
  readonly values: Map<Value, Tensor64>;
  /** The input z of an activation by its output h: a derivative is a function of z, whatever the GPU saved. */
  readonly preActivations: Map<Value, Tensor64>;
  /** What the statistics saw in this step, by the name of their node, in the order of their segments. */
  readonly moments: Map<string, TensorStats[]>;
  /** Counts per bin of each watched tensor, by the name of the node. */
  readonly histograms: Map<string, number[][]>;
  /** L2 norms of the watched tensors, by the name of the node. */
  readonly norms: Map<string, number[]>;
  /** Fractions of dead units and saturated activations, by the name of the node. */
  readonly activity: Map<string, { dead: number; saturated: number }[]>;
  /** How unlike rows are in each watched tensor, by the name of the node. */
  readonly spreads: Map<string, RowSpread[]>;
}

/** What a state starts from; parameters and statistics are given by path. */
export interface InterpreterOptions {
  /** True rows of the batch; all rows of the tensors by default. */
  rows?: number;
  /** Parameters by path, with their shapes; none by default. */
  parameters?: ReadonlyMap<string, Tensor64>;
  /** Running statistics by path, with their shapes; none by default. */
  buffers?: ReadonlyMap<string, Tensor64>;
  /** Data sets by buffer, `data/x` and `data/y`; none by default. */
  data?: ReadonlyMap<BufferName, Tensor64>;
  /** Rows of the data set; `rows` by default. */
  datasetSize?: number;
  /** Rows of a full batch; `rows` by default. */
  batch?: number;
  /** The key of the random numbers; [0, 0] by default. */
  key?: Key;
  /** Whether steps that are not finite are left out; false by default: the run stops. */
  skipNonFinite?: boolean;
  /** The learning rate of a step, counted from 0; always 0 by default. */
  learningRateAt?: (step: number) => number;
  /** Which parameter a gradient belongs to; none by default. */
  gradientSlots?: ReadonlyMap<Value, string>;
}

/**
 * Makes the state before the first step.
 *
 * @param values - The values of the graph: `graph.values`.
 * @param options - Parameters and running statistics by path, data sets, batch size and learning rate.
 * @returns The state, for `interpretStep`.
 * @throws UsageError for what is no list of values.
 * @example
 * const world = createInterpreterState(graph.values, { parameters: new Map([['w', tensor64([3, 1], () => 0.1)]]), learningRateAt: () => 0.01 });
 */
export function createInterpreterState(values: readonly Value[], options: InterpreterOptions = {}): InterpreterState {
  if (!Array.isArray(values) || !Array.from(values).every((value) => Graph.of(value)))
    throw new UsageError(`createInterpreterState: expected a list of values, as graph.values is, got ${show(values)}`);
  requireObject('createInterpreterState: options', options, 'an object');
  const rows = options.rows ?? Number.POSITIVE_INFINITY;
  return {
    run: {
      step: 0,
      rows,
      rowsInStep: rows,
      batchStart: 0,
      epoch: 0,
      datasetSize: options.datasetSize ?? rows,
      batch: options.batch ?? rows,
      key: options.key ?? [0, 0],
      halted: false,
      skipNonFinite: options.skipNonFinite ?? false,
      skipped: 0,
      batches: 0,
      loss: 0,
      regularizationLoss: 0,
      norm: 0,
      clip: 1,
      learningRate: 0,
      nonFinite: false,
    },
    arenas: new Map([
      ['parameters', new Map(options.parameters)],
      ['buffers', new Map(options.buffers)],
    ]),
    data: options.data ?? new Map(),
    learningRateAt: options.learningRateAt ?? (() => 0),
    gradientSlots: options.gradientSlots ?? new Map(),
    parameters: values.filter((value) => value.origin === 'parameter'),
    values: new Map(),
    preActivations: new Map(),
    moments: new Map(),
    histograms: new Map(),
    norms: new Map(),
    activity: new Map(),
    spreads: new Map(),
  };
}

/** An arena by name, empty at first. */
export function arenaOf(state: InterpreterState, name: BufferName): Arena64 {
  let arena = state.arenas.get(name);
  if (!arena) {
    arena = new Map();
    state.arenas.set(name, arena);
  }
  return arena;
}

/** Rows of the last axis that count: those of the true samples of a batch, all of other tensors. */
export function trueRows(state: InterpreterState, type: TensorType): number {
  const { rows, rowsPerSample } = rowsOf(type);
  return rowsPerSample === 0 ? rows : Math.min(state.run.rows * rowsPerSample, rows);
}

/** Elements that count, of whatever shape. */
export function trueElements(state: InterpreterState, { shape, rowsPerSample }: TensorType): number {
  const size = sizeOf(shape);
  return rowsPerSample === 0 ? size : Math.min(state.run.rows * rowsPerSample * (size / shape[0]!), size);
}
