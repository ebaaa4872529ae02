// A Vite plugin: puts the list of built files into the service worker.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Plugin } from 'vite';

/** Emits service_worker.js beside the page. Only in the build: a development server must never be kept. */
export function offline(): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        // Pictures for those who show links are for none who has the page, nor is the element for other pages.
        const files = ['./', ...Object.keys(bundle).filter((name) => !/^index\.html$|\.map$|^cards\/|^fathom-lab\.js$/.test(name))].sort();
        const version = createHash('sha256').update(files.join('\n')).digest('hex').slice(0, 12);
        const source = readFileSync(new URL('./service_worker.js', import.meta.url), 'utf8')
          .replace('/* files */', () => files.map((name) => JSON.stringify(name)).join(', '))
          .replace('/* version */', version);
        this.emitFile({ type: 'asset', fileName: 'service_worker.js', source });
      },
    },
  };
}
