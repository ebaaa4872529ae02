// What the products of a convolution have in common: attributes, shapes, and the parameters of kernels that read their operands number by number.
import shapeText from '../../shaders/conv2d/shape.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Source } from '../kernel.ts';
import { type Windows, windowParams } from './windows.ts';

export interface Conv2dAttrs extends Windows {
  /** Channels and filters fall into so many parts, each with a convolution of its own. */
  readonly groups: number;
}

type Shape4 = readonly [number, number, number, number];
/** Images, weight, and what windows over the images give. */
export type ConvShapes = readonly [x: Shape4, w: Shape4, y: Shape4];

/** The shapes of a convolution, of any of its three products. */
export const convShapes = (...values: readonly { readonly shape: readonly number[] }[]): ConvShapes =>
  values.map(({ shape }) => shape) as unknown as ConvShapes;

/** Operands and result of a product. */
export type Operands = readonly [a: Value, b: Value, c: Value];

export const SHAPE: Source = { file: 'conv2d/shape', text: shapeText };

export const CONV2D_PARAMS = {
  m: 'u32',
  n: 'u32',
  columns: 'u32',
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
} as const;

type Sizes = 'm' | 'n' | 'columns' | 'k' | 'pieces' | 'piece';

export function paramsOf([x, w, y]: ConvShapes, attrs: Conv2dAttrs, sizes: Record<Sizes, number>): Record<keyof typeof CONV2D_PARAMS, number> {
  return {
    ...sizes,
    groups: attrs.groups,
    height: x[1],
    width: x[2],
    channels: x[3],
    out_height: y[1],
    out_width: y[2],
    filters: y[3],
    kernel_width: w[1],
    ...windowParams(attrs),
  };
}
