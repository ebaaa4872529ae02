// Group norm with scale and shift, over all positions and the channels of a group, channels last (Wu & He 2018); one channel per group is instance norm
// (Ulyanov, Vedaldi & Lempitsky 2016). One kernel forward, two backward.
import text from '../../shaders/group_norm.wgsl';
import gradText from '../../shaders/group_norm_grad.wgsl';
import scaleGradText from '../../shaders/group_norm_scale_grad.wgsl';
import normSetText from '../../shaders/lib/norm_set.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { f32, lastOf, rowsOf, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { columnsOf } from './batch_norm.ts';
import { COLUMN_TERMS, GRID, persistent, RSTD, RUN_STATE, rowByRow, TRUE_ROWS, WALKED, workgroupsFor } from './kernels.ts';
import { shareRows } from './pieces.ts';

const NORM_SET: Source = { file: 'lib/norm_set', text: normSetText };

export const groupNormKernel = kernel('group_norm', text, {
  bindings: { x: 'read_write', gamma: 'read_write', beta: 'read_write', y: 'read_write', means: 'read_write', rstds: 'read_write' },
  params: { sets: 'u32', positions: 'u32', groups: 'u32', channels: 'u32', epsilon: 'f32' },
  overrides: { WORKGROUP: 4 },
});
export const groupNormGradKernel = kernel('group_norm_grad', gradText, {
  bindings: { dy: 'read_write', x: 'read_write', gamma: 'read_write', means: 'read_write', rstds: 'read_write', dx: 'read_write', run: 'read' },
  params: { sets: 'u32', sets_per_sample: 'u32', positions: 'u32', groups: 'u32', channels: 'u32' },
  overrides: { WORKGROUP: 4 },
});
export const groupNormScaleGradKernel = kernel('group_norm_scale_grad', scaleGradText, {
  bindings: { dy: 'read_write', x: 'read_write', means: 'read_write', rstds: 'read_write', dgamma: 'read_write', dbeta: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', positions: 'u32', groups: 'u32', channels: 'u32' },
  overrides: { COLUMNS: 64, LANES_PER_COLUMN: 1 },
});

/** x [samples, ..., channels] as sets of numbers: those of one index of axis 0 and one group. */
function setsOf(x: TensorType, groups: number): { sets: number; setsPerSample: number; positions: number; channels: number } {
  const [samples = 1, ...inner] = x.shape;
  return { sets: samples * groups, setsPerSample: x.rowsPerSample * groups, positions: sizeOf(inner.slice(0, -1)), channels: lastOf(x) / groups };
}

/** Throws ShapeError for what has one number for each sample and channel, of which a norm would leave nothing. */
export function requirePositions(where: string, x: TensorType): void {
  if (sizeOf(x.shape.slice(1, -1)) < 2)
    throw new ShapeError(`${where}: expected [batch, ..., channels] with at least 2 positions, got ${shapeText(x.shape)}: a single number less its mean is 0`);
}

/** Inputs x, gamma, beta; outputs y, and per set the mean less the set's first number and 1 / deviation. Gradients flow through the first output alone. */
export const groupNormOp: Op<{ groups: number; epsilon: number }> = {
  name: 'group_norm',
  padding: (inputs) => [...rowByRow(inputs), ...rowByRow(inputs), ...rowByRow(inputs)],
  signal: { kind: 'norm', batch: false },
  infer: ([x, ...scales], { groups }, where) => {
    const { shape } = x!;
    if (shape.length < 2) throw new ShapeError(`group_norm at ${where}: expected [batch, ..., channels], got ${shapeText(shape)}`);
    if (lastOf(x!) % groups !== 0)
      throw new ShapeError(`group_norm at ${where}: expected groups that divide the channels, got ${groups} for ${lastOf(x!)} of ${shapeText(shape)}`);
    for (const scale of scales)
      if (scale.shape.join() !== String(lastOf(x!)))
        throw new ShapeError(`group_norm at ${where}: expected one scale and shift per channel, got ${shapeText(scale.shape)} for x ${shapeText(shape)}`);
    const { sets, setsPerSample } = setsOf(x!, groups);
    const perSet: TensorType = { shape: [sets], dtype: 'f32', rowsPerSample: setsPerSample };
    return [x!, perSet, perSet];
  },
  vjp: (graph, node, [dy]) => {
    if (!dy) return [null, null, null];
    const [x, gamma] = node.inputs;
    const [, means, rstds] = node.outputs;
    const attrs = { groups: node.attrs.groups };
    return [
      graph.apply(groupNormGradOp, [dy, x!, gamma!, means!, rstds!], attrs, `${node.name}/dx`)[0]!,
      ...graph.apply(groupNormScaleGradOp, [dy, x!, means!, rstds!], attrs, `${node.name}/dgamma`),
    ];
  },
  lower: (emit, node) => {
    const [x, gamma, beta] = node.inputs;
    const [y, means, rstds] = node.outputs;
    const { groups, epsilon } = node.attrs;
    const { sets, positions, channels } = setsOf(x!.type, groups);
    const shared = shareRows(emit.capabilities, `group_norm at ${node.name}`, [sets, positions * channels], 3);
    emit.dispatch({
      kernel: groupNormKernel,
      link: [GRID, RSTD, NORM_SET, shared.rows],
      overrides: shared.overrides,
      params: { sets, positions, groups, channels, epsilon },
      bindings: { x: x!, gamma: gamma!, beta: beta!, y: y!, means: means!, rstds: rstds! },
      workgroups: shared.workgroups,
      work: WALKED * sets * positions * channels,
    });
  },
};

/** Inputs dy, x, gamma, and per set the mean less the set's first number and 1 / deviation; output dx. */
export const groupNormGradOp: Op<{ groups: number }> = {
  name: 'group_norm_grad',
  padding: () => ['zero'],
  infer: ([dy]) => [dy!],
  vjp: null,
  lower: (emit, node) => {
    const [dy, x, gamma, means, rstds] = node.inputs;
    const { groups } = node.attrs;
    const { sets, setsPerSample, positions, channels } = setsOf(dy!.type, groups);
    const shared = shareRows(emit.capabilities, `group_norm at ${node.name}`, [sets, positions * channels], 2);
    emit.dispatch({
      kernel: groupNormGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, NORM_SET, shared.rows],
      overrides: shared.overrides,
      params: { sets, sets_per_sample: setsPerSample, positions, groups, channels },
      bindings: { dy: dy!, x: x!, gamma: gamma!, means: means!, rstds: rstds!, dx: node.outputs[0]!, run: persistent('run') },
      workgroups: shared.workgroups,
      work: WALKED * sets * positions * channels,
    });
  },
};

