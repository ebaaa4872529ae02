// What a loss is: from the model's output to one loss per row.
import { show, UsageError } from '../../errors.ts';
import { Graph, type Value } from '../../graph/graph.ts';
import { type Complete, type Options, type OptionTable, readOptions } from '../../option_table.ts';
import type { DType } from '../../shape.ts';
import type { Texts } from '../../texts.ts';
import type { CountingOf } from '../counted.ts';
import { showGiven } from '../layer.ts';
import type { TargetRule } from '../targets.ts';
import type { AllTargets, BestConstant } from './constant.ts';

/** A loss, as `mse()` and the like make it: what is computed from outputs and targets, and what the targets must be. */
export interface Loss {
  /** Its name in documents and messages. */
  readonly name: string;
  /** What it was made from, as plain data, so that it can be written down; absent for a custom loss. */
  readonly options?: object;
  /** 'classification' losses have an accuracy. */
  readonly task: 'classification' | 'regression';
  /**
   * Columns of the targets for a model with this many outputs.
   *
   * @param outputs - Outputs of the model.
   * @returns Columns of the targets.
   */
  targetSize(outputs: number): number;
  /** What the targets are; f32 by default. Class indices are i32. */
  readonly targetDtype?: DType;
  /** What the targets may be; any finite numbers by default. */
  readonly targets?: TargetRule;
  /** How a row of outputs becomes probabilities: over all, or each for itself; absent where outputs are none before it, as in a regression. */
  readonly probabilities?: 'softmax' | 'sigmoid';
  /** Class of a row of outputs and of a row of targets, for the accuracy. */
  toClassIndex?(row: Float32Array): number;
  /**
   * Appends the loss; the value is one loss per row, of which the mean is trained.
   *
   * @param graph - The graph to append to.
   * @param output - The model's output, [batch, outputs].
   * @param targets - The targets, [batch, target size].
   * @returns [batch].
   */
  build(graph: Graph, output: Value, targets: Value): Value;
  /** The sum of the weights of a batch's targets, a scalar, where the loss is a mean over them and not over rows. */
  weight?(graph: Graph, losses: Value): Value | undefined;
  /** The class of targets that do not count, for the accuracy. */
  readonly ignored?: number;
  /** Of a loss that leaves targets out: 1 for each that counts, else 0, as the nodes of a group make it, and who takes statistics of what counts. */
  readonly leavesOut?: { counts(graph: Graph, targets: Value, group: string): Value; readonly counting: CountingOf };
  /** Appends the gradient of that mean; it is absent, or null, where a loss op of ours makes the value. */
  seed?(graph: Graph, losses: Value): Value | null;
}

/** What the file of a loss exports: all but the constructor is left out of a bundle that does not read the list of losses. */
export interface LossFeature {
  /** Its options as data. */
  readonly options: Options;
  /** The constructor that programs call. */
  create(options?: object): Loss;
  /** Its name and a sentence, in English and Chinese. */
  readonly text: Texts;
  /**
   * The constant answer with the least loss, in float64.
   *
   * @param targets - All targets of the output, and what each row counts.
   * @param options - The options that the loss was made with, all of them.
   * @returns The answer and its loss.
   */
  bestConstant(targets: AllTargets, options: object): BestConstant;
  /** Options that no document has, because its data decide them: from whether a row of targets is numbers, and not a class. */
  fromData?(rowsOfNumbers: boolean): object;
}

/** Of a loss without options. */
export type NoOptions = Readonly<Record<never, never>>;

/** The column with the largest number. */
export const argmax = (row: Float32Array): number => row.reduce((best, value, i) => (value > row[best]! ? i : best), 0);

/** The options of a loss; throws a UsageError for unknown ones, for values outside their ranges, and for values of a graph, which the function of that name in `/ops` takes. */
export function readLossOptions<Given extends object, const Table extends OptionTable<Given>>(
  name: string,
  table: Table,
  given: unknown,
): Complete<Given, Table> {
  if (Graph.of(given)) throw new UsageError(`${name}: expected options of a loss, got ${showGiven(given)}`);
  return readOptions<Given, Table>(name, table, given);
}

/** Throws a UsageError for anything but a loss. */
export function requireLoss(given: unknown): asserts given is Loss {
  if (typeof (given as Loss)?.build === 'function' && typeof (given as Loss).targetSize === 'function') return;
  const call = "call what makes one, as in mse(), or give loss('name', f), with a task for classification";
  throw new UsageError(`loss: expected a loss, got ${typeof given === 'function' ? 'a function' : show(given)}: ${call}`);
}
