import { isRegulariser } from '../layers.ts';
import { mapLayers, type Remedy, withLayers } from './remedy.ts';

export const lessDropout: Remedy = {
  text: {
    en: { title: 'no dropout', summary: 'all units in all steps; the network may overfit sooner' },
    zh: { title: '去掉 Dropout', summary: '每步使用全部单元；可能更早过拟合' },
  },
  propose(document) {
    let dropped = 0;
    const fixed = mapLayers(document.model.layers, (layer) => {
      if (!isRegulariser(layer)) return [layer];
      dropped++;
      return [];
    });
    return dropped > 0
      ? { document: withLayers(document, fixed), why: 'Dropout silences so many units that the signal drowns in its noise: it is left out.' }
      : null;
  },
};
