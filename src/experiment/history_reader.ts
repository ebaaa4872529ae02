// Reads histories from JSON Lines, line by line: those of this engine, and those that anybody writes from another framework.
import type * as v from 'valibot';
import { DataError, show, UsageError } from '../errors.ts';
import type { RunFacts } from '../inspect/facts.ts';
import { type History, type LayerInfo, type LayerRecord, TENSOR_KINDS, type TensorStats } from '../inspect/history.ts';
import { LAYER_METRICS, type LayerMetricName, type LayerMetrics } from '../inspect/probe_index.ts';
import { cutHistory, type Retention, Steps, UNKNOWN } from '../inspect/steps.ts';
import { oldFormatNote, versionIn } from '../io/formats.ts';
import { withNewNames } from '../io/old_names.ts';
import { check } from './check.ts';
import { fits } from './fits.ts';
import { end, HISTORY_FORMAT, header, type layerRecord, recoveredLine, step, validationLine } from './history_schema.ts';
import { fromJson } from './json.ts';
import { isEmbedding } from './logs/column_meaning.ts';

/** One line of a file. */
interface Line {
  text: string;
  /** From 1. */
  number: number;
}

const stepFits = fits(step);

/**
 * Reads a history from JSON Lines, one line per step, as `fathom run --json` and `historyLines` write it; of format 1 too, with the names that it had. Of a file
 * that holds several runs the last one.
 *
 * @param text - The whole file.
 * @returns The history, for `diagnose`, charts and reports.
 * @throws DataError with the line, and the place in it, where it does not fit the schema; UsageError for what is no text.
 * @example
 * const { findings } = diagnose(parseHistory(text));
 */
export function parseHistory(text: string): History {
  if (typeof text !== 'string') throw new UsageError(`parseHistory: expected text, got ${show(text)}`);
  const reader = new HistoryReader();
  text.split('\n').forEach((line, i) => {
    if (line.trim()) reader.add({ text: line, number: i + 1 });
  });
  return reader.finish().runs.at(-1)!;
}

/** How a reader takes the lines. */
interface ReaderOptions {
  /** Whether a line that is no JSON at the end of the file is passed over: one that is still being written, or was cut off. */
  halfEnd?: boolean;
  /** How much is kept of the layers. */
  retention?: Retention;
  /** The name of the file, for what is said of one of an earlier version. */
  path?: string;
}

/** Takes the lines of a history one after another. */
export class HistoryReader {
  readonly #options: ReaderOptions;
  readonly #runs: History[] = [];
  readonly #notes: string[] = [];
  #history: History | undefined;
  #version: number | undefined;
  #ended = false;
  #foreign = true;
  /** What was wrong with the line before, where it may have been the last. */
  #half: DataError | undefined;

  constructor(options: ReaderOptions = {}) {
    this.#options = options;
  }

