// Convolutions of images, channels last, as products that read patches where they lie: no copy of the patches is made. A group is a product of its own.

import forwardText from '../../shaders/conv2d/forward.wgsl';
import inputGradText from '../../shaders/conv2d/input_grad.wgsl';
import shapeModuleText from '../../shaders/conv2d/shape.wgsl';
import weightGradText from '../../shaders/conv2d/weight_grad.wgsl';
import text from '../../shaders/conv2d.wgsl';
import narrowText from '../../shaders/conv2d_narrow.wgsl';
import { ShapeError, show, UsageError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Emitter, Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { LIMITS } from '../limits.ts';
import { type OptionTable, withOptions } from '../option_table.ts';
import { roundUp, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { emitSum } from './broadcast.ts';
import { kernelsFor } from './kernel_choice.ts';
import { asInput, GRID, linearInFirst, requireNoBatch, SHARED_TILE, workgroupsFor } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { requireTurns } from './pieces.ts';
import { evenPadding, type PaddingOption, type Pair, type PairOption, pairOf, pairOption, samePadding, type Windows, windowsOver } from './windows.ts';

const HEADER = {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: {
    m: 'u32',
    n: 'u32',
    k: 'u32',
    groups: 'u32',
    pieces: 'u32',
    piece: 'u32',
    height: 'u32',
    width: 'u32',
    channels: 'u32',
    out_height: 'u32',
    out_width: 'u32',
    filters: 'u32',
    kernel_width: 'u32',
    stride_y: 'u32',
    stride_x: 'u32',
    top: 'u32',
    left: 'u32',
    dilation_y: 'u32',
    dilation_x: 'u32',
  },
} as const;
export const conv2dKernel = kernel('conv2d', text, { ...HEADER, overrides: {} });
export const conv2dNarrowKernel = kernel('conv2d_narrow', narrowText, HEADER);

/* @__NO_SIDE_EFFECTS__ */
function module(name: string, moduleText: string): Source {
  return { file: `conv2d/${name}`, text: moduleText };
}
const SHAPE = module('shape', shapeModuleText);
const OPERANDS = { forward: module('forward', forwardText), inputGrad: module('input_grad', inputGradText), weightGrad: module('weight_grad', weightGradText) };

export interface Conv2dAttrs extends Windows {
  /** Channels and filters fall into so many parts, each with a convolution of its own. */
  readonly groups: number;
}

/** Of a gradient also the shape of what it is the gradient of. */
export interface Conv2dGradAttrs extends Conv2dAttrs {
  readonly shape: readonly number[];
}

type Shape4 = readonly [number, number, number, number];

/** Columns of a product below which tiles would be mostly empty: an invocation makes one number then. */
const NARROW = 8;
/** Tiles of 32 x 32 that keep a GPU busy, and the least inner indexes of a piece. */
const BUSY_TILES = 1024;
const LEAST_PIECE = 1024;
/** Turns of an invocation: one for each inner index, or one for four. */
const MOST_NARROW = 2 ** 15;
const MOST = 2 ** 17;

/** The product of a convolution: rows, columns of a group, and inner indexes. Only sums over pixels, as long as the data are many, are cut into pieces. */
interface Product {
  readonly operands: Source;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly cut?: true;
}

/** Pieces that keep a GPU busy where there are few tiles, and inner indexes in each but the last. They depend on shapes alone. */
function piecesOf({ m, n, k, cut }: Product, groups: number, narrow: boolean): { pieces: number; piece: number } {
  if (!cut || k <= LEAST_PIECE) return { pieces: 1, piece: k };
  const tiles = narrow ? Math.ceil((m * n * groups) / 64) : Math.ceil(m / 32) * Math.ceil(n / 32) * groups;
  const least = Math.ceil(k / (narrow ? MOST_NARROW : MOST));
  const wanted = Math.max(least, Math.min(Math.ceil(k / LEAST_PIECE), Math.ceil(BUSY_TILES / tiles)));
  const piece = roundUp(Math.ceil(k / wanted), 4);
  return { pieces: Math.ceil(k / piece), piece };
}

function emitProduct(emit: Emitter, { name, inputs, outputs }: Node, attrs: Conv2dAttrs, [x, w, y]: readonly [Shape4, Shape4, Shape4], product: Product): void {
  const { m, n, k, operands } = product;
  const { groups, stride, dilation, padding } = attrs;
  // SwiftShader takes seconds to compile tiles in workgroup memory.
  const narrow = n < NARROW || kernelsFor(emit.capabilities).products !== 'shared';
  const { pieces, piece } = piecesOf(product, groups, narrow);
  requireTurns(emit.capabilities, name, 'columns', piece, narrow ? MOST_NARROW : MOST);
  const count = m * n * groups;
  const c = pieces === 1 ? outputs[0]! : emit.scratch('products', pieces * count);
  emit.dispatch({
    kernel: narrow ? conv2dNarrowKernel : conv2dKernel,
    link: [...(narrow ? [] : SHARED_TILE), GRID, SHAPE, operands],
    params: {
      m,
      n,
      k,
      groups,
      pieces,
      piece,
      height: x[1],
      width: x[2],
      channels: x[3],
      out_height: y[1],
      out_width: y[2],
      filters: y[3],
      kernel_width: w[1],
      stride_y: stride[0],
      stride_x: stride[1],
      top: padding[0],
      left: padding[2],
      dilation_y: dilation[0],
      dilation_x: dilation[1],
    },
    bindings: { a: inputs[0]!, b: inputs[1]!, c },
    workgroups: narrow ? workgroupsFor(count * pieces) : [Math.ceil(n / 32) * Math.ceil(m / 32) * groups * pieces],
    work: count * k,
  });
  if (pieces > 1) emitSum(emit, c, pieces, count, outputs[0]!);
}

const shapes = (...values: readonly { readonly shape: readonly number[] }[]): [Shape4, Shape4, Shape4] =>
  values.map(({ shape }) => shape) as unknown as [Shape4, Shape4, Shape4];

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

/** y [batch, height, width, filters] of images x [batch, height, width, channels] and a weight [height, width, channels / groups, filters]. */
export const conv2dOp: Op<Conv2dAttrs> = {
  name: 'conv2d',
  padding: asInput,
  signal: { kind: 'product', weights: [1], fanIn: ([, w]) => sizeOf(w!.shape.slice(0, 3)) },
  infer: ([x, w], attrs, where) => [convolved(`conv2d at ${where}`, x!, w!, attrs)],
  vjp: (graph, node, [dy]) => {
    const [x, w] = node.inputs as [Value, Value];
    const dx = graph.apply(conv2dInputGradOp, [dy!, w], { ...node.attrs, shape: x.type.shape }, `${node.name}/dx`)[0]!;
    // Sums over the batch: zeros in the padded rows of one operand, finite numbers in those of the other.
    const operands = [fillPadding(graph, x, 0, true), fillPadding(graph, dy!, 0)];
    return [dx, graph.apply(conv2dWeightGradOp, operands, { ...node.attrs, shape: w.type.shape }, `${node.name}/dw`)[0]!];
  },
  lower: (emit, node) => {
    const [x, w] = node.inputs as [Value, Value];
    const [images, weight, y] = shapes(x.type, w.type, node.outputs[0]!.type);
    emitProduct(emit, node, node.attrs, [images, weight, y], {
      operands: OPERANDS.forward,
      m: sizeOf(y.slice(0, 3)),
      n: y[3] / node.attrs.groups,
      k: sizeOf(weight.slice(0, 3)),
    });
  },
};

/** dx of `shape` from dy and the weight: each pixel gathers from the windows that hold it. */
export const conv2dInputGradOp: Op<Conv2dGradAttrs> = {
  name: 'conv2d_input_grad',
  padding: linearInFirst,
  infer: ([dy], { shape }) => [{ ...dy!, shape }],
  vjp: null,
  lower: (emit, node) => {
    const [dy, w] = node.inputs as [Value, Value];
    const [y, weight, images] = shapes(dy.type, w.type, { shape: node.attrs.shape });
    const { groups } = node.attrs;
    emitProduct(emit, node, node.attrs, [images, weight, y], {
      operands: OPERANDS.inputGrad,
      m: sizeOf(images.slice(0, 3)),
      n: images[3] / groups,
      k: (weight[0] * weight[1] * y[3]) / groups,
    });
  },
};

/** dw of `shape` from x and dy, of which every row counts: a sum over all pixels of the batch, in pieces that are added by a fixed tree. */
export const conv2dWeightGradOp: Op<Conv2dGradAttrs> = {
  name: 'conv2d_weight_grad',
  infer: ([x, dy], { shape }, where) => {
    for (const operand of [x!, dy!]) requireNoBatch(`conv2d_weight_grad at ${where}`, operand, 'fill the padding first');
    return [{ shape, dtype: 'f32', rowsPerSample: 0 }];
  },
  vjp: null,
  lower: (emit, node) => {
    const [x, dy] = node.inputs as [Value, Value];
    const [images, weight, y] = shapes(x.type, { shape: node.attrs.shape }, dy.type);
    emitProduct(emit, node, node.attrs, [images, weight, y], {
      operands: OPERANDS.weightGrad,
      m: sizeOf(weight.slice(0, 3)),
      n: y[3] / node.attrs.groups,
      k: sizeOf(y.slice(0, 3)),
      cut: true,
    });
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

export const CONV2D_OPTIONS = {
  stride: withOptions(pairOption(1), { default: 1 }),
  padding: paddingOption(),
  dilation: withOptions(pairOption(1), { default: 1 }),
  groups: { type: 'integer', min: 1, max: LIMITS.units, default: 1 },
} as const satisfies OptionTable<Conv2dOptions>;

/** The attributes of a convolution by its options. Throws a UsageError that begins with `where` for 'same' with a stride. */
export function conv2dAttrs(where: string, kernelSize: Pair, { stride, padding, dilation, groups }: Required<Conv2dOptions>): Conv2dAttrs {
  const by = { stride: pairOf(stride), dilation: pairOf(dilation), groups };
  if (padding === 'valid') return { ...by, padding: evenPadding(0) };
  if (padding !== 'same') return { ...by, padding: evenPadding(padding) };
  if (by.stride.some((step) => step > 1)) throw new UsageError(`${where}: padding: 'same' needs a stride of 1, got ${show(stride)}: give a number`);
  return { ...by, padding: samePadding(kernelSize, by.dilation) };
}
