// Cases of ONNX: a small interpreter that turns nodes into the engine's operations. What a node needs and the engine does not
// claim is skipped by name.
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Op } from '../../src/graph/op.ts';
import { matmulRows, prelu, softmaxAlong } from '../../src/ops/along.ts';
import { batchNormInferOp } from '../../src/ops/batch_norm.ts';
import { broadcast, broadcastShape } from '../../src/ops/broadcast.ts';
import { maximumOp, minimumOp, powerOp, safeDivideOp } from '../../src/ops/compare.ts';
import { concatOp } from '../../src/ops/concat.ts';
import { copyOp } from '../../src/ops/copy.ts';
import { addOp, divideOp, multiplyOp, scaleOp, subtractOp } from '../../src/ops/elementwise.ts';
import { crossEntropyOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import * as ops from '../../src/ops/public.ts';
import { type Reduction, reduceAlong } from '../../src/ops/reduce.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { padOp, sliceOp, transposeOp } from '../../src/ops/strided.ts';
import { type DType, sizeOf } from '../../src/shape.ts';
import { type Case, compare, FINE, requireAsked, Skip, type TensorRef, type Tensors, type Verdict, worse } from './format.ts';
import { applyFunction, fromStart, onChannelsLast, oneHot } from './functions.ts';
import { IMAGE_NODES } from './onnx_images.ts';
import { PICK_NODES } from './onnx_picks.ts';
import type { Stage } from './stage.ts';

type None = Record<never, never>;

interface NodeRef {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: attributes of any operation
  readonly attrs: any;
}

/** A node while it is being lowered. */
interface Call {
  readonly graph: Graph;
  readonly opset: number;
  // biome-ignore lint/suspicious/noExplicitAny: attributes of any operation
  readonly attrs: any;
  readonly outputs: number;
  /** Whether input i is there. */
  has(i: number): boolean;
  count(): number;
  value(i: number): Value;
  /** An input that must be known when the graph is built: axes, shapes, bounds. */
  numbers(i: number): number[];
  /** An input as i32, which must be known when the graph is built; with a size those below 0 are counted from its end. */
  integers(i: number, size?: number): Value;
  /** A further input of the graph with its values. */
  feed(shape: readonly number[], data: Float32Array, options?: { name?: string; dtype?: DType }): Value;
}

const one = (graph: Graph, op: Op<None>, ...inputs: Value[]): Value => graph.apply(op, inputs, {})[0]!;
const scaled = (graph: Graph, x: Value, factor: number): Value => (factor === 1 ? x : graph.apply(scaleOp, [x], { factor })[0]!);

const unary =
  (name: string, params: (attrs: Call['attrs']) => Readonly<Record<string, unknown>> = () => ({})) =>
  ({ graph, value, attrs }: Call): Value[] => [applyFunction(graph, name, value(0), params(attrs))];

/** Before opset 7 the second operand's dimensions could stand anywhere: `axis` says from where. */
const binary =
  (op: Op<None>) =>
  ({ graph, value, attrs }: Call): Value[] => {
    const [a, b] = [value(0), value(1)];
    const rank = a.type.shape.length;
    if (attrs.axis === undefined || b.type.shape.length === 0) return [one(graph, op, a, b)];
    const behind = rank - fromStart(attrs.axis, rank) - b.type.shape.length;
    return [one(graph, op, a, reshape(graph, b, [...b.type.shape, ...Array<number>(Math.max(0, behind)).fill(1)]))];
  };

const fold =
  (op: Op<None>) =>
  ({ graph, value, count }: Call): Value[] => {
    const values = Array.from({ length: count() }, (_, i) => value(i));
    return [values.length === 1 ? one(graph, copyOp, values[0]!) : values.reduce((a, b) => one(graph, op, a, b))];
  };

const reduced =
  (kind: Reduction) =>
  ({ graph, value, attrs, has, numbers }: Call): Value[] => {
    const x = value(0);
    const given: number[] = attrs.axes ?? (has(1) ? numbers(1) : []);
    if (given.length === 0 && attrs.noop_with_empty_axes) return [kind === 'sum' ? one(graph, copyOp, x) : reduceAlong(graph, kind, x, [], true)];
    return [reduceAlong(graph, kind, x, given.length > 0 ? given : [...x.type.shape.keys()], attrs.keepdims !== 0)];
  };

/** Before opset 13 softmax saw all dimensions from `axis` on as one. */
const softmax =
  (log: boolean) =>
  ({ graph, value, attrs, opset }: Call): Value[] => {
    const x = value(0);
    const { shape } = x.type;
    if (opset >= 13) return [softmaxAlong(graph, x, attrs.axis ?? -1, log)];
    const axis = fromStart(attrs.axis ?? 1, shape.length);
    const flat = reshape(graph, x, [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))]);
    return [reshape(graph, softmaxAlong(graph, flat, -1, log), shape)];
  };

