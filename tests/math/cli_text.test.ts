import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, test, vi } from 'vitest';
import { digitsDocument, loadDocument, loadInside, movedTo, readModelFile } from '../../src/cli/documents.ts';
import { LIST_NAMES, listText } from '../../src/cli/list_command.ts';
import { colourBits, columns, note, type Painted, painted, plain, print, terminalText } from '../../src/cli/print.ts';
import { findingsText, recoveryText } from '../../src/cli/result_text.ts';
import { rowsGiven } from '../../src/cli/rows_given.ts';
import { bar, layerTable, table } from '../../src/cli/table.ts';
import { wrapped, wrappedLines } from '../../src/cli/wrapped.ts';
import { GENERATORS } from '../../src/data/generators/index.ts';
import { UsageError } from '../../src/errors.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { LOG_FORMATS } from '../../src/experiment/logs/index.ts';
import { REMEDIES } from '../../src/experiment/remedies/index.ts';
import { scoreRows } from '../../src/experiment/scores.ts';
import { SOURCES } from '../../src/experiment/sources/index.ts';
import { rgbOf } from '../../src/inspect/colours.ts';
import { type Finding, RULES, type Unchecked } from '../../src/inspect/diagnose/index.ts';
import type { History, TensorStats } from '../../src/inspect/history.ts';
import { PROBES } from '../../src/inspect/probe_index.ts';
import { Steps } from '../../src/inspect/steps.ts';
import { writeModel } from '../../src/io/checkpoint.ts';
import { LAYERS } from '../../src/nn/layers.ts';
import { LOSSES } from '../../src/nn/losses.ts';
import { ACTIVATIONS } from '../../src/ops/activation_table.ts';
import { augmentations } from '../../src/train/augment.ts';
import { METRICS } from '../../src/train/metrics.ts';
import { OPTIMIZERS } from '../../src/train/optimizers.ts';
import { SCHEDULES } from '../../src/train/schedules.ts';

test('what there is is listed, every one with its words', () => {
  const names = {
    ...{ layers: LAYERS, activations: ACTIVATIONS, losses: LOSSES, metrics: METRICS, optimizers: OPTIMIZERS, schedules: SCHEDULES },
    ...{ rules: RULES, remedies: REMEDIES, sources: SOURCES, augmentations, generators: GENERATORS, probes: PROBES, logs: LOG_FORMATS },
  };
  expect(LIST_NAMES).toEqual(Object.keys(names));
  for (const list of LIST_NAMES) {
    const rows = listText(list).split('\n').slice(1);
    for (const name of Object.keys(names[list])) expect(rows.find((row) => row.startsWith(`${name} `))?.length, name).toBeGreaterThan(name.length + 10);
  }
  expect(listText('rules')).toMatch(/^update_size +Updates are too small; Updates are too large +low -4, high -1, .* learning_rate$/m);
  expect(listText('layers')).toMatch(/^batch_norm +normalisation +eps 0.00001, momentum 0.1 /m);
  expect(() => listText('rule')).toThrow('list: expected one of layers, activations');
});

test('scores have a column for each metric, and one for the accuracy', () => {
  const parts = [
    { part: 'train', rows: 80, evaluation: { loss: 0.25, accuracy: 0.9, metrics: { accuracy: 0.9, f1: 0.875, auc: Number.NaN } } },
    { part: 'test', rows: 20, evaluation: { loss: 0.5, outputs: { a: { loss: 0.5, metrics: { rmse: 2 } } } } },
  ];
  expect(scoreRows(parts)).toEqual([
    ['part', 'rows', 'loss', 'accuracy', 'f1', 'auc', 'a/rmse'],
    ['train', '80', '0.25', '90.0 %', '0.875', 'NaN', '–'],
    ['test', '20', '0.5', '–', '–', '–', '2'],
  ]);
  expect(scoreRows([parts[1]!])).toEqual([
    ['part', 'rows', 'loss', 'a/rmse'],
    ['test', '20', '0.5', '2'],
  ]);
});

