// Activations as layers: `tanh()`, `leakyRelu({ alpha: 0.2 })`. What each one computes stands in ops/activation_table.ts; a new one has its line here, and
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

export const linear = of(entries.linear);
export const relu = of(entries.relu);
export const leakyRelu = of(entries.leaky_relu);
export const elu = of(entries.elu);
export const selu = of(entries.selu);
export const celu = of(entries.celu);
export const gelu = of(entries.gelu);
export const geluTanh = of(entries.gelu_tanh);
export const silu = of(entries.silu);
export const mish = of(entries.mish);
export const sigmoid = of(entries.sigmoid);
export const hardSigmoid = of(entries.hard_sigmoid);
export const tanh = of(entries.tanh);
export const softplus = of(entries.softplus);
export const logSigmoid = of(entries.log_sigmoid);
export const softsign = of(entries.softsign);
export const hardSwish = of(entries.hard_swish);
export const relu6 = of(entries.relu6);
export const softshrink = of(entries.softshrink);
