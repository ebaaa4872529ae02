// npm run test:deno -- [files and options of vitest]: tests/gpu in Deno. Vitest itself runs there, so the tests are the same files.
import { findDeno, runInDeno } from './deno.ts';

const deno = findDeno({ install: true });
if ('missing' in deno) {
  console.error(deno.missing);
  process.exit(2);
}
process.exit(await runInDeno(deno, ['node_modules/vitest/vitest.mjs', 'run', '--mode', 'deno', ...process.argv.slice(2)]));
