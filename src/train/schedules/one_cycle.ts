// One cycle: up to a high learning rate, and down to nearly nothing.
import { UsageError } from '../../errors.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule } from './schedule.ts';

/** Options of a one-cycle schedule. */
export interface OneCycleOptions {
  /** Steps of the cycle, at least 1. After it the learning rate stays at its lowest. */
  totalSteps: number;
  /** The highest learning rate, above 0; that of the optimizer by default. */
  maxLr?: number;
  /** Fraction of the steps in which the learning rate rises, from 0 to 1. 0.3 by default. */
  pctStart?: number;
  /** Along half a cosine, or in a straight line. 'cos' by default. */
  annealStrategy?: 'cos' | 'linear';
  /** The cycle begins at maxLr / divFactor. Above 0; 25 by default. */
  divFactor?: number;
  /** It ends at maxLr / divFactor / finalDivFactor. Above 0; 10,000 by default. */
  finalDivFactor?: number;
  /** First back to where it began, in as many steps as it rose, and then down (the paper's). Needs a `pctStart` of at most 0.5. False by default. */
  threePhase?: boolean;
}

export const options = {
  totalSteps: { type: 'integer', min: 1, required: true },
  maxLr: { type: 'number', above: 0 },
  pctStart: { type: 'number', min: 0, max: 1, default: 0.3 },
  annealStrategy: { type: 'name', names: ['cos', 'linear'], default: 'cos' },
  divFactor: { type: 'number', above: 0, default: 25 },
  finalDivFactor: { type: 'number', above: 0, default: 1e4 },
  threePhase: { type: 'boolean', default: false },
} as const satisfies OptionTable<OneCycleOptions>;

/**
 * Up from `maxLr / divFactor` to `maxLr`, then down to `maxLr / divFactor / finalDivFactor` (Smith & Topin 2019; PyTorch's OneCycleLR with
 * cycle_momentum=False).
 *
 * @param given - totalSteps is needed; other defaults are PyTorch's.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, for a value outside its range, and for `threePhase` that rises in more than half of the steps.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, schedule: oneCycle({ totalSteps: 5000 }) });
 */
export function oneCycle(given: OneCycleOptions): Schedule {
  const read = readOptions<OneCycleOptions, typeof options>('one_cycle schedule', options, given);
  for (const [place, message] of wrong(read)) throw new UsageError(`one_cycle schedule: ${place}: ${message}`);
  const { maxLr } = read;
  return {
    at: (step, learningRate) => (maxLr === undefined ? 1 : learningRate === 0 ? 0 : maxLr / learningRate) * factorAt(step, read),
    *wrongAt(learningRate) {
      if (maxLr !== undefined && learningRate === 0) yield ['maxLr', 'needs an optimizer whose learning rate is above 0: a schedule is a factor on it'];
    },
  };
}
export { oneCycle as create };

export function* wrong({ threePhase = false, pctStart = 0.3 }: Pick<OneCycleOptions, 'threePhase' | 'pctStart'>): Generator<[string, string]> {
  if (threePhase && pctStart > 0.5) yield ['pctStart', `with threePhase expected a number from 0 to 0.5, got ${pctStart}`];
}

type Cycle = Pick<Required<OneCycleOptions>, 'totalSteps' | 'pctStart' | 'annealStrategy' | 'divFactor' | 'finalDivFactor' | 'threePhase'>;

/** The fraction of the highest learning rate in a step. The ends of phases are PyTorch's, which need not be whole. */
function factorAt(step: number, { totalSteps, pctStart, annealStrategy, divFactor, finalDivFactor, threePhase }: Cycle): number {
  const begin = 1 / divFactor;
  const top = pctStart * totalSteps - 1;
  const phases: [end: number, factor: number][] = [
    [top, 1],
    ...(threePhase ? [[2 * top, begin] as [number, number]] : []),
    [totalSteps - 1, begin / finalDivFactor],
  ];
  const now = phases.findIndex(([end]) => step <= end);
  if (now < 0) return begin / finalDivFactor;
  const [end, to] = phases[now]!;
  const [start, from] = now > 0 ? phases[now - 1]! : [0, begin];
  const passed = end > start ? (step - start) / (end - start) : 1;
  return annealStrategy === 'cos' ? to + ((from - to) / 2) * (Math.cos(Math.PI * passed) + 1) : from + (to - from) * passed;
}

export const text: Texts = {
  en: { title: 'One cycle', summary: 'Rises to a high learning rate, and falls to nearly nothing.' },
  zh: { title: '单周期', summary: '升到较高的学习率，再降到几乎为零。' },
};
