// Evaluates a model on a data set: its loss, and for classification its accuracy.
import { type AnyDataset, type Column, columnsOf, rowsOfColumn } from '../data/columns.ts';
import type { Value } from '../graph/graph.ts';
import type { History, ValidationRecord } from '../inspect/history.ts';
import * as LIMITS from '../limits.ts';
import type { Loss } from '../nn/losses.ts';
import { sizeOf, type TensorType } from '../shape.ts';
import type { Ending } from './ending.ts';
import { Inference, type InferenceParts, tensorsOf } from './inference.ts';
import { joinMetrics } from './join_metrics.ts';
import type { Measuring } from './metrics/measuring.ts';
import type { Metrics } from './metrics/metric.ts';
import { metricValues } from './metrics/values.ts';
import { appendLosses, type Losses, type Part, type Rules, targetRules } from './objective.ts';
import { batchTypes } from './step_graph.ts';
import { checkColumns, checkNumbers } from './tensors.ts';

/** Of one output. */
export interface OutputEvaluation {
  /** Mean over the rows, or over the weights of their targets where the loss weighs them; 0 where none counts. */
  loss: number;
  /** Fraction of right answers; classification only. */
  accuracy?: number;
  /** confusion[true class][answered class]; classification of up to 1,000 classes only. */
  confusion?: number[][];
  /** The metrics that were asked for, by name. */
  metrics?: Record<string, number>;
}

/** The loss that is trained, on all rows; accuracy and confusion of a model with one loss. */
export interface Evaluation extends OutputEvaluation {
  /** Of each output that has a loss, where there are several. */
  outputs?: Record<string, OutputEvaluation>;
}

/** The result of a validation: its record, and what `evaluate` returns for the validation set. */
export interface Validation {
  /** The record, as `History.validations` has it. */
  readonly record: ValidationRecord;
  /** All that was measured on the validation set. */
  readonly evaluation: Evaluation;
}

/** How often each class is the answer; undefined where the classes were not counted. */
export function predictedClasses({ confusion }: Evaluation): number[] | undefined {
  return confusion?.map((_, answered) => confusion.reduce((sum, counts) => sum + counts[answered]!, 0));
}

/** Evaluates a model by losses. */
export class Evaluator {
  readonly types: Readonly<Record<string, TensorType>>;
  readonly #parts: readonly Part[];
  readonly #rules: Rules;
  readonly #measuring: Measuring | undefined;
  readonly #inference: Inference;

