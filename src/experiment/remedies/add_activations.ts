import { isActivation, isNorm, mapBlocks } from '../layers.ts';
import { kindOf } from '../registry/layers.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const addActivations: Remedy = {
  text: {
    en: { title: 'activations between the layers', summary: 'without them any number of layers is one linear layer; ReLU costs next to nothing' },
    zh: { title: '在层间加激活函数', summary: '没有激活函数，多少层都只等于一个线性层；ReLU 几乎不花代价' },
  },
  propose(document) {
    let changed = false;
    const fixed = mapBlocks(document.model.layers, (block, _weights, { residual }) => {
      // A branch may end without one: what follows the sum has it.
      if (residual || block.some((layer) => isActivation(layer) && kindOf(layer) !== 'linear')) return block;
      changed = true;
      const linear = block.findIndex(isActivation);
      if (linear > 0) return block.map((layer, i) => (i === linear ? { type: 'activation', name: 'relu' } : layer));
      const at = block.findLastIndex((layer, i) => i === 0 || isNorm(layer));
      return [...block.slice(0, at + 1), { type: 'activation', name: 'relu' }, ...block.slice(at + 1)];
    });
    return changed
      ? {
          document: withLayers(document, fixed),
          why: 'Layers without a function between them multiply to one matrix, which draws straight borders only: ReLU goes between.',
        }
      : null;
  },
};
