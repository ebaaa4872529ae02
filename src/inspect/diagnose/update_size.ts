import type { History } from '../history.ts';
import { learnedHalf } from './outcome.ts';
import { figure, fractionEvidence, hasLearned, latest, layerPlaces, lossFraction, wasFinite } from './read.ts';
import { rule } from './rule.ts';

/**
 * log10 of |update| / |weight|, by L2 norm and by mean absolute value; both must be outside. Outside [-4, -1] warn (TheDeepChecker, around
 * the 1e-3 that cs231n calls healthy), outside [-8, 1] severe (WeightUpdateRatio of SageMaker Debugger).
 * Small counts only while the loss is still at its start, since updates fade as a network converges; so does large once the loss has halved. The warnings want
 * `minSteps` steps, as Adam's first ones are large against small weights and a warm-up's are small.
 */
export const updateSize = rule({
  needs: ['weight', 'update'],
  levels: { low: -4, high: -1, lowSevere: -8, highSevere: 1, minSteps: 50, above: 0.9 },
  remedies: ['learning_rate'],
  text: {
    small: {
      en: { title: 'Updates are too small', evidence: '{layers} of {of} layers below 1e{level}' },
      zh: { title: '更新过小', evidence: '{of} 层中 {layers} 层低于 1e{level}' },
    },
    large: {
      en: { title: 'Updates are too large', evidence: '{layers} of {of} layers above 1e{level}' },
      zh: { title: '更新过大', evidence: '{of} 层中 {layers} 层高于 1e{level}' },
    },
  },
  check(history, levels) {
    const fraction = lossFraction(history);
    const long = history.steps.length >= levels.minSteps;
    const layers = layerPlaces(history).flatMap((place) => sizes(history, place) ?? []);
    const [low, high] = long ? [levels.low, levels.high] : [levels.lowSevere, levels.highSevere];
    const small = layers.filter(({ max }) => (fraction ?? 0) >= levels.above && max < low);
    const large = layers.filter(({ min }) => min > (learnedHalf(history) ? levels.highSevere : high) && !hasLearned(fraction));
    const [found, kind] = large.length > 0 ? ([large, 'large'] as const) : ([small, 'small'] as const);
    if (found.length === 0) return [];
    const worst = found.reduce((a, b) => ((kind === 'large' ? b.min > a.min : b.max < a.max) ? b : a));
    const severe = kind === 'large' ? worst.min > levels.highSevere : worst.max < levels.lowSevere;
    return [
      {
        kind,
        severity: severe ? 'severe' : 'warn',
        layer: worst.name,
        step: worst.step,
        message: `An update changes the weights of ${worst.name} by ${figure(worst.ratio)} of their size; so it is in ${found.length} of ${layers.length} layers.`,
        evidence: {
          log10L2: worst.l2,
          log10AbsMean: worst.absMean,
          layers: found.length,
          of: layers.length,
          level: kind === 'large' ? levels.high : levels.low,
          ...fractionEvidence(fraction),
        },
      },
    ];
  },
});

/** log10 of a layer's latest ratios, and the smaller and larger of the two; steps at rate 0 and weights that are still 0 are left out. */
function sizes(
  history: History,
  place: ReturnType<typeof layerPlaces>[number],
): { name: string; step: number; ratio: number; l2: number; absMean: number; min: number; max: number } | undefined {
  const of = (kind: 'l2' | 'absMean') =>
    latest(history, place, 'updateToWeight', ({ updateToWeight }, look) => {
      if (!wasFinite(look)) return undefined;
      const ratio = updateToWeight?.[kind];
      return look.learningRate !== 0 && ratio !== undefined && Number.isFinite(ratio) ? ratio : undefined;
    });
  const l2 = of('l2');
  if (!l2) return undefined;
  // A log may have L2 norms alone.
  const absMean = of('absMean') ?? l2;
  // A branch whose last weights are initialized to 0 gets no gradient yet. 1e-45 is the smallest float: the logarithm of 0 cannot be written down.
  if (place.layer.residual && l2.value === 0) return undefined;
  const [a, b] = [Math.log10(Math.max(1e-45, l2.value)), Math.log10(Math.max(1e-45, absMean.value))];
  return { name: place.name, step: l2.step, ratio: l2.value, l2: a, absMean: b, min: Math.min(a, b), max: Math.max(a, b) };
}
