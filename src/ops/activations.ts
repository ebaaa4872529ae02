// Activations as operations; activation_table.ts and shaders/activations define each.
import { isObject, requireName, requireNumber, show, UsageError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import type { Source } from '../kernel.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { ACTIVATIONS, type Activation, type ActivationParams, linear, type Saturation } from './activation_table.ts';
import { kernelsOf } from './kernel_choice.ts';
import { linearInFirst, requireSameShape, rowByRow } from './kernels.ts';

/** An activation with its parameters filled in. */
export interface ActivationAttrs {
  /** Its name. */
  readonly name: string;
  /** What it computes. */
  readonly entry: Activation;
  /** All parameters by name. */
  readonly params: Readonly<Record<string, number>>;
}

type Table = Readonly<Record<string, Activation>>;

/** The entry of an activation, or of a function of another table; throws UsageError for an unknown name. */
export function activationOf(name: string, table: Table = ACTIVATIONS): Activation {
  requireName('activation', name, Object.keys(table));
  return table[name]!;
}

/** The parameters of an activation as options: their ranges and defaults. */
export function parameterTable({ params, ranges }: Activation): OptionTable<Record<string, number>> {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, { type: 'number', default: value, ...ranges?.[key] }]));
}

/** An entry with its parameters filled in; throws UsageError for an unknown one, and for one outside its range. */
export function attrsOf(entry: Activation, params?: ActivationParams): ActivationAttrs {
  const name = entry.file.slice(entry.file.indexOf('/') + 1);
  const read = readOptions<Record<string, number>, OptionTable<Record<string, number>>>(name, parameterTable(entry), params) as ActivationParams;
  return { name, entry, params: read };
}

/** The same by name; throws UsageError for an unknown one. */
export function activationAttrs(name: string, params?: ActivationParams, table?: Table): ActivationAttrs {
  return attrsOf(activationOf(name, table), params);
}

