// Images made larger, channels last, as often as whole numbers say. The gradient gathers, so that the same seed gives the same bits.
import libText from '../../shaders/lib/upsampling.wgsl';
import text from '../../shaders/upsample2d.wgsl';
import gradText from '../../shaders/upsample2d_grad.wgsl';
import { ShapeError, UsageError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { type OptionTable, withOptions } from '../option_table.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { asInput, GRID, workgroupsFor } from './kernels.ts';
import { type Pair, type PairOption, pairOf, pairOption, requireImages } from './windows.ts';

const UPSAMPLING: Source = { file: 'lib/upsampling', text: libText };

const params = {
  count: 'u32',
  height: 'u32',
  width: 'u32',
  channels: 'u32',
  out_height: 'u32',
  out_width: 'u32',
  step_y: 'u32',
  step_x: 'u32',
  start_y: 'u32',
  start_x: 'u32',
  parts_y: 'u32',
  parts_x: 'u32',
  blend: 'u32',
} as const;
export const upsample2dKernel = kernel('upsample2d', text, { bindings: { x: 'read_write', y: 'read_write' }, params });
export const upsample2dGradKernel = kernel('upsample2d_grad', gradText, { bindings: { dy: 'read_write', dx: 'read_write' }, params });

export interface Upsample2dAttrs {
  /** How many times as high, and as wide. */
  readonly scale: Pair;
  /** Each pixel is one of the image, or between its neighbours. */
  readonly mode: 'nearest' | 'bilinear';
  /** Whether corners lie on corners, instead of edges on edges. */
  readonly alignCorners: boolean;
}

/** Of a gradient also the shape of the images. */
export interface Upsample2dGradAttrs extends Upsample2dAttrs {
  readonly shape: readonly number[];
}

/** Where pixel i of the larger image lies along an axis of the smaller one: at (i step - start) / parts. */
function placesAlong(size: number, scale: number, { mode, alignCorners }: Upsample2dAttrs): { step: number; start: number; parts: number } {
  if (mode === 'nearest') return { step: 1, start: 0, parts: scale };
  if (alignCorners) return { step: size - 1, start: 0, parts: Math.max(1, size * scale - 1) };
  return { step: 2, start: scale - 1, parts: 2 * scale };
}

function paramsOf(attrs: Upsample2dAttrs, [, height, width, channels]: readonly number[], count: number): Record<keyof typeof params, number> {
  const [y, x] = [placesAlong(height!, attrs.scale[0], attrs), placesAlong(width!, attrs.scale[1], attrs)];
  return {
    count,
    height: height!,
    width: width!,
    channels: channels!,
    out_height: height! * attrs.scale[0],
    out_width: width! * attrs.scale[1],
    step_y: y.step,
    step_x: x.step,
    start_y: y.start,
    start_x: x.start,
    parts_y: y.parts,
    parts_x: x.parts,
    blend: attrs.mode === 'bilinear' ? 1 : 0,
  };
}

/** What integers of the kernel can count. */
const MOST = 2 ** 31;

/** [batch, height, width, channels] -> scale times as high and wide. */
export const upsample2dOp: Op<Upsample2dAttrs> = {
  name: 'upsample2d',
  padding: asInput,
  infer: ([x], attrs, where) => {
    requireImages(`upsample2d at ${where}`, x!);
    const [batch, height, width, channels] = x!.shape as [number, number, number, number];
    [height, width].forEach((size, d) => {
      const { step, parts } = placesAlong(size, attrs.scale[d]!, attrs);
      if (size * attrs.scale[d]! * step >= MOST || (size + 1) * parts >= MOST)
        throw new ShapeError(`upsample2d at ${where}: images ${shapeText(x!.shape)} are too large for alignCorners`);
    });
    return [{ ...x!, shape: [batch, height * attrs.scale[0], width * attrs.scale[1], channels] }];
  },
  vjp: (graph, node, [dy]) => [graph.apply(upsample2dGradOp, [dy!], { ...node.attrs, shape: node.inputs[0]!.type.shape }, `${node.name}/dx`)[0]!],
  lower: (emit, { attrs, inputs, outputs }) => {
    const count = sizeOf(outputs[0]!.type.shape);
    emit.dispatch({
      kernel: upsample2dKernel,
      link: [GRID, UPSAMPLING],
      params: paramsOf(attrs, inputs[0]!.type.shape, count),
      bindings: { x: inputs[0]!, y: outputs[0]! },
      workgroups: workgroupsFor(count),
      work: count * (attrs.mode === 'bilinear' ? 4 : 1),
    });
  },
};

/** dx of `shape` from dy. Only ever inside a backward pass. */
export const upsample2dGradOp: Op<Upsample2dGradAttrs> = {
  name: 'upsample2d_grad',
  padding: asInput,
  infer: ([dy], { shape }) => [{ ...dy!, shape }],
  vjp: null,
  lower: (emit, { attrs, inputs, outputs }) => {
    const count = sizeOf(attrs.shape);
    emit.dispatch({
      kernel: upsample2dGradKernel,
      link: [GRID, UPSAMPLING],
      params: paramsOf(attrs, attrs.shape, count),
      bindings: { dy: inputs[0]!, dx: outputs[0]! },
      workgroups: workgroupsFor(count),
      work: sizeOf(inputs[0]!.type.shape) * (attrs.mode === 'bilinear' ? 4 : 1),
    });
  },
};

/** Options of `upsample2d`: how much larger, and what lies between pixels. */
export interface Upsample2dOptions {
  /** How many times as high and wide: a number or [height, width], at most 64. */
  scaleFactor: PairOption;
  /** 'nearest' repeats pixels, 'bilinear' blends the four around a place; nearest by default. */
  mode?: 'nearest' | 'bilinear';
  /** Of bilinear: whether corners lie on corners, instead of edges on edges; false by default, as in PyTorch. */
  alignCorners?: boolean;
}

export const UPSAMPLE2D_OPTIONS = {
  scaleFactor: withOptions(pairOption(1, 64), { required: true }),
  mode: { type: 'name', names: ['nearest', 'bilinear'], default: 'nearest' },
  alignCorners: { type: 'boolean', default: false },
} as const satisfies OptionTable<Upsample2dOptions>;

/** Its attributes by its options. Throws a UsageError that begins with `where` where there is nothing to align. */
export function upsample2dAttrs(where: string, { scaleFactor, mode = 'nearest', alignCorners = false }: Upsample2dOptions): Upsample2dAttrs {
  if (alignCorners && mode !== 'bilinear') throw new UsageError(`${where}: alignCorners: goes with mode 'bilinear', got mode '${mode}'`);
  return { scale: pairOf(scaleFactor), mode, alignCorners };
}
