// node src/build/finish_types.mjs dist
// The declarations that the compiler has written, for every TypeScript from 5.4 on, with WebGPU's types and without.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const dist = process.argv[2];
const ENTRIES = [
  'index.d.ts',
  'ops/public.d.ts',
  'reference/index.d.ts',
  'experiment/index.d.ts',
  'verify/index.d.ts',
  'exchange/index.d.ts',
  'lab/index.d.ts',
  'build/cdn.d.ts',
];
const GLOBALS = 'webgpu.d.ts';

const named = new Set();
for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.d.ts'))) {
  const path = join(dist, file);
  const text = readFileSync(path, 'utf8');
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  for (const [name] of code.matchAll(/\bGPU[A-Z]*[A-Za-z]*\b/g)) named.add(name);
  const after = text
    // Before 5.7 typed arrays had no parameter; this is the one with an ArrayBuffer where they do.
    .replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<$1Constructor['of']>")
    // `.ts` is what the sources say; there are declarations alone.
    .replace(/((?:from |import\()(['"])\.{1,2}\/[^'"]*)\.ts\2/g, '$1.js$2');
  writeFileSync(
    path,
    ENTRIES.includes(file) ? `/// <reference path="${relative(dirname(path), join(dist, GLOBALS)).replaceAll('\\', '/')}" />\n${after}` : after,
  );
}

const aliases = [...named].filter((name) => !isInterface(name));
if (aliases.length > 0) throw new Error(`${aliases.join(', ')}: the declarations may name only those of WebGPU's types that are interfaces: spell others out`);
// An interface of a name that is declared elsewhere adds to it, and this adds nothing.
const lines = [...named].sort().map((name) => `interface ${name} {}`);
writeFileSync(
  join(dist, GLOBALS),
  `// For programs without WebGPU's types (newer TypeScripts bring them, for older ones they are in @webgpu/types): what our declarations name of them.\n${lines.join('\n')}\n`,
);

function isInterface(name) {
  const types = readFileSync(new URL('../../node_modules/@webgpu/types/dist/index.d.ts', import.meta.url), 'utf8');
  return new RegExp(`^interface ${name}\\b`, 'm').test(types);
}
