// Depthwise convolutions whose channels come in fours, on every adapter: a vec4 at a time, without products of many rows and columns.
import text from '../../shaders/conv2d_depthwise.wgsl';
import weightGradText from '../../shaders/conv2d_depthwise_weight_grad.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { finishModules, QUAD_PARAMS, QUAD_SHAPE, quadParams } from './conv2d_quads.ts';
import type { Conv2dAttrs, ConvShapes, Operands } from './conv2d_shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, workgroupsFor } from './kernels.ts';
import type { Finish } from './matmul.ts';
import { ALL_TURNS, mostOuter } from './pieces.ts';

export const conv2dDepthwiseKernel = kernel('conv2d_depthwise', text, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write' },
  params: QUAD_PARAMS,
  overrides: { WORKGROUP: 64, GRADIENT: 0, STRIDED: 0 },
});
export const conv2dDepthwiseWeightGradKernel = kernel('conv2d_depthwise_weight_grad', weightGradText, {
  bindings: { a: 'read_write', b: 'read_write', c: 'read_write', biases: 'read_write' },
  params: QUAD_PARAMS,
});

/** Rows of pixels that a piece of a gradient of weights goes over, at most. */
const LINES = 16;

/** Whether each channel has one filter, they come in fours, and an invocation can go over its taps. */
export function suitsDepthwise([x, w]: ConvShapes, { groups }: Conv2dAttrs): boolean {
  return groups === x[3] && w[3] === groups && groups % 4 === 0 && w[0] <= mostOuter(w[1]);
}

/** y of the images a and the weight b, or the gradient of the images of dy a. */
export function emitDepthwise(
  emit: Emitter,
  [a, b, c]: Operands,
  shapes: ConvShapes,
  attrs: Conv2dAttrs,
  { module, link = [], overrides = {}, bindings = [], when }: Finish,
  gradient: boolean,
): void {
  const [x, w, y] = shapes;
  const [from, to] = gradient ? [y, x] : [x, y];
  const fours = to[3] / 4;
  emit.dispatch({
    kernel: conv2dDepthwiseKernel,
    link: [GRID, QUAD_SHAPE, ...finishModules(module), ...link],
    overrides: { GRADIENT: gradient ? 1 : 0, STRIDED: attrs.stride.some((step) => step > 1) ? 1 : 0, ...overrides },
    params: { ...quadParams(shapes, attrs, from, to), m: sizeOf(to.slice(0, 3)), n: to[3], fours },
    bindings: { a, b, c },
    moreBindings: bindings.map((target) => ({ access: 'read_write' as const, target })),
    workgroups: workgroupsFor(to[0] * to[1] * Math.ceil(to[2] / 4) * fours),
    work: sizeOf(to) * w[0] * w[1],
    ...(when ? { when } : {}),
  });
}

/** The gradient of the weight, of the images a and dy b, and of the bias. */
export function emitDepthwiseWeightGrad(emit: Emitter, [a, b, c]: Operands, db: Value | undefined, shapes: ConvShapes, attrs: Conv2dAttrs): void {
  const [x, w, y] = shapes;
  const n = y[3];
  const taps = w[0] * w[1];
  const lines = y[0] * y[1];
  const piece = Math.max(1, Math.min(LINES, Math.floor(ALL_TURNS / y[2])));
  const pieces = Math.ceil(lines / piece);
  const products = pieces === 1 ? c : emit.scratch('products', pieces * taps * n);
  const biases = pieces === 1 && db ? db : emit.scratch('biases', pieces * n);
  emit.dispatch({
    kernel: conv2dDepthwiseWeightGradKernel,
    link: [GRID, QUAD_SHAPE],
    params: { ...quadParams(shapes, attrs, x, y), m: taps, n, fours: n / 4, inner: lines * y[2], pieces, piece },
    bindings: { a, b, c: products, biases },
    workgroups: workgroupsFor((n / 4) * w[0] * Math.ceil(w[1] / 3) * pieces),
    work: sizeOf(y) * taps,
  });
  if (pieces === 1) return;
  kernelsOf('seldom').emitSum(emit, products, pieces, taps * n, c);
  if (db) kernelsOf('seldom').emitSum(emit, biases, pieces, n, db);
}
