// Convolutions of images, channels last, their gradients, and the fused forms of both.

import { ShapeError, show, UsageError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Fusion, Op } from '../graph/op.ts';
import * as LIMITS from '../limits.ts';
import { type OptionTable, withOptions } from '../option_table.ts';
import { f32, lastOf, shapeText, sizeOf, type TensorType } from '../shape.ts';
import type { ActivationAttrs } from './activations.ts';
import { sumsRows } from './broadcast.ts';
import { activationGrad, biasActivation, biasActivations } from './conv2d_finish.ts';
import { emitForward, emitForwardPooled, emitInputGrad, emitWeightGrad, NARROW } from './conv2d_products.ts';
import { type Conv2dAttrs, convShapes } from './conv2d_shape.ts';
import type { FusedInputGradAttrs, FusedProductAttrs } from './fused_product.ts';
import { backwardFusion, forwardFusion, replaceNodes } from './fusions.ts';
import { asInput, inShapes, linearInFirst, requireNoBatch } from './kernels.ts';
import { EPILOGUE } from './matmul.ts';
import { fillPadding } from './padding.ts';
import { emitMaxPool, maxPool2dOp, type PoolAttrs } from './pool2d.ts';
import { activationBehindSum } from './sum_activation.ts';
import { evenPadding, type PaddingOption, type Pair, type PairOption, pairOf, pairOption, samePadding, windowsOver } from './windows.ts';

export type { Conv2dAttrs } from './conv2d_shape.ts';

/** Of a gradient also the shape of what it is the gradient of. */
export interface Conv2dGradAttrs extends Conv2dAttrs {
  readonly shape: readonly number[];
}

type Shape4 = readonly [number, number, number, number];

/** [batch, height, width, filters]. Throws ShapeError where images and weight do not fit. */
function convolved(where: string, x: TensorType, w: TensorType, attrs: Conv2dAttrs): TensorType {
  requireNoBatch(`${where}, weight`, w, 'put the batch on the left');
  if (w.shape.length !== 4) throw new ShapeError(`${where}: expected a weight [height, width, channels / groups, filters], got ${shapeText(w.shape)}`);
  const [kernelHeight, kernelWidth, inner, filters] = w.shape as unknown as Shape4;
  const [height, width] = windowsOver(where, x, [kernelHeight, kernelWidth], attrs);
  const channels = x.shape[3]!;
  const { groups } = attrs;
  if (channels % groups !== 0 || filters % groups !== 0)
    throw new ShapeError(`${where}: expected channels and filters in ${groups} groups, got ${channels} channels and ${filters} filters`);
  if (inner * groups !== channels)
    throw new ShapeError(
      `${where}: expected a weight for ${channels / groups} channels${groups > 1 ? ` in each of ${groups} groups` : ''}, got ${shapeText(w.shape)} for images ${shapeText(x.shape)}`,
    );
  return { ...x, shape: [x.shape[0]!, height, width, filters] };
}

/** h = act(conv(x) + bias): inputs x, weight, bias; outputs [z,] h. It appears only after differentiation, so it has no gradient of its own. */
export const conv2dBiasOp: Op<FusedProductAttrs<Conv2dAttrs>> = {
  name: 'conv2d_bias',
  infer: ([x, w, bias], { product, shapes }, where) => {
    const type = convolved(`conv2d at ${where}`, x!, w!, product);
    if (sizeOf(bias!.shape) !== lastOf(type))
      throw new ShapeError(`conv2d at ${where}: expected a bias per filter of ${shapeText(type.shape)}, got ${shapeText(bias!.shape)}`);
    return inShapes(type, shapes, `conv2d at ${where}`);
  },
  vjp: null,
  lower: (emit, node) => {
    const [x, w, bias] = node.inputs as [Value, Value, Value];
    const { product } = node.attrs;
    const shapes = convShapes(x.type, w.type, convolved(node.name, x.type, w.type, product));
    for (const finish of biasActivations(node, bias)) emitForward(emit, node.name, [x, w, node.outputs.at(-1)!], shapes, product, finish);
  },
};

/** Of bias, activation and a max pool in one. */
export interface Conv2dPoolAttrs {
  readonly activation: ActivationAttrs;
  readonly product: Conv2dAttrs;
  readonly pool: PoolAttrs;
}

/** y and indices of max_pool2d(act(conv(x) + bias)), windows of 2 x 2: what is pooled is not stored, where the adapter has a kernel for that. */
export const conv2dPoolOp: Op<Conv2dPoolAttrs> = {
  name: 'conv2d_bias_max_pool2d',
  infer: ([x, w], { product, pool }, where) => maxPool2dOp.infer([convolved(`conv2d at ${where}`, x!, w!, product)], pool, where),
  vjp: null,
  lower: (emit, { name, inputs, outputs, attrs: { activation, product, pool } }) => {
    const [x, w, bias] = inputs as [Value, Value, Value];
    const [y, indices] = outputs as [Value, Value];
    const type = convolved(name, x.type, w.type, product);
    const shapes = convShapes(x.type, w.type, type);
    const finish = biasActivation(activation, bias);
    if (emitForwardPooled(emit, [x, w, y], indices, shapes, product, finish)) return;
    const h = emit.scratch('h', sizeOf(type.shape));
    emitForward(emit, name, [x, w, h], shapes, product, finish);
    emitMaxPool(emit, h, type.shape, [y, indices], pool);
  },
};

