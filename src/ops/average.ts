// The moving average of the weights.
import text from '../../shaders/average.wgsl';
import type { BufferName, Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { type FactorsOf, hyperTable } from './hyper.ts';
import { GRID, persistent, RUN_STATE, workgroupsFor } from './kernels.ts';

export const averageKernel = kernel('average', text, {
  bindings: { run: 'read', hyper: 'read', parameters: 'read', average: 'read_write' },
  params: { count: 'u32', fraction: 'f32', start: 'u32', every: 'u32' },
});

/** Where it lies, in the layout of the parameters: it is kept, written and moved as the optimizer's states are. */
export const AVERAGE: BufferName = 'optimizer/average';

export interface AverageAttrs {
  /** Fraction of the new weights; 0 where all that counted weigh alike. */
  readonly fraction: number;
  /** The first update that counts, from 1. */
  readonly start: number;
  /** Updates from one that counts to the next. */
  readonly every: number;
  /** Says since when a parameter is trained. */
  readonly factors?: FactorsOf;
}

/** Moves the average of all parameters towards them, after the update. */
export const averageOp: Op<AverageAttrs> = {
  name: 'average',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) => {
    const { fraction, start, every, factors } = node.attrs;
    const { words } = emit.layout;
    emit.dispatch({
      kernel: averageKernel,
      link: [GRID, RUN_STATE],
      params: { count: words / 4, fraction, start, every },
      bindings: { run: persistent('run'), hyper: hyperTable(emit.layout, factors), parameters: persistent('parameters'), average: persistent(AVERAGE) },
      workgroups: workgroupsFor(words / 16),
    });
  },
};