function gemm({ graph, value, attrs, has }: Call): Value[] {
  const product = scaled(
    graph,
    graph.apply(matmulOp, [value(0), value(1)], { transposeA: Boolean(attrs.transA), transposeB: Boolean(attrs.transB) })[0]!,
    attrs.alpha ?? 1,
  );
  return [has(2) ? one(graph, addOp, product, scaled(graph, value(2), attrs.beta ?? 1)) : product];
}

function batchNorm({ graph, value, attrs, opset, outputs }: Call): Value[] {
  const training = opset >= 14 ? attrs.training_mode === 1 : opset >= 7 ? outputs > 1 : attrs.is_test !== 1;
  if (training) throw new Skip("BatchNormalization in training, with ONNX's biased running variance");
  if (attrs.spatial === 0) throw new Skip('BatchNormalization that is not spatial');
  const x = value(0);
  const { shape } = x.type;
  const perm = [0, ...shape.keys()].filter((d, i) => i === 0 || d > 1).concat(1);
  const moved = graph.apply(transposeOp, [x], { perm })[0]!;
  const rows = reshape(graph, moved, [sizeOf(shape) / shape[1]!, shape[1]!]);
  const y = graph.apply(batchNormInferOp, [rows, value(1), value(2), value(3), value(4)], { epsilon: attrs.epsilon ?? 1e-5 })[0]!;
  return graph.apply(transposeOp, [reshape(graph, y, moved.type.shape)], { perm: perm.map((_, d) => perm.indexOf(d)) });
}

function dropout({ graph, opset, value, attrs, has, numbers, outputs }: Call): Value[] {
  if (outputs > 1) throw new Skip('the mask of Dropout');
  if (opset < 7 && attrs.is_test !== 1) throw new Skip("Dropout with ONNX's random numbers");
  const ratio = has(1) ? numbers(1)[0]! : (attrs.ratio ?? 0.5);
  if (has(2) && numbers(2)[0] !== 0 && ratio !== 0) throw new Skip("Dropout with ONNX's random numbers");
  return [one(graph, copyOp, value(0))];
}

/** [batch, classes, ...] as [rows, classes]. */
function byClass(graph: Graph, x: Value): Value {
  const { shape } = x.type;
  const perm = [0, ...shape.keys()].filter((d, i) => i === 0 || d > 1).concat(1);
  return reshape(graph, shape.length === 2 ? x : graph.apply(transposeOp, [x], { perm })[0]!, [sizeOf(shape) / shape[1]!, shape[1]!]);
}

