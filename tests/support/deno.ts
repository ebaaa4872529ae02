// Deno, whose WebGPU is not Chrome's: wgpu, with a WGSL compiler of its own. Finds it, gets it where it is wanted, and runs programs of this repository in it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isExecutable } from '../../src/cli/on_path.ts';
import { UsageError } from '../../src/errors.ts';
import { findProgram } from './find_program.ts';
import { vulkanEnvironment } from './vulkan.ts';

/** What `npm ci` there installs; `npm ci` at the top leaves it alone. */
const FOLDER = join('tests', 'tools', 'deno');

const INSTALLED = join(FOLDER, 'node_modules', 'deno', process.platform === 'win32' ? 'deno.exe' : 'deno');
export interface DenoOptions {
  /** Whether to install Deno where there is none. */
  readonly install: boolean;
  /** How long that may take; no limit by default. */
  readonly seconds?: number;
}

/** Deno and the environment that it needs, or a sentence on what is missing. */
export type FoundDeno = { readonly path: string; readonly env: NodeJS.ProcessEnv } | { readonly missing: string };

/** Looks in DENO, on PATH and in tests/tools/deno; without a GPU (GPU=1) also for llvmpipe, Mesa's software driver. Throws UsageError where DENO names no program. */
export function findDeno({ install, seconds }: DenoOptions): FoundDeno {
  const driver = vulkanEnvironment('Deno');
  if ('missing' in driver) return driver;
  let path = denoPath();
  let failure = '';
  if (!path && install)
    try {
      path = installDeno(seconds);
    } catch (error) {
      failure = ` (${(error as Error).message.split('\n')[0]})`;
    }
  if (!path) return { missing: `Deno is not installed${failure}: run \`npm ci --prefix ${FOLDER}\`, or set DENO to one` };
  return { path, env: { ...process.env, ...driver.env, NO_COLOR: '1' } };
}

/** Runs a program in Deno with everything allowed; WebGPU is there. What it prints goes where ours does. Resolves with its status. */
export async function runInDeno(deno: FoundDeno, program: readonly string[]): Promise<number> {
  if ('missing' in deno) throw new UsageError(deno.missing);
  const child = startDeno(deno, program, 'inherit');
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** Starts a program in Deno; it ends when this process does. */
export function startDeno(deno: { path: string; env: NodeJS.ProcessEnv }, program: readonly string[], stdio: 'inherit' | 'pipe'): ChildProcess {
  const child = spawn(deno.path, ['run', '--allow-all', '--unstable-webgpu', '--no-lock', ...program], { env: deno.env, stdio: ['ignore', stdio, stdio] });
  const end = (): void => void child.kill('SIGKILL');
  process.on('exit', end);
  child.on('exit', () => process.off('exit', end));
  return child;
}

const denoPath = (): string | undefined =>
  findProgram('DENO', [process.platform === 'win32' ? 'deno.exe' : 'deno']) ?? (isExecutable(INSTALLED) ? INSTALLED : undefined);

function installDeno(seconds?: number): string | undefined {
  console.error(`No Deno found; installing it into ${FOLDER} ...`);
  // npm is a script on Windows, which needs a shell.
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--prefix', FOLDER], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
    ...(seconds ? { timeout: 1000 * seconds } : {}),
  });
  // Where npm runs no scripts of packages, Deno puts its program in place when it is first called.
  if (!existsSync(INSTALLED)) execFileSync(process.execPath, [join(FOLDER, 'node_modules', 'deno', 'bin.cjs'), '--version'], { stdio: 'ignore' });
  return isExecutable(INSTALLED) ? INSTALLED : undefined;
}
