// Histories as JSON Lines: what `--json` writes, and what anybody may write from another framework to have a run diagnosed.
//
// The first line is a header, `{"format": "fathom-history/2", "layers": [{"name": "dense_1", "activation": "relu"}, ...]}`. Then one line per
// step, `{"step": 1, "loss": 2.3, "layers": [{"delta": {...}, "weight_gradient": {...}}, ...]}`, with one entry per layer of the header, and
// lines of validation passes, `{"validation": {"step": 100, "trainLoss": 0.5, "validationLoss": 0.7}}`, with `validationMetrics` by name where some were measured,
// and of recoveries, `{"recovered": {"from": 170, "to": 100, ...}}`, after which the steps after `to` are repeated. Numbers that are not finite are the
// strings "NaN", "Infinity" and "-Infinity". `joins` of the header are places without a weight where branches come together, a residual block's sum for
// one; a step has them in `joins`, like its layers. `trunk` and `branchOf` say which layers are in branches: without them `residual` does; `inputs`, on which inputs' trunk one is, where not on all. A tensor needs count, l2, mean, std, min, max and absMean, over its finite elements.
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { DataError, requireObject, show, UsageError } from '../errors.ts';
import type { RunFacts } from '../inspect/facts.ts';
import { type History, type LayerRecord, NORM_KINDS, type StepRecord, TENSOR_KINDS, type TensorStats } from '../inspect/history.ts';
import { LAYER_METRICS, type LayerMetricName, type LayerMetrics } from '../inspect/probe_index.ts';
import { cutHistory, requireHistory, Steps } from '../inspect/steps.ts';
import { FORMATS, versionIn } from '../io/formats.ts';
import { withNewNames } from '../io/old_names.ts';
import { boolean, check, integer, listOf, number, object, oneOf, string, tableEntries } from './check.ts';
import { factsOf } from './diagnose.ts';
import { facts } from './facts_schema.ts';
import { fits } from './fits.ts';
import { fromJson, toJson } from './json.ts';
import type { RunResult } from './run.ts';

/** The name and version of the history format, as the first line of every file has it. */
export const HISTORY_FORMAT = FORMATS.history;

const optional = v.exactOptional;
/** A loss may be anything; a size is never negative. Both may be Infinity or NaN. */
const anyNumber = v.custom<number>((value) => typeof value === 'number', 'expected a number, "NaN", "Infinity" or "-Infinity"');
const part = v.pipe(v.number('expected a number from 0 to 1'), v.minValue(0, 'expected a number from 0 to 1'), v.maxValue(1, 'expected a number from 0 to 1'));

const tensor = object({
  count: integer(0),
  l2: anyNumber,
  mean: anyNumber,
  std: anyNumber,
  min: anyNumber,
  max: anyNumber,
  absMean: anyNumber,
  rms: optional(anyNumber),
  zeroFraction: optional(part),
  nanCount: optional(integer(0)),
  infCount: optional(integer(0)),
  histogram: optional(v.array(number(0))),
});

const layerRecord = object({
  ...(Object.fromEntries(TENSOR_KINDS.map((kind) => [kind, optional(tensor)])) as Record<
    (typeof TENSOR_KINDS)[number],
    ReturnType<typeof optional<typeof tensor, undefined>>
  >),
  updateToWeight: optional(object({ l2: anyNumber, absMean: anyNumber, applied: optional(part) })),
  ...(tableEntries(LAYER_METRICS) as Record<LayerMetricName, ReturnType<typeof optional<typeof part, undefined>>>),
  norms: optional(
    object(
      Object.fromEntries(NORM_KINDS.map((kind) => [kind, optional(anyNumber)])) as Record<
        (typeof NORM_KINDS)[number],
        ReturnType<typeof optional<typeof anyNumber, undefined>>
      >,
    ),
  ),
});

