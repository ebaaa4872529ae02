import { fansOf, varianceOf } from '../../nn/initializers.ts';
import { depthOf, isActivation, isNorm, isRegulariser, isWeights, mapBlocks, outputIndex, stepsOf, type WeightsDocument } from '../layers.ts';
import { kindOf } from '../registry/layers.ts';
import { shiftsUnits, startAt, usefulGain } from './critical_gain.ts';
import { type Remedy, withLayers } from './remedy.ts';

/** sw2 of output weights above which a loss starts far above that of knowing nothing. */
const LARGEST_OUTPUT = 4;

export const criticalInitialisation: Remedy = {
  text: {
    en: { title: 'critical initialisation', summary: 'weights as large as the activation needs, so that each layer passes on all of it; costs nothing' },
    zh: { title: '临界初始化', summary: '权重大小正合激活函数所需，每层把梯度全部传下；没有代价' },
  },
  propose(document) {
    const { layers } = document.model;
    const depth = depthOf(layers);
    const names = new Map<string, number>();
    let changed = false;
    let biases = false;
    const fixed = mapBlocks(layers, (block, weights, { residual }) => {
      // A norm undoes any scale, and between shortcuts the scale of the branch decides; with a layer that theory does not know nothing is known of it.
      if (residual || block.some(isNorm) || block.slice(1).some((layer) => stepsOf(layer) === 'unknown')) return block;
      const phi = block.find(isActivation);
      const scale = usefulGain(phi, depth, block.find(isRegulariser));
      if (scale === undefined) return block;
      names.set(phi ? kindOf(phi) : 'linear', scale);
      const shifted = shiftsUnits(weights);
      if (same(sw2Of(weights), scale) && !shifted) return block;
      changed = true;
      biases ||= shifted;
      return [startAt(weights, scale), ...block.slice(1)];
    });
    // Outputs that start as large as their weights are have to be unlearned first.
    const last = outputIndex(fixed);
    const output = fixed[last];
    if (output && isWeights(output) && (sw2Of(output) ?? 0) > LARGEST_OUTPUT) {
      fixed[last] = startAt(output, 1);
      names.set('the output', 1);
      changed = true;
    }
    if (!changed) return null;
    const values = [...names].map(([name, scale]) => `${scale} for ${name}`).join(', ');
    return {
      document: withLayers(document, fixed),
      why: `Weights of variance s / fan-in with the critical s (${values}), so that a gradient keeps its size from layer to layer.${
        biases ? ' The critical point has no biases: those that all began at one number begin at 0.' : ''
      }`,
    };
  },
};

/** fan-in * Var(W) where it does not depend on the fan-in and fan-out, nor these are given; undefined otherwise. */
function sw2Of({ initializer = { scheme: 'he_normal' } }: WeightsDocument): number | undefined {
  const at = (fanIn: number, fanOut: number): number => fanIn * varianceOf(initializer, ...fansOf('initializer', initializer, [fanIn, fanOut]));
  const sw2 = at(64, 16);
  return sw2 > 0 && same(at(32, 128), sw2) ? sw2 : undefined;
}

const same = (a: number | undefined, b: number): boolean => a !== undefined && Math.abs(a - b) < 0.02 * b;
