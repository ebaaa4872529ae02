// `fathom upgrade`: a file of an earlier version, written anew in the format of today.
import { dirname } from 'node:path';
import type { DataDocument } from '../experiment/document.ts';
import { isLog } from '../experiment/logs/index.ts';
import { upgradeFile, upgradeHistory, upgradeJson } from '../experiment/upgrade.ts';
import { movedTo, readBytes, readText, requireFolder, within, writeBytes } from './documents.ts';
import { EXIT } from './exit.ts';
import { print } from './print.ts';

/** Writes the file anew in its own place, or in `out`. */
export async function upgradeCommand(path: string, { out = path }: { out?: string }): Promise<number> {
  requireFolder(out);
  const bytes = within(path, () => upgraded(path, out));
  writeBytes(out, bytes);
  print(`${out}: written with the names of today.`);
  return EXIT.done;
}

function upgraded(path: string, out: string): Uint8Array {
  if (path.endsWith('.safetensors')) return upgradeFile(readBytes(path));
  const text = readText(path);
  if (isLog(path)) return new TextEncoder().encode(upgradeHistory(text));
  const json = upgradeJson(JSON.parse(text));
  return new TextEncoder().encode(`${JSON.stringify(moved(json, dirname(path), out), null, 2)}\n`);
}

/** A document or a claim with its paths as they are from `out`. */
function moved(json: Record<string, unknown>, folder: string, out: string): object {
  if (json.data) return movedTo({ ...json, data: json.data as DataDocument }, folder, out);
  const experiments = Object.entries(json.experiments as Record<string, { data: DataDocument }>);
  return { ...json, experiments: Object.fromEntries(experiments.map(([name, document]) => [name, movedTo(document, folder, out)])) };
}