/** Losses of class indices: the targets as shares, weighted by class where there are weights, zero in ignored rows; a mean is over the shares. */
function classLoss(call: Call, lossesOf: (rows: Value, probabilities: Value) => Value): Value {
  const { graph, value, attrs, has, numbers, feed } = call;
  const { shape } = value(0).type;
  const rows = byClass(graph, value(0));
  const oneHots = feed(rows.type.shape, oneHot(numbers(1), shape[1]!, attrs.ignore_index));
  const probabilities = has(2) ? one(graph, multiplyOp, oneHots, value(2)) : oneHots;
  const losses = lossesOf(rows, probabilities);
  const { reduction = 'mean' } = attrs;
  if (reduction === 'none') return reshape(graph, losses, [shape[0]!, ...shape.slice(2)]);
  const sum = reduceAlong(graph, 'sum', losses, [0], false);
  return reduction === 'sum' ? sum : one(graph, divideOp, sum, reduceAlong(graph, 'sum', probabilities, [0, 1], false));
}

function crossEntropy(call: Call): Value[] {
  const { graph, value, attrs, has, numbers, feed, outputs } = call;
  const plain = !has(2) && attrs.ignore_index === undefined && (attrs.reduction ?? 'mean') === 'mean';
  const loss = plain
    ? reduceAlong(
        graph,
        'mean',
        graph.apply(crossEntropyOp, [byClass(graph, value(0)), feed([numbers(1).length, 1], Float32Array.from(numbers(1)), { dtype: 'i32' })], {
          targets: 'index',
          smoothing: 0,
        })[0]!,
        [0],
        false,
      )
    : classLoss(call, (rows, probabilities) => graph.apply(crossEntropyOp, [rows, probabilities], { targets: 'probability', smoothing: 0 })[0]!);
  return outputs > 1 ? [loss, softmaxAlong(graph, value(0), 1, true)] : [loss];
}

/** Of logarithms of probabilities: -sum of shares times logarithm. */
function negativeLogLikelihood(call: Call): Value[] {
  const { graph } = call;
  return [classLoss(call, (rows, probabilities) => scaled(graph, reduceAlong(graph, 'sum', one(graph, multiplyOp, rows, probabilities), [1], false), -1))];
}

/** The shape that a Reshape asks for: 0 keeps a dimension, -1 takes what is left. */
function wantedShape(shape: readonly number[], wanted: readonly number[], allowZero: boolean): number[] {
  const known = wanted.map((size, d) => (size === 0 && !allowZero ? shape[d]! : size));
  const rest = sizeOf(shape) / known.filter((size) => size !== -1).reduce((a, b) => a * b, 1);
  return known.map((size) => (size === -1 ? rest : size));
}

function axesOf({ attrs, has, numbers }: Call): number[] | undefined {
  return attrs.axes ?? (has(1) ? numbers(1) : undefined);
}

function slice(call: Call): Value[] {
  const { graph, value, attrs, has, numbers } = call;
  const x = value(0);
  const { shape } = x.type;
  const list = (i: number, name: string): number[] | undefined => (has(i) ? numbers(i) : attrs[name]);
  const starts = list(1, 'starts')!;
  const ends = list(2, 'ends')!;
  const axes = (list(3, 'axes') ?? starts.map((_, i) => i)).map((axis) => fromStart(axis, shape.length));
  const steps = list(4, 'steps') ?? starts.map(() => 1);
  const from = shape.map(() => 0);
  const by = shape.map(() => 1);
  const count = [...shape];
  axes.forEach((axis, i) => {
    const size = shape[axis]!;
    const step = steps[i]!;
    const held = (at: number, low: number, high: number): number => Math.min(high, Math.max(low, at < 0 ? at + size : at));
    const first = step > 0 ? held(starts[i]!, 0, size) : held(starts[i]!, 0, size - 1);
    const end = step > 0 ? held(ends[i]!, 0, size) : held(ends[i]!, -1, size - 1);
    from[axis] = first;
    by[axis] = step;
    count[axis] = Math.max(0, Math.ceil((end - first) / step));
  });
  if (count.includes(0)) throw new Skip('an empty tensor');
  return graph.apply(sliceOp, [x], { starts: from, steps: by, shape: count });
}

