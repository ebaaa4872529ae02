// Partial sums of squares.
import laneSquaresText from '../../shaders/lib/lane_squares.wgsl';
import text from '../../shaders/squared_norm.wgsl';
import type { Value } from '../graph/graph.ts';
import type { BufferName, Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { NORM_CHUNK, normChunks } from './end_step.ts';
import { kernelsFor, lanesOf } from './kernel_choice.ts';
import { FINITE, GRID, NORM, persistent } from './kernels.ts';

export const LANE_SQUARES: Source = { file: 'lib/lane_squares', text: laneSquaresText };

export const squaredNormKernel = kernel('squared_norm', text, {
  bindings: { values: 'read', chunks: 'read', partials: 'read_write' },
  params: { chunks: 'u32', first: 'u32' },
  overrides: { LANES: 64 },
});
/** Chunks (first vec4, elements) of segments that start at multiples of 4 words. */
export function chunksOf(segments: readonly { offset: number; size: number }[], chunk: number): Uint32Array {
  const words: number[] = [];
  for (const { offset, size } of segments) for (let at = 0; at < size; at += chunk) words.push((offset + at) / 4, Math.min(chunk, size - at));
  return Uint32Array.from(words);
}

/** Chunks of tensors. */
export const sumChunks = (values: readonly Value[]): number => values.reduce((n, { type }) => n + normChunks(type), 0);

/** What the sums are of: tensors that lie in one buffer. */
export interface Squares {
  readonly buffer: BufferName;
  readonly of: readonly Value[];
  /** The name of the table of their chunks. */
  readonly table: string;
  /** Where the sums go: from the row `first` on, 0 by default. */
  readonly sums: Value;
  readonly first?: number;
}

/** Emits the sum of squares of each chunk, a workgroup for each; returns how many there are. */
export function emitSquares(emit: Emitter, { buffer, of, table, sums, first = 0 }: Squares): number {
  const count = sumChunks(of);
  emit.dispatch({
    kernel: squaredNormKernel,
    link: [GRID, FINITE, NORM, LANE_SQUARES],
    overrides: lanesOf(kernelsFor(emit.capabilities)),
    params: { chunks: count, first },
    bindings: {
      values: persistent(buffer),
      chunks: { kind: 'table', name: table, words: count * 2, fill: (place) => chunksOf(of.map(place), NORM_CHUNK) },
      partials: sums,
    },
    workgroups: [count],
    reads: of,
  });
  return count;
}