/** Inputs dy, x, and per set as above; outputs dgamma, dbeta. A node of its own, so that scales that are not trained cost nothing. */
export const groupNormScaleGradOp: Op<{ groups: number }> = {
  name: 'group_norm_scale_grad',
  padding: () => ['alike', 'alike'],
  infer: ([dy]) => [f32(lastOf(dy!)), f32(lastOf(dy!))],
  vjp: null,
  lower: (emit, node) => {
    const [dy, x, means, rstds] = node.inputs;
    const [dgamma, dbeta] = node.outputs;
    const { groups } = node.attrs;
    const { rows, columns, rowsPerSample } = rowsOf(dy!.type);
    const { positions, channels } = setsOf(dy!.type, groups);
    const { link, overrides } = columnsOf(emit.capabilities, rows, `group_norm at ${node.name}`);
    emit.dispatch({
      kernel: groupNormScaleGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, NORM_SET, link, COLUMN_TERMS],
      overrides,
      params: { rows, rows_per_sample: rowsPerSample, positions, groups, channels },
      bindings: { dy: dy!, x: x!, means: means!, rstds: rstds!, dgamma: dgamma!, dbeta: dbeta!, run: persistent('run') },
      workgroups: workgroupsFor(columns, overrides.COLUMNS),
      work: WALKED * rows * columns,
    });
  },
};
