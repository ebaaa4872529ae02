// How far a run came and how far its weights moved: what the rules about the learning rate share.
import type { History } from '../history.ts';
import { EXPLODING, VANISHING } from './depth_levels.ts';
import { depthProfiles, profiled } from './depth_profile.ts';
import { firstSampled, largestRate } from './read.ts';

/** |update| / |weight| of the middle layer, at each look that shows it and at which something was updated. */
export function updateRatios({ steps }: History): { step: number; learningRate: number; ratio: number }[] {
  const { numbers, learningRate, loss, gradientNorm, updateRatio } = steps;
  return Array.from(updateRatio).flatMap((ratio, at) =>
    // A step that was not finite changed nothing.
    ratio < Infinity && learningRate[at] !== 0 && Number.isFinite(loss[at]) && (Number.isFinite(gradientNorm[at]) || !steps.has(at, 'gradientNorm'))
      ? [{ step: numbers[at]!, learningRate: learningRate[at]!, ratio }]
      : [],
  );
}

/** How many steps at the largest rate all steps come to; their number where rates are not known, or are 0. */
export function stepsWorth(history: History): number {
  const largest = largestRate(history);
  const { learningRate, length } = history.steps;
  return largest ? learningRate.reduce((sum, rate) => sum + rate, 0) / largest : length;
}

/** Whether the gradient reached the first layer at the first look, neither vanished nor exploded: what went wrong later came from the steps. */
export function soundAtFirst(history: History): boolean {
  const look = firstSampled(history, profiled(history));
  return !look || depthProfiles(history, 3, [look]).every(({ ratio }) => ratio > VANISHING.warn && ratio < EXPLODING.warn);
}

/** The largest loss after the first step, and that step; only of finite ones. */
export function peakLoss({ steps }: History): { step: number; loss: number } | undefined {
  let at = -1;
  for (let i = 1; i < steps.length; i++) if (Number.isFinite(steps.loss[i]) && (at < 0 || steps.loss[i]! > steps.loss[at]!)) at = i;
  return at < 0 ? undefined : { step: steps.numbers[at]!, loss: steps.loss[at]! };
}

/** The loss of the first step, where it is finite and the history has it. */
export const firstLoss = ({ steps }: History): number | undefined => (steps.numbers[0]! <= 1 && Number.isFinite(steps.loss[0]) ? steps.loss[0] : undefined);
