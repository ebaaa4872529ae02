// The end of the backward pass: global norm, regularization_losses, loss, clipping, the check for non-finite values and the log.
import endStepText from '../../shaders/end_step.wgsl';
import segmentNormText from '../../shaders/segment_norm.wgsl';
import squaredNormText from '../../shaders/squared_norm.wgsl';
import type { Value } from '../graph/graph.ts';
import type { BufferName, Emitter, Op, Place, Table } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { f32, sizeOf, type TensorType } from '../shape.ts';
import { struct } from '../struct.ts';
import { kernelsFor, lanesOf } from './kernel_choice.ts';
import { FINITE, GRID, LANE_SQUARES, NORM, persistent, RING, RUN_STATE } from './kernels.ts';
import { type Ring, ringBuffer, ringParams } from './rings.ts';

/** Steps of the log ring: loss, penalty, norm and rate of every step, read back now and then. */
export const LOG_ROWS = 4096;
/** A row of the log: `LogRow` of end_step.wgsl. */
export const LOG_ROW = struct(['f32', 'loss', 'regularization_loss', 'norm', 'learning_rate', 'rows', 'epoch', 'non_finite', 'step']);
/** Elements per chunk of a norm: one workgroup's work. */
export const NORM_CHUNK = 1024;

export const squaredNormKernel = kernel('squared_norm', squaredNormText, {
  bindings: { values: 'read', chunks: 'read', partials: 'read_write' },
  params: { chunks: 'u32', first: 'u32' },
  overrides: { LANES: 64 },
});
export const segmentNormKernel = kernel('segment_norm', segmentNormText, {
  bindings: { partials: 'read', values: 'read', tensors: 'read', run: 'read', ring: 'read_write' },
  params: { tensors: 'u32', every: 'u32', rows: 'u32' },
  overrides: { LANES: 256 },
});
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

/** Chunks (first vec4, elements) of segments that start at multiples of 4 words. */
export function chunksOf(segments: readonly { offset: number; size: number }[], chunk: number): Uint32Array {
  const words: number[] = [];
  for (const { offset, size } of segments) for (let at = 0; at < size; at += chunk) words.push((offset + at) / 4, Math.min(chunk, size - at));
  return Uint32Array.from(words);
}

const normChunks = (type: TensorType): number => Math.ceil(sizeOf(type.shape) / NORM_CHUNK);
const sumChunks = (values: readonly Value[]): number => values.reduce((n, value) => n + normChunks(value.type), 0);

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
  lower: (emit, node) => {
    const count = sumChunks(node.inputs);
    const chunks: Table = { kind: 'table', name: `${node.name}/chunks`, words: count * 2, fill: (place) => chunksOf(node.inputs.map(place), NORM_CHUNK) };
    emit.dispatch({
      kernel: squaredNormKernel,
      link: [GRID, FINITE, NORM, LANE_SQUARES],
      overrides: lanesOf(kernelsFor(emit.capabilities)),
      params: { chunks: count, first: 0 },
      bindings: { values: persistent('gradients'), chunks, partials: node.outputs[0]! },
      workgroups: [count],
      reads: node.inputs,
    });
  },
};

export interface SegmentNormAttrs {
  /** How many of the inputs, the first, are partial sums of squares. */
  readonly sums: number;
  /** How many of the inputs, the next, have their norms from their elements: deltas, whose padded rows are zero. */
  readonly deltas: number;
  /** Of each of the other inputs, whose norms come from partial sums: which sums, the first of them and how many. */
  readonly segments: readonly (readonly [sums: number, first: number, count: number])[];
  readonly ring: Ring;
}

/** Elements from which on a delta's norm comes from partial sums. */
const LARGE_DELTA = 2 ** 20;

/** Emits the partial sums of squares of large deltas, so that no invocation goes through one nearly alone: a dispatch per buffer. Gives the place of each delta's. */
function emitDeltaSums(emit: Emitter, name: string, deltas: ReadonlyMap<BufferName, readonly Value[]>, sums: Value): Map<Value, [number, number]> {
  const places = new Map<Value, [number, number]>();
  let first = 0;
  for (const [buffer, own] of deltas) {
    const count = sumChunks(own);
    const chunks: Table = { kind: 'table', name: `${name}/chunks ${buffer}`, words: count * 2, fill: (place) => chunksOf(own.map(place), NORM_CHUNK) };
    emit.dispatch({
      kernel: squaredNormKernel,
      link: [GRID, FINITE, NORM, LANE_SQUARES],
      overrides: lanesOf(kernelsFor(emit.capabilities)),
      params: { chunks: count, first },
      bindings: { values: persistent(buffer), chunks, partials: sums },
      workgroups: [count],
    });
    chunkSegments(own, own).forEach(([at, many], i) => {
      places.set(own[i]!, [first + at, many]);
    });
    first += count;
  }
  return places;
}

