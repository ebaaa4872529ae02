// A straight line from one factor on the learning rate to another.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a linear schedule. */
export interface LinearRampOptions {
  /** The factor at the start, from 0 to 1. 1/3 by default. */
  startFactor?: number;
  /** The factor at the end and after it, from 0 to 1. 1 by default. */
  endFactor?: number;
  /** Steps until the end. At least 1; 5 by default. */
  totalIters?: number;
}

export const options = {
  startFactor: { type: 'number', min: 0, max: 1, default: 1 / 3 },
  endFactor: { type: 'number', min: 0, max: 1, default: 1 },
  totalIters: { type: 'integer', min: 1, default: 5 },
} as const satisfies OptionTable<LinearRampOptions>;

/**
 * From `startFactor` to `endFactor` in a straight line over `totalIters` steps, then `endFactor` (PyTorch's LinearLR, which refuses a start of 0).
 *
 * @param given - startFactor 1/3, endFactor 1 and totalIters 5 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: linearRamp({ startFactor: 1, endFactor: 0, totalIters: 10_000 }) });
 */
export function linearRamp(given?: LinearRampOptions): Schedule {
  const { startFactor, endFactor, totalIters } = readOptions<LinearRampOptions, typeof options>('linear schedule', options, given);
  return { at: (step) => startFactor + ((endFactor - startFactor) * Math.min(step, totalIters)) / totalIters };
}
export { linearRamp as create };

export const text: Texts = {
  en: { title: 'Linear', summary: 'Goes in a straight line from one fraction of the learning rate to another.' },
  zh: { title: '线性', summary: '沿直线从学习率的一个比例变到另一个比例。' },
};