  /** Takes a line. Throws a DataError with its number. */
  add(line: Line): void {
    if (this.#half) throw this.#half;
    let given: unknown;
    try {
      given = json(line);
    } catch (error) {
      if (!this.#options.halfEnd || !this.#history) throw error;
      this.#half = error as DataError;
      return;
    }
    if (!this.#history || (has(given, 'format') && has(given, 'layers'))) this.#begin(line, given);
    else this.#add(this.#history, line, this.#today(line, given));
  }

  /** All runs in the file, in order, and what is to be said of how they were read. Throws a DataError where there is none. */
  finish(): { runs: History[]; notes: string[]; foreign: boolean } {
    if (!this.#history) throw new DataError('history: the file is empty; expected a header line and a line per step');
    if (this.#half) this.#notes.push(`The last line is not whole: it was left out (${this.#half.message}).`);
    if (this.#history.steps.length === 0 && !this.#ended && this.#runs.length === 1)
      throw new DataError('history: there is no step in it; expected lines like {"step": 1, "loss": 2.3, "layers": [...]}');
    return { runs: this.#runs, notes: this.#notes, foreign: this.#foreign };
  }

  #today(line: Line, value: unknown): unknown {
    return this.#version === 1 ? atLine(line, 'names', () => withNewNames('history', value)) : value;
  }

  #begin(line: Line, given: unknown): void {
    this.#version = atLine(line, 'header', () => versionIn('history', given, 'format'));
    const today = has(given, 'format') && this.#version === 1 ? { ...(this.#today(line, given) as object), format: HISTORY_FORMAT } : given;
    const head = parseLine(header, line, today, 'header');
    if (this.#version === 1 && this.#options.path !== undefined) this.#notes.push(oldFormatNote(this.#options.path));
    this.#foreign = !has(head, 'document');
    this.#ended = false;
    this.#history = {
      layers: head.layers.map((layer, i) => ({
        role: i === head.layers.length - 1 ? 'output' : 'hidden',
        // Not logged: it need not be none.
        activation: 'unknown',
        fanIn: 0,
        width: 0,
        batchNorm: false,
        residual: false,
        ...(this.#foreign && isEmbedding(layer.name) ? { trunk: false } : {}),
        ...layer,
      })),
      ...(head.joins ? { joins: head.joins.map((join) => ({ role: 'hidden', activation: 'linear', width: 0, ...join })) } : {}),
      steps: new Steps([], this.#options.retention),
      validations: [],
      ...(head.task ? { task: head.task } : {}),
      ...(head.facts ? { facts: head.facts as RunFacts } : {}),
      ...(head.histogramEdges ? { histogramEdges: head.histogramEdges } : {}),
    };
    this.#runs.push(this.#history);
  }

  #add(history: History, line: Line, value: unknown): void {
    if (has(value, 'validation')) {
      const { validation } = parseLine(validationLine, line, value, 'validation');
      // In the same order whatever the line has, so that a history that was read is written alike.
      const { epoch = 0, step, trainLoss = meanSinceValidation(history), ...rest } = validation;
      history.validations.push({ epoch, step, trainLoss, ...rest });
    } else if (has(value, 'recovered')) {
      const { recovered } = parseLine(recoveredLine, line, value, 'recovered');
      // What was told of the steps that were taken back is no part of the run.
      cutHistory(history, recovered.to);
      history.recoveries = [...(history.recoveries ?? []), recovered];
    } else if (has(value, 'end')) {
      this.#ended = true;
      const { nonFinite, predictedClasses, keptStep } = parseLine(end, line, value, 'end').end;
      if (nonFinite) history.nonFinite = nonFinite;
      if (predictedClasses) history.predictedClasses = predictedClasses;
      if (keptStep !== undefined) history.keptStep = keptStep;
    } else this.#addStep(history, line, value);
  }

  #addStep(history: History, line: Line, value: unknown): void {
    const { layers, joins, ...record } = stepFits(value) ? (value as v.InferOutput<typeof step>) : parseLine(step, line, value, 'step');
    for (const [name, given, known] of [
      ['layers', layers, history.layers.length],
      ['joins', joins, history.joins?.length ?? 0],
    ] as const)
      if (given && given.length !== known)
        throw new DataError(`history, line ${line.number}: ${name}: expected ${known} entries as in the header, got ${given.length}`);
    const note = goBack(history, record.step);
    if (note) this.#notes.push(`Line ${line.number}: ${note}`);
    const records = layers?.map((layer, i) => layerOf(layer, history.layers[i]!));
    const norm = record.gradientNorm ?? normOf(records ?? []);
    history.steps.push({
      ...(record as typeof record & { regularizationLoss: number; learningRate: number }),
      ...(norm === undefined ? {} : { gradientNorm: norm }),
      ...(records ? { layers: records } : {}),
      ...(joins ? { joins: joins.map((join) => layerOf(join)) } : {}),
    } as Parameters<Steps['push']>[0]);
  }
}

/**
 * Takes back the steps from this one on, where a log repeats them: training went on from a checkpoint. Returns what is to be said of it.
 */
export function goBack(history: Pick<History, 'steps' | 'validations'>, step: number): string | undefined {
  const last = history.steps.numbers.at(-1);
  if (last === undefined || step > last) return undefined;
  cutHistory(history, step - 1);
  return `step ${step} comes after step ${last}: training went on from there, and what was logged of the steps since then was left out.`;
}

/** Mean loss of the steps since the validation before; NaN where there is none. */
export function meanSinceValidation({ steps, validations }: Pick<History, 'steps' | 'validations'>): number {
  const before = validations.at(-1)?.step ?? -1;
  let [sum, rows] = [0, 0];
  for (let i = steps.length - 1; i >= 0 && steps.numbers[i]! > before; i--) {
    sum += steps.loss[i]!;
    rows++;
  }
  return rows > 0 ? sum / rows : (steps.loss.at(-1) ?? Number.NaN);
}

/** Norm over all weight gradients, where any was logged. */
function normOf(layers: readonly LayerRecord[]): number | undefined {
  const logged = layers.flatMap(({ tensors }) => tensors.weight_gradient?.l2 ?? []);
  return logged.length > 0 ? Math.hypot(...logged) : undefined;
}

function layerOf(given: v.InferOutput<typeof layerRecord>, layer?: LayerInfo): LayerRecord {
  const { updateToWeight, norms, ...tensors } = given;
  const record: LayerRecord = { tensors: {} };
  for (const kind of TENSOR_KINDS) {
    // The line's own object, completed: copies of all of them take as long as the check.
    const stats = tensors[kind];
    if (stats) record.tensors[kind] = completed(stats as Partial<TensorStats>, WEIGHT_LIKE.has(kind) && layer ? layer.fanIn * layer.width : 0);
  }
  const { update, weight } = record.tensors;
  const ratio = updateToWeight
    ? { ...updateToWeight, absMean: updateToWeight.absMean ?? Number.NaN }
    : update && weight
      ? { l2: update.l2 / weight.l2, absMean: update.absMean / weight.absMean }
      : undefined;
  return {
    ...record,
    ...(ratio ? { updateToWeight: ratio } : {}),
    ...figuresOf(given),
    ...(norms ? { norms } : {}),
  };
}

const WEIGHT_LIKE: ReadonlySet<string> = new Set(['weight', 'weight_gradient', 'update']);

/** Fills in what follows from what is there; the rest is NaN. `elements` is how many there are, where that is known; 0 where not. */
export function completed(stats: Partial<TensorStats>, elements: number): TensorStats {
  const { count = elements || Number.NaN, l2, rms } = stats;
  stats.nanCount ??= Number.isNaN(l2) || Number.isNaN(rms) ? 1 : 0;
  stats.infCount ??= l2 === Infinity || rms === Infinity ? 1 : 0;
  const finite = Math.max(1, count - stats.nanCount - stats.infCount);
  stats.count = count;
  stats.rms ??= (l2 ?? Number.NaN) / Math.sqrt(finite);
  stats.l2 ??= (rms ?? Number.NaN) * Math.sqrt(finite);
  // Logs that have all but these mean that there are none.
  stats.zeroFraction ??= stats.absMean === undefined ? Number.NaN : 0;
  for (const name in UNKNOWN) stats[name as 'mean'] ??= UNKNOWN[name as 'mean'];
  return stats as TensorStats;
}

/** The figures of probes. */
function figuresOf(given: LayerMetrics): LayerMetrics {
  const figures: LayerMetrics = {};
  for (const name in LAYER_METRICS) if (given[name as LayerMetricName] !== undefined) figures[name as LayerMetricName] = given[name as LayerMetricName]!;
  return figures;
}

const parseLine = <Value>(schema: v.GenericSchema<unknown, Value>, line: Line, value: unknown, what: string): Value =>
  atLine(line, what, () => check(schema, value, what));

/** Puts the line's number before what goes wrong with it. */
function atLine<Value>({ number }: Line, what: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw new DataError(`history, line ${number} (${what}): ${(error as Error).message}`, { cause: error });
  }
}

/** As they stand bare where Python's json writes them, which JSON does not know. Texts are passed over. */
const BARE = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/** JSON as Python writes it too, with NaN and Infinity bare. Throws a DataError. */
export const fromPythonJson = (text: string): unknown =>
  fromJson(/[:[,]\s*-?(?:NaN|Infinity)/.test(text) ? text.replace(BARE, (found) => (found.startsWith('"') ? found : `"${found}"`)) : text);

function json({ text, number }: Line): unknown {
  try {
    return fromPythonJson(text);
  } catch (cause) {
    throw new DataError(`history, line ${number}: ${(cause as Error).message}`, { cause });
  }
}

const has = (value: unknown, key: string): boolean => typeof value === 'object' && value !== null && key in value;
