// ONNX's convolutions and pools of images and sequences, whose channels are first.
import type { Graph, Value } from '../../src/graph/graph.ts';
import { convTranspose2dOp } from '../../src/ops/conv_transpose2d.ts';
import { conv2dOp } from '../../src/ops/conv2d.ts';
import { avgPool2dOp, maxPool2dOp } from '../../src/ops/pool2d.ts';
import * as ops from '../../src/ops/public.ts';
import type { Pair, Sides } from '../../src/ops/windows.ts';
import { Skip } from './format.ts';
import { onChannelsLast } from './functions.ts';

/** A node as these operations read it. */
export interface ImageCall {
  readonly graph: Graph;
  // biome-ignore lint/suspicious/noExplicitAny: attributes of any operation
  readonly attrs: any;
  has(i: number): boolean;
  value(i: number): Value;
}

/** [batch, channels, time] as images of one row. */
const asImages = (x: Value): Value => (x.type.shape.length === 3 ? ops.reshape(x, x.type.shape.toSpliced(2, 0, 1)) : x);
const asBefore = (y: Value, x: Value): Value => (x.type.shape.length === 3 ? ops.reshape(y, y.type.shape.toSpliced(2, 1)) : y);

const pair = (given: number[] | undefined, otherwise: number): Pair => (given ? [given.at(-2) ?? otherwise, given.at(-1)!] : [otherwise, otherwise]);

/** Padding on both sides of an axis so that it is `total` in all, behind where it is negative. */
const split = (total: number, lower: boolean): Pair =>
  total < 0 ? [0, total] : lower ? [Math.ceil(total / 2), Math.floor(total / 2)] : [Math.floor(total / 2), Math.ceil(total / 2)];

interface Windows {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Sides;
}

/** Windows over images, and their padding where it is to keep the size. */
function windowsOf(op: string, { attrs }: ImageCall, x: Value, kernel: readonly number[]): Windows {
  if (x.type.shape.length > 4) throw new Skip(`${op} in three dimensions`);
  const [stride, dilation, size] = [
    pair(attrs.strides, 1),
    pair(attrs.dilations, 1),
    x.type.shape.length === 3 ? [1, x.type.shape[2]!] : x.type.shape.slice(2),
  ];
  const windows = { kernel: pair([...kernel], 1), stride, dilation };
  if (attrs.auto_pad?.startsWith('SAME')) {
    const sides = ([0, 1] as const).map((d) => {
      const reach = dilation[d] * (windows.kernel[d] - 1) + 1;
      return split(Math.max(0, (Math.ceil(size[d]! / stride[d]) - 1) * stride[d] + reach - size[d]!), attrs.auto_pad === 'SAME_LOWER');
    });
    return { ...windows, padding: sides.flat() as unknown as Sides };
  }
  const pads: number[] = attrs.pads ?? [];
  const half = pads.length / 2;
  const along = (d: 0 | 1): Pair => (half > 1 - d ? [pads[half - 2 + d]!, pads[pads.length - 2 + d]!] : [0, 0]);
  return { ...windows, padding: [...along(0), ...along(1)] as unknown as Sides };
}

function convolution(call: ImageCall): Value[] {
  const [x, w] = [call.value(0), call.value(1)];
  const { kernel: _, ...windows } = windowsOf('Conv', call, x, w.type.shape.slice(2));
  const weight = ops.transpose(asImages(w), [2, 3, 1, 0]);
  const convolved = (images: Value): Value => biased(call, call.graph.apply(conv2dOp, [images, weight], { ...windows, groups: call.attrs.group ?? 1 })[0]!);
  return [asBefore(onChannelsLast(asImages(x), convolved), x)];
}

const biased = (call: ImageCall, y: Value): Value => (call.has(2) ? ops.add(y, call.value(2)) : y);

function transposed(call: ImageCall): Value[] {
  const { attrs } = call;
  const [x, w] = [call.value(0), call.value(1)];
  const { kernel, ...windows } = windowsOf('ConvTranspose', { ...call, attrs: { ...attrs, auto_pad: undefined } }, x, w.type.shape.slice(2));
  const more = pair(attrs.output_padding, 0);
  const size = [...asImages(x).type.shape.slice(2)];
  const wanted: number[] | undefined =
    attrs.output_shape ?? (attrs.auto_pad?.startsWith('SAME') ? size.map((n, d) => n * windows.stride[d as 0 | 1]) : undefined);
  const groups = attrs.group ?? 1;
  // Our weight [height, width, filters / groups, channels], ONNX's [channels, filters / groups, height, width].
  const weight = ops.transpose(asImages(w), [2, 3, 1, 0]);
  const sides = (d: 0 | 1): Pair =>
    wanted
      ? split(fullSize(size[d]!, kernel[d], windows, d) + more[d] - wanted[d]!, attrs.auto_pad !== 'SAME_UPPER')
      : [windows.padding[2 * d]!, windows.padding[2 * d + 1]!];
  // What is more of the result is less of the padding behind.
  const [[top, bottom], [left, right]] = [sides(0), sides(1)];
  const padding: Sides = [top, bottom - more[0], left, right - more[1]];
  const spread = (images: Value): Value => biased(call, call.graph.apply(convTranspose2dOp, [images, weight], { ...windows, padding, groups })[0]!);
  return [asBefore(onChannelsLast(asImages(x), spread), x)];
}

/** How long an axis of the result is without padding. */
const fullSize = (count: number, kernel: number, { stride, dilation }: Omit<Windows, 'kernel'>, d: 0 | 1): number =>
  (count - 1) * stride[d] + dilation[d] * (kernel - 1) + 1;

const pool =
  (op: typeof maxPool2dOp, name: string) =>
  (call: ImageCall): Value[] => {
    const { attrs, graph } = call;
    const x = call.value(0);
    const windows = windowsOf(name, call, x, attrs.kernel_shape);
    if (op === avgPool2dOp && windows.dilation.some((d) => d > 1)) throw new Skip(`${name} with dilations`);
    if (windows.padding.some((each, side) => each > (windows.dilation[side >> 1]! * (windows.kernel[side >> 1]! - 1) + 1) / 2))
      throw new Skip(`${name} with padding of more than half a window`);
    const all = { ...windows, ceil: attrs.ceil_mode === 1, countIncludePad: attrs.count_include_pad === 1 };
    return [
      asBefore(
        onChannelsLast(asImages(x), (images) => graph.apply(op, [images], all)[0]!),
        x,
      ),
    ];
  };

export const IMAGE_NODES = {
  Conv: convolution,
  ConvTranspose: transposed,
  MaxPool: pool(maxPool2dOp, 'MaxPool'),
  AveragePool: pool(avgPool2dOp, 'AveragePool'),
};
