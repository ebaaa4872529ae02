// `npm start` and `npm run claims`: builds the package where that is needed and becomes its command line tool, in one process that says what it does.
import { execFileSync } from 'node:child_process';
import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { isStale } from '../build/stale.mjs';

const root = join(import.meta.dirname, '../..');
const words = process.argv.slice(2);
const asksForWords = words[0] === 'help' || words.some((word) => ['-h', '--help', '-V', '--version'].includes(word));

// npm runs this through a shell that does not forward signals: when either of the two is gone, nothing waits for this run any more.
const callers = [process.ppid, parentOf(process.ppid)].filter((id) => id > 1);
setInterval(() => {
  if (!callers.every(isAlive)) process.kill(process.pid, 'SIGTERM');
}, 500).unref();

if (!isStale(root)) await import('../../dist/cli/main.js');
else if (asksForWords) await fromSources();
else {
  await build();
  await import('../../dist/cli/main.js');
}

async function build() {
  const started = new Date();
  console.error('Building ...');
  const { build } = await import('vite');
  await build({ root, logLevel: 'error', configLoader: 'runner' });
  await build({ root, logLevel: 'error', configLoader: 'runner', mode: 'cli' });
  // What was changed while it was being built is newer than this.
  for (const file of ['page.js', 'main.js']) utimesSync(join(root, 'dist/cli', file), started, started);
  console.error(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

/** Runs the tool without a build: enough for its help. */
async function fromSources() {
  const { createServer, createServerModuleRunner } = await import('vite');
  const server = await createServer({
    root,
    logLevel: 'error',
    configLoader: 'runner',
    appType: 'custom',
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  });
  await createServerModuleRunner(server.environments.ssr, { hmr: false }).import(join(root, 'src/cli/main.ts'));
  await server.close();
}

/** The parent of a process, or 0 where the system does not say. */
function parentOf(id) {
  try {
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(id)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return 0;
  }
}

function isAlive(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