describe('what is printed', () => {
  const clears = 'a\u001b[2Jb\u009b1mc\r\u202ed\u007f';
  const harmless = 'a\\u001b[2Jb\\u009b1mc\\u000d\\u202ed\\u007f';

  it('shows control characters and sends none', () => {
    const said: unknown[] = [];
    const taken = ['log', 'error'].map((name) => vi.spyOn(console, name as 'log').mockImplementation((text) => said.push(text)));
    print(`${clears}\n\tüé漢`);
    note(clears);
    for (const spy of taken) spy.mockRestore();
    expect(said).toEqual([`${harmless}\n\tüé漢`, harmless]);
    expect(table([['layer'], [`${clears}\nx`]])).toBe(`layer\n${harmless}\\nx`);
    const finding: Finding = { rule: 'non_finite', severity: 'severe', title: 'Numbers left', message: `in a\nlayer ${clears}`, evidence: {}, remedies: [] };
    expect(plain(findingsText({ findings: [finding], unchecked: [] }, 3))).toContain(`in a\\nlayer ${harmless}`);
    for (const bits of [1, 4, 8, 24])
      expect(stripVTControlCharacters(terminalText([clears, painted('severe', clears), painted(-3, clears)], bits))).toBe(harmless.repeat(3));
  });

  it('says in a line what happened after a step that was not finite', () => {
    const nonFinite = { step: 170, layer: 'a\nb', tensor: 'z', nanCount: 3, infCount: 0 } as const;
    expect(recoveryText({ from: 170, to: 100, learningRate: 0.05, nonFinite })).toBe(
      'Step 170 was not finite, first in z of a\\nb: back to step 100, and on with a learning rate of 0.05.',
    );
  });

  it('has colours where a terminal has them', () => {
    const stream = (isTTY: boolean): NodeJS.WriteStream => ({ isTTY, getColorDepth: () => 24 }) as unknown as NodeJS.WriteStream;
    expect(colourBits(stream(true), {})).toBe(24);
    expect(colourBits(stream(true), { NO_COLOR: '1' })).toBe(1);
    expect(colourBits(stream(false), {})).toBe(1);
    expect(terminalText([painted('severe', 'bad'), ' ', painted('good', '')], 4)).toBe('\u001b[1;31mbad\u001b[0m ');
  });

  it('is as wide as the terminal, up to 100 columns, and 60 where nothing says how wide', () => {
    expect(columns({ isTTY: true, columns: 72 }, {})).toBe(72);
    expect(columns({ isTTY: true, columns: 300 }, {})).toBe(100);
    expect(columns({ isTTY: false, columns: 0 }, { COLUMNS: '80' })).toBe(80);
    expect(columns({ isTTY: false, columns: 0 }, {})).toBe(60);
  });

  it('marks the severity of findings', () => {
    const finding = (severity: Finding['severity']): Finding => ({ rule: 'non_finite', severity, title: 'T', message: 'M', evidence: {}, remedies: [] });
    const lines = plain(
      findingsText({ findings: [finding('severe'), { ...finding('warn'), consequenceOf: 'non_finite' }, finding('note')], unchecked: [] }, 3),
    ).split('\n');
    expect(lines).toEqual(['✖ severe  T', '          M', '▲ warn    T, follows from non_finite', '          M', '· note    T', '          M']);
    expect(plain(findingsText({ findings: [], unchecked: [] }, 3))).toBe('✓ Healthy: nothing found in 3 steps.');
    const unchecked: Unchecked[] = [{ rule: 'overfitting', why: 'no validation' }];
    expect(plain(findingsText({ findings: [], unchecked }, 3))).toBe('Nothing found in 3 steps. Not checked: overfitting (no validation).');
    expect(plain(findingsText({ findings: [finding('note')], unchecked }, 3))).toMatch(/\nNot checked: overfitting \(no validation\)\.$/);
  });

  it('goes through print.ts, whoever says it', () => {
    const folder = join(import.meta.dirname, '../../src/cli');
    const sources = readdirSync(folder).filter((name) => name.endsWith('.ts') && name !== 'print.ts');
    expect(sources.length).toBeGreaterThan(10);
    const direct = sources.filter((name) => /console\.\w+\(|process\.(stdout|stderr)\.write/.test(readFileSync(join(folder, name), 'utf8')));
    expect(direct).toEqual([]);
  });
});

describe('text', () => {
  it('aligns words left and numbers right', () => {
    expect(
      table([
        ['layer', 'rms'],
        ['dense_1', '1.5'],
        ['b', '-'],
      ]),
    ).toBe('layer    rms\ndense_1  1.5\nb          -');
  });
  it('puts the last column below where the width does not hold it', () => {
    const rows = [
      ['name', 'ms', 'verdict'],
      ['relu', '12', 'it helped in part and no more'],
      ['tanh', '3', ''],
    ];
    expect(table(rows, 20)).toBe('name  ms\nrelu  12\n    it helped in\n    part and no more\ntanh   3');
    expect(table(rows, 80).split('\n')[1]).toBe('relu  12  it helped in part and no more');
    expect(wrapped('one two three', 7, ' ')).toBe(' one\n two\n three');
  });
  it('draws bars on a log scale', () => {
    expect(bar(1, -4, 0, 8)).toBe('████████');
    expect(bar(1e-2, -4, 0, 8)).toBe('████');
    expect(bar(1e-9, -4, 0, 8)).toBe('▏');
    expect(bar(0, -4, 0, 8)).toBe('');
    expect(bar(Number.POSITIVE_INFINITY, -4, 0, 4)).toBe('████▶');
  });
});

describe('layerTable', () => {
  const stats = (rms: number, infCount = 0): TensorStats => ({
    count: 1,
    l2: rms,
    rms,
    mean: 0,
    std: rms,
    min: 0,
    max: rms,
    absMean: rms,
    zeroFraction: 0,
    nanCount: 0,
    infCount,
  });
  const historyOf = (deltas: TensorStats[]): History => ({
    layers: deltas.map((_, i) => ({
      name: `dense_${i + 1}`,
      role: i + 1 < deltas.length ? 'hidden' : 'output',
      activation: 'relu',
      fanIn: 1,
      width: 1,
      batchNorm: false,
      residual: false,
    })),
    steps: new Steps([
      { step: 1, epoch: 0, loss: 1, regularizationLoss: 0, gradientNorm: 1, learningRate: 1, layers: deltas.map((delta) => ({ tensors: { delta } })) },
    ]),
    validations: [],
  });
  const linesOf = (history: History, record = history.steps.at(0), width?: number): string[] => plain(layerTable(history, record, width)).split('\n');
  it('has a row per layer with a bar, the output at the top, numbered as on the page', () => {
    const lines = linesOf(historyOf([stats(1e-6), stats(1e-3), stats(1, 1)]));
    expect(lines[0]).toMatch(/^ +layer +rms z +delta +gradient +update$/);
    expect(lines[1]).toMatch(/^out {2}dense_3 .*not finite$/);
    expect(lines[2]).toMatch(/^ {2}2 {2}dense_2 .*█████/);
    expect(lines[3]).toMatch(/^ {2}1 {2}dense_1 +– +1\.0e-6 .*▏$/);
    expect(lines[4]).toBe('Bars: rms delta from 1e-6 to 1e0.');
  });
  it('colours bars by their size relative to the last hidden layer, as the page does', () => {
    const history = historyOf([stats(1e-6), stats(1e-3), stats(1)]);
    const bars = layerTable(history, history.steps.at(0)).filter((piece) => typeof piece !== 'string' && typeof piece.look === 'number') as Painted[];
    expect(bars.map(({ look }) => Math.round(look as number))).toEqual([3, 0, -3]);
    const [red, green, blue] = rgbOf(0);
    expect(terminalText([bars[1]!], 24)).toMatch(new RegExp(`^\u001b\\[38;2;${red};${green};${blue}m█`));
    expect(terminalText([bars[1]!], 8)).toContain('\u001b[38;5;');
    expect(terminalText([bars[1]!], 4)).toContain('\u001b[32m█');
    expect(terminalText(bars, 1)).not.toContain('\u001b');
  });
  it.each([40, 60, 61, 80, 100])('fits %i columns, and shortens names from their beginning', (width) => {
    const history = historyOf(Array.from({ length: 300 }, (_, i) => stats(10 ** -i)));
    history.layers.forEach((layer, i) => Object.assign(layer, { name: `residual_${i + 1}/graph_3/with_a_long_name/dense_1` }));
    // 40 are less than the least table takes.
    for (const line of linesOf(history, undefined, width)) expect(line.length).toBeLessThanOrEqual(Math.max(60, width));
    const lines = linesOf(history, history.steps.at(0), width);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(60, width));
    expect(lines[2]).toMatch(/^299 {2}.*dense_1 /);
    expect(lines[0]!.includes('rms z')).toBe(width >= 80);
    const short = historyOf([stats(1), stats(1)]);
    expect(linesOf(short, short.steps.at(0), 60)[0]).toContain('rms z');
  });
  it('indents branches under where they leave, and has their joins', () => {
    const history = historyOf([stats(1), stats(0.1), stats(1)]);
    Object.assign(history.layers[1]!, { name: 'residual_1/dense_1', trunk: false, branchOf: 'dense_1' });
    history.joins = [{ name: 'residual_1', role: 'hidden', activation: 'linear', width: 1, after: 2 }];
    const lines = linesOf(history, { ...history.steps.at(0)!, joins: [{ tensors: { delta: stats(0.5) } }] });
    const starts = ['out  dense_3 ', '  2  residual_1 ', '       residual_1/dense_1 ', '  1  dense_1 '];
    for (const [i, start] of starts.entries()) expect(lines[i + 1]).toMatch(new RegExp(`^${start}`));
    expect(lines[2]).toContain(' 0.5 ');
  });
  it('says how much of the updates the weights took in, where some lost part of them', () => {
    const history = historyOf([stats(1), stats(1)]);
    const record = history.steps.at(0)!;
    const applied = (...fractions: number[]) =>
      linesOf(history, {
        ...record,
        layers: record.layers!.map((layer, i) => ({ ...layer, updateToWeight: { l2: 1e-7, absMean: 1e-7, applied: fractions[i]! } })),
      });
    expect(applied(1, 0.95)[0]).not.toContain('applied');
    const lines = applied(1, 0.123);
    expect(lines[0]).toMatch(/update +applied$/);
    expect(lines[1]).toMatch(/1\.0e-7 +12\.3 %/);
    expect(lines[2]).toMatch(/1\.0e-7 +100\.0 %/);
  });
  it('leaves out the middle of a very deep network', () => {
    const lines = linesOf(historyOf(Array.from({ length: 1000 }, () => stats(1))));
    expect(lines).toHaveLength(47);
    expect(lines[23]).toContain('... 956 more');
  });
});

