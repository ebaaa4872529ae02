// Losses as a user picks them: from the model's output to one loss per row.
import { requireInteger, requireName, requireNumber, ShapeError, show, UsageError } from '../errors.ts';
import { Graph, type Value } from '../graph/graph.ts';
import { meanSeed } from '../ops/constant.ts';
import { crossEntropyOp, ELEMENTWISE_LOSSES, type ElementwiseLossName, elementwiseLossOp } from '../ops/losses.ts';
import { reshape } from '../ops/reshape.ts';
import { logSoftmaxOp } from '../ops/softmax.ts';
import { targetWeightOp, weighing } from '../ops/target_weights.ts';
import { type DType, lastOf, shapeText, sizeOf } from '../shape.ts';
import { ANY_TARGET, CLASS_INDEX, classIndexOr, PROBABILITIES, SHARE, SIGN, type TargetRule } from './targets.ts';

export interface Loss {
  readonly name: string;
  /** 'classification' losses have an accuracy. */
  readonly task: 'classification' | 'regression';
  /** Columns of the targets for a model with this many outputs. */
  targetWidth(outputs: number): number;
  /** What the targets are; f32 by default. Class indices are i32. */
  readonly targetDtype?: DType;
  /** What the targets may be; any finite numbers by default. */
  readonly targets?: TargetRule;
  /** How a row of outputs becomes probabilities: over all, or each for itself; absent where outputs are none before it, as in a regression. */
  readonly probabilities?: 'softmax' | 'sigmoid';
  /** Class of a row of outputs and of a row of targets, for the accuracy. */
  classOf?(row: Float32Array): number;
  /** Appends the loss; the value is one loss per row, of which the mean is trained. */
  build(graph: Graph, output: Value, targets: Value): Value;
  /** The sum of the weights of a batch's targets, a scalar, where the loss is a mean over them and not over rows. */
  weight?(graph: Graph, losses: Value): Value | undefined;
  /** The class of targets that do not count, for the accuracy. */
  readonly ignored?: number;
  /** Appends the gradient of that mean; it is absent, or null, where a loss op of ours makes the value. */
  seed?(graph: Graph, losses: Value): Value | null;
}

const argmax = (row: Float32Array): number => row.reduce((best, value, i) => (value > row[best]! ? i : best), 0);

export interface CrossEntropyOptions {
  /** What targets are: class indices (default), or a probability for each class, which sum to 1. */
  targets?: 'index' | 'probability';
  /** From 0 to 1: that share of each target is spread evenly; 0 by default. */
  labelSmoothing?: number;
}

/**
 * Softmax cross entropy of logits. With weights of classes, or targets that do not count, it is `weightedCrossEntropy`.
 *
 * @throws UsageError for another option.
 */
export function softmaxCrossEntropy(options: CrossEntropyOptions = {}): Loss {
  const { targets = 'index', labelSmoothing = 0, ...others } = options;
  requireName('softmax_cross_entropy: targets', targets, ['index', 'probability']);
  requireNumber('softmax_cross_entropy: labelSmoothing', labelSmoothing, 0, 1);
  const [other] = Object.keys(others);
  if (other) throw new UsageError(`softmax_cross_entropy: unknown option ${other}; it has targets and labelSmoothing, weightedCrossEntropy has more`);
  return {
    name: 'softmax_cross_entropy',
    task: 'classification',
    targetWidth: (outputs) => (targets === 'index' ? 1 : outputs),
    targetDtype: targets === 'index' ? 'i32' : 'f32',
    targets: targets === 'index' ? CLASS_INDEX : PROBABILITIES,
    probabilities: 'softmax',
    classOf: (row) => (row.length === 1 ? row[0]! : argmax(row)),
    build: (graph, output, target) => graph.apply(crossEntropyOp, [output, target], { targets, smoothing: labelSmoothing }, 'loss')[0]!,
  };
}

export interface WeightedCrossEntropyOptions extends CrossEntropyOptions {
  /**
   * A weight of at least 0 for each class, PyTorch's `weight`: what the class costs is multiplied by it. Of class indices the loss is divided by the sum of
   * the weights of the targets, not by their number.
   */
  classWeights?: readonly number[];
  /**
   * A class index, of no class as a rule (-100 is PyTorch's), whose rows do not count: in the loss, its mean and gradients, and in the accuracy. A data set
   * that has it is made without `classes`. Only of class indices; by default all count.
   */
  ignoreIndex?: number;
}

/**
 * Softmax cross entropy with PyTorch's weights. The mean is over what counts: in a batch, over the batches that `accumulate` makes a step of, and over the
 * whole set in `evaluate`. Where nothing counts the loss is 0 and so are all gradients (PyTorch's is NaN).
 *
 * @throws UsageError for another option; ShapeError, while a trainer is built, for another number of weights than the model has outputs.
 * @example
 * weightedCrossEntropy({ classWeights: [1, 5], ignoreIndex: -100 });
 */
