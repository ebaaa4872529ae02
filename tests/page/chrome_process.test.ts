// Chrome as a child of the command line tool: each wait for it has an end, and it ends with the tool, however that ends.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { askForAnswer, findChrome, launchChrome } from '../../src/cli/chrome.ts';
import { DeviceError } from '../../src/errors.ts';
import { ALL, oneIn } from '../support/quick.ts';
import { buildTool, tool } from './tool.ts';

const root = new URL('../..', import.meta.url).pathname;
const silent = join(root, 'tests/support/silent_chrome.mjs');
const MESA = ['x86_64', 'aarch64'].map((machine) => `/usr/share/vulkan/icd.d/lvp_icd.${machine}.json`).find(existsSync);
const posix = process.platform !== 'win32';

/** Chrome's profile lies here, so that its processes are found by their command lines. */
let temporary: string;
let started: ChildProcess[] = [];

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'fathom-ends-'));
  started = [];
});

afterEach(() => {
  vi.unstubAllEnvs();
  for (const child of started) child.kill('SIGKILL');
});

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The processes with a profile in `temporary`. One that has ended and that nobody has asked for its status is no process any more. */
function browsers(): string[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(`${temporary}/fathom-chrome-`) && !line.startsWith('Z'));
}

async function until(what: string, holds: () => boolean, seconds = 60): Promise<void> {
  for (let i = 0; i < 20 * seconds; i++, await wait(50)) if (holds()) return;
  throw new Error(`${what}: not within ${seconds} s`);
}

/** Nothing of a Chrome is left: no process, no profile. */
async function expectNothingLeft(): Promise<void> {
  await until('Chrome has ended', () => browsers().length === 0, 5);
  await until('its profile is gone', () => readdirSync(temporary).filter((name) => name.startsWith('fathom-chrome-')).length === 0, 5);
}

