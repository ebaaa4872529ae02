import { hiddenTrunk, LEAST_DEPTH } from '../places.ts';
import { endEvidence, endWords, gravity, SYMPTOMS } from './outcome.ts';
import { cleanStats, figure, firstSampled } from './read.ts';
import { rule, unchecked } from './rule.ts';

/**
 * Initial weights so small that next to nothing passes a layer: fan-in times the variance below `scale` at the first step, where He's, Glorot's and LeCun's have 1 to 2
 * and PyTorch's a third. The output then finds the best constant answer before the layers below have moved at all, and a larger rate alone diverges before it helps.
 * Of networks too shallow for the rules about depth, which see in deeper ones how the signal or the gradient dies; a norm behind a layer undoes its scale. Only where
 * less than half was learned.
 */
export const initialWeightsTooSmall = rule({
  needs: ['weight'],
  levels: { scale: 0.01 },
  remedies: ['critical_initialisation', 'learning_rate'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'Initial weights are too small', evidence: 'fan-in × variance {scale}, in {layers} layers' },
    zh: { title: '初始权重过小', evidence: '输入数 × 方差为 {scale}，共 {layers} 层' },
  },
  check(history, levels) {
    const severity = gravity(history);
    const look = firstSampled(history, 'weight');
    if (!severity || !look || hiddenTrunk(history).length >= LEAST_DEPTH) return [];
    if (look.step !== 1) return unchecked('the first step was not looked at');
    const small = history.layers.flatMap(({ name, role, fanIn, residual, frozen, batchNorm, normalised }, at) => {
      const weight = cleanStats(look.layers[at], 'weight');
      const scale = weight ? fanIn * (weight.std ** 2 + weight.mean ** 2) : Number.NaN;
      return role === 'hidden' && !residual && !frozen && !batchNorm && !normalised && scale > 0 && scale < levels.scale ? [{ name, scale }] : [];
    });
    if (small.length === 0) return [];
    const { name, scale } = small.reduce((a, b) => (b.scale < a.scale ? b : a));
    const message = `The weights of ${name} began with a variance of ${figure(scale)} / fan-in, where 1 to 2 let a signal pass${
      small.length > 1 ? `; ${small.length} layers are like that` : ''
    }; ${endWords(history, figure)}.`;
    return [{ severity, layer: name, step: 1, message, evidence: { scale, layers: small.length, ...endEvidence(history), level: levels.scale } }];
  },
});
