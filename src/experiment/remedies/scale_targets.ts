import type { Remedy } from './remedy.ts';

export const scaleTargets: Remedy = {
  text: {
    en: { title: 'scaled targets', summary: 'trains on targets of mean 0 and deviation 1; answers are scaled back, and the training loss is in another unit' },
    zh: { title: '目标标准化', summary: '用均值 0、标准差 1 的目标训练；答案会还原，训练损失的单位不同' },
  },
  propose(_document) {
    return null;
  },
};
