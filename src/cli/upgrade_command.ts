// `fathom upgrade`: a file of an earlier version, written anew in the format of today.
import { isLog } from '../experiment/logs/index.ts';
import { upgradeFile, upgradeHistory, upgradeJson } from '../experiment/upgrade.ts';
import { readBytes, readText, requireFolder, within, writeBytes } from './documents.ts';
import { EXIT } from './exit.ts';
import { print } from './print.ts';

/** Writes the file anew in its own place, or in `out`. */
export async function upgradeCommand(path: string, { out = path }: { out?: string }): Promise<number> {
  requireFolder(out);
  const bytes = within(path, () => upgraded(path));
  writeBytes(out, bytes);
  print(`${out}: written with the names of today.`);
  return EXIT.done;
}

function upgraded(path: string): Uint8Array {
  if (path.endsWith('.safetensors')) return upgradeFile(readBytes(path));
  const text = readText(path);
  return new TextEncoder().encode(isLog(path) ? upgradeHistory(text) : `${JSON.stringify(upgradeJson(JSON.parse(text)), null, 2)}\n`);
}
