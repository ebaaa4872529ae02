// What the page shows of a log that another program wrote: plain numbers for the pictures, the findings, and what to change there.
import { formatOf, LOG_FORMATS, readLog } from '../../src/experiment/logs/index.ts';
import type { LogOptions } from '../../src/experiment/logs/log_format.ts';
import type { LogSource } from '../../src/experiment/logs/log_source.ts';
import { TORCH_ADVICE } from '../../src/experiment/logs/torch_advice.ts';
import { important } from '../../src/inspect/diagnose/health.ts';
import { diagnose, type OfferedRemedy, type RuleId } from '../../src/inspect/diagnose/index.ts';
import type { LayerRecord, NonFinite, TensorStats, ValidationRecord } from '../../src/inspect/history.ts';
import type { Texts } from '../../src/texts.ts';
import { FIELDS, type FindingMessage, type FindingsMessage } from '../protocol.ts';
import { shownFinding, titleOf } from '../shown_finding.ts';

/** A finding, with what to change in PyTorch: nobody has tried it. */
export interface Advice extends FindingMessage {
  /** The row that it is about, from 0. */
  row: number | null;
  advice: readonly Texts<string>[];
}

export interface ForeignLog {
  /** The file. */
  name: string;
  /** What it was read as. */
  format: Texts;
  /** Whether another framework trained. */
  foreign: boolean;
  /** The layers of the file in the order of computation, by their names there; none where it has none. */
  layers: string[];
  /** Which gradient is shown: δ where the file has it. */
  measure: 'delta' | 'weight_gradient';
  /** Whether it is that of an entry (rms) or of all together (the norm). */
  each: 'rms' | 'l2';
  /** Steps, thinned where there are many; `values` has FIELDS of each layer. */
  steps: { numbers: Float64Array; loss: Float32Array; norm: Float32Array; learningRate: Float32Array; values: Float32Array };
  /** Steps that the file has. */
  count: number;
  validations: ValidationRecord[];
  task: 'classification' | 'regression';
  baselineLoss: number | null;
  nonFinite?: NonFinite;
  findings: Advice[];
  unchecked: NonNullable<FindingsMessage['unchecked']>;
  /** How it was read, a sentence each. */
  notes: string[];
  /** Of the hidden layers, where the file says it: for a network like it. */
  like: { width: number | null; activation: string | null; batchNorm: boolean };
}

/** Numbers of all steps and layers together, and steps, that a page has use for. */
const MOST_NUMBERS = 2 ** 22;
const MOST_STEPS = 4000;

/** The log in a file; null where no format recognizes it. Throws a DataError that names the line. */
export function foreignLog(source: LogSource, options: LogOptions = {}): ForeignLog | null {
  const format = formatOf(source);
  if (!format) return null;
  const { history, notes, foreign } = readLog(source, options);
  const diagnosis = diagnose(history);
  const records = [...history.steps];
  const { measure, each } = measured(records.flatMap(({ layers }) => layers ?? []));
  // A layer of which nothing is said has no row.
  const says = (layer: LayerRecord | undefined): boolean => {
    const stats = layer && statsOf(layer, measure);
    return stats !== undefined && (isBroken(stats) || known(stats[each]));
  };
  const shown = history.layers.flatMap((_, l) => (records.some((record) => says(record.layers?.[l])) ? [l] : []));
  const layers = shown.map((l) => history.layers[l]!);
  const hidden = layers.filter(({ role }) => role === 'hidden');
  const activations = new Set(hidden.map(({ activation }) => activation));
  const kept = thinned(records, Math.max(50, Math.min(MOST_STEPS, Math.floor(MOST_NUMBERS / (FIELDS.length * Math.max(1, layers.length))))));
  const column = (value: (record: (typeof kept)[number]) => number): Float32Array => Float32Array.from(kept, value);
  return {
    name: source.path,
    format: LOG_FORMATS[format].text,
    foreign,
    layers: layers.map(({ name }) => name),
    measure,
    each,
    steps: {
      numbers: Float64Array.from(kept, ({ step }) => step),
      loss: column(({ loss }) => loss),
      norm: column(({ gradientNorm }) => gradientNorm),
      learningRate: column(({ learningRate }) => learningRate),
      values: valuesOf(
        kept.map((record) => record.layers && shown.map((l) => record.layers![l]!)),
        layers.length,
        measure,
        each,
      ),
    },
    count: history.steps.length,
    validations: history.validations.slice(-MOST_STEPS),
    task: history.task?.kind ?? 'classification',
    baselineLoss: history.task?.baselineLoss ?? null,
    ...(history.nonFinite ? { nonFinite: history.nonFinite } : {}),
    findings: diagnosis.findings.map((finding): Advice => {
      const row = layers.findIndex(({ name }) => name === finding.layer);
      const advice = finding.remedies.map((remedy: OfferedRemedy) => TORCH_ADVICE[remedy]);
      return { ...shownFinding(finding), remedies: [], row: row < 0 ? null : row, advice };
    }),
    unchecked: important(diagnosis).map(({ rule }) => titleOf(rule as RuleId)),
    notes,
    like: {
      width: hidden.map(({ width }) => width).sort((a, b) => a - b)[hidden.length >> 1] || null,
      activation: activations.size === 1 ? [...activations][0]! : null,
      batchNorm: hidden.some(({ batchNorm }) => batchNorm),
    },
  };
}

