import { isActivation, isRegulariser, mapBlocks } from '../layers.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const dropout: Remedy = {
  text: {
    en: { title: 'dropout', summary: 'silences units at random while training; it takes more steps' },
    zh: { title: 'Dropout', summary: '训练时随机关闭单元；需要更多步数' },
  },
  propose(document) {
    let changed = false;
    const fixed = mapBlocks(document.model.layers, (block) => {
      const at = block.findIndex(isActivation);
      if (at < 0 || block.some(isRegulariser)) return block;
      changed = true;
      return [...block.slice(0, at + 1), { type: 'dropout', rate: 0.3 }, ...block.slice(at + 1)];
    });
    return changed
      ? { document: withLayers(document, fixed), why: 'Each unit is left out of 30 % of the steps, so that none can rely on a single other one.' }
      : null;
  },
};
