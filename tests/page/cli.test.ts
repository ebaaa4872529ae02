// The command line tool as a user runs it: built, in a process of its own, with its own Chrome.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasDawn } from '../../src/cli/dawn.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { writeModel } from '../../src/io/checkpoint.ts';
import { ALL } from '../support/quick.ts';
import { buildTool, tool } from './tool.ts';

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
    const child = spawn(process.execPath, [tool, ...args], { cwd: root });
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

beforeAll(buildTool);

// A diagnosis and a treatment are several runs in a Chrome that starts anew.
describe('fathom', { timeout: 180_000 }, () => {
  // Each call starts a Chrome of its own. What tests/gpu/experiment_files and saved_programs hold too is tried from the terminal in `npm run test:all`.
  const inAll = it.runIf(ALL);
  it('trains a document, prints layers and scores, writes history and report', async () => {
    const document = { ...gallery('digits'), training: { steps: 60, batchSize: 32, validateEvery: 30 } };
    const [json, report] = [join(folder, 'out.jsonl'), join(folder, 'out.html')];
    const { status, out, err } = await fathom([save('short.json', document), '--json', json, '--report', report]);
    expect(err).not.toMatch(/Error/);
    expect(status).toBe(0);
    expect(out).toMatch(/^Adapter: ./m);
    expect(out).toMatch(/^ +1 {2}dense_1 .*█/m);
    expect(out).toMatch(/^test +360 +[\d.]+ +[\d.]+ %$/m);
    expect(out).toContain('60 of 60 steps');
    const history = parseHistory(readFileSync(json, 'utf8'));
    expect(history.steps.map(({ step }) => step)).toEqual([1, 10, 20, 30, 40, 50, 60]);
    expect(history.validations.map(({ step }) => step)).toEqual([30, 60]);
    expect(history.task).toMatchObject({ kind: 'classification', classes: 10 });
    expect(readFileSync(report, 'utf8')).toContain('<h2>Charts</h2>');
  });

  const vanishing = (): string => save('vanishing.json', { ...gallery('vanishing'), training: { steps: 60, batchSize: 32 } });

  it('diagnoses with status 1 and names the cause', async () => {
    const { status, out } = await fathom(['diagnose', vanishing()]);
    expect(status).toBe(1);
    expect(out).toContain('severe  The gradient vanishes with depth');
  });

  inAll('reads its own history back to the same findings', async () => {
    const json = join(folder, 'vanishing.jsonl');
    await fathom([vanishing(), '--json', json]);
    const again = await fathom(['diagnose', json]);
    expect(again.status).toBe(1);
    expect(again.out).toContain('severe  The gradient vanishes with depth');
  });

  it('treats, says what helped, and writes the fixed document', async () => {
    const [fixed, report] = [join(folder, 'fixed.json'), join(folder, 'treat.html')];
    const { status, out } = await fathom([
      'treat',
      save('sick.json', { ...gallery('vanishing'), training: { steps: 80, batchSize: 32 } }),
      '--max',
      '2',
      '--out',
      fixed,
      '--report',
      report,
    ]);
    expect(status).toBe(1);
    expect(out).toMatch(/^batch_norm .*\n {4}best: helped: /m);
    expect(readFileSync(report, 'utf8')).toContain('Remedies, measured');
    expect(JSON.stringify(parseExperiment(JSON.parse(readFileSync(fixed, 'utf8'))))).toContain('batch_norm');
  });

  it.runIf(ALL && hasDawn())('trains in Node to the bits of Chrome, on the same adapter', async () => {
    const document = save('both.json', { ...gallery('digits'), training: { steps: 40, batchSize: 32 } });
    const models = ['chrome', 'node'].map((name) => join(folder, `${name}.safetensors`)) as [string, string];
    for (const model of models) {
      const runtime = model === models[0] ? 'chrome' : 'node';
      const { status, out, err } = await fathom([document, '--runtime', runtime, '--adapter', 'swiftshader', '--save', model]);
      expect(err).toContain(runtime === 'node' ? 'Starting Dawn in Node' : 'Starting Chrome');
      expect(status).toBe(0);
      expect(out).toContain('40 of 40 steps');
    }
    expect(readFileSync(models[0]).equals(readFileSync(models[1]))).toBe(true);
    const scored = await fathom(['evaluate', models[1], '--runtime', 'node', '--adapter', 'swiftshader']);
    expect(scored.out).toMatch(/^test +360 /m);
    const broken = await fathom([
      save('unfit-node.json', { ...gallery('digits'), model: { layers: [{ type: 'dense', units: 3 }] } }),
      '--runtime',
      'node',
      '--adapter',
      'swiftshader',
    ]);
    expect(broken.err).toMatch(/DataError: .*10 classes.*3 outputs/);
    expect(broken.status).toBe(2);
  });

  inAll('tests the kernels of this device and prints a table', async () => {
    const { status, out } = await fathom(['selftest', '--adapter', 'swiftshader']);
    expect(status).toBe(0);
    expect(out).toMatch(/^Adapter: .*\(software\)$/m);
    expect(out).toMatch(/^update +1 +right +\d\.\de-\d/m);
    expect(out).toMatch(/(\d+) of \1 kernel variants tested, all right\. {1,2}\d+\.\d s\./);
  });

  inAll('compares, each outcome as it comes', async () => {
    const short = { training: { steps: 20, batchSize: 32 } };
    const paths = ['digits', 'vanishing'].map((name) => save(`compare-${name}.json`, { ...gallery(name), ...short }));
    const { status, out, err } = await fathom(['compare', ...paths]);
    expect(err).not.toMatch(/Error/);
    expect(status).toBe(0);
    expect(out).toMatch(/^experiment +train +valid\. +accuracy +first +last$/m);
    expect(out).toMatch(/^digits .*\n {2}20 steps, .* ms each\n {2}(✓ )?nothing found.*\nvanishing /m);
    for (const line of out.split('\n').filter((text) => /^(experiment|digits|vanishing) /.test(text))) expect(line.length).toBeLessThanOrEqual(60);
  });

  /** Few steps, several at a time: batch norm, dropout, early stopping. */
  const table = (rows: number): string =>
    ['width,length,kind', ...Array.from({ length: rows }, (_, i) => `${i % 13},${(i % 3) * 10 + (i % 7)},${'abc'[i % 3]}`)].join('\n');
  const flowers = (change: Partial<Experiment['training']> = {}): Experiment => {
    writeFileSync(join(folder, 'flowers.csv'), table(120));
    return {
      ...gallery('digits'),
      name: 'flowers',
      data: { source: 'csv', path: 'flowers.csv', split: { validation: 0.2 }, standardise: true },
      model: {
        layers: [
          { type: 'dense', units: 8 },
          { type: 'batch_norm' },
          { type: 'activation', name: 'relu' },
          { type: 'dropout', rate: 0.1 },
          { type: 'dense', units: 3 },
        ],
      },
      training: { epochs: 10, batchSize: 8, accumulate: 2, ...change },
    };
  };

  it('saves a model, scores it, and lets it answer a CSV', async () => {
    const [model, scores, report] = ['flowers.safetensors', 'scores.json', 'scores.md'].map((name) => join(folder, name)) as [string, string, string];
    const trained = await fathom([save('flowers.json', flowers()), '--save', model]);
    expect(trained.status).toBe(0);
    expect(trained.out).toContain(`Model: ${model}`);
    const lines = /^(train|validation) .*$/gm;
    // The CSV is looked for beside the model.
    const own = await fathom(['evaluate', model]);
    expect(own.status).toBe(0);
    expect(own.out.match(lines)).toEqual(trained.out.match(lines));
    writeFileSync(join(folder, 'more.csv'), table(33));
    const more = await fathom(['evaluate', model, join(folder, 'more.csv'), '--out', scores, '--report', report]);
    expect(readFileSync(report, 'utf8')).toMatch(
      /## Right and wrong answers\n[^#]*\| is [^#]*## Rows that are furthest off\n[^#]*\n\| (line \d+ \| [abc] \| [abc]|row)/,
    );
    expect(more.out).toMatch(/^data +33 +[\d.]+ +[\d.]+ %$/m);
    expect(more.out).toMatch(/Confusion of data:\nis \\ taken for +a +b +c\na +\d+ +\d+ +\d+$/m);
    expect(JSON.parse(readFileSync(scores, 'utf8')).parts[0].rows).toBe(33);
    writeFileSync(join(folder, 'ask.csv'), 'length,width\n22,3\n1,4\n');
    const asked = await fathom(['predict', model, join(folder, 'ask.csv')]);
    expect(asked.status).toBe(0);
    expect(asked.out).toMatch(/^predicted kind,p\(a\),p\(b\),p\(c\)\n[abc],[\d.e-]+,[\d.e-]+,[\d.e-]+\n[abc],[\d.e-]+,[\d.e-]+,[\d.e-]+\n$/);
  });

  inAll('asks the model of a program, and says what its file lacks', async () => {
    const tensors = new Map([['dense_1/weight', { shape: [2, 2], data: Float32Array.of(1, -1, 0, 0) }]]);
    const layers = [{ type: 'dense', units: 2, bias: false }];
    const fitted = { inputs: 2, features: ['a', 'b'], classes: ['low', 'high'], scaling: { offset: [10, 0], divisor: [2, 1] } };
    const loss = { name: 'softmax_cross_entropy', task: 'classification', probabilities: 'softmax' };
    const file = (name: string, model: object): string => {
      const path = join(folder, name);
      writeFileSync(path, writeModel(tensors, undefined, model));
      return path;
    };
    const [known, unknown] = [file('program.safetensors', { layers, fitted, loss }), file('own.safetensors', { unwritten: 'mine_1: mine is a custom layer' })];
    const rows = join(folder, 'program.csv');
    writeFileSync(rows, 'b,a\n7,12\n7,4\n');
    const asked = await fathom(['predict', known, rows]);
    // z = (a - 10) / 2 and its negative.
    expect(asked.out).toMatch(/^class,p\(low\),p\(high\)\nlow,0\.880797\d*,0\.119202\d*\nhigh,0\.0024726\d*,0\.997527\d*\n$/);
    const whole = file('whole.safetensors', { layers, fitted, loss: { ...loss, options: {} } });
    const targets = join(folder, 'targets.csv');
    writeFileSync(targets, 'a,b,kind\n12,7,low\n4,7,high\n11,0,high\n');
    const scored = await fathom(['evaluate', whole, targets]);
    expect(scored.out).toMatch(/^data +3 +[\d.]+ +66\.7 %$/m);
    for (const [args, message] of [
      [['predict', unknown, rows], 'the file has weights and not their model, mine_1: mine is a custom layer'],
      [['evaluate', known], 'the file was saved by a program'],
      [['evaluate', known, rows], 'the file was saved by a program'],
    ] as const) {
      const { status, err } = await fathom(args);
      expect(status).not.toBe(0);
      expect(err).toContain(message);
    }
  });

  inAll('scores the rows of its IDX files alike from a CSV, and never takes a label for a feature', async () => {
    const fixture = (name: string): string => join(root, 'tests/fixtures/faults', name);
    const [tones, first] = [join(folder, 'tones.safetensors'), join(folder, 'first.safetensors')];
    expect((await fathom([fixture('d54-tones-idx.json'), '--save', tones])).out).toMatch(/^train +72 .* 100\.0 %$/m);
    expect((await fathom(['evaluate', tones, fixture('d54-tones.csv')])).out).toMatch(/^data +90 .* 100\.0 %$/m);
    expect((await fathom([fixture('d03-label-first.json'), '--save', first])).status).toBe(0);
    const answers = (await fathom(['predict', first, fixture('d03-new-with-label.csv')])).out;
    expect(answers.match(/^\d/gm)).toEqual(readFileSync(fixture('d03-new-with-label.csv'), 'utf8').match(/^\d/gm));
    expect((await fathom(['predict', first, fixture('d03-new-without-label.csv')])).out).toBe(answers);
  });

  it('ends cleanly on Ctrl-C with what there is, goes on from its checkpoint, and ends with the bits of a run that never stopped', async () => {
    const [point, whole, resumed] = ['point', 'whole', 'resumed'].map((name) => join(folder, `${name}.safetensors`)) as [string, string, string];
    const document = save('flowers-long.json', flowers({ epochs: 4000 }));
    const json = join(folder, 'flowers-long.jsonl');
    const first = await fathom([document, '--checkpoint', point, '--json', json], /step \d+ of/);
    expect(first.status).toBe(130);
    expect(first.out).toMatch(/^ +1 {2}dense_1 .*█/m);
    expect(first.out).toContain('stopped by Ctrl-C');
    expect(parseHistory(readFileSync(json, 'utf8')).steps.length).toBeGreaterThan(0);
    expect(first.out).toMatch(/^Checkpoint: .*point\.safetensors, after step \d+; continue with --resume .*point\.safetensors$/m);
    // A finding may speak of another step.
    const [, step] = /^Checkpoint: .*, after step (\d+)/m.exec(first.out)!;
    expect(Number(step)).toBeGreaterThan(0);
    const end = { steps: Number(step) + 25 };
    const { epochs: _, ...training } = flowers().training;
    const short = save('flowers-end.json', { ...flowers(), training: { ...training, ...end } });
    const [second, reference] = [await fathom([short, '--resume', point, '--save', resumed]), await fathom([short, '--save', whole])];
    expect([second.status, reference.status]).toEqual([0, 0]);
    expect(second.out).toContain(`From step ${step} on, 25 of ${end.steps} steps in`);
    expect(readFileSync(resumed).equals(readFileSync(whole))).toBe(true);
  });

  inAll('keeps a checkpoint for each step that was asked for, and goes on from the document inside', async () => {
    const pattern = join(folder, 'numbered-{step}.safetensors');
    const { validation: _, ...split } = { validation: 0 };
    const document = { ...flowers({ epochs: 3 }), data: { ...flowers().data, split } } as Experiment;
    const { status, out } = await fathom([save('numbered.json', document), '--checkpoint', pattern, '--every', '10']);
    expect(status).toBe(0);
    expect(out).toContain(`Checkpoint: ${pattern.replace('{step}', '23')}, after step 23`);
    const at = (step: number): string => pattern.replace('{step}', String(step));
    const again = join(folder, 'again.safetensors');
    expect((await fathom(['--resume', at(10), '--checkpoint', again])).status).toBe(0);
    expect(readFileSync(again).equals(readFileSync(at(23)))).toBe(true);
  });

  inAll('keeps the last of them, and the best', async () => {
    const pattern = join(folder, 'kept-{step}.safetensors');
    const { status, out } = await fathom([save('kept.json', flowers({ epochs: 6 })), '--checkpoint', pattern, '--every', '5', '--keep', '2', '--best']);
    expect(status).toBe(0);
    const last = Number(/^Checkpoint: .*, after step (\d+)$/m.exec(out)![1]);
    const best = Number(/^Best checkpoint: .*kept-best\.safetensors, after step (\d+)$/m.exec(out)![1]);
    expect(best).toBeLessThanOrEqual(last);
    const files = readdirSync(folder).filter((name) => name.startsWith('kept-'));
    expect(files.length).toBe(3);
    expect(files).toEqual(expect.arrayContaining([`kept-${last}.safetensors`, 'kept-best.safetensors']));
  });

  it.each<[string, () => string[], RegExp]>([
    ['a wrong document', () => [save('wrong.json', { ...gallery('digits'), seed: 'x' })], /wrong\.json: seed: expected an integer of at least 0, got "x"/],
    ['no such file', () => ['nowhere.json'], /nowhere\.json: there is no such file/],
    ['a report of an unknown kind', () => ['--report', 'x.pdf'], /expected a file that ends in \.html or \.md/],
    ['--every without a checkpoint', () => ['--every', '5'], /--every: says how often a checkpoint is written: give --checkpoint <file> as well/],
    ['--best without a checkpoint', () => ['--best'], /--best: says which checkpoints are written: give --checkpoint <file> as well/],
    [
      '--keep without a place for the step',
      () => ['--checkpoint', 'x', '--keep', '2'],
      /--keep: each checkpoint needs a file of its own: give --checkpoint a name with \{step\}/,
    ],
    ['another seed for a run that goes on', () => ['--resume', 'x', '--seed', '3'], /--seed: a resumed run keeps the seed that it started with/],
    ['a model that is none', () => ['evaluate', 'package.json'], /package\.json: expected a model \(\.safetensors\), as --save writes it, and rows after it/],
    ['a folder that is not there', () => ['--save', join(folder, 'no/such.safetensors')], /such\.safetensors: cannot be written: its folder is not there/],
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
