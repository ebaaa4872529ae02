import { mapLayers, type Remedy, withLayers } from './remedy.ts';

export const batchNormMomentum: Remedy = {
  text: {
    en: {
      title: 'usual momentum in batch norm',
      summary: '0.1: running statistics of the last dozens of batches; single batches count more than with a smaller one',
    },
    zh: { title: '批归一化用常用动量', summary: '0.1：滑动统计量取自最近几十批；比更小的动量更受单个批次影响' },
  },
  propose(document) {
    let changed = false;
    const fixed = mapLayers(document.model.layers, (layer) => {
      if (layer.type !== 'batch_norm' || layer.momentum === undefined || layer.momentum === 0.1) return [layer];
      changed = true;
      const { momentum: _, ...rest } = layer;
      return [rest];
    });
    return changed
      ? {
          document: withLayers(document, fixed),
          why: 'Inference uses running statistics: with a momentum of 0.1 they are those of the data after some dozens of steps.',
        }
      : null;
  },
};
