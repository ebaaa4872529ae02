// The weights of a network of PyTorch as those of a document's model.
import { DataError, isObject, show, UsageError } from '../errors.ts';
import { loadData, type ReadFile } from '../experiment/data.ts';
import type { Experiment } from '../experiment/document.ts';
import { givenExperiment } from '../experiment/schema.ts';
import { writeModel } from '../io/checkpoint.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import { type HostTensor, sameShape, shapeText } from '../shape.ts';
import { reordered, unknownText } from './flattened.ts';
import { mapByShapes } from './map_by_shapes.ts';
import { type NameMap, rulesOf, targetOf } from './name_map.ts';
import { LAYOUT, placesOf } from './pytorch_project.ts';
import { alongAxis, fromTorch, type TorchPlace } from './pytorch_tensors.ts';
import { type FileOf, readTensors } from './read_tensors.ts';
import { stepOf } from './step_of.ts';

export type { NameMap } from './name_map.ts';
export type { FileOf } from './read_tensors.ts';

/** What an import takes beside the document and the weights. */
export interface ImportOptions {
  /** Gives a file that the document names; needed for CSV and IDX paths and the digits. None by default. */
  readonly read?: ReadFile;
  /** Gives a shard, a file that an index names; needed for weights in several files. None by default. */
  readonly readShard?: FileOf;
  /** Names there to names of the model, the first that fits; by default they are the model's paths with dots. */
  readonly map?: NameMap;
}

/** A file of weights: safetensors, or the index of several (`model.safetensors.index.json`). */
export interface WeightsFile {
  /** Its name; one that ends in .json is an index. */
  readonly name: string;
  /** Its content. */
  readonly bytes: Uint8Array;
}

/** Weights whose modules have other names than ours, and shapes by which a map of them can be told. */
export class OtherNames extends DataError {
  /** The map, to be looked over. */
  readonly map: NameMap;

  constructor(message: string, map: NameMap) {
    super(message);
    this.map = map;
  }
}

const OPTIONS = {
  read: FUNCTION,
  readShard: FUNCTION,
  map: { type: 'object', expected: 'an object of names, {"features.0.*": "conv2d_1.*"}', accepts: isObject },
} as const satisfies OptionTable<ImportOptions>;

/** What an import gives. */
export interface Imported {
  /** The file of the model, for `load`, `openModel`, and the command line's `--weights`, `evaluate` and `predict`. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** What was converted and turned, in sentences. */
  readonly notes: readonly string[];
}

const SUGGESTION = 'Where names differ, give --map a file of them: {"features.0.*": "conv2d_1.*", "head.*": null}.';
/** Tensors of other names that are listed one by one beside a map of them. */
const FEW = 4;
/** What DistributedDataParallel, torch.compile, Lightning and checkpoints that were written whole put before every name. */
const WRAPPERS = /^(?:(?:module|_orig_mod|model|state_dict)\.)+/;
/** Batch norm counts its batches there; nothing depends on it. */
const COUNTER = /(^|\.)num_batches_tracked$/;

/**
 * Reads the weights of a network of PyTorch into the model of a document: numbers of any type become F32, weights of [out, in] and OIHW are turned, rows behind
 * `flatten` put into the order of channels last.
 *
 * @param experiment - The document, as `parseExperiment` returns it, whose model is that network.
 * @param files - Safetensors files, or the index of several.
 * @param options - `map` for names that are others than the model's paths; `readShard` for weights in several files.
 * @returns A file of the model, and what was done.
 * @throws UsageError for a map that cannot be; DataError that names all tensors which have no place, places without a tensor, and tensors of another shape; and
 * for damaged files.
 * @example
 * const bytes = new Uint8Array(await (await fetch('model.safetensors')).arrayBuffer());
 * const { file, notes } = await importPyTorch(experiment, [{ name: 'model.safetensors', bytes }], { map: { 'fc1.*': 'dense_1.*', 'fc2.*': 'dense_2.*' } });
 */
