// The scale of initial weights at which a gradient keeps its size from layer to layer.
import { rounded } from '../../format.ts';
import { criticalGain, gainForDepth } from '../../inspect/theory/mean_field.ts';
import type { Nonlinearity } from '../../inspect/theory/quadrature.ts';
import type { LayerDocument } from '../document.ts';
import { stepsOf, type WeightsDocument } from '../layers.ts';

/** Above this sw2 the critical point only exists on paper: sigmoid's 103 saturates most units. */
const LARGEST_GAIN = 10;

const LINEAR: Nonlinearity = { value: (x) => x, derivative: () => 1 };

/** The function of a layer as the theory takes it, linear where there is none; undefined where the theory does not know it. */
function nonlinearityOf(layer: LayerDocument | undefined): Nonlinearity | undefined {
  if (!layer) return LINEAR;
  const steps = stepsOf(layer);
  const step = steps === 'unknown' ? undefined : steps.find(({ kind }) => kind === 'activation');
  return step?.kind === 'activation' ? step.activation : undefined;
}

/** The share that a regulariser keeps, 1 where there is none; undefined where the theory does not know it. */
function keepProbabilityOf(layer: LayerDocument | undefined): number | undefined {
  const steps = layer ? stepsOf(layer) : [];
  return steps === 'unknown'
    ? undefined
    : steps.reduce((keepProbability, step) => (step.kind === 'dropout' ? keepProbability * step.keepProbability : keepProbability), 1);
}

/**
 * The sw2 = fan-in * Var(W) at which a gradient keeps its size: the critical gain, or for GELU-like functions the one for the given depth.
 * Inverted dropout that keeps a share p multiplies the squared factor by 1/p, so sw2 shrinks by p. Undefined where there is none of use, or the theory does not
 * know the layers.
 */
export function usefulGain(activation: LayerDocument | undefined, depth: number, regulariser?: LayerDocument): number | undefined {
  const phi = nonlinearityOf(activation);
  const keepProbability = keepProbabilityOf(regulariser);
  if (!phi || keepProbability === undefined) return undefined;
  const gain = criticalGain(phi) ?? (depth >= 2 ? gainForDepth(phi, depth) : undefined);
  return gain === undefined || gain > LARGEST_GAIN ? undefined : rounded(gain * keepProbability, 6);
}

/** Whether all biases begin at one number other than 0, which moves every unit towards a flat part or away from where it bends. */
export const shiftsUnits = ({ biasInitializer }: WeightsDocument): boolean => biasInitializer?.scheme === 'constant' && Boolean(biasInitializer.value);

/** Weights of variance `scale` / fan-in; biases that shift all units begin at 0, where the critical point is. */
export function startAt(weights: WeightsDocument, scale: number): WeightsDocument {
  const { biasInitializer, ...others } = weights;
  const kept = biasInitializer && !shiftsUnits(weights) ? { biasInitializer } : {};
  return { ...(others as WeightsDocument), initializer: { scheme: 'variance_scaling', scale, mode: 'fan_in', distribution: 'normal' }, ...kept };
}
