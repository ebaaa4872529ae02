// The scale of initial weights at which a gradient keeps its size from layer to layer, for the remedies and the theory.
import { rounded } from '../../format.ts';
import { criticalGain, gainForDepth } from '../../inspect/theory/mean_field.ts';
import type { Nonlinearity } from '../../inspect/theory/quadrature.ts';
import { ACTIVATIONS } from '../../ops/activation_table.ts';
import type { ActivationDocument } from '../document.ts';

/** Above this sw2 the critical point only exists on paper: sigmoid's 103 saturates most units. */
const LARGEST_GAIN = 10;

/** The activation as the theory takes it, its parameters filled in. */
export function nonlinearityOf(layer: ActivationDocument | undefined): Nonlinearity {
  const entry = ACTIVATIONS[layer?.name ?? 'linear'] as (typeof ACTIVATIONS)['linear'] & { kinks?(params: object): number[] };
  const params = { ...entry.params, ...layer?.params };
  const value = entry.value as (x: number, params: object) => number;
  const derivative = entry.derivative as (x: number, params: object) => number;
  const kinks = entry.kinks?.(params);
  return { value: (x) => value(x, params), derivative: (x) => derivative(x, params), ...(kinks ? { kinks } : {}) };
}

/**
 * The sw2 = fan-in * Var(W) at which a gradient keeps its size: the critical gain, or for GELU-like functions the one for the given depth.
 * Inverted dropout that keeps a share p multiplies the squared factor by 1/p, so sw2 shrinks by p. Undefined where there is none of use.
 */
export function usefulGain(layer: ActivationDocument | undefined, depth: number, keep = 1): number | undefined {
  const phi = nonlinearityOf(layer);
  const gain = criticalGain(phi) ?? (depth >= 2 ? gainForDepth(phi, depth) : undefined);
  return gain === undefined || gain > LARGEST_GAIN ? undefined : rounded(gain * keep, 6);
}
