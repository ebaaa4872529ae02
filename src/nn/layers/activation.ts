// Elementwise functions between layers; ops/activation_table.ts defines each.
import type { Nonlinearity } from '../../inspect/theory/quadrature.ts';
import { ACTIVATIONS, type ActivationName, type ActivationParams, TORCH_ACTIVATIONS } from '../../ops/activation_table.ts';
import { type ActivationAttrs, activationAttrs, activationOp, parameterTable } from '../../ops/activations.ts';
import { wrongValue } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type CallableLayer, callable, type Layer, type LayerRecord } from '../layer.ts';
import { sameWidth, type Theory, type Torch } from './feature.ts';

const TYPE = 'activation';

/**
 * Makes a layer of an activation by name.
 *
 * @param name - One of `ACTIVATIONS`: 'relu', 'gelu_tanh', ...
 * @param params - Its parameters; those left out have their defaults.
 * @returns A layer of the same shape, [batch, ...] -> [batch, ...].
 * @throws UsageError for an unknown name or parameter, and for a parameter outside its range.
 * @example
 * sequential([dense(16), activation('leaky_relu', { alpha: 0.2 }), dense(2)]);
 */
export function activation(name: ActivationName, params?: Readonly<Record<string, number>>): CallableLayer {
  return activationLayer(activationAttrs(name, params));
}

/** The layer of an activation with its parameters. */
export function activationLayer(attrs: ActivationAttrs): CallableLayer {
  return callable({
    kind: attrs.name,
    role: 'activation',
    residualBlocks: 0,
    write: (to) => to.activation(TYPE, attrs),
    build: (context, x) => context.graph.apply(activationOp, [x], attrs, context.path)[0]!,
  });
}

/** An activation in a document. */
export interface ActivationOptions {
  /** Which activation: `relu`, `gelu_tanh`, ... */
  name: ActivationName;
  /** Parameters of the function: leaky_relu, elu and celu have {alpha}, softplus has {beta, threshold}. */
  params?: Record<string, number>;
}

export const record = {
  type: TYPE,
  role: 'activation',
  options: {
    name: { type: 'name', names: /* @__PURE__ */ Object.keys(ACTIVATIONS) as ActivationName[], required: true },
    params: { type: 'map', of: { type: 'number' }, expected: 'numbers by name' },
  },
} as const satisfies LayerRecord<ActivationOptions>;

export const build = ({ name, params }: ActivationOptions): Layer => activation(name, params);

export function* wrong({ name, params = {} }: ActivationOptions): Generator<[place: string, message: string]> {
  const table = parameterTable(ACTIVATIONS[name]);
  for (const [key, value] of Object.entries(params)) {
    const message = Object.hasOwn(table, key) ? wrongValue(table[key]!, value) : `unknown parameter; ${name} has ${Object.keys(table).join(', ') || 'none'}`;
    if (message) yield [`params.${key}`, message];
  }
}

export const size = sameWidth;

/** The function as theory takes it, its parameters filled in. */
export function nonlinearityOf({ name, params }: ActivationOptions): Nonlinearity {
  const { entry, params: filled } = activationAttrs(name, params);
  const kinks = entry.kinks?.(filled);
  return { value: (x) => entry.value(x, filled), derivative: (x) => entry.derivative(x, filled), ...(kinks ? { kinks } : {}) };
}

export const theory: Theory<ActivationOptions> = (document) => [{ kind: 'activation', activation: nonlinearityOf(document) }];

export const torch: Torch<ActivationOptions> = ({ name, params: given }) => {
  const line = TORCH_ACTIVATIONS[name];
  const defaults: ActivationParams = ACTIVATIONS[name].params;
  const { params } = activationAttrs(name, given);
  const taken = [...line.matchAll(/\{(\w+)\}/g)].map(([, key]) => key!);
  const others = Object.entries(defaults).filter(([key]) => !taken.includes(key));
  return others.every(([key, value]) => params[key] === value) ? line.replaceAll(/\{(\w+)\}/g, (_, key: string) => String(params[key])) : null;
};

export const text: Texts = {
  en: { title: 'Activation', summary: 'A function of every single number, given by its name and parameters.' },
  zh: { title: '激活函数', summary: '对每个数单独作用的函数，参数写在名称旁边。' },
};
