// One or more examples of every op: the gradient checks, the kernels' tests and the shader contract all run over them.
// An op without an example, or without the name of the test that covers it, does not compile.
import type { Graph, Value } from '../../src/graph/graph.ts';
import { LOSSES } from '../../src/nn/losses.ts';
import { activationAttrs, activationOf, activationOp } from '../../src/ops/activations.ts';
import { type Stage as AugmentStage, augmentOp } from '../../src/ops/augment.ts';
import { batchNormInferOp, batchNormOp } from '../../src/ops/batch_norm.ts';
import { batchedMatmulOp } from '../../src/ops/batched_matmul.ts';
import { broadcastOp, sumOp } from '../../src/ops/broadcast.ts';
import { combineOp } from '../../src/ops/combine.ts';
import { maximumOp, minimumOp, powerOp } from '../../src/ops/compare.ts';
import { concatOp } from '../../src/ops/concat.ts';
import { constantOp, tensorOp } from '../../src/ops/constant.ts';
import { convTranspose2dOp } from '../../src/ops/conv_transpose2d.ts';
import { type Conv2dAttrs, conv2dOp } from '../../src/ops/conv2d.ts';
import { copyOp, stopGradientOp } from '../../src/ops/copy.ts';
import { dropoutOp } from '../../src/ops/dropout.ts';
import { addOp, divideOp, multiplyOp, scaleOp, subtractOp } from '../../src/ops/elementwise.ts';
import { gatherOp, oneHotOp } from '../../src/ops/gather.ts';
import { groupNormOp } from '../../src/ops/group_norm.ts';
import { layerNormOp } from '../../src/ops/layer_norm.ts';
import { crossEntropyOp, elementwiseLossOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { fillPaddingOp } from '../../src/ops/padding.ts';
import { avgPool2dOp, maxPool2dOp, type PoolAttrs } from '../../src/ops/pool2d.ts';
import { divideBySamplesOp, logSumExpOp, maxOp, minOp, normOp, productOp } from '../../src/ops/reduce.ts';
import { reshapeOp } from '../../src/ops/reshape.ts';
import { rmsNormOp } from '../../src/ops/rms_norm.ts';
import { argmaxOp, cumsumOp } from '../../src/ops/scan.ts';
import { castOp, compareOp, type Relation, whereOp } from '../../src/ops/select.ts';
import { logSoftmaxOp, softmaxOp } from '../../src/ops/softmax.ts';
import { padOp, sliceOp, transposeOp } from '../../src/ops/strided.ts';
import { listRowsOp, takeRowsOp } from '../../src/ops/taken_rows.ts';
import { targetWeightOp, weighing } from '../../src/ops/target_weights.ts';
import { type Upsample2dAttrs, upsample2dOp } from '../../src/ops/upsample2d.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { sizeOf, type TensorType } from '../../src/shape.ts';
import { FUNCTIONS } from './functions.ts';

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** A value of an input at a flat index. */
export type Fill = (random: Random, index: number) => number;

/** Declares an input of the op under test: `samples` where its axis 0 may count samples. */
export type Input = (name: string, shape: readonly number[], fill?: Fill, of?: 'samples') => Value;

export interface OpCase {
  readonly name: string;
  /** Appends the op; returns its first output. */
  build(graph: Graph, size: Size, input: Input): Value;
  /** Length of the longest sum on the way forward or back; 1 for what is computed element by element. */
  sum?(size: Size): number;
  /** True where a batch must hold its samples in axis 0 for the op to make sense: they are declared so in every test. */
  readonly batched?: boolean;
  /** True for losses, which also mean "the mean over the true rows" where no gradient arrives. */
  readonly loss?: boolean;
  /** Batches of this op hold a multiple of 4 rows. */
  readonly fourRows?: boolean;
  /** Why the op has no gradient, where it has none. */
  readonly noGradient?: string;
}

export const normal: Fill = (random) => random.normal();
const uniform: Fill = (random) => random.uniform();
/** Away from zero, of both signs. */
const divisor: Fill = (random) => {
  const x = random.normal();
  return Math.sign(x) * (0.5 + Math.abs(x));
};

const binary = (name: string, op: typeof addOp, second: Fill = normal): OpCase => ({
  name,
  build: (graph, { rows, columns }, input) =>
    graph.apply(op, [input('a', [rows, columns], normal, 'samples'), input('b', [rows, columns], second, 'samples')], {})[0]!,
});

/** The first so many numbers, or as many as there are: how many there are in all depends on the padding. */
const firstOf = (graph: Graph, x: Value, size: number): Value =>
  graph.apply(sliceOp, [x], { starts: [0], steps: [1], shape: [Math.min(size, x.type.shape[0]!)] })[0]!;

/** Numbers at which f is smooth, a little away from the ends of its domain and from its kinks. */
function domainFill(name: string): Fill {
  const { domain, kinks, params } = activationOf(name, FUNCTIONS);
  const [low, high] = domain ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  const bends = kinks?.(params) ?? [];
  return (random) => {
    for (;;) {
      const x = (Number.isFinite(low) ? 1 : 0) + 1.5 * random.normal();
      if (x > low + 0.1 && x < high - 0.1 && bends.every((kink) => Math.abs(x - kink) > 0.01)) return x;
    }
  };
}

const activations = Object.keys(FUNCTIONS).map(
  (name): OpCase => ({
    name: `activation ${name}`,
    build: (graph, { rows, columns }, input) =>
      graph.apply(activationOp, [input('z', [rows, columns], domainFill(name), 'samples')], activationAttrs(name, {}, FUNCTIONS))[0]!,
  }),
);

/** Images of 6 x 5 pixels, changed. */
const augmentation = (what: string, ...stages: AugmentStage[]): OpCase => ({
  name: `augment by ${what}`,
  build: (graph, { rows, columns }, input) => {
    const channels = Math.min(columns, 4);
    return graph.apply(augmentOp, [input('x', [Math.min(rows, 40), 6, 5, channels], normal, 'samples')], { image: [6, 5, channels], stages })[0]!;
  },
  batched: true,
  noGradient: 'data are not trained',
});

const product = (transposeA: boolean, transposeB: boolean): OpCase => ({
  name: `matmul ${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`,
  build: (graph, { rows: m, columns: k }, input) => {
    const n = k === 1 ? 1 : Math.min(k, 20) + 4;
    return graph.apply(matmulOp, [transposeA ? input('a', [k, m]) : input('a', [m, k], normal, 'samples'), input('b', transposeB ? [n, k] : [k, n])], {
      transposeA,
      transposeB,
    })[0]!;
  },
  sum: ({ rows, columns }) => Math.max(rows, columns),
});

const batchedProduct = (transposeA: boolean, transposeB: boolean): OpCase => ({
  name: `batched_matmul ${transposeA ? 't' : 'n'}${transposeB ? 't' : 'n'}`,
  build: (graph, { rows, columns: k }, input) => {
    const [m, n] = [3, Math.max(1, Math.min(k, 20) - 1)];
    const a = input('a', transposeA ? [rows, k, m] : [rows, m, k], normal, 'samples');
    const b = input('b', transposeB ? [rows, n, k] : [rows, k, n], normal, 'samples');
    return graph.apply(batchedMatmulOp, [a, b], { transposeA, transposeB })[0]!;
  },
  sum: ({ columns }) => Math.max(3, columns),
});

/** A convolution of `rows` images whose channels, filters and size follow from the columns, or are as many as it says. */
const convolution = (
  what: string,
  [kernelHeight, kernelWidth]: readonly [number, number],
  attrs: Partial<Conv2dAttrs> = {},
  { channels, filters, image = [5, 4] }: { channels?: number; filters?: number; image?: readonly [number, number] } = {},
): OpCase => ({
  name: `conv2d ${what}`,
  build: (graph, { rows, columns }, input) => {
    const groups = attrs.groups ?? 1;
    const inner = channels ?? Math.min(columns, 20);
    const x = input('x', [Math.min(rows, 12), ...image, inner], normal, 'samples');
    const w = input('w', [kernelHeight, kernelWidth, inner / groups, filters ?? Math.min(columns, 20) + 2]);
    return graph.apply(conv2dOp, [x, w], { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1, ...attrs })[0]!;
  },
  sum: ({ rows, columns }) => Math.max(rows * image[0] * image[1], kernelHeight * kernelWidth * (channels ?? columns)),
});

/** A transposed convolution of `rows` images, whose channels and filters follow from the columns, or are as many as it says. */
const transposed = (
  what: string,
  [kernelHeight, kernelWidth]: readonly [number, number],
  attrs: Partial<Conv2dAttrs> = {},
  { channels, filters = 3 }: { channels?: number; filters?: number } = {},
): OpCase => ({
  name: `conv_transpose2d ${what}`,
  build: (graph, { rows, columns }, input) => {
    const inner = channels ?? Math.min(columns, 20);
    const x = input('x', [Math.min(rows, 12), 3, 4, inner], normal, 'samples');
    const w = input('w', [kernelHeight, kernelWidth, filters, inner]);
    return graph.apply(convTranspose2dOp, [x, w], { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1, ...attrs })[0]!;
  },
  sum: ({ rows, columns }) => Math.max(rows * 12, kernelHeight * kernelWidth * Math.max(filters, channels ?? columns)),
});

/** `rows` images made larger. */
const upsampling = (what: string, attrs: Upsample2dAttrs, [height, width] = [3, 2]): OpCase => ({
  name: `upsample2d ${what}`,
  build: (graph, { rows, columns }, input) =>
    graph.apply(upsample2dOp, [input('x', [Math.min(rows, 12), height!, width!, Math.min(columns, 20)], normal, 'samples')], attrs)[0]!,
  sum: () => 4 * attrs.scale[0] * attrs.scale[1],
});

const elementwiseLosses = Object.values(LOSSES)
  .flatMap((loss) => ('entry' in loss ? [loss.entry] : []))
  .map(
    (entry): OpCase => ({
      name: `loss ${entry.name}`,
      build: (graph, { rows, columns }, input) => {
        const y = input('y', [rows, columns], normal, 'samples');
        return graph.apply(elementwiseLossOp, [y, graph.input('targets', y.type)], { entry, params: entry.name === 'huber' ? { delta: 0.7 } : {} })[0]!;
      },
      sum: ({ columns }) => columns,
      batched: true,
      loss: true,
    }),
  );

const crossEntropies = (['index', 'probability'] as const).flatMap((targets) =>
  [0, 0.1].map(
    (smoothing): OpCase => ({
      name: `cross_entropy ${targets} ${smoothing}`,
      build: (graph, { rows, columns }, input) => {
        const logits = input('logits', [rows, columns], normal, 'samples');
        const labels: TensorType = targets === 'index' ? { ...logits.type, shape: [rows, 1], dtype: 'i32' } : logits.type;
        return graph.apply(crossEntropyOp, [logits, graph.input('targets', labels)], { targets, smoothing })[0]!;
      },
      sum: ({ columns }) => columns,
      batched: true,
      loss: true,
    }),
  ),
);

/** Weights of classes; one index does not count. */
const weightsOf = (columns: number): number[] => Array.from({ length: columns }, (_, i) => 0.5 + (i % 4) / 2);
const weighted = (['index', 'probability'] as const).flatMap((targets) =>
  (targets === 'index' ? [false, true] : [false]).map(
    (total): OpCase => ({
      name: `cross_entropy ${targets} weighted${total ? ', by its total' : ''}`,
      build: (graph, { rows, columns }, input) => {
        const logits = input('logits', [rows, columns], normal, 'samples');
        const index = targets === 'index';
        const labels = graph.input('targets', index ? { ...logits.type, shape: [rows, 1], dtype: 'i32' } : logits.type);
        const attrs = { targets, smoothing: 0.1, weighing: weighing(weightsOf(columns), index ? 3 : undefined) };
        const sum = total ? graph.apply(targetWeightOp, [labels], { ...attrs, classes: columns }) : [];
        return graph.apply(crossEntropyOp, [logits, labels, ...sum], attrs)[0]!;
      },
      sum: ({ columns }) => columns,
      batched: true,
      // By its total the mean is over weights.
      loss: !total,
    }),
  ),
);

/** Numbers of which no two in a row are near each other, so that a small step never changes which is largest. */
const spread: Fill = (random, index) => ((index * 37) % 101) / 25 - 2 + 0.005 * random.uniform();

/** Along the last axis, along the one before, where lowering must turn them, and along all. */
const reduction = (op: typeof sumOp, fill: Fill = normal, noGradient?: string): OpCase[] => [
  {
    name: op.name,
    build: (graph, { rows, columns }, input) => graph.apply(op, [input('x', [rows, columns], fill, 'samples')], { axes: [1], shape: [rows] })[0]!,
    sum: ({ columns }) => columns,
    ...(noGradient ? { noGradient } : {}),
  },
  {
    name: `${op.name} of rows`,
    build: (graph, { rows, columns }, input) =>
      graph.apply(op, [input('x', [rows, Math.min(columns, 600)], fill)], { axes: [0], shape: [1, Math.min(columns, 600)] })[0]!,
    sum: ({ rows }) => rows,
    ...(noGradient ? { noGradient } : {}),
  },
  {
    name: `${op.name} along two axes`,
    build: (graph, { rows, columns }, input) => graph.apply(op, [input('x', [2, rows, 1, columns], fill)], { axes: [0, 2, 3], shape: [rows] })[0]!,
    sum: ({ columns }) => 2 * columns,
    ...(noGradient ? { noGradient } : {}),
  },
];

/** Group norm over positions and channels, of which there are `groups` times as many as `columns` or as `channels`. */
const groupNorm = (name: string, groups: number, positions: readonly number[], channels?: number): OpCase => ({
  name,
  build: (graph, { rows, columns }, input) => {
    const all = groups * (channels ?? columns);
    const x = input('x', [rows, ...positions, all], normal, 'samples');
    return graph.apply(groupNormOp, [x, input('gamma', [all]), input('beta', [all])], { groups, epsilon: 1e-3 })[0]!;
  },
  sum: ({ rows, columns }) => Math.max(rows, channels ?? columns) * sizeOf(positions),
});

/** An input of indices below `below`, of one shape and batch with `like`; it is called `targets`, as all that no gradient is taken of. */
const indicesLike = (graph: Graph, like: Value, shape: readonly number[] = like.type.shape): Value =>
  graph.input('targets', { shape, dtype: 'i32', rowsPerSample: like.type.rowsPerSample });

/** Numbers of which some are equal to others. */
const coarse: Fill = (random) => Math.round(random.normal());

/** A pool of `rows` images. */
const pooling = (op: typeof maxPool2dOp, what: string, attrs: Partial<PoolAttrs>, fill: Fill = normal): OpCase => ({
  name: `${op.name} ${what}`,
  build: (graph, { rows, columns }, input) =>
    graph.apply(op, [input('x', [Math.min(rows, 12), 5, 4, Math.min(columns, 20)], fill, 'samples')], {
      kernel: [2, 2],
      stride: [2, 2],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      ceil: false,
      countIncludePad: true,
      ...attrs,
    })[0]!,
  sum: () => 9,
});

const NO_GRADIENT = 'it is a step';

/** Targets are inputs that no gradient is taken of; the values fit every loss of the name. */
export function targetFill(caseName: string, { columns }: Size): Fill {
  if (caseName.includes('mask')) return (random) => Number(random.uniform() < 0.5);
  if (caseName.includes('index')) return (_random, index) => (index * 7 + 3) % columns;
  if (caseName.startsWith('cross_entropy') || caseName.endsWith('bce_with_logits') || caseName.endsWith('kl_div')) return uniform;
  if (caseName.endsWith('hinge')) return (random) => (random.uniform() < 0.5 ? -1 : 1);
  return normal;
}

/** The cases of each op, or where else it is checked; tests/math/ops.test.ts names one that is missing. */
export const OP_CASES: Readonly<Record<string, readonly OpCase[] | string>> = {
  accumulate: 'whole steps in tests/gpu/accumulate.test.ts',
  avg_pool2d: [
    pooling(avgPool2dOp, '2 x 2', {}),
    pooling(avgPool2dOp, '3 x 2 with padding that counts, ceil', { kernel: [3, 2], stride: [2, 3], padding: [1, 1, 1, 1], ceil: true }),
    pooling(avgPool2dOp, '3 x 3 with padding that does not count', { kernel: [3, 3], stride: [1, 2], padding: [1, 1, 1, 1], countIncludePad: false }),
  ],
  avg_pool2d_grad: 'the gradient of avg_pool2d',
  augment: [
    augmentation('shifts and flips', { kind: 'shift', amount: 2 }, { kind: 'flip_horizontal', probability: 0.5 }, { kind: 'flip_vertical', probability: 0.5 }),
    augmentation('turns, windows and holes', { kind: 'cut_out', amount: 3 }, { kind: 'rotate', amount: 3 }, { kind: 'crop', amount: 0.6 }),
    augmentation('noise', { kind: 'noise', amount: 0.3 }),
  ],
  average: 'whole steps in tests/gpu/average.test.ts',
  max_pool2d: [
    pooling(maxPool2dOp, '2 x 2', {}, spread),
    pooling(maxPool2dOp, '3 x 2 overlapping, padded, ceil', { kernel: [3, 2], stride: [2, 1], padding: [1, 1, 1, 1], ceil: true }, spread),
    pooling(maxPool2dOp, '2 x 2 dilated', { stride: [1, 1], dilation: [2, 1] }, spread),
    { ...pooling(maxPool2dOp, 'of equal numbers', { kernel: [3, 3], stride: [1, 1] }, coarse), noGradient: 'at ties differences see another derivative' },
  ],
  max_pool2d_grad: 'the gradient of max_pool2d',
  momentum: 'whole steps in tests/gpu/muon.test.ts',
  store_step: 'whole steps in tests/gpu/muon.test.ts',
  activation: activations,
  activation_grad: 'the gradient of activation',
  add: [
    binary('add', addOp),
    {
      name: 'add of a bias',
      build: (graph, { rows, columns }, input) => graph.apply(addOp, [input('x', [rows, columns], normal, 'samples'), input('bias', [columns])], {})[0]!,
      sum: ({ rows }) => rows,
    },
  ],
  argmax: [
    {
      name: 'argmax',
      build: (graph, { rows, columns }, input) => graph.apply(argmaxOp, [input('x', [rows, columns], coarse, 'samples')], {})[0]!,
      noGradient: NO_GRADIENT,
    },
  ],
  assign: 'tests/gpu/program.test.ts',
  assign_buffer: 'tests/gpu/custom.test.ts',
  batch_norm: [
    {
      name: 'batch_norm',
      build: (graph, { rows, columns }, input) =>
        graph.apply(batchNormOp, [input('x', [rows, columns], normal, 'samples'), input('gamma', [columns]), input('beta', [columns])], { epsilon: 1e-5 })[0]!,
      sum: ({ rows }) => rows,
      batched: true,
      fourRows: true,
    },
    {
      name: 'batch_norm of two position axes',
      build: (graph, { rows, columns }, input) =>
        graph.apply(batchNormOp, [input('x', [rows, 3, 5, columns], normal, 'samples'), input('gamma', [columns]), input('beta', [columns])], {
          epsilon: 1e-5,
        })[0]!,
      sum: ({ rows }) => 15 * rows,
      batched: true,
      fourRows: true,
    },
  ],
  batch_norm_grad: 'the gradient of batch_norm',
  layer_norm: [
    {
      name: 'layer_norm',
      build: (graph, { rows, columns }, input) =>
        graph.apply(layerNormOp, [input('x', [rows, columns], normal, 'samples'), input('gamma', [columns]), input('beta', [columns])], { epsilon: 1e-3 })[0]!,
      sum: ({ rows, columns }) => Math.max(rows, columns),
    },
  ],
  layer_norm_grad: 'the gradient of layer_norm',
  rms_norm: [
    {
      name: 'rms_norm',
      build: (graph, { rows, columns }, input) =>
        // Of one number the gradient is what epsilon leaves of it.
        graph.apply(rmsNormOp, [input('x', [rows, columns], normal, 'samples'), input('gamma', [columns])], { epsilon: 0.1 })[0]!,
      sum: ({ rows, columns }) => Math.max(rows, columns),
    },
  ],
  rms_norm_grad: 'the gradient of rms_norm',
  rms_norm_scale_grad: 'the gradient of rms_norm',
  group_norm: [groupNorm('group_norm', 2, [3]), groupNorm('group_norm of two position axes', 1, [2, 3]), groupNorm('group_norm of each channel', 3, [5], 1)],
  group_norm_grad: 'the gradient of group_norm',
  group_norm_scale_grad: 'the gradient of group_norm',
  batch_norm_infer: [
    {
      name: 'batch_norm_infer',
      build: (graph, { rows, columns }, input) =>
        graph.apply(
          batchNormInferOp,
          [
            input('x', [rows, columns], normal, 'samples'),
            input('gamma', [columns]),
            input('beta', [columns]),
            input('mean', [columns]),
            input('variance', [columns], (random) => 0.2 + random.uniform()),
          ],
          { epsilon: 1e-5 },
        )[0]!,
      sum: ({ rows }) => rows,
    },
  ],
  batched_matmul: [batchedProduct(false, false), batchedProduct(false, true), batchedProduct(true, false), batchedProduct(true, true)],
  begin_step: 'whole steps in tests/gpu/steps.test.ts',
  broadcast: [
    {
      name: 'broadcast',
      build: (graph, { rows, columns }, input) => graph.apply(broadcastOp, [input('x', [rows, 1])], { shape: [2, rows, columns] })[0]!,
      sum: ({ columns }) => 2 * columns,
    },
    {
      name: 'broadcast along two axes',
      build: (graph, { rows, columns }, input) => graph.apply(broadcastOp, [input('x', [rows, 1, columns, 1])], { shape: [rows, 2, columns, 2] })[0]!,
      sum: () => 4,
    },
    {
      name: 'broadcast within a sample',
      build: (graph, { rows, columns }, input) => graph.apply(broadcastOp, [input('x', [rows, 1], normal, 'samples')], { shape: [rows, columns] })[0]!,
      sum: ({ columns }) => columns,
    },
  ],
  cast: [
    {
      name: 'cast of an index to f32',
      build: (graph, { rows, columns }, input) => {
        const x = input('x', [rows, columns], normal, 'samples');
        return graph.apply(multiplyOp, [x, graph.apply(castOp, [indicesLike(graph, x)], { dtype: 'f32' })[0]!], {})[0]!;
      },
    },
    {
      name: 'cast to i32',
      build: (graph, { rows, columns }, input) =>
        graph.apply(castOp, [input('x', [rows, columns], (random) => 3 * random.normal(), 'samples')], { dtype: 'i32' })[0]!,
      noGradient: NO_GRADIENT,
    },
  ],
  clear_row: 'tests/gpu/statistics.test.ts',
  compare: (['equal', 'not_equal', 'less', 'less_equal', 'greater', 'greater_equal'] satisfies Relation[]).flatMap((relation): OpCase[] => [
    {
      name: `${relation} of f32`,
      build: (graph, { rows, columns }, input) =>
        graph.apply(compareOp, [input('a', [rows, columns], coarse, 'samples'), input('b', [rows, columns], coarse, 'samples')], { relation })[0]!,
      noGradient: NO_GRADIENT,
    },
    {
      name: `${relation} of i32, an index`,
      build: (graph, { rows, columns }, input) => {
        const a = indicesLike(graph, input('x', [rows, columns], normal, 'samples'));
        return graph.apply(compareOp, [a, graph.apply(constantOp, [], { value: 3, type: a.type })[0]!], { relation })[0]!;
      },
      noGradient: NO_GRADIENT,
    },
  ]),
  concat: [
    {
      name: 'concat',
      build: (graph, { rows, columns }, input) => {
        const values = [columns, Math.max(1, columns - 1), 2].map((width, i) => input(`x${i}`, [rows, width], normal, 'samples'));
        return graph.apply(concatOp, values, { axis: 1 })[0]!;
      },
    },
    {
      name: 'concat along the first axis',
      build: (graph, { rows, columns }, input) => graph.apply(concatOp, [input('a', [rows, columns]), input('b', [1, columns])], { axis: 0 })[0]!,
    },
    {
      name: 'concat of one',
      build: (graph, { rows, columns }, input) => graph.apply(concatOp, [input('a', [rows, columns], normal, 'samples')], { axis: 1 })[0]!,
    },
  ],
  constant: [
    {
      name: 'constant',
      build: (graph, { rows, columns }, input) => {
        const x = input('x', [rows, columns], normal, 'samples');
        return graph.apply(addOp, [x, graph.apply(constantOp, [], { value: 0.3, type: x.type })[0]!], {})[0]!;
      },
    },
  ],
  conv2d: [
    convolution('3 x 3, same', [3, 3], { padding: [1, 1, 1, 1] }),
    convolution('2 x 3 by strides, more padding behind', [2, 3], { stride: [2, 3], padding: [0, 1, 1, 2] }),
    convolution('3 x 2 dilated, in groups', [3, 2], { dilation: [2, 1], groups: 3, padding: [2, 1, 0, 1] }, { channels: 6, filters: 27 }),
    convolution('depthwise', [3, 3], { padding: [1, 1, 1, 1], groups: 5, stride: [2, 1] }, { channels: 5, filters: 10 }),
    convolution('1 x 1', [1, 1]),
  ],
  conv_transpose2d: [
    transposed('2 x 2 by strides of 2', [2, 2], { stride: [2, 2] }),
    transposed('3 x 2, cut and longer', [3, 2], { stride: [2, 3], padding: [1, 0, 1, -2] }),
    transposed(
      '3 x 2 dilated, longer by more than a stride, in groups',
      [3, 2],
      { dilation: [3, 1], groups: 3, padding: [2, -2, 0, 1] },
      { channels: 27, filters: 2 },
    ),
  ],
  conv_transpose2d_bias: 'tests/gpu/conv2d.test.ts',
  conv_transpose2d_input_grad_activation: 'tests/gpu/conv2d.test.ts',
  conv2d_bias: 'tests/gpu/conv2d.test.ts',
  conv2d_bias_max_pool2d: 'tests/gpu/conv2d.test.ts',
  conv2d_input_grad: 'the gradient of conv2d',
  conv2d_input_grad_activation: 'tests/gpu/conv2d.test.ts',
  conv2d_weight_bias_grad: 'tests/gpu/conv2d.test.ts',
  conv2d_weight_grad: 'the gradient of conv2d',
  copy: [{ name: 'copy', build: (graph, { rows, columns }, input) => graph.apply(copyOp, [input('x', [rows, columns], normal, 'samples')], {})[0]! }],
  copy_arena: 'tests/gpu/statistics.test.ts',
  cross_entropy: [...crossEntropies, ...weighted],
  cumsum: [0, 1, 2].map((axis) => ({
    name: `cumsum along axis ${axis}`,
    build: (graph, { rows, columns }, input) =>
      graph.apply(cumsumOp, [input('x', [rows, 3, columns], normal, ...(axis > 0 ? (['samples'] as const) : []))], { axis, reverse: false })[0]!,
    sum: ({ rows, columns }) => Math.max(rows, columns),
  })),
  dense: 'tests/math/fusion.test.ts and tests/gpu/matmul.test.ts',
  dense_input_grad: 'tests/math/fusion.test.ts and tests/gpu/matmul.test.ts',
  dense_weight_grads: 'tests/math/fusion.test.ts and tests/gpu/steps.test.ts',
  divide: [
    binary('divide', divideOp, divisor),
    {
      name: 'divide by a number for each row',
      build: (graph, { rows, columns }, input) =>
        graph.apply(divideOp, [input('a', [rows, columns], normal, 'samples'), input('b', [rows, 1], divisor, 'samples')], {})[0]!,
      sum: ({ columns }) => columns,
    },
  ],
  divide_by_samples: [
    {
      name: 'divide_by_samples',
      build: (graph, { rows, columns }, input) => graph.apply(divideBySamplesOp, [input('x', [columns, 2])], { samples: rows })[0]!,
    },
  ],
  safe_divide: 'the gradient of norm',
  dropout: [
    {
      name: 'dropout',
      build: (graph, { rows, columns }, input) => graph.apply(dropoutOp, [input('x', [rows, columns], normal, 'samples')], { rate: 0.3, layer: 7 })[0]!,
    },
  ],
  elementwise_loss: [
    ...elementwiseLosses,
    {
      name: 'loss posWeight of bce_with_logits',
      build: (graph, { rows, columns }, input) => {
        const y = input('y', [rows, columns], normal, 'samples');
        return graph.apply(elementwiseLossOp, [y, graph.input('targets', y.type)], {
          entry: LOSSES.bce_with_logits.entry,
          params: {},
          posWeight: weightsOf(columns),
        })[0]!;
      },
      sum: ({ columns }) => columns,
      batched: true,
      loss: true,
    },
  ],
  fill_padding: [
    {
      name: 'fill_padding',
      build: (graph, { rows, columns }, input) => {
        const x = input('x', [rows, columns], normal, 'samples');
        return graph.apply(fillPaddingOp, [x], {
          value: 0,
          rowsPerSample: Math.max(1, x.type.rowsPerSample),
          batch: x.type.rowsPerSample > 0,
          finite: false,
        })[0]!;
      },
    },
  ],
  end_step: 'whole steps in tests/gpu/steps.test.ts',
  gather: [
    {
      name: 'gather of rows by index of samples',
      build: (graph, { rows, columns }, input) => {
        const like = input('like', [rows, 3], normal, 'samples');
        const picked = graph.apply(gatherOp, [input('x', [columns, 5]), indicesLike(graph, like)], { axis: 0 })[0]!;
        return graph.apply(
          multiplyOp,
          [picked, graph.apply(broadcastOp, [graph.apply(reshapeOp, [like], { shape: [rows, 3, 1] })[0]!], { shape: [rows, 3, 5] })[0]!],
          {},
        )[0]!;
      },
      sum: ({ rows }) => 3 * rows,
    },
    {
      name: 'gather of columns by index',
      build: (graph, { rows, columns }, input) =>
        graph.apply(gatherOp, [input('x', [rows, columns, 2], normal, 'samples'), graph.input('targets', [4, 2], { dtype: 'i32' })], { axis: 1 })[0]!,
      sum: () => 8,
    },
  ],
  gather_grad: 'the gradient of gather',
  gather_rows: 'whole steps in tests/gpu/steps.test.ts',
  histogram: 'tests/gpu/statistics.test.ts',
  greater: 'the gradient of maximum',
  list_rows: [
    {
      name: 'list_rows, of which about half count',
      build: (graph, { rows, columns }, input) =>
        firstOf(graph, graph.apply(castOp, [graph.apply(listRowsOp, [input('x', [rows, columns], normal, 'samples')], {})[0]!], { dtype: 'f32' })[0]!, 8),
      noGradient: 'numbers of rows',
    },
  ],
  log_softmax: [
    {
      name: 'log_softmax',
      build: (graph, { rows, columns }, input) => graph.apply(logSoftmaxOp, [input('x', [rows, columns], normal, 'samples')], {})[0]!,
      sum: ({ columns }) => columns,
    },
  ],
  log_softmax_grad: 'the gradient of log_softmax',
  log_sum_exp: reduction(logSumExpOp),
  loss_grad: 'the gradient of a loss that is not the last',
  matmul: [product(false, false), product(false, true), product(true, false), product(true, true)],
  max: reduction(maxOp, spread),
  maximum: [binary('maximum', maximumOp)],
  min: reduction(minOp, spread),
  minimum: [binary('minimum', minimumOp)],
  moments: 'tests/gpu/statistics.test.ts',
  multiply: [
    binary('multiply', multiplyOp),
    {
      name: 'multiply along two axes',
      build: (graph, { rows, columns }, input) => graph.apply(multiplyOp, [input('a', [rows, 2, columns, 2]), input('b', [2, 1, 2])], {})[0]!,
      sum: ({ rows, columns }) => rows * columns,
    },
    {
      name: 'multiply of rows and columns',
      build: (graph, { rows, columns }, input) => graph.apply(multiplyOp, [input('a', [rows, 1], normal, 'samples'), input('b', [columns])], {})[0]!,
      sum: ({ rows, columns }) => Math.max(rows, columns),
    },
  ],
  norm: reduction(normOp),
  one_hot: [
    {
      name: 'one_hot of an index',
      build: (graph, { rows, columns }, input) => {
        const x = input('x', [rows, columns], normal, 'samples');
        return graph.apply(multiplyOp, [x, graph.apply(oneHotOp, [indicesLike(graph, x, [rows])], { classes: columns })[0]!], {})[0]!;
      },
    },
  ],
  pad: [
    {
      name: 'pad',
      build: (graph, { rows, columns }, input) =>
        graph.apply(padOp, [input('x', [rows, columns])], { starts: [1, 2], steps: [2, 1], shape: [2 * rows + 1, columns + 3], value: 0.5 })[0]!,
    },
    {
      name: 'pad within a sample',
      build: (graph, { rows, columns }, input) =>
        graph.apply(padOp, [input('x', [rows, columns], normal, 'samples')], { starts: [0, 2], steps: [1, 1], shape: [rows, columns + 3], value: 0.5 })[0]!,
    },
  ],
  regularization_loss: 'whole steps in tests/gpu/steps.test.ts',
  power: [
    {
      name: 'power',
      build: (graph, { rows, columns }, input) =>
        graph.apply(
          powerOp,
          [input('a', [rows, columns], (random) => 0.3 + 2 * random.uniform(), 'samples'), input('b', [rows, columns], normal, 'samples')],
          {},
        )[0]!,
    },
  ],
  pow_grad_exponent: 'the gradient of power',
  pow_grad_base: 'the gradient of power',
  product: reduction(productOp, (random) => 0.6 + 0.8 * random.uniform(), 'y / x has no value where an element is 0'),
  reshape: [
    { name: 'reshape', build: (graph, { rows, columns }, input) => graph.apply(reshapeOp, [input('x', [rows, columns])], { shape: [columns, 1, rows] })[0]! },
    {
      name: 'reshape to rows of samples',
      build: (graph, { rows, columns }, input) => graph.apply(reshapeOp, [input('x', [rows, columns], normal, 'samples')], { shape: [rows * columns, 1] })[0]!,
    },
  ],
  equal: 'the gradient of max',
  combine: [
    {
      name: 'combine',
      build: (graph, { rows, columns }, input) =>
        graph.apply(combineOp, [input('a', [rows, columns], normal, 'samples'), input('b', [rows, columns], normal, 'samples')], { factors: [-1.3, 0.7] })[0]!,
    },
  ],
  row_differences: 'tests/gpu/rank.test.ts',
  scale: [
    { name: 'scale', build: (graph, { rows, columns }, input) => graph.apply(scaleOp, [input('x', [rows, columns], normal, 'samples')], { factor: -1.3 })[0]! },
  ],
  segment_norm: 'tests/gpu/statistics.test.ts',
  slice: [
    {
      name: 'slice by strides',
      build: (graph, { rows, columns }, input) =>
        graph.apply(sliceOp, [input('x', [2 * rows, columns + 2])], { starts: [2 * rows - 1, 1], steps: [-2, 1], shape: [rows, columns] })[0]!,
    },
    {
      name: 'slice by strides within a sample',
      build: (graph, { rows, columns }, input) =>
        graph.apply(sliceOp, [input('x', [rows, columns + 2], normal, 'samples')], { starts: [0, columns], steps: [1, -1], shape: [rows, columns] })[0]!,
    },
    {
      name: 'slice of neighbours',
      build: (graph, { rows, columns }, input) =>
        graph.apply(sliceOp, [input('x', [rows, columns + 2], normal, 'samples')], { starts: [0, 1], steps: [1, 1], shape: [rows, columns] })[0]!,
    },
  ],
  softmax: [
    {
      name: 'softmax',
      build: (graph, { rows, columns }, input) => graph.apply(softmaxOp, [input('x', [rows, columns], normal, 'samples')], {})[0]!,
      sum: ({ columns }) => columns,
    },
  ],
  softmax_grad: 'the gradient of softmax',
  squared_norm: 'whole steps in tests/gpu/steps.test.ts',
  stop_gradient: [
    {
      name: 'stop_gradient',
      build: (graph, { rows, columns }, input) => {
        const x = input('x', [rows, columns], normal, 'samples');
        return graph.apply(addOp, [x, graph.apply(stopGradientOp, [input('y', [rows, columns], normal, 'samples')], {})[0]!], {})[0]!;
      },
      noGradient: 'differences see what it stops',
    },
  ],
  subtract: [
    binary('subtract', subtractOp),
    {
      name: 'subtract from a number for each column',
      build: (graph, { rows, columns }, input) => graph.apply(subtractOp, [input('a', [1, columns]), input('b', [rows, columns], normal, 'samples')], {})[0]!,
      sum: ({ rows }) => rows,
    },
  ],
  sum: reduction(sumOp),
  sum_activation: 'tests/gpu/conv2d.test.ts',
  take_rows: [true, false].map((head) => ({
    name: `take_rows${head ? ' with a head' : ''}`,
    build: (graph, { rows, columns }, input) => {
      const list = graph.apply(listRowsOp, [input('weights', [rows, 1], normal, 'samples')], {})[0]!;
      return firstOf(graph, graph.apply(takeRowsOp, [input('x', [rows, 2, columns], normal, 'samples'), list], { head, every: 1 })[0]!, 4 + 2 * columns);
    },
    noGradient: 'for statistics',
  })),
  target_weight: [
    {
      name: 'target_weight of an index',
      build: (graph, { rows, columns }, input) =>
        graph.apply(targetWeightOp, [indicesLike(graph, input('x', [rows, 1], normal, 'samples'))], {
          classes: columns,
          weighing: weighing(weightsOf(columns), 3),
        })[0]!,
      sum: ({ rows }) => rows,
      noGradient: NO_GRADIENT,
    },
  ],
  tensor: [
    {
      name: 'tensor',
      build: (graph, { rows, columns }, input) => {
        const x = input('x', [rows, columns]);
        const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i));
        return graph.apply(multiplyOp, [x, graph.apply(tensorOp, [], { type: x.type, values })[0]!], {})[0]!;
      },
    },
  ],
  transpose: [
    {
      name: 'transpose',
      build: (graph, { rows, columns }, input) => graph.apply(transposeOp, [input('x', [rows, 2, columns])], { perm: [2, 0, 1] })[0]!,
    },
    {
      name: 'transpose within a sample',
      build: (graph, { rows, columns }, input) => graph.apply(transposeOp, [input('x', [rows, 2, columns], normal, 'samples')], { perm: [0, 2, 1] })[0]!,
    },
  ],
  unit_activity: 'tests/gpu/statistics.test.ts',
  update: 'whole steps in tests/gpu/steps.test.ts',
  update_running: 'whole steps in tests/gpu/steps.test.ts',
  upsample2d: [
    upsampling('nearest', { scale: [2, 3], mode: 'nearest', alignCorners: false }),
    upsampling('bilinear', { scale: [2, 3], mode: 'bilinear', alignCorners: false }),
    upsampling('bilinear, on its corners', { scale: [3, 2], mode: 'bilinear', alignCorners: true }, [3, 1]),
  ],
  upsample2d_grad: 'the gradient of upsample2d',
  where: [
    {
      name: 'where by a mask',
      build: (graph, { rows, columns }, input) => {
        const a = input('a', [rows, columns], normal, 'samples');
        return graph.apply(whereOp, [indicesLike(graph, a), a, input('b', [rows, columns], normal, 'samples')], {})[0]!;
      },
    },
  ],
};

