// The run state on the GPU: `RunState` of shaders/lib/run_state.wgsl, which says what each word means.
import type { Key } from '../random.ts';
import { struct } from '../struct.ts';

export const RUN_STATE = struct(
  ['u32', 'step', 'rows', 'first', 'epoch', 'samples', 'batch', 'key0', 'key1', 'halted', 'tolerant', 'skipped', 'batches'],
  ['f32', 'loss', 'penalty', 'norm', 'clip', 'rate', 'correction1', 'correction2'],
  ['u32', 'bad', 'total'],
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
export function startingState(options: { samples: number; batch: number; key: Key; tolerant: boolean }): Uint32Array {
  const state = new Uint32Array(RUN_BYTES / 4);
  const { at } = RUN_STATE;
  state[at.samples] = options.samples;
  state[at.batch] = options.batch;
  state[at.rows] = state[at.total] = Math.min(options.samples, options.batch);
  [state[at.key0], state[at.key1]] = options.key;
  state[at.tolerant] = options.tolerant ? 1 : 0;
  new Float32Array(state.buffer)[at.clip] = 1;
  return state;
}
