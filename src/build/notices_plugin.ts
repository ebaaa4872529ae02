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
      const modules = Object.values(bundle).flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
      const folders = new Set(modules.map(packageOf));
      folders.delete('');
      const parts = [...folders]
        .map((folder) =>
          notice(
            folder,
            modules.filter((id) => packageOf(id) === folder),
          ),
        )
        .sort();
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

function notice(folder: string, modules: readonly string[]): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const texts = file ? [readFileSync(join(folder, file), 'utf8').trim()] : headsOf(modules, license);
  if (texts.length === 0) throw new Error(`${name}: no licence file in ${folder}, and none in its modules: what must go into NOTICES.txt?`);
  return `${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}

/** Of a package without a licence file: what its modules begin with, each text once, and the licences that those only name. */
function headsOf(modules: readonly string[], license: string): string[] {
  const heads = modules.map(
    (id) =>
      /^(?:\/\/.*\n)+/
        .exec(readFileSync(id.replace(/^\0/, '').replace(/\?.*$/, ''), 'utf8'))?.[0]
        .replace(/^\/\/ ?/gm, '')
        .trim() ?? '',
  );
  const own = [...new Set(heads)].filter((head) => /copyright/i.test(head));
  return own.length > 0
    ? [...own, ...NAMED.filter((name) => license.includes(name)).map((name) => readFileSync(join(LICENCES, `${name}.txt`), 'utf8').trim())]
    : [];
}

/** Licences that have to come with what they are on, where its modules have but their names. */
const NAMED = ['Apache-2.0'];
const LICENCES = join(import.meta.dirname, 'licences');
