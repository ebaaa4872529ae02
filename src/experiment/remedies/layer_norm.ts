import type { LayerDocument } from '../document.ts';
import { isActivation, isNorm, mapBlocks } from '../layers.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const layerNorm: Remedy = {
  text: {
    en: { title: 'layer norm', summary: 'rescales each layer for every sample by itself, whatever the batch; every layer costs more time' },
    zh: { title: '层归一化', summary: '对每个样本单独缩放各层，与批量无关；每层更耗时' },
  },
  propose(document) {
    let replaced = false;
    let added = false;
    const fixed = mapBlocks(document.model.layers, (block, weights) => {
      const norm: LayerDocument = weights.type === 'dense' ? { type: 'layer_norm' } : { type: 'group_norm', groups: 1 };
      if (block.some(({ type }) => type === 'batch_norm')) {
        replaced = true;
        return block.map((layer) => (layer.type === 'batch_norm' ? norm : layer));
      }
      const at = block.findIndex(isActivation);
      if (at < 0 || block.some(isNorm)) return block;
      added = true;
      return [...block.slice(0, at), norm, ...block.slice(at)];
    });
    if (!replaced && !added) return null;
    return {
      document: withLayers(document, fixed),
      why: replaced
        ? 'Layer norm in place of batch norm takes its mean and variance from the features of one sample: a batch of two has no say in them.'
        : 'Layer norm between each weight matrix and its activation holds the activations of every sample at variance 1, whatever the weights are.',
    };
  },
};
