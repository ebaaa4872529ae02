// The nodes before and after those that prepare a parameter's step: its momentum, and the place where the update reads the step.
import momentumText from '../../shaders/momentum.wgsl';
import storeText from '../../shaders/store_step.wgsl';
import type { BufferName, Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { entryOf } from '../layout.ts';
import { sizeOf } from '../shape.ts';
import { type FactorsOf, hyperTable } from './hyper.ts';
import { GRID, persistent, RUN_STATE, workgroupsFor } from './kernels.ts';

export const momentumKernel = kernel('momentum', momentumText, {
  bindings: { run: 'read', hyper: 'read', gradients: 'read', parameters: 'read', momentum_buffer: 'read_write', y: 'read_write' },
  params: { count: 'u32', first: 'u32', clip_value: 'f32', momentum: 'f32', nesterov: 'u32' },
});
export const storeStepKernel = kernel('store_step', storeText, {
  bindings: { x: 'read', steps: 'read_write' },
  params: { count: 'u32', first: 'u32', factor: 'f32' },
});

/** Where the momentum of a prepared parameter lies, and its step. */
export const MOMENTUM: BufferName = 'optimizer/0';
export const STEPS: BufferName = 'optimizer/1';

export interface MomentumAttrs {
  /** The path of the parameter. */
  readonly path: string;
  readonly momentum: number;
  readonly nesterov: boolean;
  /** As of the update. */
  readonly clipValue: number;
  readonly factors?: FactorsOf;
}

/** The moving average of a gradient, which lies in the gradient arena, clipped and with the gradients of the penalties; with Nesterov a step ahead. */
export const momentumOp: Op<MomentumAttrs> = {
  name: 'momentum',
  effect: true,
  infer: ([gradient]) => [gradient!],
  vjp: null,
  lower: (emit, node) => {
    const { path, momentum, nesterov, clipValue, factors } = node.attrs;
    const { offset: first, size: count } = entryOf(emit.layout, path);
    emit.dispatch({
      kernel: momentumKernel,
      link: [GRID, RUN_STATE],
      params: { count, first, clip_value: clipValue, momentum, nesterov: nesterov ? 1 : 0 },
      bindings: {
        run: persistent('run'),
        hyper: hyperTable(emit.layout, factors),
        gradients: persistent('gradients'),
        parameters: persistent('parameters'),
        momentum_buffer: persistent(MOMENTUM),
        y: node.outputs[0]!,
      },
      workgroups: workgroupsFor(count),
      reads: node.inputs,
    });
  },
};

/** Leaves a step, times a factor, for the update of a parameter. */
export const storeStepOp: Op<{ path: string; factor: number }> = {
  name: 'store_step',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { path, factor } = node.attrs;
    const [x] = node.inputs;
    const count = sizeOf(x!.type.shape);
    emit.dispatch({
      kernel: storeStepKernel,
      link: [GRID],
      params: { count, first: entryOf(emit.layout, path).offset, factor },
      bindings: { x: x!, steps: persistent(STEPS) },
      workgroups: workgroupsFor(count),
    });
  },
};
