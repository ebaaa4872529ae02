// Cases of one PyTorch operation, forward and backward: each is a small graph, differentiated by the engine.
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Op } from '../../src/graph/op.ts';
import { bceWithLogits, LOSSES, weightedCrossEntropy } from '../../src/nn/losses.ts';
import { matmulRows, prelu, softmaxAlong } from '../../src/ops/along.ts';
import { batchNormInferOp, batchNormOp, updateRunningOp } from '../../src/ops/batch_norm.ts';
import { maximumOp, minimumOp, powerOp } from '../../src/ops/compare.ts';
import { concatOp } from '../../src/ops/concat.ts';
import { copyOp } from '../../src/ops/copy.ts';
import { addOp, divideOp, multiplyOp, scaleOp, subtractOp } from '../../src/ops/elementwise.ts';
import { endStepOp } from '../../src/ops/end_step.ts';
import { crossEntropyOp, type ElementwiseLoss, elementwiseLossOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { fillPadding, fillPaddingOp } from '../../src/ops/padding.ts';
import * as ops from '../../src/ops/public.ts';
import { type Reduction, reduceAlong } from '../../src/ops/reduce.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { padOp, sliceOp, transposeOp } from '../../src/ops/strided.ts';
import { weighing } from '../../src/ops/target_weights.ts';
import { type DType, roundUp, sizeOf } from '../../src/shape.ts';
import { type Case, compare, FINE, requireAsked, Skip, type TensorRef, type Tensors, type Verdict, worse } from './format.ts';
import { applyFunction, isFunction, onChannelsLast } from './functions.ts';
import type { Stage } from './stage.ts';

type None = Record<never, never>;

/** A case while its graph is being built. */
interface Call {
  readonly graph: Graph;
  // biome-ignore lint/suspicious/noExplicitAny: attributes of any operation
  readonly attrs: any;
  /** Rows of the batch that are true; the rest is padding. */
  rows: number;
  /** A tensor of the case; the same name gives the same value. */
  input(name: string): Value;
  has(name: string): boolean;
  readonly names: readonly string[];
  ints(name: string): Int32Array;
  /** Numbers of a tensor that the graph is built with. */
  data(name: string): Float32Array;
  shape(name: string): readonly number[];
  /** A further input of the graph with its values. */
  feed(name: string, shape: readonly number[], data: Float32Array, dtype?: DType): Value;
  /** A tensor of the case as a running statistic. */
  running(name: string): Value;
}

/** The outputs, or the losses of rows whose mean is the output, over the weight of them all where there is one. */
type Built = Value[] | { readonly losses: Value; readonly weight?: Value | undefined };

const one = (graph: Graph, op: Op<None>, ...inputs: Value[]): Value => graph.apply(op, inputs, {})[0]!;

const pair =
  (op: Op<None>) =>
  ({ graph, input }: Call): Built => [one(graph, op, input('a'), input('b'))];

const reduced =
  (kind: Reduction) =>
  ({ graph, attrs, input }: Call): Built => [reduceAlong(graph, kind, input('x'), attrs.axes, attrs.keepdims)];

/** x wᵀ + b, the weight [out, in]. */
function dense(graph: Graph, x: Value, w: Value, b?: Value): Value {
  const product = graph.apply(matmulOp, [x, w], { transposeB: true })[0]!;
  return b ? one(graph, addOp, product, b) : product;
}

/** Any shape as [rows, columns]: a loss is a mean over all elements. */
function matrix(graph: Graph, x: Value): Value {
  const [rows = 1] = x.type.shape;
  return reshape(graph, x, [rows, sizeOf(x.type.shape) / rows]);
}

/** The mean over the batch is what the engine trains; sums and single rows are made of the losses of rows. */
function lossOf(call: Call, losses: Value, columns: number): Built {
  const { graph, attrs } = call;
  call.rows = losses.type.shape[0]!;
  if (attrs.reduction === 'none') return [losses];
  if (attrs.reduction === 'sum') return [reduceAlong(graph, 'sum', graph.apply(scaleOp, [losses], { factor: columns })[0]!, [0], false)];
  return { losses };
}

const loss =
  ({ entry }: { entry: ElementwiseLoss }, params: readonly string[] = []) =>
  (call: Call): Built => {
    // Losses of single elements are those of rows of one.
    const single = call.attrs.reduction === 'none';
    const shaped = (v: Value): Value => (single ? reshape(call.graph, v, [sizeOf(v.type.shape), 1]) : matrix(call.graph, v));
    const y = shaped(call.input('x'));
    const targets = shaped(call.input('t'));
    const losses = call.graph.apply(elementwiseLossOp, [y, targets], {
      entry,
      params: Object.fromEntries(params.map((key) => [key, call.attrs[key]])),
    })[0]!;
    return single ? [reshape(call.graph, losses, call.input('x').type.shape)] : lossOf(call, losses, y.type.shape[1]!);
  };

function crossEntropy(call: Call): Built {
  const { graph, attrs } = call;
  const x = call.input('x');
  if (attrs.weight || call.has('weight')) throw new Skip('cross entropy with class weights by another name than cw');
  if (x.type.shape.length !== 2) throw new Skip(`cross entropy of rank ${x.type.shape.length}`);
  const soft = ['t', 'q', 'target'].find((name) => call.has(name));
  const rows = x.type.shape[0]!;
  const ignored: number | undefined = attrs.ignoreIndex ?? undefined;
  const classWeights = call.has('cw') ? [...call.data('cw')] : undefined;
  const labels = soft ? call.input(soft) : call.feed('labels', [rows, 1], Float32Array.from(call.ints('target')), 'i32');
  const options = { labelSmoothing: attrs.labelSmoothing ?? 0, ...(classWeights ? { classWeights } : {}) };
  const mean = attrs.reduction === 'mean' || attrs.reduction === undefined;
  if (mean && !soft) {
    if (ignored !== undefined && call.ints('target').every((label) => label === ignored)) throw new Skip('cross entropy of which nothing counts');
    const weighed = weightedCrossEntropy({ ...options, ...(ignored === undefined ? {} : { ignoreIndex: ignored }) });
    const losses = weighed.build(graph, x, labels);
    call.rows = rows;
    return { losses, weight: weighed.weight!(graph, losses) };
  }
  const losses = graph.apply(crossEntropyOp, [x, labels], {
    targets: soft ? 'probability' : 'index',
    smoothing: options.labelSmoothing,
    weighing: weighing(classWeights, soft ? undefined : ignored),
  })[0]!;
  return lossOf(call, losses, 1);
}

/** Binary cross entropy, where there is a weight for positive targets: by column of a matrix as trainers have it, else element by element. */
function bce(call: Call): Built {
  if (!call.has('pw')) return loss(LOSSES.bce_with_logits)(call);
  const { graph, attrs } = call;
  const [x, t] = [call.input('x'), call.input('t')];
  const posWeight = [...call.data('pw')];
  const columns = x.type.shape[1];
  if (attrs.reduction === 'mean' && x.type.shape.length === 2 && [1, columns].includes(posWeight.length)) {
    const weighed = bceWithLogits({ posWeight: posWeight.length === 1 ? posWeight[0]! : posWeight });
    return lossOf(call, weighed.build(graph, x, t), columns!);
  }
  const weight = ops.reshape(ops.tensor(x, posWeight), call.shape('pw'));
  const each = ops.add(ops.mul(ops.sub(1, t), x), ops.mul(ops.add(1, ops.mul(ops.sub(weight, 1), t)), ops.softplus(ops.neg(x))));
  return [attrs.reduction === 'none' ? each : attrs.reduction === 'sum' ? ops.sum(each) : ops.mean(each)];
}

/** [batch, channels, ...] as [rows, channels], the batch padded as the trainer pads it; and the way back. */
function channelsLast(call: Call, x: Value): { rows: Value; back(y: Value): Value } {
  const { graph } = call;
  const { shape } = x.type;
  const perm = [0, ...shape.keys()].filter((d, i) => i === 0 || d > 1).concat(1);
  const moved = shape.length === 2 ? x : graph.apply(transposeOp, [x], { perm })[0]!;
  const channels = shape[1]!;
  const count = sizeOf(shape) / channels;
  const flat = reshape(graph, moved, [count, channels]);
  const padded = roundUp(count, 4);
  const starts = [0, 0];
  const steps = [1, 1];
  call.rows = count;
  const filled = padded === count ? flat : graph.apply(padOp, [flat], { starts, steps, shape: [padded, channels], value: 0 })[0]!;
  return {
    rows: graph.apply(fillPaddingOp, [filled], { value: 0, rowsPerSample: 1, batch: true, finite: false })[0]!,
    back: (batch) => {
      const y = fillPadding(graph, batch, 0);
      const cut = y.type.shape[0] === count ? y : graph.apply(sliceOp, [y], { starts, steps, shape: [count, channels] })[0]!;
      const unflat = reshape(graph, cut, moved.type.shape);
      return shape.length === 2 ? unflat : graph.apply(transposeOp, [unflat], { perm: perm.map((_, d) => perm.indexOf(d)) })[0]!;
    },
  };
}

function batchNorm(call: Call): Built {
  const { graph, attrs, input } = call;
  const mean = call.running('running_mean');
  const variance = call.running('running_var');
  const { rows, back } = channelsLast(call, input('x'));
  if (!attrs.training) {
    return [back(graph.apply(batchNormInferOp, [rows, input('gamma'), input('beta'), mean, variance], { epsilon: attrs.eps })[0]!), mean, variance];
  }
  const [y, batch] = graph.apply(batchNormOp, [rows, input('gamma'), input('beta')], { epsilon: attrs.eps });
  graph.apply(updateRunningOp, [batch!, mean, variance], { layers: [{ momentum: attrs.momentum, rowsPerSample: 1 }] });
  return [back(y!), mean, variance];
}

function matmul({ graph, attrs, input }: Call): Built {
  const { transA, transB } = attrs;
  if (!transA && !transB) return [matmulRows(graph, input('a'), input('b'))];
  return graph.apply(matmulOp, [input('a'), input('b')], { transposeA: Boolean(transA), transposeB: Boolean(transB) });
}

/** Between PyTorch's order and this library's: images [batch, channels, height, width], weights [filters, channels, height, width]. */
const imagesOf = (x: Value): Value => ops.transpose(x, [0, 2, 3, 1]);
const backToChannels = (y: Value): Value => ops.transpose(y, [0, 3, 1, 2]);
const weightOf = (w: Value): Value => ops.transpose(w, [2, 3, 1, 0]);

/** A convolution in PyTorch's order. */
function convolution(x: Value, w: Value, b: Value | undefined, options: ops.Conv2dOptions): Value {
  const y = ops.conv2d(imagesOf(x), weightOf(w), options);
  return backToChannels(b ? ops.add(y, b) : y);
}

/** A tensor of one height. */
const asImages = (x: Value): Value => ops.reshape(x, [...x.type.shape.slice(0, 2), 1, x.type.shape[2]!]);

const OPS: Readonly<Record<string, (call: Call) => Built>> = {
  add: pair(addOp),
  sub: pair(subtractOp),
  mul: pair(multiplyOp),
  div: pair(divideOp),
  maximum: pair(maximumOp),
  minimum: pair(minimumOp),
  pow: pair(powerOp),
  matmul,
  dense: ({ graph, input, has }) => [dense(graph, input('x'), input('w'), has('b') ? input('b') : undefined)],
  prelu: ({ graph, input }) => {
    const x = input('x');
    const slope = input('slope');
    return [prelu(graph, x, reshape(graph, slope, [slope.type.shape[0]!, ...x.type.shape.slice(2).map(() => 1)]))];
  },
  softmax: ({ graph, attrs, input }) => [softmaxAlong(graph, input('x'), attrs.axis)],
  log_softmax: ({ graph, attrs, input }) => [softmaxAlong(graph, input('x'), attrs.axis, true)],
  cross_entropy: crossEntropy,
  mse: loss(LOSSES.mse),
  mae: loss(LOSSES.mae),
  huber: loss(LOSSES.huber, ['delta']),
  bce_with_logits: bce,
  hinge: loss(LOSSES.hinge),
  squared_hinge: loss(LOSSES.squared_hinge),
  kl_div: (call) => {
    const y = softmaxAlong(call.graph, call.input('x'), -1, true);
    if (call.attrs.reduction !== 'batchmean') throw new Skip(`kl_div with reduction ${call.attrs.reduction}`);
    return lossOf(call, call.graph.apply(elementwiseLossOp, [y, call.input('q')], { entry: LOSSES.kl_div.entry, params: {} })[0]!, 1);
  },
  batchnorm: batchNorm,
  layernorm: ({ attrs, input }) => [ops.layerNorm(input('x'), { axis: attrs.axis, eps: attrs.eps, weight: input('gamma'), bias: input('beta') })],
  rmsnorm: ({ attrs, input }) => [ops.rmsNorm(input('x'), { eps: attrs.eps, weight: input('gamma') })],
  groupnorm: ({ attrs, input }) => [
    onChannelsLast(input('x'), (x) => ops.groupNorm(x, { groups: attrs.groups, eps: attrs.eps, weight: input('gamma'), bias: input('beta') })),
  ],
  instancenorm: ({ attrs, input }) => [onChannelsLast(input('x'), (x) => ops.instanceNorm(x, { eps: attrs.eps, weight: input('gamma'), bias: input('beta') }))],
  dropout_masked: ({ graph, attrs, input }) => [graph.apply(scaleOp, [one(graph, multiplyOp, input('x'), input('mask'))], { factor: 1 / (1 - attrs.p) })[0]!],
  reduce_sum: reduced('sum'),
  reduce_mean: reduced('mean'),
  reduce_max: reduced('max'),
  reduce_min: reduced('min'),
  reduce_var: reduced('variance'),
  reduce_l2: reduced('l2'),
  reduce_l1: reduced('l1'),
  reduce_logsumexp: reduced('log_sum_exp'),
  conv2d: ({ attrs, input, has }) => {
    if (attrs.layout !== 'NCHW' || attrs.weightLayout !== '[O,I/groups,kH,kW]') throw new Skip(`conv2d of ${attrs.layout}, ${attrs.weightLayout}`);
    const { stride, padding, dilation, groups } = attrs;
    return [convolution(input('x'), input('w'), has('b') ? input('b') : undefined, { stride, padding, dilation, groups })];
  },
  conv1d: ({ attrs, input, has }) => {
    const y = convolution(asImages(input('x')), asImages(input('w')), has('b') ? input('b') : undefined, {
      stride: [1, attrs.stride],
      padding: [0, attrs.padding],
    });
    return [ops.reshape(y, y.type.shape.toSpliced(2, 1))];
  },
  conv_transpose2d: ({ attrs, input, has }) => {
    if (attrs.weightLayout !== '[I,O,kH,kW]') throw new Skip(`conv_transpose2d of ${attrs.weightLayout}`);
    const { stride, padding, outputPadding } = attrs;
    const y = ops.convTranspose2d(imagesOf(input('x')), weightOf(input('w')), { stride, padding, outputPadding });
    return [backToChannels(has('b') ? ops.add(y, input('b')) : y)];
  },
  maxpool2d: ({ attrs: { kernel, stride, padding, dilation, ceil }, input }) => [
    backToChannels(ops.maxPool2d(imagesOf(input('x')), { kernelSize: kernel, stride, padding, dilation, ceilMode: ceil })),
  ],
  avgpool2d: ({ attrs: { kernel, stride, padding, ceil, countIncludePad }, input }) => [
    backToChannels(ops.avgPool2d(imagesOf(input('x')), { kernelSize: kernel, stride, padding, ceilMode: ceil, countIncludePad })),
  ],
  global_avgpool: ({ graph, input }) => {
    const x = input('x');
    return [reduceAlong(graph, 'mean', x, [...x.type.shape.keys()].slice(2), false)];
  },
  transpose: ({ graph, attrs, input }) => graph.apply(transposeOp, [input('x')], { perm: attrs.perm }),
  concat: ({ graph, attrs, names, input }) => {
    const values = names.map(input);
    return graph.apply(concatOp, values, { axis: attrs.axis < 0 ? attrs.axis + values[0]!.type.shape.length : attrs.axis });
  },
  flatten: ({ graph, input }) => [matrix(graph, input('x'))],
  pad: ({ graph, attrs, input }) => {
    const x = input('x');
    const pads: Readonly<Record<string, [number, number]>> = attrs.pads;
    const around = x.type.shape.map((_, d): [number, number] => pads['NCHW'[d] ?? ''] ?? [0, 0]);
    return graph.apply(padOp, [x], {
      starts: around.map(([before]) => before),
      steps: around.map(() => 1),
      shape: x.type.shape.map((size, d) => size + around[d]![0] + around[d]![1]),
      value: attrs.value ?? 0,
    });
  },
  residual_conv: ({ attrs, input }) => {
    if (attrs.formula !== 'x + conv2(tanh(conv1(x))), pad 1') throw new Skip(`residual_conv as ${attrs.formula}`);
    const x = input('x');
    const inner = ops.tanh(convolution(x, input('w1'), input('b1'), { padding: 1 }));
    return [ops.add(x, convolution(inner, input('w2'), input('b2'), { padding: 1 }))];
  },
  residual_dense: ({ graph, attrs, input }) => {
    if (attrs.formula !== 'relu(x + dense2(relu(dense1(x))))') throw new Skip(`residual_dense as ${attrs.formula}`);
    const x = input('x');
    const inner = applyFunction(graph, 'relu', dense(graph, x, input('w1'), input('b1')));
    return [applyFunction(graph, 'relu', one(graph, addOp, x, dense(graph, inner, input('w2'), input('b2'))))];
  },
};

/** Attributes that the operations above read, or that only describe; another one is not claimed. */
const ATTRIBUTES: ReadonlySet<string> = new Set(
  'note layout weightLayout axis axes keepdims eps momentum training reduction delta labelSmoothing softTargets ignoreIndex weight perm pads value groups p transA transB formula stride padding outputPadding dilation kernel ceil countIncludePad'.split(
    ' ',
  ),
);

/** Runs a case of torch_ops. Throws Skip for what is not claimed. */
export async function runTorchOp(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const build = OPS[c.op] ?? (isFunction(c.op) ? (call: Call): Built => [applyFunction(call.graph, c.op, call.input('x'), call.attrs)] : undefined);
  if (!build) throw new Skip(c.op);
  const unknown = Object.keys(c.attrs).find((key) => !ATTRIBUTES.has(key) && !isFunction(c.op));
  if (unknown) throw new Skip(`${c.op} with ${unknown}`);
  const graph = new Graph();
  const refs: TensorRef[] = [...c.inputs, ...(c.params ?? [])];
  const fed = new Map<Value, Float32Array>();
  const inputs = new Map<string, Value>();
  const ints: TensorRef[] = c.ints ?? [];
  const asked = new Set<string>();
  const find = (name: string): TensorRef => {
    asked.add(name);
    const ref = refs.find((r) => r.name === name);
    if (!ref) throw new Error(`${c.id} has no tensor ${name}`);
    return ref;
  };
  const feed: Call['feed'] = (name, shape, data, dtype = 'f32') => {
    const value = graph.input(name, shape, { dtype });
    fed.set(value, data);
    return value;
  };
  const call: Call = {
    graph,
    attrs: c.attrs,
    rows: 1,
    feed,
    names: refs.map((r) => r.name),
    has: (name) => refs.some((r) => r.name === name),
    ints: (name) => {
      asked.add(name);
      return tensors.i32(ints.find((r) => r.name === name)!);
    },
    data: (name) => tensors.f32(find(name)),
    shape: (name) => find(name).shape,
    input: (name) => {
      const value = inputs.get(name) ?? feed(name, find(name).shape, tensors.f32(find(name)));
      inputs.set(name, value);
      return value;
    },
    running: (name) => {
      const value = graph.buffer(name, find(name).shape);
      fed.set(value, tensors.f32(find(name)));
      return value;
    },
  };
  const built = build(call);
  requireAsked(
    c.op,
    [...refs, ...ints].map((ref) => ref.name),
    asked,
  );
  const outputs = Array.isArray(built) ? built : [];
  const wanted: TensorRef[] = c.grads ?? [];
  const gradients = new Map<string, Value>();
  const target = Array.isArray(built) ? built[0]! : built.losses;
  if (wanted.length > 0) {
    // Without an upstream the output is a scalar, whose own gradient is 1; null is the mean over the batch.
    const upstream = c.upstream ? tensors.f32(c.upstream) : Float32Array.of(1);
    const seed = Array.isArray(built) ? feed('upstream', target.type.shape, upstream) : null;
    const all = differentiate(target, seed);
    for (const { name } of wanted) gradients.set(name, one(graph, copyOp, all.get(inputs.get(name)!)!));
  }
  const weight = Array.isArray(built) || !built.weight ? [] : [built.weight];
  if (!Array.isArray(built)) graph.apply(endStepOp, [target, ...weight], { maxNorm: 0, beta1: 0, beta2: 0 });

  const session = await stage.session(graph, { keep: [...outputs, ...gradients.values()], rows: call.rows });
  try {
    for (const [value, data] of fed) session.write(value, data);
    session.run();
    let worst = FINE;
    let strict = FINE;
    const check = (ref: TensorRef, got: ArrayLike<number>, name: string): void => {
      const expected = tensors.numbers(ref);
      worst = worse(worst, compare(name, got, expected, ref.tol ?? {}));
      strict = worse(strict, compare(name, got, expected, ref.tolStrict ?? ref.tol ?? {}));
    };
    for (const [i, ref] of (c.outputs as TensorRef[]).entries()) {
      const got = Array.isArray(built) ? await session.read(outputs[i]!) : [await session.runWord('loss')];
      check(ref, got, ref.name);
    }
    for (const ref of wanted) check(ref, await session.read(gradients.get(ref.name)!), `gradient of ${ref.name}`);
    return { worst, strict };
  } finally {
    session.destroy();
  }
}
