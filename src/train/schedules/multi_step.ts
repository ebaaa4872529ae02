// Steps down at given steps.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a multi-step schedule. */
export interface MultiStepOptions {
  /** Steps from which on the learning rate is lower, each at least 1. */
  milestones: readonly number[];
  /** By which it falls at each, above 0. 0.1 by default. */
  gamma?: number;
}

export const options = {
  milestones: { type: 'list', of: { type: 'integer', min: 1 }, expected: 'a list of steps', required: true },
  gamma: { type: 'number', above: 0, default: 0.1 },
} as const satisfies OptionTable<MultiStepOptions>;

/**
 * Multiplies the learning rate by gamma at each milestone (PyTorch's MultiStepLR).
 *
 * @param given - milestones are needed; gamma is 0.1 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: multiStep({ milestones: [3000, 6000] }) });
 */
export function multiStep(given: MultiStepOptions): Schedule {
  const { milestones, gamma } = readOptions<MultiStepOptions, typeof options>('multi_step schedule', options, given);
  return { at: (step) => gamma ** milestones.filter((m) => m <= step).length };
}
export { multiStep as create };

export const text: Texts = {
  en: { title: 'Milestones', summary: 'Falls by a factor at each of the steps given.' },
  zh: { title: '里程碑', summary: '在给定的各步乘以一个系数。' },
};
