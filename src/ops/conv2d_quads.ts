// Products of convolutions for SwiftShader with subgroups of 4: four invocations share a tile and swap registers (shaders/lib/quad_tile). Channels and filters of a
// group are multiples of 4.

import finishBiasText from '../../shaders/conv2d/finish_bias_activation.wgsl';
import finishRowsText from '../../shaders/conv2d/finish_rows.wgsl';
import poolWindowText from '../../shaders/conv2d/pool_window.wgsl';
import biasGradText from '../../shaders/conv2d/quad_bias_grad.wgsl';
import noBiasGradText from '../../shaders/conv2d/quad_bias_grad_none.wgsl';
import forwardText from '../../shaders/conv2d/quad_forward.wgsl';
import inputGradText from '../../shaders/conv2d/quad_input_grad.wgsl';
import shapeText from '../../shaders/conv2d/quad_shape.wgsl';
import tile32x16Text from '../../shaders/conv2d/tile_32x16.wgsl';
import tile32x32Text from '../../shaders/conv2d/tile_32x32.wgsl';
import tile64x16Text from '../../shaders/conv2d/tile_64x16.wgsl';
import tilePoolText from '../../shaders/conv2d/tile_pool.wgsl';
import tileRowsText from '../../shaders/conv2d/tile_rows.wgsl';
import text from '../../shaders/conv2d_quad.wgsl';
import weightGradText from '../../shaders/conv2d_weight_grad_quad.wgsl';
import quadTileText from '../../shaders/lib/quad_tile.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { roundUp, sizeOf } from '../shape.ts';
import type { Conv2dAttrs, ConvShapes, Operands } from './conv2d_shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID } from './kernels.ts';
import { EPILOGUE, type Finish } from './matmul.ts';
import { windowParams } from './windows.ts';

/* @__NO_SIDE_EFFECTS__ */
function module(name: string, moduleText: string): Source {
  return { file: `conv2d/${name}`, text: moduleText };
}
const FINISH_ROWS = module('finish_rows', finishRowsText);
const FINISH_BIAS = module('finish_bias_activation', finishBiasText);
const TILE_ROWS = module('tile_rows', tileRowsText);
const TILE_POOL = module('tile_pool', tilePoolText);
export const POOL_WINDOW = module('pool_window', poolWindowText);
const QUAD_TILE: Source = { file: 'lib/quad_tile', text: quadTileText };
export const QUAD_SHAPE = module('quad_shape', shapeText);
const FORWARD = module('quad_forward', forwardText);
const BIAS_GRAD = module('quad_bias_grad', biasGradText);
const NO_BIAS_GRAD = module('quad_bias_grad_none', noBiasGradText);
const INPUT_GRAD = module('quad_input_grad', inputGradText);

/** Rows and columns of a tile. */
interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly module: Source;
}
const WIDE: Tile = { rows: 32, columns: 32, module: module('tile_32x32', tile32x32Text) };
const TALL: Tile = { rows: 64, columns: 16, module: module('tile_64x16', tile64x16Text) };
/** Multiply-adds of a product from which on rows by 64, a tenth faster, are worth the 0.3 s that they take longer to compile. */
const WORTH_TALL = 2 ** 26;
const SMALL: Tile = { rows: 32, columns: 16, module: module('tile_32x16', tile32x16Text) };

export const QUAD_PARAMS = {
  m: 'u32',
  n: 'u32',
  rows: 'u32',
  columns: 'u32',
  groups: 'u32',
  phases: 'u32',
  inner: 'u32',
  fours: 'u32',
  run: 'u32',
  pieces: 'u32',
  piece: 'u32',
  a_height: 'u32',
  a_width: 'u32',
  a_fours: 'u32',
  height: 'u32',
  width: 'u32',
  kernel_height: 'u32',
  kernel_width: 'u32',
  stride_y: 'u32',
  stride_x: 'u32',
  top: 'u32',
  left: 'u32',
  dilation_y: 'u32',
  dilation_x: 'u32',
} as const;
export const conv2dQuadKernel = kernel('conv2d_quad', text, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: QUAD_PARAMS,
  overrides: {},
});
export const conv2dWeightGradQuadKernel = kernel('conv2d_weight_grad_quad', weightGradText, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: QUAD_PARAMS,
  overrides: {},
});

/** Inner indexes of a piece of a gradient of weights, at most: a longer sum would swallow small terms. */
const LONGEST_PIECE = 2 ** 16;

/** Whether fours of channels and of filters lie together. */
export function suitsQuads([, w]: ConvShapes, { groups }: Conv2dAttrs): boolean {
  return w[2] % 4 === 0 && (w[3] / groups) % 4 === 0;
}

/** Whether the gradient of the images is a product of quads: a dilation with a stride would let few taps see a pixel. */
export function suitsInputGrad(shapes: ConvShapes, attrs: Conv2dAttrs): boolean {
  const strided = attrs.stride.some((step) => step > 1);
  return suitsQuads(shapes, attrs) && !(strided && attrs.dilation.some((step) => step > 1));
}

