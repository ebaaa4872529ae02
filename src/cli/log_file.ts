// Logs as files: read in pieces, with progress where it takes a while.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError, FathomError, UsageError } from '../errors.ts';
import { formatOf, hasNoEnding, isLog } from '../experiment/logs/index.ts';
import { type LogSource, logSource } from '../experiment/logs/log_source.ts';
import { count, percent } from '../format.ts';
import { readBytes } from './documents.ts';
import { note, oneLine } from './print.ts';

const PIECE = 2 ** 20;
/** Milliseconds without a word. */
const PATIENCE = 5000;

/** A log at this path; of a folder, as TensorBoard has them, its newest event file. Throws a UsageError where it cannot be read. */
export function openLog(given: string): LogSource {
  const path = inFolder(given);
  let size = 0;
  try {
    size = statSync(path).size;
  } catch {
    readBytes(path); // says what is wrong
  }
  if (path.toLowerCase().endsWith('.gz')) {
    const bytes = unpacked(path);
    return logSource(path, bytes.length, () => [bytes]);
  }
  return logSource(path, size, () => pieces(path, size));
}

/** The log at a path that may be a document's as well; undefined where it is one. */
export function logAt(path: string): LogSource | undefined {
  if (isLog(path) || isFolder(path)) return openLog(path);
  if (!/\.json(\.gz)?$/i.test(path) && !hasNoEnding(path)) return undefined;
  const source = openLog(path);
  return formatOf(source) ? source : undefined;
}

/** Bytes that a packed log may have. */
const MOST_UNPACKED = 2 ** 30;

function unpacked(path: string): Uint8Array {
  try {
    return gunzipSync(readBytes(path), { maxOutputLength: MOST_UNPACKED });
  } catch (cause) {
    if (cause instanceof FathomError) throw cause;
    throw new DataError(`${path}: expected gzip of at most ${count(MOST_UNPACKED)} bytes: ${(cause as Error).message}`, { cause });
  }
}

/** The pieces of a file as far as it went when it was opened: what is written in the meantime comes with the next reading. */
function* pieces(path: string, size: number): Generator<Uint8Array> {
  const file = openSync(path, 'r');
  const started = Date.now();
  let said = started;
  try {
    const end = Math.min(size, fstatSync(file).size);
    for (let at = 0; at < end; ) {
      const bytes = new Uint8Array(Math.min(PIECE, end - at));
      const read = readSync(file, bytes, 0, bytes.length, at);
      if (read === 0) return;
      at += read;
      yield bytes.subarray(0, read);
      if (Date.now() - said < PATIENCE) continue;
      said = Date.now();
      note(`Reading ${oneLine(path)}: ${percent(at / end)}`);
    }
  } finally {
    closeSync(file);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function inFolder(path: string): string {
  if (!isFolder(path)) return path;
  const files = readdirSync(path)
    .filter((name) => name.includes('tfevents'))
    .map((name) => join(path, name));
  const newest = files.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1);
  if (newest === undefined) throw new UsageError(`${path}: expected a file, or a folder with an event file of TensorBoard`);
  return newest;
}
