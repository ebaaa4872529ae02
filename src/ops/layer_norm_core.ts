// Layer, group, instance and RMS norm: all are a normalisation of rows, then a scale and a shift.

import text from '../../shaders/layer_norm_core.wgsl';
import gradText from '../../shaders/layer_norm_core_grad.wgsl';
import { ShapeError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { rowsOf, shapeText, sizeOf } from '../shape.ts';
import { addOp, multiplyOp } from './elementwise.ts';
import { GRID, linearInFirst, perRow, rowByRow } from './kernels.ts';
import { shareRows } from './pieces.ts';
import { reshape } from './reshape.ts';

export const layerNormCoreKernel = kernel('layer_norm_core', text, {
  bindings: { x: 'read_write', y: 'read_write', means: 'read_write', rstds: 'read_write' },
  params: { rows: 'u32', columns: 'u32', epsilon: 'f32', centered: 'u32' },
  overrides: { WORKGROUP: 4 },
});
export const layerNormCoreGradKernel = kernel('layer_norm_core_grad', gradText, {
  bindings: { dy: 'read_write', y: 'read_write', rstds: 'read_write', dx: 'read_write' },
  params: { rows: 'u32', columns: 'u32', centered: 'u32' },
  overrides: { WORKGROUP: 4 },
});

export interface LayerNormCoreAttrs {
  readonly epsilon: number;
  /** False leaves the mean in (RMS norm). */
  readonly centered: boolean;
}

/** x normalised over its last axis, and per row the mean and 1 / deviation. Gradients flow through the first output alone. */
export const layerNormCoreOp: Op<LayerNormCoreAttrs> = {
  name: 'layer_norm_core',
  padding: (inputs) => [...rowByRow(inputs), ...rowByRow(inputs), ...rowByRow(inputs)],
  infer: ([x]) => [x!, perRow(x!), perRow(x!)],
  vjp: (graph, node, [dy]) => [dy ? graph.apply(layerNormCoreGradOp, [dy, node.outputs[0]!, node.outputs[2]!], { centered: node.attrs.centered })[0]! : null],
  lower: (emit, node) => {
    const x = node.inputs[0]!;
    const [y, means, rstds] = node.outputs;
    const { rows, columns } = rowsOf(x.type);
    const shared = shareRows(emit.capabilities, `layer_norm_core at ${node.name}`, [rows, columns], 3);
    emit.dispatch({
      kernel: layerNormCoreKernel,
      link: [GRID, shared.rows],
      overrides: shared.overrides,
      params: { rows, columns, epsilon: node.attrs.epsilon, centered: node.attrs.centered ? 1 : 0 },
      bindings: { x, y: y!, means: means!, rstds: rstds! },
      workgroups: shared.workgroups,
    });
  },
};

/** Inputs dy, y and 1 / deviation. */
export const layerNormCoreGradOp: Op<{ centered: boolean }> = {
  name: 'layer_norm_core_grad',
  padding: linearInFirst,
  infer: ([dy]) => [dy!],
  vjp: null,
  lower: (emit, node) => {
    const [dy, y, rstds] = node.inputs;
    const { rows, columns } = rowsOf(dy!.type);
    const shared = shareRows(emit.capabilities, `layer_norm_core at ${node.name}`, [rows, columns], 2);
    emit.dispatch({
      kernel: layerNormCoreGradKernel,
      link: [GRID, shared.rows],
      overrides: shared.overrides,
      params: { rows, columns, centered: node.attrs.centered ? 1 : 0 },
      bindings: { dy: dy!, y: y!, rstds: rstds!, dx: node.outputs[0]! },
      workgroups: shared.workgroups,
    });
  },
};

/** Per row of the dimensions before `from`: y = (x - mean) / deviation * gamma + beta (Ba 2016); also mean and 1 / deviation. `from` may be negative. */
export function layerNorm(
  graph: Graph,
  x: Value,
  options: { from: number; epsilon: number; gamma?: Value; beta?: Value; centered?: boolean },
): { y: Value; mean: Value; rstd: Value } {
  const { shape } = x.type;
  const from = options.from < 0 ? options.from + shape.length : options.from;
  const rows = sizeOf(shape.slice(0, from));
  const [normal, mean, rstd] = graph.apply(layerNormCoreOp, [reshape(graph, x, [rows, sizeOf(shape) / rows])], {
    epsilon: options.epsilon,
    centered: options.centered ?? true,
  });
  let y = reshape(graph, normal!, shape);
  if (options.gamma) y = graph.apply(multiplyOp, [y, options.gamma], {})[0]!;
  if (options.beta) y = graph.apply(addOp, [y, options.beta], {})[0]!;
  const kept = shape.map((size, d) => (d < from ? size : 1));
  return { y, mean: reshape(graph, mean!, kept), rstd: reshape(graph, rstd!, kept) };
}

/** x [batch, channels, ...] normalised per sample and group of channels (Wu & He 2018); one channel per group is instance norm. */
export function groupNorm(graph: Graph, x: Value, gamma: Value, beta: Value, options: { groups: number; epsilon: number }): Value {
  const { shape } = x.type;
  const [batch, channels] = shape as [number, number];
  if (channels % options.groups !== 0)
    throw new ShapeError(`group norm: ${options.groups} groups do not divide the ${channels} channels of ${shapeText(shape)}`);
  const rows = batch * options.groups;
  const normal = graph.apply(layerNormCoreOp, [reshape(graph, x, [rows, sizeOf(shape) / rows])], { epsilon: options.epsilon, centered: true })[0]!;
  const perChannel = (value: Value): Value => reshape(graph, value, [channels, ...shape.slice(2).map(() => 1)]);
  const scaled = graph.apply(multiplyOp, [reshape(graph, normal, shape), perChannel(gamma)], {})[0]!;
  return graph.apply(addOp, [scaled, perChannel(beta)], {})[0]!;
}
