// Layer norm with scale and shift, over the last axis (Ba, Kiros & Hinton 2016): one kernel forward, two backward.
import text from '../../shaders/layer_norm.wgsl';
import gradText from '../../shaders/layer_norm_grad.wgsl';
import scaleGradText from '../../shaders/layer_norm_scale_grad.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { lastOf, rowsOf, shapeText } from '../shape.ts';
import { columnsOf } from './batch_norm.ts';
import { COLUMN_TERMS, GRID, perRow, persistent, RSTD, RUN_STATE, requireFeatures, rowByRow, TRUE_ROWS, WALKED, workgroupsFor } from './kernels.ts';
import { shareRows } from './pieces.ts';

export const layerNormKernel = kernel('layer_norm', text, {
  bindings: { x: 'read_write', gamma: 'read_write', beta: 'read_write', y: 'read_write', means: 'read_write', rstds: 'read_write' },
  params: { rows: 'u32', columns: 'u32', epsilon: 'f32' },
  overrides: { WORKGROUP: 4 },
});
export const layerNormGradKernel = kernel('layer_norm_grad', gradText, {
  bindings: { dy: 'read_write', x: 'read_write', gamma: 'read_write', means: 'read_write', rstds: 'read_write', dx: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 4 },
});
export const layerNormScaleGradKernel = kernel('layer_norm_scale_grad', scaleGradText, {
  bindings: { dy: 'read_write', x: 'read_write', means: 'read_write', rstds: 'read_write', dgamma: 'read_write', dbeta: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32' },
  overrides: { COLUMNS: 64, LANES_PER_COLUMN: 1 },
});

/** Inputs x, gamma, beta; outputs y, and per row the mean less the row's first element and 1 / deviation. Gradients flow through the first output alone. */
export const layerNormOp: Op<{ epsilon: number }> = {
  name: 'layer_norm',
  padding: (inputs) => [...rowByRow(inputs), ...rowByRow(inputs), ...rowByRow(inputs)],
  signal: { kind: 'norm', batch: false },
  infer: ([x, ...scales], _attrs, where) => {
    requireFeatures(`layer_norm at ${where}`, x!);
    for (const { shape } of scales)
      if (shape.join() !== String(lastOf(x!)))
        throw new ShapeError(`layer_norm at ${where}: expected one scale and shift per column, got ${shapeText(shape)} for x ${shapeText(x!.shape)}`);
    return [x!, perRow(x!), perRow(x!)];
  },
  vjp: (graph, node, [dy]) => {
    const [x, gamma] = node.inputs;
    const [, means, rstds] = node.outputs;
    return dy ? graph.apply(layerNormGradOp, [dy, x!, gamma!, means!, rstds!], {}, `${node.name}/dx`) : [null, null, null];
  },
  lower: (emit, node) => {
    const [x, gamma, beta] = node.inputs;
    const [y, means, rstds] = node.outputs;
    const { rows, columns } = rowsOf(x!.type);
    const shared = shareRows(emit.capabilities, `layer_norm at ${node.name}`, [rows, columns], 3);
    emit.dispatch({
      kernel: layerNormKernel,
      link: [GRID, RSTD, shared.rows],
      overrides: shared.overrides,
      params: { rows, columns, epsilon: node.attrs.epsilon },
      bindings: { x: x!, gamma: gamma!, beta: beta!, y: y!, means: means!, rstds: rstds! },
      workgroups: shared.workgroups,
      work: WALKED * rows * columns,
    });
  },
};

/** Inputs dy, x, gamma, and per row the mean less the row's first element and 1 / deviation; outputs dx, dgamma, dbeta. */
export const layerNormGradOp: Op<Record<never, never>> = {
  name: 'layer_norm_grad',
  padding: () => ['zero', 'alike', 'alike'],
  infer: ([dy, , gamma]) => [dy!, gamma!, gamma!],
  vjp: null,
  lower: (emit, node) => {
    const [dy, x, gamma, means, rstds] = node.inputs;
    const [dx, dgamma, dbeta] = node.outputs;
    const { rows, columns, rowsPerSample } = rowsOf(dy!.type);
    const where = `layer_norm at ${node.name}`;
    const params = { rows, rows_per_sample: rowsPerSample, columns };
    const shared = shareRows(emit.capabilities, where, [rows, columns], 2);
    emit.dispatch({
      kernel: layerNormGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, shared.rows],
      overrides: shared.overrides,
      params,
      bindings: { dy: dy!, x: x!, gamma: gamma!, means: means!, rstds: rstds!, dx: dx!, run: persistent('run') },
      workgroups: shared.workgroups,
      work: WALKED * rows * columns,
    });
    const { link, overrides } = columnsOf(emit.capabilities, rows, where);
    emit.dispatch({
      kernel: layerNormScaleGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, link, COLUMN_TERMS],
      overrides,
      params,
      bindings: { dy: dy!, x: x!, means: means!, rstds: rstds!, dgamma: dgamma!, dbeta: dbeta!, run: persistent('run') },
      workgroups: workgroupsFor(columns, overrides.COLUMNS),
      work: WALKED * rows * columns,
    });
  },
};