const header = v.looseObject(
  {
    format: v.literal(HISTORY_FORMAT, `expected "${HISTORY_FORMAT}"`),
    layers: v.array(
      object({
        name: string(),
        role: optional(oneOf(['hidden', 'output'])),
        activation: optional(string()),
        fanIn: optional(integer(0)),
        width: optional(integer(0)),
        batchNorm: optional(boolean()),
        normalised: optional(boolean()),
        residual: optional(boolean()),
        trunk: optional(boolean()),
        branchOf: optional(string()),
        frozen: optional(boolean()),
        inputs: optional(listOf(string(), 'a list of inputs')),
      }),
      'expected a list of layers',
    ),
    joins: optional(
      v.array(
        object({
          name: string(),
          after: integer(0),
          role: optional(oneOf(['hidden', 'output'])),
          activation: optional(string()),
          width: optional(integer(0)),
          inputs: optional(listOf(string(), 'a list of inputs')),
        }),
        'expected a list of joins',
      ),
    ),
    task: optional(object({ kind: oneOf(['classification', 'regression']), classes: optional(integer()), baselineLoss: optional(number()) })),
    histogramEdges: optional(listOf(number(0), 'a list of numbers')),
    facts: optional(facts),
  },
  `expected a header, {"format": "${HISTORY_FORMAT}", "layers": [...]}`,
);

const step = object({
  step: integer(1),
  loss: anyNumber,
  epoch: optional(number(0)),
  regularizationLoss: optional(anyNumber),
  gradientNorm: optional(anyNumber),
  learningRate: optional(anyNumber),
  layers: optional(v.array(layerRecord, 'expected a list with an entry for each layer')),
  joins: optional(v.array(layerRecord, 'expected a list with an entry for each join')),
});

const stepFits = fits(step);

const counts = v.array(integer(0), 'expected a list of counts');

/** By name. */
const metrics = v.record(v.string(), anyNumber);

const validationLine = object({
  validation: object({
    step: integer(1),
    epoch: optional(number(0)),
    trainLoss: anyNumber,
    validationLoss: anyNumber,
    validationAccuracy: optional(part),
    trainAccuracy: optional(part),
    validationMetrics: optional(metrics),
    trainMetrics: optional(metrics),
    predictedClasses: optional(counts),
  }),
});

const nonFinite = object({
  step: integer(1),
  layer: optional(string()),
  tensor: oneOf([...TENSOR_KINDS, 'loss', 'regularization_loss', 'gradient_norm']),
  nanCount: integer(0),
  infCount: integer(0),
});

const recoveredLine = object({ recovered: object({ from: integer(1), to: integer(0), learningRate: anyNumber, nonFinite }) });

const end = object({ end: v.looseObject({ nonFinite: optional(nonFinite), predictedClasses: optional(counts), keptStep: optional(integer(0)) }) });

/**
 * Makes the JSON schema (draft 2020-12) of a line of a history file: the header, a step, a validation, a recovery or the end. The package has it as
 * `fathom-webgpu/history.schema.json`.
 *
 * @returns The schema as an object.
 * @example
 * const schema = JSON.stringify(historyJsonSchema(), null, 2);
 */
export function historyJsonSchema(): Record<string, unknown> {
  const schema = toJsonSchema(v.union([header, step, validationLine, recoveredLine, end]), {
    target: 'draft-2020-12',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === 'custom' ? { anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }] } : undefined,
  });
  return { $id: 'https://unpkg.com/fathom-webgpu/dist/history.schema.json', title: 'A line of a Fathom history', ...schema };
}

/**
 * Reads a history from JSON Lines, one line per step, as `fathom run --json` and `historyLines` write it; of format 1 too, with the names that it had.
 *
 * @param text - The whole file.
 * @returns The history, for `diagnose`, charts and reports.
 * @throws DataError with the line, and the place in it, where it does not fit the schema; UsageError for what is no text.
 * @example
 * const { findings } = diagnose(parseHistory(text));
 */
