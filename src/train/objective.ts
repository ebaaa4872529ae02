// What is minimized: the loss of each output that has one. A model with one output takes a loss directly; `losses` (src/train/losses.ts) is for several.
import { show, UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { CountingOf } from '../nn/counted.ts';
import { type Loss, requireLoss } from '../nn/losses/loss.ts';
import type { BuiltModel } from '../nn/model.ts';
import type { TargetRule, TargetsOf } from '../nn/targets.ts';
import { reshape } from '../ops/reshape.ts';
import type { Counting } from '../ops/statistics.ts';
import { type DType, lastOf, sizeOf, type TensorType } from '../shape.ts';

/** A loss of one output. */
export interface Part {
  /** Name of the output. */
  readonly output: string;
  /** The tensor of the data set that holds its targets. */
  readonly target: string;
  /** Its loss. */
  readonly loss: Loss;
  /** Its factor in the sum of all. */
  readonly weight: number;
  /** The tensor of the data set that says how much each row, or position, counts. */
  readonly weights?: string;
}

/** One loss per sample, of which the mean is trained, and the gradient that the backward pass starts from. */
export interface Total {
  readonly losses: Value;
  readonly seed: Value | null;
  /** The weight of the batch, a scalar, where the loss is a mean over it and not over the rows. */
  readonly weight?: Value | undefined;
}

/** Losses of several outputs, as `losses` makes them. */
export interface Losses {
  /** The losses of the outputs. */
  readonly parts: readonly Part[];
  /** @internal Finds the rows that count, for statistics. */
  readonly counting: CountingOf;
  /** @internal Appends their weighted sum. */
  total(graph: Graph, losses: readonly Value[], weights: readonly (Value | undefined)[]): Total;
}

/** The losses of a model with these outputs. Throws UsageError for an unknown output, and if it is ambiguous which output a loss is for. */
export function partsOf(given: Loss | Losses, outputs: readonly string[]): readonly Part[] {
  if (typeof (given as Losses | null)?.total !== 'function') {
    requireLoss(given);
    const [output, ...others] = outputs as [string, ...string[]];
    if (others.length > 0)
      throw new UsageError(`loss: the model has the outputs ${outputs.join(', ')}: say which loss is for which by losses({ ${output}: ... })`);
    return [{ output, target: output, loss: given, weight: 1 }];
  }
  const { parts } = given as Losses;
  for (const { output } of parts)
    if (!outputs.includes(output)) throw new UsageError(`loss: the model has no output ${show(output)}; it has ${outputs.join(', ')}`);
  return parts;
}

/** Appends the loss of each part, and their sum where there are several. */
export function appendLosses(
  graph: Graph,
  given: Loss | Losses,
  parts: readonly Part[],
  outputs: Readonly<Record<string, Value>>,
  targets: Readonly<Record<string, Value>>,
): Total & { each: readonly Value[] } {
  const append = (part: Part): Value => {
    const output = outputs[part.output]!;
    return part.loss.build(graph, output, targetsOf(graph, part, output, targets));
  };
  const each = parts.map((part) => ('total' in given ? graph.scope(part.output, () => append(part)) : append(part)));
  if ('total' in given)
    return {
      each,
      ...given.total(
        graph,
        each,
        parts.map(({ weights }) => (weights === undefined ? undefined : targets[weights])),
      ),
    };
  return { each, losses: each[0]!, weight: given.weight?.(graph, each[0]!), seed: graph.scope('grad', () => given.seed?.(graph, each[0]!) ?? null) };
}

/** The targets of an output, in their shape: an input that is the target, too, may have another. */
const targetsOf = (graph: Graph, part: Part, output: Value, tensors: Readonly<Record<string, Value>>): Value =>
  reshape(graph, tensors[part.target]!, targetType(part, output.type).shape);

/** What counts in the layers of a model where losses leave rows out; undefined where none does. */
export function countingIn(
  graph: Graph,
  given: Loss | Losses,
  parts: readonly Part[],
  { nodes, outputs }: BuiltModel,
  tensors: Readonly<Record<string, Value>>,
): Counting | undefined {
  const make = 'total' in given ? given.counting : given.leavesOut?.counting;
  return make?.(
    graph,
    nodes,
    parts.map((part) => {
      const { leavesOut } = part.loss;
      const output = outputs[part.output]!;
      const { weights } = part;
      const counts = leavesOut && ((group: string): Value => leavesOut.counts(graph, targetsOf(graph, part, output, tensors), group));
      return { output, weights: weights === undefined ? counts : () => tensors[weights]! };
    }),
  );
}

/** The type of a batch of targets for an output: `[batch, ..., target width]`. */
export function targetType({ loss }: Part, output: TensorType): TensorType {
  const dtype: DType = loss.targetDtype ?? 'f32';
  return { ...output, dtype, shape: [...output.shape.slice(0, -1), loss.targetSize(lastOf(output))] };
}

/** The type of a batch of weights for an output: one for each row, `[batch, 1]`, or position, `[batch, ...]`. */
export function weightsType({ shape, ...type }: TensorType): TensorType {
  return { ...type, dtype: 'f32', shape: shape.length > 2 ? shape.slice(0, -1) : [shape[0]!, 1] };
}

/** How much a row counts. */
const WEIGHT: TargetRule = { expected: () => 'a weight of at least 0', fits: (value) => value >= 0 && value < Number.POSITIVE_INFINITY };

/** What the targets of each part must be, and the weights of its rows: by tensor, as several may have one. */
export type Rules = ReadonlyMap<string, readonly Omit<TargetsOf, 'where'>[]>;

export function targetRules(parts: readonly Part[], outputs: Readonly<Record<string, TensorType>>): Rules {
  const rules = new Map<string, Omit<TargetsOf, 'where'>[]>();
  const add = (name: string, rule: Omit<TargetsOf, 'where'>): unknown => rules.set(name, [...(rules.get(name) ?? []), rule]);
  for (const part of parts) {
    const output = outputs[part.output]!;
    const common = { loss: part.loss.name, outputs: lastOf(output) };
    const type = targetType(part, output);
    const width = lastOf(type);
    add(part.target, { ...common, rule: part.loss.targets, width, positions: sampleSize(type) / width });
    if (part.weights !== undefined) add(part.weights, { ...common, rule: WEIGHT, width: lastOf(weightsType(output)) });
  }
  return rules;
}

/** Numbers of a sample of a batch's type. */
export const sampleSize = ({ shape, rowsPerSample }: Pick<TensorType, 'shape' | 'rowsPerSample'>): number => sizeOf(shape) / (shape[0]! / rowsPerSample);
