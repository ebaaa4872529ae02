// Up in a straight line, and then as another schedule has it.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { reactionFrom, type Schedule, scheduleOption } from './schedule.ts';

/** Options of a warm-up. */
export interface WarmupOptions {
  /** Steps of the ramp. At least 1. */
  steps: number;
  /** The factor at its start, from 0 to 1. 1/3 by default. */
  startFactor?: number;
  /** The factor at its end and after it, at least 0. 1 by default. */
  endFactor?: number;
  /** The schedule after it, which counts from 0 there. Constant by default. */
  then?: Schedule;
}

export const options = {
  steps: { type: 'integer', min: 1, required: true },
  startFactor: { type: 'number', min: 0, max: 1, default: 1 / 3 },
  endFactor: { type: 'number', min: 0, default: 1 },
  then: scheduleOption,
} as const satisfies OptionTable<WarmupOptions>;

/**
 * From `startFactor` to `endFactor` in a straight line over `steps` (PyTorch's LinearLR), then `endFactor`; with `then`, times what that schedule says.
 *
 * @param given - steps is needed; startFactor is 1/3 and endFactor 1 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adam({ learningRate: 0.001, schedule: warmup({ steps: 500, startFactor: 0, then: cosine({ tMax: 9500 }) }) });
 */
export function warmup(given: WarmupOptions): Schedule {
  const { steps, startFactor, endFactor, then } = readOptions<WarmupOptions, typeof options>('warmup schedule', options, given);
  return {
    at: (step, learningRate) =>
      step < steps ? startFactor + ((endFactor - startFactor) * step) / steps : endFactor * (then?.at(step - steps, learningRate) ?? 1),
    ...reactionFrom(then, steps),
    *wrongAt(learningRate) {
      for (const [place, message] of then?.wrongAt?.(learningRate) ?? []) yield [`then.${place}`, message];
    },
  };
}
export { warmup as create };

export const text: Texts = {
  en: { title: 'Warm-up', summary: 'Rises in a straight line, and then follows another schedule.' },
  zh: { title: '预热', summary: '先线性上升，再按另一学习率调度变化。' },
};
