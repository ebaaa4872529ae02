// node tests/support/run_ts.mjs path/to/entry.ts [arguments]
// Runs a TypeScript program in Node (Node 20 cannot strip types) through Vite's module runner: no build, imports of .wgsl work,
// stack traces name the source. The program sees its arguments where it expects them, from process.argv[2] on, and ends when its top-level
// awaits have ended, whatever a GPU or a server still has open.
import { resolve } from 'node:path';
import { createServer, createServerModuleRunner } from 'vite';

const [, , entry] = process.argv;
if (!entry) throw new Error('expected the path of a TypeScript file: node tests/support/run_ts.mjs tests/bench/run.ts');
process.argv.splice(1, 1);

const server = await createServer({
  logLevel: 'error',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
});
const runner = createServerModuleRunner(server.environments.ssr, { hmr: false });
await runner.import(resolve(entry));
process.exit();
