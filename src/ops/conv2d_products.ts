// The products of a convolution, channels last: y, the gradient of the images and that of the weight. They read patches where they lie: no copy of the patches is
// made. A group is a product of its own.

import forwardText from '../../shaders/conv2d/forward.wgsl';
import inputGradText from '../../shaders/conv2d/input_grad.wgsl';
import storeText from '../../shaders/conv2d/store.wgsl';
import storePieceText from '../../shaders/conv2d/store_piece.wgsl';
import weightGradText from '../../shaders/conv2d/weight_grad.wgsl';
import text from '../../shaders/conv2d.wgsl';
import narrowText from '../../shaders/conv2d_narrow.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { roundUp, sizeOf } from '../shape.ts';
import { emitDepthwise, emitDepthwiseWeightGrad, suitsDepthwise } from './conv2d_depthwise.ts';
import { emitForwardDirect, emitInputGradDirect, emitWeightGradDirect, suitsDirect, suitsDirectInputGrad } from './conv2d_direct.ts';
import { emitForwardQuads, emitInputGradQuads, emitWeightGradQuads, suitsInputGrad, suitsQuads } from './conv2d_quads.ts';
import { CONV2D_PARAMS, type Conv2dAttrs, type ConvShapes, type Operands, paramsOf, SHAPE } from './conv2d_shape.ts';
import { kernelsFor, kernelsOf } from './kernel_choice.ts';
import { GRID, SHARED_TILE, workgroupsFor } from './kernels.ts';
import type { Finish } from './matmul.ts';
import { ALL_TURNS, requireTurns } from './pieces.ts';

const HEADER = { bindings: { a: 'read_write', b: 'read_write', c: 'read_write' }, params: CONV2D_PARAMS } as const;
export const conv2dKernel = kernel('conv2d', text, { ...HEADER, overrides: {} });
export const conv2dNarrowKernel = kernel('conv2d_narrow', narrowText, HEADER);

/* @__NO_SIDE_EFFECTS__ */
function module(name: string, moduleText: string): Source {
  return { file: `conv2d/${name}`, text: moduleText };
}
const OPERANDS = { forward: module('forward', forwardText), inputGrad: module('input_grad', inputGradText), weightGrad: module('weight_grad', weightGradText) };
const STORE = module('store', storeText);
const STORE_PIECE = module('store_piece', storePieceText);

/** Columns of a product below which tiles would be mostly empty: an invocation makes one number then. */
export const NARROW = 8;
/** Tiles of 32 x 32 that keep a GPU busy, and the least inner indexes of a piece. */
const BUSY_TILES = 1024;
const LEAST_PIECE = 1024;
/**
 * Inner indexes that an invocation can go over: with a turn for each of its four numbers, and where several share them. The first is `mostOuter(4)` in fours, as
 * pieces are, written out so that bundlers drop it.
 */
const MOST_NARROW = 10_836;
const MOST = 2 ** 17;

/** The product of a convolution: rows, columns of a group, and inner indexes. */
interface Product {
  readonly operands: Source;
  readonly m: number;
  readonly columns: number;
  readonly k: number;
}

/**
 * Pieces that keep a GPU busy where there are few tiles, and inner indexes in each but the last: of sums over pixels, as long as the data are many, alone. They
 * depend on shapes alone.
 */
function piecesOf({ m, columns, k }: Product, groups: number, narrow: boolean): { pieces: number; piece: number } {
  if (k <= LEAST_PIECE) return { pieces: 1, piece: k };
  const tiles = narrow ? Math.ceil((m * columns * groups) / 256) : Math.ceil(m / 32) * Math.ceil(columns / 32) * groups;
  const least = Math.ceil(k / (narrow ? MOST_NARROW : MOST));
  const wanted = Math.max(least, Math.min(Math.ceil(k / LEAST_PIECE), Math.ceil(BUSY_TILES / tiles)));
  const piece = roundUp(Math.ceil(k / wanted), 4);
  return { pieces: Math.ceil(k / piece), piece };
}

/** Without a finish a sum over pixels, in pieces. */
function emitProduct(emit: Emitter, where: string, [a, b, to]: Operands, [x, w, y]: ConvShapes, attrs: Conv2dAttrs, product: Product, finish?: Finish): void {
  const { m, columns, k, operands } = product;
  const { groups } = attrs;
  // SwiftShader takes seconds to compile tiles in workgroup memory. A long sum that has a finish cannot go in pieces, so tiles make it.
  const narrow = kernelsFor(emit.capabilities).products !== 'shared' || (columns < NARROW && (!finish || k <= MOST_NARROW));
  const { pieces, piece } = finish ? { pieces: 1, piece: k } : piecesOf(product, groups, narrow);
  requireTurns(emit.capabilities, where, 'columns', piece, narrow ? MOST_NARROW : MOST);
  const n = columns * groups;
  const c = pieces === 1 ? to : emit.scratch('products', pieces * m * n);
  emit.dispatch({
    kernel: narrow ? conv2dNarrowKernel : conv2dKernel,
    link: [...(narrow ? [] : SHARED_TILE), GRID, SHAPE, operands, ...(finish ? [STORE, finish.module, ...(finish.link ?? [])] : [STORE_PIECE])],
    overrides: { ...finish?.overrides },
    params: paramsOf([x, w, y], attrs, { m, n, columns, k, pieces, piece }),
    bindings: { a, b, c },
    ...(finish?.bindings ? { moreBindings: finish.bindings.map((target) => ({ access: 'read_write' as const, target })) } : {}),
    workgroups: narrow ? workgroupsFor(Math.ceil(n / 4) * m * pieces) : [Math.ceil(columns / 32) * Math.ceil(m / 32) * groups * pieces],
    work: m * n * k,
    ...(finish?.when ? { when: finish.when } : {}),
  });
  if (pieces > 1) kernelsOf('seldom').emitSum(emit, c, pieces, m * n, to);
}

