// Cosines with restarts.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { etaMinAbove, halfCosine } from './cosine.ts';
import type { Schedule } from './schedule.ts';

/** Options of a cosine schedule with restarts. */
export interface CosineRestartsOptions {
  /** Steps of the first cosine. At least 1. */
  t0: number;
  /** How many times as long as the last the next one is. At least 1; 1 by default. */
  tMult?: number;
  /** The lowest learning rate, from 0 to that of the optimizer. 0 by default. */
  etaMin?: number;
}

export const options = {
  t0: { type: 'integer', min: 1, required: true },
  tMult: { type: 'integer', min: 1, default: 1 },
  etaMin: { type: 'number', min: 0, default: 0 },
} as const satisfies OptionTable<CosineRestartsOptions>;

/**
 * Cosines from the learning rate to `etaMin`, begun anew after `t0` steps, then after `tMult` times as many, and so on (SGDR, Loshchilov & Hutter 2017;
 * PyTorch's CosineAnnealingWarmRestarts).
 *
 * @param given - t0 is needed; tMult is 1 and etaMin 0 by default.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: cosineRestarts({ t0: 1000, tMult: 2 }) });
 */
export function cosineRestarts(given: CosineRestartsOptions): Schedule {
  const { t0, tMult, etaMin } = readOptions<CosineRestartsOptions, typeof options>('cosine_restarts schedule', options, given);
  return {
    at(step, learningRate) {
      const [first, length] = turnAt(step, t0, tMult);
      return halfCosine(step - first, length, etaMin, learningRate);
    },
    wrongAt: (learningRate) => etaMinAbove(etaMin, learningRate),
  };
}
export { cosineRestarts as create };

/** Where the cosine of a step begins, and its length: that of number n begins at t0 (1 + m + ... + m^(n-1)). */
function turnAt(step: number, t0: number, m: number): [first: number, length: number] {
  if (m === 1) return [step - (step % t0), t0];
  const first = (n: number): number => (t0 * (m ** n - 1)) / (m - 1);
  // The logarithm may be off by its last digit.
  let n = Math.floor(Math.log((step / t0) * (m - 1) + 1) / Math.log(m));
  if (first(n) > step) n--;
  else if (first(n + 1) <= step) n++;
  return [first(n), t0 * m ** n];
}

export const text: Texts = {
  en: { title: 'Cosine, restarted', summary: 'Falls along half a cosine, again and again.' },
  zh: { title: '余弦重启', summary: '一次次沿半个余弦下降。' },
};
