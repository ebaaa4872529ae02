// Five samples in a batch of eight whose padded rows hold 1e4, infinity and NaN must be five samples in a batch of five: cases of every op, and of what is made of ops.
import { differentiate } from '../../src/autodiff.ts';
import type { LayerDocument } from '../../src/experiment/document.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { layer as customLayer } from '../../src/nn/custom.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { graphLayer } from '../../src/nn/layers/graph.ts';
import {
  activation,
  add,
  avgPool2d,
  batchNorm,
  concat,
  conv1d,
  conv2d,
  convTranspose2d,
  dense,
  dropout,
  flatten,
  globalAvgPool2d,
  groupNorm,
  instanceNorm,
  layerNorm,
  maxPool2d,
  repeat,
  reshape,
  residual,
  rmsNorm,
  upsample2d,
  zeroPad2d,
} from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { matmulRows, prelu, softmaxAlong } from '../../src/ops/along.ts';
import { multiplyOp } from '../../src/ops/elementwise.ts';
import { reshape as reshapeValue } from '../../src/ops/public.ts';
import { type Reduction, reduceAlong } from '../../src/ops/reduce.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { sizeOf } from '../../src/shape.ts';
import { ALL_CASES, buildCase, normal, type OpCase } from './op_cases.ts';
import { ALL_PUBLIC_CASES } from './public_cases.ts';

const PADDED = 8;
/** Of the padded samples, in turn. */
const LOUD = [1e4, Number.POSITIVE_INFINITY, Number.NaN];
const COLUMNS = 6;

/** Values apart from each other, so that no two are the same extreme; positive where a logarithm is taken. */
const apart = (_random: Random, index: number): number => 0.3 + ((index * 37) % 101) / 40;
/** A reduction that is not named here does not compile. */
const REDUCTIONS = Object.keys({
  sum: 0,
  mean: 0,
  max: 0,
  min: 0,
  l2: 0,
  log_sum_exp: 0,
  l1: 0,
  sum_of_squares: 0,
  log_sum: 0,
  variance: 0,
  product: 0,
} satisfies Record<Reduction, 0>) as Reduction[];

/** A layer of images in a network of rows. */
const ofImages = (inner: Layer): Layer => sequential([reshape({ shape: [1, 2, 3] }), inner, flatten()]).layer;

/** Every layer of documents, in a small network; one that is not named here does not compile. */
const LAYERS: Record<LayerDocument['type'], Layer> = {
  dense: dense(5),
  activation: activation('tanh'),
  flatten: flatten(),
  reshape: sequential([reshape({ shape: [3, 2] }), flatten()]).layer,
  conv2d: ofImages(conv2d({ filters: 4, kernelSize: [1, 2], padding: 'same' })),
  conv1d: sequential([reshape({ shape: [3, 2] }), conv1d({ filters: 4, kernelSize: 2 }), flatten()]).layer,
  conv_transpose2d: ofImages(convTranspose2d({ filters: 4, kernelSize: 2, stride: 2 })),
  upsample2d: ofImages(upsample2d({ scaleFactor: 2, mode: 'bilinear' })),
  zero_pad2d: ofImages(zeroPad2d({ padding: [0, 1, 1, 0] })),
  max_pool2d: ofImages(maxPool2d({ kernelSize: [1, 2] })),
  avg_pool2d: ofImages(avgPool2d({ kernelSize: 2, stride: 1, padding: [1, 0] })),
  global_avg_pool2d: ofImages(globalAvgPool2d()),
  batch_norm: batchNorm(),
  layer_norm: layerNorm(),
  rms_norm: rmsNorm(),
  group_norm: groupNorm({ groups: 2 }),
  instance_norm: sequential([customLayer('positions', (x) => reshapeValue(x, [-1, 3, 2])), instanceNorm({ affine: true }), flatten()]).layer,
  dropout: dropout(0.3),
  residual: residual([dense(COLUMNS), activation('sigmoid'), dense(5)]),
  concat: concat([[dense(3), activation('relu')], [dense(2)]]),
  add: add([[dense(3)], [dense(3), activation('tanh')]]),
  repeat: repeat(2, [dense(4), batchNorm()])[0]!,
  graph: graphLayer(
    [
      { name: 'a', from: ['x'], layers: [dense(3), activation('relu')] },
      { name: 'b', from: ['x', 'a'], join: 'concat', layers: [dense(3)] },
      { name: 'c', from: ['a', 'b'], join: 'add', layers: [] },
    ],
    'c',
  ),
  sequential: sequential([dense(4), activation('tanh')]).layer,
};