/** An activation in WGSL, with its definition in float64. */
export interface CustomActivation {
  /**
   * WGSL over four numbers at once: `fn act(x: vec4f) -> vec4f`, and `fn act_grad(saved: vec4f) -> vec4f`, the derivative. It may declare functions and
   * constants of its own, and `override NAME: f32` for each parameter, by its name in upper case.
   */
  readonly wgsl: string;
  /**
   * f(x) in float64: the definition, for the reference.
   *
   * @param x - Any number.
   * @param params - All parameters.
   * @returns f(x).
   */
  value(x: number, params: ActivationParams): number;
  /**
   * f'(x) in float64.
   *
   * @param x - Any number.
   * @param params - All parameters.
   * @returns f'(x).
   */
  derivative(x: number, params: ActivationParams): number;
  /** Parameters with their defaults; none by default. */
  readonly params?: ActivationParams;
  /** What `act_grad` is given: x, or f(x), which then is all that is kept for the backward pass. 'input' by default. */
  readonly gradientFrom?: 'input' | 'output';
  /** Outputs below `low` or above `high` count as saturated; a function of the parameters where these decide it. */
  readonly saturation?: Saturation | ((params: ActivationParams) => Saturation);
  /** Whether an output of exactly 0 means that the derivative is 0; false by default. */
  readonly deadAtZero?: boolean;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const CUSTOM = {
  wgsl: { type: 'string', required: true },
  value: { type: 'object', expected: 'a function of a number', accepts: isFunction, required: true },
  derivative: { type: 'object', expected: 'a function of a number', accepts: isFunction, required: true },
  params: {
    type: 'object',
    expected: 'numbers by name',
    accepts: isObject,
    default: {},
  },
  gradientFrom: { type: 'name', names: ['input', 'output'], default: 'input' },
  saturation: {
    type: 'either',
    of: [
      { type: 'object', expected: 'a function', accepts: isFunction },
      { type: 'record', options: { low: { type: 'number' }, high: { type: 'number' } } },
    ],
    expected: '{ low, high }, or a function of the parameters that gives it',
  },
  deadAtZero: { type: 'boolean', default: false },
} as const satisfies OptionTable<CustomActivation>;

/** The entry of a custom activation. Throws UsageError for another name, or WGSL that lacks a function or a parameter. */
export function customActivation(name: string, definition: CustomActivation): Activation {
  if (typeof name !== 'string' || !/^\w+$/.test(name)) throw new UsageError(`wgslActivation: expected a name of letters, digits and _, got ${show(name)}`);
  const where = `wgslActivation ${name}`;
  const read = readOptions<CustomActivation, typeof CUSTOM>(where, CUSTOM, definition);
  const { wgsl, value, derivative, params, gradientFrom, deadAtZero, saturation } = read;
  for (const wanted of ['act', 'act_grad'])
    if (!new RegExp(`\\bfn\\s+${wanted}\\s*\\(`).test(wgsl))
      throw new UsageError(`${where}: wgsl: expected \`fn ${wanted}(x: vec4f) -> vec4f\`, there is none`);
  for (const [key, start] of Object.entries(params)) {
    requireNumber(`${where}: params.${key}`, start);
    if (!new RegExp(`\\boverride\\s+${key.toUpperCase()}\\b`).test(wgsl))
      throw new UsageError(`${where}: wgsl: expected \`override ${key.toUpperCase()}: f32\` for the parameter ${key}, there is none`);
  }
  const own = { file: `activations/${name}`, wgsl: withOwnNames(wgsl), params: { ...params }, gradientFrom, value, derivative, deadAtZero };
  return saturation ? { ...own, saturation: typeof saturation === 'function' ? saturation : () => saturation } : own;
}

/** The text with what it declares under names that no shader of ours has: all are one module once linked. */
function withOwnNames(wgsl: string): string {
  const declared = new Set(
    [...wgsl.matchAll(/\b(?:fn|const|struct|alias|var\s*<[^>]*>)\s+(\w+)/g)].map(([, found]) => found!).filter((found) => !/^act(_grad)?$/.test(found)),
  );
  // Members after a dot are not among them.
  return wgsl.replace(/\.\s*\w+|\b[a-zA-Z_]\w*/g, (word) => (declared.has(word) ? `own_${word}` : word));
}

/** No activation at all, where a fused kernel wants one. */
export const LINEAR: ActivationAttrs = { name: 'linear', entry: linear, params: {} };

/** The WGSL modules of an activation, to link. */
export function activationSources({ entry }: ActivationAttrs): Source[] {
  return [{ file: entry.file, text: entry.wgsl }, ...(entry.link ?? [])];
}

/** Pipeline constants of an activation: its parameters in upper case. */
export function activationOverrides(attrs: ActivationAttrs): Record<string, number> {
  return Object.fromEntries(Object.entries(attrs.params).map(([name, value]) => [name.toUpperCase(), value]));
}

/** h = act(z). */
export const activationOp: Op<ActivationAttrs> = {
  name: 'activation',
  elementwise: 'curved',
  padding: rowByRow,
  signal: { kind: 'activation' },
  infer: ([z]) => [z!],
  vjp: (graph, node, [dh]) => {
    const saved = node.attrs.entry.gradientFrom === 'output' ? node.outputs[0]! : node.inputs[0]!;
    return [graph.apply(activationGradOp, [dh!, saved], node.attrs, `${node.name}/delta`)[0]!];
  },
  lower: (emit, { inputs, outputs, attrs }) => kernelsOf('seldom').emitActivation(emit, inputs[0]!, attrs, outputs[0]!),
};

/** dz = dh act'(z); inputs dh and what the activation saved (z or h). Second derivatives are not offered. */
export const activationGradOp: Op<ActivationAttrs> = {
  name: 'activation_grad',
  padding: linearInFirst,
  infer: ([dh, saved], _attrs, where) => {
    requireSameShape(where, dh!, saved!);
    return [dh!];
  },
  vjp: null,
  lower: (emit, { inputs: [dh, saved], outputs, attrs }) => kernelsOf('seldom').emitActivationGrad(emit, dh!, saved!, attrs, outputs[0]!),
};
