import type { Experiment, LayerDocument } from '../document.ts';
import { mapBlocks, unrollFirst } from '../layers.ts';
import { containerOf, innerLists, withInner } from '../registry/layers.ts';
import { sampleAfter, widthAfter } from '../size.ts';
import { type Proposal, type Remedy, withLayers } from './remedy.ts';

export const residual: Remedy = {
  text: {
    en: { title: 'shortcuts scaled by 1/√L', summary: 'a way around each layer for the gradient; one addition more for each' },
    zh: { title: '按 1/√L 缩放的残差连接', summary: '让梯度绕过每一层；每层多一次加法' },
  },
  propose(document) {
    if (hasShortcuts(document.model.layers)) return rescaleShortcuts(document);
    let blocks = 0;
    const fixed = mapBlocks(unrollFirst(document.model.layers), (block, weights, { width }) => {
      if (width !== widthAfter([weights]) || !keepsImages(block, width)) return block;
      blocks++;
      return [{ type: 'residual', scale: '1/sqrt(L)', layers: block }];
    });
    if (blocks === 0) return null;
    return {
      document: withLayers(document, fixed),
      why: 'Shortcuts give the gradient a path past every block; branches scaled by 1/√L keep the sum from growing with depth.',
    };
  },
};

/** Whether what comes of a block, were it given images, has their height and width: two primes that no other size gives. */
function keepsImages(block: readonly LayerDocument[], width: number): boolean {
  const image = [8191, 6143] as const;
  const after = sampleAfter(block, { width, image });
  return after.width === width && after.image?.every((size, d) => size === image[d]) === true;
}

/** Whether a block with a shortcut is in the list, in a repeat or in a nested block. */
function hasShortcuts(layers: readonly LayerDocument[]): boolean {
  return layers.some((layer) => containerOf(layer)?.shortcut || (inRow(layer) && innerLists(layer).some(({ list }) => hasShortcuts(list))));
}

/** Whether the layers inside go on with the row. */
const inRow = (layer: LayerDocument): boolean => containerOf(layer)?.holds === 'layers';

/** Shortcuts that are there already, with 1/√L where their branches have another scale. */
function rescaleShortcuts(document: Experiment): Proposal | null {
  let changed = false;
  const rescale = (layers: readonly LayerDocument[]): LayerDocument[] =>
    layers.map((layer) => {
      if (layer.type !== 'residual') return inRow(layer) ? withInner(layer, rescale) : layer;
      if (layer.scale === '1/sqrt(L)') return layer;
      changed = true;
      return { ...layer, scale: '1/sqrt(L)' };
    });
  const fixed = rescale(document.model.layers);
  return changed
    ? { document: withLayers(document, fixed), why: 'Unscaled branches double the signal per block; scaled by 1/√L they multiply it by about e in all.' }
    : null;
}
