import { isWeights } from '../layers.ts';
import { mapLayers, type Remedy, withLayers } from './remedy.ts';

export const lessL2: Remedy = {
  text: {
    en: { title: 'no L2 penalty', summary: 'weights as large as the data ask for; the network may overfit sooner' },
    zh: { title: '去掉 L2 惩罚', summary: '权重大小由数据决定；可能更早过拟合' },
  },
  propose(document) {
    let changed = false;
    const fixed = mapLayers(document.model.layers, (layer) => {
      if (!isWeights(layer) || !layer.l2) return [layer];
      changed = true;
      const { l2: _, ...rest } = layer;
      return [rest as typeof layer];
    });
    return changed
      ? { document: withLayers(document, fixed), why: 'The penalty pulls harder than the data loss, and the weights go to zero: it is left out.' }
      : null;
  },
};
