// Steps down, all of one length.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a step schedule. */
export interface StepDecayOptions {
  /** Steps until the learning rate falls, again and again. At least 1. */
  stepSize: number;
  /** By which it falls, above 0. 0.1 by default. */
  gamma?: number;
}

export const options = {
  stepSize: { type: 'integer', min: 1, required: true },
  gamma: { type: 'number', above: 0, default: 0.1 },
} as const satisfies OptionTable<StepDecayOptions>;

/**
 * Multiplies the learning rate by gamma after every `stepSize` steps (PyTorch's StepLR).
 *
 * @param given - stepSize is needed; gamma is 0.1 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: stepDecay({ stepSize: 1000, gamma: 0.5 }) });
 */
export function stepDecay(given: StepDecayOptions): Schedule {
  const { stepSize, gamma } = readOptions<StepDecayOptions, typeof options>('step schedule', options, given);
  return { at: (step) => gamma ** Math.floor(step / stepSize) };
}
export { stepDecay as create };

export const text: Texts = {
  en: { title: 'Steps', summary: 'Falls by a factor after every fixed number of steps.' },
  zh: { title: '阶梯', summary: '每隔固定步数乘以一个系数。' },
};
