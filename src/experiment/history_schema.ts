// Histories as JSON Lines: what `--json` writes, and what anybody may write from another framework to have a run diagnosed.
//
// The first line is a header, `{"format": "fathom-history/2", "layers": [{"name": "dense_1", "activation": "relu"}, ...]}`. Then one line per
// step, `{"step": 1, "loss": 2.3, "layers": [{"delta": {...}, "weight_gradient": {...}}, ...]}`, with one entry per layer of the header, and
// lines of validation passes, `{"validation": {"step": 100, "trainLoss": 0.5, "validationLoss": 0.7}}`, with `validationMetrics` by name where some were measured,
// and of recoveries, `{"recovered": {"from": 170, "to": 100, ...}}`, after which the steps after `to` are repeated. Numbers that are not finite are the
// strings "NaN", "Infinity" and "-Infinity". `joins` of the header are places without a weight where branches come together, a residual block's sum for
// one; a step has them in `joins`, like its layers. `trunk` and `branchOf` say which layers are in branches: without them `residual` does; `inputs`, on which inputs' trunk one is, where not on all. Of a tensor whatever
// is known stands there, over its finite elements, `l2` alone for one; and of a step more than `step` and `loss`.
// history_reader.ts reads them.
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { requireObject } from '../errors.ts';
import { type History, type LayerRecord, NORM_KINDS, type StepRecord, TENSOR_KINDS } from '../inspect/history.ts';
import { LAYER_METRICS, type LayerMetricName } from '../inspect/probe_index.ts';
import { FORMATS } from '../io/formats.ts';
import { boolean, integer, listOf, number, object, oneOf, string, tableEntries } from './check.ts';
import { withFacts } from './diagnose.ts';
import { facts } from './facts_schema.ts';
import { toJson } from './json.ts';
import type { RunResult } from './run.ts';

/** The name and version of the history format, as the first line of every file has it. */
export const HISTORY_FORMAT = FORMATS.history;

const optional = v.exactOptional;
/** A loss may be anything; a size, as a norm is one, is never below 0. Both may be no number, or infinite. */
const anyNumber = v.custom<number>((value) => typeof value === 'number', 'expected a number, "NaN", "Infinity" or "-Infinity"');
const size = v.custom<number>(
  (value) => typeof value === 'number' && !(value < 0 && value > -Infinity),
  'expected a number of at least 0, "NaN", "Infinity" or "-Infinity"',
);
const part = v.pipe(v.number('expected a number from 0 to 1'), v.minValue(0, 'expected a number from 0 to 1'), v.maxValue(1, 'expected a number from 0 to 1'));

/** Every number may be absent: many logs have L2 norms alone. */
const tensor = object({
  count: optional(integer(0)),
  l2: optional(size),
  mean: optional(anyNumber),
  std: optional(size),
  min: optional(anyNumber),
  max: optional(anyNumber),
  absMean: optional(size),
  rms: optional(size),
  zeroFraction: optional(part),
  nanCount: optional(integer(0)),
  infCount: optional(integer(0)),
  histogram: optional(v.array(number(0))),
});

/** @internal What a step showed of a place. */
export const layerRecord = object({
  ...(Object.fromEntries(TENSOR_KINDS.map((kind) => [kind, optional(tensor)])) as Record<
    (typeof TENSOR_KINDS)[number],
    ReturnType<typeof optional<typeof tensor, undefined>>
  >),
  updateToWeight: optional(object({ l2: size, absMean: optional(size), applied: optional(part) })),
  ...(tableEntries(LAYER_METRICS) as Record<LayerMetricName, ReturnType<typeof optional<typeof part, undefined>>>),
  norms: optional(
    object(
      Object.fromEntries(NORM_KINDS.map((kind) => [kind, optional(size)])) as Record<
        (typeof NORM_KINDS)[number],
        ReturnType<typeof optional<typeof size, undefined>>
      >,
    ),
  ),
});

/** @internal The first line. */
export const header = v.looseObject(
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

/** @internal A line of a step. */
export const step = object({
  step: integer(0),
  loss: anyNumber,
  epoch: optional(number(0)),
  regularizationLoss: optional(anyNumber),
  gradientNorm: optional(size),
  learningRate: optional(size),
  layers: optional(v.array(layerRecord, 'expected a list with an entry for each layer')),
  joins: optional(v.array(layerRecord, 'expected a list with an entry for each join')),
});

const counts = v.array(integer(0), 'expected a list of counts');

/** By name. */
const metrics = v.record(v.string(), anyNumber);

/** @internal A line of a validation. */
export const validationLine = object({
  validation: object({
    step: integer(0),
    epoch: optional(number(0)),
    trainLoss: optional(anyNumber),
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

/** @internal A line of what the run came back from. */
export const recoveredLine = object({
  recovered: object({
    from: integer(0),
    to: integer(0),
    learningRate: size,
    nonFinite: optional(nonFinite),
    device: optional(object({ lost: string(), adapter: string(), equal: v.boolean() })),
  }),
});

/** @internal The last line. */
export const end = object({ end: v.looseObject({ nonFinite: optional(nonFinite), predictedClasses: optional(counts), keptStep: optional(integer(0)) }) });

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
    overrideSchema: ({ valibotSchema }) => {
      if (valibotSchema.type !== 'custom') return undefined;
      return { anyOf: [{ type: 'number', ...(valibotSchema === size ? { minimum: 0 } : {}) }, { enum: ['NaN', 'Infinity', '-Infinity'] }] };
    },
  });
  return { $id: 'https://unpkg.com/fathom-webgpu/dist/history.schema.json', title: 'A line of a Fathom history', ...schema };
}

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
  const read = withFacts('historyLines', history);
  requireObject('historyLines: more', more, 'entries of the header by name');
  return [
    headerLine(read, more),
    // Before the steps, which are those that stand.
    ...(read.recoveries ?? []).map((recovered) => toJson({ recovered })),
    ...read.steps.map(stepLine),
    ...read.validations.map((record) => toJson({ validation: record })),
    toJson({ end: endOf(read) }),
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
