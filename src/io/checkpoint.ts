// What a file of Fathom holds: a model is its parameters and running statistics by path; a checkpoint adds the optimizer's state
// as `optimizer/0/<path>` and, in the metadata, the run state. Both say in which format they are and what model it is, and may carry the document that describes
// the experiment.
import { DataError, isObject, show, UsageError } from '../errors.ts';
import * as LIMITS from '../limits.ts';
import { type HostTensor, sameShape, shapeText } from '../shape.ts';
import { FORMATS, oldFormatNote, versionOf } from './formats.ts';
import { withNewNames } from './old_names.ts';
import { oldLayerOf, withNewPaths } from './old_paths.ts';
import { F32, openSafetensors, readSafetensors, type SafeTensors, writeSafetensors } from './safetensors.ts';

/** The metadata's keys. */
export const METADATA = { format: 'fathom.format', document: 'fathom.document', model: 'fathom.model', run: 'fathom.run' } as const;
const { document: DOCUMENT, model: MODEL, run: RUN } = METADATA;

const OPTIMIZER = 'optimizer/';
/** Of the parameters at the best check, which early stopping goes back to. */
const BEST = 'best/';

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** How long early stopping has waited, since which validation, and the parameters and running statistics of that one (none where it does not go back to them). */
export interface EarlyStoppingPoint {
  readonly waited: number;
  readonly best: { step: number; epoch: number; trainLoss: number; validationLoss: number; validationAccuracy?: number };
  readonly tensors: ReadonlyMap<string, HostTensor>;
}

/** The effect of recoveries from non-finite steps on a run: the factor on its learning rate, the latest non-finite step, and the recoveries since it was first reached. */
export interface RecoveryPoint {
  readonly factor: number;
  readonly reached: number;
  readonly count: number;
}

/** The state of a run apart from its tensors. */
export interface RunPoint {
  /** The rule of the optimizer, whose states mean nothing to another. */
  readonly optimizer: string;
  /** The words of the run state by name, floats as their bits. */
  readonly words: Readonly<Record<string, number>>;
  /** A learning rate that was set during the run, and the step from which it holds. */
  readonly learningRate?: { readonly from: number; readonly learningRate: number };
  /** What a schedule that reacts to validations remembers of them. */
  readonly schedule?: { readonly factor: number; readonly [name: string]: number };
  readonly recovery?: RecoveryPoint;
  /** Groups that were set during the run, and how many updates it had made when each parameter was unfrozen. */
  readonly groups?: readonly GroupPoint[];
  readonly since?: Readonly<Record<string, number>>;
  readonly stopping?: EarlyStoppingPoint;
  /** The lowest validation loss so far, where checkpoints are kept by it. */
  readonly best?: { readonly step: number; readonly validationLoss: number };
  /** What tells the rows of its training set from others; none where they are not in memory. */
  readonly data?: Readonly<Record<string, readonly [projection: number, magnitude: number]>>;
}

/** A parameter group as it is written. */
export interface GroupPoint {
  readonly match: readonly string[];
  readonly learningRateFactor?: number;
  readonly weightDecayFactor?: number;
  readonly frozen?: boolean;
  readonly statistics?: 'running' | 'batch';
}

/** A safetensors file; `document` is anything that JSON can say, `model` says what model it is. */
export function writeModel(tensors: ReadonlyMap<string, HostTensor>, document?: unknown, model?: object): Uint8Array<ArrayBuffer> {
  return writeSafetensors(tensors, metadataOf('model', document, model));
}

/** A safetensors file from which a run can be resumed. */
export function writeCheckpoint(tensors: ReadonlyMap<string, HostTensor>, run: RunPoint, document?: unknown, model?: object): Uint8Array<ArrayBuffer> {
  const { stopping, ...plain } = run;
  if (!stopping) return writeSafetensors(tensors, { ...metadataOf('checkpoint', document, model), [RUN]: JSON.stringify(plain) });
  const { tensors: best, ...point } = stopping;
  const all = new Map([...tensors, ...[...best].map(([path, tensor]) => [BEST + path, tensor] as const)]);
  return writeSafetensors(all, { ...metadataOf('checkpoint', document, model), [RUN]: JSON.stringify({ ...plain, stopping: point }) });
}

