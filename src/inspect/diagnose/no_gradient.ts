import { SYMPTOMS } from './outcome.ts';
import { figure, layerPlaces, lossFraction } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * The norm of the gradient is exactly 0 in each of the last `looks` steps that have one, though the loss has not come to 0 by itself: no number of 32 bits rounds
 * to that. Either the loss jumped to exactly 0 from above `from` of its start (a mixed-precision run whose loss is not finite is logged so, and one whose labels are
 * all masked), or it stays where it is: what is trained does not reach the loss. Where a log has statistics of layers, other rules say in which of them it ends.
 */
export const noGradient = rule({
  needs: [],
  minor: true,
  levels: { looks: 5, from: 0.1 },
  remedies: [],
  explains: SYMPTOMS,
  text: {
    zero_loss: {
      en: { title: 'The loss is exactly 0', evidence: 'from {before} to 0 at step {step}' },
      zh: { title: '损失恰为零', evidence: '第 {step} 步从 {before} 变为 0' },
    },
    zero_gradient: {
      en: { title: 'No gradient reaches the weights', evidence: 'norm 0 in {steps} steps, loss {loss}' },
      zh: { title: '梯度到不了权重', evidence: '{steps} 步梯度范数为 0，损失 {loss}' },
    },
  },
  icon: 'M7 1a6 6 0 1 1 0 12A6 6 0 0 1 7 1zm0 1.800a4.200 4.200 0 1 0 0 8.400 4.200 4.200 0 0 0 0-8.400z',
  check(history, levels) {
    const { steps } = history;
    if (!steps.knows('gradientNorm')) return unchecked('no norm of the gradient');
    if (steps.digest.figures.has('weight_gradient') && layerPlaces(history).length > 0) return [];
    const { numbers, loss, gradientNorm } = steps;
    let first = steps.length;
    let known = 0;
    for (let i = steps.length - 1; i >= 0; i--) {
      if (!steps.has(i, 'gradientNorm')) continue;
      if (gradientNorm[i] !== 0) break;
      [first, known] = [i, known + 1];
    }
    if (known < levels.looks) return [];
    const last = loss[steps.length - 1]!;
    if (last !== 0) {
      const message = `The norm of the gradient is exactly 0 in the last ${known} steps, at a loss of ${figure(last)}: what is trained has no part in the loss, or is cut off from it.`;
      return [{ kind: 'zero_gradient', severity: 'severe', step: numbers[first]!, message, evidence: { loss: last, steps: known } }];
    }
    const fell = loss.subarray(0, steps.length).findLastIndex((value) => value !== 0);
    const fraction = lossFraction(history);
    const before = loss[fell]!;
    const start = loss.find((value) => Number.isFinite(value) && value !== 0) ?? 0;
    if (fell < 0 || fraction === undefined || !(before > levels.from * start)) return [];
    const step = numbers[fell + 1]!;
    const message = `At step ${step} the loss went from ${figure(before)} to exactly 0, and stays there without a gradient: a loss that is not finite is logged so in mixed precision, and one whose labels are all masked.`;
    return [{ kind: 'zero_loss', severity: 'severe', step, message, evidence: { before, step, steps: known } }];
  },
});
