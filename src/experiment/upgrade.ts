// Files of format 1 written anew with the names of today, for `fathom upgrade`. What comes out is read once before it is given back.
import { DataError, isObject, UsageError } from '../errors.ts';
import { Graph } from '../graph/graph.ts';
import { METADATA, modelWithNewNames, parseJson, versionOfFile } from '../io/checkpoint.ts';
import { FORMATS, type Kind, versionIn } from '../io/formats.ts';
import { withNewNames } from '../io/old_names.ts';
import { oldLayerOf, withNewPaths } from '../io/old_paths.ts';
import { readSafetensors, writeSafetensors } from '../io/safetensors.ts';
import type { Initializers } from '../nn/build.ts';
import type { HostTensor } from '../shape.ts';
import { buildModel } from './build.ts';
import { claimOfToday, parseClaim } from './claims.ts';
import type { LayerDocument } from './document.ts';
import { parseHistory } from './history_reader.ts';
import { fromJson, toJson } from './json.ts';
import { documentOfToday, parseExperiment, parseModelDescription } from './schema.ts';
import { knownInputs } from './size.ts';

type Json = Record<string, unknown>;

/**
 * The JSON of a document or a claim in the format of today, with its keys in their order.
 * @throws UsageError where it is in that format already; UsageError or DataError where it is none
 */
export function upgradeJson(json: unknown): Json {
  const claim = isObject(json) && 'claim' in json;
  requireOld(claim ? 'claim' : 'experiment', json);
  if (!claim) {
    parseExperiment(json);
    return documentInFull(json);
  }
  parseClaim(json);
  const today = claimOfToday(json) as { experiments: Json };
  const documents = Object.entries(today.experiments).map(([name, document]) => [name, documentInFull(document)]);
  return { format: FORMATS.claim, ...today, experiments: Object.fromEntries(documents) };
}

/** A document that is right, with its format before what it holds. */
function documentInFull(json: unknown): Json {
  const { $schema, ...rest } = documentOfToday(json) as Json;
  return { ...($schema === undefined ? {} : { $schema }), format: FORMATS.experiment, ...rest };
}

/** The same for the lines of a history. */
export function upgradeHistory(text: string): string {
  parseHistory(text);
  const lines = text.split('\n').filter((line) => line.trim());
  requireOld('history', fromJson(lines[0]!));
  const upgraded = lines.map((line, i) => {
    const value = withNewNames('history', fromJson(line) as Json);
    if (i > 0) return toJson(value);
    const { format: _, document, ...rest } = value;
    return toJson({ format: FORMATS.history, ...rest, ...(document === undefined ? {} : { document: documentInFull(document) }) });
  });
  return `${upgraded.join('\n')}\n`;
}

/**
 * The same for the file of a model or a checkpoint, to the same bits of its tensors.
 * @throws DataError for one that is damaged, or whose layers have numbers for paths, and which does not say of what model they are
 */
export function upgradeFile(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { tensors, metadata } = readSafetensors(bytes);
  const kind = metadata.has(METADATA.run) ? 'checkpoint' : 'model';
  if (versionOfFile(metadata) > 1) refuse(metadata.get(METADATA.format)!);
  const of = (key: string, today: (value: unknown) => unknown): Json => (metadata.has(key) ? { [key]: today(parseJson(key, metadata.get(key)!)) } : {});
  const said = {
    ...of(METADATA.document, (value) => (isDocument(value) ? documentInFull(value) : value)),
    ...of(METADATA.model, modelWithNewNames),
    ...of(METADATA.run, (value) => withNewNames('run', value)),
  };
  const texts = Object.entries(said).map(([key, value]) => [key, JSON.stringify(value)]);
  return writeSafetensors(withPaths(tensors, said), { ...Object.fromEntries(metadata), [METADATA.format]: FORMATS[kind], ...Object.fromEntries(texts) });
}

/** What `save` was given may be anything. */
const isDocument = (value: unknown): boolean => isObject(value) && 'model' in value && 'optimizer' in value;

/** The tensors by the paths that their model has today. */
function withPaths(tensors: Map<string, HostTensor>, said: Json): Map<string, HostTensor> {
  const old = oldLayerOf(tensors.keys());
  if (old === undefined) return tensors;
  const paths = pathsIn(said);
  const inFile = [...tensors.keys()].flatMap((path) => /^(optimizer\/\d+\/|best\/)/.exec(path)?.[0] ?? []);
  const expected = new Set(['', ...new Set(inFile)].flatMap((prefix) => paths.map((path) => prefix + path)));
  const found = withNewPaths(tensors, expected);
  if ([...found.keys()].some((path) => !expected.has(path)))
    throw new DataError(`its layers have numbers for paths (${old}), and only the program of its model knows their names: load it there, and save it anew`);
  return found;
}

/** The paths of all tensors of the model that a file describes; none where it describes none. */
function pathsIn(said: Json): string[] {
  const { [METADATA.model]: model, [METADATA.document]: document } = said as Record<string, { unwritten?: unknown } | undefined>;
  if (isDocument(document)) {
    const { data, model, fitted } = parseExperiment(document);
    return tensorPaths(model.layers, knownInputs(data, fitted));
  }
  if (!model || model.unwritten !== undefined) return [];
  const { layers, fitted } = parseModelDescription(model);
  return tensorPaths(layers, fitted.inputs);
}

/** Of a batch, as many as batch norm's kernels take at least. */
const ROWS = 4;

function tensorPaths(layers: readonly LayerDocument[], features: number): string[] {
  const graph = new Graph();
  const initializers: Initializers = new Map();
  buildModel(layers).build(graph, graph.input('x', [ROWS, features], { batch: true }), 'train', initializers);
  return [...initializers.keys()];
}

function requireOld(kind: Kind, json: unknown): void {
  if (versionIn(kind, json, kind) === 2) refuse(FORMATS[kind]);
}

function refuse(format: string): never {
  throw new UsageError(`it is of format ${format} already: there is nothing to upgrade`);
}
