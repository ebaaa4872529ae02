// How an activation becomes a layer: `tanh()`, and `cube()` of one of your own.
import { UsageError } from '../errors.ts';
import { Graph } from '../graph/graph.ts';
import type { Activation } from '../ops/activation_table.ts';
import { attrsOf, type CustomActivation, customActivation } from '../ops/activations.ts';
import { type CallableLayer, showGiven } from './layer.ts';
import { activationLayer } from './layers/activation.ts';

/**
 * Makes a layer of an activation.
 *
 * @throws UsageError for a parameter that it does not have or that is outside its range, and for a value, which the function of that name in `fathom-webgpu/ops` takes.
 * @example
 * sequential([dense(16), tanh(), dense(16), leakyRelu({ alpha: 0.2 }), dense(2)]);
 */
export interface ActivationConstructor<Entry extends Activation = Activation> {
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

/** The constructor of an activation's layers. */
/* @__NO_SIDE_EFFECTS__ */
export function activationConstructor<Entry extends Activation>(entry: Entry): ActivationConstructor<Entry> {
  const make = (params?: Readonly<Record<string, number>>): CallableLayer => {
    if (Graph.of(params)) throw new UsageError(`${attrsOf(entry).name}: expected parameters, got ${showGiven(params)}`);
    return activationLayer(attrsOf(entry, params));
  };
  return Object.assign(make as (params?: object) => CallableLayer, { activation: entry });
}

/**
 * A custom activation in WGSL, fused and probed like ours. Where speed does not matter, `layer('swish', (x) => mul(x, sigmoid(x)))` does it.
 *
 * @param name - For paths and tables: letters, digits and `_`.
 * @param definition - Its WGSL, and the same functions in JavaScript.
 * @returns A function that makes layers of it, as `tanh` does.
 * @throws UsageError for another name, or WGSL that lacks a function or a parameter. What does not compile is a KernelError when a trainer is created.
 * @example
 * const cube = wgslActivation('cube', {
 *   wgsl: 'fn act(x: vec4f) -> vec4f { return x * x * x; } fn act_grad(x: vec4f) -> vec4f { return 3.0 * x * x; }',
 *   value: (x) => x ** 3,
 *   derivative: (x) => 3 * x ** 2,
 * });
 * sequential([dense(16), cube(), dense(2)]);
 */
export function wgslActivation(name: string, definition: CustomActivation): ActivationConstructor {
  return activationConstructor(customActivation(name, definition));
}