/** Parameters of a product that reads A from images of the shape `from`, and has a row for each pixel of `to`; what else there is, is one or none. */
export function quadParams([, w]: ConvShapes, attrs: Conv2dAttrs, from: readonly number[], to: readonly number[]): Record<keyof typeof QUAD_PARAMS, number> {
  const m = sizeOf(to.slice(0, 3));
  const { groups } = attrs;
  return {
    m,
    n: to[3]!,
    rows: m,
    columns: to[3]! / groups,
    groups,
    phases: 1,
    inner: 0,
    fours: from[3]! / groups / 4,
    run: w[2],
    pieces: 1,
    piece: 0,
    a_height: from[1]!,
    a_width: from[2]!,
    a_fours: from[3]! / 4,
    height: to[1]!,
    width: to[2]!,
    kernel_height: w[0],
    kernel_width: w[1],
    ...windowParams(attrs),
  };
}

/** y of the images a and the weight b; with `indices` c is pooled by windows of 2 x 2, and they are the places of the largest. */
export function emitForwardQuads(emit: Emitter, [a, b, c]: Operands, shapes: ConvShapes, attrs: Conv2dAttrs, finish: Finish, indices?: Value): void {
  const [x, w, y] = shapes;
  const rows = indices ? y[0] * Math.floor(y[1] / 2) * Math.floor(y[2] / 2) * 4 : sizeOf(y.slice(0, 3));
  emitQuads(
    emit,
    [a, b, c],
    FORWARD,
    indices ? { ...finish, bindings: [...finish.bindings!, indices] } : finish,
    { ...quadParams(shapes, attrs, x, y), rows },
    {},
    rows * y[3] * sizeOf(w.slice(0, 3)),
    indices ? [TILE_POOL, POOL_WINDOW] : [TILE_ROWS],
  );
}

/** The gradient of the images, of dy a and the weight b. */
export function emitInputGradQuads(emit: Emitter, [a, b, c]: Operands, shapes: ConvShapes, attrs: Conv2dAttrs, finish: Finish): void {
  const [x, w, y] = shapes;
  const { stride } = attrs;
  const strided = stride.some((step) => step > 1);
  emitQuads(
    emit,
    [a, b, c],
    INPUT_GRAD,
    finish,
    {
      ...quadParams(shapes, attrs, y, x),
      rows: x[0] * Math.ceil(x[1] / stride[0]) * Math.ceil(x[2] / stride[1]),
      phases: stride[0] * stride[1],
    },
    { STRIDED: strided ? 1 : 0 },
    sizeOf(y) * sizeOf(w.slice(0, 3)),
  );
}

/** An epilogue as kernels in quads take it: the bias loaded once, all others as they are. */
export const finishModules = (epilogue: Source): Source[] => (epilogue === EPILOGUE.biasActivation ? [FINISH_BIAS] : [FINISH_ROWS, epilogue]);

function emitQuads(
  emit: Emitter,
  [a, b, c]: Operands,
  operands: Source,
  { module: epilogue, link = [], overrides = {}, bindings = [], when }: Finish,
  given: Record<keyof typeof QUAD_PARAMS, number>,
  own: { STRIDED?: number },
  work: number,
  store: readonly Source[] = [TILE_ROWS],
): void {
  const tile = given.columns > 16 ? WIDE : work >= WORTH_TALL ? TALL : SMALL;
  emit.dispatch({
    kernel: conv2dQuadKernel,
    link: [QUAD_TILE, GRID, QUAD_SHAPE, tile.module, operands, ...store, ...finishModules(epilogue), ...link],
    overrides: { ...own, ...overrides },
    params: given,
    bindings: { a, b, c },
    moreBindings: bindings.map((target) => ({ access: 'read_write' as const, target })),
    workgroups: [Math.ceil(given.columns / tile.columns) * Math.ceil(given.rows / tile.rows) * given.groups * given.phases],
    work,
    ...(when ? { when } : {}),
  });
}

/** The gradient of the weight, of the images a and dy b. */
export function emitWeightGradQuads(emit: Emitter, [a, b, c]: Operands, db: Value | undefined, shapes: ConvShapes, attrs: Conv2dAttrs): void {
  const [x, w, y] = shapes;
  const { groups } = attrs;
  const m = sizeOf(w.slice(0, 3));
  const columns = y[3] / groups;
  const inner = sizeOf(y.slice(0, 3));
  const pieces = Math.ceil(inner / LONGEST_PIECE);
  const tile = columns <= 16 ? SMALL : WIDE;
  // Of a sum in pieces the bias would be one, too.
  const inPlace = pieces === 1 ? db : undefined;
  const to = pieces === 1 ? c : emit.scratch('products', pieces * m * y[3]);
  emit.dispatch({
    kernel: conv2dWeightGradQuadKernel,
    link: [QUAD_TILE, GRID, QUAD_SHAPE, tile.module, inPlace ? BIAS_GRAD : NO_BIAS_GRAD],
    params: {
      ...quadParams(shapes, attrs, x, y),
      m,
      rows: m,
      inner,
      pieces,
      piece: roundUp(Math.ceil(inner / pieces), 8),
    },
    bindings: { a, b, c: to },
    ...(inPlace ? { moreBindings: [{ access: 'read_write' as const, target: inPlace }] } : {}),
    workgroups: [Math.ceil(columns / tile.columns) * Math.ceil(m / tile.rows) * groups * pieces],
    work: m * y[3] * inner,
  });
  if (pieces > 1) kernelsOf('seldom').emitSum(emit, to, pieces, m * y[3], c);
  if (db && !inPlace) kernelsOf('seldom').emitSum(emit, b, inner, y[3], db);
}
