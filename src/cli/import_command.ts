// `fathom import`: the weights of a network of PyTorch as a saved model of a document.
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';
import { loadDocument, readBytes, readText, requireFolder, within, writeBytes } from './documents.ts';
import { EXIT } from './exit.ts';
import { readFrom } from './own_files.ts';
import { note, print } from './print.ts';

export interface ImportFlags {
  pytorch?: boolean;
  map?: string;
  out: string;
}

export async function importCommand(path: string, weights: readonly string[], flags: ImportFlags): Promise<number> {
  if (!flags.pytorch) throw new UsageError('import: from what? Give --pytorch');
  requireFolder(flags.out);
  const { document, files } = loadDocument(path);
  const { importPyTorch, nameMapOf } = await import('../exchange/from_pytorch.ts');
  const { map: mapPath } = flags;
  const map = mapPath === undefined ? undefined : within(mapPath, () => nameMapOf('map', JSON.parse(readText(mapPath))));
  const given = weights.map((name) => ({ name: basename(name), bytes: readBytes(name) }));
  const imported = await importPyTorch(document, given, {
    read: readFrom(files),
    readShard: (name) => readBytes(join(dirname(weights[0]!), name)),
    ...(map === undefined ? {} : { map }),
  });
  for (const each of imported.notes) note(each);
  writeBytes(flags.out, imported.file);
  print(`Model: ${flags.out}\nGo on with: fathom run ${path} --weights ${flags.out}`);
  return EXIT.done;
}