/** The tensors of a model from its file or from a checkpoint, also one with the paths of earlier versions. Throws DataError unless the file holds exactly these names and shapes. */
export function readModel(bytes: Uint8Array, expected: Shapes): Map<string, HostTensor> {
  const { tensors } = open(bytes);
  for (const name of tensors.keys()) if (name.startsWith(OPTIMIZER) || name.startsWith(BEST)) tensors.delete(name);
  const found = withNewPaths(tensors, expected.keys());
  checkTensors(found, expected);
  return found;
}

/**
 * The tensors of a model, or of a checkpoint, that another model has too, by path: what it begins with. Throws DataError where there is none, and where one has
 * another shape.
 */
export function readShared(bytes: Uint8Array, expected: Shapes): Map<string, HostTensor> {
  const found = withNewPaths(open(bytes).tensors, expected.keys());
  const shared = new Map([...found].filter(([name]) => expected.has(name)));
  if (shared.size === 0)
    throw new DataError(`the file has no tensor of this model: it holds ${listOf(found.keys())}, and the model has ${listOf(expected.keys())}`);
  for (const [name, { shape }] of shared)
    if (!sameShape(shape, expected.get(name)!))
      throw new DataError(
        `${name}: this model has ${shapeText(expected.get(name)!)}, the file ${shapeText(shape)}: give the layer another name, so that it keeps its initial values`,
      );
  return shared;
}

/** Throws DataError unless the file is a checkpoint with exactly these tensors and words of the run state. */
export function readCheckpoint(bytes: Uint8Array, expected: Shapes, words: readonly string[]): { tensors: Map<string, HostTensor>; run: RunPoint } {
  const { tensors, ...file } = open(bytes);
  const value = jsonIn(file, RUN);
  if (value === undefined)
    throw new DataError('checkpoint: the file holds a model, but no run to go on with: use `load` for it, and `checkpoint` to write one');
  const { stopping, ...run } = parseRun(value, words);
  const best = new Map<string, HostTensor>();
  if (stopping)
    for (const [name, tensor] of tensors)
      if (name.startsWith(BEST)) {
        best.set(name.slice(BEST.length), tensor);
        tensors.delete(name);
      }
  const found = withNewPaths(tensors, expected.keys());
  checkTensors(found, expected);
  const parameters = new Map([...expected].filter(([name]) => !name.startsWith(OPTIMIZER)));
  for (const path in run.since)
    if (!parameters.has(path)) throw new DataError(`${RUN}: since.${path}: this model has no such parameter: it has ${listOf(parameters.keys())}`);
  const foundBest = withNewPaths(best, parameters.keys());
  if (best.size > 0) checkTensors(foundBest, parameters);
  return { tensors: found, run: { ...run, ...(stopping ? { stopping: { ...stopping, tensors: foundBest } } : {}) } };
}

/** The groups that were set during the run of a checkpoint; undefined if none were. Throws DataError. */
export function readGroupPoints(bytes: Uint8Array): readonly GroupPoint[] | undefined {
  const groups = (jsonIn(described(bytes), RUN) as Partial<RunPoint> | null | undefined)?.groups;
  if (groups !== undefined && !Array.isArray(groups)) throw new DataError(`${RUN}: groups: expected a list, got ${show(groups)}: the checkpoint is damaged`);
  return groups;
}

/**
 * Reads the document inside a file of a model or a checkpoint.
 *
 * @param bytes - The file.
 * @returns What `save` or `checkpoint` was given, as parsed JSON; undefined where there is none.
 * @throws DataError where the file is damaged; UsageError for what is no Uint8Array.
 * @example
 * const note = readDocument(await save(trainer, { note: 'the best so far' }));
 */
export function readDocument(bytes: Uint8Array): unknown {
  return jsonIn(described(bytes), DOCUMENT);
}

/** The description of the model in the file, as parsed JSON; undefined in a file of an earlier version. Throws DataError. */
export function readModelDescription(bytes: Uint8Array): unknown {
  return jsonIn(described(bytes), MODEL);
}

interface OpenFile extends SafeTensors {
  readonly version: 1 | 2;
}

/** A file, in a format that is ours or in none: that of earlier versions, or of other programs. Throws DataError for a newer one. */
function open(bytes: Uint8Array): OpenFile {
  const file = readSafetensors(bytes);
  return { ...file, version: versionOfFile(file.metadata) };
}

/** What a file says of itself, without its tensors, which may be large. Throws as `open` does. */
function described(bytes: Uint8Array): Pick<OpenFile, 'metadata' | 'version'> {
  const { metadata } = openSafetensors(bytes, F32);
  return { metadata, version: versionOfFile(metadata) };
}

