import type { Remedy } from './remedy.ts';

export const standardiseInputs: Remedy = {
  text: {
    en: {
      title: 'standardised inputs',
      summary: 'every column to mean 0 and deviation 1, targets of a regression too; the saved model does the same with new rows',
    },
    zh: { title: '输入标准化', summary: '每列均值为 0、标准差为 1，回归目标亦然；保存的模型会对新数据作同样处理' },
  },
  propose(document) {
    if (document.data.standardise) return null;
    return {
      document: { ...document, data: { ...document.data, standardise: true } },
      why: 'Columns of one scale around 0 let one learning rate fit all weights of the first layer; mean and deviation are those of the training part.',
    };
  },
};