/** A program that is taken for Chrome. */
function fake(script: string): string {
  const path = join(temporary, 'chrome');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.runIf(posix)('launchChrome', () => {
  beforeEach(() => {
    vi.stubEnv('TMPDIR', temporary);
  });

  const failure = (path: string, start: number, answer: number): Promise<unknown> =>
    launchChrome('gpu', { path, limits: { start, answer } }).then(
      () => 'started',
      (error) => error,
    );

  it('gives up a Chrome that is silent, and ends it with its children', async () => {
    const error = await failure(fake('sleep 1000 & sleep 1000'), 1, 1);
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toMatch(/^Chrome \(.*\) did not start within 1 seconds$/);
    await expectNothingLeft();
  });

  it('gives up a Chrome that takes no notice of signals', async () => {
    expect(await failure(fake("trap '' TERM INT HUP; while true; do sleep 1; done"), 1, 1)).toBeInstanceOf(DeviceError);
    await expectNothingLeft();
  });

  it('says what a Chrome wrote that ended at once', async () => {
    const error = await failure(fake('echo "libnss3.so: cannot open shared object file" >&2; exit 127'), 30, 1);
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toMatch(/ended while it started: status 127, after it wrote: libnss3\.so: cannot open/);
    expect(await failure(join(temporary, 'nothing'), 30, 1)).toBeInstanceOf(DeviceError);
    await expectNothingLeft();
  });

  it('gives up a GPU that never answers', async () => {
    const error = await failure(fake(`exec ${process.execPath} ${silent} "$@"`), 30, 1);
    expect(error).toBeInstanceOf(DeviceError);
    expect((error as Error).message).toBe("Chrome's GPU did not answer within 1 seconds");
    await expectNothingLeft();
  });

  it('has a proof of the device that SwiftShader passes, and ends Chrome when it is closed', async () => {
    const browser = await launchChrome('swiftshader');
    expect(browsers().length).toBeGreaterThan(0);
    expect(await askForAnswer(browser)).toBe('right');
    await browser.close();
    await expectNothingLeft();
  });
});

describe.runIf(posix)('fathom and its Chrome', () => {
  beforeAll(buildTool);

  interface Running {
    child: ChildProcess;
    said(): string;
    /** The exit status, or the signal. */
    ended: Promise<number | string>;
  }

  function run(command: string, args: readonly string[], env: Record<string, string> = {}): Running {
    const child = spawn(command, args, { cwd: root, env: { ...process.env, TMPDIR: temporary, ...env } });
    started.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream!.on('data', (data) => {
        said += data;
      });
    return { child, said: () => said, ended: new Promise((resolve) => child.on('close', (status, signal) => resolve(signal ?? status!))) };
  }

  const layers = [{ type: 'dense', units: 2 }];
  function document(steps: number): string {
    const path = join(temporary, 'moons.json');
    const data = { source: 'generator', name: 'moons' };
    const optimizer = { name: 'sgd', learningRate: 0.1 };
    writeFileSync(path, JSON.stringify({ data, model: { layers }, loss: 'softmax_cross_entropy', optimizer, training: { batchSize: 16, steps } }));
    return path;
  }
  const fathom = (args: readonly string[], env?: Record<string, string>): Running => run(process.execPath, [tool, ...args], env);
  async function trains(said: () => string): Promise<void> {
    await until('it has a device', () => said().includes('Adapter: '));
    await wait(500);
  }
  const SIGNALS = [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGKILL', 'SIGKILL'],
  ] as const;

  it.each(oneIn(3, SIGNALS))('nothing is left after %s while Chrome starts', async (signal, status) => {
    const { child, ended, said } = fathom([document(4e6), '--adapter', 'swiftshader']);
    await until('Chrome starts', () => browsers().length > 0);
    child.kill(signal);
    expect(await ended).toBe(status);
    expect(said().includes('Stopped by Ctrl-C before it began; nothing was written.')).toBe(signal === 'SIGINT');
    await expectNothingLeft();
  });

  it.each(oneIn(3, SIGNALS))('nothing is left after %s while a silent Chrome is waited for', async (signal, status) => {
    const path = fake('case "$1" in --version) exit;; esac; sleep 1000');
    const { child, ended } = fathom([document(4e6)], { PUPPETEER_EXECUTABLE_PATH: path });
    await until('Chrome starts', () => browsers().some((line) => line.includes(path)));
    child.kill(signal);
    expect(await ended).toBe(status);
    await expectNothingLeft();
  });

  it.each(oneIn(3, SIGNALS))('nothing is left after %s in the middle of a run', async (signal, status) => {
    const { child, ended, said } = fathom([document(4e6), '--adapter', 'swiftshader']);
    await trains(said);
    child.kill(signal);
    expect(await ended).toBe(status);
    // The first Ctrl-C ends the run in order.
    expect(/stopped by ctrl-c/i.test(said())).toBe(signal === 'SIGINT');
    await expectNothingLeft();
  });

  it.runIf(ALL)('nothing is left when nobody reads what the tool prints', async () => {
    const { child, ended, said } = fathom([document(4e6), '--adapter', 'swiftshader']);
    await trains(said);
    child.stdout!.destroy();
    child.stderr!.destroy();
    await Promise.race([ended, wait(15_000)]);
    child.kill('SIGINT');
    await ended;
    await expectNothingLeft();
  });

  it('nothing is left when the tool throws', async () => {
    // As a bug would: in a task of its own, which no `finally` sees.
    const bug = "const log = console.log; console.log = (...a) => { log(...a); setTimeout(() => { throw new Error('a bug'); }, 500); };";
    const { ended, said } = fathom([document(4e6), '--adapter', 'swiftshader'], {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(bug)}`,
    });
    expect(await ended).not.toBe(0);
    expect(said()).toContain('a bug');
    await expectNothingLeft();
  });

  it('takes Ctrl-C that comes twice at once, from the terminal and from npm, for one', async () => {
    const { child, ended, said } = fathom([document(4e6), '--adapter', 'swiftshader']);
    await trains(said);
    child.kill('SIGINT');
    await wait(30);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(said()).toMatch(/stopped by ctrl-c/i);
  });

  // It waits out the 20 seconds; the same with a limit of 1 is above, and Mesa's driver has `auto` go on below.
  it.runIf(ALL)('auto says what it tries, gives up a GPU that never answers, and trains on SwiftShader', async () => {
    const path = fake(`case "$*" in *--use-angle=vulkan*) exec ${process.execPath} ${silent} "$@";; *) exec ${await findChrome()} "$@";; esac`);
    const begun = Date.now();
    const { ended, said } = fathom([document(20)], { PUPPETEER_EXECUTABLE_PATH: path });
    await until('it says what it tries', () => said().includes("Starting Chrome on the machine's GPU ..."));
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(await ended).toBe(0);
    expect(said()).toMatch(/^Chrome's GPU did not answer within 20 seconds\. Going on without a GPU\.$/m);
    expect(said()).toMatch(/^Adapter: .*\(software\)$/m);
    expect(said()).toContain('20 of 20 steps');
    await expectNothingLeft();
  });

  it('a GPU that is asked for and not to be had is an error that says what to do', async () => {
    const path = fake('case "$1" in --version) exit;; esac; exit 1');
    const { ended, said } = fathom([document(20), '--adapter', 'gpu'], { PUPPETEER_EXECUTABLE_PATH: path });
    expect(await ended).toBe(2);
    expect(said()).toMatch(/^DeviceError: Chrome .* ended while it started: status 1\. Install the graphics driver .* or use --adapter auto\.$/m);
    await expectNothingLeft();
  });

  it.runIf(MESA)(`with Mesa's software driver auto takes SwiftShader${MESA ? '' : ' (not run: mesa-vulkan-drivers is not installed)'}`, async () => {
    const begun = Date.now();
    const { ended, said } = fathom([document(20)], { VK_ICD_FILENAMES: MESA!, VK_DRIVER_FILES: MESA! });
    expect(await ended).toBe(0);
    expect(Date.now() - begun).toBeLessThan(60_000);
    expect(said()).toMatch(/^Chrome finds no GPU, only a software driver: .*llvmpipe.* Going on without a GPU\.$/m);
    expect(said()).toMatch(/^Adapter: .*swiftshader.*\(software\)$/im);
    expect(said()).toContain('20 of 20 steps');
    await expectNothingLeft();
  });

  it('npm start says at once what it does, and its Chrome ends with npm', async () => {
    const { child, said } = run('npm', ['start', '--', document(4e6), '--adapter', 'swiftshader']);
    await until('it says something', () => /^(Building|Starting Chrome) /m.test(said()), 10);
    await trains(said);
    child.kill('SIGKILL');
    await until('Chrome has ended', () => browsers().length === 0, 10);
    await expectNothingLeft();
  });
});
