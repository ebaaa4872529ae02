// RMS norm with scale, over the last axis (Zhang & Sennrich 2019): one kernel forward, two backward.
import text from '../../shaders/rms_norm.wgsl';
import gradText from '../../shaders/rms_norm_grad.wgsl';
import scaleGradText from '../../shaders/rms_norm_scale_grad.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { f32, lastOf, rowsOf, shapeText } from '../shape.ts';
import { columnsOf } from './batch_norm.ts';
import { COLUMN_TERMS, GRID, perRow, persistent, RSTD, RUN_STATE, requireFeatures, rowByRow, TRUE_ROWS, WALKED, workgroupsFor } from './kernels.ts';
import { shareRows } from './pieces.ts';

export const rmsNormKernel = kernel('rms_norm', text, {
  bindings: { x: 'read_write', gamma: 'read_write', y: 'read_write', rstds: 'read_write' },
  params: { rows: 'u32', columns: 'u32', epsilon: 'f32' },
  overrides: { WORKGROUP: 4 },
});
export const rmsNormGradKernel = kernel('rms_norm_grad', gradText, {
  bindings: { dy: 'read_write', x: 'read_write', gamma: 'read_write', rstds: 'read_write', dx: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 4 },
});
export const rmsNormScaleGradKernel = kernel('rms_norm_scale_grad', scaleGradText, {
  bindings: { dy: 'read_write', x: 'read_write', rstds: 'read_write', dgamma: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32' },
  overrides: { COLUMNS: 64, LANES_PER_COLUMN: 1 },
});

/** Inputs x and gamma; outputs y, and per row 1 / root mean square. Gradients flow through the first output alone. */
export const rmsNormOp: Op<{ epsilon: number }> = {
  name: 'rms_norm',
  padding: (inputs) => [...rowByRow(inputs), ...rowByRow(inputs)],
  signal: { kind: 'norm', batch: false },
  infer: ([x, gamma], _attrs, where) => {
    requireFeatures(`rms_norm at ${where}`, x!);
    if (gamma!.shape.join() !== String(lastOf(x!)))
      throw new ShapeError(`rms_norm at ${where}: expected one scale per column, got ${shapeText(gamma!.shape)} for x ${shapeText(x!.shape)}`);
    return [x!, perRow(x!)];
  },
  vjp: (graph, node, [dy]) => {
    const [x, gamma] = node.inputs;
    const rstds = node.outputs[1]!;
    if (!dy) return [null, null];
    return [
      graph.apply(rmsNormGradOp, [dy, x!, gamma!, rstds], {}, `${node.name}/dx`)[0]!,
      graph.apply(rmsNormScaleGradOp, [dy, x!, rstds], {}, `${node.name}/dgamma`)[0]!,
    ];
  },
  lower: (emit, node) => {
    const [x, gamma] = node.inputs;
    const [y, rstds] = node.outputs;
    const { rows, columns } = rowsOf(x!.type);
    const shared = shareRows(emit.capabilities, `rms_norm at ${node.name}`, [rows, columns], 2);
    emit.dispatch({
      kernel: rmsNormKernel,
      link: [GRID, RSTD, shared.rows],
      overrides: shared.overrides,
      params: { rows, columns, epsilon: node.attrs.epsilon },
      bindings: { x: x!, gamma: gamma!, y: y!, rstds: rstds! },
      workgroups: shared.workgroups,
      work: WALKED * rows * columns,
    });
  },
};

/** Inputs dy, x, gamma and per row 1 / root mean square; output dx. */
export const rmsNormGradOp: Op<Record<never, never>> = {
  name: 'rms_norm_grad',
  padding: () => ['zero'],
  infer: ([dy]) => [dy!],
  vjp: null,
  lower: (emit, node) => {
    const [dy, x, gamma, rstds] = node.inputs;
    const { rows, columns, rowsPerSample } = rowsOf(dy!.type);
    const shared = shareRows(emit.capabilities, `rms_norm at ${node.name}`, [rows, columns], 2);
    emit.dispatch({
      kernel: rmsNormGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, shared.rows],
      overrides: shared.overrides,
      params: { rows, rows_per_sample: rowsPerSample, columns },
      bindings: { dy: dy!, x: x!, gamma: gamma!, rstds: rstds!, dx: node.outputs[0]!, run: persistent('run') },
      workgroups: shared.workgroups,
      work: WALKED * rows * columns,
    });
  },
};

/** Inputs dy, x and per row 1 / root mean square; output dgamma. A node of its own, so that a scale that is not trained costs nothing. */
export const rmsNormScaleGradOp: Op<Record<never, never>> = {
  name: 'rms_norm_scale_grad',
  padding: () => ['alike'],
  infer: ([dy]) => [f32(lastOf(dy!))],
  vjp: null,
  lower: (emit, node) => {
    const [dy, x, rstds] = node.inputs;
    const { rows, columns, rowsPerSample } = rowsOf(dy!.type);
    const { link, overrides } = columnsOf(emit.capabilities, rows, `rms_norm at ${node.name}`);
    emit.dispatch({
      kernel: rmsNormScaleGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, link, COLUMN_TERMS],
      overrides,
      params: { rows, rows_per_sample: rowsPerSample, columns },
      bindings: { dy: dy!, x: x!, rstds: rstds!, dgamma: node.outputs[0]!, run: persistent('run') },
      workgroups: workgroupsFor(columns, overrides.COLUMNS),
      work: WALKED * rows * columns,
    });
  },
};
