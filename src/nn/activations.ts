// Activations as layers: `tanh()`, `leakyRelu({ alpha: 0.2 })`. ops/activation_table.ts defines each; a new one has its line here, and
// tests/math/layers.test.ts names one that has none. Each is a constant of its own, so that a program carries those alone that it names.
import { UsageError } from '../errors.ts';
import { Graph } from '../graph/graph.ts';
import * as entries from '../ops/activation_table.ts';
import { attrsOf } from '../ops/activations.ts';
import { type CallableLayer, showGiven } from './layer.ts';
import { activationLayer } from './layers/activation.ts';

/**
 * Makes a layer of an activation.
 *
 * @throws UsageError for a parameter that it does not have or that is outside its range, and for a value, which the function of that name in `fathom-webgpu/ops` takes.
 * @example
 * sequential([dense(16), tanh(), dense(16), leakyRelu({ alpha: 0.2 }), dense(2)]);
 */
export interface ActivationConstructor<Entry extends entries.Activation = entries.Activation> {
  /**
   * Makes the layer.
   *
   * @param params - Parameters by name; those left out have their defaults, and most activations have none.
   * @returns A layer of the same shape, [batch, ...] -> [batch, ...].
   */
  (params?: Partial<Record<keyof Entry['params'] & string, number>>): CallableLayer;
  /** What it computes, on the GPU and in float64, and its parameters with their defaults. */
  readonly activation: Entry;
}

/* @__NO_SIDE_EFFECTS__ */
function of<Entry extends entries.Activation>(entry: Entry): ActivationConstructor<Entry> {
  const make = (params?: Readonly<Record<string, number>>): CallableLayer => {
    if (Graph.of(params)) throw new UsageError(`${attrsOf(entry).name}: expected parameters, got ${showGiven(params)}`);
    return activationLayer(attrsOf(entry, params));
  };
  return Object.assign(make as (params?: object) => CallableLayer, { activation: entry });
}

/** The identity, x. */
export const linear = of(entries.linear);
/** max(x, 0) (Nair & Hinton 2010). */
export const relu = of(entries.relu);
/** x where positive, alpha x elsewhere; alpha of at least 0 is 0.01 by default (Maas 2013). */
export const leakyRelu = of(entries.leaky_relu);
/** x where positive, alpha (e^x - 1) elsewhere; alpha is 1 by default (Clevert 2015). */
export const elu = of(entries.elu);
/** Scaled ELU, whose constants keep mean 0 and variance 1 (Klambauer 2017). */
export const selu = of(entries.selu);
/** x where positive, alpha (e^(x / alpha) - 1) elsewhere; alpha is 1 by default (Barron 2017). */
export const celu = of(entries.celu);
/** x Φ(x), Φ the normal distribution (Hendrycks & Gimpel 2016). */
export const gelu = of(entries.gelu);
/** `gelu` by the approximation with tanh, as GPT-2 has it. */
export const geluTanh = of(entries.gelu_tanh);
/** x sigmoid(x), also called swish (Elfwing 2017, Ramachandran 2017). */
export const silu = of(entries.silu);
/** x tanh(softplus(x)) (Misra 2019). */
export const mish = of(entries.mish);
/** 1 / (1 + e^-x). */
export const sigmoid = of(entries.sigmoid);
/** x / 6 + 1/2 between 0 and 1, PyTorch's hardsigmoid. */
export const hardSigmoid = of(entries.hard_sigmoid);
/** The hyperbolic tangent. */
export const tanh = of(entries.tanh);
/** log(1 + e^(beta x)) / beta, and x where beta x is above `threshold`; beta is 1 and threshold 20 by default. */
export const softplus = of(entries.softplus);
/** log sigmoid(x), without overflow. */
export const logSigmoid = of(entries.log_sigmoid);
/** x / (1 + |x|). */
export const softsign = of(entries.softsign);
/** x hardSigmoid(x) (Howard 2019). */
export const hardSwish = of(entries.hard_swish);
/** min(max(x, 0), 6). */
export const relu6 = of(entries.relu6);
/** x moved towards 0 by lambda, and 0 within lambda of it; lambda is 0.5 by default. */
export const softshrink = of(entries.softshrink);
