// Transposed convolutions of images, channels last: a convolution read backwards. Its result is the convolution's gradient of the images, its gradients are the
// convolution's result and its gradient of the weight, so it has no kernel of its own.
//
// Its attributes are the convolution's, with padding behind that may be negative: less of it is a larger result, which is what PyTorch calls output padding.
import { ShapeError, UsageError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { type OptionTable, withOptions } from '../option_table.ts';
import { lastOf, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { type Conv2dAttrs, type Conv2dOptions, conv2dInputGradOp, conv2dOp, conv2dWeightGradOp, groupsOption, inFours } from './conv2d.ts';
import { activationGrad, biasActivations } from './conv2d_finish.ts';
import { emitForward, emitInputGrad } from './conv2d_products.ts';
import { convShapes } from './conv2d_shape.ts';
import type { FusedInputGradAttrs, FusedProductAttrs } from './fused_product.ts';
import { backwardFusion, forwardFusion } from './fusions.ts';
import { inShapes, linearInFirst, requireNoBatch } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { type Pair, type PairOption, pairOf, pairOption, requireImages, type Windows } from './windows.ts';

/** How long an axis is on which `count` windows lie. */
const spanOf = (count: number, kernel: number, { stride, padding, dilation }: Windows, d: 0 | 1): number =>
  (count - 1) * stride[d] - padding[2 * d]! - padding[2 * d + 1]! + dilation[d] * (kernel - 1) + 1;

/** Height and width of images of which a convolution would make `image`. */
export function spreadOver(image: Pair, kernel: Pair, attrs: Windows): Pair {
  return [spanOf(image[0], kernel[0], attrs, 0), spanOf(image[1], kernel[1], attrs, 1)];
}

/** [batch, height, width, filters]. Throws ShapeError where images and weight do not fit. */
function spread(where: string, x: TensorType, w: TensorType, attrs: Conv2dAttrs): TensorType {
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

/** h = act(y + bias): inputs x, weight, bias; outputs [z,] h. It appears only after differentiation, so it has no gradient of its own. */
export const convTranspose2dBiasOp: Op<FusedProductAttrs<Conv2dAttrs>> = {
  name: 'conv_transpose2d_bias',
  infer: ([x, w, bias], { product, shapes }, at) => {
    const where = `conv_transpose2d at ${at}`;
    const type = spread(where, x!, w!, product);
    if (sizeOf(bias!.shape) !== lastOf(type))
      throw new ShapeError(`${where}: expected a bias per filter of ${shapeText(type.shape)}, got ${shapeText(bias!.shape)}`);
    return inShapes(type, shapes, where);
  },
  vjp: null,
  lower: (emit, node) => {
    const [x, w, bias] = node.inputs as [Value, Value, Value];
    const { product } = node.attrs;
    const shapes = convShapes(spread(node.name, x.type, w.type, product), w.type, x.type);
    for (const finish of biasActivations(node, bias)) emitInputGrad(emit, node.name, [x, w, node.outputs.at(-1)!], shapes, product, finish);
  },
};

/** dz = dx act'(z): inputs dy, weight and what the activation before the transposed convolution saved. Its dx is the convolution of dy. */
export const convTranspose2dInputGradActivationOp: Op<FusedInputGradAttrs<Conv2dAttrs>> = {
  name: 'conv_transpose2d_input_grad_activation',
  infer: ([dy, w], { product, shape }, where) => inShapes(conv2dOp.infer([dy!, w!], product, where)[0]!, [shape], `conv_transpose2d_input_grad at ${where}`),
  vjp: null,
  lower: (emit, node) => {
    const [dy, w, saved] = node.inputs as [Value, Value, Value];
    const { activation, product } = node.attrs;
    const [dx] = conv2dOp.infer([dy.type, w.type], product, node.name);
    emitForward(emit, node.name, [dy, w, node.outputs[0]!], convShapes(dy.type, w.type, dx!), product, activationGrad(activation, saved));
  },
};

/** y [batch, height, width, filters] of images x [batch, height, width, channels] and a weight [height, width, filters / groups, channels]. */
export const convTranspose2dOp: Op<Conv2dAttrs> = {
  name: 'conv_transpose2d',
  padding: linearInFirst,
  // A pixel sees a tap in every `stride` of a window, for each channel of its group.
  signal: {
    kind: 'product',
    weights: [1],
    fanIn: ([, w], { groups, stride }: Conv2dAttrs) => Math.ceil(w!.shape[0]! / stride[0]) * Math.ceil(w!.shape[1]! / stride[1]) * (w!.shape[3]! / groups),
  },
  fusions: [
    forwardFusion(convTranspose2dBiasOp, ({ op, outputs, attrs }) => op === convTranspose2dOp && inFours(lastOf(outputs[0]!.type), attrs.groups)),
    backwardFusion(convTranspose2dInputGradActivationOp, ({ op, outputs, attrs }) => op === conv2dOp && inFours(lastOf(outputs[0]!.type), attrs.groups)),
  ],
  infer: ([x, w], attrs, where) => [spread(`conv_transpose2d at ${where}`, x!, w!, attrs)],
  vjp: (graph, node, [dy]) => {
    const [x, w] = node.inputs as [Value, Value];
    const dx = graph.apply(conv2dOp, [dy!, w], node.attrs, `${node.name}/dx`)[0]!;
    // That of a bias stays a sum of its own, a dispatch more than of a convolution (biasGradToo in conv2d.ts): there the kernel reads each number of dy once; here
    // dy are the images, of which as many windows see a pixel as stride, dilation and padding let, or none.
    const operands = [fillPadding(graph, dy!, 0), fillPadding(graph, x, 0, true)];
    return [dx, graph.apply(conv2dWeightGradOp, operands, { ...node.attrs, shape: w.type.shape }, `${node.name}/dw`)[0]!];
  },
  lower: (emit, node) => conv2dInputGradOp.lower!(emit, { ...node, op: conv2dInputGradOp, attrs: { ...node.attrs, shape: node.outputs[0]!.type.shape } }),
};

/** Options of `convTranspose2d`: those of the convolution that it reads backwards, and which of the sizes with so many windows is meant. */
export interface ConvTranspose2dOptions extends Pick<Conv2dOptions, 'stride' | 'dilation' | 'groups'> {
  /** Pixels that are cut off around the result: a number or [height, width]; 0 by default. */
  padding?: PairOption;
  /** Rows and columns more, below and to the right: a number or [height, width], less than `stride` or less than `dilation`; 0 by default. */
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

/** Its attributes by its options. Throws a UsageError that begins with `where` for rows and columns more than PyTorch allows. */
export function convTranspose2dAttrs(where: string, given: Required<ConvTranspose2dOptions>): Conv2dAttrs {
  const [stride, dilation, padding, more] = [given.stride, given.dilation, given.padding, given.outputPadding].map(pairOf) as [Pair, Pair, Pair, Pair];
  if (more.some((each, d) => each >= Math.max(stride[d]!, dilation[d]!)))
    throw new UsageError(
      `${where}: outputPadding: expected less than the stride of ${stride.join(' x ')} or the dilation of ${dilation.join(' x ')}, got ${more.join(' x ')}`,
    );
  return { stride, padding: [padding[0], padding[0] - more[0], padding[1], padding[1] - more[1]], dilation, groups: given.groups };
}
