// A Chrome that ends with this process, however this process ends: normally, by a signal, by an error, or killed.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { ConnectionTransport } from 'puppeteer';
import { DeviceError } from '../errors.ts';

const windows = process.platform === 'win32';

/**
 * A shell that becomes Chrome ($$ is its process and its group) and leaves a watcher in Chrome's group. The watcher waits for the end of the pipe
 * that this tool holds as Chrome's standard input. The system closes that pipe with the tool, so that it needs no handler: the watcher then kills
 * Chrome, removes its profile ($1) and kills what is left of the group, itself included. While it lives, the number of the group is not given again.
 * Chrome's processes are told to end before the profile is removed, so that none writes into it; a second try is for the one that did.
 */
const WATCHED = `exec 9<&0
(exec </dev/null >/dev/null 2>&1 3<&- 4<&-; trap '' TERM; read -r _ <&9; kill -KILL $$; kill -TERM 0; rm -rf "$1" || rm -rf "$1"; kill -KILL 0) &
shift; exec "$@" </dev/null 9<&-`;

/** Milliseconds after which a group whose watcher did nothing is killed from here. */
const WATCHER_MS = 2000;

/** Milliseconds after Chrome's end in which its last words are waited for. */
const LAST_WORDS_MS = 100;

/** Characters of Chrome's standard error that are kept, to say why it ended. */
const KEPT = 4000;

/** Those that have not ended. */
const alive = new Set<ChromeProcess>();
let ending = false;

export class ChromeProcess {
  /** Resolves when the process has ended, or could not be started; never rejects. */
  readonly ended: Promise<void>;
  /** Chrome's debugging protocol, through pipes: a port would be open to every program of the machine. */
  readonly transport: ConnectionTransport;
  readonly path: string;
  private readonly child: ChildProcess;
  private readonly profile: string;
  private said = '';
  private failure = '';

  /** Throws a DeviceError after `endAllChromes()`. */
  constructor(path: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    if (ending) throw new DeviceError('failed', 'Chrome is not started: the program is ending');
    this.path = path;
    this.profile = mkdtempSync(join(tmpdir(), 'fathom-chrome-'));
    const command = [path, ...args, '--remote-debugging-pipe', `--user-data-dir=${this.profile}`];
    this.child = windows
      ? spawn(path, command.slice(1), { env, stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] })
      : spawn('/bin/sh', ['-c', WATCHED, 'sh', this.profile, ...command], { env, detached: true, stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'] });
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-KEPT);
    });
    this.child.stdin?.on('error', () => {});
    this.transport = new PipeTransport(this.child.stdio[3] as Writable, this.child.stdio[4] as Readable);
    alive.add(this);
    this.ended = new Promise((resolve) => {
      const finish = (failure: string): void => {
        this.failure = failure;
        alive.delete(this);
        if (windows) rmSync(this.profile, { recursive: true, force: true, maxRetries: 3 });
        resolve();
      };
      this.child.once('error', (error) => finish(error.message));
      this.child.once('exit', (status, signal) => {
        const failure = signal ? `killed by ${signal}` : `status ${status}`;
        // What it wrote last may still be on its way; a process that it left may hold the pipe open.
        const late = setTimeout(finish, LAST_WORDS_MS, failure);
        this.child.stderr!.once('close', () => {
          clearTimeout(late);
          finish(failure);
        });
      });
    });
  }

  /** Why it ended, with the last lines that it wrote. */
  get reason(): string {
    const lines = this.said.trim().split('\n').slice(-3).join(' / ');
    return lines ? `${this.failure}, after it wrote: ${lines}` : this.failure;
  }

  /** Kills Chrome and all its processes: asked to close, a Chrome whose GPU process hangs stays. There is nothing in it to save. */
  async end(): Promise<void> {
    if (!alive.has(this)) return this.ended;
    const { pid, stdin } = this.child;
    if (windows) spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    else stdin!.destroy();
    const late = setTimeout(() => {
      try {
        process.kill(windows ? pid! : -pid!, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    }, WATCHER_MS);
    await this.ended;
    clearTimeout(late);
  }
}

/** Ends every Chrome that was started here, and lets no other start. */
export async function endAllChromes(): Promise<void> {
  ending = true;
  await Promise.all([...alive].map((chrome) => chrome.end()));
}

/** Messages of the protocol end with a zero byte. */
class PipeTransport implements ConnectionTransport {
  onmessage?: (message: string) => void;
  onclose?: () => void;
  private readonly out: Writable;

  constructor(out: Writable, back: Readable) {
    this.out = out;
    let parts: string[] = [];
    // A pipe to a process that has ended: `onclose` tells.
    out.on('error', () => {});
    back.on('error', () => {});
    back.setEncoding('utf8').on('data', (text: string) => {
      const [first, ...rest] = text.split('\0');
      parts.push(first!);
      for (const next of rest) {
        const message = parts.join('');
        parts = [next];
        // One task each, as puppeteer's own transports do: what waits for the first message has acted when the second comes.
        setImmediate(() => this.onmessage?.(message));
      }
    });
    back.once('close', () => this.onclose?.());
  }

  send(message: string): void {
    this.out.write(`${message}\0`);
  }

  close(): void {
    this.out.destroy();
  }
}