/** A max pool by windows of 2 x 2 behind bias and activation, where nothing else reads what it pools. */
const poolBehind: Fusion = {
  name: 'conv2d_bias_max_pool2d',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const conv of nodes) {
      if (conv.op !== conv2dBiasOp || conv.outputs.length > 1) continue;
      const h = conv.outputs[0]!;
      const [pool, ...others] = context.readers(h);
      if (!pool || pool.op !== maxPool2dOp || others.length > 0 || context.retained(h) || pool.inputs[0] !== h || !isHalving(pool.attrs as PoolAttrs)) continue;
      const { activation, product } = conv.attrs as FusedProductAttrs<Conv2dAttrs>;
      const attrs = { activation, product, pool: pool.attrs as PoolAttrs };
      replaced.set(conv, null);
      replaced.set(pool, context.node(conv2dPoolOp, conv.inputs, attrs, { name: conv.name, group: conv.group, outputs: pool.outputs }));
      fused.push(`${conv.name} + ${pool.name}`);
    }
    return { nodes: replaceNodes(nodes, replaced), fused };
  },
};

/** Windows of 2 x 2 that lie side by side. */
const isHalving = ({ kernel, stride, padding, dilation, ceil }: PoolAttrs): boolean =>
  [...kernel, ...stride].every((each) => each === 2) && padding.every((each) => each === 0) && dilation.every((each) => each === 1) && !ceil;

/** dz = dx act'(z): inputs dy, weight and what the activation before the convolution saved. */
export const conv2dInputGradActivationOp: Op<FusedInputGradAttrs<Conv2dGradAttrs>> = {
  name: 'conv2d_input_grad_activation',
  infer: ([dy], { product, shape }, where) => inShapes({ ...dy!, shape: product.shape }, [shape], `conv2d_input_grad at ${where}`),
  vjp: null,
  lower: (emit, node) => {
    const [dy, w, saved] = node.inputs as [Value, Value, Value];
    const { activation, product } = node.attrs;
    emitInputGrad(emit, node.name, [dy, w, node.outputs[0]!], convShapes(product, w.type, dy.type), product, activationGrad(activation, saved));
  },
};

/** The gradients of weight and bias, inputs x and dy: outputs dw of `shape` and db. */
export const conv2dWeightBiasGradOp: Op<Conv2dGradAttrs> = {
  name: 'conv2d_weight_bias_grad',
  infer: (_inputs, { shape }) => [f32(...shape), f32(shape.at(-1)!)],
  vjp: null,
  lower: (emit, { name, inputs, outputs, attrs }) => {
    const [x, dy] = inputs as [Value, Value];
    emitWeightGrad(emit, name, [x, dy, outputs[0]!], outputs[1]!, convShapes(x.type, attrs, dy.type), attrs);
  },
};

/** The gradient of a bias is summed by the kernel that makes the weight's. */
const biasGradToo: Fusion = {
  name: 'conv2d_weight_bias_grad',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    const sums = new Map(nodes.filter(sumsRows).map((node) => [node.inputs[0]!, node]));
    for (const weight of nodes) {
      const sum = weight.op === conv2dWeightGradOp ? sums.get(weight.inputs[1]!) : undefined;
      if (!sum || sum.outputs[0]!.type.shape.length !== 1) continue;
      sums.delete(weight.inputs[1]!);
      const both = context.node(conv2dWeightBiasGradOp, weight.inputs, weight.attrs as Conv2dGradAttrs, {
        ...weight,
        outputs: [...weight.outputs, ...sum.outputs],
      });
      // In the place of the first: all that it reads is there.
      const weightFirst = nodes.indexOf(weight) < nodes.indexOf(sum);
      replaced.set(weight, weightFirst ? both : null);
      replaced.set(sum, weightFirst ? null : both);
      fused.push(`${weight.name} + ${sum.name}`);
    }
    return { nodes: replaceNodes(nodes, replaced), fused };
  },
};

/** Whether an epilogue can take four neighbours of the result together: in tiles they are of one group, kernels for narrow groups take any. */
export const inFours = (columns: number, groups: number): boolean => groups === 1 || (columns / groups) % 4 === 0 || columns / groups < NARROW;

const FUSIONS: readonly Fusion[] = [
  forwardFusion(conv2dBiasOp, ({ op, outputs, attrs }) => op === conv2dOp && inFours(lastOf(outputs[0]!.type), attrs.groups)),
  backwardFusion(conv2dInputGradActivationOp, ({ op, outputs, attrs }) => op === conv2dInputGradOp && inFours(lastOf(outputs[0]!.type), attrs.groups)),
  biasGradToo,
  poolBehind,
  // Networks of convolutions have the deep blocks with shortcuts; others do without its bytes.
  activationBehindSum,
];

