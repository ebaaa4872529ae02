// Half a cosine down.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a cosine schedule. */
export interface CosineOptions {
  /** Steps until the lowest learning rate. At least 1. */
  tMax: number;
  /** The lowest learning rate, from 0 to that of the optimizer. 0 by default. */
  etaMin?: number;
}

export const options = {
  tMax: { type: 'integer', min: 1, required: true },
  etaMin: { type: 'number', min: 0, default: 0 },
} as const satisfies OptionTable<CosineOptions>;

/**
 * Half a cosine from the learning rate to `etaMin` over `tMax` steps, then `etaMin` (Loshchilov & Hutter 2017, without restarts; PyTorch's CosineAnnealingLR).
 *
 * @param given - tMax is needed; etaMin is 0 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = adam({ learningRate: 0.001, schedule: cosine({ tMax: 10_000, etaMin: 1e-5 }) });
 */
export function cosine(given: CosineOptions): Schedule {
  const { tMax, etaMin } = readOptions<CosineOptions, typeof options>('cosine schedule', options, given);
  return { at: (step, learningRate) => halfCosine(step, tMax, etaMin, learningRate), wrongAt: (learningRate) => etaMinAbove(etaMin, learningRate) };
}
export { cosine as create };

/** The factor of a step of a half cosine. */
export function halfCosine(step: number, tMax: number, etaMin: number, learningRate: number): number {
  const min = etaMin === 0 ? 0 : etaMin / learningRate;
  return min + ((1 - min) * (1 + Math.cos((Math.PI * Math.min(step, tMax)) / tMax))) / 2;
}

/** A schedule that would end above where it begins. */
export function* etaMinAbove(etaMin: number, learningRate: number): Generator<[string, string]> {
  if (etaMin > learningRate) yield ['etaMin', `expected a learning rate of at most that of the optimizer (${learningRate}), got ${etaMin}`];
}

export const text: Texts = {
  en: { title: 'Cosine', summary: 'Falls along half a cosine to a lowest learning rate.' },
  zh: { title: '余弦', summary: '沿半个余弦降到最低学习率。' },
};
