// Documents: experiments, claims, histories, and the settings in the page's address.
import { deepStrictEqual, ok } from 'node:assert';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parseHTML } from 'linkedom';
import { DEFAULTS, decodeSettings, encodeSettings } from '../../demo/settings.ts';
import { FathomError } from '../../src/errors.ts';
import { fitOptions, trainerOptions } from '../../src/experiment/build.ts';
import { judgeClaim, parseClaim } from '../../src/experiment/claims.ts';
import { loadData } from '../../src/experiment/data.ts';
import { diagnose } from '../../src/experiment/diagnose.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { headerLine, historyLines, stepLine } from '../../src/experiment/history_schema.ts';
import { toJson } from '../../src/experiment/json.ts';
import { LOG_FORMATS } from '../../src/experiment/logs/index.ts';
import { textSource } from '../../src/experiment/logs/log_source.ts';
import { predictPlaces } from '../../src/experiment/predict.ts';
import { htmlReport, markdownReport } from '../../src/experiment/report.ts';
import { FIGURE_NAMES } from '../../src/experiment/run_summary.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { upgradeHistory, upgradeJson } from '../../src/experiment/upgrade.ts';
import type { History } from '../../src/inspect/history.ts';
import { history, layers } from '../support/synthetic_history.ts';
import { edited, jsonEdits, textEdits } from './edits.ts';
import { format } from './format.ts';
import { expectData, npyFile, zipOf } from './tables.ts';

