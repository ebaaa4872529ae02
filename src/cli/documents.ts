// Reads experiment documents and the files that they name, and writes results.
import { accessSync, constants, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, parse, relative, resolve, sep } from 'node:path';
import digits from '../../demo/experiments/digits.json' with { type: 'json' };
import { isObject, UsageError } from '../errors.ts';
import type { DataDocument, Experiment } from '../experiment/document.ts';
import { documentOf } from '../experiment/saved_file.ts';
import { parseExperiment } from '../experiment/schema.ts';
import { pathsOf, sourceOf, withPaths } from '../experiment/sources/index.ts';
import { oldFileNote } from '../io/checkpoint.ts';
import { oldFormatNote } from '../io/formats.ts';
import { withNewNames } from '../io/old_names.ts';
import { beginsAsSafetensors } from '../io/safetensors.ts';
import { nearest } from '../nearest.ts';
import { note } from './print.ts';

/** Files by the names that a document gives them: text or bytes. */
export type Files = ReadonlyMap<string, string | Uint8Array>;

/** A checked document, with the files that it names. */
export interface Loaded {
  document: Experiment;
  files: Files;
  /** Where the document lies: paths in it are relative to this folder. */
  folder: string;
  /** Whether flags describe it, and messages are to speak of them. */
  byFlags?: true;
  /** For headings: the document's own name, or the file's. */
  name: string;
}

/** The document of the digits. */
export const digitsDocument = (): Experiment => parseExperiment(digits);

/** The document at `path`. Throws a UsageError that names the file and the place in it. */
export function loadDocument(path: string): Loaded {
  const json: unknown = within(path, () => jsonIn(readBytes(path)));
  const document = within(path, () => parseExperiment(json));
  if (withNewNames('document', json) !== json) note(oldFormatNote(path));
  const folder = dirname(path);
  return { document, files: filesOf(document.data, [folder], path), folder, name: document.name ?? basename(path, '.json') };
}

/** What a document's file says. A file of another kind is named: JSON would complain of its first character. */
function jsonIn(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes);
  if (beginsAsSafetensors(bytes)) throw new UsageError('it is a model: `fathom predict` and `fathom evaluate` take it, and `fathom run --resume` a checkpoint');
  if (!/^\s*[{[]/.test(text)) throw new UsageError('expected an experiment document, which is JSON; of a table the name ends in .csv, .tsv, .txt or .parquet');
  const json: unknown = JSON.parse(text);
  if (!isObject(json) || !PARTS.some((part) => part in json))
    throw new UsageError(
      `it is JSON, but no experiment document, which has ${PARTS.join(', ')}; a log has a list of losses by its name, { "loss": [2.3, 2.1] }, or of rows, [{ "step": 1, "loss": 2.3 }]`,
    );
  return json;
}

/** What every document has. */
const PARTS = ['data', 'model', 'loss', 'optimizer', 'training'];

/** The document inside the file of a model or a checkpoint. The files that it names are looked for in its folder, then in the current one. */
export function loadInside(path: string, bytes: Uint8Array): Loaded {
  const document = within(path, () => documentOf(bytes));
  const folder = dirname(path);
  return { document, files: filesOf(document.data, [folder, '.'], path), folder, name: document.name ?? basename(path, '.safetensors') };
}

/** The files that a data section names, from the first of the folders that has them. */
export function filesOf(data: DataDocument, folders: readonly string[], from: string): Files {
  const placeOf = (name: string): string => {
    const places = folders.map((folder) => resolve(folder, name));
    const place = places.find(existsSync);
    if (!place && folders.length > 1) throw new UsageError(`${from}: its data, ${name}, are neither beside it nor here: put them there`);
    return place ?? places[0]!;
  };
  const isFolder = sourceOf(data).folder ?? false;
  return new Map(
    pathsOf(data).flatMap((name): [string, string | Uint8Array][] =>
      within(from, () => (isFolder ? imagesIn(name, placeOf(name)) : [[name, readBytes(placeOf(name))]])),
    ),
  );
}

/** The document as it is written at `path`: files that lay relative to its folder are named relative to that of `path`. */
export function movedTo<Document extends Pick<Experiment, 'data'>>(document: Document, folder: string, path: string): Document {
  const to = dirname(resolve(path));
  if (to === resolve(folder)) return document;
  const data = withPaths(document.data, (name) => (isAbsolute(name) ? name : relative(to, resolve(folder, name)).split(sep).join('/')));
  return { ...document, data };
}

/** The images of a folder at a place, with the list of them under its own name. Throws a UsageError where it cannot be read. */
function imagesIn(path: string, place: string): [string, string | Uint8Array][] {
  let names: string[];
  try {
    names = readdirSync(place, { recursive: true, encoding: 'utf8' });
  } catch (cause) {
    throw new UsageError(`${path}: expected a folder of images, with a folder for each class: ${(cause as Error).message}`, { cause });
  }
  const images = names.map((name) => name.split(sep).join('/')).filter((name) => /\.(?:png|jpe?g)$/i.test(name));
  images.sort();
  return [[path, JSON.stringify(images)], ...images.map((name): [string, Uint8Array] => [`${path}/${name}`, readBytes(resolve(place, name))])];
}

/** The text of a file. Throws a UsageError where it cannot be read. */
export function readText(path: string): string {
  return new TextDecoder().decode(readBytes(path));
}

/** A file. Throws a UsageError where it cannot be read. */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UsageError(code === 'ENOENT' ? `${path}: there is no such file${meantFile(path)}` : `${path}: ${message}`, { cause });
  }
}

/** Whether there is a file or a folder of this name. */
export const isThere = (path: string): boolean => existsSync(path);

export const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** `; did you mean "x.json"?` where a file of nearly this name lies beside it: of the same stem, or of a near one with the same ending. */
function meantFile(path: string): string {
  const { name, ext } = parse(path);
  const beside = namesBeside(path).map((file) => parse(file));
  const stem = nearest(
    name,
    beside.filter((file) => file.ext === ext).map((file) => file.name),
  );
  const found = beside.find((file) => file.name === name && nearest(ext, [file.ext])) ?? beside.find((file) => file.ext === ext && file.name === stem);
  return found ? `; did you mean ${JSON.stringify(found.base)}?` : '';
}

/** The files that lie where this one was looked for. */
function namesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path));
  } catch {
    return [];
  }
}

/** The file of a model or a checkpoint; says where it is of an earlier version. Throws a UsageError where it cannot be read. */
export function readModelFile(path: string): Uint8Array {
  const bytes = readBytes(path);
  const earlier = oldFileNote(path, bytes);
  if (earlier) note(earlier);
  return bytes;
}

/** Writes a file. Throws a UsageError where that fails. */
export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new UsageError(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** Writes a file beside its place and moves it there: an interruption leaves the old one whole. Throws a UsageError where that fails. */
export function writeBytes(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(`${path}.part`, bytes);
    renameSync(`${path}.part`, path);
  } catch (cause) {
    throw new UsageError(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
  }
}

/** Throws a UsageError where a file could not be written there: before a run, not after it. */
export function requireFolder(path: string | undefined): void {
  if (path === undefined) return;
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
  } catch (cause) {
    throw new UsageError(`${path}: cannot be written: its folder is not there, or not yours`, { cause });
  }
}

/** Puts the file's name before what goes wrong with it. */
export function within<Value>(path: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    const message = error instanceof SyntaxError ? `expected JSON: ${error.message}` : (error as Error).message;
    throw new UsageError(message.startsWith(path) ? message : `${path}: ${message}`, { cause: error });
  }
}
