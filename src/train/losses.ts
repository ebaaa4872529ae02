// Losses of several outputs, and weights of rows. In its own module, so that bundlers drop it when unused.
import { requireFree, requireNumber, requireObject, ShapeError, show, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { countingOf } from '../nn/counted.ts';
import { type Loss, requireLoss } from '../nn/losses/loss.ts';
import { maximumOp } from '../ops/compare.ts';
import { constant, meanSeed } from '../ops/constant.ts';
import { stopGradientOp } from '../ops/copy.ts';
import { addOp, divideOp, multiplyOp, scaleOp } from '../ops/elementwise.ts';
import { clearPadding } from '../ops/padding.ts';
import { divideBySamplesOp, reduceAlong } from '../ops/reduce.ts';
import { reshape } from '../ops/reshape.ts';
import { f32, samplesOf, shapeText, sizeOf } from '../shape.ts';
import type { Losses, Part, Total } from './objective.ts';

/** A loss of an output, with what belongs to it. */
export interface OutputLoss {
  /** The loss. */
  readonly loss: Loss;
  /** Its factor in the sum that is trained; 1 by default. */
  readonly weight?: number;
  /** The tensor of the data set that holds its targets; the one of the output's name by default. */
  readonly target?: string;
  /**
   * The tensor of the data set that says how much each row counts (sample weights), or each position of `[batch, time, ...]`: numbers of at least 0. Of what
   * has 0, a mask's, nothing counts: neither in the loss nor in the accuracy, nor in the statistics of layers (`ProbeOptions`). The loss is divided by the sum of
   * the weights.
   */
  readonly weights?: string;
}

/**
 * Combines the losses of several outputs: their weighted sum is trained. An output of a loss per position (`[batch, time, classes]`) counts with the mean over
 * the positions of a sample, or over their weights. Outputs without a loss are computed and not trained. Where nothing counts the loss is 0, and so are its
 * gradients.
 *
 * @param given - By output, a loss or `{ loss, weight, target, weights }`.
 * @returns What `createTrainer({ loss })` takes.
 * @throws UsageError for what is no loss, a weight that is negative, or no losses.
 * @example
 * const both = losses({ digit: softmaxCrossEntropy(), size: { loss: mse(), weight: 0.3, target: 'height', weights: 'known' } });
 */
export function losses(given: Readonly<Record<string, Loss | OutputLoss>>): Losses {
  requireObject('losses', given, 'losses by output, { y: softmaxCrossEntropy() }');
  const parts = Object.entries(given).map(([output, each]) => partOf(output, each));
  if (parts.length === 0) throw new UsageError('losses: expected a loss for an output at least');
  return {
    parts,
    counting: countingOf,
    total(graph, each, weights) {
      const weighted = each.map((value, i) => weigh(graph, parts[i]!, value, weights[i]));
      if (weighted.length === 1) return alone(graph, parts[0]!, weighted[0]!);
      const sum = weighted.map((of, i) => perSample(graph, parts[i]!, of)).reduce((a, b) => graph.apply(addOp, [a, b], {}, 'loss/sum')[0]!);
      return { losses: sum, seed: graph.scope('grad', () => meanSeed(graph, sum)) };
    },
  };
}

function partOf(output: string, given: Loss | OutputLoss): Part {
  const whole = typeof (given as Loss | null)?.build === 'function' ? { loss: given as Loss } : ((given ?? {}) as OutputLoss);
  const { loss, weight = 1, target = output, weights, ...others } = whole;
  const [other] = Object.keys(others);
  if (other) throw new UsageError(`losses: ${output}: unknown option ${other}; expected a loss, or { loss, weight, target, weights }`);
  requireLoss(loss);
  requireNumber(`losses: ${output}: weight`, weight, 0);
  for (const [name, tensor] of Object.entries({ target, weights })) {
    if (tensor === undefined) continue;
    if (typeof tensor !== 'string') throw new UsageError(`losses: ${output}: ${name}: expected the name of a tensor, got ${show(tensor)}`);
    requireFree(`losses: ${output}: ${name}`, tensor);
  }
  if (weights !== undefined && loss.weight)
    throw new UsageError(`losses: ${output}: weights: the loss already weighs its targets: multiply its class weights into these`);
  return { output, target, loss, weight, ...(weights === undefined ? {} : { weights }) };
}

/** Losses of the rows as they count, and the sum of what they count, a scalar, where that is not the number of rows. */
interface Weighted {
  readonly losses: Value;
  readonly sum: Value | undefined;
}

function weigh(graph: Graph, { loss, output }: Part, losses: Value, weights: Value | undefined): Weighted {
  if (!weights) return { losses, sum: loss.weight?.(graph, losses) };
  if (sizeOf(weights.type.shape) !== sizeOf(losses.type.shape))
    throw new ShapeError(
      `losses: ${output}: weights: expected a loss for each position, as the weights ${shapeText(weights.type.shape)} have them, and ${loss.name} gives one for each sample: let it give one for each position, or weigh them itself`,
    );
  const each = reshape(graph, weights, losses.type.shape);
  return {
    losses: graph.apply(multiplyOp, [losses, each], {}, `${output}/weighted`)[0]!,
    sum: reduceAlong(graph, 'sum', clearPadding(graph, each), [0], false),
  };
}

/** The loss of one output: a mean over the weights of its rows where it has some, over the batches of a step, too. */
function alone(graph: Graph, { weight, loss, output }: Part, { losses, sum }: Weighted): Total {
  const scaled = weight === 1 ? losses : graph.apply(scaleOp, [losses], { factor: weight }, `${output}/scaled`)[0]!;
  const seed = graph.scope('grad', () => {
    if (!sum) return scaled === losses ? (loss.seed?.(graph, losses) ?? null) : meanSeed(graph, scaled);
    const one = constant(graph, 1, scaled.type);
    return clearPadding(graph, graph.apply(divideOp, [one, atLeastTiny(graph, sum)], {}, 'seed')[0]!);
  });
  return { losses: scaled, seed, weight: sum };
}

/** One number per sample, of which the mean over the samples is the loss. */
function perSample(graph: Graph, { weight, output }: Part, { losses, sum }: Weighted): Value {
  const samples = samplesOf(losses.type);
  const positions = losses.type.shape[0]! / samples;
  const rows = positions === 1 ? losses : reshape(graph, losses, [samples, positions]);
  const each = positions === 1 ? losses : reshape(graph, reduceAlong(graph, sum ? 'sum' : 'mean', rows, [1], false), [samples]);
  const mean = sum ? graph.apply(divideOp, [each, meanWeight(graph, sum, samples)], {}, `${output}/mean`)[0]! : each;
  return weight === 1 ? mean : graph.apply(scaleOp, [mean], { factor: weight }, `${output}/scaled`)[0]!;
}

/** What a sample counts in the mean. */
function meanWeight(graph: Graph, sum: Value, samples: number): Value {
  return atLeastTiny(graph, graph.apply(divideBySamplesOp, [sum], { samples })[0]!);
}

/** If no row counts, the quotient is 0. Weights are data: no gradient passes. */
function atLeastTiny(graph: Graph, x: Value): Value {
  const min = constant(graph, 2 ** -100, f32());
  return graph.apply(stopGradientOp, [graph.apply(maximumOp, [x, min], {})[0]!], {})[0]!;
}