export function parseHistory(text: string): History {
  if (typeof text !== 'string') throw new UsageError(`parseHistory: expected text, got ${show(text)}`);
  const lines = text.split('\n').flatMap((line, i) => (line.trim() ? [{ line, number: i + 1 }] : []));
  const first = lines[0];
  if (!first) throw new DataError('history: the file is empty; expected a header line and a line per step');
  const given = json(first);
  const version = atLine(first, 'header', () => versionIn('history', given, 'format'));
  const today = (entry: Line, value: unknown): unknown => (version === 1 ? atLine(entry, 'names', () => withNewNames('history', value)) : value);
  const head = parseLine(
    header,
    first,
    has(given, 'format') && version === 1 ? { ...(today(first, given) as object), format: HISTORY_FORMAT } : given,
    'header',
  );
  const history: History = {
    layers: head.layers.map((layer, i) => ({
      role: i === head.layers.length - 1 ? 'output' : 'hidden',
      // Not logged: it need not be none.
      activation: 'unknown',
      fanIn: 0,
      width: 0,
      batchNorm: false,
      residual: false,
      ...layer,
    })),
    ...(head.joins ? { joins: head.joins.map((join) => ({ role: 'hidden', activation: 'linear', width: 0, ...join })) } : {}),
    steps: new Steps(),
    validations: [],
    ...(head.task ? { task: head.task } : {}),
    ...(head.facts ? { facts: head.facts as RunFacts } : {}),
    ...(head.histogramEdges ? { histogramEdges: head.histogramEdges } : {}),
  };
  let ended = false;
  for (const entry of lines.slice(1)) {
    const value = today(entry, json(entry));
    if (has(value, 'validation')) history.validations.push({ epoch: 0, ...parseLine(validationLine, entry, value, 'validation').validation });
    else if (has(value, 'recovered')) {
      const { recovered } = parseLine(recoveredLine, entry, value, 'recovered');
      // What was told of the steps that were taken back is no part of the run.
      cutHistory(history, recovered.to);
      history.recoveries = [...(history.recoveries ?? []), recovered];
    } else if (has(value, 'end')) {
      ended = true;
      const { nonFinite, predictedClasses, keptStep } = parseLine(end, entry, value, 'end').end;
      if (nonFinite) history.nonFinite = nonFinite;
      if (predictedClasses) history.predictedClasses = predictedClasses;
      if (keptStep !== undefined) history.keptStep = keptStep;
    } else {
      const { layers, joins, ...record } = stepFits(value) ? (value as v.InferOutput<typeof step>) : parseLine(step, entry, value, 'step');
      for (const [name, given, known] of [
        ['layers', layers, history.layers.length],
        ['joins', joins, history.joins?.length ?? 0],
      ] as const)
        if (given && given.length !== known)
          throw new DataError(`history, line ${entry.number}: ${name}: expected ${known} entries as in the header, got ${given.length}`);
      const records = layers?.map(layerOf);
      // Not logged: the norm of what was logged, and a rate that says no more than that the weights moved.
      history.steps.push({
        regularizationLoss: 0,
        gradientNorm: normOf(records ?? []),
        learningRate: 1,
        ...record,
        ...(records ? { layers: records } : {}),
        ...(joins ? { joins: joins.map(layerOf) } : {}),
      });
    }
  }
  if (history.steps.length === 0 && !ended)
    throw new DataError('history: there is no step in it; expected lines like {"step": 1, "loss": 2.3, "layers": [...]}');
  return history;
}

/** Whether a history that was read is of format 1. */
export function isOldHistory(text: string): boolean {
  return versionIn('history', fromJson(text.trimStart().split('\n', 1)[0]!), 'history') === 1;
}

/** Norm over all weight gradients. */
const normOf = (layers: readonly LayerRecord[]): number => Math.hypot(...layers.map(({ tensors }) => tensors.weight_gradient?.l2 ?? 0));

