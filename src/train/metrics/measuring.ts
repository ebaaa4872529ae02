// Several metrics of a model's outputs: which belongs to which output, whether they apply, what the GPU computes for them, and their results.
import { show, UsageError } from '../../errors.ts';
import type { Graph, Value } from '../../graph/graph.ts';
import * as LIMITS from '../../limits.ts';
import { greater } from '../../ops/public/masks.ts';
import { reshape } from '../../ops/reshape.ts';
import { lastOf, sizeOf, type TensorType } from '../../shape.ts';
import type { Part } from '../objective.ts';
import { confusionOf } from './confusion.ts';
import { classesOf, type Measured, type MeasuredOutput, type Reduction, withoutClasses } from './measured.ts';
import type { Metric, Metrics } from './metric.ts';
import { answeredClass } from './reductions.ts';

/** What metrics give of one output. */
export interface MeasuredResult {
  readonly metrics: Record<string, number>;
  readonly accuracy?: number;
  readonly confusion?: number[][];
}

/** The results of a part of the losses, and its targets and weights, row after row: positions of sequences are rows, too. */
export interface PartResults {
  readonly results: Readonly<Record<string, Float32Array>>;
  readonly targets: Float32Array;
  readonly weights: Float32Array | undefined;
}

export interface Measuring {
  /** Whether it gives the accuracy of a part, so that its outputs need not come back for that. */
  answers(part: number): boolean;
  /** What a pass computes for a part. `weights` makes the tensor of its weights, where it has some: it is asked for where it is needed. */
  append(part: number, graph: Graph, output: Value, target: Value, weights: () => Value | undefined): Record<string, Value>;
  measure(part: number, given: PartResults): MeasuredResult;
}

/** Joins metrics. Throws a UsageError for those that make no sense of the output that they are asked of, or come twice. */
export function joinMetrics(given: Metrics, parts: readonly Part[], outputs: Readonly<Record<string, TensorType>>): Measuring {
  const joined = parts.map((part, i) => new Joined(part, lastOf(outputs[part.output]!), i, byOutput(given, parts)[part.output] ?? []));
  return {
    answers: (part) => joined[part]!.answers,
    append: (part, ...pass) => joined[part]!.append(...pass),
    measure: (part, results) => joined[part]!.measure(results),
  };
}

/** Metrics by output. */
function byOutput(given: Metrics, parts: readonly Part[]): Readonly<Record<string, readonly Metric[]>> {
  const names = parts.map(({ output }) => output);
  if (Array.isArray(given)) {
    if (names.length > 1)
      throw new UsageError(`metrics: losses are of the outputs ${names.join(', ')}: say which metrics are of which, { ${names[0]}: [...] }`);
    return { [names[0]!]: given as readonly Metric[] };
  }
  for (const name of Object.keys(given))
    if (!names.includes(name)) throw new UsageError(`metrics: no loss is of an output ${show(name)}; losses are of ${names.join(', ')}`);
  return given as Readonly<Record<string, readonly Metric[]>>;
}

class Joined {
  readonly answers: boolean;
  readonly #output: MeasuredOutput;
  /** What stands before the names of its results. */
  readonly #prefix: string;
  readonly #metrics: readonly Metric[];
  readonly #needs: readonly Reduction[];

  constructor({ loss }: Part, columns: number, index: number, metrics: readonly Metric[]) {
    this.#output = { loss, columns };
    this.#prefix = `${index}/`;
    this.#metrics = metrics;
    for (const [i, metric] of metrics.entries()) {
      const wrong = wrongMetric(metric, this.#output);
      if (wrong) throw new UsageError(`metrics: ${metric.name}: ${wrong}`);
      if (metrics.findIndex(({ name }) => name === metric.name) < i) throw new UsageError(`metrics: ${metric.name}: it is there twice`);
    }
    this.answers = loss.toClassIndex !== undefined && !withoutClasses(this.#output);
    const needs = [...(this.answers ? [answeredClass] : []), ...metrics.flatMap((metric) => metric.needs)];
    this.#needs = [...new Map(needs.map((reduction) => [reduction.name, reduction])).values()];
  }

  append(graph: Graph, output: Value, target: Value, weights: () => Value | undefined): Record<string, Value> {
    const { loss, columns } = this.#output;
    const rows = sizeOf(output.type.shape) / columns;
    const flat = (x: Value): Value => reshape(graph, x, [rows, sizeOf(x.type.shape) / rows]);
    return graph.scope('metrics', () => {
      const counts = this.#needs.some(({ per }) => per === 'pass') ? (weights() ?? loss.leavesOut?.counts(graph, target, 'step')) : undefined;
      const pass = { graph, loss, columns, output: flat(output), target: flat(target), counted: counts && greater(flat(counts), 0) };
      return Object.fromEntries(this.#needs.map((reduction) => [this.#prefix + reduction.name, reduction.append(pass)]));
    });
  }

  measure({ results, targets: all, weights }: PartResults): MeasuredResult {
    const { loss, columns } = this.#output;
    const width = loss.targetSize(columns);
    const rows = all.length / width;
    const classes = loss.toClassIndex
      ? Int32Array.from({ length: rows }, (_, row) => loss.toClassIndex!(all.subarray(row * width, (row + 1) * width)))
      : undefined;
    const counts = (row: number): boolean => (classes === undefined || classes[row] !== loss.ignored) && weights?.[row] !== 0;
    const counted = Array.from({ length: rows }, (_, row) => row).filter(counts);
    /** The rows that count. */
    const pick = <Numbers extends Float32Array | Int32Array>(of: Numbers): Numbers => {
      if (counted.length === rows) return of;
      const each = of.length / rows;
      const picked = new (of.constructor as new (length: number) => Numbers)(counted.length * each);
      counted.forEach((row, i) => {
        picked.set(of.subarray(row * each, (row + 1) * each), i * each);
      });
      return picked;
    };
    const data: Measured = {
      ...this.#output,
      rows: counted.length,
      targets: pick(all),
      width,
      truth: pick(classes ?? new Int32Array(0)),
      of: (reduction) => {
        const values = results[this.#prefix + reduction.name]!;
        return reduction.per === 'row' ? pick(values) : values;
      },
    };
    const metrics: Record<string, number> = {};
    let answers = this.answers ? answersOf(data) : {};
    for (const metric of this.#metrics) {
      if (metric.kind === 'number') metrics[metric.name] = metric.measure(data);
      else answers = { ...answers, confusion: metric.measure(data) };
    }
    return { metrics, ...answers };
  }
}

/** What is there of a classification without being asked for. */
function answersOf(data: Measured): Omit<MeasuredResult, 'metrics'> {
  const { truth, rows } = data;
  const right = data.of(answeredClass).reduce((sum, answer, row) => sum + Number(answer === truth[row]), 0);
  return { accuracy: right / Math.max(1, rows), ...(classesOf(data) <= LIMITS.confusion ? { confusion: confusionOf(data) } : {}) };
}

/** Why a metric makes no sense of an output; undefined where it does. */
export function wrongMetric({ task, wrong }: Metric, output: MeasuredOutput): string | undefined {
  const { loss } = output;
  if (task === undefined || task === loss.task) return wrong?.(output);
  return task === 'classification'
    ? `it is of classes, and the loss ${loss.name} is of a regression: measure errors, as rmse and r2 do, or train with a loss of a classification`
    : `it is of numbers, and the loss ${loss.name} is of a classification: measure answers, as accuracy and f1 do, or train with a loss of a regression`;
}
