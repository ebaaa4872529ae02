import { buildLoss } from '../registry/losses.ts';
import type { Remedy } from './remedy.ts';

export const scaleTargets: Remedy = {
  text: {
    en: {
      title: 'scaled targets',
      summary: 'trains on targets and inputs of mean 0 and deviation 1; answers are scaled back, and the recorded loss is in another unit',
    },
    zh: { title: '目标标准化', summary: '用均值 0、标准差 1 的目标和输入训练；答案会还原，记录的损失单位不同' },
  },
  propose(document) {
    if (document.data.standardise || buildLoss(document.loss).task !== 'regression') return null;
    return {
      document: { ...document, data: { ...document.data, standardise: true } },
      why: 'Outputs start near 0 with a spread of 1: so do scaled targets, and no step is as long as their size. Inputs are scaled with them.',
    };
  },
};