export const ALL_CASES: readonly OpCase[] = Object.values(OP_CASES).flatMap((cases) => (typeof cases === 'string' ? [] : cases));

/** A case in a graph of its own, with values for its inputs, rounded to f32 so that a GPU can hold them. */
export interface BuiltCase {
  readonly graph: Graph;
  readonly output: Value;
  readonly inputs: ReadonlyMap<string, Tensor64>;
}

export interface BuildOptions {
  /** Puts another op in front of the one under test: what arrives from it must still be what `fill` says, so it scales by a power of two. */
  readonly between?: boolean;
  /** Rows per sample of the inputs that may be a batch; by default 1 for ops that are of batches alone, and no batch for others. */
  readonly rowsPerSample?: number;
}

export function buildCase(op: OpCase, size: Size, graph: Graph, { between = false, rowsPerSample = op.batched ? 1 : 0 }: BuildOptions = {}): BuiltCase {
  const fills = new Map<string, Fill>();
  const input: Input = (name, shape, fill = normal, of) => {
    const value = graph.input(name, { shape, dtype: 'f32', rowsPerSample: of ? rowsPerSample : 0 });
    fills.set(name, between ? (random, index) => 2 * fill(random, index) : fill);
    return between ? graph.apply(scaleOp, [value], { factor: 0.5 }, `${name}/before`)[0]! : value;
  };
  const output = op.build(graph, size, input);
  const inputs = new Map(
    graph.values
      .filter(({ origin }) => origin !== 'node')
      .map((value, i) => {
        const random = new Random(17 + i);
        const fill = fills.get(value.name) ?? targetFill(op.name, size);
        return [value.name, tensor64(value.type.shape, (at) => Math.fround(fill(random, at)))] as const;
      }),
  );
  return { graph, output, inputs };
}
