import type { Remedy } from './remedy.ts';

/** Rows of a batch that are enough for most networks. */
const USUAL = 32;

export const largerBatch: Remedy = {
  text: {
    en: { title: 'a larger batch', summary: 'less noise in the gradient and in batch norm; each step costs more' },
    zh: { title: '增大批量', summary: '减小梯度和批归一化的噪声；每步更耗时' },
  },
  propose(document, _finding, facts) {
    const { batchSize } = document.training;
    if (batchSize >= 512) return null;
    // Where the steps are given, none are lost: a few rows more than two are still too few.
    const next = Math.min(512, facts?.training?.rows ?? 512, Math.max(document.training.steps === undefined ? 0 : USUAL, batchSize * 4));
    if (next <= batchSize) return null;
    return {
      document: { ...document, training: { ...document.training, batchSize: next } },
      why: `The noise of a batch's gradient falls with its size: ${batchSize} → ${next} samples.`,
    };
  },
};
