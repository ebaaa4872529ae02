// Pools of images, window by window.
import type { Node } from '../graph/graph.ts';
import { avgPool2dGradOp, avgPool2dOp, maxPool2dGradOp, maxPool2dOp, type PoolAttrs } from '../ops/pool2d.ts';
import type { InterpreterState } from './interpreter_state.ts';
import { sum64, type Tensor64, zeros64 } from './tensor64.ts';
import { type Twin, twin } from './twin.ts';

/** The pixels of a window: their indexes among the numbers, and in their image. */
interface Seen {
  readonly at: number[];
  readonly pixels: number[];
  /** What a mean divides by. */
  readonly size: number;
}

/** Every window with its index in the output. */
function* eachWindow(images: readonly number[], windows: readonly number[], attrs: PoolAttrs): Generator<[index: number, seen: Seen]> {
  const [batch, height, width, channels] = images as [number, number, number, number];
  const [, rows, columns] = windows as [number, number, number, number];
  const { kernel, stride, padding, dilation, countIncludePad } = attrs;
  let index = 0;
  for (let n = 0; n < batch; n++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let c = 0; c < channels; c++) {
          const [at, pixels]: [number[], number[]] = [[], []];
          let padded = 0;
          for (let ky = 0; ky < kernel[0]; ky++)
            for (let kx = 0; kx < kernel[1]; kx++) {
              const y = i * stride[0] - padding[0] + ky * dilation[0];
              const x = j * stride[1] - padding[2] + kx * dilation[1];
              if (y < height + padding[1] && x < width + padding[3]) padded++;
              if (y < 0 || x < 0 || y >= height || x >= width) continue;
              pixels.push(y * width + x);
              at.push((n * height * width + y * width + x) * channels + c);
            }
          yield [index++, { at, pixels, size: countIncludePad ? padded : at.length }];
        }
}

/** The largest of each window of x, and its place, where z is what an activation made x of: the derivative behind the pool is looked up by the same pixel's. */
export function maxPooled(x: Tensor64, z: Tensor64 | undefined, attrs: PoolAttrs, { outputs }: Node, state: InterpreterState): Tensor64[] {
  const y = zeros64(outputs[0]!.type.shape);
  const indices = zeros64(y.shape);
  const pooledZ = z && zeros64(y.shape);
  if (pooledZ) state.preActivations.set(outputs[0]!, pooledZ);
  for (const [index, { at, pixels }] of eachWindow(x.shape, y.shape, attrs)) {
    let best = 0;
    at.forEach((place, i) => {
      const value = x.data[place]!;
      if (value > x.data[at[best]!]! || Number.isNaN(value)) best = i;
    });
    y.data[index] = x.data[at[best]!]!;
    indices.data[index] = pixels[best]!;
    if (pooledZ) pooledZ.data[index] = z.data[at[best]!]!;
  }
  return [y, indices];
}

/** The twins of this file. */
export const TWINS: readonly Twin[] = [
  twin(maxPool2dOp, ([x], attrs, node, state) => maxPooled(x!, state.preActivations.get(node.inputs[0]!), attrs, node, state)),
  twin(maxPool2dGradOp, ([dy, indices], attrs) => {
    const dx = zeros64(attrs.shape);
    for (const [index, { at, pixels }] of eachWindow(attrs.shape, dy!.shape, attrs)) {
      const place = at[pixels.indexOf(indices!.data[index]!)];
      if (place !== undefined) dx.data[place]! += dy!.data[index]!;
    }
    return [dx];
  }),
  twin(avgPool2dOp, ([x], attrs, node) => {
    const y = zeros64(node.outputs[0]!.type.shape);
    for (const [index, { at, size }] of eachWindow(x!.shape, y.shape, attrs)) y.data[index] = sum64(at.map((place) => x!.data[place]!)) / size;
    return [y];
  }),
  twin(avgPool2dGradOp, ([dy], attrs) => {
    const dx = zeros64(attrs.shape);
    for (const [index, { at, size }] of eachWindow(attrs.shape, dy!.shape, attrs)) for (const place of at) dx.data[place]! += dy!.data[index]! / size;
    return [dx];
  }),
];
