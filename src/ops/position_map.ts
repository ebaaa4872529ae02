// Which positions of an image meet in which positions of the next: what convolutions, pools and padding are to the prediction of signals. One law holds for
// all of them (THEORY, Convolution and norms): M[p, i] taps join position p of the output with position i of the input.
import type { Pair, Windows } from './windows.ts';

/** The input position that each tap of each output position sees, -1 for padding. */
export interface PositionMap {
  readonly inputs: number;
  readonly outputs: number;
  /** Taps of an output position. */
  readonly taps: number;
  /** [outputs, taps] */
  readonly inputOf: Int32Array;
}

const sizeOf = (image: readonly number[]): number => image.reduce((product, n) => product * n, 1);

/** Fills a map of images: `source` gives the input row and column that a tap of an output position sees; what is none lies outside. */
function mapOf(from: Pair, to: Pair, kernel: Pair, source: (d: 0 | 1, at: number, tap: number) => number): PositionMap {
  const taps = sizeOf(kernel);
  const inputOf = new Int32Array(sizeOf(to) * taps);
  let at = 0;
  for (let y = 0; y < to[0]; y++)
    for (let x = 0; x < to[1]; x++)
      for (let i = 0; i < kernel[0]; i++)
        for (let j = 0; j < kernel[1]; j++) {
          const [row, column] = [source(0, y, i), source(1, x, j)];
          const inside = Number.isInteger(row) && Number.isInteger(column) && row >= 0 && row < from[0] && column >= 0 && column < from[1];
          inputOf[at++] = inside ? row * from[1] + column : -1;
        }
  return { inputs: sizeOf(from), outputs: sizeOf(to), taps, inputOf };
}

/** Windows that slide over an image: of a convolution or a pool. */
export function windowMap(from: Pair, to: Pair, kernel: Pair, { stride, padding, dilation }: Windows): PositionMap {
  const before = [padding[0], padding[2]];
  return mapOf(from, to, kernel, (d, at, tap) => at * stride[d] - before[d]! + tap * dilation[d]);
}

/** The same read backwards: every pixel is spread over a window, of a transposed convolution. */
export function spreadMap(from: Pair, to: Pair, kernel: Pair, { stride, padding, dilation }: Windows): PositionMap {
  const before = [padding[0], padding[2]];
  return mapOf(from, to, kernel, (d, at, tap) => (at + before[d]! - tap * dilation[d]) / stride[d]);
}

/** All positions in one window. */
export function wholeMap(positions: number): PositionMap {
  return { inputs: positions, outputs: 1, taps: positions, inputOf: Int32Array.from({ length: positions }, (_, i) => i) };
}

/** For every output position the sum over its taps. */
export function gather({ outputs, taps, inputOf }: PositionMap, values: Float64Array): Float64Array {
  const result = new Float64Array(outputs);
  for (let p = 0; p < outputs; p++)
    for (let k = 0; k < taps; k++) {
      const i = inputOf[p * taps + k]!;
      if (i >= 0) result[p] = result[p]! + values[i]!;
    }
  return result;
}

/** Its transpose: every input position gets the sum over the outputs that see it. */
export function scatter({ inputs, outputs, taps, inputOf }: PositionMap, values: Float64Array): Float64Array {
  const result = new Float64Array(inputs);
  for (let p = 0; p < outputs; p++)
    for (let k = 0; k < taps; k++) {
      const i = inputOf[p * taps + k]!;
      if (i >= 0) result[i] = result[i]! + values[p]!;
    }
  return result;
}

/** Whether no two windows share a position. */
export function isPartition({ inputs, inputOf }: PositionMap): boolean {
  const seen = new Uint8Array(inputs);
  return inputOf.every((i) => {
    if (i < 0) return true;
    seen[i] = seen[i]! + 1;
    return seen[i] === 1;
  });
}

/** Taps of each output position that fall on the image. */
export function tapsInside(map: PositionMap): Float64Array {
  return gather(map, new Float64Array(map.inputs).fill(1));
}

/** What each window's sum of a mean is divided by: its positions, or those of them that fall on the image. */
export function windowCounts(map: PositionMap, padding: boolean): Float64Array {
  return padding ? new Float64Array(map.outputs).fill(map.taps) : tapsInside(map);
}
