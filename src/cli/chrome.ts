// Finds a Chrome that runs here, gets one where there is none, and starts it with WebGPU. The command line tool, the tests and the bench share it.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Browser } from 'puppeteer';
import { DeviceError, FathomError, UsageError } from '../errors.ts';
import { answerOfDevice } from '../gpu/answer.ts';
import { ChromeProcess } from './chrome_process.ts';
import { isExecutable, onPath } from './on_path.ts';
import { note } from './print.ts';

const linux = process.platform === 'linux';
const root = process.getuid?.() === 0;

/** The machine's own GPU, or SwiftShader, the software adapter inside Chrome. */
export type ChromeAdapter = 'gpu' | 'swiftshader';

/** The adapter that the environment asks for: `GPU=1` is the machine's own, anything else SwiftShader. */
export function wantedAdapter(): ChromeAdapter {
  return process.env.GPU === '1' ? 'gpu' : 'swiftshader';
}

/** Seconds that Chrome may take to start, and an adapter to answer. SwiftShader gets longer: nothing comes after it. */
export const LIMITS = { gpu: { start: 30, answer: 20 }, swiftshader: { start: 60, answer: 60 } } as const satisfies Record<ChromeAdapter, unknown>;

/** What software drivers call themselves in Chrome's account of its GPU. */
const SOFTWARE = /llvmpipe|lavapipe|softpipe|swiftshader|basic render/i;

export interface LaunchOptions {
  /** Chrome's file: `ensureChrome()` if absent. */
  path?: string;
  /** Time limits in seconds: those of the adapter in `LIMITS` if absent. */
  limits?: { start: number; answer: number };
  /** More switches of Chrome; none if absent. */
  switches?: readonly string[];
}

/**
 * Starts a headless Chrome with WebGPU on; with `gpu`, one whose GPU has answered. Pages need a secure context for it: http://localhost or
 * http://127.0.0.1. Chrome ends with `browser.close()`, and with this process however that ends.
 * @throws DeviceError where Chrome does not start, or the GPU is software or does not answer, within the limits. Chrome has ended then.
 */
export async function launchChrome(adapter: ChromeAdapter = wantedAdapter(), options: LaunchOptions = {}): Promise<Browser> {
  const { path = await ensureChrome(), limits = LIMITS[adapter], switches = [] } = options;
  const { default: puppeteer } = await puppeteerModule();
  const chrome = new ChromeProcess(
    path,
    puppeteer.defaultArgs({ headless: true, args: [...chromeArguments(adapter), ...switches] }),
    chromeEnvironment(adapter),
  );
  try {
    // Training in a page can keep one call open for long; puppeteer's own limit is 3 minutes.
    const connected = puppeteer.connect({ transport: chrome.transport, protocolTimeout: 0 });
    const browser = await within(limits.start, `Chrome (${path}) did not start`, whileAlive(chrome, connected));
    browser.close = () => chrome.end();
    if (adapter === 'gpu') await within(limits.answer, "Chrome's GPU did not answer", whileAlive(chrome, proveGpu(browser)));
    return browser;
  } catch (error) {
    await chrome.end();
    throw error;
  }
}

/** Rejects with a DeviceError where Chrome ends before the work is done, or does not understand. */
function whileAlive<Result>(chrome: ChromeProcess, work: Promise<Result>): Promise<Result> {
  const ended = chrome.ended.then(() => {
    throw new DeviceError('failed', `Chrome (${chrome.path}) ended while it started: ${chrome.reason}`);
  });
  const failed = work.catch(async (cause) => {
    if (cause instanceof FathomError) throw cause;
    // Its pipes close a moment before its end is known.
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
    throw new DeviceError('failed', `Chrome (${chrome.path}) failed while it started: ${(cause as Error).message}`, { cause });
  });
  return Promise.race([ended, failed]);
}