const jsonIn = (folder: string): unknown[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8')));

const COMMON = { loss: 'softmax_cross_entropy', optimizer: { name: 'sgd', learningRate: 0.1 }, training: { steps: 3, batchSize: 4 } };
const NET = {
  layers: [
    { type: 'dense', units: 4 },
    { type: 'activation', name: 'relu' },
    { type: 'dense', units: 2 },
  ],
};
const EXPERIMENTS: readonly unknown[] = [
  ...jsonIn('demo/experiments'),
  {
    ...COMMON,
    data: {
      source: 'arrays',
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      y: [0, 1, 0, 1],
      classes: 2,
    },
    model: NET,
  },
  { ...COMMON, data: { source: 'csv', text: 'a,b,kind\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n', split: { validation: 0.5 }, standardise: true }, model: NET },
  { ...COMMON, data: { source: 'csv', path: 'a.csv', target: 'kind', features: ['a', 0], missing: 'mean' }, model: NET },
  { ...COMMON, data: { source: 'numpy', path: 'a.npz', x: 'x', y: 'y', classes: 2 }, model: NET },
  {
    ...COMMON,
    loss: { name: 'huber', delta: 0.5 },
    data: { source: 'generator', name: 'sine', params: { rows: 20 }, standardise: true },
    model: { layers: [{ type: 'dense', units: 1 }] },
  },
  {
    ...COMMON,
    data: { source: 'generator', name: 'moons', params: { rows: 40 }, split: { validation: 0.25, test: 0.25 } },
    model: {
      graph: {
        nodes: { a: { from: 'x', layers: [{ type: 'dense', units: 4 }] }, y: { from: ['a', 'x'], join: 'concat', layers: [{ type: 'dense', units: 2 }] } },
        output: 'y',
      },
    },
    metrics: ['f1', { name: 'top_k', k: 1 }],
    optimizer: {
      name: 'adamw',
      learningRate: 0.01,
      weightDecay: 0.1,
      clip: { norm: 1 },
      schedule: { name: 'warmup', steps: 3, then: { name: 'cosine', steps: 20 } },
      groups: [{ match: 'graph_1', learningRateFactor: 0.5 }],
    },
    training: { epochs: 2, batchSize: 8, earlyStopping: { patience: 2 }, onNonFinite: { rollBack: { factor: 0.5, every: 5, max: 2 } } },
    probes: { every: 2, tensors: ['z', 'delta'], histograms: { every: 5 }, layers: 'all' },
  },
];

const FLOATS = (values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'a.csv': 'a,b,kind\n1,2,x\n3,,y\n5,6,x\n7,8,y\n',
  'a.npz': zipOf({ 'x.npy': npyFile('<f4', [4, 2], FLOATS([1, 2, 3, 4, 5, 6, 7, 8])), 'y.npy': npyFile('<f4', [4], FLOATS([0, 1, 0, 1])) }),
};
const read = async (name: string): Promise<string | Uint8Array> => {
  const file = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  // What the command line says of a file that is not there.
  if (file === undefined) throw new FathomError(`data: there is no file ${name.slice(0, 100)}`);
  return file;
};

/** Numbers that its generator makes; rows beyond that take long by right. */
function isSmall({ data, model }: Experiment): boolean {
  const { rows = 0, features = 1 } = data.source === 'generator' ? (data.params ?? {}) : {};
  return rows * features <= 20_000 && JSON.stringify(model).length < 20_000 && !/"(times|units|filters)":\d{4}/.test(JSON.stringify(model));
}

/** Everything up to the device. */
async function useExperiment(json: unknown): Promise<void> {
  const document = parseExperiment(json);
  // What was read is written and read again.
  const text = JSON.stringify(document);
  ok(JSON.stringify(parseExperiment(JSON.parse(text))) === text);
  if (!isSmall(document)) return;
  const splits = await loadData(document, read);
  for (const part of [splits.train, splits.validation, splits.test]) if (part) expectData(part);
  trainerOptions(document, splits);
  fitOptions(document);
  for (const { q } of predictPlaces(document, splits.train.features, 1) ?? []) ok(typeof q === 'number');
}

/** Anything that a document is told begins with its place in it, which may be a key that it made up. */
const IN_DOCUMENT = /^[^:]*[^\s:][^:]*: ./s;

export const experiment = format<unknown>({
  cases: edited(EXPERIMENTS, jsonEdits),
  async read(json) {
    try {
      upgradeJson(json);
    } catch (error) {
      if (!(error instanceof FathomError)) throw error;
    }
    await useExperiment(json);
  },
  place: IN_DOCUMENT,
  // It has no number in it that `>` could ask for.
  found: [{ ...(EXPERIMENTS.at(-1) as object), optimizer: { name: 'sgd', learningRate: { toString: 1 } } }],
});

const MEASURED = Object.fromEntries(FIGURE_NAMES.map((name) => [name, 1])) as never;

export const claim = format<unknown>({
  cases: edited(jsonIn('demo/experiments/claims'), jsonEdits),
  read(json) {
    try {
      upgradeJson(json);
    } catch (error) {
      if (!(error instanceof FathomError)) throw error;
    }
    const parsed = parseClaim(json);
    const { lines } = judgeClaim(parsed, new Map([...parsed.experiments.keys()].map((name) => [name, MEASURED])));
    ok(lines.length === parsed.expects.length);
  },
  place: IN_DOCUMENT,
});

const deep = history({
  layers: layers(4),
  steps: 6,
  loss: (t) => 2.3 * 0.9 ** t,
  tensors: { delta: (l) => ({ rms: 1e-9 * 10 ** l }) },
  validations: [{ step: 5, epoch: 1, trainLoss: 1, validationLoss: 2, validationAccuracy: 0.5 }],
});
const HISTORIES: readonly string[] = [
  historyLines(deep as never).join('\n'),
  [headerLine({ layers: layers(2) }), ...history({ layers: layers(2), steps: 3 }).steps.map(stepLine)].join('\n'),
  '{"format":"fathom-history/2","layers":[{"name":"a"},{"name":"b"}],"joins":[{"name":"sum","after":1}],"task":{"kind":"regression"}}\n{"step":1,"loss":NaN}\n{"step":2,"loss":"Infinity","layers":[{},{"delta":{"count":4,"l2":1,"mean":0,"std":1,"min":-1,"max":1,"absMean":0.5}}]}\n{"recovered":{"from":2,"to":1,"learningRate":0.1,"nonFinite":{"step":2,"tensor":"loss","nanCount":1,"infCount":0}}}\n{"validation":{"step":2,"trainLoss":0.5,"validationLoss":"NaN"}}\n{"end":{"predictedClasses":[1,2]}}\n',
  ...['all_names', 'dead'].map((name) => readFileSync(`tests/fixtures/formats/${name}.jsonl`, 'utf8').split('\n').slice(0, 6).join('\n')),
];

/** The JSON of one line, edited. */
const lineEdits = fc.array(fc.tuple(fc.nat(2 ** 20), jsonEdits), { maxLength: 2 }).map((edits) => (text: string) => {
  const lines = text.split('\n');
  for (const [chosen, edit] of edits) {
    const at = chosen % 3 === 0 ? 0 : chosen % lines.length;
    try {
      lines[at] = toJson(edit(JSON.parse(lines[at]!)));
    } catch {
      // Too deep to be written, or no JSON to begin with.
    }
  }
  return lines.join('\n');
});

/** Reports of a history have nothing of markup or commands from its names. */
function expectReports(history: History): void {
  const { document } = parseHTML('<html></html>');
  for (const report of [htmlReport({ title: '<x>', history }, document as never), markdownReport({ title: '<x>', history })]) {
    ok(!/<img|<script(?! type="application)/.test(report.replace(/<script[^>]*>[^<]*<\/script>/g, '')), 'markup from a name');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    ok(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/.test(report), 'a control character from a name');
  }
}

export const historyFile = format<string>({
  cases: edited(
    HISTORIES,
    fc.oneof(
      { weight: 3, arbitrary: lineEdits },
      { weight: 1, arbitrary: textEdits(['{', '}', '"', '\n', ',', 'NaN', '-Infinity', '[', '{"step":1,"loss":1}\n', '{"end":{}}\n', '"layers":[]']) },
    ),
  ),
  read(text) {
    try {
      upgradeHistory(text);
    } catch (error) {
      if (!(error instanceof FathomError)) throw error;
    }
    for (const { recognises } of Object.values(LOG_FORMATS)) recognises(textSource('history.jsonl', text));
    const parsed = parseHistory(text);
    const { findings, unchecked } = diagnose(parsed);
    for (const { rule } of findings) ok(typeof rule === 'string');
    ok(Array.isArray(unchecked));
    // A report takes a hundred times as long as the rest.
    if (text.length % 64 === 0) expectReports(parsed);
    const written = historyLines(parsed).join('\n');
    deepStrictEqual(historyLines(parseHistory(written)).join('\n'), written);
  },
  place: /^history(, line \d+|:)/,
});

export const settings = format<string>({
  cases: edited(
    [
      'depth=20&batchNorm=1&data=moons',
      encodeSettings({ ...DEFAULTS, depth: 3, data: 'xor', learningRate: 0.5 }),
      'data.turns=3&rate=0.1&constructor=1&__proto__=2',
    ],
    textEdits(['&', '=', '%', '%00', '1e999', 'toString=1', 'data=digits', 'activation=', 'seed=-1']),
  ),
  read(text) {
    const decoded = decodeSettings(text);
    deepStrictEqual(Object.keys(decoded).sort(), Object.keys(DEFAULTS).sort());
    for (const value of Object.values(decoded)) ok(typeof value !== 'number' || Number.isFinite(value));
    deepStrictEqual(decodeSettings(encodeSettings(decoded)), decoded);
  },
  place: /^$/,
});
