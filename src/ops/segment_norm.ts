// The norms of single tensors.
import text from '../../shaders/segment_norm.wgsl';
import type { Value } from '../graph/graph.ts';
import type { BufferName, Emitter, Op, Place } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { chunkSegments } from './end_step.ts';
import { kernelsFor, kernelsOf, lanesOf } from './kernel_choice.ts';
import { FINITE, GRID, NORM, persistent, RING, RUN_STATE } from './kernels.ts';
import { type Ring, ringBuffer, ringParams } from './rings.ts';

export const segmentNormKernel = kernel('segment_norm', text, {
  bindings: { partials: 'read', values: 'read', tensors: 'read', run: 'read', ring: 'read_write' },
  params: { tensors: 'u32', every: 'u32', rows: 'u32' },
  overrides: { LANES: 256 },
});

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
    const count = kernelsOf('seldom').emitSquares(emit, { buffer, of: own, table: `${name}/chunks ${buffer}`, sums, first });
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
    const deltaSums = large ? [emit.scratch('delta_sums', kernelsOf('seldom').sumChunks(deltas) * 2)] : [];
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
          link: [GRID, RUN_STATE, RING, FINITE, NORM, kernelsOf('seldom').LANE_SQUARES],
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
