import { ACTIVATIONS } from '../../ops/activation_table.ts';
import type { ActivationDocument } from '../document.ts';
import { depthOf, hiddenBlocks, mapBlocks } from '../layers.ts';
import { usefulGain } from './critical_gain.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const activation: Remedy = {
  text: {
    en: { title: 'another activation', summary: 'a slope that does not flatten the signal' },
    zh: { title: '换激活函数', summary: '斜率不会把信号压平' },
  },
  asksWhy: true,
  propose(document, finding) {
    const { layers } = document.model;
    const depth = depthOf(layers);
    const used = [...new Set(hiddenBlocks(layers).flatMap((block) => block.activation?.name ?? []))];
    const dying = used.every((name) => ACTIVATIONS[name].deadAtZero) || finding?.rule === 'dead_units';
    const target: ActivationDocument = dying ? { type: 'activation', name: 'leaky_relu', params: { alpha: 0.2 } } : { type: 'activation', name: 'relu' };
    if (used.length === 0 || used.every((name) => name === target.name)) return null;
    const scale = usefulGain(target, depth)!;
    const mended = mapBlocks(layers, (block, dense) => {
      if (!block.some((layer) => layer.type === 'activation')) return block;
      const initial = block.some((layer) => layer.type === 'batch_norm')
        ? dense.initial
        : ({ scheme: 'variance_scaling', scale, mode: 'fan_in', distribution: 'normal' } as const);
      return block.map((layer) => (layer.type === 'activation' ? target : layer === dense ? { ...dense, ...(initial ? { initial } : {}) } : layer));
    });
    const why = dying
      ? `leaky_relu keeps a slope of 0.2 below zero, so no unit can fall silent for ever; weights start at its critical scale, s = ${scale}.`
      : `relu has slope 1 where it is active, ${used.join(' and ')} flattens on both sides; weights start at relu's critical scale, s = ${scale}.`;
    return { document: withLayers(document, mended), why };
  },
};
