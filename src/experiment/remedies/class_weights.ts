import { rounded } from '../../format.ts';
import type { Remedy } from './remedy.ts';
import { targetsOf } from './targets.ts';

export const classWeights: Remedy = {
  text: {
    en: {
      title: 'weights for classes',
      summary: 'rare classes count as much as frequent ones; they are then answered too often, and probabilities are no longer shares',
    },
    zh: { title: '类别权重', summary: '稀有类与常见类同样重要；但会过多地回答稀有类，概率也不再是比例' },
  },
  propose(document, _finding, facts) {
    const { name, ...options } = typeof document.loss === 'string' ? { name: document.loss } : document.loss;
    const targets = targetsOf(document, facts);
    const counts = targets?.counts;
    if (!counts || counts.length < 2 || counts.some((count) => count === 0)) return null;
    const weights = counts.map((count) => rounded(counts.reduce((sum, other) => sum + other, 0) / (counts.length * count), 4));
    const why = `A row of a class counts ${weights.join(', ')} times, so that all classes together count alike: their rows are ${counts.join(', ')}.`;
    if (name === 'softmax_cross_entropy' && !('classWeights' in options) && targets.kind === 'classes')
      return { document: { ...document, loss: { ...options, name, classWeights: weights } }, why };
    if (name === 'bce_with_logits' && !('posWeight' in options) && counts.length === 2) {
      const posWeight = rounded(counts[0]! / counts[1]!, 4);
      return {
        document: { ...document, loss: { name, posWeight } },
        why: `A row of the second class counts ${posWeight} times: rows are ${counts.join(' and ')}.`,
      };
    }
    return null;
  },
};
