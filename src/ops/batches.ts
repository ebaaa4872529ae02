// The opening of a step: its number, rate and rows, and the gather of a shuffled batch from the data set on the GPU.
import beginText from '../../shaders/begin_step.wgsl';
import gatherText from '../../shaders/gather_rows.wgsl';
import type { Op, ResidentName } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sizeOf, type TensorType } from '../shape.ts';
import { GRID, groupsFor, PERMUTE, RANDOM, RUN_STATE, resident } from './kernels.ts';

/** Rates lie in a ring of this many steps, which the CPU fills far ahead. */
export const RATE_ROWS = 4096;

export const beginStepKernel = kernel('begin_step', beginText, { bindings: { run: 'read_write', rates: 'read' }, params: { rates: 'u32', accumulate: 'u32' } });
export const gatherRowsKernel = kernel('gather_rows', gatherText, {
  bindings: { data: 'read', run: 'read', y: 'read_write' },
  params: { rows: 'u32', columns: 'u32', shuffle: 'u32', slots: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** Advances the run state; the first node of a training step. With `accumulate`, so many batches are one step. */
export const beginStepOp: Op<{ accumulate?: number }> = {
  name: 'begin_step',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) =>
    emit.dispatch({
      kernel: beginStepKernel,
      link: [RUN_STATE],
      params: { rates: RATE_ROWS, accumulate: node.attrs.accumulate ?? 1 },
      bindings: { run: resident('run'), rates: resident('rates') },
      workgroups: [1],
    }),
};

export interface GatherAttrs {
  readonly data: `data/${string}`;
  readonly type: TensorType;
  readonly shuffle: boolean;
  /** Batches in the ring of a streamed data set; 0 where the whole set is on the GPU. */
  readonly slots: number;
}

/** The rows of this step's batch from a resident data set or from a ring of batches; padded rows are zero. */
export const gatherRowsOp: Op<GatherAttrs> = {
  name: 'gather_rows',
  infer: (_inputs, attrs) => [attrs.type],
  vjp: null,
  lower: (emit, node) => {
    const { data, type, shuffle, slots } = node.attrs;
    const rows = type.shape[0]!;
    const count = sizeOf(type.shape);
    emit.dispatch({
      kernel: gatherRowsKernel,
      link: [GRID, RUN_STATE, RANDOM, PERMUTE],
      params: { rows, columns: count / rows, shuffle: shuffle ? 1 : 0, slots },
      bindings: { data: resident(data as ResidentName), run: resident('run'), y: node.outputs[0]! },
      workgroups: groupsFor(rows * Math.ceil(count / rows / 16)),
    });
  },
};
