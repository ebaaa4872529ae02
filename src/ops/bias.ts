// The bias of a layer.
import biasText from '../../shaders/bias_add.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { lastOf, shapeText, sizeOf } from '../shape.ts';
import { sumTo } from './broadcast.ts';
import { GRID, groupsFor, rowByRow } from './kernels.ts';

export const biasAddKernel = kernel('bias_add', biasText, {
  bindings: { x: 'read_write', bias: 'read_write', z: 'read_write' },
  params: { count: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 64 },
});
/** z [..., c] = x [..., c] + bias [c]. */
export const biasAddOp: Op<Record<never, never>> = {
  name: 'bias_add',
  padding: ([x]) => rowByRow([x!]),
  signal: { kind: 'bias' },
  infer: ([x, bias], _attrs, where) => {
    if (x!.shape.length < 2 || bias!.shape.length !== 1 || lastOf(x!) !== bias!.shape[0])
      throw new ShapeError(`bias at ${where}: expected x [..., columns] and one bias per column, got ${shapeText(x!.shape)} and ${shapeText(bias!.shape)}`);
    return [x!];
  },
  vjp: (graph, node, [dz]) => [dz!, sumTo(graph, dz!, node.inputs[1]!.type, `${node.name}/db`)],
  lower: (emit, node) => {
    const [x, bias] = node.inputs;
    const count = sizeOf(x!.type.shape);
    emit.dispatch({
      kernel: biasAddKernel,
      link: [GRID],
      params: { count, columns: bias!.type.shape[0]! },
      bindings: { x: x!, bias: bias!, z: node.outputs[0]! },
      workgroups: groupsFor(count),
    });
  },
};
