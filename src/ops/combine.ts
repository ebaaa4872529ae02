// Two tensors of one shape, each times a factor, added up in one dispatch.
import text from '../../shaders/combine.wgsl';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { scaleOp } from './elementwise.ts';
import { GRID, requireSameShape, rowByRow, workgroupsFor } from './kernels.ts';

export const combineKernel = kernel('combine', text, {
  bindings: { a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32', a_factor: 'f32', b_factor: 'f32' },
});

/** y = factors[0] a + factors[1] b. */
export const combineOp: Op<{ factors: readonly [number, number] }> = {
  name: 'combine',
  elementwise: 'linear',
  padding: rowByRow,
  infer: ([a, b], _attrs, where) => {
    requireSameShape(`combine at ${where}`, a!, b!);
    return [a!];
  },
  vjp: (graph, { attrs }, [dy]) => attrs.factors.map((factor) => graph.apply(scaleOp, [dy!], { factor })[0]!),
  lower: (emit, { inputs: [a, b], outputs: [y], attrs }) => {
    const count = sizeOf(y!.type.shape);
    emit.dispatch({
      kernel: combineKernel,
      link: [GRID],
      params: { count, a_factor: attrs.factors[0], b_factor: attrs.factors[1] },
      bindings: { a: a!, b: b!, y: y! },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};
