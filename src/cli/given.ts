// What a command runs: the document at the path that it was given, a table, or what its flags describe.
import { isArraysPath, targetFileOf } from './array_flags.ts';
import { type DocumentFlags, documentFlagsIn, documentOfFlags, fileIn, isTablePath, refuseDocumentFlags } from './document_flags.ts';
import { digitsDocument, type Loaded, loadDocument, readBytes } from './documents.ts';

/**
 * The document at the path; without one what the flags describe, or the digits. A table or arrays at the path are the data of what the flags describe. Throws a UsageError
 * for flags that say what the document says.
 */
export async function loadGiven(path: string | undefined, flags: { seed?: number }): Promise<Loaded> {
  const described = documentFlagsIn(flags as Readonly<Record<string, unknown>>);
  const isData = path !== undefined && (isTablePath(path) || isArraysPath(path));
  // Other data are too many beside them, too.
  if (path !== undefined) refuseDocumentFlags(isData ? dataAlone(described) : described, path);
  const loaded = path !== undefined && !isData ? loadDocument(path) : await loadFlags(isData ? { ...described, data: path } : described);
  return flags.seed === undefined ? loaded : { ...loaded, document: { ...loaded.document, seed: flags.seed } };
}

const dataAlone = ({ data }: DocumentFlags): DocumentFlags => (data === undefined ? {} : { data });

async function loadFlags(flags: DocumentFlags): Promise<Loaded> {
  const path = fileIn(flags);
  const second = path === undefined || !isArraysPath(path) ? undefined : targetFileOf(path, flags);
  const files = new Map([path, second].flatMap((name) => (name === undefined ? [] : [[name, readBytes(name)] as const])));
  const document = Object.keys(flags).length > 0 ? await documentOfFlags(flags, files.get(path!), files.get(second!)) : digitsDocument();
  return { document, files, folder: '.', byFlags: true, name: document.name! };
}
