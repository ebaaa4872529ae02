import type { LayerDocument } from '../document.ts';
import { depthOf, isWeights, outputIndex } from '../layers.ts';
import { containerOf, copiesOf, innerLists, withInner } from '../registry/layers.ts';
import { type Remedy, withLayers } from './remedy.ts';

/** Hidden layers that train under nearly any initial values, and that are enough for most tables of numbers. */
const FEW = 3;

export const fewerLayers: Remedy = {
  text: {
    en: { title: 'fewer layers', summary: 'a network of three hidden layers: what is lost on the way through many cannot be; it can represent less' },
    zh: { title: '减少层数', summary: '只留三个隐藏层：没有很长的路，信号就不会丢失；但表达能力也更小' },
  },
  propose(document) {
    const { layers } = document.model;
    const depth = depthOf(layers);
    const kept = depth > FEW && firstBlocks(layers, FEW);
    if (!kept) return null;
    return {
      document: withLayers(document, kept),
      why: `A gradient that is multiplied ${depth} times grows or fades far more than one that is multiplied ${FEW} times: ${depth} → ${FEW} hidden layers.`,
    };
  },
};

/** The layers with the first hidden blocks alone; undefined where not all of them are dense layers in a row, in which each may stand behind any other. */
function firstBlocks(layers: readonly LayerDocument[], count: number): LayerDocument[] | undefined {
  const output = outputIndex(layers);
  if (output < 0) return undefined;
  let left = count;
  const kept: LayerDocument[] = [];
  for (let i = 0; i < output; ) {
    const layer = layers[i]!;
    const end = containerOf(layer) ? i + 1 : endOfBlock(layers, i);
    const inner = containerOf(layer) ? innerLists(layer).flatMap(({ list }) => list) : layers.slice(i, end);
    const blocks = inner.filter(isWeights);
    if (inner.some(containerOf) || containerOf(layer)?.shortcut || blocks.some(({ type }) => type !== 'dense')) return undefined;
    const copies = blocks.length === 0 ? copiesOf(layer) : Math.min(copiesOf(layer), Math.floor(left / blocks.length));
    if (copies === copiesOf(layer)) kept.push(...layers.slice(i, end));
    else if (copies > 0) kept.push({ ...withInner(layer, (list) => [...list]), times: copies } as LayerDocument);
    left -= copies * blocks.length;
    i = end;
  }
  return left < count ? [...kept, ...layers.slice(output)] : undefined;
}

/** Where the layers end that belong to the one with weights at `start`. */
function endOfBlock(layers: readonly LayerDocument[], start: number): number {
  const next = layers.findIndex((layer, i) => i > start && (isWeights(layer) || containerOf(layer) !== undefined));
  return next < 0 ? layers.length : next;
}
