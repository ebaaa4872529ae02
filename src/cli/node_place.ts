// The engine in this process, on Dawn: no browser, no server.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../errors.ts';
import type { createApi, EngineApi } from './api.ts';
import type { ChromeAdapter } from './chrome.ts';
import { createDawn, useSwiftShader } from './dawn.ts';
import { moduleFolder, type Place, tellAll } from './place.ts';

/** Loads the engine, which has no device yet. */
export async function openNode(adapter: ChromeAdapter): Promise<Place> {
  if (adapter === 'swiftshader') await useSwiftShader();
  const gpu = await createDawn();
  // The engine as the page has it: a second copy in this program would be twice its size.
  const engine = (await import(pathToFileURL(join(moduleFolder(), 'cli/api.js')).href)) as { createApi: typeof createApi };
  const files: Place['files'] = new Map();
  const uploads: Place['uploads'] = new Map();
  const listeners: Place['listeners'] = new Set();
  const api: EngineApi = engine.createApi({
    gpu,
    async read(name) {
      const file = files.get(name);
      if (file === undefined) throw new UsageError(`files/${name} is not served here`);
      return typeof file === 'string' ? new TextEncoder().encode(file) : file;
    },
    async put(name, file, step) {
      uploads.get(name)?.(file, step);
    },
    tell: async (text) => tellAll(listeners, text),
  });
  return {
    files,
    uploads,
    listeners,
    call: async (name, ...args) => (await (api[name] as (...given: unknown[]) => unknown)(...args)) as string,
    close: async () => api.close(),
  };
}
