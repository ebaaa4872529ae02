import { rounded } from '../../format.ts';
import { endFraction, learnedHalf, STANDS_STILL } from './outcome.ts';
import { soundAtFirst, stepsWorth, updateRatios } from './progress.ts';
import { figure, largestRate, median, withRate } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * Weights that hardly move, of a run that learned less than half of what there is: at half of its looks and more an update changed those of the middle layer by less
 * than `ratio` of their size, at none by more than `once`, and all steps together by no more than `moved`. The evidence has the factor with which they would move by three times their size in as
 * many steps, and by a hundredth in one at most. A rate that still rises is given `warmUp` steps, and then called too low where they moved the weights by a tenth of that. Or a schedule takes the rate away before anything was learned: all steps are worth less than `few` of them at the full rate. A gradient that had vanished before the first step is another cause.
 */
export const learningRateTooLow = rule({
  needs: ['weight', 'update'],
  levels: { ratio: 3e-4, once: 0.01, moved: 0.1, few: 0.1, minSteps: 30, warmUp: 200 },
  remedies: ['constant_rate', 'learning_rate'],
  text: {
    small: {
      en: { title: 'The learning rate is too low', evidence: 'updates of {updateToWeight} of the weights: {factor} times the rate is needed' },
      zh: { title: '学习率过小', evidence: '更新仅为权重的 {updateToWeight}：学习率需增至 {factor} 倍' },
    },
    falls: {
      en: { title: 'The learning rate falls too early', evidence: '{steps} steps are worth {worth} at the full rate' },
      zh: { title: '学习率下降过早', evidence: '{steps} 步只相当于全速的 {worth} 步' },
    },
  },
  explains: STANDS_STILL,
  icon: 'M1.500 3h11L7 12z',
  check(history, levels) {
    const fraction = endFraction(history);
    const { steps } = history;
    if (fraction === undefined) return NO_START;
    if (learnedHalf(history) || steps.length < levels.minSteps || !soundAtFirst(history)) return [];
    const learningRate = largestRate(history);
    // A warm-up that is still under way comes to its rate later, unless it has brought next to nothing in many steps.
    const rises = learningRate !== undefined && steps.learningRate.at(-1) === learningRate && steps.learningRate[steps.length >> 1]! < 0.8 * learningRate;
    if (rises && steps.length < levels.warmUp) return [];
    const evidence = { ...(learningRate === undefined ? {} : { learningRate }), steps: steps.length, lossFraction: fraction };
    const severity = fraction >= 0.9 ? 'severe' : 'warn';
    const step = steps.numbers.at(-1)!;
    const worth = stepsWorth(history);
    if (worth < levels.few * steps.length && steps.learningRate.at(-1)! < levels.few * learningRate!) {
      const message = `The learning rate falls from ${figure(learningRate!)} to ${figure(steps.learningRate.at(-1)!)}, so that ${steps.length} steps are worth ${figure(worth)} at the full rate.`;
      return [{ kind: 'falls', severity, step, message, evidence: { ...evidence, worth, level: levels.few } }];
    }
    // Neither a warm-up nor the end of a schedule says what the rate is good for.
    const ratios = updateRatios(history).flatMap((look) => (learningRate === undefined || look.learningRate >= learningRate / 10 ? [look.ratio] : []));
    const usual = median(ratios);
    const largest = ratios.reduce((max, ratio) => Math.max(max, ratio), 0);
    if (usual === undefined || !(usual > 0 && usual <= levels.ratio && largest <= levels.once)) return [];
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
    const moved = mean * steps.length;
    if (moved > (rises ? levels.moved / 10 : levels.moved)) return [];
    const factor = rounded(Math.min(3 / moved, 0.01 / usual), 1);
    return [
      {
        kind: 'small',
        severity,
        step,
        message: `${withRate(learningRate)} an update changes the weights by ${figure(mean)} of their size, and ${steps.length} steps by ${figure(moved)}: ${figure(factor)} times the rate is needed.`,
        evidence: {
          ...evidence,
          factor,
          updateToWeight: mean,
          moved,
          level: levels.ratio,
        },
      },
    ];
  },
});
