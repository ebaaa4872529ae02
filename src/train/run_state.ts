// The run state on the GPU: `RunState` of shaders/lib/run_state.wgsl, which says what each word means.
import type { Key } from '../random.ts';
import { struct } from '../struct.ts';

export const RUN_STATE = struct(
  ['u32', 'step', 'rows', 'batch_start', 'epoch', 'dataset_size', 'batch', 'key0', 'key1', 'halted', 'skip_non_finite', 'skipped', 'batches'],
  ['f32', 'loss', 'regularization_loss', 'norm', 'clip', 'learning_rate', 'bias_correction1', 'bias_correction2'],
  ['u32', 'non_finite', 'rows_in_step'],
);
export type RunWord = keyof typeof RUN_STATE.at;
export const RUN_WORDS: readonly RunWord[] = /* @__PURE__ */ RUN_STATE.members.map(({ name }) => name);

/** Bytes of the run state's buffer. */
export const RUN_BYTES = 256;

/** Byte offset of a word. */
export function runOffset(word: RunWord): number {
  return RUN_STATE.at[word] * 4;
}

/** The run state before the first step. */
export function startingState(options: { datasetSize: number; batch: number; key: Key; skipNonFinite: boolean }): Uint32Array {
  const state = new Uint32Array(RUN_BYTES / 4);
  const { at } = RUN_STATE;
  state[at.dataset_size] = options.datasetSize;
  state[at.batch] = options.batch;
  state[at.rows] = state[at.rows_in_step] = Math.min(options.datasetSize, options.batch);
  [state[at.key0], state[at.key1]] = options.key;
  state[at.skip_non_finite] = options.skipNonFinite ? 1 : 0;
  new Float32Array(state.buffer)[at.clip] = 1;
  return state;
}