function split({ graph, value, attrs, has, numbers, outputs }: Call): Value[] {
  const x = value(0);
  const { shape } = x.type;
  const axis = fromStart(attrs.axis ?? 0, shape.length);
  const size = shape[axis]!;
  const even = Math.ceil(size / outputs);
  const parts: number[] = attrs.split ?? (has(1) ? numbers(1) : Array.from({ length: outputs }, (_, i) => Math.min(even, size - i * even)));
  if (parts.some((part) => part <= 0)) throw new Skip('an empty tensor');
  let first = 0;
  return parts.map((part) => {
    const at = first;
    first += part;
    return graph.apply(sliceOp, [x], {
      starts: shape.map((_, d) => (d === axis ? at : 0)),
      steps: shape.map(() => 1),
      shape: shape.map((n, d) => (d === axis ? part : n)),
    })[0]!;
  });
}

function pad({ graph, value, attrs, has, numbers }: Call): Value[] {
  if ((attrs.mode ?? 'constant') !== 'constant') throw new Skip(`Pad in mode ${attrs.mode}`);
  const x = value(0);
  const { shape } = x.type;
  const pads: number[] = attrs.pads ?? attrs.paddings ?? numbers(1);
  const axes = has(3) ? numbers(3).map((axis) => fromStart(axis, shape.length)) : [...shape.keys()];
  const before = shape.map(() => 0);
  const sizes = [...shape];
  axes.forEach((axis, i) => {
    before[axis] = pads[i]!;
    sizes[axis] = shape[axis]! + pads[i]! + pads[i + axes.length]!;
  });
  return graph.apply(padOp, [x], { starts: before, steps: shape.map(() => 1), shape: sizes, value: attrs.value ?? (has(2) ? numbers(2)[0]! : 0) });
}

/** Blocks of pixels to channels or back: a transpose of a reshaped tensor. */
function blocks({ graph, value, attrs }: Call, toDepth: boolean): Value[] {
  const x = value(0);
  const [n, c, h, w] = x.type.shape as [number, number, number, number];
  const b: number = attrs.blocksize;
  if (toDepth) {
    const parts = graph.apply(transposeOp, [reshape(graph, x, [n, c, h / b, b, w / b, b])], { perm: [0, 3, 5, 1, 2, 4] })[0]!;
    return [reshape(graph, parts, [n, c * b * b, h / b, w / b])];
  }
  const crd = attrs.mode === 'CRD';
  const depth = c / (b * b);
  const parts = reshape(graph, x, crd ? [n, depth, b, b, h, w] : [n, b, b, depth, h, w]);
  return [reshape(graph, graph.apply(transposeOp, [parts], { perm: crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2] })[0]!, [n, depth, h * b, w * b])];
}

/** A function that is not in the table: x sigmoid(alpha x). */
function swish(graph: Graph, x: Value, alpha: number): Value {
  return alpha === 1 ? applyFunction(graph, 'silu', x) : one(graph, multiplyOp, x, applyFunction(graph, 'sigmoid', scaled(graph, x, alpha)));
}

