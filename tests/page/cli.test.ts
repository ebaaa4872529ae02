// The command line tool as a user runs it: built, in a process of its own, with its own Chrome.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Experiment } from '../../src/experiment/document.ts';
import { parseHistory } from '../../src/experiment/history_schema.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const root = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'fathom-cli-'));
const gallery = (name: string): Experiment => parseExperiment(JSON.parse(readFileSync(join(root, `demo/experiments/${name}.json`), 'utf8')));

function save(name: string, document: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(document));
  return path;
}

interface Outcome {
  status: number | null;
  out: string;
  err: string;
}

/** Runs the tool; `interruptOn` sends Ctrl-C when the standard error first shows it. */
function fathom(args: readonly string[], interruptOn?: RegExp): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(built, 'cli/main.js'), ...args], { cwd: root });
    let [out, err, interrupted] = ['', '', false];
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      err += data;
      if (!interruptOn?.test(err) || interrupted) return;
      interrupted = true;
      child.kill('SIGINT');
    });
    child.on('close', (status) => resolve({ status, out, err }));
  });
}

// Below the project, so that puppeteer is found; not in dist, which a build beside the tests may empty.
const built = join(root, 'tests/.out/cli-test');

beforeAll(() => {
  const vite = (...args: string[]): unknown =>
    execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error', ...args], { cwd: root });
  vite('--outDir', built);
  vite('--mode', 'cli', '--outDir', join(built, 'cli'));
});

// A diagnosis and a treatment are several runs in a Chrome that starts anew.
describe('fathom', { timeout: 180_000 }, () => {
  it('trains a document, prints layers and scores, writes history and report', async () => {
    const document = { ...gallery('digits'), training: { steps: 60, batchSize: 32, validateEvery: 30 } };
    const [json, report] = [join(folder, 'out.jsonl'), join(folder, 'out.html')];
    const { status, out, err } = await fathom([save('short.json', document), '--json', json, '--report', report]);
    expect(err).not.toMatch(/Error/);
    expect(status).toBe(0);
    expect(out).toMatch(/^Adapter: ./m);
    expect(out).toMatch(/^0\.dense .*█/m);
    expect(out).toMatch(/^test +360 +[\d.]+ +[\d.]+ %$/m);
    expect(out).toContain('60 of 60 steps');
    const history = parseHistory(readFileSync(json, 'utf8'));
    expect(history.steps.map(({ step }) => step)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(history.checks.map(({ step }) => step)).toEqual([30, 60]);
    expect(history.task).toEqual({ kind: 'classification', classes: 10 });
    expect(readFileSync(report, 'utf8')).toContain('<h2>Charts</h2>');
  });

  it('diagnoses with status 1, names the cause, and reads its own history back to the same findings', async () => {
    const document = { ...gallery('vanishing'), training: { steps: 60, batchSize: 32 } };
    const path = save('vanishing.json', document);
    const { status, out } = await fathom(['diagnose', path]);
    expect(status).toBe(1);
    expect(out).toContain('severe  The gradient vanishes with depth');
    const json = join(folder, 'vanishing.jsonl');
    await fathom([path, '--json', json]);
    const again = await fathom(['diagnose', json]);
    expect(again.status).toBe(1);
    expect(again.out).toContain('severe  The gradient vanishes with depth');
  });

  it('treats, says what helped, and writes the mended document', async () => {
    const [mended, report] = [join(folder, 'mended.json'), join(folder, 'treat.html')];
    const { status, out } = await fathom([
      'treat',
      save('sick.json', { ...gallery('vanishing'), training: { steps: 80, batchSize: 32 } }),
      '--most',
      '2',
      '--out',
      mended,
      '--report',
      report,
    ]);
    expect(status).toBe(1);
    expect(out).toMatch(/^batch_norm +.*helped: vanishing_with_depth is gone/m);
    expect(readFileSync(report, 'utf8')).toContain('Remedies, measured');
    expect(JSON.stringify(parseExperiment(JSON.parse(readFileSync(mended, 'utf8'))))).toContain('batch_norm');
  });

  it('ends cleanly on Ctrl-C, with what there is', async () => {
    const path = save('long.json', { ...gallery('digits'), training: { epochs: 100_000, batchSize: 32 } });
    const json = join(folder, 'long.jsonl');
    const { status, out } = await fathom([path, '--json', json], /step \d+ of/);
    expect(status).toBe(130);
    expect(out).toMatch(/^0\.dense .*█/m);
    expect(out).toContain('stopped by Ctrl-C');
    expect(parseHistory(readFileSync(json, 'utf8')).steps.length).toBeGreaterThan(0);
  });

  it.each<[string, () => string[], RegExp]>([
    ['a wrong document', () => [save('wrong.json', { ...gallery('digits'), seed: 'x' })], /wrong\.json: seed: expected an integer of at least 0, got "x"/],
    ['no such file', () => ['nowhere.json'], /nowhere\.json: there is no such file/],
    ['a report of an unknown kind', () => ['--report', 'x.pdf'], /expected a file that ends in \.html or \.md/],
    ['an unknown option', () => ['--nope'], /unknown option '--nope'/],
    [
      'data that does not fit',
      () => [save('unfit.json', { ...gallery('digits'), model: { layers: [{ type: 'dense', units: 3 }] } })],
      /DataError: .*10 classes.*3 outputs/,
    ],
    [
      'a file that cannot be written',
      () => [save('fine.json', gallery('batch-size-128')), '--json', join(folder, 'no/such/folder.jsonl')],
      /cannot be written/,
    ],
  ])('refuses %s with status 2', async (_what, args, message) => {
    const { status, out, err } = await fathom(args());
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at /m);
    expect(out).not.toContain('steps in');
    expect(status).toBe(2);
  });
});
