// What a command runs: the document at the path that it was given, a table, or what its flags describe.
import { UsageError } from '../errors.ts';
import { isLogTable } from '../experiment/logs/log_table.ts';
import { isArraysPath, targetFileOf } from './array_flags.ts';
import { type DocumentFlags, documentFlagsIn, documentOfFlags, fileIn, isTablePath, refuseDocumentFlags } from './document_flags.ts';
import { digitsDocument, isFolder, type Loaded, loadDocument, readBytes } from './documents.ts';
import { logAt } from './log_file.ts';
import { oneLine } from './print.ts';

/**
 * The document at the path; without one what the flags describe, or the digits. A table or arrays at the path are the data of what the flags describe. Throws a UsageError
 * for flags that say what the document says, and for the log of a run.
 */
export async function loadGiven(path: string | undefined, flags: { seed?: number }): Promise<Loaded> {
  const described = documentFlagsIn(flags as Readonly<Record<string, unknown>>);
  refuseLog(path ?? fileIn(described), described);
  const isData = path !== undefined && (isTablePath(path) || isArraysPath(path));
  // Other data are too many beside them, too.
  if (path !== undefined) refuseDocumentFlags(isData ? dataAlone(described) : described, path);
  const loaded = path !== undefined && !isData ? loadDocument(path) : await loadFlags(isData ? { ...described, data: path } : described);
  return flags.seed === undefined ? loaded : { ...loaded, document: { ...loaded.document, seed: flags.seed } };
}

/** Throws a UsageError for a log, which says what to do with it. A table whose target is named is one to train on, whatever its columns are called. */
function refuseLog(path: string | undefined, { target }: DocumentFlags): void {
  if (path === undefined || isFolder(path)) return;
  const isTable = isTablePath(path);
  const log = isTable && target !== undefined ? undefined : logAt(path);
  if (log && (!isTable || isLogTable(log)))
    throw new UsageError(
      `${oneLine(path)} is the log of a run, and nothing to train on: \`fathom diagnose ${oneLine(path)}\` says what went wrong in it${isTable ? '; where it is a table of data, --target names the column that is predicted' : ''}`,
    );
}

const dataAlone = ({ data }: DocumentFlags): DocumentFlags => (data === undefined ? {} : { data });

async function loadFlags(flags: DocumentFlags): Promise<Loaded> {
  const path = fileIn(flags);
  const second = path === undefined || !isArraysPath(path) ? undefined : targetFileOf(path, flags);
  const files = new Map([path, second].flatMap((name) => (name === undefined ? [] : [[name, readBytes(name)] as const])));
  const document = Object.keys(flags).length > 0 ? await documentOfFlags(flags, files.get(path!), files.get(second!)) : digitsDocument();
  return { document, files, folder: '.', byFlags: true, name: document.name! };
}