/** The version that the metadata of a file say. Throws DataError for a newer one than ours. */
export function versionOfFile(metadata: ReadonlyMap<string, string>): 1 | 2 {
  const format = metadata.get(METADATA.format);
  const version = versionOf('model', format, 'the file') ?? versionOf('checkpoint', format, 'the file');
  if (version === undefined)
    throw new DataError(`${METADATA.format}: expected ${FORMATS.model} or ${FORMATS.checkpoint}, got ${show(format)}: the file is damaged`);
  return version;
}

/** What is to be said of a file of format 1, or with the paths that layers had before that; undefined for any other. */
export function oldFileNote(path: string, bytes: Uint8Array): string | undefined {
  try {
    const { tensors, metadata } = readSafetensors(bytes);
    const ours = [DOCUMENT, MODEL, RUN].some((key) => metadata.has(key));
    return oldLayerOf(tensors.keys()) !== undefined || (ours && !metadata.has(METADATA.format)) ? oldFormatNote(path) : undefined;
  } catch {
    // Whoever loads the file says what is wrong with it.
    return undefined;
  }
}

/** What the metadata hold under a key, with the names of today; undefined where there is nothing. A document is as it was given: whoever reads it knows its format. */
function jsonIn({ metadata, version }: Pick<OpenFile, 'metadata' | 'version'>, key: string): unknown {
  const text = metadata.get(key);
  if (text === undefined) return undefined;
  const value = parseJson(key, text);
  if (version > 1 || key === DOCUMENT) return value;
  return key === RUN ? withNewNames('run', value) : modelWithNewNames(value);
}

/** What a file of format 1 says of its model: the format stands in it. */
export function modelWithNewNames(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { format, ...rest } = withNewNames('model', value as { format?: unknown });
  return versionOf('model', format, MODEL) === undefined ? value : rest;
}

function metadataOf(kind: 'model' | 'checkpoint', document: unknown, model?: object): Record<string, string> {
  return { [METADATA.format]: FORMATS[kind], ...documentText(document), ...(model ? { [MODEL]: JSON.stringify(model) } : {}) };
}

/** A document as it is now. Throws UsageError for what JSON cannot say. */
export const ownDocument = (document: unknown): unknown => (document === undefined ? undefined : JSON.parse(textOf(document)));

const documentText = (document: unknown): Record<string, string> => (document === undefined ? {} : { [DOCUMENT]: textOf(document) });

function textOf(document: unknown): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = JSON.stringify(document);
  } catch (error) {
    cause = error;
  }
  if (text === undefined)
    throw new UsageError(`document: expected what JSON can say, got ${show(document)}${cause ? `: ${(cause as Error).message}` : ''}`, { cause });
  return text;
}

function checkTensors(tensors: ReadonlyMap<string, HostTensor>, expected: Shapes): void {
  for (const [name, shape] of expected) {
    const got = tensors.get(name);
    if (!got) throw new DataError(`the file has no ${name}, which this model has: it holds ${listOf(tensors.keys())}`);
    if (!sameShape(got.shape, shape))
      throw new DataError(`${name}: this model has ${shapeText(shape)}, the file ${shapeText(got.shape)}: build the model that was saved`);
  }
  for (const name of tensors.keys())
    if (!expected.has(name)) throw new DataError(`the file has ${show(name)}, which this model has not: it has ${listOf(expected.keys())}`);
  for (const [name, { data }] of tensors) checkNumbers(name, data, name.endsWith('/running_variance'));
}

/** Throws DataError for a number that no step can leave: NaN, an infinite one, and below 0 where it is a mean of squares. */
export function checkNumbers(name: string, data: HostTensor['data'], square: boolean): void {
  const place = data.findIndex((number) => !Number.isFinite(number) || (square && number < 0));
  if (place >= 0)
    throw new DataError(
      `${name}: expected ${square ? 'numbers of at least 0' : 'finite numbers'}, got ${data[place]} at ${place}: the file is damaged, or of a run that had come to it`,
    );
}

function listOf(names: Iterable<string>): string {
  const list = [...names];
  return list.length ? `${list.slice(0, 4).join(', ')}${list.length > 4 ? ` and ${list.length - 4} more` : ''}` : 'nothing';
}

/** What the metadata hold under a key. Throws a DataError where it is no JSON. */
export function parseJson(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${key}: expected JSON in the file's metadata: ${(cause as Error).message}`, { cause });
  }
}

type ParsedRun = Omit<RunPoint, 'stopping'> & { readonly stopping?: Omit<EarlyStoppingPoint, 'tensors'> };