const quads = ({ capabilities }: Emitter): boolean => kernelsFor(capabilities).products === 'quads';

/** y of images and weight, with an epilogue. */
export function emitForward(emit: Emitter, where: string, operands: Operands, shapes: ConvShapes, attrs: Conv2dAttrs, finish: Finish): void {
  const [x, w, y] = shapes;
  const product = { operands: OPERANDS.forward, m: sizeOf(y.slice(0, 3)), columns: y[3] / attrs.groups, k: sizeOf(w.slice(0, 3)) };
  if (suitsDepthwise(shapes, attrs)) emitDepthwise(emit, operands, shapes, attrs, finish, false);
  else if (quads(emit) && suitsQuads(shapes, attrs)) emitForwardQuads(emit, operands, shapes, attrs, finish);
  else if (quads(emit) && suitsDirect(shapes, attrs, x[3])) emitForwardDirect(emit, operands, shapes, attrs, finish);
  else emitProduct(emit, where, operands, shapes, attrs, product, finish);
}

/** Where bias, activation and a max pool by windows of 2 x 2 are one dispatch with the convolution; false where they are not, and nothing is emitted. */
export function emitForwardPooled(emit: Emitter, operands: Operands, indices: Value, shapes: ConvShapes, attrs: Conv2dAttrs, finish: Finish): boolean {
  const [x, , y] = shapes;
  if (!quads(emit) || y[3] % 4 !== 0) return false;
  if (suitsQuads(shapes, attrs)) emitForwardQuads(emit, operands, shapes, attrs, finish, indices);
  else if (suitsDirect(shapes, attrs, x[3])) emitForwardDirect(emit, operands, shapes, attrs, finish, indices);
  else return false;
  return true;
}

/** The gradient of the images, of dy and weight, with an epilogue: each pixel gathers from the windows that hold it. */
export function emitInputGrad(emit: Emitter, where: string, operands: Operands, shapes: ConvShapes, attrs: Conv2dAttrs, finish: Finish): void {
  const [x, w, y] = shapes;
  const product = { operands: OPERANDS.inputGrad, m: sizeOf(x.slice(0, 3)), columns: w[2], k: (w[0] * w[1] * y[3]) / attrs.groups };
  if (suitsDepthwise(shapes, attrs)) emitDepthwise(emit, operands, shapes, attrs, finish, true);
  else if (quads(emit) && suitsInputGrad(shapes, attrs)) emitInputGradQuads(emit, operands, shapes, attrs, finish);
  else if (quads(emit) && suitsDirectInputGrad(shapes, attrs)) emitInputGradDirect(emit, operands, shapes, attrs, finish);
  else emitProduct(emit, where, operands, shapes, attrs, product, finish);
}

/** The gradient of the weight, of images and dy: a sum over all pixels of the batch, in pieces that are added by a fixed tree; and that of a bias, the sums of dy. */
export function emitWeightGrad(emit: Emitter, where: string, operands: Operands, db: Value | undefined, shapes: ConvShapes, attrs: Conv2dAttrs): void {
  const [x, w, y] = shapes;
  // An invocation goes over whole rows of pixels.
  const wide = y[2] > ALL_TURNS && kernelsFor(emit.capabilities).shares;
  if (suitsDepthwise(shapes, attrs) && !wide) emitDepthwiseWeightGrad(emit, operands, db, shapes, attrs);
  else if (quads(emit) && suitsQuads(shapes, attrs)) emitWeightGradQuads(emit, operands, db, shapes, attrs);
  else if (quads(emit) && suitsDirect(shapes, attrs, x[3])) emitWeightGradDirect(emit, operands, db, shapes, attrs);
  else {
    const pixels = sizeOf(y.slice(0, 3));
    emitProduct(emit, where, operands, shapes, attrs, { operands: OPERANDS.weightGrad, m: sizeOf(w.slice(0, 3)), columns: y[3] / attrs.groups, k: pixels });
    if (db) kernelsOf('seldom').emitSum(emit, operands[1], pixels, y[3], db);
  }
}