const NODES: Readonly<Record<string, (call: Call) => Value[]>> = {
  Abs: unary('abs'),
  Neg: unary('neg'),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Sign: unary('sign'),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Reciprocal: unary('reciprocal'),
  Relu: unary('relu'),
  Sigmoid: unary('sigmoid'),
  Tanh: unary('tanh'),
  Softplus: unary('softplus'),
  Softsign: unary('softsign'),
  HardSwish: unary('hardswish'),
  Mish: unary('mish'),
  Elu: unary('elu', ({ alpha }) => ({ alpha })),
  Celu: unary('celu', ({ alpha }) => ({ alpha })),
  LeakyRelu: unary('leaky_relu', ({ alpha }) => ({ alpha })),
  Selu: unary('selu', ({ alpha, gamma }) => ({ alpha, scale: gamma })),
  HardSigmoid: unary('hardsigmoid', ({ alpha = 0.2, beta = 0.5 }) => ({ alpha, beta })),
  Gelu: unary('gelu', ({ approximate }) => ({ approximate })),
  Swish: ({ graph, value, attrs }) => [swish(graph, value(0), attrs.alpha ?? 1)],
  SwiGLU: ({ graph, value, attrs }) => [one(graph, multiplyOp, swish(graph, value(0), attrs.alpha ?? 1), value(1))],
  Clip: ({ graph, value, attrs, has, numbers }) => {
    const [min, max] = [has(1) ? numbers(1)[0] : attrs.min, has(2) ? numbers(2)[0] : attrs.max];
    return [applyFunction(graph, 'clip', value(0), { min, max })];
  },
  PRelu: ({ graph, value, opset }) => {
    const [x, slope] = [value(0), value(1)];
    const { shape } = x.type;
    const channels = opset < 7 && slope.type.shape.length === 1 && slope.type.shape[0] !== 1;
    return [prelu(graph, x, channels ? reshape(graph, slope, [slope.type.shape[0]!, ...shape.slice(2).map(() => 1)]) : slope)];
  },
  Add: binary(addOp),
  Sub: binary(subtractOp),
  Mul: binary(multiplyOp),
  Div: binary(divideOp),
  Pow: binary(powerOp),
  Max: fold(maximumOp),
  Min: fold(minimumOp),
  Sum: fold(addOp),
  Mean: (call) => [scaled(call.graph, fold(addOp)(call)[0]!, 1 / call.count())],
  MatMul: ({ graph, value }) => [matmulRows(graph, value(0), value(1))],
  Gemm: gemm,
  Softmax: softmax(false),
  LogSoftmax: softmax(true),
  SoftmaxCrossEntropyLoss: crossEntropy,
  NegativeLogLikelihoodLoss: negativeLogLikelihood,
  BatchNormalization: batchNorm,
  LayerNormalization: ({ value, attrs, has }) => {
    const x = value(0);
    const { axis = -1, epsilon: eps = 1e-5 } = attrs;
    const axes = [...x.type.shape.keys()].slice(axis);
    const y = ops.layerNorm(x, { axis, eps, weight: value(1), ...(has(2) ? { bias: value(2) } : {}) });
    return [y, ops.mean(x, axes, { keepDims: true }), ops.rsqrt(ops.add(ops.variance(x, axes, { keepDims: true }), eps))];
  },
  RMSNormalization: ({ value, attrs }) => [ops.rmsNorm(value(0), { axis: attrs.axis ?? -1, eps: attrs.epsilon ?? 1e-5, weight: value(1) })],
  InstanceNormalization: ({ value, attrs }) => [
    onChannelsLast(value(0), (x) => ops.instanceNorm(x, { eps: attrs.epsilon ?? 1e-5, weight: value(1), bias: value(2) })),
  ],
  GroupNormalization: ({ value, attrs }) => {
    if (value(1).type.shape[0] !== value(0).type.shape[1]) throw new Skip('GroupNormalization with a scale per group');
    return [onChannelsLast(value(0), (x) => ops.groupNorm(x, { groups: attrs.num_groups, eps: attrs.epsilon ?? 1e-5, weight: value(1), bias: value(2) }))];
  },
  MeanVarianceNormalization: ({ value, attrs }) => {
    if (attrs.axes && attrs.axes.join() !== '0,2,3') throw new Skip('MeanVarianceNormalization over other axes');
    const channelsFirst = (x: Value): Value => ops.transpose(x, [1, 0, 2, 3]);
    return [channelsFirst(ops.layerNorm(channelsFirst(value(0)), { axis: 1, eps: 1e-18 }))];
  },
  LpNormalization: ({ graph, value, attrs }) => {
    const norm = reduceAlong(graph, (attrs.p ?? 2) === 1 ? 'l1' : 'l2', value(0), [attrs.axis ?? -1], true);
    return [one(graph, safeDivideOp, value(0), norm)];
  },
  Dropout: dropout,
  Identity: ({ graph, value }) => [one(graph, copyOp, value(0))],
  Reshape: ({ graph, value, attrs, has, numbers }) => [
    reshape(graph, value(0), wantedShape(value(0).type.shape, has(1) ? numbers(1) : attrs.shape, attrs.allowzero === 1)),
  ],
  Flatten: ({ graph, value, attrs }) => {
    const { shape } = value(0).type;
    const axis = fromStart(attrs.axis ?? 1, shape.length);
    return [reshape(graph, value(0), [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))])];
  },
  Squeeze: (call) => {
    const { shape } = call.value(0).type;
    const axes = (axesOf(call) ?? shape.flatMap((size, d) => (size === 1 ? [d] : []))).map((axis) => fromStart(axis, shape.length));
    return [
      reshape(
        call.graph,
        call.value(0),
        shape.filter((_, d) => !axes.includes(d)),
      ),
    ];
  },
  Unsqueeze: (call) => {
    const { shape } = call.value(0).type;
    const given = axesOf(call)!;
    const rank = shape.length + given.length;
    const axes = given.map((axis) => fromStart(axis, rank));
    let at = 0;
    return [
      reshape(
        call.graph,
        call.value(0),
        Array.from({ length: rank }, (_, d) => (axes.includes(d) ? 1 : shape[at++]!)),
      ),
    ];
  },
  Transpose: ({ graph, value, attrs }) => graph.apply(transposeOp, [value(0)], { perm: attrs.perm ?? [...value(0).type.shape.keys()].reverse() }),
  Concat: ({ graph, value, attrs, count }) =>
    graph.apply(
      concatOp,
      Array.from({ length: count() }, (_, i) => value(i)),
      { axis: fromStart(attrs.axis ?? 1, value(0).type.shape.length) },
    ),
  Split: split,
  Slice: slice,
  Pad: pad,
  Expand: ({ graph, value, numbers }) => [broadcast(graph, value(0), broadcastShape('expand', value(0).type.shape, numbers(1)))],
  Tile: ({ graph, value, numbers }) => {
    const { shape } = value(0).type;
    const times = numbers(1);
    const spread = broadcast(
      graph,
      reshape(
        graph,
        value(0),
        shape.flatMap((size) => [1, size]),
      ),
      shape.flatMap((size, d) => [times[d]!, size]),
    );
    return [
      reshape(
        graph,
        spread,
        shape.map((size, d) => size * times[d]!),
      ),
    ];
  },
  ...IMAGE_NODES,
  ...PICK_NODES,
  DepthToSpace: (call) => blocks(call, false),
  SpaceToDepth: (call) => blocks(call, true),
  GlobalAveragePool: ({ graph, value }) => [reduceAlong(graph, 'mean', value(0), [...value(0).type.shape.keys()].slice(2), true)],
  GlobalMaxPool: ({ graph, value }) => [reduceAlong(graph, 'max', value(0), [...value(0).type.shape.keys()].slice(2), true)],
  ReduceSum: reduced('sum'),
  ReduceMean: reduced('mean'),
  ReduceMax: reduced('max'),
  ReduceMin: reduced('min'),
  ReduceProd: reduced('product'),
  ReduceL1: reduced('l1'),
  ReduceL2: reduced('l2'),
  ReduceSumSquare: reduced('sum_of_squares'),
  ReduceLogSum: reduced('log_sum'),
  ReduceLogSumExp: reduced('log_sum_exp'),
};