function parseRun(given: unknown, names: readonly string[]): ParsedRun {
  const value = given as Partial<ParsedRun> | null;
  const wrong = (what: string, got: unknown): DataError => new DataError(`${RUN}: ${what}, got ${show(got)}: the checkpoint is damaged, or of another version`);
  if (typeof value !== 'object' || value === null) throw wrong('expected an object', value);
  const { optimizer, words, learningRate, schedule, recovery, groups, since, stopping, best, data } = value;
  if (typeof optimizer !== 'string') throw wrong('optimizer: expected a name', optimizer);
  if (typeof words !== 'object' || words === null) throw wrong('words: expected an object', words);
  const taken = names.map((name) => {
    const word = Object.hasOwn(words, name) ? words[name] : undefined;
    if (!Number.isInteger(word) || word! < 0 || word! > 0xffffffff) throw wrong(`words.${name}: expected a 32-bit word`, word);
    return [name, word!] as const;
  });
  if (
    learningRate !== undefined &&
    (!Number.isSafeInteger(learningRate?.from) ||
      learningRate.from < 0 ||
      !(Number.isFinite(learningRate.learningRate) && learningRate.learningRate >= 0 && learningRate.learningRate <= LIMITS.float32))
  )
    throw wrong('learningRate: expected {from, learningRate}', learningRate);
  if (schedule !== undefined && !(isObject(schedule) && Object.values(schedule).every(Number.isFinite) && schedule.factor >= 0))
    throw wrong('schedule: expected numbers, a factor of at least 0 among them', schedule);
  if (recovery !== undefined && !isRecovery(recovery)) throw wrong('recovery: expected {factor, reached, count}', recovery);
  // What a group holds is checked where it is set.
  if (groups !== undefined && !Array.isArray(groups)) throw wrong('groups: expected a list', groups);
  if (since !== undefined && (typeof since !== 'object' || since === null || !Object.values(since).every((count) => Number.isSafeInteger(count) && count > 0)))
    throw wrong('since: expected numbers of updates', since);
  if (stopping !== undefined && (!Number.isSafeInteger(stopping?.waited) || stopping.waited < 0 || !isValidation(stopping.best)))
    throw wrong('stopping: expected {waited, best}', stopping);
  if (best !== undefined && !(Number.isSafeInteger(best?.step) && best.step >= 0 && Number.isFinite(best.validationLoss)))
    throw wrong('best: expected {step, validationLoss}', best);
  if (data !== undefined && !(isObject(data) && Object.values(data).every(isSums))) throw wrong('data: expected two sums for each tensor', data);
  return {
    optimizer,
    words: Object.fromEntries(taken),
    ...(learningRate ? { learningRate: { from: learningRate.from, learningRate: learningRate.learningRate } } : {}),
    ...(schedule ? { schedule } : {}),
    ...(recovery ? { recovery: { factor: recovery.factor, reached: recovery.reached, count: recovery.count } } : {}),
    ...(groups ? { groups } : {}),
    ...(since ? { since: { ...since } } : {}),
    ...(stopping ? { stopping: { waited: stopping.waited, best: stopping.best } } : {}),
    ...(best ? { best: { step: best.step, validationLoss: best.validationLoss } } : {}),
    ...(data ? { data } : {}),
  };
}

/** Sums that are not finite, of rows that are not, are null in JSON. */
const isSums = (value: unknown): boolean => Array.isArray(value) && value.length === 2 && value.every((sum) => sum === null || Number.isFinite(sum));

function isRecovery(value: unknown): value is RecoveryPoint {
  if (!isObject(value)) return false;
  const { factor, reached, count } = value as unknown as RecoveryPoint;
  return Number.isFinite(factor) && factor >= 0 && factor < 1 && [reached, count].every((number) => Number.isSafeInteger(number) && number >= 1);
}

function isValidation(value: unknown): value is EarlyStoppingPoint['best'] {
  if (typeof value !== 'object' || value === null) return false;
  const { step, epoch, trainLoss, validationLoss, validationAccuracy: accuracy = 0 } = value as EarlyStoppingPoint['best'];
  // A mean loss that is not finite is null in JSON.
  const numbers = Number.isFinite(validationLoss) && Number.isFinite(epoch) && epoch >= 0 && (trainLoss === null || Number.isFinite(trainLoss));
  return numbers && Number.isSafeInteger(step) && step >= 0 && Number.isFinite(accuracy) && accuracy >= 0 && accuracy <= 1;
}
