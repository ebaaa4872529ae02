// Activations as operations; what each one computes stands in activation_table.ts and shaders/activations.
import text from '../../shaders/activation.wgsl';
import gradText from '../../shaders/activation_grad.wgsl';
import { requireName, requireNumber, UsageError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { sizeOf } from '../shape.ts';
import { ACTIVATIONS, type Activation } from './activation_table.ts';
import { GRID, groupsFor, requireSameShape } from './kernels.ts';
import { UNARY } from './unary_table.ts';

export interface ActivationAttrs {
  readonly name: string;
  readonly params: Readonly<Record<string, number>>;
}

const TABLE: Readonly<Record<string, Activation>> = { ...ACTIVATIONS, ...UNARY };

/** The entry of an activation or unary function. */
export function activationOf(name: string): Activation {
  const entry = Object.hasOwn(TABLE, name) ? TABLE[name] : undefined;
  if (!entry) requireName('activation', name, Object.keys(TABLE));
  return entry!;
}

/** A name with its parameters filled in; throws UsageError for unknown names and parameters. */
export function activationAttrs(name: string, params: Readonly<Record<string, number>> = {}): ActivationAttrs {
  const entry = activationOf(name);
  for (const [key, value] of Object.entries(params)) {
    if (!Object.hasOwn(entry.params, key)) throw new UsageError(`activation ${name}: unknown parameter ${key}; it has ${Object.keys(entry.params).join(', ') || 'none'}`);
    requireNumber(`activation ${name}: ${key}`, value, entry.least?.[key]);
  }
  return { name, params: { ...entry.params, ...params } };
}

/** The WGSL modules of an activation, to link. */
export function activationSources(attrs: ActivationAttrs): Source[] {
  const entry = activationOf(attrs.name);
  return [{ file: entry.file, text: entry.wgsl }, ...(entry.link ?? [])];
}

/** Pipeline constants of an activation: its parameters in upper case. */
export function activationOverrides(attrs: ActivationAttrs): Record<string, number> {
  return Object.fromEntries(Object.entries(attrs.params).map(([name, value]) => [name.toUpperCase(), value]));
}

export const activationKernel = kernel('activation', text, { bindings: { z: 'read_write', h: 'read_write' }, params: { count: 'u32' }, overrides: { WORKGROUP: 64 } });
export const activationGradKernel = kernel('activation_grad', gradText, {
  bindings: { dh: 'read_write', saved: 'read_write', dz: 'read_write' },
  params: { count: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** h = act(z). */
export const activationOp: Op<ActivationAttrs> = {
  name: 'activation',
  infer: ([z]) => [z!],
  vjp: (graph, node, [dh]) => {
    const saved = activationOf(node.attrs.name).gradientFrom === 'output' ? node.outputs[0]! : node.inputs[0]!;
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
