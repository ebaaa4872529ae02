// `fathom import`: the weights of a network of PyTorch as a saved model of a document.
import { basename, dirname, join } from 'node:path';
import { DataError, UsageError } from '../errors.ts';
import { isThere, loadDocument, readBytes, requireFolder, writeBytes, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { readMap } from './name_map_file.ts';
import { readFrom } from './own_files.ts';
import { note, print } from './print.ts';

export interface ImportFlags {
  pytorch?: boolean;
  map?: string;
  out: string;
}

/** What went wrong without a map, with the map that was not there. */
const withoutMap = (error: unknown, path: string): unknown =>
  error instanceof DataError ? new DataError(`${error.message}\n${path}: there is no such file`, { cause: error }) : error;

export async function importCommand(path: string, weights: readonly string[], flags: ImportFlags): Promise<number> {
  if (!flags.pytorch) throw new UsageError('import: from what? Give --pytorch');
  requireFolder(flags.out);
  const { document, files } = loadDocument(path);
  const { importPyTorch, OtherNames } = await import('../exchange/from_pytorch.ts');
  const { map: mapPath } = flags;
  // One that is not there yet is written where shapes tell it.
  const toBeWritten = mapPath !== undefined && !isThere(mapPath);
  const map = mapPath === undefined || toBeWritten ? undefined : await readMap(mapPath);
  const given = weights.map((name) => ({ name: basename(name), bytes: readBytes(name) }));
  const imported = await importPyTorch(document, given, {
    read: readFrom(files),
    readShard: (name) => readBytes(join(dirname(weights[0]!), name)),
    ...(map === undefined ? {} : { map }),
  }).catch((error: unknown) => {
    if (!(error instanceof OtherNames)) throw toBeWritten ? withoutMap(error, mapPath) : error;
    if (!toBeWritten) throw new DataError(`${error.message}\nor let \`--map names.json\` write it, where there is no such file yet`, { cause: error });
    writeText(mapPath, `${JSON.stringify(error.map, null, 2)}\n`);
    throw new UsageError(
      `the weights have other names than the model: ${mapPath} has them now, by shapes and order. Look it over, and give the same line again`,
    );
  });
  for (const each of imported.notes) note(each);
  writeBytes(flags.out, imported.file);
  print(`Model: ${flags.out}\nGo on with: fathom run ${path} --weights ${flags.out}`);
  return EXIT.done;
}
