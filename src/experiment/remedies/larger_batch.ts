import type { Remedy } from './remedy.ts';

export const largerBatch: Remedy = {
  text: {
    en: { title: 'a larger batch', summary: 'less noise in the gradient' },
    zh: { title: '增大批量', summary: '减小梯度的噪声' },
  },
  propose(document) {
    const { batchSize } = document.training;
    if (batchSize >= 512) return null;
    const next = Math.min(512, batchSize * 4);
    return {
      document: { ...document, training: { ...document.training, batchSize: next } },
      why: `The noise of a batch's gradient falls with its size: ${batchSize} → ${next} samples.`,
    };
  },
};
