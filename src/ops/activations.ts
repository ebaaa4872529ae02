// Activations as operations; what each one computes stands in activation_table.ts and shaders/activations.
import text from '../../shaders/activation.wgsl';
import gradText from '../../shaders/activation_grad.wgsl';
import { requireName, requireNumber, UsageError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { ACTIVATIONS, type Activation, linear } from './activation_table.ts';
import { GRID, groupsFor, linearInFirst, requireSameShape, rowByRow } from './kernels.ts';

export interface ActivationAttrs {
  readonly name: string;
  readonly entry: Activation;
  readonly params: Readonly<Record<string, number>>;
}

type Table = Readonly<Record<string, Activation>>;

/** The entry of an activation, or of a function of another table; throws UsageError for an unknown name. */
export function activationOf(name: string, table: Table = ACTIVATIONS): Activation {
  const entry = Object.hasOwn(table, name) ? table[name] : undefined;
  if (!entry) requireName('activation', name, Object.keys(table));
  return entry!;
}

/** An entry with its parameters filled in; throws UsageError for unknown parameters. */
export function attrsOf(entry: Activation, params: Readonly<Record<string, number>> = {}): ActivationAttrs {
  const name = entry.file.slice(entry.file.indexOf('/') + 1);
  for (const [key, value] of Object.entries(params)) {
    if (!Object.hasOwn(entry.params, key))
      throw new UsageError(`activation ${name}: unknown parameter ${key}; it has ${Object.keys(entry.params).join(', ') || 'none'}`);
    requireNumber(`activation ${name}: ${key}`, value, entry.least?.[key]);
  }
  return { name, entry, params: { ...entry.params, ...params } };
}

/** The same by name; throws UsageError for an unknown one. */
export function activationAttrs(name: string, params: Readonly<Record<string, number>> = {}, table?: Table): ActivationAttrs {
  return attrsOf(activationOf(name, table), params);
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

export const activationKernel = kernel('activation', text, {
  bindings: { z: 'read_write', h: 'read_write' },
  params: { count: 'u32' },
  overrides: { WORKGROUP: 64 },
});
export const activationGradKernel = kernel('activation_grad', gradText, {
  bindings: { dh: 'read_write', saved: 'read_write', dz: 'read_write' },
  params: { count: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** h = act(z). */
export const activationOp: Op<ActivationAttrs> = {
  name: 'activation',
  padding: rowByRow,
  signal: { kind: 'activation' },
  infer: ([z]) => [z!],
  vjp: (graph, node, [dh]) => {
    const saved = node.attrs.entry.gradientFrom === 'output' ? node.outputs[0]! : node.inputs[0]!;
    return [graph.apply(activationGradOp, [dh!, saved], node.attrs, `${node.name}/delta`)[0]!];
  },
  lower: (emit, node) => {
    const count = sizeOf(node.outputs[0]!.type.shape);
    emit.dispatch({
      kernel: activationKernel,
      link: [GRID, ...activationSources(node.attrs)],
      overrides: activationOverrides(node.attrs),
      params: { count },
      bindings: { z: node.inputs[0]!, h: node.outputs[0]! },
      workgroups: groupsFor(Math.ceil(count / 4)),
    });
  },
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
  lower: (emit, node) => {
    const count = sizeOf(node.outputs[0]!.type.shape);
    emit.dispatch({
      kernel: activationGradKernel,
      link: [GRID, ...activationSources(node.attrs)],
      overrides: activationOverrides(node.attrs),
      params: { count },
      bindings: { dh: node.inputs[0]!, saved: node.inputs[1]!, dz: node.outputs[0]! },
      workgroups: groupsFor(Math.ceil(count / 4)),
    });
  },
};
