// The words of the run state on the GPU: shaders/lib/run_state.wgsl has the same, in the same order.
import type { Key } from '../random.ts';

export const RUN_WORDS = [
  'step',
  'rows',
  'first',
  'epoch',
  'samples',
  'batch',
  'key0',
  'key1',
  'halted',
  'tolerant',
  'skipped',
  'batches',
  'loss',
  'penalty',
  'norm',
  'clip',
  'rate',
  'correction1',
  'correction2',
  'bad',
  'total',
] as const;
export type RunWord = (typeof RUN_WORDS)[number];

/** Bytes of the run state's buffer. */
export const RUN_BYTES = 256;

/** Byte offset of a word. */
export function runOffset(word: RunWord): number {
  return RUN_WORDS.indexOf(word) * 4;
}

/** The run state before the first step. */
export function startingState(options: { samples: number; batch: number; key: Key; tolerant: boolean }): Uint32Array {
  const state = new Uint32Array(RUN_BYTES / 4);
  const set = (word: RunWord, value: number): void => {
    state[RUN_WORDS.indexOf(word)] = value;
  };
  set('samples', options.samples);
  set('batch', options.batch);
  set('rows', Math.min(options.samples, options.batch));
  set('total', Math.min(options.samples, options.batch));
  set('key0', options.key[0]);
  set('key1', options.key[1]);
  set('tolerant', options.tolerant ? 1 : 0);
  new Float32Array(state.buffer)[RUN_WORDS.indexOf('clip')] = 1;
  return state;
}
