// What a command runs: the document at the path that it was given, a table, or what its flags describe.
import { type DocumentFlags, documentFlagsIn, documentOfFlags, isTablePath, refuseDocumentFlags, tableIn } from './document_flags.ts';
import { digitsDocument, type Loaded, loadDocument, readBytes } from './documents.ts';

/**
 * The document at the path; without one what the flags describe, or the digits. A table at the path is the data of what the flags describe. Throws a UsageError
 * for flags that say what the document says.
 */
export async function loadGiven(path: string | undefined, flags: { seed?: number }): Promise<Loaded> {
  const described = documentFlagsIn(flags as Readonly<Record<string, unknown>>);
  const isTable = path !== undefined && isTablePath(path);
  // Other data are too many beside a table, too.
  if (path !== undefined) refuseDocumentFlags(isTable ? dataAlone(described) : described, path);
  const loaded = path !== undefined && !isTable ? loadDocument(path) : await loadFlags(isTable ? { ...described, data: path } : described);
  return flags.seed === undefined ? loaded : { ...loaded, document: { ...loaded.document, seed: flags.seed } };
}

const dataAlone = ({ data }: DocumentFlags): DocumentFlags => (data === undefined ? {} : { data });

async function loadFlags(flags: DocumentFlags): Promise<Loaded> {
  const path = tableIn(flags);
  const file = path === undefined ? undefined : readBytes(path);
  const document = Object.keys(flags).length > 0 ? await documentOfFlags(flags, file) : digitsDocument();
  return { document, files: new Map(file ? [[path!, file]] : []), folder: '.', byFlags: true, name: document.name! };
}
