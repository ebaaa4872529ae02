// Rows of named numbers, as nearly every log has them, to a history: what formats of rows share.
import { DataError, show, UsageError } from '../../errors.ts';
import { count } from '../../format.ts';
import type { History, LayerInfo, LayerRecord, StepRecord, TensorStats, ValidationRecord } from '../../inspect/history.ts';
import { RETENTION, Steps } from '../../inspect/steps.ts';
import { completed, goBack, meanSinceValidation } from '../history_reader.ts';
import { classesOf } from './classes_of.ts';
import {
  type ColumnMeaning,
  isCounter,
  isEmbedding,
  isNorm,
  type LoggedFigure,
  type Meanings,
  meanings,
  type PlainTarget,
  TRAINING,
  wordsOf,
} from './column_meaning.ts';
import type { LogOptions, ReadLog } from './log_format.ts';

/** A row: numbers by column, and tensors whose statistics came as one value. What is no number counts as absent. */
export type LogRow = Record<string, unknown>;

interface RowOptions extends LogOptions {
  /** Whether a row is an epoch, and its loss a mean over it. */
  perEpoch?: boolean;
}

/** Rows that are held back until it is known which columns there are, and which layers in what order. */
const HELD = 200;
/** Columns that are listed by name. */
const LISTED = 20;

type Plain = Partial<Record<PlainTarget, number>>;

/** What is known of the step that rows are about. */
interface Pending {
  step: number;
  plain: Plain;
  layers: Map<string, LayerRecord>;
  line: number;
}

/** Takes rows one after another, those of one step together or apart. */
export class RowReader {
  readonly #options: RowOptions;
  readonly #meaning: Meanings;
  readonly #columns = new Map<string, ColumnMeaning | undefined>();
  /** The column of each target that is used; others are listed. */
  readonly #chosen = new Map<PlainTarget, string>();
  readonly #notes: string[] = [];
  readonly #passedOver: { line: number; why: string }[] = [];
  #held: { row: LogRow; line: number }[] | undefined = [];
  #runs: History[] = [];
  #layers = new Map<string, number>();
  #pending: Pending | undefined;
  #lastLoss: number | undefined;
  /** Of steps that begin anew in each epoch: the last one, how far it was from the one before, and how many there were before each epoch. */
  #counted = { step: -1, epoch: Number.NaN, apart: 1, before: 0, of: new Map<number, number>() };
  #stepless = false;
  #perEpoch: boolean;

  constructor(options: RowOptions) {
    this.#options = options;
    this.#meaning = meanings(options.map);
    this.#perEpoch = options.perEpoch ?? false;
  }

