import type { Experiment, LayerDocument } from '../document.ts';
import { mapBlocks, unrollFirst } from '../layers.ts';
import { type Proposal, type Remedy, withLayers } from './remedy.ts';

export const residual: Remedy = {
  text: {
    en: { title: 'shortcuts scaled by 1/√L', summary: 'a way around each layer for the gradient' },
    zh: { title: '按 1/√L 缩放的残差连接', summary: '让梯度绕过每一层' },
  },
  propose(document) {
    if (hasShortcuts(document.model.layers)) return rescaleShortcuts(document);
    let blocks = 0;
    const mended = mapBlocks(unrollFirst(document.model.layers), (block, dense, { width }) => {
      if (width !== dense.units) return block;
      blocks++;
      return [{ type: 'residual', scale: '1/sqrt(L)', layers: block }];
    });
    if (blocks === 0) return null;
    return {
      document: withLayers(document, mended),
      why: 'Shortcuts give the gradient a path past every block; branches scaled by 1/√L keep the sum from growing with depth.',
    };
  },
};

/** Whether a residual block stands in the row, in a repeat or in a block of layers. */
function hasShortcuts(layers: readonly LayerDocument[]): boolean {
  return layers.some((layer) => layer.type === 'residual' || ((layer.type === 'repeat' || layer.type === 'sequential') && hasShortcuts(layer.layers)));
}

/** Shortcuts that are there already, with 1/√L where their branches have another scale. */
function rescaleShortcuts(document: Experiment): Proposal | null {
  let changed = false;
  const rescale = (layers: readonly LayerDocument[]): LayerDocument[] =>
    layers.map((layer) => {
      if (layer.type === 'repeat' || layer.type === 'sequential') return { ...layer, layers: rescale(layer.layers) };
      if (layer.type !== 'residual' || layer.scale === '1/sqrt(L)') return layer;
      changed = true;
      return { ...layer, scale: '1/sqrt(L)' };
    });
  const mended = rescale(document.model.layers);
  return changed
    ? { document: withLayers(document, mended), why: 'Unscaled branches double the signal per block; scaled by 1/√L they multiply it by about e in all.' }
    : null;
}
