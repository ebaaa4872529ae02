// A file that says which names of a network of PyTorch are which here: `--map` of import and export.
import type { NameMap } from '../exchange/name_map.ts';
import { readText, within } from './documents.ts';

/** Reads one. Throws UsageError, with the name of the file, for what is none. */
export async function readMap(path: string): Promise<NameMap> {
  const { nameMapOf } = await import('../exchange/name_map.ts');
  return within(path, () => nameMapOf('map', JSON.parse(readText(path))));
}
