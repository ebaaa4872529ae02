// Batch norm over the rows of a batch (Ioffe & Szegedy 2015): training, backward, inference and running statistics.

import columnPerInvocationText from '../../shaders/batch_norm/column_per_invocation.wgsl';
import columnPerWorkgroupText from '../../shaders/batch_norm/column_per_workgroup.wgsl';
import keepNoneText from '../../shaders/batch_norm/store_none.wgsl';
import keepZText from '../../shaders/batch_norm/store_z.wgsl';
import text from '../../shaders/batch_norm.wgsl';
import gradText from '../../shaders/batch_norm_grad.wgsl';
import inferText from '../../shaders/batch_norm_infer.wgsl';
import updateText from '../../shaders/update_running.wgsl';
import { ShapeError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Capabilities, Fusion, Op, Table } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { BLOCK } from '../layout.ts';
import { f32, lastOf, roundUp, rowsOf, sameShape, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { type ActivationAttrs, activationOp, activationOverrides, activationSources, attrsOf, LINEAR } from './activations.ts';
import { sumTo } from './broadcast.ts';
import { multiplyOp, scaleOp } from './elementwise.ts';
import { replaceNodes } from './fusions.ts';
import { kernelsFor } from './kernel_choice.ts';
import { FINITE, GRID, inShapes, persistent, RUN_STATE, rowByRow, TRUE_ROWS, WALKED, workgroupsFor } from './kernels.ts';
import { requireTurns } from './pieces.ts';
import { reshape } from './reshape.ts';
import { type StoredZ, storedZOf, storedZText, storedZVariants } from './stored_z.ts';
import { UNARY } from './unary_table.ts';

const STORE: Readonly<Record<'none' | 'z', Source>> = {
  none: { file: 'batch_norm/store_none', text: keepNoneText },
  z: { file: 'batch_norm/store_z', text: keepZText },
};

/** Invocations of a workgroup: columns, and invocations that share a column (`LANES_PER_COLUMN`). */
const PER_INVOCATION = { link: { file: 'batch_norm/column_per_invocation', text: columnPerInvocationText }, overrides: { COLUMNS: 64, LANES_PER_COLUMN: 1 } };
/** The same bits; few columns are several workgroups, which cores share and long work is cut at. */
const TALL_PER_INVOCATION = { ...PER_INVOCATION, overrides: { COLUMNS: 4, LANES_PER_COLUMN: 1 } };
const COLUMN_PER_WORKGROUP = { file: 'batch_norm/column_per_workgroup', text: columnPerWorkgroupText };
const SHARED = { link: COLUMN_PER_WORKGROUP, overrides: { COLUMNS: 8, LANES_PER_COLUMN: 32 } };
/** Many rows: no invocation should walk far alone, though neighbors no longer read neighboring columns. */
const TALL = { link: COLUMN_PER_WORKGROUP, overrides: { COLUMNS: 1, LANES_PER_COLUMN: 256 } };
const TALL_ROWS = 2 ** 17;
const MOST_ROWS = 2 ** 23;

/** Which invocations share a column with this many rows. Throws ShapeError for too many. */
export function columnsOf(capabilities: Capabilities, rows: number, where: string): typeof PER_INVOCATION {
  if (!kernelsFor(capabilities).shares) return rows > TALL_ROWS ? TALL_PER_INVOCATION : PER_INVOCATION;
  requireTurns(capabilities, where, 'rows', rows, MOST_ROWS);
  return rows > TALL_ROWS ? TALL : SHARED;
}

export const batchNormKernel = kernel('batch_norm', text, {
  bindings: { x: 'read_write', gamma: 'read_write', beta: 'read_write', h: 'read_write', batch: 'read_write', run: 'read' },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32', epsilon: 'f32' },
  overrides: { COLUMNS: 64, LANES_PER_COLUMN: 1 },
});
export const batchNormGradKernel = kernel('batch_norm_grad', gradText, {
  bindings: {
    dz: 'read_write',
    x: 'read_write',
    gamma: 'read_write',
    batch: 'read_write',
    dx: 'read_write',
    dgamma: 'read_write',
    dbeta: 'read_write',
    run: 'read',
  },
  params: { rows: 'u32', rows_per_sample: 'u32', columns: 'u32' },
  overrides: { COLUMNS: 64, LANES_PER_COLUMN: 1 },
});
export const batchNormInferKernel = kernel('batch_norm_infer', inferText, {
  bindings: { x: 'read_write', gamma: 'read_write', beta: 'read_write', mean: 'read_write', variance: 'read_write', y: 'read_write' },
  params: { count: 'u32', columns: 'u32', epsilon: 'f32' },
});
export const updateRunningKernel = kernel('update_running', updateText, {
  bindings: { values: 'read', blocks: 'read', run: 'read', buffers: 'read_write' },
  params: { words: 'u32', every_batch: 'u32' },
});

function checkColumns(where: string, x: TensorType, ...rest: TensorType[]): void {
  if (x.shape.length < 2) throw new ShapeError(`batch norm at ${where}: expected [batch, ..., features], got ${shapeText(x.shape)}`);
  for (const type of rest)
    if (type.shape.join() !== String(lastOf(x)))
      throw new ShapeError(`batch norm at ${where}: expected one scale and shift per column, got ${shapeText(type.shape)} for x ${shapeText(x.shape)}`);
}

export interface BatchNormAttrs extends Partial<StoredZ> {
  readonly epsilon: number;
  /** The fused activation after it; absent before fusion. */
  readonly activation?: ActivationAttrs;
  /** Of the outputs but the last where an activation is fused: a reshape may have stood between. */
  readonly shapes?: readonly (readonly number[])[];
}

/** The activation after a batch norm is computed in the same kernel. */
const activationBehind: Fusion = {
  name: 'batch_norm',
  rewrite(nodes, context) {
    const replaced = new Map<Node, Node | null>();
    const fused: string[] = [];
    for (const norm of nodes) {
      if (norm.op !== batchNormOp) continue;
      const z = norm.outputs[0]!;
      const activation = context.readers(z).find((node) => node.op === activationOp);
      if (!activation) continue;
      const storedZ = storedZOf(context, z, activation);
      const outputs = [...(storedZ.storeZ ? [z] : []), activation.outputs[0]!];
      const shapes = outputs.map(({ type }) => type.shape);
      const attrs: BatchNormAttrs = { ...(norm.attrs as BatchNormAttrs), activation: activation.attrs as ActivationAttrs, shapes, ...storedZ };
      replaced.set(norm, context.node(batchNormOp, norm.inputs, attrs, { ...norm, outputs: [...outputs, norm.outputs[1]!] }));
      replaced.set(activation, null);
      if (!storedZ.storeZ) for (const alias of context.aliases(z)) replaced.set(alias, null);
      fused.push(`${norm.name} + ${activation.attrs.name}${storedZText(storedZ)}`);
    }
    return { nodes: replaceNodes(nodes, replaced), fused };
  },
};

/** Inputs x, gamma, beta; outputs y (or [z,] h where an activation is fused) and the batch's mean, inverse deviation, variance, and mean less the column's first number, [4, columns]. */
export const batchNormOp: Op<BatchNormAttrs> = {
  name: 'batch_norm',
  padding: ([x]) => [...rowByRow([x!]), 'alike'],
  signal: { kind: 'norm', batch: true },
  fusions: [activationBehind],
  infer: ([x, gamma, beta], { shapes }, where) => {
    checkColumns(where, x!, gamma!, beta!);
    if (rowsOf(x!).rows % 4 !== 0)
      throw new ShapeError(`batch norm at ${where}: the batch must hold a multiple of 4 rows (padding counts), got ${shapeText(x!.shape)}`);
    return [...(shapes ? inShapes(x!, shapes, `batch norm at ${where}`) : [x!]), f32(4, lastOf(x!))];
  },
  vjp: (graph, node, [dy]) => {
    if (!dy) return [null, null, null];
    return graph.apply(batchNormGradOp, [dy, node.inputs[0]!, node.inputs[1]!, node.outputs[1]!], {}, `${node.name}/dx`);
  },
  lower: (emit, node) => {
    const [x, gamma, beta] = node.inputs;
    const { epsilon, activation = LINEAR, storeZ = false, observers = [] } = node.attrs;
    const { rows, columns, rowsPerSample } = rowsOf(x!.type);
    const [h, batch] = node.outputs.slice(-2);
    const { link, overrides } = columnsOf(emit.capabilities, rows, `batch norm at ${node.name}`);
    for (const { storing, when } of storedZVariants(node, { storeZ, observers }))
      emit.dispatch({
        kernel: batchNormKernel,
        link: [GRID, RUN_STATE, TRUE_ROWS, link, storing ? STORE.z : STORE.none, ...activationSources(activation)],
        overrides: { ...overrides, ...activationOverrides(activation) },
        params: { rows, rows_per_sample: rowsPerSample, columns, epsilon },
        bindings: { x: x!, gamma: gamma!, beta: beta!, h: h!, batch: batch!, run: persistent('run') },
        ...(storing ? { moreBindings: [{ access: 'read_write' as const, target: node.outputs[0]! }] } : {}),
        workgroups: workgroupsFor(columns, overrides.COLUMNS),
        work: WALKED * rows * columns,
        when,
      });
  },
};

/** Inputs dz, x, gamma and the batch's statistics; outputs dx, dgamma, dbeta. */
export const batchNormGradOp: Op<Record<never, never>> = {
  name: 'batch_norm_grad',
  padding: () => ['zero', 'alike', 'alike'],
  infer: ([dz, , gamma]) => [dz!, gamma!, gamma!],
  vjp: null,
  lower: (emit, node) => {
    const [dz, x, gamma, batch] = node.inputs;
    const [dx, dgamma, dbeta] = node.outputs;
    const { rows, columns, rowsPerSample } = rowsOf(dz!.type);
    const { link, overrides } = columnsOf(emit.capabilities, rows, `batch norm at ${node.name}`);
    emit.dispatch({
      kernel: batchNormGradKernel,
      link: [GRID, RUN_STATE, TRUE_ROWS, link],
      overrides,
      params: { rows, rows_per_sample: rowsPerSample, columns },
      bindings: { dz: dz!, x: x!, gamma: gamma!, batch: batch!, dx: dx!, dgamma: dgamma!, dbeta: dbeta!, run: persistent('run') },
      workgroups: workgroupsFor(columns, overrides.COLUMNS),
      work: WALKED * rows * columns,
    });
  },
};

/** Inputs x, gamma, beta, running mean and variance. The gradient, of a net whose batch norm is frozen, is made of the same operation. */
export const batchNormInferOp: Op<{ epsilon: number }> = {
  name: 'batch_norm_infer',
  padding: ([x]) => rowByRow([x!]),
  signal: { kind: 'norm', batch: true },
  infer: ([x, ...rest], _attrs, where) => {
    checkColumns(where, x!, ...rest);
    return [x!];
  },
  vjp: (graph, node, [dy]) => {
    const [x, gamma, , mean, variance] = node.inputs as [Value, Value, Value, Value, Value];
    const times = (a: Value, b: Value): Value => graph.apply(multiplyOp, [a, b], {})[0]!;
    const columnSum = (v: Value): Value => sumTo(graph, v, gamma.type);
    const zero = graph.apply(scaleOp, [variance], { factor: 0 })[0]!;
    const one = graph.apply(activationOp, [zero], attrsOf(UNARY.exp))[0]!;
    const normal = (v: Value, scale: Value, centre: Value): Value => graph.apply(batchNormInferOp, [v, scale, zero, centre, variance], node.attrs)[0]!;
    const dx = normal(dy!, gamma, zero);
    const dgamma = columnSum(times(dy!, normal(x, one, mean)));
    // d/dvariance of (x - mean) gamma / sqrt(variance + epsilon) has two more factors of the inverse deviation.
    const row = reshape(graph, one, [1, variance.type.shape[0]!]);
    const derivative = reshape(graph, times(normal(row, gamma, zero), normal(row, one, zero)), variance.type.shape);
    const scaled = (v: Value, factor: number): Value => graph.apply(scaleOp, [v], { factor })[0]!;
    return [dx, dgamma, columnSum(dy!), scaled(columnSum(dx), -1), scaled(times(dgamma, derivative), -0.5)];
  },
  lower: (emit, node) => {
    const [x, gamma, beta, mean, variance] = node.inputs;
    const count = sizeOf(x!.type.shape);
    emit.dispatch({
      kernel: batchNormInferKernel,
      link: [GRID],
      params: { count, columns: lastOf(x!.type), epsilon: node.attrs.epsilon },
      bindings: { x: x!, gamma: gamma!, beta: beta!, mean: mean!, variance: variance!, y: node.outputs[0]! },
      workgroups: workgroupsFor(count),
    });
  },
};

/** Running statistics of one batch norm layer and where a step leaves the batch's. */
export interface RunningUpdate extends RunningAttrs {
  /** `appendUpdates`, so that a program without batch norm does not carry it. */
  readonly append: typeof appendUpdates;
  /** The running mean, [columns]. */
  readonly mean: Value;
  /** The running variance, [columns]. */
  readonly variance: Value;
  /** What batch norm says of the batch, [4, columns]. */
  readonly batch: Value;
}

/** How running statistics move. */
export interface RunningAttrs {
  /** Fraction of the new batch. */
  readonly momentum: number;
  /** Rows of the batch norm's input that belong to one sample. */
  readonly rowsPerSample: number;
}

/** How the running statistics of a model move. */
export interface UpdateRunningAttrs {
  /** Of each batch norm. */
  readonly layers: readonly RunningAttrs[];
  /** True where a step has several batches, each of which moves the statistics, as each forward pass does in PyTorch. */
  readonly everyBatch?: boolean;
}

/** The inputs of each batch norm's update, in their order. */
const updatesOf = <Of>(inputs: readonly Of[]): { batch: Of; mean: Of; variance: Of }[] =>
  Array.from({ length: inputs.length / 3 }, (_, i) => ({ batch: inputs[3 * i]!, mean: inputs[3 * i + 1]!, variance: inputs[3 * i + 2]! }));

/** Moves all running statistics in one dispatch. Inputs, for each batch norm: the batch's statistics, running mean and variance. */
export const updateRunningOp: Op<UpdateRunningAttrs> = {
  name: 'update_running',
  mutates: (input) => input % 3 !== 0,
  effect: true,
  infer: (inputs, { layers }, where) => {
    const updates = updatesOf(inputs);
    if (updates.length !== layers.length || inputs.length % 3 !== 0)
      throw new ShapeError(`update_running at ${where}: expected three inputs for each of ${layers.length} layers, got ${inputs.length}`);
    updates.forEach(({ batch, mean, variance }, i) => {
      if (layers[i]!.rowsPerSample < 1) throw new ShapeError(`update_running at ${where}: the statistics of layer ${i} are of a tensor that is no batch`);
      for (const { shape } of [mean, variance])
        if (shape.length !== 1 || !sameShape(batch.shape, [4, ...shape]))
          throw new ShapeError(
            `update_running at ${where}: expected statistics [4, columns] for [columns], got ${shapeText(batch.shape)} for ${shapeText(shape)}`,
          );
    });
    return [];
  },
  vjp: null,
  lower: (emit, node) => {
    const { layers, everyBatch = false } = node.attrs;
    const updates = updatesOf(node.inputs);
    const words = updates.reduce((n, { mean }) => n + 2 * roundUp(sizeOf(mean.type.shape), BLOCK), 0);
    const batches = updates.map(({ batch }) => batch);
    emit.walk({ reads: batches, together: [batches] }, (bufferOf) => {
      for (const [part, buffer] of [...new Set(batches.map(bufferOf))].entries()) {
        // A block of statistics that lie in another buffer has no values here.
        const blocks: Table = {
          kind: 'table',
          name: `${node.name}/blocks${part || ''}`,
          words: (words / BLOCK) * 5,
          fill: (place) => {
            const table = new Uint32Array((words / BLOCK) * 5);
            const floats = new Float32Array(table.buffer);
            let entry = 0;
            for (const [i, { batch, mean, variance }] of updates.entries())
              for (const [value, first] of [
                [mean, 0],
                [variance, 2],
              ] as const) {
                const { offset, size } = place(value);
                for (let at = 0; at < size; at += BLOCK) {
                  const count = bufferOf(batch) === buffer ? Math.min(BLOCK, size - at) : 0;
                  table.set([offset + at, place(batch).offset + first * size + at, count, first === 2 ? layers[i]!.rowsPerSample : 0], entry);
                  floats[entry + 4] = layers[i]!.momentum;
                  entry += 5;
                }
              }
            return table;
          },
        };
        emit.dispatch({
          kernel: updateRunningKernel,
          link: [GRID, RUN_STATE, FINITE],
          params: { words, every_batch: everyBatch ? 1 : 0 },
          bindings: { values: persistent(buffer), blocks, run: persistent('run'), buffers: persistent('buffers') },
          workgroups: workgroupsFor(words),
        });
      }
    });
  },
};

/** Moves the running statistics of all batch norms of a step, `everyBatch` of it or the last one. */
export function appendUpdates(graph: Graph, all: readonly RunningUpdate[], everyBatch: boolean): void {
  for (const [i, updates] of roundsOf(all).entries())
    graph.apply(
      updateRunningOp,
      updates.flatMap(({ batch, mean, variance }) => [batch, mean, variance]),
      { layers: updates.map(({ momentum, rowsPerSample }) => ({ momentum, rowsPerSample })), everyBatch },
      i === 0 ? 'update_running' : `update_running:${i + 1}`,
    );
}

/** A layer that is called again moves its running statistics again: after the first time. */
function roundsOf(updates: readonly RunningUpdate[]): RunningUpdate[][] {
  const rounds: RunningUpdate[][] = [];
  const times = new Map<Value, number>();
  for (const update of updates) {
    const round = times.get(update.mean) ?? 0;
    times.set(update.mean, round + 1);
    rounds[round] ??= [];
    rounds[round].push(update);
  }
  return rounds;
}
