// The weights of a document's model under the names, and in the layouts, of a network of one's own in PyTorch: the way back of an import.
import { DataError, isObject, UsageError } from '../errors.ts';
import { loadData, type ReadFile } from '../experiment/data.ts';
import type { Experiment } from '../experiment/document.ts';
import { givenExperiment } from '../experiment/schema.ts';
import { readModel } from '../io/checkpoint.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import type { HostTensor } from '../shape.ts';
import { reordered, unknownText } from './flattened.ts';
import { type NameMap, rulesOf, sourceOf } from './name_map.ts';
import { placesOf, stateDict } from './pytorch_project.ts';
import { alongAxis, toTorch } from './pytorch_tensors.ts';
import { stepOf } from './step_of.ts';

/** What `exportStateDict` takes beside the document. */
export interface StateDictOptions {
  /** Gives a file that the document names; needed for CSV and IDX paths and the digits. None by default. */
  readonly read?: ReadFile;
  /** A saved model or a checkpoint, whose weights are written: those of the document's seed by default. */
  readonly model?: Uint8Array;
  /** The map of the import, names there to names of the model; by default names are the model's paths with dots. */
  readonly map?: NameMap;
}

const OPTIONS = {
  read: FUNCTION,
  model: { type: 'object', expected: 'the bytes of a saved model or a checkpoint', accepts: (value) => ArrayBuffer.isView(value) },
  map: { type: 'object', expected: 'an object of names, {"features.0.*": "conv2d_1.*"}', accepts: isObject },
} as const satisfies OptionTable<StateDictOptions>;

/** What `exportStateDict` gives. */
export interface ExportedStateDict {
  /** A file of safetensors, for `load_state_dict(load_file("weights.safetensors"), strict=True)`. */
  readonly file: Uint8Array<ArrayBuffer>;
  /** What was turned, and what the network there has beside it, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Writes the weights of a document's model as the state_dict of the network in PyTorch that they came from: under its names, weights as [out, in] and OIHW, rows
 * after `flatten` in the order of channels first. What `importPyTorch` reads with the same map, to the same bits.
 *
 * @param experiment - The document, as `parseExperiment` returns it, whose model is that network.
 * @param options - `map` as for the import; `model` for weights that were trained here.
 * @returns A file of the state_dict, and what was done.
 * @throws UsageError for a map that cannot be, or does not tell all names; DataError for a file of another model, and for layers whose order there is not known.
 * @example
 * const { file } = await exportStateDict(experiment, { model: await save(trainer), map: { 'fc1.*': 'dense_1.*', 'fc2.*': 'dense_2.*' } });
 */
export async function exportStateDict(experiment: Experiment, options: StateDictOptions = {}): Promise<ExportedStateDict> {
  const document = givenExperiment('exportStateDict', experiment);
  const { read, model, map = {} } = readOptions<StateDictOptions, typeof OPTIONS>('exportStateDict', OPTIONS, options);
  const rules = rulesOf(map);
  const data = await loadData(document, read);
  const step = stepOf(document, data);
  const weights = model ? readModel(model, new Map([...step.weights].map(([path, { shape }]) => [path, shape]))) : step.weights;
  const order = reordered(document.model.layers, data.train.features);
  if (order.unknown.length > 0)
    throw new DataError(`these weights cannot be put into PyTorch's order:\n${order.unknown.map((each) => `  ${unknownText(each)}`).join('\n')}`);

  const written = new Map<string, HostTensor>();
  for (const [path, place] of placesOf(step)) {
    let tensor = weights.get(path)!;
    for (const { axis, order: by } of order.tensors.get(path) ?? []) tensor = alongAxis(tensor, axis, inverse(by));
    const name = sourceOf(place.key, rules);
    if (written.has(name)) throw new UsageError(`map: ${name} there would be two tensors of the model, one of them ${path}: write a line for each`);
    written.set(name, toTorch(tensor, place));
  }
  const moved = [...order.tensors.keys()].filter((path) => weights.has(path));
  const left = rules.filter(({ to }) => to === null).map(({ from }) => from);
  return {
    file: stateDict([...written]),
    notes: [
      ...(moved.length > 0 ? [`${moved.join(', ')}: in the order of channels first, as PyTorch flattens maps`] : []),
      ...(left.length > 0
        ? [`${left.join(', ')}: not written, since the map leaves it out: load with strict=False, and see that nothing else is missing`]
        : []),
    ],
  };
}

/** The permutation that undoes another. */
function inverse(order: readonly number[]): number[] {
  const back = new Array<number>(order.length);
  order.forEach((from, to) => {
    back[from] = to;
  });
  return back;
}
