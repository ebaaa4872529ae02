import { type Remedy, withOptimizer } from './remedy.ts';

export const clip: Remedy = {
  text: {
    en: { title: 'gradient clipping', summary: 'limits the length of one step, not its direction; rows with large gradients count less' },
    zh: { title: '梯度裁剪', summary: '限制一步的长度，不改变方向；梯度大的样本影响变小' },
  },
  propose(document) {
    const { clip } = document.optimizer;
    if (clip && 'norm' in clip && clip.norm <= 1) return null;
    return {
      document: withOptimizer(document, { clip: { norm: 1 } }),
      why: 'A gradient whose global norm is above 1 is scaled down to 1; its direction stays.',
    };
  },
};