  constructor(parts: InferenceParts, loss: Loss | Losses, metrics?: Metrics) {
    const { types, outputs, ...rest } = batchTypes(parts.model, loss, parts.inputs, 1);
    this.types = types;
    this.#parts = rest.parts;
    this.#rules = targetRules(rest.parts, outputs);
    const measuring = metrics && joinMetrics(metrics, rest.parts, outputs);
    this.#measuring = measuring;
    this.#inference = new Inference({
      ...parts,
      append: (graph, values, rows) => {
        const { parts: of, types: all } = batchTypes(parts.model, loss, parts.inputs, rows);
        const tensor = (name: string): Value => graph.find(name) ?? graph.input(name, all[name]!);
        const targets = Object.fromEntries(of.map(({ target }) => [target, tensor(target)]));
        const { each } = appendLosses(graph, loss, of, values, targets);
        const weights = each.map((value, i) => of[i]!.loss.weight?.(graph, value));
        return Object.fromEntries(
          of.flatMap((part, i): [string, Value][] => {
            const output = values[part.output]!;
            const measured = measuring?.append(i, graph, output, targets[part.target]!, () => (part.weights === undefined ? undefined : tensor(part.weights)));
            return [
              [`${i}/loss`, each[i]!],
              ...(weights[i] ? [[`${i}/weight`, weights[i]] as [string, Value]] : []),
              ...(part.loss.toClassIndex && !measuring?.answers(i) ? [[part.output, output] as [string, Value]] : []),
              ...Object.entries(measured ?? {}),
            ];
          }),
        );
      },
    });
  }

  get bytes(): number {
    return this.#inference.bytes;
  }

  /** On a data set whose targets have not been checked. */
  evaluate(dataset: AnyDataset): Promise<Evaluation> {
    const columns = columnsOf(dataset);
    checkColumns('evaluate', columns, this.types);
    checkNumbers('evaluate', columns, this.types, this.#rules);
    return this.evaluateChecked(dataset);
  }

  /** The same on a data set that was checked before and does not change. Rejects where a run ends first, for which it is. */
  async evaluateChecked(dataset: AnyDataset, ending?: Ending): Promise<Evaluation> {
    const columns = columnsOf(dataset);
    const results = await this.#inference.run(dataset.rows, (first, count) => tensorsOf(columns, Object.keys(this.types), first, count), ending);
    const each = this.#parts.map((part, i): [string, OutputEvaluation] => {
      const losses = results[`${i}/loss`]!;
      const own = part.weights === undefined ? undefined : numbersOf(columns[part.weights]!);
      const sum = own ? total(losses.map((value, row) => value * own[row]!)) : total(losses);
      const weights = own ?? results[`${i}/weight`];
      const loss = sum === 0 ? 0 : sum / (weights ? total(weights) : losses.length);
      const measured = this.#measuring?.measure(i, { results, targets: numbersOf(columns[part.target]!), weights: own });
      return [part.output, { loss, ...this.#answers(part, results[part.output], columns[part.target]!, losses.length, own), ...measured }];
    });
    const loss = each.reduce((sum, [, result], i) => sum + result.loss * this.#parts[i]!.weight, 0);
    return each.length === 1 ? { ...each[0]![1], loss } : { loss, outputs: Object.fromEntries(each) };
  }

  /** A validation pass after a number of steps of a run. */
  async validate(validation: AnyDataset, step: number, { steps, validations }: History, ending: Ending): Promise<Validation> {
    const evaluation = await this.evaluateChecked(validation, ending);
    const recent = steps.loss.subarray((validations.at(-1)?.step ?? 0) - step);
    const record = {
      step,
      epoch: steps.at(-1)?.epoch ?? 0,
      trainLoss: recent.reduce((sum, loss) => sum + loss, 0) / Math.max(1, recent.length),
      validationLoss: evaluation.loss,
      ...(evaluation.accuracy === undefined ? {} : { validationAccuracy: evaluation.accuracy }),
      ...(this.#measuring ? { validationMetrics: metricValues(evaluation) } : {}),
      ...(evaluation.confusion ? { predictedClasses: predictedClasses(evaluation)! } : {}),
    };
    return { record, evaluation };
  }

  /** How often the answers are right; `rows` counts positions, of which those without a weight do not count. */
  #answers(
    { loss: { toClassIndex, ignored } }: Part,
    outputs: Float32Array | undefined,
    targetsOf: Column,
    rows: number,
    weights: Float32Array | undefined,
  ): Omit<OutputEvaluation, 'loss'> {
    if (!toClassIndex || !outputs) return {};
    const columns = outputs.length / rows;
    const targets = numbersOf(targetsOf);
    const width = targets.length / rows;
    const classes = Math.max(2, targetsOf.classes ?? 0, columns);
    const confusion = classes <= LIMITS.confusion ? Array.from({ length: classes }, () => new Array<number>(classes).fill(0)) : undefined;
    let right = 0;
    let counted = 0;
    for (let row = 0; row < rows; row++) {
      const answer = toClassIndex(outputs.subarray(row * columns, (row + 1) * columns));
      const truth = toClassIndex(targets.subarray(row * width, (row + 1) * width));
      if (truth === ignored || weights?.[row] === 0) continue;
      counted++;
      if (answer === truth) right++;
      if (confusion) confusion[truth]![answer]!++;
    }
    return { accuracy: right / Math.max(1, counted), ...(confusion ? { confusion } : {}) };
  }

  /** Destroys it after what it was asked for. */
  retire(): Promise<void> {
    return this.#inference.retire();
  }

  destroy(): void {
    this.#inference.destroy();
  }
}

/** All numbers of a tensor. */
const numbersOf = (column: Column): Float32Array => Float32Array.from(rowsOfColumn(column, 0, column.values.length / sizeOf(column.shape)));

const total = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0);
