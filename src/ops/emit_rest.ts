// Kernels of nodes that are seldom left in a plan: something is fused with them, or shows that they do nothing. And modules that kernels are seldom
// linked with.
import activationText from '../../shaders/activation.wgsl';
import activationGradText from '../../shaders/activation_grad.wgsl';
import fillText from '../../shaders/fill_padding.wgsl';
import lossGradText from '../../shaders/loss_grad.wgsl';
import perWorkgroupText from '../../shaders/rows/per_workgroup.wgsl';
import storingText from '../../shaders/updates/storing.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Emitter } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { rowsOf, sizeOf } from '../shape.ts';
import { type ActivationAttrs, activationOverrides, activationSources } from './activations.ts';
import { GRID, persistent, RUN_STATE, TRUE_ROWS, workgroupsFor } from './kernels.ts';
import type { FillPaddingAttrs } from './padding.ts';

export const activationKernel = kernel('activation', activationText, {
  bindings: { z: 'read_write', h: 'read_write' },
  params: { count: 'u32' },
});
export const activationGradKernel = kernel('activation_grad', activationGradText, {
  bindings: { dh: 'read_write', saved: 'read_write', dz: 'read_write' },
  params: { count: 'u32' },
});

export const fillPaddingKernel = kernel('fill_padding', fillText, {
  bindings: { x: 'read_write', y: 'read_write', run: 'read' },
  params: { count: 'u32', per_sample: 'u32', value: 'f32' },
});

export const lossGradKernel = kernel('loss_grad', lossGradText, {
  bindings: { x: 'read_write', s: 'read_write', y: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32' },
});

/** A workgroup for each row, of which there are many columns. */
export const ROW_PER_WORKGROUP: Source = { file: 'rows/per_workgroup', text: perWorkgroupText };

/** An update that is stored for statistics, too. */
export const STORING: Source = { file: 'updates/storing', text: storingText };

/** Emits h = act(z). */
export function emitActivation(emit: Emitter, z: Value, attrs: ActivationAttrs, h: Value): void {
  const count = sizeOf(h.type.shape);
  emit.dispatch({
    kernel: activationKernel,
    link: [GRID, ...activationSources(attrs)],
    overrides: activationOverrides(attrs),
    params: { count },
    bindings: { z, h },
    workgroups: workgroupsFor(Math.ceil(count / 4)),
  });
}

/** Emits dz = dh act'(z), from z or h, whichever was saved. */
export function emitActivationGrad(emit: Emitter, dh: Value, saved: Value, attrs: ActivationAttrs, dz: Value): void {
  const count = sizeOf(dz.type.shape);
  emit.dispatch({
    kernel: activationGradKernel,
    link: [GRID, ...activationSources(attrs)],
    overrides: activationOverrides(attrs),
    params: { count },
    bindings: { dh, saved, dz },
    workgroups: workgroupsFor(Math.ceil(count / 4)),
  });
}

/** Emits y, x with its padded rows filled. */
export function emitFilled(emit: Emitter, x: Value, { value, rowsPerSample }: FillPaddingAttrs, y: Value): void {
  const count = sizeOf(x.type.shape);
  emit.dispatch({
    kernel: fillPaddingKernel,
    link: [GRID, RUN_STATE],
    params: { count, per_sample: (count / x.type.shape[0]!) * rowsPerSample, value },
    bindings: { x, y, run: persistent('run') },
    workgroups: workgroupsFor(Math.ceil(count / 4)),
  });
}

/** Emits y, the gradient of a loss that is not the last: x, that of the mean over the true rows, times these and what arrives at each, s. */
export function emitLossGrad(emit: Emitter, x: Value, s: Value, y: Value): void {
  const { rows, columns, rowsPerSample } = rowsOf(x.type);
  emit.dispatch({
    kernel: lossGradKernel,
    link: [GRID, RUN_STATE, TRUE_ROWS],
    params: { rows, rows_per_sample: rowsPerSample, columns },
    bindings: { x, s, y, run: persistent('run') },
    workgroups: workgroupsFor(rows * columns),
  });
}
