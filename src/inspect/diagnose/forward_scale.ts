import { hiddenTrunks, notFrozen } from '../places.ts';
import { depthSeverity } from './depth_profile.ts';
import { cleanStats, figure, firstSampled, hasLearned, hiddenPlaces, lossFraction } from './read.ts';
import { rule } from './rule.ts';

/**
 * Largest over smallest Var z along the hidden trunk at the first look within the first ten steps: above 10 warn (PoorWeightInitialization of
 * SageMaker Debugger), above 1e3 severe. Two things are allowed for. Width: in a network of width N ln q walks by sqrt(5 / N) per layer even at He's scale,
 * so the levels grow by two standard deviations of that walk. Transients: what grows or dies geometrically does so in the deeper half
 * too, so what that half extrapolates to must pass as well; tanh at its critical point falls as 1/l and is healthy at any depth. At least three layers. A signal
 * that ends in units that are dead from the first step is for another rule to tell of. A run that learned more than half of what there is has come through: a grade less.
 */
export const forwardScale = rule({
  needs: ['z'],
  levels: { warn: 10, severe: 1e3, steps: 10, minLayers: 3, dead: 0.5 },
  remedies: ['critical_initialisation'],
  // Large weights make every update small beside them.
  explains: ['rank_collapse', 'learning_rate_too_low', 'update_size/small'],
  text: {
    grows: {
      en: { title: 'The signal grows with depth', evidence: 'variance of z grows {ratio}-fold' },
      zh: { title: '信号随深度增长', evidence: 'z 的方差增大 {ratio} 倍' },
    },
    dies: {
      en: { title: 'The signal dies with depth', evidence: 'variance of z falls {ratio}-fold' },
      zh: { title: '信号随深度衰减', evidence: 'z 的方差缩小到 1/{ratio}' },
    },
  },
  icon: 'M1 12.500L6 4.500l2.500 3.500L13 1.500v11z',
  check(history, levels) {
    const look = firstSampled(history, 'z');
    if (!look || look.step > levels.steps) return [];
    const trunks = hiddenTrunks(history).map((trunk) =>
      trunk.filter(notFrozen).flatMap(({ name, width, recordOf }) => {
        const record = recordOf(look);
        const stats = record?.tensors.z;
        return stats ? [{ name, width, variance: cleanStats(record, 'z') ? (Number.isNaN(stats.std) ? stats.rms : stats.std) ** 2 : Number.NaN }] : [];
      }),
    );
    // Of several inputs the trunk along which the signal changes most.
    const [worst] = trunks
      .filter((layers) => layers.length >= levels.minLayers && !layers.some(({ variance }) => Number.isNaN(variance)))
      .map((layers) => ({ layers, ...scaleOf(layers) }))
      .sort((a, b) => b.ratio - a.ratio);
    if (!worst || !(worst.ratio > levels.warn)) return [];
    const { layers, ratio, whole, extrapolated, noise } = worst;
    const [low, high] = [-1, 1].map((sign) => layers.reduce((a, b) => (sign * b.variance > sign * a.variance ? b : a))) as [Layer, Layer];
    const grows = layers.indexOf(low) < layers.indexOf(high);
    if (!grows && hiddenPlaces(history).some((place) => (place.recordOf(look)?.deadFraction ?? 0) > levels.dead)) return [];
    const severity = hasLearned(lossFraction(history)) ? 'note' : depthSeverity(history, ratio > levels.severe);
    const [from, to] = grows ? [low, high] : [high, low];
    return [
      {
        kind: grows ? 'grows' : 'dies',
        severity,
        layer: to.name,
        step: look.step,
        message: `The variance of z ${grows ? 'grows' : 'falls'} from ${figure(from.variance)} in ${from.name} to ${figure(to.variance)} in ${to.name}${severity === 'note' ? ` at step ${look.step}; the network has learned since` : ''}.`,
        evidence: {
          ratio: whole,
          fromDeeperHalf: extrapolated,
          widthAllowance: noise,
          smallest: low.variance,
          largest: high.variance,
          layers: layers.length,
          level: levels.warn,
        },
      },
    ];
  },
});

interface Layer {
  name: string;
  width: number;
  variance: number;
}

/** Of a layer whose width a log does not say. */
const UNKNOWN_WIDTH = 64;

/** How the variance changes along a trunk, how much of that depth explains rather than the widths, and whether the change continues in its deeper half. */
function scaleOf(layers: readonly Layer[]): { ratio: number; whole: number; extrapolated: number; noise: number } {
  const whole = spread(layers);
  const deeper = layers.slice(Math.min(layers.length - 2, layers.length >> 1));
  const extrapolated = spread(deeper) ** ((layers.length - 1) / (deeper.length - 1));
  const noise = Math.exp(2 * Math.sqrt(layers.reduce((sum, { width }) => sum + 5 / (width || UNKNOWN_WIDTH), 0)));
  return { ratio: Math.min(whole, extrapolated) / noise, whole, extrapolated, noise };
}

/** Largest over smallest variance; Infinity where some layers vary and others do not, 1 where none does. */
function spread(layers: readonly Layer[]): number {
  const variances = layers.map(({ variance }) => variance);
  const largest = Math.max(...variances);
  return largest > 0 ? largest / Math.min(...variances) : 1;
}
