// The L1 and L2 regularization of weights as partial sums. In its own module, loaded by those who have some.
import text from '../../shaders/regularization_loss.wgsl';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { f32 } from '../shape.ts';
import { type FactorsOf, hyperTable } from './hyper.ts';
import { GRID, persistent, workgroupsFor } from './kernels.ts';

export const regularizationLossKernel = kernel('regularization_loss', text, {
  bindings: { parameters: 'read', hyper: 'read', regularization_losses: 'read_write' },
  params: { blocks: 'u32', invocations: 'u32' },
});

/** Blocks of parameters that one invocation sums regularization_losses over; the kernel has the same number. */
const PENALTY_BLOCKS = 16;

export interface RegularizationAttrs {
  readonly blocks: number;
  readonly factors?: FactorsOf;
}

/** Partial sums of the L1 and L2 regularization_losses. */
export const regularizationLossOp: Op<RegularizationAttrs> = {
  name: 'regularization_loss',
  infer: (_inputs, { blocks }) => [f32(Math.ceil(blocks / PENALTY_BLOCKS))],
  vjp: null,
  lower: (emit, node) => {
    const invocations = node.outputs[0]!.type.shape[0]!;
    emit.dispatch({
      kernel: regularizationLossKernel,
      link: [GRID],
      params: { blocks: node.attrs.blocks, invocations },
      bindings: { parameters: persistent('parameters'), hyper: hyperTable(emit.layout, node.attrs.factors), regularization_losses: node.outputs[0]! },
      workgroups: workgroupsFor(invocations),
    });
  },
};
