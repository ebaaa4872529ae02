// The command line tool, built for tests that run it in a process of its own.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { once } from './once.ts';

const root = new URL('../..', import.meta.url).pathname;
// Below the project, so that puppeteer is found; not in dist, which a build beside the tests may empty.
const built = join(root, 'tests/.out/cli-test');

/** The program to run with Node, after `buildTool()`. */
export const tool = join(built, 'cli/main.js');

export const buildTool = (): Promise<void> => once('tool', build);

function build(): void {
  const vite = (...args: string[]): unknown =>
    execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', ...args], { cwd: root });
  vite('--outDir', built);
  vite('--mode', 'cli', '--outDir', join(built, 'cli'));
}
