import { OPTIMIZER_FEATURES, ownOptions } from '../registry/optimizers.ts';
import type { Remedy } from './remedy.ts';

export const lessWeightDecay: Remedy = {
  text: {
    en: { title: 'less weight decay', summary: "the optimizer's default; the network may overfit sooner" },
    zh: { title: '减小权重衰减', summary: '改用优化器的默认值；可能更早过拟合' },
  },
  propose(document) {
    const { weightDecay, ...optimizer } = document.optimizer as typeof document.optimizer & { weightDecay?: number };
    const option = ownOptions(OPTIMIZER_FEATURES[optimizer.name]!).weightDecay;
    const usual = option && 'default' in option && typeof option.default === 'number' ? option.default : 0;
    if (weightDecay === undefined || weightDecay <= usual) return null;
    return {
      document: { ...document, optimizer: optimizer as typeof document.optimizer },
      why: `Each step shrinks the weights by the decay before the gradient can hold against it: weight decay ${weightDecay} → ${usual}.`,
    };
  },
};
