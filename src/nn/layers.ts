// The layers. Each is a small description that appends to the graph.
import { requireInteger, requireNumber, ShapeError, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { LIMITS } from '../limits.ts';
import type { Activation, ActivationName } from '../ops/activation_table.ts';
import { type ActivationAttrs, activationAttrs, activationOp, attrsOf } from '../ops/activations.ts';
import { batchNormInferOp, batchNormOp, updateRunningOp } from '../ops/batch_norm.ts';
import { concatOp } from '../ops/concat.ts';
import { dropoutOp } from '../ops/dropout.ts';
import { addOp, scaleOp } from '../ops/elementwise.ts';
import { requireSameShape } from '../ops/kernels.ts';
import { matmulOp } from '../ops/matmul.ts';
import { reshape } from '../ops/reshape.ts';
import { fold, keyOf } from '../random.ts';
import { lastOf, rowsOf, sameShape, shapeText, sizeOf } from '../shape.ts';
import { checkInitial, type Initial } from './init.ts';
import { type BuildContext, type CallableLayer, callable, type Layer, type LayerLike, layersOf, showGiven, tooMany } from './layer.ts';

export interface DenseOptions {
  units: number;
  /** How the weight starts; he_normal by default. The bias starts at 0. */
  initial?: Initial;
  /** True by default. */
  bias?: boolean;
  /** Another dense layer, before this one in the model: its weight is this one's too, in value and gradient (weight tying, Press and Wolf 2017). */
  weight?: Layer;
  /** With `weight`: takes it transposed, [units, inputs], as the decoder of an autoencoder does. */
  transpose?: boolean;
  /** Penalties on the weight: l1 |w| and l2/2 |w|². */
  l1?: number;
  l2?: number;
}

/** x W + b over the last axis: [batch, ..., inputs] -> [batch, ..., units]. The weight is [inputs, units]. Throws UsageError for units that are no positive integer. */
export function dense(options: DenseOptions | number): CallableLayer {
  const {
    units,
    initial: start = { scheme: 'he_normal' },
    bias = true,
    weight: tied,
    transpose = false,
    l1 = 0,
    l2 = 0,
  } = typeof options === 'number' ? { units: options } : options;
  const initial = { ...start };
  requireInteger('dense: units', units);
  requireNumber('dense: l1', l1, 0);
  requireNumber('dense: l2', l2, 0);
  checkInitial('dense: initial', initial);
  if (tied !== undefined && typeof tied?.build !== 'function')
    throw new UsageError(`dense: weight: expected a layer that stands before, got ${showGiven(tied)}`);
  if (transpose && !tied) throw new UsageError('dense: transpose: only the weight of another layer is transposed: give it as `weight`');
  return callable({
    kind: 'dense',
    residualBlocks: 0,
    options: { type: 'dense', units, initial, bias, weight: tied, l1, l2 },
    build(context, x) {
      const { graph, path } = context;
      const inputs = lastOf(x.type);
      const weight = tied ? context.tensorOf(tied, 'weight') : context.parameter('weight', [inputs, units], initial, { l1, l2 });
      const expected = transpose ? [units, inputs] : [inputs, units];
      if (!sameShape(weight.type.shape, expected))
        throw new ShapeError(
          `${path}: expected a weight of ${shapeText(expected)} for ${inputs} inputs and ${units} units, and ${weight.name} is ${shapeText(weight.type.shape)}`,
        );
      const product = graph.apply(matmulOp, [x, weight], transpose ? { transposeB: true } : {}, path)[0]!;
      if (!bias) return product;
      return graph.apply(addOp, [product, context.parameter('bias', [units], { scheme: 'constant' }, { decay: false })], {}, `${path}/z`)[0]!;
    },
  });
}

/** An activation by name, with its parameters. Throws UsageError for an unknown one. */
export function activation(name: ActivationName, params: Readonly<Record<string, number>> = {}): CallableLayer {
  return activationLayer(activationAttrs(name, params));
}

/**
 * An activation by its entry: `activate(tanh)`. Unlike `activation('tanh')` it brings no other activation into a page's bundle. Also one of one's own, from
 * `wgslActivation`; one that is made of functions of `fathom-webgpu/ops` is a layer, `layer('swish', (x) => mul(x, sigmoid(x)))`.
 *
 * @throws UsageError for a parameter that it does not have, and for what is no activation.
 */
export function activate(entry: Activation, params: Readonly<Record<string, number>> = {}): CallableLayer {
  if (typeof entry?.wgsl !== 'string')
    throw new UsageError(`activate: expected an activation, got ${typeof entry === 'function' ? "a function: give layer('name', f)" : showGiven(entry)}`);
  return activationLayer(attrsOf(entry, params));
}

function activationLayer(attrs: ActivationAttrs): CallableLayer {
  return callable({
    kind: attrs.name,
    residualBlocks: 0,
    options: { type: 'activation', ...attrs },
    build: (context, x) => context.graph.apply(activationOp, [x], attrs, context.path)[0]!,
  });
}

/** [batch, ...] -> [batch, features]. Tensors are row-major, so nothing moves; a batch of rows is left as it is. */
export function flatten(): CallableLayer {
  return callable({
    kind: 'flatten',
    residualBlocks: 0,
    options: { type: 'flatten' },
    build: ({ graph }, x) => reshape(graph, x, [x.type.shape[0]!, sizeOf(x.type.shape) / x.type.shape[0]!]),
  });
}

/** `times` copies of the layers, one after the other, each with weights of its own. Throws a UsageError, also for more layers than a model may have. */
export function repeat(times: number, layers: readonly (Layer | LayerLike)[]): readonly Layer[] {
  requireInteger('repeat: times', times);
  const copied = layersOf('repeat', layers);
  if (times * copied.length > LIMITS.layers) throw tooMany('repeat', times * copied.length);
  return Array.from({ length: times }, () => copied).flat();
}

export interface ResidualOptions {
  /** Factor on the branch: a number, or '1/sqrt(L)' with L the number of residual blocks of the model. 1 by default. */
  scale?: number | '1/sqrt(L)';
}

/**
 * y = shortcut(x) + scale f(x) (He 2016). The shortcut is x, or x times a weight of its own where the widths differ
 * (LeCun initial values, no bias). Put the activation inside at the end of the branch, before it, or behind the block, as wanted.
 */
export function residual(layers: readonly (Layer | LayerLike)[], options: ResidualOptions = {}): CallableLayer {
  const branchLayers = layersOf('residual', layers);
  const inner = branchLayers.reduce((n, layer) => n + layer.residualBlocks, 0);
  const { scale: factor = 1 } = options;
  if (typeof factor === 'number') requireNumber('residual: scale', factor);
  return callable({
    kind: 'residual',
    residualBlocks: inner + 1,
    options: { type: 'residual', scale: factor, layers: branchLayers },
    inside: [layers as readonly Layer[]],
    build(context, x) {
      const { graph, path } = context;
      const branch = context.nested(branchLayers, x);
      const scale = factor === '1/sqrt(L)' ? 1 / Math.sqrt(context.residualBlocks) : factor;
      const scaled = scale === 1 ? branch : graph.apply(scaleOp, [branch], { factor: scale }, `${path}/scaled`)[0]!;
      let shortcut: Value = x;
      if (lastOf(x.type) !== lastOf(branch.type)) {
        const weight = context.parameter('shortcut', [lastOf(x.type), lastOf(branch.type)], { scheme: 'lecun_normal' });
        shortcut = graph.apply(matmulOp, [x, weight], {}, `${path}/shortcut`)[0]!;
      }
      return sum(graph, shortcut, scaled, path);
    },
  });
}

export interface BatchNormOptions {
  /** Added to the variance; 1e-5 by default. */
  epsilon?: number;
  /** Share of the new batch in the running statistics; 0.1 by default (PyTorch's meaning). */
  momentum?: number;
}

/** Batch norm over the batch, scale and shift per feature. The running variance is unbiased, as in PyTorch. */
export function batchNorm(options: BatchNormOptions = {}): CallableLayer {
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  requireNumber('batch_norm: epsilon', epsilon, 0);
  requireNumber('batch_norm: momentum', momentum, 0, 1);
  return callable({
    kind: 'batch_norm',
    residualBlocks: 0,
    options: { type: 'batch_norm', epsilon, momentum },
    build(context, x) {
      const { graph, path } = context;
      const columns = lastOf(x.type);
      const gamma = context.parameter('gamma', [columns], { scheme: 'constant', value: 1 }, { decay: false });
      const beta = context.parameter('beta', [columns], { scheme: 'constant' }, { decay: false });
      const mean = context.running('running_mean', [columns], 0);
      const variance = context.running('running_variance', [columns], 1);
      if (context.keepsStatistics) return graph.apply(batchNormInferOp, [x, gamma, beta, mean, variance], { epsilon }, path)[0]!;
      const [y, batch] = graph.apply(batchNormOp, [x, gamma, beta], { epsilon }, path) as [Value, Value];
      context.updates.push({ op: updateRunningOp, mean, variance, batch, momentum, rowsPerSample: rowsOf(x.type).rowsPerSample });
      return y;
    },
  });
}

/** Inverted dropout: a share `rate` of the elements is zero in training, the others grow by 1 / (1 - rate); nothing in inference. */
export function dropout(rate: number): CallableLayer {
  requireNumber('dropout: rate', rate, 0, 1);
  if (rate === 1) throw new UsageError('dropout: rate must be below 1: nothing would be left');
  return callable({
    kind: 'dropout',
    residualBlocks: 0,
    options: { type: 'dropout', rate },
    build(context, x) {
      if (context.mode === 'infer' || rate === 0) return x;
      return context.graph.apply(dropoutOp, [x], { rate, layer: fold(keyOf(0), context.path)[0] }, context.path)[0]!;
    },
  });
}

/** Branches over one input whose outputs are put side by side, in order. */
export function concat(branches: readonly (readonly (Layer | LayerLike)[])[]): CallableLayer {
  return joined(
    'concat',
    branches,
    ({ graph, path }, values) => graph.apply(concatOp, values, { axis: values[0]!.type.shape.length - 1 }, `${path}/joined`)[0]!,
  );
}

/** Branches over one input whose outputs, of one width, are added up. */
export function add(branches: readonly (readonly (Layer | LayerLike)[])[]): CallableLayer {
  return joined('add', branches, ({ graph, path }, values) => values.reduce((a, b) => sum(graph, a, b, `${path}/sum`)));
}

/** Of branches: nothing is broadcast. */
export function sum(graph: Graph, a: Value, b: Value, path: string): Value {
  requireSameShape(`add at ${path}`, a.type, b.type);
  return graph.apply(addOp, [a, b], {}, path)[0]!;
}

function joined(
  kind: 'concat' | 'add',
  branches: readonly (readonly (Layer | LayerLike)[])[],
  join: (context: BuildContext, values: readonly Value[]) => Value,
): CallableLayer {
  if (!Array.isArray(branches) || branches.length < 2 || Graph.of(branches[0]))
    throw new UsageError(
      `${kind}: expected two branches or more, got ${Array.isArray(branches) && branches.length < 2 ? branches.length : showGiven(branches)}`,
    );
  const copied = branches.map((branch, i) => layersOf(`${kind}: branch ${i}`, branch));
  return callable({
    kind,
    inside: branches as readonly (readonly Layer[])[],
    options: { type: kind, branches: copied },
    residualBlocks: copied.flat().reduce((n, layer) => n + layer.residualBlocks, 0),
    build: (context, x) =>
      join(
        context,
        copied.map((branch, i) => context.nested(branch, x, `branch_${i + 1}/`)),
      ),
  });
}
