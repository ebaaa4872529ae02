// The licences of others, for what a build takes in from them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Writes `NOTICES.txt` beside what is built: name, version and licence of every package of which something is in it; nothing where there is none. */
export function notices(): Plugin {
  return {
    name: 'notices',
    apply: 'build',
    generateBundle(_options, bundle) {
      const folders = new Set<string>();
      for (const chunk of Object.values(bundle)) if (chunk.type === 'chunk') for (const id of chunk.moduleIds) folders.add(packageOf(id));
      folders.delete('');
      const parts = [...folders].map(notice).sort();
      if (parts.length > 0) this.emitFile({ type: 'asset', fileName: 'NOTICES.txt', source: `${HEAD}${parts.join(RULE)}` });
    },
  };
}

const RULE = `\n${'-'.repeat(80)}\n\n`;
const HEAD = `Fathom contains parts of the packages below, under their own licences.\n${RULE}`;

/** The folder of the package that a module is of, or nothing for one of ours. */
function packageOf(id: string): string {
  return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replace(/^\0/, ''))?.[0] ?? '';
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name}: no licence file in ${folder}: what must go into NOTICES.txt?`);
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
