import { ACTIVATIONS, type Activation, type ActivationName } from '../../ops/activation_table.ts';
import type { ActivationDocument } from '../document.ts';
import { depthOf, hiddenBlocks, isActivation, isNorm, mapBlocks } from '../layers.ts';
import { kindOf } from '../registry/layers.ts';
import { shiftsUnits, startAt, usefulGain } from './critical_gain.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const activation: Remedy = {
  text: {
    en: { title: 'another activation', summary: 'a slope that does not flatten the signal; answers of a layer may grow without bound' },
    zh: { title: '换激活函数', summary: '斜率不会把信号压平；各层输出可能无界' },
  },
  asksWhy: true,
  propose(document, finding) {
    const { layers } = document.model;
    const depth = depthOf(layers);
    const used = [...new Set(hiddenBlocks(layers).flatMap(({ activation }) => (activation ? kindOf(activation) : [])))];
    const dying = used.every((name) => ACTIVATIONS[name as ActivationName]?.deadAtZero) || finding?.rule === 'dead_units';
    const target: ActivationDocument = dying ? { type: 'activation', name: 'leaky_relu', params: { alpha: 0.2 } } : { type: 'activation', name: 'relu' };
    if (used.length === 0 || used.every((name) => name === target.name)) return null;
    const scale = usefulGain(target, depth)!;
    const fixed = mapBlocks(layers, (block, weights) => {
      if (!block.some(isActivation)) return block;
      const started = block.some(isNorm) ? weights : startAt(weights, scale);
      return block.map((layer) => (isActivation(layer) ? target : layer === weights ? started : layer));
    });
    const biases = hiddenBlocks(layers).some(({ weights }) => shiftsUnits(weights)) ? ', and biases at 0' : '';
    const why = dying
      ? `leaky_relu keeps a slope of 0.2 below zero, so no unit can fall silent for ever; weights start at its critical scale, s = ${scale}${biases}.`
      : `relu has slope 1 where it is active, ${used.map(flatness).join(' and ')}; weights start at relu's critical scale, s = ${scale}${biases}.`;
    return { document: withLayers(document, fixed), why };
  },
};

/** Where a function has no slope to speak of, in words. */
function flatness(name: string): string {
  const activation: Activation | undefined = ACTIVATIONS[name as ActivationName];
  const { low, high } = activation?.saturation?.(activation.params) ?? {};
  return low !== undefined && high !== undefined ? `${name} flattens on both sides` : `the slope of ${name} is another everywhere`;
}
