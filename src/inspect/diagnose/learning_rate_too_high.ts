import type { History } from '../history.ts';
import { endFraction, learnedHalf, SYMPTOMS } from './outcome.ts';
import { firstLoss, peakLoss, soundAtFirst, stepsWorth, updateRatios } from './progress.ts';
import { figure, firstSampled, hiddenPlaces, largestRate, latest, startingLoss, withRate } from './read.ts';
import { NO_START, rule } from './rule.ts';

/**
 * Steps that overshoot, of a run that learned less than half of what there is: an update changed the weights of the middle layer by `early` of their size or more in the
 * first `steps` steps, or by `late` later on (1e-3 is usual: cs231n); or the loss rose to `rise` times what it was before the first step and what knowing nothing
 * costs. Of a run that learned more, where a quarter is left: an early update as large as the weights, after which most of a layer is flat that was not before. A gradient that had vanished or exploded before the first step is another cause, and none of this is said. Or a momentum m adds up more gradients than the run has steps: steps come to
 * 1 / (1 - m) times the rate (Sutskever 2013), and nothing takes them back in time; then one of `carried` of the weights is enough. What is wrong with units, gradients and loss
 * after such steps follows from them.
 */
export const learningRateTooHigh = rule({
  needs: ['weight', 'update'],
  levels: { early: 0.3, late: 0.1, steps: 20, rise: 4, learned: 0.25, flat: 0.9, few: 0.1, carried: 0.02 },
  remedies: ['less_momentum', 'learning_rate'],
  text: {
    momentum: {
      en: { title: 'Momentum outlasts the run', evidence: 'momentum {momentum} adds up {memory} steps, the run has {steps}' },
      zh: { title: '动量的记忆比训练还长', evidence: '动量 {momentum} 累加 {memory} 步，训练只有 {steps} 步' },
    },
    diverges: {
      en: { title: 'The learning rate is too high', evidence: 'the loss rose to {peak} at step {step}' },
      zh: { title: '学习率过大', evidence: '第 {step} 步损失升至 {peak}' },
    },
    overshoots: {
      en: { title: 'The learning rate is too high', evidence: 'an update of {updateToWeight} of the weights at step {step}' },
      zh: { title: '学习率过大', evidence: '第 {step} 步更新达权重的 {updateToWeight}' },
    },
  },
  explains: SYMPTOMS,
  icon: 'M1.500 11h11L7 2z',
  check(history, levels) {
    const fraction = endFraction(history);
    if (fraction === undefined) return NO_START;
    const flattened = learnedHalf(history) && fraction >= levels.learned && becameFlat(history, levels.flat);
    if ((learnedHalf(history) && !flattened) || !soundAtFirst(history)) return [];
    const learningRate = largestRate(history, levels.steps);
    const [first, peak, start] = [firstLoss(history), peakLoss(history), startingLoss(history)];
    const usual = Math.max(first ?? 0, start ?? 0);
    const rose = first !== undefined && peak !== undefined && peak.loss > levels.rise * usual;
    const ratios = updateRatios(history);
    const [early, later] = [ratios.filter(({ step }) => step <= levels.steps), ratios.filter(({ step }) => step > levels.steps)];
    const worst = ratios.length > 0 ? ratios.reduce((a, b) => (b.ratio > a.ratio ? b : a)) : undefined;
    const large =
      early.some(({ ratio }) => ratio >= (flattened ? 1 : levels.early)) ||
      (!flattened && later.length > 0 && later.filter(({ ratio }) => ratio >= levels.late).length > later.length / 2);
    const evidence = {
      ...(learningRate === undefined ? {} : { learningRate }),
      ...(Number.isFinite(fraction) ? { lossFraction: fraction } : {}),
      ...(worst ? { updateToWeight: worst.ratio } : {}),
    };
    const severity = fraction >= 0.9 ? 'severe' : 'warn';
    const { momentum = 0 } = history.facts?.training ?? {};
    const [memory, steps] = [1 / (1 - momentum), history.steps.numbers.at(-1)!];
    if (memory >= steps && steps >= levels.steps && worst && worst.ratio >= levels.carried)
      return [
        {
          kind: 'momentum',
          severity,
          step: worst.step,
          message: `A momentum of ${momentum} adds up the gradients of ${figure(memory)} steps, and the run has ${steps}. ${withRate(learningRate)} steps grow towards ${figure(memory)} times as much, and an update changed the weights by ${figure(worst.ratio)} of their size at step ${worst.step}.`,
          evidence: { ...evidence, momentum, memory, steps, updateToWeight: worst.ratio, level: levels.carried },
        },
      ];
    if (rose)
      return [
        {
          kind: 'diverges',
          severity,
          step: peak.step,
          message: `${withRate(learningRate)} the loss rose from ${figure(first)} to ${figure(peak.loss)} at step ${peak.step}${worst ? `; an update changed the weights by up to ${figure(worst.ratio)} of their size` : ''}.`,
          evidence: { ...evidence, first, peak: peak.loss, step: peak.step, level: levels.rise },
        },
      ];
    // Steps that fade away at once do not end badly because the first was long.
    if (!large || !worst || stepsWorth(history) < levels.few * history.steps.length) return [];
    return [
      {
        kind: 'overshoots',
        severity,
        step: worst.step,
        message: `${withRate(learningRate)} an update changed the weights by ${figure(worst.ratio)} of their size at step ${worst.step}, where about 0.001 is usual.`,
        evidence: { ...evidence, updateToWeight: worst.ratio, step: worst.step, level: levels.early },
      },
    ];
  },
});

/** Whether most of a hidden layer is in its flat part at the end, and was not at the first look. */
function becameFlat(history: History, flat: number): boolean {
  const first = firstSampled(history, 'saturatedFraction');
  return hiddenPlaces(history).some((place) => {
    const begun = (first && place.recordOf(first)?.saturatedFraction) ?? 1;
    return begun < flat / 2 && (latest(history, place, 'saturatedFraction', (record) => record.saturatedFraction)?.value ?? 0) > flat;
  });
}
