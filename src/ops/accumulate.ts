// Gradient accumulation: several batches make one update.
import text from '../../shaders/accumulate.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { GRID, persistent, RUN_STATE, workgroupsFor } from './kernels.ts';

export const accumulateKernel = kernel('accumulate', text, {
  bindings: { run: 'read', x: 'read_write', sums: 'read_write', weight: 'read_write', weight_sums: 'read_write' },
  params: { count: 'u32', batches: 'u32', mean: 'u32', weighted: 'u32' },
});

/**
 * Inputs: all gradients, which lie in the gradient arena, the losses of the rows, and with `weighted` the weight of the batch, a scalar. After the last of
 * the `batches` the outputs, in the place of the gradients, are the mean over all rows, or weighted by batch, and losses and weight are sums.
 */
export const accumulateOp: Op<{ batches: number; weighted: boolean }> = {
  name: 'accumulate',
  mutates: () => true,
  effect: true,
  infer: (inputs, { weighted }) => inputs.slice(0, weighted ? -2 : -1),
  vjp: null,
  lower: (emit, node) => {
    const { batches, weighted } = node.attrs;
    const given = [...node.inputs];
    const weight = weighted ? given.pop() : undefined;
    const losses = given.pop() as Value;
    const rows = sizeOf(losses.type.shape);
    const weightSums = persistent('retained/weight_sums', 16);
    for (const { x, sums, count, mean } of [
      { x: persistent('gradients'), sums: persistent('retained/gradient_sums', emit.layout.words * 4), count: emit.layout.words, mean: 1 },
      { x: losses, sums: persistent('retained/loss_sums', rows * 4), count: rows, mean: 0 },
      // After the gradients, which need the weights of before.
      ...(weight ? [{ x: weight, sums: weightSums, count: 1, mean: 0 }] : []),
    ])
      emit.dispatch({
        kernel: accumulateKernel,
        link: [GRID, RUN_STATE],
        params: { count, batches, mean, weighted: mean && weight ? 1 : 0 },
        bindings: {
          run: persistent('run'),
          x,
          sums,
          weight: mean && weight ? weight : emit.scratch('no_weight', 4),
          weight_sums: mean && weight ? weightSums : emit.scratch('no_weights', 4),
        },
        workgroups: workgroupsFor(Math.ceil(count / 4)),
        reads: node.inputs,
        writes: node.outputs,
      });
  },
};
