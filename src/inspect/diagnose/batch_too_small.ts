import { endEvidence, endWords, gravity, SYMPTOMS } from './outcome.ts';
import { cleanStats, figure, firstSampled } from './read.ts';
import { rule } from './rule.ts';

/**
 * Batch norm over fewer samples than eight: mean and variance of so few are noise, which the next layer cannot tell from signal, and the gradient grows by (B - 2) /
 * (B - 3) a layer on top of the usual factor (Yang 2019; no bound at all below four). Wu and He 2018 measure the error rise from eight samples down. In a
 * feature map each position is a sample. Only where the run learned less than half of what there is.
 */
export const batchTooSmall = rule({
  needs: ['z'],
  levels: { samples: 8 },
  remedies: ['larger_batch', 'layer_norm'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'The batch is too small for batch norm', evidence: '{samples} samples for {layers} batch norms' },
    zh: { title: '批量对批归一化来说太小', evidence: '{layers} 个批归一化只有 {samples} 个样本' },
  },
  check(history, levels) {
    const severity = gravity(history);
    const look = firstSampled(history, 'z');
    if (!severity) return [];
    const few = history.layers.flatMap(({ name, batchNorm, width }, at) => {
      const z = batchNorm ? cleanStats(look?.layers[at], 'z') : undefined;
      // One that stands behind the activation shows in no statistics.
      const samples = z ? z.count / Math.max(1, width) : history.facts?.layers?.find((layer) => layer.name === name)?.batchNormSamples;
      return samples !== undefined && samples < levels.samples ? [{ name, samples }] : [];
    });
    if (few.length === 0) return [];
    const { name, samples } = few.reduce((a, b) => (b.samples < a.samples ? b : a));
    const message = `The batch norm of ${name} takes mean and variance over ${figure(samples)} samples${
      few.length > 1 ? `, and ${few.length} layers are like that` : ''
    }; ${endWords(history, figure)}.`;
    return [{ severity, layer: name, message, evidence: { samples, layers: few.length, ...endEvidence(history), level: levels.samples } }];
  },
});
