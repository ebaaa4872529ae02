import { mapBlocks } from '../layers.ts';
import { type Remedy, withLayers } from './remedy.ts';

/** Weight decay with which a network needs no penalty on top. */
const ENOUGH = 1e-3;

export const l2: Remedy = {
  text: {
    en: { title: 'an L2 penalty', summary: 'pulls the weights towards zero, away from what training rows alone ask for' },
    zh: { title: 'L2 惩罚', summary: '把权重拉向零，训练数据会拟合得差一些' },
  },
  propose(document) {
    // More of what is there already may be the illness itself.
    const { optimizer } = document;
    if ('weightDecay' in optimizer && (optimizer.weightDecay ?? 0) >= ENOUGH) return null;
    let changed = false;
    const fixed = mapBlocks(document.model.layers, (block, weights) => {
      if (weights.l2 || weights.l1) return block;
      changed = true;
      return [{ ...weights, l2: 1e-3 }, ...block.slice(1)];
    });
    return changed
      ? {
          document: withLayers(document, fixed),
          why: 'A penalty of 0.001/2 |W|² on the hidden weights keeps them from fitting the noise of the training part.',
        }
      : null;
  },
};
