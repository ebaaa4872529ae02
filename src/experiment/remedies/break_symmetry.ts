import { isWeights } from '../layers.ts';
import { mapLayers, type Remedy, withLayers } from './remedy.ts';

export const breakSymmetry: Remedy = {
  text: {
    en: { title: 'random initial weights', summary: 'units that start alike stay alike; drawn at random, each learns something of its own; costs nothing' },
    zh: { title: '随机初始权重', summary: '初始相同的单元始终相同；随机取值后各学各的；没有代价' },
  },
  propose(document) {
    let changed = false;
    const fixed = mapLayers(document.model.layers, (layer) => {
      if (!isWeights(layer) || layer.initializer?.scheme !== 'constant') return [layer];
      changed = true;
      return [{ ...layer, initializer: { scheme: 'he_normal' } } as typeof layer];
    });
    return changed
      ? { document: withLayers(document, fixed), why: 'Equal weights get equal gradients, so a layer of equal units is one unit: they are drawn at random.' }
      : null;
  },
};