export async function importPyTorch(experiment: Experiment, files: readonly WeightsFile[], options: ImportOptions = {}): Promise<Imported> {
  const document = givenExperiment('importPyTorch', experiment);
  requireFiles(files);
  const { read, readShard = noShard, map = {} } = readOptions<ImportOptions, typeof OPTIONS>('importPyTorch', OPTIONS, options);
  const data = await loadData(document, read);
  const step = stepOf(document, data);
  const places = placesOf(step);
  const { tensors, metadata, notes } = await readTensors(files, readShard, (name) => COUNTER.test(name));
  const { taken, left, unwrapped } = byName(tensors, places, map);

  const wrong = left.map((name) => `${name} ${shapeText(tensors.get(name)!.shape)} has no place in the model`);
  // What a map of names does not mend.
  const beside: string[] = [];
  const refuse = (line: string): void => {
    wrong.push(line);
    beside.push(line);
  };
  for (const [path, { key, shape }] of places) {
    const name = taken.get(path);
    if (name === undefined) wrong.push(`${path}: no tensor is ${key} ${shapeText(shape)}`);
    else if (!sameShape(withoutOnes(tensors.get(name)!.shape), withoutOnes(shape)))
      refuse(`${path}: expected ${shapeText(shape)}, and ${name} is ${shapeText(tensors.get(name)!.shape)}`);
  }
  const ours = metadata.get(LAYOUT.key) === LAYOUT.ours;
  const order = ours ? undefined : reordered(document.model.layers, data.train.features);
  for (const each of order?.unknown ?? []) refuse(unknownText(each));
  if (wrong.length > 0) {
    const missing = new Map([...places].flatMap(([path, { key, shape }]) => (taken.has(path) ? [] : [[key, shape] as const])));
    // Single numbers are a step, an epoch or a decay: no layer has one.
    const single = left.filter((name) => tensors.get(name)!.shape.length === 0);
    const others = left.filter((name) => !single.includes(name));
    const byShapes = mapByShapes(new Map(others.map((name) => [name, tensors.get(name)!.shape])), missing);
    const guess = byShapes && { ...byShapes, ...Object.fromEntries(single.map((name) => [name, null])) };
    const refusal = (lines: readonly string[], more: string): string =>
      `these weights are not those of the model:\n${lines.map((each) => `  ${each}`).join('\n')}\n${more}`;
    if (!guess) throw new DataError(refusal(wrong, suggestionFor(left, [...missing.keys()])));
    const fits = `By their shapes and order this map would fit; look it over, and give it as --map:\n${JSON.stringify(guess, null, 2)}`;
    // The map names each of many.
    const lines = left.length > FEW ? [`${left.length} tensors have other names: ${left[0]}, ...`, ...beside] : wrong;
    throw new OtherNames(refusal(lines, fits), guess);
  }

  const found = new Map<string, HostTensor>();
  for (const [path, place] of places) {
    let tensor = fromTorch(tensors.get(taken.get(path)!)!, step.weights.get(path)!.shape, place);
    for (const { axis, order: by } of order?.tensors.get(path) ?? []) tensor = alongAxis(tensor, axis, by);
    found.set(path, tensor);
  }
  const broken = [...found].flatMap(([path, { data }]) => (data.every(Number.isFinite) ? [] : [path]));
  const moved = [...(order?.tensors.keys() ?? [])].filter((path) => found.has(path));
  return {
    file: writeModel(found, { ...document, fitted: data.fitted }),
    notes: [
      ...notes,
      ...(unwrapped.length > 0 ? [`${unwrapped.join(', ')} before ${unwrapped.length === 1 ? 'names was' : 'names were'} left out`] : []),
      ...(broken.length > 0 ? [`${broken.join(', ')}: with values that are NaN or infinite`] : []),
      ...(moved.length > 0 ? [`${moved.join(', ')}: in the order of channels last; PyTorch flattens maps with their channels first`] : []),
      ...(order?.notes ?? []),
    ],
  };
}

function requireFiles(files: unknown): void {
  if (!Array.isArray(files) || files.length === 0) throw new UsageError(`importPyTorch: expected a list of files, [{ name, bytes }], got ${show(files)}`);
  // A hole is undefined here, where `forEach` would pass over it.
  Array.from(files).forEach((file, i) => {
    if (!isObject(file) || typeof (file as WeightsFile).name !== 'string' || !ArrayBuffer.isView((file as WeightsFile).bytes))
      throw new UsageError(`importPyTorch: files[${i}]: expected { name, bytes }, got ${show(file)}`);
  });
}

const noShard: FileOf = (name) => {
  throw new UsageError(`importPyTorch: an index names ${name}: \`readShard\` gives such files`);
};

const withoutOnes = (shape: readonly number[]): readonly number[] => {
  const end = shape.findLastIndex((size) => size !== 1) + 1;
  return shape.slice(0, Math.max(1, end));
};

/** What to do about tensors that are too many or too few. */
function suggestionFor(left: readonly string[], missing: readonly string[]): string {
  if (missing.length === 0 && left.length === 0) return 'All names have their place: what is listed differs in the document.';
  if (missing.length === 0 && left.length > 0)
    return `All that the model has is there; --map leaves the others out: ${JSON.stringify(Object.fromEntries(left.map((name) => [name, null])))}`;
  const biases = left.length === 0 && missing.every((key) => key.endsWith('.bias'));
  return biases && missing.length > 0 ? 'Where the layers there have no bias, say so here: "bias": false.' : SUGGESTION;
}

type Tensors = ReadonlyMap<string, HostTensor>;
type Places = ReadonlyMap<string, TorchPlace>;
/** The name of the tensor for each path, and names that have no place. */
interface Matched {
  readonly taken: ReadonlyMap<string, string>;
  readonly left: readonly string[];
  /** What stood before names that have a place without it. */
  readonly unwrapped: readonly string[];
}

function byName(tensors: Tensors, places: Places, map: NameMap): Matched {
  const rules = rulesOf(map);
  const paths = new Map([...places].map(([path, { key }]) => [key, path]));
  const taken = new Map<string, string>();
  const left: string[] = [];
  const unwrapped = new Set<string>();
  for (const name of tensors.keys()) {
    // A map may have been made of the network without what it is wrapped in.
    const [whole, bare] = [name, name.replace(WRAPPERS, '')].map((each) => targetOf(each, rules));
    if (whole === null || bare === null) continue;
    const path = [whole!, bare!, whole!.replace(WRAPPERS, '')].map((each) => paths.get(each)).find((each) => each !== undefined);
    const wrapper = WRAPPERS.exec(name)?.[0];
    if (wrapper && path !== undefined && !paths.has(whole!)) unwrapped.add(wrapper.slice(0, -1));
    if (path === undefined) left.push(name);
    else if (taken.has(path)) throw new DataError(`${name} and ${taken.get(path)} are both ${path}: the map leads two tensors to one place`);
    else taken.set(path, name);
  }
  return { taken, left, unwrapped: [...unwrapped] };
}