/** Functions of several ops: over the batch, over the columns, over all; norms; products. */
const FUNCTION_CASES: readonly OpCase[] = [
  ...REDUCTIONS.flatMap((kind) =>
    [[0], [1], [0, 1]].map(
      (axes): OpCase => ({
        name: `${kind} over ${axes.join(' and ')}`,
        build: (graph, { rows, columns }, input) => reduceAlong(graph, kind, input('x', [rows, columns], apart, 'samples'), axes, false),
        ...(kind === 'product' ? { noGradient: 'it has none' } : {}),
      }),
    ),
  ),
  { name: 'softmax', build: (graph, { rows, columns }, input) => softmaxAlong(graph, input('x', [rows, 2, columns], normal, 'samples'), 1) },
  { name: 'prelu', build: (graph, { rows, columns }, input) => prelu(graph, input('x', [rows, columns], normal, 'samples'), input('slope', [columns])) },
  {
    name: 'a product of samples and weights',
    build: (graph, { rows, columns }, input) => matmulRows(graph, input('a', [rows, 3, columns], normal, 'samples'), input('b', [columns, 5])),
  },
  {
    name: 'a product within samples',
    build: (graph, { rows, columns }, input) =>
      matmulRows(graph, input('a', [rows, 3, columns], normal, 'samples'), input('b', [rows, columns, 2], normal, 'samples')),
  },
  {
    name: 'a product with its mean',
    build: (graph, { rows, columns }, input) => {
      const x = input('x', [rows, columns], normal, 'samples');
      return graph.apply(multiplyOp, [x, reduceAlong(graph, 'mean', x, [0], true)], {})[0]!;
    },
  },
];

const LAYER_CASES = Object.entries(LAYERS).map(
  ([type, layer]): OpCase => ({
    name: `layer ${type}`,
    build: (graph, { rows, columns }, input) =>
      sequential([dense(COLUMNS), layer, dense(2)]).build(graph, input('x', [rows, columns], normal, 'samples'), 'train', new Map()).output,
    ...(type === 'batch_norm' ? { fourRows: true } : {}),
  }),
);

export interface PaddingCase {
  readonly name: string;
  readonly op: OpCase;
  readonly rowsPerSample: number;
  /** True samples; the batch holds 8. */
  readonly samples: number;
  /** Of a loss without an upstream gradient, which means the mean over the true rows. */
  readonly mean: boolean;
}

/** Every case that takes a batch, with one row per sample and with four. */
export const PADDING_CASES: readonly PaddingCase[] = [...ALL_CASES, ...FUNCTION_CASES, ...LAYER_CASES, ...ALL_PUBLIC_CASES].flatMap((op) => {
  const { graph } = buildCase(op, { rows: 8, columns: COLUMNS }, new Graph(), { rowsPerSample: 1 });
  if (!graph.values.some(({ origin, type }) => origin === 'input' && type.rowsPerSample > 0)) return [];
  return [1, 4].flatMap((rowsPerSample) =>
    (op.loss ? [false, true] : [false]).map((mean) => ({
      name: `${op.name}${mean ? ', its mean' : ''}, ${rowsPerSample === 1 ? 'a row' : '4 rows'} per sample`,
      op,
      rowsPerSample,
      // A batch norm's batch holds a multiple of 4 rows.
      samples: op.fourRows ? 4 : 5,
      mean,
    })),
  );
});

/** Ops whose cases take no batch: what they would do to one is refused (shape_errors.test.ts). */
export const WITHOUT_BATCH: readonly string[] = [...new Set(ALL_CASES.filter((op) => !PADDING_CASES.some((c) => c.op === op)).map((op) => op.name))];

/** A case with its outputs and all gradients. */
export interface Run {
  readonly graph: Graph;
  readonly inputs: ReadonlyMap<string, Tensor64>;
  readonly outputs: readonly Value[];
}

function build({ op, rowsPerSample, mean }: PaddingCase, samples: number): Run & { given: Map<string, Tensor64> } {
  const graph = new Graph();
  const { output, inputs } = buildCase(op, { rows: samples * rowsPerSample, columns: COLUMNS }, graph, { rowsPerSample });
  const given = new Map(inputs);
  const outputs = [...graph.nodes.at(-1)!.outputs.filter((value) => value !== output), output];
  if (!op.noGradient) {
    const random = new Random(23);
    const seed = mean ? null : graph.input('upstream', output.type);
    if (seed)
      given.set(
        'upstream',
        tensor64(seed.type.shape, () => Math.fround(random.normal())),
      );
    const gradients = differentiate(output, seed);
    for (const name of inputs.keys()) {
      const gradient = gradients.get(graph.find(name)!);
      if (gradient) outputs.push(gradient);
    }
  }
  return { graph, inputs: given, outputs, given };
}

/** The case with its true samples alone, and among loud padding. */
export function padded(c: PaddingCase): { alone: Run; among: Run } {
  const alone = build(c, c.samples);
  const among = build(c, PADDED);
  for (const [name, { shape, data }] of alone.inputs) {
    const { type } = among.graph.find(name)!;
    const size = sizeOf(type.shape);
    const whole = Float64Array.from({ length: size }, (_, i) => LOUD[type.dtype === 'i32' ? 0 : Math.floor((i * PADDED) / size) % LOUD.length]!);
    whole.set(data);
    among.given.set(name, { shape: type.rowsPerSample > 0 ? type.shape : shape, data: whole });
  }
  return { alone, among };
}

/** What counts of a value of the padded run: its first samples, or all where it belongs to none. */
export function counted(value: Value, data: ArrayLike<number>, samples: number): number[] {
  const { shape, rowsPerSample } = value.type;
  const size = rowsPerSample > 0 ? (data.length / shape[0]!) * rowsPerSample * samples : data.length;
  return Array.from(data).slice(0, size);
}
