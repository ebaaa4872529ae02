import { isActivation, isNorm, mapBlocks } from '../layers.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const batchNorm: Remedy = {
  text: {
    en: { title: 'batch norm', summary: 'rescales each layer; without shortcuts the gradient then grows a little per layer: a deep network explodes' },
    zh: { title: '批归一化', summary: '每层重新缩放；没有残差连接时，梯度每过一层略微增大，网络一深就会爆炸' },
  },
  propose(document) {
    let changed = false;
    const fixed = mapBlocks(document.model.layers, (block) => {
      const at = block.findIndex(isActivation);
      if (at < 0 || block.some(isNorm)) return block;
      changed = true;
      return [...block.slice(0, at), { type: 'batch_norm' }, ...block.slice(at)];
    });
    if (!changed) return null;
    return {
      document: withLayers(document, fixed),
      why: 'Batch norm between each weight matrix and its activation holds the activations at variance 1, whatever the weights are.',
    };
  },
};