function layerOf(given: v.InferOutput<typeof layerRecord>): LayerRecord {
  const { updateToWeight, norms, ...tensors } = given;
  const record: LayerRecord = { tensors: {} };
  for (const kind of TENSOR_KINDS) {
    // The line's own object, completed: copies of all of them take as long as the check.
    const stats = tensors[kind];
    if (!stats) continue;
    stats.zeroFraction ??= 0;
    stats.nanCount ??= 0;
    stats.infCount ??= 0;
    stats.rms ??= stats.l2 / Math.sqrt(Math.max(1, stats.count - stats.nanCount - stats.infCount));
    record.tensors[kind] = stats as TensorStats;
  }
  const { update, weight } = record.tensors;
  const ratio = updateToWeight ?? (update && weight ? { l2: update.l2 / weight.l2, absMean: update.absMean / weight.absMean } : undefined);
  return {
    ...record,
    ...(ratio ? { updateToWeight: ratio } : {}),
    ...figuresOf(given),
    ...(norms ? { norms } : {}),
  };
}

/** The figures of probes. */
function figuresOf(given: LayerMetrics): LayerMetrics {
  const figures: LayerMetrics = {};
  for (const name in LAYER_METRICS) if (given[name as LayerMetricName] !== undefined) figures[name as LayerMetricName] = given[name as LayerMetricName]!;
  return figures;
}

interface Line {
  line: string;
  number: number;
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

function json({ line, number }: Line): unknown {
  try {
    return fromJson(/[:[,]\s*-?(?:NaN|Infinity)/.test(line) ? line.replace(BARE, (found) => (found.startsWith('"') ? found : `"${found}"`)) : line);
  } catch (cause) {
    throw new DataError(`history, line ${number}: ${(cause as Error).message}`, { cause });
  }
}

const has = (value: unknown, key: string): boolean => typeof value === 'object' && value !== null && key in value;

/** The header line of a history. `more` says what was run: it is not read back. */
export function headerLine(history: Pick<History, 'layers' | 'joins' | 'task' | 'histogramEdges' | 'facts'>, more: Record<string, unknown> = {}): string {
  const { layers, joins, task, histogramEdges, facts } = history;
  return toJson({
    format: HISTORY_FORMAT,
    layers,
    ...(joins ? { joins } : {}),
    ...(task ? { task } : {}),
    ...(histogramEdges ? { histogramEdges } : {}),
    ...(facts ? { facts } : {}),
    ...more,
  });
}

/** The line of a step: tensors stand directly in their layer. */
export function stepLine({ layers, joins, ...record }: StepRecord): string {
  const flat = (records: readonly LayerRecord[]): object[] => records.map(({ tensors, ...rest }) => ({ ...tensors, ...rest }));
  return toJson({ ...record, ...(layers ? { layers: flat(layers) } : {}), ...(joins ? { joins: flat(joins) } : {}) });
}

/**
 * Writes a whole history as JSON Lines, one line per step.
 *
 * @param history - From `trainer.history`, `fit` or `parseHistory`.
 * @param more - Further entries of the first line, by name; none by default.
 * @returns The lines, without line breaks.
 * @throws UsageError for what is no history.
 * @example
 * const text = historyLines(trainer.history).join('\n');
 */
export function historyLines(history: History, more: Record<string, unknown> = {}): string[] {
  requireHistory('historyLines', history);
  requireObject('historyLines: more', more, 'entries of the header by name');
  const facts = factsOf(history);
  return [
    headerLine(facts ? { ...history, facts } : history, more),
    // Before the steps, which are those that stand.
    ...(history.recoveries ?? []).map((recovered) => toJson({ recovered })),
    ...Array.from(history.steps, stepLine),
    ...history.validations.map((record) => toJson({ validation: record })),
    toJson({ end: endOf(history) }),
  ];
}

/** What the last line says of a run. */
export function endOf({ nonFinite, keptStep, predictedClasses }: History): object {
  return { ...(nonFinite ? { nonFinite } : {}), ...(keptStep === undefined ? {} : { keptStep }), ...(predictedClasses ? { predictedClasses } : {}) };
}

/** What the header of our own runs has in addition to the history. */
export function runHeader({ document, adapter }: Pick<RunResult, 'document' | 'adapter'>): Record<string, unknown> {
  return { document, adapter };
}
