// The end of the backward pass: global norm, regularization_losses, loss, clipping, the check for non-finite values and the log.
import endStepText from '../../shaders/end_step.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { f32, sizeOf, type TensorType } from '../shape.ts';
import { struct } from '../struct.ts';
import { kernelsFor, kernelsOf } from './kernel_choice.ts';
import { FINITE, NORM, persistent, RUN_STATE, WALKED } from './kernels.ts';

/** Steps of the log ring: loss, penalty, norm and rate of every step, read back now and then. */
export const LOG_ROWS = 4096;
/** A row of the log: `LogRow` of end_step.wgsl. */
export const LOG_ROW = struct(['f32', 'loss', 'regularization_loss', 'norm', 'learning_rate', 'rows', 'epoch', 'non_finite', 'step']);
/** Elements per chunk of a norm: one workgroup's work. */
export const NORM_CHUNK = 1024;

export const endStepKernel = kernel('end_step', endStepText, {
  bindings: {
    losses: 'read_write',
    partials: 'read_write',
    tiles: 'read_write',
    regularization_losses: 'read_write',
    run: 'read_write',
    log: 'read_write',
    weight: 'read_write',
  },
  params: {
    rows: 'u32',
    rows_per_sample: 'u32',
    partials: 'u32',
    tiles: 'u32',
    regularization_losses: 'u32',
    max_norm: 'f32',
    beta1: 'f32',
    beta2: 'f32',
    log_rows: 'u32',
    weighted: 'u32',
  },
  overrides: { WIDTH: 64 },
});

export const normChunks = (type: TensorType): number => Math.ceil(sizeOf(type.shape) / NORM_CHUNK);

/** First chunk and chunks of each wanted tensor among the partial sums of `of`. */
export function chunkSegments(of: readonly Value[], wanted: readonly Value[]): [number, number][] {
  const places = new Map<Value, [number, number]>();
  let at = 0;
  for (const value of of) {
    places.set(value, [at, normChunks(value.type)]);
    at += normChunks(value.type);
  }
  return wanted.map((value) => places.get(value)!);
}

/** Partial sums of squares of all inputs, which lie in the gradient arena; a chunk per workgroup. */
export const squaredNormOp: Op<Record<never, never>> = {
  name: 'squared_norm',
  infer: (inputs) => [
    f32(
      inputs.reduce((n, type) => n + normChunks(type), 0),
      2,
    ),
  ],
  vjp: null,
  lower: (emit, { name, inputs, outputs }) =>
    kernelsOf('seldom').emitSquares(emit, { buffer: 'gradients', of: inputs, table: `${name}/chunks`, sums: outputs[0]! }),
};

/** Losses that the one workgroup of the end of a step adds up; the sum of more is made before, in pieces. */
const MOST_LOSSES = 2 ** 18;

export interface EndStepAttrs {
  /** Largest global norm; 0 leaves the gradient as it is. */
  readonly maxNorm: number;
  readonly beta1: number;
  readonly beta2: number;
}

/**
 * Inputs: losses [rows], partial sums of squares, and partial regularization_losses [n] where there are any. Those sums are of chunks [n, 2], of the tiles of grouped
 * weight gradients [2, n, 2], or both. Last the weight of all rows, a scalar, where the loss is a mean over it.
 */
export const endStepOp: Op<EndStepAttrs> = {
  name: 'end_step',
  effect: true,
  moveSums: ({ inputs, attrs }, { from, to }) => ({ inputs: inputs.flatMap((value) => (value === from ? to : [value])), attrs }),
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { maxNorm, beta1, beta2 } = node.attrs;
    const [all, ...sums] = node.inputs as [Value, ...Value[]];
    const [weight, regularization_losses, partials, tiles] = [0, 1, 2, 3].map((rank) => sums.find((value) => value.type.shape.length === rank));
    const losses = all.type.shape[0]! > MOST_LOSSES ? kernelsOf('seldom').emitTotal(emit, all) : all;
    const rows = losses.type.shape[0]!;
    emit.dispatch({
      kernel: endStepKernel,
      link: [RUN_STATE, FINITE, NORM],
      overrides: { WIDTH: kernelsFor(emit.capabilities).shares ? 256 : 64 },
      params: {
        rows,
        rows_per_sample: Math.max(1, all.type.rowsPerSample),
        partials: partials ? partials.type.shape[0]! : 0,
        tiles: tiles ? sizeOf(tiles.type.shape) / 2 : 0,
        regularization_losses: regularization_losses ? regularization_losses.type.shape[0]! : 0,
        max_norm: maxNorm,
        beta1,
        beta2,
        log_rows: LOG_ROWS,
        weighted: weight ? 1 : 0,
      },
      bindings: {
        losses,
        partials: partials ?? emit.scratch('no_partials', 4),
        tiles: tiles ?? emit.scratch('no_tiles', 4),
        regularization_losses: regularization_losses ?? emit.scratch('no_regularization_losses', 4),
        run: persistent('run'),
        log: persistent('log'),
        weight: weight ?? emit.scratch('no_weight', 4),
      },
      workgroups: [1],
      work: WALKED * rows,
    });
  },
};