export function weightedCrossEntropy({ classWeights, ignoreIndex: ignored, ...options }: WeightedCrossEntropyOptions = {}): Loss {
  const plain = softmaxCrossEntropy(options);
  const { targets = 'index', labelSmoothing: smoothing = 0 } = options;
  const { name } = plain;
  const index = targets === 'index';
  if (classWeights !== undefined && !Array.isArray(classWeights))
    throw new UsageError(`${name}: classWeights: expected a list of numbers, got ${show(classWeights)}`);
  classWeights?.forEach((weight, i) => {
    requireNumber(`${name}: classWeights[${i}]`, weight, 0);
  });
  if (ignored !== undefined) {
    if (!index) throw new UsageError(`${name}: ignoreIndex: expected class indices as targets: a row of probabilities has none`);
    requireInteger(`${name}: ignoreIndex`, ignored, -(2 ** 31));
  }
  const weights = weighing(classWeights, ignored);
  const count = classWeights?.length;
  return {
    ...plain,
    ...(ignored === undefined ? {} : { ignored, targets: classIndexOr(ignored) }),
    build: (graph, output, target) => {
      const classes = lastOf(output.type);
      if (count !== undefined && count !== classes)
        throw new ShapeError(`${name}: classWeights: expected one for each of the model's ${classes} outputs, got ${count}`);
      const total = index ? graph.apply(targetWeightOp, [target], { classes, weighing: weights }, 'loss/weight') : [];
      return graph.apply(crossEntropyOp, [output, target, ...total], { targets, smoothing, weighing: weights }, 'loss')[0]!;
    },
    weight: (graph, losses) => graph.nodes.find(({ outputs }) => outputs[0] === losses)!.inputs[2],
  };
}

const ELEMENTWISE_TARGETS: Readonly<Record<Exclude<ElementwiseLossName, 'kl_div'>, TargetRule>> = {
  mse: ANY_TARGET,
  mae: ANY_TARGET,
  huber: ANY_TARGET,
  bce_with_logits: SHARE,
  hinge: SIGN,
  squared_hinge: SIGN,
};

export interface ElementwiseLossOptions {
  /** Of huber: where it becomes linear; 1 by default. */
  delta?: number;
  /** Of bce_with_logits: what positive targets count, of at least 0; one number, or one for each output. PyTorch's `pos_weight`: the mean is over all elements. */
  posWeight?: number | readonly number[];
}

/**
 * A loss that is a mean over elements: mse, mae, huber (delta), bce_with_logits (posWeight; targets from 0 to 1), hinge and squared_hinge (targets -1 and 1).
 *
 * @throws UsageError for another name or option; ShapeError, while a trainer is built, for another number of weights than the model has outputs.
 */
export function elementwiseLoss(name: Exclude<ElementwiseLossName, 'kl_div'>, { posWeight, ...params }: ElementwiseLossOptions = {}): Loss {
  requireName('loss', name, Object.keys(ELEMENTWISE_LOSSES) as ElementwiseLossName[]);
  const defaults: Readonly<Record<string, number>> = ELEMENTWISE_LOSSES[name].params;
  const values = { ...defaults, ...params };
  for (const [key, value] of Object.entries(params)) {
    if (!Object.hasOwn(defaults, key)) throw new UsageError(`loss ${name}: unknown parameter ${key}; it has ${Object.keys(defaults).join(', ') || 'none'}`);
    requireNumber(`loss ${name}: ${key}`, value, 0);
  }
  if (posWeight !== undefined && name !== 'bce_with_logits') throw new UsageError(`loss ${name}: posWeight: only bce_with_logits has it`);
  [posWeight ?? []].flat().forEach((weight) => {
    requireNumber(`loss ${name}: posWeight`, weight, 0);
  });
  const binary = name === 'bce_with_logits' || name === 'hinge' || name === 'squared_hinge';
  return {
    name,
    task: binary ? 'classification' : 'regression',
    targetWidth: (outputs) => outputs,
    targets: ELEMENTWISE_TARGETS[name],
    // Several columns are one for each class, one column is the second of two.
    ...(name === 'bce_with_logits' ? { probabilities: 'sigmoid' } : {}),
    ...(binary
      ? {
          classOf: (row: Float32Array) =>
            row.length > 1 ? argmax(row) : Number(row[0]! > (name === 'bce_with_logits' && (row[0] === 0 || row[0] === 1) ? 0.5 : 0)),
        }
      : {}),
    build: (graph, output, targets) => {
      const columns = lastOf(output.type);
      const weights = typeof posWeight === 'number' ? new Array<number>(columns).fill(posWeight) : posWeight && [...posWeight];
      if (weights && weights.length !== columns)
        throw new ShapeError(`loss ${name}: posWeight: expected one number, or one for each of ${columns} outputs, got ${weights.length}`);
      return graph.apply(elementwiseLossOp, [output, targets], { loss: name, params: values, ...(weights ? { posWeight: weights } : {}) }, 'loss')[0]!;
    },
  };
}

