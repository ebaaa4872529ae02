// Pools of images, channels last: the largest or the mean of each window. Gradients gather, so that the same seed gives the same bits.
import avgText from '../../shaders/avg_pool2d.wgsl';
import avgGradText from '../../shaders/avg_pool2d_grad.wgsl';
import sizeText from '../../shaders/lib/window_size.wgsl';
import windowsText from '../../shaders/lib/windows.wgsl';
import maxText from '../../shaders/max_pool2d.wgsl';
import maxFoursText from '../../shaders/max_pool2d_fours.wgsl';
import maxGradText from '../../shaders/max_pool2d_grad.wgsl';
import maxGradFoursText from '../../shaders/max_pool2d_grad_fours.wgsl';
import { ShapeError } from '../errors.ts';
import type { Node, Value } from '../graph/graph.ts';
import type { Emitter, Fusion, Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { type OptionTable, withOptions } from '../option_table.ts';
import { lastOf, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { type ActivationAttrs, activationGradOp } from './activations.ts';
import { replaceNodes } from './fusions.ts';
import { asInput, FINITE, GRID, workgroupsFor } from './kernels.ts';
import { mostOuter, requireTurns } from './pieces.ts';
import { evenPadding, type Pair, type PairOption, pairOf, pairOption, type Windows, windowParams, windowsOver } from './windows.ts';

const WINDOWS: Source = { file: 'lib/windows', text: windowsText };
const WINDOW_SIZE: Source = { file: 'lib/window_size', text: sizeText };

const params = {
  count: 'u32',
  height: 'u32',
  width: 'u32',
  channels: 'u32',
  out_height: 'u32',
  out_width: 'u32',
  kernel_height: 'u32',
  kernel_width: 'u32',
  stride_y: 'u32',
  stride_x: 'u32',
  top: 'u32',
  bottom: 'u32',
  left: 'u32',
  right: 'u32',
  dilation_y: 'u32',
  dilation_x: 'u32',
  count_include_pad: 'u32',
} as const;
// Each kernel names what it is made of: what is spread from another kernel, bundlers keep in programs without pools.
const MAX_BINDINGS = { x: 'read_write', y: 'read_write', indices: 'read_write' } as const;
const MAX_GRAD_BINDINGS = { dy: 'read_write', indices: 'read_write', dx: 'read_write' } as const;
export const maxPool2dKernel = kernel('max_pool2d', maxText, { bindings: MAX_BINDINGS, params });
export const maxPool2dGradKernel = kernel('max_pool2d_grad', maxGradText, { bindings: MAX_GRAD_BINDINGS, params });
export const maxPool2dFoursKernel = kernel('max_pool2d_fours', maxFoursText, { bindings: MAX_BINDINGS, params, overrides: { WORKGROUP: 64 } });
export const maxPool2dGradFoursKernel = kernel('max_pool2d_grad_fours', maxGradFoursText, {
  bindings: MAX_GRAD_BINDINGS,
  params,
  overrides: { WORKGROUP: 64 },
});
export const avgPool2dKernel = kernel('avg_pool2d', avgText, { bindings: { x: 'read_write', y: 'read_write' }, params });
export const avgPool2dGradKernel = kernel('avg_pool2d_grad', avgGradText, { bindings: { dy: 'read_write', dx: 'read_write' }, params });

export interface PoolAttrs extends Windows {
  readonly kernel: Pair;
  /** Whether the last windows may reach behind the padding. */
  readonly ceil: boolean;
  /** Whether padding counts in a mean. */
  readonly countIncludePad: boolean;
}

/** Of a gradient also the shape of the images. */
export interface PoolGradAttrs extends PoolAttrs {
  readonly shape: readonly number[];
}

/** The type of what a pool gives. Throws ShapeError where no window fits, and where one could lie in the padding as a whole. */
function pooled(where: string, x: TensorType, attrs: PoolAttrs): TensorType {
  const { kernel: size, dilation, padding } = attrs;
  const [height, width] = windowsOver(where, x, size, attrs, attrs.ceil);
  const half = size.map((each, d) => Math.floor((dilation[d]! * (each - 1) + 1) / 2));
  if (padding.some((each, side) => each > half[side >> 1]!))
    throw new ShapeError(`${where}: expected padding of at most half a window, ${half.join(' x ')}, got ${shapeText(padding)}`);
  if (seesNothing(attrs, 0, x.shape[1]!, height) || seesNothing(attrs, 1, x.shape[2]!, width))
    throw new ShapeError(
      `${where}: a window of ${size.join(' x ')}, dilated by ${dilation.join(' x ')}, would see padding alone in images ${shapeText(x.shape)}: expected less padding or dilation`,
    );
  return { ...x, shape: [x.shape[0]!, height, width, x.shape[3]!] };
}

/** Whether some window passes over the image along an axis: one with gaps, in an image smaller than a gap. */
function seesNothing({ kernel: size, stride, padding, dilation }: PoolAttrs, d: 0 | 1, pixels: number, windows: number): boolean {
  if (dilation[d] === 1) return false;
  return Array.from({ length: windows }, (_, i) => i * stride[d] - padding[2 * d]!).some((first) =>
    Array.from({ length: size[d] }, (_, tap) => first + tap * dilation[d]).every((at) => at < 0 || at >= pixels),
  );
}

/** Throws ShapeError where an invocation would go over too large a window. */
function requireWindow({ capabilities }: Emitter, where: string, { kernel: [height, width] }: PoolAttrs): void {
  const todo = "; whole images are pooled by globalAvgPool2d, or by 'max' along their axes";
  requireTurns(capabilities, where, `rows of ${width} pixels in a window`, height, mostOuter(width), todo);
}

function paramsOf(attrs: PoolAttrs, images: readonly number[], windows: readonly number[], count: number): Record<keyof typeof params, number> {
  const { kernel: size, padding } = attrs;
  return {
    count,
    height: images[1]!,
    width: images[2]!,
    channels: images[3]!,
    out_height: windows[1]!,
    out_width: windows[2]!,
    kernel_height: size[0],
    kernel_width: size[1],
    ...windowParams(attrs),
    bottom: padding[1],
    right: padding[3],
    count_include_pad: attrs.countIncludePad ? 1 : 0,
  };
}

/**
 * The derivative of the activation before a pool is that of the largest, where the activation tells it by its output: fewer numbers, and whatever makes the
 * gradient of the pool's output can take it along.
 */
const derivativeBehind: Fusion = {
  name: 'max_pool2d',
  early: true,
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const before = new Map<Node, Node>();
    const fused: string[] = [];
    const pools = new Map(nodes.filter(({ op }) => op === maxPool2dOp).map((node) => [node.outputs[1]!, node]));
    for (const gradient of nodes) {
      const pool = gradient.op === maxPool2dGradOp ? pools.get(gradient.inputs[1]!) : undefined;
      const readers = context.readers(gradient.outputs[0]!);
      const [own] = readers;
      if (!pool || !own || readers.length > 1 || context.retained(gradient.outputs[0]!) || own.op !== activationGradOp) continue;
      if (own.inputs[0] !== gradient.outputs[0] || context.root(own.inputs[1]!) !== context.root(pool.inputs[0]!)) continue;
      if ((own.attrs as ActivationAttrs).entry.gradientFrom !== 'output') continue;
      const made = context.node(activationGradOp, [gradient.inputs[0]!, pool.outputs[0]!], own.attrs as ActivationAttrs, { ...own, outputs: [undefined] });
      before.set(gradient, made);
      const inputs = [made.outputs[0]!, gradient.inputs[1]!];
      replaced.set(gradient, context.node(maxPool2dGradOp, inputs, gradient.attrs as PoolGradAttrs, { ...gradient, outputs: own.outputs }));
      replaced.set(own, null);
      fused.push(`derivative of ${own.attrs.name} behind ${pool.name}`);
    }
    const inPlace = nodes.flatMap((node) => (before.has(node) ? [before.get(node)!, node] : [node]));
    return { nodes: replaceNodes(inPlace, replaced), fused };
  },
};

/** [batch, height, width, channels] -> the largest of each window, and its place in the image, in i32: of equal ones the first. */
export const maxPool2dOp: Op<PoolAttrs> = {
  name: 'max_pool2d',
  fusions: [derivativeBehind],
  padding: ([x]) => [x!, 'any'],
  infer: ([x], attrs, where) => {
    const type = pooled(`max_pool2d at ${where}`, x!, attrs);
    return [type, { ...type, dtype: 'i32' }];
  },
  vjp: (graph, node, [dy]) => [
    graph.apply(maxPool2dGradOp, [dy!, node.outputs[1]!], { ...node.attrs, shape: node.inputs[0]!.type.shape }, `${node.name}/dx`)[0]!,
  ],
  lower: (emit, { name, inputs, outputs, attrs }) => {
    requireWindow(emit, `max_pool2d at ${name}`, attrs);
    emitMaxPool(emit, inputs[0]!, inputs[0]!.type.shape, outputs, attrs);
  },
};

/** Emits the pool of x, images of that shape. */
export function emitMaxPool(emit: Emitter, x: Value, images: readonly number[], [y, indices]: readonly Value[], attrs: PoolAttrs): void {
  const count = sizeOf(y!.type.shape);
  const inFours = lastOf(y!.type) % 4 === 0;
  emit.dispatch({
    kernel: inFours ? maxPool2dFoursKernel : maxPool2dKernel,
    link: [GRID, WINDOWS, ...(inFours ? [] : [FINITE])],
    params: paramsOf(attrs, images, y!.type.shape, count),
    bindings: { x, y: y!, indices: indices! },
    workgroups: workgroupsFor(inFours ? count / 4 : count),
    work: count * attrs.kernel[0] * attrs.kernel[1],
  });
}

/** dx of `shape` from dy and the places of the largest. Only ever inside a backward pass. */
export const maxPool2dGradOp: Op<PoolGradAttrs> = {
  name: 'max_pool2d_grad',
  elements: ['f32', 'i32'],
  padding: asInput,
  infer: ([dy], { shape }) => [{ ...dy!, shape }],
  vjp: null,
  lower: (emit, node) => {
    const [dy, indices] = node.inputs;
    const { attrs } = node;
    const [batch, height, width, channels] = attrs.shape as [number, number, number, number];
    const count = sizeOf(attrs.shape);
    const reach = attrs.kernel.map((each, d) => attrs.dilation[d]! * (each - 1));
    const apart = attrs.stride.every((step, d) => step > reach[d]!);
    // In fours a window writes all pixels up to the next.
    const inFours = apart && channels % 4 === 0 && attrs.stride[0] <= mostOuter(attrs.stride[1]);
    const [down, across] = [0, 1].map((d) => Math.min(dy!.type.shape[d + 1]!, Math.floor(reach[d]! / attrs.stride[d]!) + 1)) as [number, number];
    requireTurns(emit.capabilities, `max_pool2d at ${node.name}`, `rows of ${across} windows over a pixel`, down, mostOuter(across), '; take a larger stride');
    const cells = Math.ceil((height + attrs.padding[0]) / attrs.stride[0]) * Math.ceil((width + attrs.padding[2]) / attrs.stride[1]);
    emit.dispatch({
      kernel: inFours ? maxPool2dGradFoursKernel : maxPool2dGradKernel,
      link: [GRID, WINDOWS],
      params: paramsOf(attrs, attrs.shape, dy!.type.shape, count),
      bindings: { dy: dy!, indices: indices!, dx: node.outputs[0]! },
      workgroups: workgroupsFor(inFours ? (batch * cells * channels) / 4 : count),
      work: count * attrs.kernel[0] * attrs.kernel[1],
    });
  },
};

/** [batch, height, width, channels] -> the mean of each window. */
export const avgPool2dOp: Op<PoolAttrs> = {
  name: 'avg_pool2d',
  padding: asInput,
  infer: ([x], attrs, where) => [pooled(`avg_pool2d at ${where}`, x!, attrs)],
  vjp: (graph, node, [dy]) => [graph.apply(avgPool2dGradOp, [dy!], { ...node.attrs, shape: node.inputs[0]!.type.shape }, `${node.name}/dx`)[0]!],
  lower: (emit, node) => {
    const x = node.inputs[0]!;
    const y = node.outputs[0]!;
    const count = sizeOf(y.type.shape);
    requireWindow(emit, `avg_pool2d at ${node.name}`, node.attrs);
    emit.dispatch({
      kernel: avgPool2dKernel,
      link: [GRID, WINDOWS, WINDOW_SIZE],
      params: paramsOf(node.attrs, x.type.shape, y.type.shape, count),
      bindings: { x, y },
      workgroups: workgroupsFor(count),
      work: count * node.attrs.kernel[0] * node.attrs.kernel[1],
    });
  },
};

/** dx of `shape` from dy. Only ever inside a backward pass. */
export const avgPool2dGradOp: Op<PoolGradAttrs> = {
  name: 'avg_pool2d_grad',
  padding: asInput,
  infer: ([dy], { shape }) => [{ ...dy!, shape }],
  vjp: null,
  lower: (emit, node) => {
    const dy = node.inputs[0]!;
    const { attrs } = node;
    const count = sizeOf(attrs.shape);
    requireWindow(emit, `avg_pool2d at ${node.name}`, attrs);
    emit.dispatch({
      kernel: avgPool2dGradKernel,
      link: [GRID, WINDOWS, WINDOW_SIZE],
      params: paramsOf(attrs, attrs.shape, dy.type.shape, count),
      bindings: { dy, dx: node.outputs[0]! },
      workgroups: workgroupsFor(count),
      work: count * attrs.kernel[0] * attrs.kernel[1],
    });
  },
};

/** Options of `avgPool2d`: its windows, and whether padding counts. */
export interface AvgPool2dOptions {
  /** Height and width of a window: a number or [height, width]. */
  kernelSize: PairOption;
  /** Pixels from one window to the next; `kernelSize` by default, so that windows do not overlap. */
  stride?: PairOption;
  /** Pixels around the images, at most half a window; 0 by default. */
  padding?: PairOption;
  /** Whether windows that begin within the images and end outside count, too; false by default. */
  ceilMode?: boolean;
  /** Whether padding counts as zeros in the mean; true by default, as in PyTorch. */
  countIncludePad?: boolean;
}

/** Options of `maxPool2d`: its windows. */
export interface MaxPool2dOptions extends Omit<AvgPool2dOptions, 'countIncludePad'> {
  /** Distance between the pixels that a window sees; 1 by default. */
  dilation?: PairOption;
}

const POOL_OPTIONS = {
  kernelSize: withOptions(pairOption(1), { required: true }),
  stride: pairOption(1),
  padding: withOptions(pairOption(0), { default: 0 }),
  ceilMode: { type: 'boolean', default: false },
} as const;
export const MAX_POOL2D_OPTIONS = withOptions(POOL_OPTIONS, { dilation: withOptions(pairOption(1), { default: 1 }) }) satisfies OptionTable<MaxPool2dOptions>;
export const AVG_POOL2D_OPTIONS = withOptions(POOL_OPTIONS, { countIncludePad: { type: 'boolean', default: true } }) satisfies OptionTable<AvgPool2dOptions>;

/** The attributes of a pool by its options, which are complete. */
export function poolAttrs(options: MaxPool2dOptions | AvgPool2dOptions): PoolAttrs {
  const {
    kernelSize,
    stride = kernelSize,
    padding = 0,
    ceilMode = false,
    dilation = 1,
    countIncludePad = true,
  } = options as MaxPool2dOptions & AvgPool2dOptions;
  return { kernel: pairOf(kernelSize), stride: pairOf(stride), padding: evenPadding(padding), dilation: pairOf(dilation), ceil: ceilMode, countIncludePad };
}
