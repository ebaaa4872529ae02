import type { Remedy } from './remedy.ts';

export const earlyStopping: Remedy = {
  text: {
    en: { title: 'early stopping', summary: 'keeps the best weights on the validation set, whose rows are not trained on' },
    zh: { title: '早停', summary: '保留验证集上最好的权重；这些数据不参与训练' },
  },
  propose(document) {
    if (document.training.earlyStopping) return null;
    const data = document.data.split?.validation ? document.data : { ...document.data, split: { ...document.data.split, validation: 0.2 } };
    const training = { ...document.training, earlyStopping: { patience: 10, minDelta: 0, restoreBest: true } };
    return {
      document: { ...document, data, training },
      why: 'Training ends when the validation loss has not fallen for 10 validations, and goes back to the best parameters.',
    };
  },
};
