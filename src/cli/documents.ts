// Reads experiment documents and the files beside them.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import digits from '../../demo/experiments/digits.json' with { type: 'json' };
import { UsageError } from '../errors.ts';
import type { Experiment } from '../experiment/document.ts';
import { parseExperiment } from '../experiment/schema.ts';

/** A checked document, with the texts of the files that it names. */
export interface Loaded {
  document: Experiment;
  files: ReadonlyMap<string, string>;
  /** For headings: the document's own name, or the file's. */
  name: string;
}

/** The document at `path`, or the digits where there is none. Throws a UsageError that names the file and the place in it. */
export function loadDocument(path: string | undefined): Loaded {
  if (path === undefined) return { document: parseExperiment(digits), files: new Map(), name: 'digits' };
  const document = within(path, () => parseExperiment(JSON.parse(readText(path))));
  const files = new Map<string, string>();
  if (document.data.source === 'csv' && document.data.path !== undefined) {
    const file = resolve(dirname(path), document.data.path);
    files.set(
      document.data.path,
      within(path, () => readText(file)),
    );
  }
  return { document, files, name: document.name ?? basename(path, '.json') };
}

/** The text of a file. Throws a UsageError where it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UsageError(code === 'ENOENT' ? `${path}: there is no such file` : `${path}: ${message}`, { cause });
  }
}

/** Writes a file. Throws a UsageError where that fails. */
export function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new UsageError(`${path}: cannot be written: ${(cause as Error).message}`, { cause });
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