/** y [batch, height, width, filters] of images x [batch, height, width, channels] and a weight [height, width, channels / groups, filters]. */
export const conv2dOp: Op<Conv2dAttrs> = {
  name: 'conv2d',
  padding: asInput,
  signal: { kind: 'product', weights: [1], fanIn: ([, w]) => sizeOf(w!.shape.slice(0, 3)) },
  fusions: FUSIONS,
  infer: ([x, w], attrs, where) => [convolved(`conv2d at ${where}`, x!, w!, attrs)],
  vjp: (graph, node, [dy]) => {
    const [x, w] = node.inputs as [Value, Value];
    const dx = graph.apply(conv2dInputGradOp, [dy!, w], { ...node.attrs, shape: x.type.shape }, `${node.name}/dx`)[0]!;
    // Sums over the batch: zeros in the padded rows of one operand, finite numbers in those of the other.
    const operands = [fillPadding(graph, x, 0, true), fillPadding(graph, dy!, 0)];
    return [dx, graph.apply(conv2dWeightGradOp, operands, { ...node.attrs, shape: w.type.shape }, `${node.name}/dw`)[0]!];
  },
  lower: (emit, { name, inputs, outputs, attrs }) => {
    const [x, w] = inputs as [Value, Value];
    const y = outputs[0]!;
    emitForward(emit, name, [x, w, y], convShapes(x.type, w.type, y.type), attrs, { module: EPILOGUE.none });
  },
};

/** dx of `shape` from dy and the weight. */
export const conv2dInputGradOp: Op<Conv2dGradAttrs> = {
  name: 'conv2d_input_grad',
  padding: linearInFirst,
  infer: ([dy], { shape }) => [{ ...dy!, shape }],
  vjp: null,
  lower: (emit, { name, inputs, outputs, attrs }) => {
    const [dy, w] = inputs as [Value, Value];
    emitInputGrad(emit, name, [dy, w, outputs[0]!], convShapes(attrs, w.type, dy.type), attrs, { module: EPILOGUE.none });
  },
};

/** dw of `shape` from x and dy, of which every row counts. */
export const conv2dWeightGradOp: Op<Conv2dGradAttrs> = {
  name: 'conv2d_weight_grad',
  infer: ([x, dy], { shape }, where) => {
    for (const operand of [x!, dy!]) requireNoBatch(`conv2d_weight_grad at ${where}`, operand, 'fill the padding first');
    return [f32(...shape)];
  },
  vjp: null,
  lower: (emit, { name, inputs, outputs, attrs }) => {
    const [x, dy] = inputs as [Value, Value];
    emitWeightGrad(emit, name, [x, dy, outputs[0]!], undefined, convShapes(x.type, attrs, dy.type), attrs);
  },
};

/** Options of `conv2d`: how its windows lie. */
export interface Conv2dOptions {
  /** Pixels from one window to the next, along height and width: a number or [height, width]; 1 by default. */
  stride?: PairOption;
  /**
   * Zeros around the images: a number, [height, width], 'valid' for none, or 'same' for as many as keep height and width, an odd one more below and to the
   * right; 'same' needs a stride of 1, as in PyTorch. 0 by default.
   */
  padding?: PaddingOption;
  /** Distance between the pixels that a window sees: a number or [height, width]; 1 by default. */
  dilation?: PairOption;
  /** Channels and filters fall into so many parts that know nothing of each other; as many as channels: depthwise. 1 by default. */
  groups?: number;
}

/* @__NO_SIDE_EFFECTS__ */
function paddingOption() {
  return {
    type: 'either',
    of: [...pairOption(0).of, { type: 'name', names: ['same', 'valid'] }],
    expected: "an integer of at least 0, [height, width], 'same' or 'valid'",
    default: 0,
  } as const;
}

/** Into how many parts channels and filters fall. */
/* @__NO_SIDE_EFFECTS__ */
export function groupsOption() {
  return { type: 'integer', min: 1, max: LIMITS.units, default: 1 } as const;
}

export const CONV2D_OPTIONS = {
  stride: withOptions(pairOption(1), { default: 1 }),
  padding: paddingOption(),
  dilation: withOptions(pairOption(1), { default: 1 }),
  groups: groupsOption(),
} as const satisfies OptionTable<Conv2dOptions>;

/** The attributes of a convolution by its options. Throws a UsageError that begins with `where` for 'same' with a stride. */
export function conv2dAttrs(where: string, kernelSize: Pair, { stride, padding, dilation, groups }: Required<Conv2dOptions>): Conv2dAttrs {
  const by = { stride: pairOf(stride), dilation: pairOf(dilation), groups };
  if (padding === 'valid') return { ...by, padding: evenPadding(0) };
  if (padding !== 'same') return { ...by, padding: evenPadding(padding) };
  if (by.stride.some((step) => step > 1)) throw new UsageError(`${where}: padding: 'same' needs a stride of 1, got ${show(stride)}: give a number`);
  return { ...by, padding: samePadding(kernelSize, by.dilation) };
}
