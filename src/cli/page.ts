// Runs in headless Chrome: the engine's side of the tool, with files over the local server.
import { UsageError } from '../errors.ts';
import { createApi, type EngineApi } from './api.ts';

declare global {
  var fathom: EngineApi;
  /** Exposed by the tool: takes a RunEvent as JSON. */
  var fathomEvent: (event: string) => Promise<void>;
}

// Addresses are relative to that of the page, which holds the secret of the run.
globalThis.fathom = createApi({
  async read(name) {
    const response = await fetch(`files/${encodeURIComponent(name)}`);
    if (!response.ok) throw new UsageError(await response.text());
    return new Uint8Array(await response.arrayBuffer());
  },
  async put(name, file, step) {
    const response = await fetch(`out/${name}?step=${step}`, { method: 'PUT', body: file as Uint8Array<ArrayBuffer> });
    if (!response.ok) throw new UsageError(await response.text());
  },
  tell: (event) => globalThis.fathomEvent(event),
});
