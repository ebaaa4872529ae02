// What `openChromePage` offers, in the process that asks: it has a `navigator.gpu` of its own, as Deno does.
import { join } from 'node:path';
import type { ChromePage } from './chrome_page.ts';

/** Calls exported functions of the repository's own modules, for programs that run_ts.mjs started. */
export function pageHere(): Pick<ChromePage, 'call' | 'close'> {
  return {
    async call(module, name, ...args) {
      const loaded = await import(/* @vite-ignore */ join(process.cwd(), module));
      return loaded[name](...args);
    },
    close: async () => {},
  };
}