  /** Takes a row. */
  add(given: LogRow, line: number): void {
    const row = byLayer(given);
    for (const column in row)
      if (!this.#columns.has(column) && isLogged(row[column])) this.#columns.set(column, this.#meaning(column, typeof row[column] === 'object'));
    if (!this.#held) this.#take(row, line);
    else if (this.#held.push({ row, line }) >= HELD) this.#begin();
  }

  /** Notes a line that could not be read. */
  passOver(line: number, why: string): void {
    this.#passedOver.push({ line, why });
  }

  /** Adds what is to be said. */
  note(text: string): void {
    this.#notes.push(text);
  }

  /** The history of the run that was asked for. Throws a DataError where there is no step in the file. */
  finish(): ReadLog {
    this.#begin();
    this.#flush();
    const usable = this.#runs.filter(({ steps, validations }) => steps.length + validations.length > 0);
    if (usable.length === 0 || usable.every(({ steps }) => steps.length === 0)) this.#nothing();
    const runs = usable.filter(({ steps }) => steps.length > 0);
    const history = runOf(runs, this.#options.run, this.#notes);
    const { classes, baselineLoss } = this.#options;
    if (classes !== undefined || baselineLoss !== undefined)
      history.task = {
        kind: classes === undefined ? 'regression' : 'classification',
        ...(classes === undefined ? {} : { classes }),
        ...(baselineLoss === undefined ? {} : { baselineLoss }),
      };
    else {
      const guessed = classesOf(history);
      if (guessed !== undefined) {
        history.task = { kind: 'classification', classes: guessed };
        this.#notes.push(`Taken for ${guessed} classes that are about equally frequent: the loss begins at ln ${guessed}. --classes says otherwise.`);
      }
    }
    if (this.#passedOver.length > 0) {
      const { line, why } = this.#passedOver[0]!;
      this.#notes.push(
        this.#passedOver.length === 1
          ? `Line ${line} was passed over: ${why}.`
          : `${count(this.#passedOver.length)} lines were passed over, the first of them line ${line}: ${why}.`,
      );
    }
    return { history, notes: [...this.#readAs(history), ...this.#notes], foreign: true };
  }

  /** Says what was read of which column, and what was not. */
  #readAs(history: History): string[] {
    const used = [...this.#chosen].map(([target, column]) => `${target.replaceAll('_', ' ')} from ${JSON.stringify(column)}`);
    const layers = history.layers.length > 0 ? [`${count(history.layers.length)} layers`] : [];
    const unknown = [...this.#columns].flatMap(([column, meaning]) =>
      meaning === undefined ||
      (meaning.to === 'plain' && this.#chosen.get(meaning.target) !== column) ||
      (meaning.to !== 'plain' && meaning.to !== 'nothing' && isNorm(meaning.layer))
        ? [column]
        : [],
    );
    return [
      `Read as: ${[...used, ...layers].join(', ')}.`,
      ...(unknown.length > 0
        ? [
            `Not used: ${listed(unknown)}.${
              layers.length === 0 && this.#unknown().filter((column) => LIKE_LAYER.test(column)).length > 1
                ? " Where they are layers' norms of gradients: --map '{layer}=weight_gradient.l2'."
                : ''
            }`,
          ]
        : []),
    ];
  }

  #nothing(): never {
    const columns = [...this.#columns.keys()];
    const [bad] = this.#passedOver;
    if (columns.length === 0 && bad) throw new DataError(`line ${bad.line}: ${bad.why}`);
    throw new DataError(
      columns.length === 0
        ? 'there is no row of numbers in it'
        : `no column is a training loss; say which with --map '${this.#unknown().find((column) => !isCounter(column)) ?? columns.at(-1)}=loss'. There are ${listed(columns)}. A table to train on is no log: \`fathom run\` takes it, and \`--document\` there writes what compare takes`,
    );
  }

  /** Columns that nothing is known of. */
  #unknown(): string[] {
    return [...this.#columns].flatMap(([column, meaning]) => (meaning === undefined && !/time/i.test(column) ? [column] : []));
  }

  /** Decides, from what came so far, which columns are used, and the order of the layers. */
  #begin(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    refuseRuns(held);
    const best = new Map<PlainTarget, number>();
    const counts = new Map<string, number>();
    for (const { row } of held) for (const column in row) if (isLogged(row[column])) counts.set(column, (counts.get(column) ?? 0) + 1);
    for (const [column, meaning] of this.#columns) {
      if (meaning?.to !== 'plain') continue;
      // Of equally good names the column that has more to say.
      const rank = meaning.rank - 1e-6 * (counts.get(column) ?? 0);
      if (rank >= (best.get(meaning.target) ?? Number.POSITIVE_INFINITY)) continue;
      best.set(meaning.target, rank);
      this.#chosen.set(meaning.target, column);
    }
    this.#accuracyOfValidation();
    this.#stepless = !this.#chosen.has('step');
    // One loss per epoch: it is a mean over the epoch.
    if (this.#stepless && this.#chosen.has('epoch') && this.#onePerEpoch(held)) this.#perEpoch = true;
    if (this.#stepless && !this.#chosen.has('epoch') && this.#validatesMost(held)) {
      this.#perEpoch = true;
      this.#notes.push('Rows have no number and most are validated: they were taken for epochs.');
    }
    const names = [...this.#columns.values()].flatMap((meaning) =>
      meaning && (meaning.to === 'tensor' || meaning.to === 'figure') && !isNorm(meaning.layer) ? [meaning.layer] : [],
    );
    for (const name of inOrder([...new Set(names)])) this.#layers.set(name, this.#layers.size);
    this.#newRun();
    for (const { row, line } of held) this.#take(row, line);
  }

  /** `train_loss, valid_loss, accuracy`: where losses say of which rows they are, what stands after that of the validation is of it (fastai, notebooks of Hugging Face). */
  #accuracyOfValidation(): void {
    const [loss, validated, accuracy] = (['loss', 'validation_loss', 'accuracy'] as const).map((target) => this.#chosen.get(target));
    if (loss === undefined || validated === undefined || accuracy === undefined || this.#chosen.has('validation_accuracy')) return;
    const ofTraining = (column: string): boolean => wordsOf(column).some((word) => TRAINING.has(word));
    const columns = [...this.#columns.keys()];
    if (!ofTraining(loss) || ofTraining(accuracy) || columns.indexOf(accuracy) < columns.indexOf(validated)) return;
    this.#chosen.delete('accuracy');
    this.#chosen.set('validation_accuracy', accuracy);
    this.#columns.set(accuracy, { to: 'plain', target: 'validation_accuracy', rank: 0 });
  }

  #onePerEpoch(held: readonly { row: LogRow }[]): boolean {
    const [epoch, loss] = [this.#chosen.get('epoch')!, this.#chosen.get('loss')];
    const epochs: number[] = [];
    let current: number | undefined;
    for (const { row } of held) {
      current = numberIn(row[epoch]) ?? current;
      if (current !== undefined && (loss === undefined || numberIn(row[loss]) !== undefined)) epochs.push(current);
    }
    return epochs.every(Number.isInteger) && new Set(epochs).size === epochs.length;
  }

  #validatesMost(held: readonly { row: LogRow }[]): boolean {
    const rowsWith = (target: PlainTarget): number => {
      const column = this.#chosen.get(target);
      return column === undefined ? 0 : held.filter(({ row }) => numberIn(row[column]) !== undefined).length;
    };
    return areEpochs(rowsWith('validation_loss'), rowsWith('loss'));
  }

  #newRun(): void {
    this.#lastLoss = undefined;
    const names = [...this.#layers.keys()];
    this.#runs.push({
      layers: names.map((name, i) => layerInfo(name, i === names.length - 1)),
      steps: new Steps([], RETENTION),
      validations: [],
      ...(this.#perEpoch ? { averaged: true } : {}),
    });
  }

  get #history(): History {
    return this.#runs.at(-1)!;
  }

  #take(row: LogRow, line: number): void {
    const plain: Plain = {};
    for (const [target, column] of this.#chosen) {
      const value = numberIn(row[column]);
      if (value !== undefined) plain[target] = value;
    }
    const step = this.#stepOf(plain);
    if (this.#perEpoch && this.#stepless) plain.epoch ??= step;
    if (!this.#pending || step !== this.#pending.step || (plain.loss !== undefined && this.#pending.plain.loss !== undefined && this.#stepless)) {
      this.#flush();
      this.#pending = { step, plain: {}, layers: new Map(), line };
    }
    const pending = this.#pending;
    Object.assign(pending.plain, plain);
    for (const column in row) {
      const meaning = this.#columns.get(column);
      if (!meaning || meaning.to === 'plain' || meaning.to === 'nothing' || isNorm(meaning.layer) || !isLogged(row[column])) continue;
      const record = pending.layers.get(meaning.layer) ?? { tensors: {} };
      pending.layers.set(meaning.layer, record);
      if (meaning.to === 'figure') addFigure(record, meaning.figure, numberIn(row[column]));
      else addStatistic(record, meaning, row[column]);
    }
  }

  /** The step of a row: its own, its epoch where rows are epochs, that of the row before where it says nothing. */
  #stepOf({ step, epoch, loss }: Plain): number {
    if (step !== undefined && Number.isFinite(step)) return this.#countedOn(Math.trunc(step), epoch, loss);
    if (this.#perEpoch && epoch !== undefined) return Math.trunc(epoch);
    const before = this.#pending?.step;
    if (!this.#stepless) return before ?? 1;
    if (before === undefined) return this.#perEpoch ? 0 : 1;
    return loss === undefined || this.#pending!.plain.loss === undefined ? before : before + 1;
  }

  /** A step counted on over epochs, where it begins anew in each. */
  #countedOn(step: number, epoch: number | undefined, loss: number | undefined): number {
    const counted = this.#counted;
    const floor = epoch === undefined ? counted.epoch : Math.floor(epoch);
    const again = step < counted.step || (step === counted.step && loss !== undefined && Number.isInteger(epoch));
    if (again && floor > counted.epoch) {
      if (counted.of.size === 0) this.#notes.push('Steps begin anew in each epoch: they were counted on.');
      counted.before += Math.max(1, counted.step - step + counted.apart);
      counted.of.set(floor, counted.before);
    } else if (floor < counted.epoch) counted.before = counted.of.get(floor) ?? 0;
    else if (step > counted.step && counted.step >= 0) counted.apart = step - counted.step;
    counted.step = step;
    counted.epoch = floor;
    return counted.before + step;
  }

  /** Puts the step that is complete into the history. */
  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return;
    const { step, plain, layers, line } = pending;
    if (plain.loss !== undefined) this.#goBack(step, line);
    const history = this.#history;
    const loss = plain.loss ?? (layers.size > 0 || plain.gradient_norm !== undefined ? this.#lastLoss : undefined);
    // What comes later of the last step, such as the mean of the epoch, is no step of its own.
    if (loss !== undefined && step > (history.steps.numbers.at(-1) ?? -1)) {
      this.#lastLoss = loss;
      history.steps.push({
        step,
        ...(plain.epoch === undefined ? {} : { epoch: plain.epoch }),
        loss,
        ...(plain.regularization_loss === undefined ? {} : { regularizationLoss: plain.regularization_loss }),
        ...(plain.gradient_norm === undefined ? {} : { gradientNorm: plain.gradient_norm }),
        ...(plain.learning_rate === undefined ? {} : { learningRate: plain.learning_rate }),
        ...(layers.size > 0 ? { layers: this.#records(history, layers) } : {}),
      } as StepRecord);
    }
    if (plain.validation_loss !== undefined || plain.validation_accuracy !== undefined) this.#validate(history, pending);
  }

  /** Where steps begin anew: another run where it is the first step again, else training that went on from a checkpoint. */
  #goBack(step: number, line: number): void {
    const { steps } = this.#history;
    const [first, last] = [steps.numbers[0], steps.numbers.at(-1)];
    if (first === undefined || last === undefined || step > last) return;
    if (step <= first && steps.length > 1) this.#newRun();
    else if (step < last) {
      const note = goBack(this.#history, step);
      if (note) this.#notes.push(`Line ${line}: ${note}`);
    }
  }

  #records(history: History, layers: ReadonlyMap<string, LayerRecord>): LayerRecord[] {
    for (const name of layers.keys())
      if (!this.#layers.has(name)) {
        this.#layers.set(name, this.#layers.size);
        history.layers.push(layerInfo(name, false));
      }
    const records: LayerRecord[] = Array.from({ length: this.#layers.size }, () => ({ tensors: {} }));
    for (const [name, record] of layers) {
      for (const kind in record.tensors) {
        const stats = record.tensors[kind as 'z']!;
        record.tensors[kind as 'z'] = completed(stats, 0);
      }
      const { update, weight } = record.tensors;
      if (!record.updateToWeight && update && weight) record.updateToWeight = { l2: update.l2 / weight.l2, absMean: update.absMean / weight.absMean };
      records[this.#layers.get(name)!] = record;
    }
    return records;
  }

  #validate(history: History, { step, plain }: Pending): void {
    const { validation_loss: validationLoss, validation_accuracy: validationAccuracy, accuracy, epoch = 0 } = plain;
    // Tables of floats have NaN where nothing was validated.
    if (validationLoss === undefined || (Number.isNaN(validationLoss) && Number.isFinite(plain.loss))) return;
    const record: ValidationRecord = {
      step,
      epoch,
      trainLoss: this.#perEpoch ? (plain.loss ?? Number.NaN) : meanSinceValidation(history),
      validationLoss,
      ...(validationAccuracy === undefined ? {} : { validationAccuracy: fraction(validationAccuracy) }),
      ...(accuracy === undefined ? {} : { trainAccuracy: fraction(accuracy) }),
    };
    // Where training went on from a checkpoint, or a run validated before its first step.
    if (Number.isNaN(record.trainLoss)) return;
    history.validations = history.validations.filter((before) => before.step < step);
    history.validations.push(record);
  }
}

/** Whether losses without a number are of epochs, by how many of them there are and how many validations: after steps one validates now and then. */
export const areEpochs = (validations: number, losses: number): boolean => validations * 2 > losses;

/** Columns of names, each of which is another run's. */
const RUN_COLUMN = /^(?:run[ _]?(?:name|id)?|name|experiment|experiment_?name|model|model_?name|trial)$/i;
/** Rows by which a table of runs is known. */
const FEW_RUNS = 3;

/** Refuses a table that has a row for each of several runs: its losses are of one run each, not of steps after one another. */
function refuseRuns(held: readonly { row: LogRow; line: number }[]): void {
  const first = held[0]?.row ?? {};
  // What W&B exports of a project, where several runs may have one name.
  const exported = 'Name' in first && 'State' in first && 'Created' in first;
  for (const column in first) {
    if (!RUN_COLUMN.test(column)) continue;
    const names = new Set(held.map(({ row }) => row[column]).filter((name) => typeof name === 'string' && name !== '' && numberIn(name) === undefined));
    if (exported || (names.size >= FEW_RUNS && names.size === held.length))
      throw new DataError(
        `line ${held[0]!.line}: each row is another ${JSON.stringify(column)} (${[...names].slice(0, 2).map(show).join(', ')}, ...): a table of runs, not of the steps of one; export the history of one run`,
      );
  }
}

const listed = (columns: readonly string[]): string =>
  columns
    .slice(0, LISTED)
    .map((column) => JSON.stringify(column))
    .join(', ') + (columns.length > LISTED ? ` and ${count(columns.length - LISTED)} more` : '');

/** Which of several runs; the last where nothing is said. Says that there are others. */
export function runOf(runs: readonly History[], asked: number | undefined, notes: string[]): History {
  if (asked !== undefined && !runs[asked - 1]) throw new UsageError(`--run ${asked}: the file holds ${runs.length === 1 ? 'one run' : `${runs.length} runs`}`);
  if (runs.length > 1 && asked === undefined) notes.push(`The file holds ${runs.length} runs: this is the last; --run 1 takes the first.`);
  return asked === undefined ? runs.at(-1)! : runs[asked - 1]!;
}

const layerInfo = (name: string, last: boolean): LayerInfo => ({
  name,
  role: last ? 'output' : 'hidden',
  activation: 'unknown',
  fanIn: 0,
  width: 0,
  batchNorm: false,
  residual: false,
  ...(isEmbedding(name) ? { trunk: false } : {}),
});

/** A statistic of a tensor, or all of them in one value. */
function addStatistic(record: LayerRecord, { kind, stat }: Extract<ColumnMeaning, { to: 'tensor' }>, value: unknown): void {
  const given = typeof value === 'object' ? (value as Partial<TensorStats>) : { [stat]: numberIn(value) };
  record.tensors[kind] = Object.assign(record.tensors[kind] ?? {}, given) as TensorStats;
}

function addFigure(record: LayerRecord, figure: LoggedFigure, value: number | undefined): void {
  if (value === undefined) return;
  if (figure === 'updateToWeight') record.updateToWeight = { l2: value, absMean: Number.NaN };
  else record[figure] = value;
}

/** Percentages as fractions. */
const fraction = (value: number): number => (value > 1 && value <= 100 ? value / 100 : value);

/** Names as numbers in them go, where they came sorted as words: writers of CSV sort columns. */
function inOrder(names: readonly string[]): string[] {
  const sorted = [...names].sort();
  const natural = new Intl.Collator('en', { numeric: true });
  return names.length > 2 && sorted.every((name, i) => name === names[i]) ? sorted.sort(natural.compare) : [...names];
}

const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  // As programs in C print it.
  '-nan': Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  infinity: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
};

/** A number as Python prints it in a tensor, an array or a type of NumPy: tensor(2.3, device='cuda:0'), np.float64(2.3), [2.3]. */
const WRAPPED = /^\[?\s*(?:(?:\w+\.)?(?:tensor|array|float\d*|int\d*)\()?\s*\[?\s*([-+]?[\w.+-]+)\s*\]?\s*(?:,\s*[a-z_]+=.*)?\)?\s*\]?$/i;

/** A number as logs write it; undefined for anything else. */
export function numberIn(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  if (text === '') return undefined;
  const number = Number(text);
  if (!Number.isNaN(number)) return number;
  const word = text.toLowerCase();
  if (Object.hasOwn(WORDS, word)) return WORDS[word];
  // 45 % of something is 0.45 of it.
  if (text.endsWith('%')) {
    const part = Number(text.slice(0, -1).trim() || 'none');
    return Number.isNaN(part) ? undefined : part / 100;
  }
  const inside = /[([]/.test(text) ? WRAPPED.exec(text)?.[1] : undefined;
  return inside === undefined ? undefined : numberIn(inside);
}

/** Names that parts of networks have. */
const LIKE_LAYER = /(^|[._/])(fc|conv|layers?|blocks?|linear|dense|attn|mlp|embed|encoder|decoder|head)(\d|[._/]|$)/i;
const LAYER_COLUMN = /^(?:layer|layer_?name|param(?:eter)?|param_?name|module|tensor)$/i;
const NAME_COLUMN = /^(?:key|metric|metric_?name|tag|variable|name)$/i;
/** Columns of a row that are of the step, whatever layer it is about. */
const OF_STEP = /step|iter|epoch|update$|loss|cost|^_|time|^lr$|learning.?rate/i;

/** A table in long form, a row for each layer or metric of a step, as one has it in wide form: {layer: "fc1", grad_norm: 1} is {"fc1/grad_norm": 1}. */
function byLayer(row: LogRow): LogRow {
  for (const column in row) {
    const name = row[column];
    if (typeof name !== 'string' || numberIn(name) !== undefined) continue;
    if (NAME_COLUMN.test(column) && 'value' in row) {
      const { value, [column]: _, ...rest } = row;
      return { ...rest, [name]: value };
    }
    if (!LAYER_COLUMN.test(column)) continue;
    const wide: LogRow = {};
    for (const other in row) if (other !== column) wide[OF_STEP.test(other) ? other : `${name}/${other}`] = row[other];
    return wide;
  }
  return row;
}

/** Whether a cell says something: a number, or statistics of a tensor. */
const isLogged = (value: unknown): boolean => (typeof value === 'object' && value !== null && 'l2' in value) || numberIn(value) !== undefined;