/** The name of a case in the report: its operations. */
export function onnxName(c: Case): string {
  return [...new Set((c.nodes as NodeRef[]).map((node) => node.op))].join(' + ');
}

/** Runs an ONNX case. Throws Skip for what is not claimed. */
export async function runOnnx(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const nodes: NodeRef[] = c.nodes;
  for (const { op } of nodes) if (op !== 'Gradient' && !Object.hasOwn(NODES, op)) throw new Skip(op);
  const refs: TensorRef[] = [...c.inputs, ...(c.initializers ?? [])];
  if ([...refs, ...c.outputs].some((ref: TensorRef) => ref.dtype === 'f32' && ref.n === 0)) throw new Skip('an empty tensor');
  requireAsked(
    onnxName(c),
    (c.inputs as TensorRef[]).map((ref) => ref.name),
    new Set(nodes.flatMap((node) => node.inputs)),
  );
  const graph = new Graph();
  const fed = new Map<Value, Float32Array>();
  const values = new Map<string, Value>();
  const feed: Call['feed'] = (shape, data, { name = `fed ${fed.size}`, dtype = 'f32' } = {}) => {
    const value = graph.input(name, shape, { dtype });
    fed.set(value, data);
    return value;
  };
  const find = (name: string): TensorRef | undefined => refs.find((ref) => ref.name === name);
  const operand = (name: string): Value => {
    const known = values.get(name);
    if (known) return known;
    const ref = find(name)!;
    const value = feed(ref.shape, Float32Array.from(tensors.numbers(ref)), { name });
    values.set(name, value);
    return value;
  };
  for (const node of nodes) {
    if (node.op === 'Gradient') {
      const y = values.get(node.attrs.y)!;
      const gradients = differentiate(y, feed(y.type.shape, new Float32Array(sizeOf(y.type.shape)).fill(1)));
      (node.attrs.xs as string[]).forEach((x, i) => void values.set(node.outputs[i]!, one(graph, copyOp, gradients.get(values.get(x)!)!)));
      continue;
    }
    const asked = new Set<string>();
    const name = (i: number): string => {
      asked.add(node.inputs[i]!);
      return node.inputs[i]!;
    };
    const known = (i: number): TensorRef => {
      const ref = find(name(i));
      if (!ref) throw new Skip(`${node.op} with computed ${node.inputs[i]}`);
      return ref;
    };
    const made = NODES[node.op]!({
      graph,
      opset: c.opset['ai.onnx'] ?? 1,
      attrs: node.attrs,
      outputs: node.outputs.filter((name) => name !== '').length,
      has: (i) => Boolean(name(i)),
      count: () => node.inputs.length,
      value: (i) => operand(name(i)),
      numbers: (i) => tensors.numbers(known(i)),
      integers: (i, size = 0) =>
        feed(
          known(i).shape,
          Float32Array.from(tensors.numbers(known(i)), (at) => fromStart(at, size)),
          { dtype: 'i32' },
        ),
      feed,
    });
    requireAsked(
      node.op,
      node.inputs.filter((input) => input !== ''),
      asked,
    );
    node.outputs.forEach((name, i) => {
      if (name === '') return;
      if (!made[i]) throw new Skip(`output ${i} of ${node.op}`);
      values.set(name, made[i]!);
    });
  }
  const outputs = (c.outputs as TensorRef[]).map((ref) => operand(ref.name));
  if (c.outputs.some((ref: TensorRef, i: number) => ref.dtype === 'i32' && outputs[i]!.type.dtype !== 'i32')) throw new Skip('an integer tensor as a result');
  const session = await stage.session(graph, { keep: outputs, rows: Math.max(1, ...[...fed.keys()].map((value) => value.type.shape[0] ?? 1)) });
  try {
    for (const [value, data] of fed) session.write(value, data);
    session.run();
    let worst = FINE;
    let strict = FINE;
    for (const [i, ref] of (c.outputs as TensorRef[]).entries()) {
      const words = await session.read(outputs[i]!);
      const got = ref.dtype === 'i32' ? new Int32Array(words.buffer) : words;
      const expected = tensors.numbers(ref);
      if (outputs[i]!.type.shape.join() !== ref.shape.join())
        worst = { margin: Number.MAX_VALUE, where: `${ref.name}: got shape [${outputs[i]!.type.shape}], expected [${ref.shape}]` };
      worst = worse(worst, compare(ref.name, got, expected, ref.tol ?? {}));
      strict = worse(strict, compare(ref.name, got, expected, ref.tolStrict ?? ref.tol ?? {}));
    }
    return { worst, strict };
  } finally {
    session.destroy();
  }
}
