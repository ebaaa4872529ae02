// Transposed convolutions of images, channels last: a convolution read backwards. Its result is the convolution's gradient of the images, its gradients are the
// convolution's result and its gradient of the weight, so it has no kernel of its own.
import { ShapeError, UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { type OptionTable, withOptions } from '../option_table.ts';
import { shapeText, type TensorType } from '../shape.ts';
import { type Conv2dAttrs, type Conv2dOptions, conv2dInputGradOp, conv2dOp, conv2dWeightGradOp, groupsOption } from './conv2d.ts';
import { linearInFirst, requireNoBatch } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { evenPadding, type Pair, type PairOption, pairOf, pairOption, requireImages, type Windows } from './windows.ts';

export interface ConvTranspose2dAttrs extends Conv2dAttrs {
  /** Rows below and columns to the right that no window need reach: several sizes have windows in the same number, and this says which is meant. */
  readonly outputPadding: Pair;
}

/** How long an axis is on which `count` windows lie. */
const spanOf = (count: number, kernel: number, { stride, padding, dilation }: Windows, outputPadding: Pair, d: 0 | 1): number =>
  (count - 1) * stride[d] - padding[2 * d]! - padding[2 * d + 1]! + dilation[d] * (kernel - 1) + 1 + outputPadding[d];

/** Height and width of images of which a convolution would make `image`. */
export function spreadOver(image: Pair, kernel: Pair, attrs: ConvTranspose2dAttrs): Pair {
  return [spanOf(image[0], kernel[0], attrs, attrs.outputPadding, 0), spanOf(image[1], kernel[1], attrs, attrs.outputPadding, 1)];
}

/** [batch, height, width, filters]. Throws ShapeError where images and weight do not fit. */
function spread(where: string, x: TensorType, w: TensorType, attrs: ConvTranspose2dAttrs): TensorType {
  requireNoBatch(`${where}, weight`, w, 'put the batch on the left');
  requireImages(where, x);
  if (w.shape.length !== 4) throw new ShapeError(`${where}: expected a weight [height, width, filters / groups, channels], got ${shapeText(w.shape)}`);
  const [kernelHeight, kernelWidth, filters, channels] = w.shape as [number, number, number, number];
  if (channels !== x.shape[3] || channels % attrs.groups !== 0)
    throw new ShapeError(
      `${where}: expected a weight for ${x.shape[3]} channels${attrs.groups > 1 ? ` in ${attrs.groups} groups` : ''}, got ${shapeText(w.shape)} for images ${shapeText(x.shape)}`,
    );
  const [height, width] = spreadOver([x.shape[1]!, x.shape[2]!], [kernelHeight, kernelWidth], attrs);
  if (height < 1 || width < 1) throw new ShapeError(`${where}: padding of ${shapeText(attrs.padding)} leaves nothing of images ${shapeText(x.shape)}`);
  return { ...x, shape: [x.shape[0]!, height, width, filters * attrs.groups] };
}

/** y [batch, height, width, filters] of images x [batch, height, width, channels] and a weight [height, width, filters / groups, channels]. */
export const convTranspose2dOp: Op<ConvTranspose2dAttrs> = {
  name: 'conv_transpose2d',
  padding: linearInFirst,
  // A pixel sees a tap in every `stride` of a window, for each channel of its group.
  signal: {
    kind: 'product',
    weights: [1],
    fanIn: ([, w], { groups, stride }: ConvTranspose2dAttrs) =>
      Math.ceil(w!.shape[0]! / stride[0]) * Math.ceil(w!.shape[1]! / stride[1]) * (w!.shape[3]! / groups),
  },
  infer: ([x, w], attrs, where) => [spread(`conv_transpose2d at ${where}`, x!, w!, attrs)],
  vjp: (graph, node, [dy]) => {
    const [x, w] = node.inputs as [Value, Value];
    const dx = graph.apply(conv2dOp, [dy!, w], node.attrs, `${node.name}/dx`)[0]!;
    const operands = [fillPadding(graph, dy!, 0), fillPadding(graph, x, 0, true)];
    return [dx, graph.apply(conv2dWeightGradOp, operands, { ...node.attrs, shape: w.type.shape }, `${node.name}/dw`)[0]!];
  },
  lower: (emit, node) => conv2dInputGradOp.lower!(emit, { ...node, op: conv2dInputGradOp, attrs: { ...node.attrs, shape: node.outputs[0]!.type.shape } }),
};

/** Options of `convTranspose2d`: those of the convolution that it reads backwards, and which of the sizes with so many windows is meant. */
export interface ConvTranspose2dOptions extends Pick<Conv2dOptions, 'stride' | 'dilation' | 'groups'> {
  /** Pixels that are cut off around the result: a number or [height, width]; 0 by default. */
  padding?: PairOption;
  /** Rows and columns more, below and to the right: a number or [height, width], less than `stride`; 0 by default. */
  outputPadding?: PairOption;
}

// Nothing is read from the convolution's table: bundlers would keep both in programs without convolutions.
export const CONV_TRANSPOSE2D_OPTIONS = {
  stride: withOptions(pairOption(1), { default: 1 }),
  padding: withOptions(pairOption(0), { default: 0 }),
  outputPadding: withOptions(pairOption(0), { default: 0 }),
  dilation: withOptions(pairOption(1), { default: 1 }),
  groups: groupsOption(),
} as const satisfies OptionTable<ConvTranspose2dOptions>;

/** Its attributes by its options. Throws a UsageError that begins with `where` for rows and columns that a further window would reach. */
export function convTranspose2dAttrs(where: string, given: Required<ConvTranspose2dOptions>): ConvTranspose2dAttrs {
  const [step, more] = [pairOf(given.stride), pairOf(given.outputPadding)];
  if (more.some((each, d) => each >= step[d]!))
    throw new UsageError(`${where}: outputPadding: expected less than the stride of ${step.join(' x ')}, got ${more.join(' x ')}`);
  return { stride: step, padding: evenPadding(given.padding), dilation: pairOf(given.dilation), groups: given.groups, outputPadding: more };
}
