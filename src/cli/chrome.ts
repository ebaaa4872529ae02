// Finds a Chrome that runs here, gets one where there is none, and starts it with WebGPU. The command line tool, the tests and the bench share it.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import type { Browser, LaunchOptions } from 'puppeteer';
import { DeviceError, UsageError } from '../errors.ts';

const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;

/** The machine's own GPU, or SwiftShader, the software adapter inside Chrome. */
export type ChromeAdapter = 'gpu' | 'swiftshader';

/** The adapter that the environment asks for: `GPU=1` is the machine's own, anything else SwiftShader. */
export function wantedAdapter(): ChromeAdapter {
  return process.env.GPU === '1' ? 'gpu' : 'swiftshader';
}

/** Starts a headless Chrome with WebGPU on, after `ensureChrome()`. Pages need a secure context for it: http://localhost or http://127.0.0.1. */
export async function launchChrome(adapter: ChromeAdapter = wantedAdapter(), options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = await ensureChrome();
  const { default: puppeteer } = await import('puppeteer');
  // Training in a page can keep one call open for long; puppeteer's own limit is 3 minutes.
  return puppeteer.launch({ executablePath, headless: true, args: chromeArguments(adapter), protocolTimeout: 0, ...options });
}

/** Chrome's command line for WebGPU without a screen. */
export function chromeArguments(adapter: ChromeAdapter): string[] {
  const args = ['--enable-unsafe-webgpu', '--disable-gpu-watchdog', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  if (linux && root) args.push('--no-sandbox');
  if (adapter === 'swiftshader') args.push('--use-webgpu-adapter=swiftshader');
  // Without a screen there is no surface: asked for one, Chrome on NVIDIA's driver gave SwiftShader instead of the GPU.
  else if (linux) args.push('--enable-features=Vulkan', '--use-angle=vulkan', '--disable-vulkan-surface', '--ignore-gpu-blocklist');
  return args;
}

/** The path of the first Chrome or Chromium of this machine that runs, or undefined. Throws a UsageError when PUPPETEER_EXECUTABLE_PATH names none. */
export async function findChrome(): Promise<string | undefined> {
  const wanted = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (wanted) {
    if (!executable(wanted))
      throw new UsageError(`PUPPETEER_EXECUTABLE_PATH: expected an executable file, got ${JSON.stringify(wanted)}. Correct it or unset it.`);
    return wanted;
  }
  const { default: puppeteer } = await puppeteerModule();
  const candidates = [
    () => puppeteer.executablePath('chrome'), // where the system's installer puts it
    ...['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser'].map((name) => () => onPath(name)),
    () => '/Applications/Chromium.app/Contents/MacOS/Chromium',
    () => puppeteer.executablePath(), // puppeteer's own cache
  ];
  for (const candidate of candidates) {
    const path = quietly(candidate);
    if (path && runs(path)) return path;
  }
  return undefined;
}

/**
 * The path of a Chrome that runs: `findChrome()`, else puppeteer's download, else Debian's chromium where we are root.
 * Says on stderr what it fetches. Throws a DeviceError that says what was tried and what to do.
 */
export async function ensureChrome(): Promise<string> {
  const found = await findChrome();
  if (found) return found;
  const attempts: [what: string, get: () => string | undefined][] = [["downloading puppeteer's Chrome", download]];
  if (linux && root && onPath('apt-get')) attempts.push(['apt-get install chromium', installDebian]);
  const failures: string[] = [];
  for (const [what, get] of attempts) {
    console.error(`No Chrome found; ${what} ...`);
    try {
      const path = get();
      if (path && runs(path)) return path;
      failures.push(`${what}: ${path ?? 'what it gave'} does not run here`);
    } catch (error) {
      failures.push(`${what}: ${reason(error)}`);
    }
  }
  throw new DeviceError(
    'no-webgpu',
    `No Chrome was found and none could be installed.\n  ${failures.join('\n  ')}\nInstall Chrome or Chromium 121 or later, or set PUPPETEER_EXECUTABLE_PATH to one.`,
  );
}

/** Returns the path: `puppeteer browsers install` prints it alone with this format. Chrome's system libraries need root. */
function download(): string {
  const cli = createRequire(import.meta.url).resolve('puppeteer/lib/cjs/puppeteer/node/cli.js');
  const args = [cli, 'browsers', 'install', 'chrome', '--format', '{{path}}'];
  const path = lastLine(run(process.execPath, args));
  if (linux && root && !runs(path)) run(process.execPath, [...args, '--install-deps']);
  return path;
}

function installDebian(): string | undefined {
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
  return onPath('chromium');
}

/** The package leaves puppeteer to those who use the command line tool, so it can be absent. */
async function puppeteerModule(): Promise<typeof import('puppeteer')> {
  try {
    return await import('puppeteer');
  } catch (cause) {
    throw new UsageError('The command line tool drives Chrome through puppeteer, which is not installed: run `npm install puppeteer`.', { cause });
  }
}

/** A file can be there and not start: a downloaded Chrome lacks system libraries on a bare Debian. (On Windows `--version` opens a window.) */
function runs(path: string): boolean {
  return executable(path) && (!linux || quietly(() => run(path, ['--version'], 20_000)) !== undefined);
}

function executable(path: string): boolean {
  return quietly(() => accessSync(path, constants.X_OK) ?? true) ?? false;
}

function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(executable);
}

function run(command: string, args: string[], timeout?: number): string {
  return execFileSync(command, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function quietly<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

/** The line of a failed command's output that says why. */
function reason(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message?: string };
  const lines = (stderr || message || String(error)).trim().split('\n');
  return lines.find((line) => /error|err:|unable|fail|not /i.test(line)) ?? lines[0] ?? 'no reason given';
}
