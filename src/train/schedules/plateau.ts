// Down whenever the validation loss no longer falls.
import { type OptionTable, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import type { Schedule, ScheduleState, Validated } from './schedule.ts';

/** Options of a plateau schedule. */
export interface PlateauOptions {
  /** By which the learning rate falls, above 0 and below 1. 0.1 by default. */
  factor?: number;
  /** Validations without a gain that are let pass; the one after them makes it fall. At least 0; 10 by default. */
  patience?: number;
  /** The least gain that counts, at least 0. 1e-4 by default. */
  threshold?: number;
  /** Whether that is a fraction of the best loss so far or a difference from it. 'rel' by default. */
  thresholdMode?: 'rel' | 'abs';
  /** Validations after a fall in which nothing is counted. At least 0; 0 by default. */
  cooldown?: number;
  /** The lowest learning rate, from 0 to that of the optimizer. 0 by default. */
  minLr?: number;
  /** A fall by no more than this is left out. At least 0; 1e-8 by default. */
  eps?: number;
}

export const options = {
  factor: { type: 'number', above: 0, below: 1, default: 0.1 },
  patience: { type: 'integer', min: 0, default: 10 },
  threshold: { type: 'number', min: 0, default: 1e-4 },
  thresholdMode: { type: 'name', names: ['rel', 'abs'], default: 'rel' },
  cooldown: { type: 'integer', min: 0, default: 0 },
  minLr: { type: 'number', min: 0, default: 0 },
  eps: { type: 'number', min: 0, default: 1e-8 },
} as const satisfies OptionTable<PlateauOptions>;

/**
 * Multiplies the learning rate by `factor` when the validation loss has had no gain for more than `patience` validations (PyTorch's ReduceLROnPlateau with mode
 * 'min'). The trainer needs a validation set; `validateEvery` says how often it looks. Where it stands is the trainer's and in its checkpoints, so one schedule
 * may serve several trainers. A rate that is set by hand ends it.
 *
 * @param given - The defaults are PyTorch's.
 * @returns The schedule, for an optimizer.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const optimizer = sgd({ learningRate: 0.1, schedule: plateau({ factor: 0.5, patience: 3 }) });
 */
export function plateau(given?: PlateauOptions): Schedule {
  const { factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = readOptions<PlateauOptions, typeof options>('plateau schedule', options, given);
  return {
    at: () => 1,
    react(before: ScheduleState = { factor: 1, waited: 0, cooling: 0 }, { validationLoss, learningRate }: Validated): ScheduleState {
      const { best = Number.POSITIVE_INFINITY } = before;
      const better = validationLoss < (thresholdMode === 'rel' ? best * (1 - threshold) : best - threshold);
      const cooling = before.cooling! > 0;
      const waited = better || cooling ? 0 : before.waited! + 1;
      const falls = waited > patience;
      const to = Math.max(learningRate * factor, minLr);
      return {
        factor: falls && learningRate - to > eps ? before.factor * (to / learningRate) : before.factor,
        waited: falls ? 0 : waited,
        cooling: falls ? cooldown : cooling ? before.cooling! - 1 : 0,
        ...(better ? { best: validationLoss } : before.best === undefined ? {} : { best }),
      };
    },
    *wrongAt(learningRate) {
      if (minLr > learningRate) yield ['minLr', `expected a learning rate of at most that of the optimizer (${learningRate}), got ${minLr}`];
    },
  };
}
export { plateau as create };

export const text: Texts = {
  en: { title: 'Plateau', summary: 'Falls by a factor when the validation loss no longer falls.' },
  zh: { title: '平台', summary: '验证损失不再下降时乘以一个系数。' },
};
