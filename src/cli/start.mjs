// `npm start` and `npm run claims`: builds the package and becomes its command line tool, in one process that says what it does.
import { execFileSync } from 'node:child_process';

const started = performance.now();
console.error('Building ...');
const { build } = await import('vite');
await build({ logLevel: 'error' });
await build({ logLevel: 'error', mode: 'cli' });
console.error(`Built in ${((performance.now() - started) / 1000).toFixed(1)} s.`);

// npm runs this through a shell that does not forward signals: when either of the two is gone, nothing waits for this run any more.
const callers = [process.ppid, parentOf(process.ppid)].filter((id) => id > 1);
setInterval(() => {
  if (!callers.every(isAlive)) process.kill(process.pid, 'SIGTERM');
}, 500).unref();

await import('../../dist/cli/main.js');

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