/** A row of the kernel's table: first partial sum and number of them, first vec4 and number of elements. All zero: another dispatch's tensor. */
type NormRow = readonly [number, number, number, number];

/**
 * L2 norms of single tensors into a ring: one dispatch, but where the deltas lie in several buffers, or partial sums do, as many as there are of either. Inputs:
 * partial sums, deltas, and the tensors whose partial sums these are; the ring has the norms of all but the first.
 */
export const segmentNormOp: Op<SegmentNormAttrs> = {
  name: 'segment_norm',
  effect: true,
  moveSums: ({ inputs, attrs }, { segmentOf }) => {
    const found = inputs.slice(attrs.sums + attrs.deltas).map(segmentOf);
    const sums = [...new Set(found.map((segment) => segment.sums))];
    const segments = found.map((segment) => [sums.indexOf(segment.sums), segment.first, segment.count] as const);
    return { inputs: [...sums, ...inputs.slice(attrs.sums)], attrs: { ...attrs, sums: sums.length, segments } };
  },
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { sums, segments, ring } = node.attrs;
    const deltas = node.inputs.slice(sums, sums + node.attrs.deltas);
    const choice = kernelsFor(emit.capabilities);
    const large = choice.shares && deltas.some(({ type }) => sizeOf(type.shape) > LARGE_DELTA);
    const count = deltas.length + segments.length;
    const deltaSums = large ? [emit.scratch('delta_sums', sumChunks(deltas) * 2)] : [];
    emit.walk({ reads: node.inputs, apart: deltaSums }, (bufferOf) => {
      const buffers = [...new Set(deltas.map(bufferOf))];
      const ofBuffers = new Map(buffers.map((buffer) => [buffer, deltas.filter((value) => bufferOf(value) === buffer)]));
      const places = large ? emitDeltaSums(emit, node.name, ofBuffers, deltaSums[0]!) : new Map<Value, [number, number]>();
      /** Where the partial sums of each tensor that has some are. */
      const sources = segments.map(([of]) => node.inputs[of]!);
      const partials = [...new Set([...deltaSums, ...sources])];
      const elements = large ? [] : buffers;
      for (let part = 0; part < Math.max(1, partials.length, elements.length); part++) {
        const from = partials[part];
        const buffer = elements[part];
        const nothing: NormRow = [0, 0, 0, 0];
        const rowOf = (value: Value, place: Place): NormRow => {
          const segment = places.get(value);
          if (segment) return from === deltaSums[0] ? [...segment, 0, 0] : nothing;
          return bufferOf(value) === buffer ? [0, 0, place.offset / 4, place.size] : nothing;
        };
        const fill = (place: (value: Value) => Place): Uint32Array =>
          Uint32Array.from([
            ...deltas.flatMap((value) => rowOf(value, place(value))),
            ...segments.flatMap(([, first, chunks], i) => (sources[i] === from ? [first, chunks, 0, 0] : nothing)),
          ]);
        emit.dispatch({
          kernel: segmentNormKernel,
          link: [GRID, RUN_STATE, RING, FINITE, NORM, LANE_SQUARES],
          overrides: lanesOf(choice),
          params: { tensors: count, ...ringParams(ring) },
          bindings: {
            partials: from ?? node.inputs[0]!,
            values: persistent(buffer ?? 'activations'),
            tensors: { kind: 'table', name: `${node.name}/tensors${part || ''}`, words: count * 4, fill },
            run: persistent('run'),
            ring: ringBuffer(ring),
          },
          workgroups: [count],
        });
      }
    });
  },
};

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
    const [losses, ...sums] = node.inputs as [Value, ...Value[]];
    const [weight, regularization_losses, partials, tiles] = [0, 1, 2, 3].map((rank) => sums.find((value) => value.type.shape.length === rank));
    emit.dispatch({
      kernel: endStepKernel,
      link: [RUN_STATE, FINITE, NORM],
      overrides: { WIDTH: kernelsFor(emit.capabilities).shares ? 256 : 64 },
      params: {
        rows: losses.type.shape[0]!,
        rows_per_sample: Math.max(1, losses.type.rowsPerSample),
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
    });
  },
};