describe('loadDocument', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fathom-'));
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const digits = digitsDocument();

  it('has the digits where no file is named', () => {
    expect(digits.data.source).toBe('digits');
  });
  it('brings the CSV file that lies beside the document', () => {
    file('rows.csv', 'a,y\n1,2\n');
    const path = file('csv.json', JSON.stringify({ ...digits, data: { source: 'csv', path: 'rows.csv' }, name: undefined }));
    const { files, name } = loadDocument(path);
    expect(new TextDecoder().decode(files.get('rows.csv') as Uint8Array)).toBe('a,y\n1,2\n');
    expect(name).toBe('csv');
  });
  it('brings IDX files, also for the document inside a model, which need not lie where they do', () => {
    const idx = { source: 'idx', images: 'x.idx', labels: 'y.idx', test: { images: 'x.idx', labels: 'package.json' } };
    for (const name of ['x.idx', 'y.idx']) file(name, name);
    const model = writeModel(new Map(), { ...digits, data: idx });
    const { files, document } = loadInside(join(folder, 'idx.safetensors'), model);
    expect([...files.keys()]).toEqual(['x.idx', 'y.idx', 'package.json']);
    expect(files.get('y.idx')).toEqual(Buffer.from('y.idx'));
    expect(document.data).toEqual(idx);
    expect(() => loadInside('elsewhere/idx.safetensors', model)).toThrow(/elsewhere\/idx\.safetensors: its data, x\.idx, are neither beside it nor here/);
  });
  it.each([
    [
      { source: 'csv', path: 'rows.csv' },
      { source: 'csv', path: '../here/rows.csv' },
    ],
    [
      { source: 'csv', path: '/rows.csv' },
      { source: 'csv', path: '/rows.csv' },
    ],
    [
      { source: 'csv', text: 'a,y' },
      { source: 'csv', text: 'a,y' },
    ],
    [
      { source: 'parquet', path: '../rows.parquet' },
      { source: 'parquet', path: '../rows.parquet' },
    ],
    [
      { source: 'images', path: 'pets' },
      { source: 'images', path: '../here/pets' },
    ],
    [{ source: 'numpy' }, { source: 'numpy', x: '../here/x', y: '../here/y' }],
    [
      { source: 'numpy', path: 'a.npz', x: 'inputs' },
      { source: 'numpy', path: '../here/a.npz', x: 'inputs' },
    ],
    [
      { source: 'cifar10', files: ['1.bin', 'more/2.bin'], test: ['t.bin'] },
      { source: 'cifar10', files: ['../here/1.bin', '../here/more/2.bin'], test: ['../here/t.bin'] },
    ],
    [
      { source: 'idx', images: 'x', labels: 'y', test: { images: 'tx', labels: 'ty' } },
      { source: 'idx', images: '../here/x', labels: '../here/y', test: { images: '../here/tx', labels: '../here/ty' } },
    ],
    [{ source: 'digits' }, { source: 'digits' }],
  ])('names the files of a document that is written into another folder from there: %o', (data, moved) => {
    const document = { data } as Pick<Experiment, 'data'>;
    expect(movedTo(document, 'a/here', 'a/there/fixed.json').data).toEqual(moved);
    expect(movedTo(document, 'a/here', 'a/here/fixed.json').data).toEqual(data);
  });
  it('takes rows of every kind of file for a model, and refuses those that it would not use', () => {
    const own = { source: 'numpy', path: 'own.npz', x: 'pixels', y: 'names', divisor: 255 } as const;
    const there = (name: string): string => {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      return file(name, Buffer.from([0, 0, 8, 3]).toString('latin1'));
    };
    const [table, npz, x, y, images, labels, bin] = ['t.csv', 'r.npz', 'x.npy', 'y.npy', 'pixels', 'names', 'b.bin'].map(there) as [string, ...string[]];
    there('pets/cat/1.png');
    const data = (paths: (string | undefined)[], labelled = true): object => rowsGiven(paths as string[], own, labelled).data;
    expect(data([table])).toEqual({ source: 'csv', path: table });
    expect(data([npz])).toEqual({ source: 'numpy', path: npz, x: 'pixels', y: 'names', divisor: 255 });
    expect(data([x, y])).toEqual({ source: 'numpy', x, y, divisor: 255 });
    expect(data([images, labels])).toEqual({ source: 'idx', images, labels });
    expect(data([bin])).toEqual({ source: 'cifar10', files: [bin] });
    const pets = rowsGiven([join(folder, 'pets')], { source: 'images', path: 'p', size: [8, 8], channels: 1 }, true);
    expect([pets.data, pets.files.size]).toEqual([{ source: 'images', path: join(folder, 'pets'), size: [8, 8], channels: 1 }, 2]);
    // Targets are needed for scores alone.
    expect(() => data([images])).toThrow(/pixels: the labels are missing: give their file after it/);
    expect(() => data([x])).toThrow(/x\.npy: the targets are missing/);
    expect([...rowsGiven([images!], own, false).files.keys()]).toEqual([images]);
    expect([...rowsGiven([x!], own, false).files.keys()]).toEqual([x]);
    expect(() => data([table, npz])).toThrow(/r\.npz: nothing is done with it/);
    expect(() => data([join(folder, 'no.csv')])).toThrow(/no\.csv: there is no such file/);
    const document = file('rows.json', JSON.stringify({ ...digits, data: { source: 'generator', name: 'moons' } }));
    expect(data([document])).toEqual({ source: 'generator', name: 'moons' });
  });
  it('says where a file of a model names its layers by their places, as an earlier version did', () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    for (const layer of ['0.dense', 'dense_1']) {
      const path = join(folder, `${layer}.safetensors`);
      const bytes = writeModel(new Map([[`${layer}/bias`, { shape: [1], data: Float32Array.of(1) }]]));
      writeFileSync(path, bytes);
      expect(new Uint8Array(readModelFile(path))).toEqual(bytes);
    }
    expect(said.mock.calls).toEqual([[expect.stringContaining('0.dense.safetensors: old names, of format 1: fathom upgrade ')]]);
    said.mockRestore();
  });
  it.each([
    ['no such file', join(folder, 'none.json'), /none\.json: there is no such file$/],
    ['no JSON', file('bad.json', '{"a":'), /bad\.json: expected JSON: /],
    [
      'a table of another name',
      file('table.orig', 'a,b\n1,2\n'),
      /table\.orig: expected an experiment document, which is JSON; of a table the name ends in \.csv/,
    ],
    [
      'a model',
      file('model.json', new TextDecoder().decode(writeModel(new Map([['a', { shape: [1], data: Float32Array.of(0) }]])))),
      /model\.json: it is a model: `fathom predict`/,
    ],
    ['a wrong document', file('wrong.json', JSON.stringify({ ...digits, seed: 'x' })), /wrong\.json: seed: expected an integer of at least 0, got "x"$/],
    [
      'a CSV file that is not there',
      file('lost.json', JSON.stringify({ ...digits, data: { source: 'csv', path: 'lost.csv' } })),
      /lost\.csv: there is no such file$/,
    ],
  ])('says what is wrong: %s', (_what, path, message) => {
    expect(() => loadDocument(path)).toThrow(UsageError);
    expect(() => loadDocument(path)).toThrow(message);
  });
});

test('what is said of data fits a terminal: what follows stands below the text', () => {
  const text = 'Data: 3 rows.\n  Preis in €  target, numbers from 80375.1 to 971151\n  Missing numbers become the mean of a column.\nNot a word more than that';
  expect(wrappedLines(text, 36).split('\n')).toEqual([
    'Data: 3 rows.',
    '  Preis in €  target, numbers from',
    '              80375.1 to 971151',
    '  Missing numbers become the mean',
    '    of a column.',
    'Not a word more than that',
  ]);
  expect(wrappedLines('  a long name of a column  text', 20).split('\n')).toEqual(['  a long name of a', '    column text']);
});
