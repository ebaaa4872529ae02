// Convolutions of few channels for SwiftShader with subgroups of 4, those of images above all, and others whose channels do not come in fours.
import patchText from '../../shaders/conv2d/direct_patch.wgsl';
import poolText from '../../shaders/conv2d/direct_pool.wgsl';
import rowsText from '../../shaders/conv2d/direct_rows.wgsl';
import text from '../../shaders/conv2d_direct.wgsl';
import weightGradText from '../../shaders/conv2d_weight_grad_direct.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { finishModules, POOL_WINDOW } from './conv2d_quads.ts';
import { CONV2D_PARAMS, type Conv2dAttrs, type ConvShapes, type Operands, paramsOf, SHAPE } from './conv2d_shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID } from './kernels.ts';
import type { Finish } from './matmul.ts';

const PATCH: Source = { file: 'conv2d/direct_patch', text: patchText };
const ROWS: Source = { file: 'conv2d/direct_rows', text: rowsText };
const POOL: Source = { file: 'conv2d/direct_pool', text: poolText };

export const conv2dDirectKernel = kernel('conv2d_direct', text, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: CONV2D_PARAMS,
  overrides: { ONE_TURN: 0, FLIPPED: 0 },
});
export const conv2dWeightGradDirectKernel = kernel('conv2d_weight_grad_direct', weightGradText, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write', biases: 'read_write' },
  params: CONV2D_PARAMS,
  overrides: {},
});

/** Blocks of 3 x 3 taps times channels whose weights an invocation keeps; the kernel has nine of each. */
const MOST_TURNS = 28;
/** Rows of windows that a workgroup goes over with the weights that it has loaded. */
const SHARING_LINES = 4;
/** Rows of windows that a piece of a gradient of weights goes over. */
const LINES = 16;

const turnsOf = (w: readonly number[], channels: number): number => Math.ceil(w[0]! / 3) * Math.ceil(w[1]! / 3) * channels;

/** Whether a product is one of these: y where `channels` are those of the images, the gradient of the images where they are the filters. */
export function suitsDirect([, w]: ConvShapes, { groups }: Conv2dAttrs, channels: number): boolean {
  return groups === 1 && turnsOf(w, channels) <= MOST_TURNS;
}

const isOne = (attrs: Conv2dAttrs): boolean => [...attrs.stride, ...attrs.dilation].every((each) => each === 1);

/** Whether the gradient of the images is a convolution of dy, with the weight turned round. */
export function suitsDirectInputGrad(shapes: ConvShapes, attrs: Conv2dAttrs): boolean {
  return attrs.stride.every((step) => step === 1) && suitsDirect(shapes, attrs, shapes[2][3]);
}

/** y of the images a and the weight b; with `indices` c is pooled by windows of 2 x 2, and they are the places of the largest. */
export function emitForwardDirect(emit: Emitter, operands: Operands, shapes: ConvShapes, attrs: Conv2dAttrs, finish: Finish, indices?: Value): void {
  emitDirect(emit, operands, shapes, attrs, finish, 0, indices);
}

/** The gradient of the images, of dy a and the weight b. */
export function emitInputGradDirect(emit: Emitter, operands: Operands, [x, w, y]: ConvShapes, attrs: Conv2dAttrs, finish: Finish): void {
  const [top, bottom, left, right] = attrs.padding;
  const reach = [0, 1].map((d) => attrs.dilation[d]! * (w[d]! - 1)) as [number, number];
  const padding = [reach[0] - top, reach[0] - bottom, reach[1] - left, reach[1] - right] as const;
  emitDirect(emit, operands, [y, w, x], { ...attrs, padding }, finish, 1);
}

function emitDirect(
  emit: Emitter,
  [a, b, c]: Operands,
  shapes: ConvShapes,
  attrs: Conv2dAttrs,
  { module, link = [], overrides = {}, bindings = [], when }: Finish,
  FLIPPED: number,
  indices?: Value,
): void {
  const [x, w, y] = shapes;
  const m = sizeOf(y.slice(0, 3));
  const n = y[3];
  const k = w[0] * w[1] * x[3];
  const lines = y[0] * (indices ? Math.floor(y[1] / 2) : Math.ceil(y[1] / 2));
  emit.dispatch({
    kernel: conv2dDirectKernel,
    link: [PATCH, GRID, SHAPE, ...(indices ? [POOL, POOL_WINDOW] : [ROWS]), ...finishModules(module), ...link],
    overrides: { ONE_TURN: turnsOf(w, x[3]) === 1 ? 1 : 0, FLIPPED, SHARED: isOne(attrs) ? 1 : 0, ...overrides },
    params: paramsOf(shapes, attrs, { m, n, columns: n, k, pieces: Math.ceil(lines / SHARING_LINES), piece: SHARING_LINES }),
    bindings: { a, b, c },
    moreBindings: [...bindings, ...(indices ? [indices] : [])].map((target) => ({ access: 'read_write' as const, target })),
    workgroups: [Math.ceil(lines / SHARING_LINES) * Math.ceil(n / 16)],
    work: m * n * k,
    ...(when ? { when } : {}),
  });
}

/** The gradient of the weight, of the images a and dy b, and of the bias. */
export function emitWeightGradDirect(emit: Emitter, [a, b, c]: Operands, db: Value | undefined, shapes: ConvShapes, attrs: Conv2dAttrs): void {
  const [x, w, y] = shapes;
  const m = sizeOf(y.slice(0, 3));
  const n = y[3];
  const k = sizeOf(w.slice(0, 3));
  const lines = y[0] * Math.ceil(y[1] / 2);
  const pieces = Math.ceil(lines / LINES);
  const products = pieces === 1 ? c : emit.scratch('products', pieces * k * n);
  const biases = pieces === 1 && db ? db : emit.scratch('biases', pieces * n);
  emit.dispatch({
    kernel: conv2dWeightGradDirectKernel,
    link: [PATCH, GRID, SHAPE],
    overrides: { SHARED: isOne(attrs) ? 1 : 0 },
    params: paramsOf(shapes, attrs, { m, n, columns: n, k, pieces, piece: LINES }),
    bindings: { a, b, c: products, biases },
    workgroups: [turnsOf(w, x[3]) * Math.ceil(n / 16) * pieces],
    work: m * n * k,
  });
  if (pieces === 1) return;
  kernelsOf('seldom').emitSum(emit, products, pieces, k * n, c);
  if (db) kernelsOf('seldom').emitSum(emit, biases, pieces, n, db);
}
