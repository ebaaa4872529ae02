import type { OptimizerDocument } from '../document.ts';
import { OPTIMIZER_FEATURES } from '../registry/optimizers.ts';
import { type Remedy, scheduleFor } from './remedy.ts';

export const optimizer: Remedy = {
  text: {
    en: { title: 'Adam', summary: 'divides each step by the size of its gradient; keeps two more numbers for each weight' },
    zh: { title: 'Adam', summary: '把每一步除以其梯度的大小；每个权重多保存两个数' },
  },
  propose(document) {
    const { optimizer } = document;
    if (OPTIMIZER_FEATURES[optimizer.name]!.adaptive) return null;
    const { clip, groups } = optimizer;
    // Without its decay the network would be another one, and a cure by that would be put down to Adam.
    const weightDecay = 'weightDecay' in optimizer ? optimizer.weightDecay : undefined;
    const adam: OptimizerDocument = {
      name: 'adam',
      learningRate: 0.001,
      ...(weightDecay ? { weightDecay } : {}),
      ...scheduleFor(0.001, optimizer),
      ...(clip ? { clip } : {}),
      ...(groups ? { groups } : {}),
    };
    return {
      document: { ...document, optimizer: adam },
      why: "Adam divides each parameter's step by the size of its own gradient, so small gradients move too.",
    };
  },
};