/** Kullback-Leibler divergence of target probabilities, which sum to 1, from softmax(logits): sum over classes, mean over rows. */
export function klDivergence(): Loss {
  return {
    name: 'kl_div',
    task: 'classification',
    targetWidth: (outputs) => outputs,
    targets: PROBABILITIES,
    probabilities: 'softmax',
    classOf: argmax,
    build: (graph, output, targets) => {
      const logProbabilities = graph.apply(logSoftmaxOp, [output], {}, 'log_probabilities')[0]!;
      return graph.apply(elementwiseLossOp, [logProbabilities, targets], { loss: 'kl_div', params: {} }, 'loss')[0]!;
    },
  };
}

/** A loss of one's own: from the model's output and the targets to one loss per row. */
export type LossFunction = (output: Value, target: Value) => Value;

export interface CustomLossOptions {
  /** 'classification': the class is the largest output, and there is an accuracy. 'regression' by default. */
  task?: Loss['task'];
  /**
   * What targets are: 'index', a class index in i32, [batch, 1]; 'values', numbers in f32, [batch, targetWidth]. The first by default for classification,
   * the second for regression.
   */
  targets?: 'index' | 'values';
  /** Columns of `values`; as many as the model has outputs by default. */
  targetWidth?: number;
}

/**
 * A loss of one's own from functions of `fathom-webgpu/ops`. The mean over the true rows is trained, by gradients that follow from the functions.
 *
 * @param name - For messages and tables.
 * @param build - From output, `[batch, outputs]`, and targets to one number per row, `[batch]` or `[batch, 1]`.
 * @param options - Task, and what targets are.
 * @throws UsageError for another name, task or width; while a trainer is built, UsageError for a function that returns no value of its graph and ShapeError for
 * more numbers than one in a row.
 * @example
 * import { loss } from 'fathom-webgpu';
 * import { crossEntropy, exp, mul, neg, square, sub } from 'fathom-webgpu/ops';
 * const focal = loss('focal', (output, label) => {
 *   const each = crossEntropy(output, label);
 *   return mul(square(sub(1, exp(neg(each)))), each);
 * }, { task: 'classification' });
 */
export function loss(name: string, build: LossFunction, options: CustomLossOptions = {}): Loss {
  if (typeof name !== 'string' || name === '') throw new UsageError(`loss: expected a name, got ${show(name)}`);
  if (typeof build !== 'function') throw new UsageError(`loss ${name}: expected a function of output and targets, got ${show(build)}`);
  const { task = 'regression', targetWidth } = options;
  requireName(`loss ${name}: task`, task, ['classification', 'regression']);
  const { targets = task === 'classification' ? 'index' : 'values' } = options;
  requireName(`loss ${name}: targets`, targets, ['index', 'values']);
  if (targetWidth !== undefined) requireInteger(`loss ${name}: targetWidth`, targetWidth);
  const index = targets === 'index';
  return {
    name,
    task,
    targetWidth: (outputs) => (index ? 1 : (targetWidth ?? outputs)),
    targetDtype: index ? 'i32' : 'f32',
    ...(index ? { targets: CLASS_INDEX } : {}),
    ...(task === 'classification' ? { classOf: (row: Float32Array) => (row.length === 1 && index ? row[0]! : argmax(row)) } : {}),
    build(graph, output, target) {
      const losses = graph.scope('loss', () => build(output, target));
      if (Graph.of(losses) !== graph) throw new UsageError(`loss ${name}: expected the function to return a value of this graph, got ${show(losses)}`);
      const [rows] = output.type.shape as [number];
      const { shape, rowsPerSample } = losses.type;
      if (sizeOf(shape) !== rows || shape[0] !== rows || rowsPerSample !== output.type.rowsPerSample)
        throw new ShapeError(
          `loss ${name}: expected one number for each row of the output ${shapeText(output.type.shape)}, so ${shapeText([rows])} of the batch, got ${shapeText(shape)}${rowsPerSample ? '' : ' of no batch'}: take means and sums over the last axis`,
        );
      return reshape(graph, losses, [rows]);
    },
    seed: meanSeed,
  };
}

/** Throws a UsageError for what is no loss. */
export function requireLoss(given: unknown): asserts given is Loss {
  if (typeof (given as Loss)?.build !== 'function')
    throw new UsageError(
      `loss: expected a loss, got ${typeof given === 'function' ? "a function: give loss('name', f), with a task for classification" : show(given)}`,
    );
}
