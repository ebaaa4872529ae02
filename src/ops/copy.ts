// A copy, bit for bit: where a value is needed twice in a dispatch, or in two places.
import bufferText from '../../shaders/assign_buffer.wgsl';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { asInput, FINITE, GRID, persistent, RUN_STATE, requireSameShape, workgroupsFor } from './kernels.ts';

/** y = x. */
export const copyOp: Op<Record<never, never>> = {
  name: 'copy',
  elements: 'any',
  padding: asInput,
  infer: ([x]) => [x!],
  vjp: (_graph, _node, [dy]) => [dy!],
  lower: (emit, node) => emit.dispatch(kernelsOf('seldom').copyRequest(node.inputs[0]!, node.outputs[0]!)),
};

/** y = x, and no gradient passes. */
export const stopGradientOp: Op<Record<never, never>> = {
  name: 'stop_gradient',
  elementwise: 'linear',
  alias: true,
  elements: 'any',
  padding: asInput,
  infer: ([x]) => [x!],
  stops: true,
  vjp: null,
  lower: (emit, node) => emit.dispatch(kernelsOf('seldom').copyRequest(node.inputs[0]!, node.outputs[0]!)),
};

/** Overwrites the second input by the first: what one run leaves for the next. */
export const assignOp: Op<Record<never, never>> = {
  name: 'assign',
  mutates: (input) => input === 1,
  elements: 'any',
  effect: true,
  infer: ([from, to], _attrs, where) => {
    requireSameShape(where, from!, to!);
    return [];
  },
  vjp: null,
  lower: (emit, node) => emit.dispatch(kernelsOf('seldom').copyRequest(node.inputs[0]!, node.inputs[1]!)),
};

export const assignBufferKernel = kernel('assign_buffer', bufferText, {
  bindings: { value: 'read_write', buffer: 'read_write', run: 'read' },
  params: { count: 'u32', every_batch: 'u32' },
});

/** Overwrites the second input, a buffer of a layer, by the first, unless the step is not finite. `everyBatch` where a step has several batches. */
export const assignBufferOp: Op<{ everyBatch: boolean }> = {
  name: 'assign_buffer',
  mutates: (input) => input === 1,
  effect: true,
  infer: ([value, buffer], _attrs, where) => {
    requireSameShape(`assign_buffer at ${where}`, value!, buffer!);
    return [];
  },
  vjp: null,
  lower: (emit, node) => {
    const [value, buffer] = node.inputs;
    const count = sizeOf(buffer!.type.shape);
    emit.dispatch({
      kernel: assignBufferKernel,
      link: [GRID, RUN_STATE, FINITE],
      params: { count, every_batch: node.attrs.everyBatch ? 1 : 0 },
      bindings: { value: value!, buffer: buffer!, run: persistent('run') },
      workgroups: workgroupsFor(count),
    });
  },
};
