// Rules of one's own, from a module: `fathom diagnose --rules rules.js`.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../errors.ts';
import type { OwnRule } from '../inspect/diagnose/index.ts';

/** The default export of a module, a list of rules; `diagnose` checks each. Throws a UsageError where there is none. */
export async function loadRules(path: string): Promise<OwnRule[]> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (cause) {
    throw new UsageError(`--rules ${path}: ${(cause as Error).message}`, { cause });
  }
  if (!Array.isArray(module.default)) throw new UsageError(`--rules ${path}: expected a module whose default export is a list of rules`);
  return module.default as OwnRule[];
}
