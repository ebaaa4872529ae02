// Losses: each row of the batch gives a loss and its gradient, already divided by the true rows.
// The training loss is the mean over the true rows; padded rows cost nothing.

import crossEntropyText from '../../shaders/loss_cross_entropy.wgsl';
import elementwiseText from '../../shaders/loss_elementwise.wgsl';
import targetIndexText from '../../shaders/losses/target_index.wgsl';
import targetProbabilityText from '../../shaders/losses/target_probability.wgsl';
import noneText from '../../shaders/target_weights/none.wgsl';
import { ShapeError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { DispatchRequest, Emitter, Gradient, Op, Table } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { lastOf, rowsOf, sameShape, shapeText, type TensorType } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { FINITE, GRID, LOSS_ROW, LOSS_WALKED, perRow, persistent, RUN_STATE, requireSameShape, TRUE_ROWS } from './kernels.ts';
import { shareRows } from './pieces.ts';

/** A loss that is a sum of terms per element; value and derivative in float64 are its definition. The losses themselves are in src/nn/losses, a file each. */
export interface ElementwiseLoss {
  /** Its name in documents, and of its WGSL in shaders/losses. */
  readonly name: string;
  readonly wgsl: string;
  /** What it is called among the functions of `fathom-webgpu/ops`, whose gradients flow to the targets too. */
  readonly inOps: string;
  /** All parameters with their defaults; the WGSL override has the name in upper case. */
  readonly params: Readonly<Record<string, number>>;
  /** 'mean' divides a row's sum by its columns, 'sum' does not (KL: PyTorch's batchmean). */
  readonly columns: 'mean' | 'sum';
  /** The WGSL in its place where positive targets have weights. */
  readonly weighed?: Source;
  value(y: number, t: number, params: Readonly<Record<string, number>>): number;
  derivative(y: number, t: number, params: Readonly<Record<string, number>>): number;
}

// Bindings are written out: a bundle keeps a header that spreads an object, and its WGSL, even if the kernel is unused.
export const crossEntropyKernel = kernel('loss_cross_entropy', crossEntropyText, {
  bindings: { logits: 'read_write', labels: 'read_write', losses: 'read_write', derivatives: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32', smoothing: 'f32' },
  overrides: { WORKGROUP: 4 },
});
export const elementwiseLossKernel = kernel('loss_elementwise', elementwiseText, {
  bindings: { y: 'read_write', targets: 'read_write', losses: 'read_write', derivatives: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32', scale: 'f32' },
  overrides: { WORKGROUP: 4 },
});

export interface ElementwiseLossAttrs {
  readonly entry: ElementwiseLoss;
  readonly params: Readonly<Record<string, number>>;
  /** Of a loss with `weighed`: the weight of positive targets in each column. */
  readonly posWeight?: readonly number[];
}

/** Numbers that a kernel reads: tables are named by their content, so that equal ones are one. */
export const weightTable = (weights: readonly number[]): Table => ({
  kind: 'table',
  name: `weights ${weights.join()}`,
  words: weights.length,
  fill: () => Float32Array.from(weights),
});

/** A loss for each row of the last axis of y and targets [..., columns], and the derivatives of their mean [..., columns]. */
export const elementwiseLossOp: Op<ElementwiseLossAttrs> = {
  name: 'elementwise_loss',
  meansRows: true,
  withoutTargetGradient: ({ entry }) => entry.inOps,
  padding: () => ['zero', 'zero'],
  infer: ([y, t], attrs, where) => {
    requireSameShape(`${attrs.entry.name} at ${where}`, y!, t!);
    return [perRow(y!), y!];
  },
  vjp: (graph, node, [upstream]) => [gradOf(graph, node, upstream!), null],
  lower: (emit, node) => {
    const [y, targets] = node.inputs;
    const [losses, derivatives] = node.outputs;
    const { rows, columns, rowsPerSample } = rowsOf(y!.type);
    const { entry, params, posWeight } = node.attrs;
    const shared = shareRows(emit.capabilities, `${entry.name} at ${node.name}`, [rows, columns], 1);
    emit.dispatch({
      kernel: elementwiseLossKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, shared.rows, posWeight ? entry.weighed! : { file: `losses/${entry.name}`, text: entry.wgsl }],
      overrides: {
        ...shared.overrides,
        ...Object.fromEntries(Object.keys(entry.params).map((name) => [name.toUpperCase(), params[name] ?? entry.params[name]!])),
      },
      params: { rows, rows_per_sample: rowsPerSample, columns, scale: entry.columns === 'mean' ? 1 / columns : 1 },
      bindings: { y: y!, targets: targets!, losses: losses!, derivatives: derivatives!, run: persistent('run') },
      ...(posWeight ? { moreBindings: [{ access: 'read' as const, target: weightTable(posWeight) }] } : {}),
      workgroups: shared.workgroups,
      work: LOSS_WALKED * rows * (columns + LOSS_ROW),
    });
  },
};

export interface CrossEntropyAttrs {
  /** Class indices [..., 1] of i32, or probabilities [..., classes]. */
  readonly targets: 'index' | 'probability';
  /** Label smoothing, from 0 to 1: that fraction of each target is spread evenly (Szegedy 2016; PyTorch's form). */
  readonly smoothing: number;
  /** How targets are weighed, where they do not all count alike. It comes from another module, so that a program without it does not carry it. */
  readonly weighing?: Weighing;
}

/** Weights of the targets of cross entropy (target_weights.ts). */
export interface Weighing {
  /** A weight for each class, by which the terms of the loss are multiplied; 1 by default. */
  readonly classWeights?: readonly number[];
  /** Of class indices: the one that does not count. */
  readonly ignored?: number;
  /** What the kernel is linked with and bound to; `total` is the sum of weights that the mean is over, where it is not over the rows. */
  request(emit: Emitter, classes: number, total: Value | undefined): Required<Pick<DispatchRequest, 'link' | 'overrides' | 'moreBindings'>>;
}

const TARGETS: Readonly<Record<CrossEntropyAttrs['targets'], Source>> = {
  index: { file: 'losses/target_index', text: targetIndexText },
  probability: { file: 'losses/target_probability', text: targetProbabilityText },
};

const ALIKE: Source = { file: 'target_weights/none', text: noneText };

/**
 * Softmax cross entropy of each row of the logits [..., classes], and the derivatives of its mean [..., classes]: over the rows, or with a third input, the sum of
 * their weights, over these.
 */
export const crossEntropyOp: Op<CrossEntropyAttrs> = {
  name: 'cross_entropy',
  elements: 'any',
  classes: ({ attrs, inputs: [logits, labels] }) =>
    attrs.targets === 'index' && attrs.weighing?.ignored === undefined ? { labels: labels!, count: lastOf(logits!.type) } : undefined,
  meansRows: true,
  withoutTargetGradient: () => 'crossEntropy',
  padding: () => ['zero', 'zero'],
  infer: ([logits, labels], { targets }, where) => {
    const index = targets === 'index';
    const expected: TensorType = { ...logits!, shape: [...logits!.shape.slice(0, -1), index ? 1 : lastOf(logits!)], dtype: index ? 'i32' : 'f32' };
    if (!sameShape(labels!.shape, expected.shape) || labels!.dtype !== expected.dtype)
      throw new ShapeError(
        `cross_entropy at ${where}: expected ${index ? 'class indices, i32' : 'class probabilities, f32'} ${shapeText(expected.shape)} for logits ${shapeText(logits!.shape)}, got ${labels!.dtype} ${shapeText(labels!.shape)}`,
      );
    requireSameShape(`cross_entropy at ${where}`, expected, labels!);
    return [perRow(logits!), logits!];
  },
  vjp: (graph, node, [upstream]) => {
    // Derivatives of a mean over weights do not fit another upstream gradient: they are computed again, as those of a mean over rows.
    const anew = upstream && node.inputs.length > 2;
    if (anew) graph.apply(crossEntropyOp, node.inputs.slice(0, 2), node.attrs, `${node.name}/rows`);
    return [gradOf(graph, anew ? graph.nodes.at(-1)! : node, upstream!), null];
  },
  lower: (emit, node) => {
    const [logits, labels, total] = node.inputs;
    const [losses, derivatives] = node.outputs;
    const { rows, columns, rowsPerSample } = rowsOf(logits!.type);
    const { targets, smoothing, weighing } = node.attrs;
    const { link = [ALIKE], overrides = {}, moreBindings = [] } = weighing?.request(emit, columns, total) ?? {};
    const shared = shareRows(emit.capabilities, `cross_entropy at ${node.name}`, [rows, columns], 4);
    emit.dispatch({
      kernel: crossEntropyKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, FINITE, shared.rows, TARGETS[targets], ...link],
      overrides: { ...shared.overrides, ...overrides },
      params: { rows, rows_per_sample: rowsPerSample, columns, smoothing },
      bindings: { logits: logits!, labels: labels!, losses: losses!, derivatives: derivatives!, run: persistent('run') },
      moreBindings,
      workgroups: shared.workgroups,
      work: LOSS_WALKED * rows * (columns + LOSS_ROW),
    });
  },
};

/**
 * The gradient of a loss that is not the last, from the derivatives of its mean over the true rows and what arrives at each row's loss. No product of ours: it
 * undoes the division by the true rows, which only the GPU knows, and padded rows get zero, whatever arrives there.
 */
export const lossGradOp: Op<Record<never, never>> = {
  name: 'loss_grad',
  padding: () => ['zero'],
  infer: ([derivatives, upstream], _attrs, where) => {
    requireSameShape(`loss_grad at ${where}`, perRow(derivatives!), upstream!);
    return [derivatives!];
  },
  vjp: null,
  lower: (emit, { inputs: [x, s], outputs }) => kernelsOf('seldom').emitLossGrad(emit, x!, s!, outputs[0]!),
};

/** The derivatives that the forward kernel left are those of the mean. */
function gradOf(graph: Graph, { name, outputs }: Node, upstream: Gradient): Value {
  const derivatives = outputs[1]!;
  return upstream === null ? derivatives : graph.apply(lossGradOp, [derivatives, upstream], {}, `${name}/derivative`)[0]!;
}