/** Rejects with a DeviceError that starts with `failure` if the work is not done after `seconds`. The work itself continues: end it. */
export async function within<Result>(seconds: number, failure: string, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  // After a timeout the work may still fail, and nothing awaits it any more.
  work.catch(() => {});
  try {
    return await Promise.race([
      work,
      new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new DeviceError('failed', `${failure} within ${seconds} seconds`)), 1000 * seconds);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** Throws a DeviceError unless a GPU answers with the number that it was given. */
async function proveGpu(browser: Browser): Promise<void> {
  await requireHardware(browser);
  const answer = await askForAnswer(browser);
  if (answer === 'none') throw new DeviceError('no-adapter', 'Chrome finds no GPU');
  if (answer !== 'right') throw new DeviceError('failed', `Chrome's GPU does not work: ${answer}`);
}

/** What `answerOfDevice` says in an empty page of its own. */
export async function askForAnswer(browser: Browser): Promise<string> {
  const page = await browser.newPage();
  // A secure context without a server.
  await page.setRequestInterception(true);
  page.on('request', (request) => request.respond({ contentType: 'text/html', body: '<!doctype html>' }).catch(() => {}));
  await page.goto('http://localhost/');
  const answer = await page.evaluate(answerOfDevice);
  await page.close();
  return answer;
}

/** Throws a DeviceError where Chrome has software alone in the place of a GPU. A card on the bus that it does not draw with may still compute. */
async function requireHardware(browser: Browser): Promise<void> {
  // With Mesa's llvmpipe, Chrome keeps creating graphics contexts that fail, and tells no page. This call does answer.
  const session = await browser.target().createCDPSession();
  const { devices } = (await session.send('SystemInfo.getInfo')).gpu;
  await session.detach();
  if (devices.length > 0 && devices.every(({ vendorId, deviceString }) => vendorId === 0 && SOFTWARE.test(deviceString)))
    throw new DeviceError('no-adapter', `Chrome finds no GPU, only a software driver: ${devices.map(({ deviceString }) => deviceString).join(', ')}`);
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

/** SwiftShader brings its own Vulkan driver, which settings of the Vulkan loader such as VK_DRIVER_FILES would hide. */
function chromeEnvironment(adapter: ChromeAdapter): NodeJS.ProcessEnv {
  if (adapter === 'gpu') return process.env;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VK_')));
}

/** The path of the first Chrome or Chromium of this machine that runs, or undefined. Throws a UsageError when PUPPETEER_EXECUTABLE_PATH names none. */
export async function findChrome(): Promise<string | undefined> {
  const wanted = process.env.PUPPETEER_EXECUTABLE_PATH;
  if (wanted) {
    if (!isExecutable(wanted))
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
    if (path && (await runs(path))) return path;
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
  const attempts: [what: string, get: () => Promise<string | undefined>][] = [["downloading puppeteer's Chrome", download]];
  if (linux && root && onPath('apt-get')) attempts.push(['apt-get install chromium', installDebian]);
  const failures: string[] = [];
  for (const [what, get] of attempts) {
    note(`No Chrome found; ${what} ...`);
    try {
      const path = await get();
      if (path && (await runs(path))) return path;
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
async function download(): Promise<string> {
  const cli = createRequire(import.meta.url).resolve('puppeteer/lib/cjs/puppeteer/node/cli.js');
  const args = [cli, 'browsers', 'install', 'chrome', '--format', '{{path}}'];
  const path = lastLine(await run(process.execPath, args));
  if (linux && root && !(await runs(path))) await run(process.execPath, [...args, '--install-deps']);
  return path;
}

async function installDebian(): Promise<string | undefined> {
  await run('apt-get', ['update', '-qq']);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
  return onPath('chromium');
}

/** The package leaves puppeteer to those who use the command line tool, so it can be absent. */
async function puppeteerModule(): Promise<typeof import('puppeteer')> {
  try {
    return await import('puppeteer');
  } catch (cause) {
    throw new UsageError(
      'The command line tool drives Chrome through puppeteer, which is not installed: run `npm install puppeteer`, or `npm install webgpu` and give --runtime node.',
      { cause },
    );
  }
}

/** A file can be there and not start: a downloaded Chrome lacks system libraries on a bare Debian. (On Windows `--version` opens a window.) */
async function runs(path: string): Promise<boolean> {
  if (!isExecutable(path)) return false;
  if (!linux) return true;
  return run(path, ['--version'], 20_000).then(
    () => true,
    () => false,
  );
}

/** What a command writes to its standard output. Not awaited synchronously: a signal must not wait for a download. */
async function run(command: string, args: string[], timeout?: number): Promise<string> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const { stdout } = await promisify(execFile)(command, args, { encoding: 'utf8', timeout, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024, env });
  return stdout;
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
