// The opening of a step: its number, learning rate and rows, and the gather of a shuffled batch from the data set on the GPU.
import beginText from '../../shaders/begin_step.wgsl';
import wordText from '../../shaders/gather/word.wgsl';
import gatherText from '../../shaders/gather_rows.wgsl';
import type { BufferName, Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { BYTES, type StoredDType, samplesOf, sizeOf, type TensorType } from '../shape.ts';
import type { Reading } from './gather_converted.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, PERMUTE, persistent, RANDOM, RUN_STATE, WALKED, workgroupsFor } from './kernels.ts';

/** Learning rates lie in a ring of this many steps, which the CPU fills far ahead. */
export const LEARNING_RATE_ROWS = 4096;

export const beginStepKernel = kernel('begin_step', beginText, {
  bindings: { run: 'read_write', learning_rates: 'read' },
  params: { learning_rate_rows: 'u32', accumulate: 'u32' },
  overrides: {},
});
export const gatherRowsKernel = kernel('gather_rows', gatherText, {
  bindings: { data: 'read', run: 'read', y: 'read_write' },
  params: { samples: 'u32', columns: 'u32', shuffle: 'u32', ring_batches: 'u32', batch_words: 'u32' },
});

/** How an element is read that is stored as it is used. */
const AS_IT_IS: Reading = { read: { file: 'gather/word', text: wordText } };

/** Advances the run state; the first node of a training step. With `accumulate`, that many batches are one step. */
export const beginStepOp: Op<{ accumulate?: number }> = {
  name: 'begin_step',
  effect: true,
  infer: () => [],
  vjp: null,
  lower: (emit, node) =>
    emit.dispatch({
      kernel: beginStepKernel,
      link: [RUN_STATE],
      params: { learning_rate_rows: LEARNING_RATE_ROWS, accumulate: node.attrs.accumulate ?? 1 },
      bindings: { run: persistent('run'), learning_rates: persistent('learning_rates') },
      workgroups: [1],
    }),
};

export interface GatherAttrs {
  readonly data: `data/${string}`;
  /** Of the batch. */
  readonly type: TensorType;
  /** How the data set's elements are stored; f32 by default. */
  readonly stored?: StoredDType;
  /** What stored bytes are divided by; 1 by default. */
  readonly divisor?: number;
  readonly shuffle: boolean;
  /** Batches in the ring of a streamed data set; 0 where the whole set is on the GPU. */
  readonly ringBatches: number;
  /** Samples of a full batch in that ring, padding left out. */
  readonly ringBatchSize?: number;
}

/** Words of a batch in the ring of a streamed data set: batches start at whole words. */
export function batchWords(samples: number, columns: number, stored: StoredDType): number {
  return Math.ceil((samples * columns * BYTES[stored]) / 4);
}

/** The samples of this step's batch from a resident data set or from a ring of batches. Behind the true ones the last is repeated. */
export const gatherRowsOp: Op<GatherAttrs> = {
  name: 'gather_rows',
  padding: () => ['alike'],
  infer: (_inputs, { type }) => [type],
  vjp: null,
  lower: (emit, node) => {
    const { data, type, stored = 'f32', divisor = 1, shuffle, ringBatches, ringBatchSize = 0 } = node.attrs;
    const samples = samplesOf(type);
    const columns = sizeOf(type.shape) / samples;
    const parts = samples * Math.ceil(columns / 16);
    const { read, moreBindings = [] } = stored === type.dtype ? AS_IT_IS : kernelsOf('seldom').readConverted(stored, type.dtype, divisor);
    emit.dispatch({
      kernel: gatherRowsKernel,
      link: [GRID, RUN_STATE, RANDOM, PERMUTE, read],
      params: { samples, columns, shuffle: shuffle ? 1 : 0, ring_batches: ringBatches, batch_words: batchWords(ringBatchSize, columns, stored) },
      bindings: { data: persistent(data as BufferName), run: persistent('run'), y: node.outputs[0]! },
      moreBindings,
      workgroups: workgroupsFor(parts),
      // To find a sample's place in the permutation takes the time of 512 multiply-adds, for each part of up to 16 elements.
      work: (512 + 16 * WALKED) * parts,
    });
  },
};
