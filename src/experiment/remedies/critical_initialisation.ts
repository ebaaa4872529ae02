import type { DenseDocument } from '../document.ts';
import { depthOf, mapBlocks } from '../layers.ts';
import { usefulGain } from './critical_gain.ts';
import { type Remedy, withLayers } from './remedy.ts';

export const criticalInitialisation: Remedy = {
  text: {
    en: { title: 'critical initialisation', summary: 'weights as large as the activation needs, so that each layer passes on all of it' },
    zh: { title: '临界初始化', summary: '权重大小正合激活函数所需，每层把梯度全部传下' },
  },
  propose(document) {
    const { layers } = document.model;
    const depth = depthOf(layers);
    const names = new Map<string, number>();
    let changed = false;
    const mended = mapBlocks(layers, (block, dense, { residual }) => {
      // Batch norm undoes any scale, and between shortcuts the scale of the branch decides.
      if (residual || block.some((layer) => layer.type === 'batch_norm')) return block;
      const phi = block.find((layer) => layer.type === 'activation');
      const dropout = block.find((layer) => layer.type === 'dropout');
      const scale = usefulGain(phi, depth, 1 - (dropout?.rate ?? 0));
      if (scale === undefined) return block;
      names.set(phi?.name ?? 'linear', scale);
      if (same(sw2Of(dense), scale)) return block;
      changed = true;
      return [{ ...dense, initial: { scheme: 'variance_scaling', scale, mode: 'fan_in', distribution: 'normal' } }, ...block.slice(1)];
    });
    if (!changed) return null;
    const values = [...names].map(([name, scale]) => `${scale} for ${name}`).join(', ');
    return {
      document: withLayers(document, mended),
      why: `Weights of variance s / fan-in with the critical s (${values}), so that a gradient keeps its size from layer to layer.`,
    };
  },
};

/** fan-in * Var(W) of a dense where it does not depend on the fan-in and fan-out, nor these are given; undefined otherwise. */
function sw2Of({ initial = { scheme: 'he_normal' } }: DenseDocument): number | undefined {
  if (initial.scheme === 'constant' || initial.fanIn !== undefined) return undefined;
  const gain = (initial.gain ?? 1) ** 2;
  if (initial.scheme.startsWith('he_')) return 2 * gain;
  if (initial.scheme.startsWith('lecun_')) return gain;
  return initial.scheme === 'variance_scaling' && (initial.mode ?? 'fan_in') === 'fan_in' ? initial.scale * gain : undefined;
}

const same = (a: number | undefined, b: number): boolean => a !== undefined && Math.abs(a - b) < 0.02 * b;
