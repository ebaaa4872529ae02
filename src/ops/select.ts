// Masks of i32: made by comparisons, used by a choice between two tensors. And the way from one element type to the other.
import toFloatText from '../../shaders/cast/to_f32.wgsl';
import toIntegerText from '../../shaders/cast/to_i32.wgsl';
import castText from '../../shaders/cast.wgsl';
import compareFloatsText from '../../shaders/compare/f32.wgsl';
import compareIntegersText from '../../shaders/compare/i32.wgsl';
import compareText from '../../shaders/compare.wgsl';
import orderText from '../../shaders/lib/order.wgsl';
import whereText from '../../shaders/where.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { type DType, sizeOf } from '../shape.ts';
import { constant } from './constant.ts';
import { GRID, requireSameShape, rowByRow, workgroupsFor } from './kernels.ts';

type None = Record<never, never>;

export const whereKernel = kernel('where', whereText, {
  bindings: { mask: 'read_write', a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32' },
});
export const compareKernel = kernel('compare', compareText, {
  bindings: { a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32' },
  overrides: { WORKGROUP: 64, BELOW: 0, SAME: 0, ABOVE: 0, UNORDERED: 0 },
});
export const castKernel = kernel('cast', castText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { count: 'u32' },
});

/** y = a where the mask is not 0, else b: inputs mask, a and b of one shape. The operand that was not chosen gets no gradient, not even NaN. */
export const whereOp: Op<None> = {
  name: 'where',
  elementwise: 'curved',
  elements: 'any',
  padding: ([mask, a, b]) => (a === 'zero' && b === 'zero' ? ['zero'] : rowByRow([mask!, a!, b!])),
  infer: ([mask, a, b], _attrs, where) => {
    if (mask!.dtype !== 'i32') throw new ShapeError(`where at ${where}: expected a condition of i32, as greater(x, 0) makes it, got ${mask!.dtype}`);
    if (a!.dtype !== b!.dtype) throw new ShapeError(`where at ${where}: expected a and b of one element type, got ${a!.dtype} and ${b!.dtype}`);
    requireSameShape(`where at ${where}`, a!, b!);
    requireSameShape(`where at ${where}`, mask!, a!);
    return [a!];
  },
  vjp: (graph, node, [dy]) => {
    const mask = node.inputs[0]!;
    const zero = constant(graph, 0, dy!.type);
    return [null, graph.apply(whereOp, [mask, dy!, zero], {}, `${node.name}/da`)[0]!, graph.apply(whereOp, [mask, zero, dy!], {}, `${node.name}/db`)[0]!];
  },
  lower: (emit, node) => {
    const [mask, a, b] = node.inputs;
    const y = node.outputs[0]!;
    const count = sizeOf(y.type.shape);
    emit.dispatch({
      kernel: whereKernel,
      link: [GRID],
      params: { count },
      bindings: { mask: mask!, a: a!, b: b!, y },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};

/** Which ways two numbers may stand to each other; a NaN is unordered with everything. */
const RELATIONS = {
  equal: { SAME: 1 },
  not_equal: { BELOW: 1, ABOVE: 1, UNORDERED: 1 },
  less: { BELOW: 1 },
  less_equal: { BELOW: 1, SAME: 1 },
  greater: { ABOVE: 1 },
  greater_equal: { ABOVE: 1, SAME: 1 },
} as const satisfies Record<string, Partial<Record<'BELOW' | 'SAME' | 'ABOVE' | 'UNORDERED', 1>>>;

export type Relation = keyof typeof RELATIONS;

const ORDER: Source = { file: 'lib/order', text: orderText };
const COMPARED: Readonly<Record<DType, readonly Source[]>> = {
  f32: [{ file: 'compare/f32', text: compareFloatsText }, ORDER],
  i32: [{ file: 'compare/i32', text: compareIntegersText }],
};

/** A mask of i32: 1 where a stands to b as asked, else 0. Two tensors of one shape and element type. It has no gradient. */
export const compareOp: Op<{ relation: Relation }> = {
  name: 'compare',
  elementwise: 'curved',
  stops: true,
  elements: 'any',
  padding: rowByRow,
  infer: ([a, b], { relation }, where) => {
    if (a!.dtype !== b!.dtype) throw new ShapeError(`${relation} at ${where}: expected a and b of one element type, got ${a!.dtype} and ${b!.dtype}`);
    requireSameShape(`${relation} at ${where}`, a!, b!);
    return [{ ...a!, dtype: 'i32' }];
  },
  vjp: null,
  lower: (emit, node) => {
    const [a, b] = node.inputs;
    const y = node.outputs[0]!;
    const count = sizeOf(y.type.shape);
    emit.dispatch({
      kernel: compareKernel,
      link: [GRID, ...COMPARED[a!.type.dtype]],
      overrides: RELATIONS[node.attrs.relation],
      params: { count },
      bindings: { a: a!, b: b!, y },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};

const CASTS: Readonly<Record<DType, Source>> = {
  f32: { file: 'cast/to_f32', text: toFloatText },
  i32: { file: 'cast/to_i32', text: toIntegerText },
};

/** y = x as another element type. Integers are steps, so no gradient passes. */
export const castOp: Op<{ dtype: DType }> = {
  name: 'cast',
  elementwise: 'curved',
  elements: 'any',
  padding: rowByRow,
  infer: ([x], { dtype }) => [{ ...x!, dtype }],
  stops: true,
  vjp: null,
  lower: (emit, node) => {
    const y = node.outputs[0]!;
    const count = sizeOf(y.type.shape);
    emit.dispatch({
      kernel: castKernel,
      link: [GRID, CASTS[node.attrs.dtype]],
      params: { count },
      bindings: { x: node.inputs[0]!, y },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};
