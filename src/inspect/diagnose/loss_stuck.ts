import { endFraction, NO_TARGETS } from './outcome.ts';
import { firstLoss } from './progress.ts';
import { figure, lossFraction, percent, yardstick } from './read.ts';
import { type Found, rule, unchecked } from './rule.ts';

/**
 * The loss falls by less than 0.1 % in ten steps (LossNotDecreasing of SageMaker Debugger) and is still at that of knowing nothing. Smoothing is a line through
 * the later half of the run, at least `minSteps` records; the fall must be below the level even two standard errors up, so a noisy short run is quiet, and so
 * is a network that has converged anywhere below `above`. Where a record is the mean of an epoch, `minEpochs` are enough, and a fall of less than `epochFall` in
 * each. A loss that rises by more than that does not stay: it grows. One that began at `far` times the loss of the
 * best constant answer and ends there has come to that answer, and learned nothing of the inputs. One that is `far` times that loss after `farSteps` steps, and falls, is still on its way
 * from where it began: answers that start far from the targets, and steps too small for the way.
 */
export const lossStuck = rule({
  needs: [],
  levels: { fall: 0.001, steps: 10, minSteps: 30, epochFall: 0.005, minEpochs: 5, above: 0.95, near: 1.3, far: 3, farSteps: 100 },
  remedies: ['learning_rate', 'optimizer', 'larger_batch'],
  text: {
    stays: {
      en: { title: 'The loss does not fall', evidence: '{loss} for {steps} steps' },
      zh: { title: '损失停滞', evidence: '{steps} 步保持 {loss}' },
    },
    grows: {
      en: { title: 'The loss grows', evidence: '{loss} over the last {steps} steps' },
      zh: { title: '损失上升', evidence: '最近 {steps} 步平均 {loss}' },
    },
    over_epochs: {
      en: { title: 'The loss does not fall', evidence: '{loss} for {epochs} epochs' },
      zh: { title: '损失停滞', evidence: '{epochs} 个 epoch 保持 {loss}' },
    },
    nothing: {
      en: { title: 'Nothing was learned', evidence: '{loss}, as the best constant answer has it' },
      zh: { title: '什么也没学到', evidence: '{loss}，等于最佳常数答案' },
    },
    far: {
      en: { title: 'The answers are still far from the targets', evidence: '{loss} after {steps} steps, {times} times that of the best constant answer' },
      zh: { title: '答案离目标仍很远', evidence: '{steps} 步后 {loss}，是最佳常数答案的 {times} 倍' },
    },
  },
  icon: 'M1 6.100h12v1.800H1zM1 3h1.700v8H1zM11.300 3H13v8h-1.700z',
  check(history, levels) {
    const fraction = lossFraction(history);
    const known = yardstick(history);
    const unsure = (found: (Found & { kind: 'stays' | 'grows' | 'over_epochs' | 'nothing' | 'far' })[]) => {
      if (found.length > 0 || known !== undefined) return found;
      const { task, facts } = history;
      if (facts?.outputs?.some(({ loss }) => loss === 'custom')) return unchecked("the best constant answer to a loss of one's own is not known");
      return unchecked(task?.classes === undefined ? NO_TARGETS : 'the history does not say how frequent its classes are');
    };
    const { averaged } = history;
    const { least, per, level } = averaged
      ? { least: levels.minEpochs, per: 1, level: levels.epochFall }
      : { least: levels.minSteps, per: levels.steps, level: levels.fall };
    const count = Math.max(least, Math.ceil(history.steps.length / 2));
    const [numbers, losses] = [history.steps.numbers.subarray(-count), history.steps.loss.subarray(-count)];
    if (fraction === undefined || losses.length < least || !(fraction >= levels.above) || !losses.every(Number.isFinite)) return unsure([]);
    const line = leastSquares(numbers, losses);
    const fall = 0 - (line.slope * per) / line.mean;
    const error = (line.error * per) / line.mean;
    const evidence = { loss: line.mean, fall, standardError: error, [averaged ? 'epochs' : 'steps']: losses.length, lossFraction: fraction, level };
    const step = numbers.at(-1)!;
    const over = `over the last ${losses.length} ${averaged ? 'epochs' : 'steps'}`;
    const each = averaged ? 'epoch' : `${per} steps`;
    if (!averaged && fall + 2 * error < -level) {
      const message = `The loss is ${figure(line.mean)}, ${percent(fraction)} of that of knowing nothing; ${over} it grew by ${percent(-fall)} per ${each}.`;
      return [{ kind: 'grows', severity: 'warn', step, message, evidence }];
    }
    if (fall + 2 * error < level) {
      const message = `The loss stays at ${figure(line.mean)}, ${percent(fraction)} of that of knowing nothing; ${over} it changed by ${percent(-fall)} per ${each}.`;
      return [{ kind: averaged ? 'over_epochs' : 'stays', severity: 'warn', step, message, evidence }];
    }
    // The first mean of an epoch says nothing of how it began.
    if (averaged) return unsure([]);
    const first = firstLoss(history);
    const end = endFraction(history) ?? 0;
    if (known !== undefined && first !== undefined && end > levels.far && history.steps.length >= levels.farSteps && line.mean < first) {
      const now = end * known;
      const message = `After ${history.steps.length} steps the loss has come from ${figure(first)} to ${figure(now)}, and the best constant answer has ${figure(known)}: the answers began far from the targets, and the steps are too small for the way or too few.`;
      return [
        {
          kind: 'far',
          severity: 'warn',
          step,
          message,
          evidence: { ...evidence, loss: now, steps: history.steps.length, times: end, first, baselineLoss: known },
        },
      ];
    }
    if (first === undefined || known === undefined || !(first > levels.far * known) || !(end >= levels.above && end < levels.near) || fall > 2 * error)
      return unsure([]);
    const message = `The loss fell from ${figure(first)} to ${figure(line.mean)}, and the best constant answer has ${figure(known)}: nothing was learned of the inputs.`;
    return [{ kind: 'nothing', severity: 'warn', step, message, evidence: { ...evidence, first, baselineLoss: known } }];
  },
});

/** Least-squares line: its mean, its slope and the slope's standard error. */
function leastSquares(xs: Float64Array, ys: Float64Array): { mean: number; slope: number; error: number } {
  const n = xs.length;
  const sum = (of: (x: number, y: number) => number): number => {
    let total = 0;
    for (let i = 0; i < n; i++) total += of(xs[i]!, ys[i]!);
    return total;
  };
  const meanX = sum((x) => x) / n;
  const mean = sum((_, y) => y) / n;
  const spread = sum((x) => (x - meanX) ** 2);
  const slope = sum((x, y) => (x - meanX) * (y - mean)) / spread;
  const residue = sum((x, y) => (y - mean - slope * (x - meanX)) ** 2);
  return { mean, slope, error: Math.sqrt(residue / (n - 2) / spread) };
}
