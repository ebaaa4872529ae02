// Gradient accumulation: several batches make one update.
import text from '../../shaders/accumulate.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { GRID, groupsFor, RUN_STATE, resident } from './kernels.ts';

export const accumulateKernel = kernel('accumulate', text, {
  bindings: { run: 'read', x: 'read_write', sums: 'read_write' },
  params: { count: 'u32', batches: 'u32', mean: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/**
 * Inputs: all gradients, which lie in the gradient arena, and last the losses of the rows. After the last of the `batches` the outputs,
 * in the place of the gradients, are the mean over all rows, and the losses are sums, row by row.
 */
export const accumulateOp: Op<{ batches: number }> = {
  name: 'accumulate',
  mutates: 'inputs',
  effect: true,
  infer: (inputs) => inputs.slice(0, -1),
  vjp: null,
  lower: (emit, node) => {
    const { batches } = node.attrs;
    const losses = node.inputs.at(-1) as Value;
    const rows = sizeOf(losses.type.shape);
    for (const { x, sums, count, mean } of [
      { x: resident('gradients'), sums: resident('keep/gradient_sums', emit.layout.words * 4), count: emit.layout.words, mean: 1 },
      { x: losses, sums: resident('keep/loss_sums', rows * 4), count: rows, mean: 0 },
    ])
      emit.dispatch({
        kernel: accumulateKernel,
        link: [GRID, RUN_STATE],
        params: { count, batches, mean },
        bindings: { run: resident('run'), x, sums },
        workgroups: groupsFor(Math.ceil(count / 4)),
        reads: node.inputs,
        writes: node.outputs,
      });
  },
};
