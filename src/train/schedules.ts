// Schedules of the learning rate: the factor of step t, counted from 0. The rates of many steps to come are written to a table on
// the GPU at once, so a schedule costs nothing per step.
import { requireInteger, requireNumber, UsageError } from '../errors.ts';

export interface Schedule {
  /** The rate, or the factor on it, that step `step` (from 0) uses. */
  at(step: number): number;
}

/** Always the same. */
export function constant(value = 1): Schedule {
  return { at: () => value };
}

/** gamma to the power floor(step / every) (PyTorch's StepLR). */
export function stepDecay({ every, gamma }: { every: number; gamma: number }): Schedule {
  requireInteger('step schedule: every', every);
  requireNumber('step schedule: gamma', gamma, 0);
  return { at: (step) => gamma ** Math.floor(step / every) };
}

/** gamma for each milestone passed (MultiStepLR). */
export function multiStep({ milestones: given, gamma }: { milestones: readonly number[]; gamma: number }): Schedule {
  const milestones = [...given];
  milestones.forEach((m, i) => requireInteger(`multi_step schedule: milestones[${i}]`, m, 0));
  requireNumber('multi_step schedule: gamma', gamma, 0);
  return { at: (step) => gamma ** milestones.filter((m) => m <= step).length };
}

/** gamma per step (ExponentialLR). */
export function exponential({ gamma }: { gamma: number }): Schedule {
  requireNumber('exponential schedule: gamma', gamma, 0);
  return { at: (step) => gamma ** step };
}

/** Half a cosine from 1 to `least` over `steps`, then `least` (Loshchilov & Hutter 2017, without restarts). */
export function cosine({ steps, least = 0 }: { steps: number; least?: number }): Schedule {
  requireInteger('cosine schedule: steps', steps);
  requireNumber('cosine schedule: least', least, 0, 1);
  return { at: (step) => least + ((1 - least) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2 };
}

/** Cosines from 1 to `least`, begun anew after `steps`, then after `factor` times as many, and so on (SGDR, Loshchilov & Hutter 2017). */
export function cosineRestarts(options: { steps: number; factor?: number; least?: number }): Schedule {
  const { steps, factor = 1, least = 0 } = options;
  requireInteger('cosine_restarts schedule: steps', steps);
  requireInteger('cosine_restarts schedule: factor', factor);
  return {
    at: (step) => {
      let first = 0;
      let length = steps;
      while (step >= first + length) {
        first += length;
        length *= factor;
      }
      return cosine({ steps: length, least }).at(step - first);
    },
  };
}

/** (1 - step / steps) to the power `power`, then 0 (PolynomialLR). */
export function polynomial({ steps, power }: { steps: number; power: number }): Schedule {
  requireInteger('polynomial schedule: steps', steps);
  requireNumber('polynomial schedule: power', power, 0);
  return { at: (step) => (1 - Math.min(step, steps) / steps) ** power };
}

/** Up in a straight line to 1 at step `warmup`, then down as the inverse square root (Vaswani 2017): min(t / w, sqrt(w / t)), t = step + 1. */
export function inverseSqrt({ warmup }: { warmup: number }): Schedule {
  requireInteger('inverse_sqrt schedule: warmup', warmup);
  return { at: (step) => Math.min((step + 1) / warmup, Math.sqrt(warmup / (step + 1))) };
}

/** From `from` to `to` in a straight line over `steps` (LinearLR), then `to`; then, if given, another schedule from there. */
export function warmup({ steps, from = 0, to = 1, then }: { steps: number; from?: number; to?: number; then?: Schedule }): Schedule {
  requireInteger('warmup schedule: steps', steps);
  requireNumber('warmup schedule: from', from, 0);
  requireNumber('warmup schedule: to', to, 0);
  return { at: (step) => (step < steps ? from + ((to - from) * step) / steps : to * (then?.at(step - steps) ?? 1)) };
}

/** Schedules one after the other: the i-th begins at boundaries[i - 1] and counts from 0 there (SequentialLR). */
export function sequence(given: readonly { from: number; schedule: Schedule }[]): Schedule {
  const parts = given.map((part) => ({ ...part }));
  if (parts.length === 0 || parts[0]!.from !== 0) throw new UsageError('sequence schedule: the first part must begin at step 0');
  const taken = parts.map((part) => ({ ...part }));
  return {
    at: (step) => {
      const part = taken.findLast((p) => p.from <= step)!;
      return part.schedule.at(step - part.from);
    },
  };
}