const statsOf = ({ tensors, norms }: LayerRecord, kind: ForeignLog['measure']): Partial<TensorStats> | undefined =>
  tensors[kind] ?? (norms?.[kind] === undefined ? undefined : { l2: norms[kind] });

/** δ where the layers have it, else the gradient of the weights; per entry where all have it so. */
function measured(records: readonly LayerRecord[]): Pick<ForeignLog, 'measure' | 'each'> {
  const of = (kind: ForeignLog['measure']): Partial<TensorStats>[] => records.flatMap((record) => statsOf(record, kind) ?? []);
  const delta = of('delta');
  const measure = delta.length > 0 ? 'delta' : 'weight_gradient';
  const stats = measure === 'delta' ? delta : of(measure);
  return { measure, each: stats.every((each) => isBroken(each) || known(each.rms)) ? 'rms' : 'l2' };
}

/** Statistics that a log does not have are NaN, and those of a tensor that was not finite have counts. */
const known = (value: number | undefined): value is number => value !== undefined && !Number.isNaN(value);
const isBroken = ({ nanCount = 0, infCount = 0 }: Partial<TensorStats>): boolean => nanCount > 0 || infCount > 0;

/** FIELDS of each layer at each step; where a step says nothing of a layer, what was said of it last. */
function valuesOf(
  steps: readonly (readonly LayerRecord[] | undefined)[],
  depth: number,
  measure: ForeignLog['measure'],
  each: ForeignLog['each'],
): Float32Array {
  const size = depth * FIELDS.length;
  const values = new Float32Array(steps.length * size);
  const last = Float32Array.from({ length: size }, (_, i) => (i % FIELDS.length < 2 ? Number.NaN : 0));
  const take = (layers: readonly LayerRecord[] | undefined): void =>
    layers?.forEach((layer, l) => {
      const stats = statsOf(layer, measure);
      const value = stats && (isBroken(stats) ? ((stats.nanCount ?? 0) > 0 ? Number.NaN : Number.POSITIVE_INFINITY) : stats[each]);
      if (stats && (isBroken(stats) || known(value))) last[l * FIELDS.length] = value!;
      const { updateToWeight, deadFraction, saturatedFraction } = layer;
      [updateToWeight?.l2, deadFraction, saturatedFraction].forEach((other, i) => {
        if (known(other)) last[l * FIELDS.length + 1 + i] = other;
      });
    });
  // Before the first look there is nothing else to show than that.
  take(steps.find((layers) => layers));
  steps.forEach((layers, i) => {
    take(layers);
    values.set(last, i * size);
  });
  return values;
}

/** At most so many of a list, evenly apart, those with layers before the others; the last one is always there. */
function thinned<T extends { layers?: unknown }>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list];
  const some = (indexes: readonly number[]): number[] => {
    const every = Math.ceil(indexes.length / (most / 2));
    return indexes.filter((_, i) => i % every === 0 || i === indexes.length - 1);
  };
  const all = list.map((_, i) => i);
  const chosen = new Set([...some(all.filter((i) => list[i]!.layers)), ...some(all)]);
  return list.filter((_, i) => chosen.has(i));
}
