// Files of format 1, as they stood before names were those of the field: they give what they gave, and `fathom upgrade` writes them anew.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { withNewNames } from '../../demo/new_names.ts';
import { decodeSettings } from '../../demo/settings.ts';
import { readerFor, Store } from '../../demo/store.ts';
import { loadDocument } from '../../src/cli/documents.ts';
import { upgradeCommand } from '../../src/cli/upgrade_command.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { parseClaim } from '../../src/experiment/claims.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { historyLines } from '../../src/experiment/history_schema.ts';
import { parseExperiment, parseModelDescription } from '../../src/experiment/schema.ts';
import { upgradeFile, upgradeHistory, upgradeJson } from '../../src/experiment/upgrade.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import { oldFileNote, readCheckpoint, readModel, readModelDescription } from '../../src/io/checkpoint.ts';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors.ts';
import { RUN_WORDS } from '../../src/train/run_state.ts';
import oldClaims from '../fixtures/formats/claims.json';
import oldExperiments from '../fixtures/formats/experiments.json';
import faults from '../fixtures/formats/faults.json';
import files from '../fixtures/formats/files.json';
import found from '../fixtures/formats/findings.json';
import oldPaths from '../fixtures/old_paths.json';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const bytesOf = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const folder = mkdtempSync(join(tmpdir(), 'fathom-formats-'));
afterAll(() => rmSync(folder, { recursive: true }));

const good = () => ({
  data: { source: 'digits' },
  model: { layers: [{ type: 'dense', units: 10 }] },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 1, batchSize: 4 },
});

describe('documents', () => {
  test.each(Object.entries(oldExperiments))('%s is the one of today', (name, old) => {
    const today = JSON.parse(read(`../demo/experiments/${name}.json`));
    // What it is called and what it says to look for are words, not format.
    const same = { ...old, name: today.name, description: today.description };
    expect(parseExperiment(same)).toEqual(parseExperiment(today));
    expect(upgradeJson(same)).toEqual(today);
  });

  test.each(Object.entries(faults))('%s has its names changed, and nothing else', (_name, old) => {
    const names = JSON.stringify(old)
      .replaceAll('"initial":', '"initializer":')
      .replaceAll(/("optimizer":\{"name":"\w+",)"rate"/g, '$1"learningRate"');
    const { model, ...expected } = JSON.parse(names);
    expect(names).not.toBe(JSON.stringify(old));
    expect(parseExperiment(old)).toEqual({ format: 'fathom-experiment/2', model: { layers: model.layers }, ...expected });
  });

  test('every other name', () => {
    const nodes = {
      initial: { from: 'x', layers: [{ type: 'dense', units: 10, initial: { scheme: 'he_normal' }, biasInitial: { scheme: 'constant', value: 1 } }] },
    };
    const more = { adamw: { rate: 0.01 } };
    const document = parseExperiment({
      ...good(),
      format: 'fathom-experiment/1',
      model: { graph: { nodes, output: 'initial' } },
      optimizer: { name: 'muon', rate: 0.1, ...more },
      training: { steps: 1, batchSize: 4, onNonFinite: { rollBack: { most: 2 } } },
    });
    expect(document).toMatchObject({
      format: 'fathom-experiment/2',
      model: {
        layers: [{ nodes: { initial: { layers: [{ initializer: { scheme: 'he_normal' }, biasInitializer: { scheme: 'constant', value: 1 } }] } } }],
      },
      optimizer: { learningRate: 0.1, adamw: { learningRate: 0.01 } },
      training: { onNonFinite: { rollBack: { max: 2 } } },
    });
    expect(parseExperiment({ ...good(), training: { steps: 1, batchSize: 4, onNonFinite: 'continue' } }).training.onNonFinite).toBe('skip');
  });

  test('one by hand has the names of today without saying so; what is given stays as it was', () => {
    expect(parseExperiment(good())).toEqual({ format: 'fathom-experiment/2', ...good() });
    const old = { ...good(), optimizer: { name: 'sgd', rate: 0.1 } };
    parseExperiment(old);
    expect(old.optimizer).toEqual({ name: 'sgd', rate: 0.1 });
  });

  test.each<[string, object, string, new (message: string) => Error]>([
    [
      'one thing by both names',
      { optimizer: { name: 'sgd', rate: 0.1, learningRate: 0.1 } },
      'optimizer: has rate and learningRate, the old and the new name of one thing: leave rate out',
      UsageError,
    ],
    [
      'both, deep in a layer',
      { model: { layers: [{ type: 'repeat', times: 2, layers: [{ type: 'dense', units: 10, initial: {}, initializer: {} }] }] } },
      'model.layers[0].layers[0]: has initial and initializer',
      UsageError,
    ],
    [
      'an old name in the format of today',
      { format: 'fathom-experiment/2', optimizer: { name: 'sgd', rate: 0.1 } },
      'optimizer.learningRate: is missing',
      UsageError,
    ],
    [
      'a newer format',
      { format: 'fathom-experiment/3' },
      'document: its format is "fathom-experiment/3", and this version of the package reads fathom-experiment/2: use a newer one',
      DataError,
    ],
    ['another format', { format: 'fathom-history/2' }, 'format: expected "fathom-experiment/2"', UsageError],
    ['a version that is none', { format: 'fathom-experiment/0' }, 'format: expected "fathom-experiment/2"', UsageError],
  ])('refuses %s', (_what, change, message, type) => {
    const parse = () => parseExperiment({ ...good(), ...change });
    expect(parse).toThrow(message);
    expect(parse).toThrow(type);
  });

  test('the command line says so, of old names alone', () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => {});
    const [old, hand] = [join(folder, 'old.json'), join(folder, 'hand.json')];
    writeFileSync(old, JSON.stringify(oldExperiments.vanishing));
    writeFileSync(hand, JSON.stringify(good()));
    for (const path of [old, hand]) loadDocument(path);
    expect(said.mock.calls).toEqual([[`${old}: old names, of format 1: fathom upgrade ${old} writes it anew`]]);
    said.mockRestore();
  });
});

describe('claims', () => {
  // Four were given evidence that can fail since.
  const CHANGED = ['01-example-1', '05-l2-cures-vanishing', '08-residual-cures-exploding', '13-small-batch-trains-faster'];
  test.each(Object.entries(oldClaims).filter(([name]) => !CHANGED.includes(name)))('%s is the one of today', (name, old) => {
    const today = JSON.parse(read(`../demo/experiments/claims/${name}.json`));
    expect(parseClaim(old)).toEqual(parseClaim(today));
    expect(upgradeJson(old)).toEqual(today);
  });

  test('all that there are say their format', () => {
    // Newer ones never had another form.
    const today = readdirSync(new URL('../../demo/experiments/claims', import.meta.url)).map((name) => name.replace(/\.json$/, ''));
    expect(today).toEqual(expect.arrayContaining(Object.keys(oldClaims)));
    expect(() => parseClaim({ ...oldClaims['01-example-1'], format: 'fathom-claim/3' })).toThrow('claim: its format is "fathom-claim/3"');
  });
});

describe('histories', () => {
  const dead = read('fixtures/formats/dead.jsonl');
  const all = read('fixtures/formats/all_names.jsonl');
  const cases: [string, string, object[]][] = [
    ['dead', dead, found.dead],
    ['without a task', dead.replace(/,"task":\{[^}]*\}/, ''), found.dead_no_task],
    ['with every old name', all, found.all_names],
  ];
  test.each(cases)('%s: the findings of before, and of it written anew', (_name, text, expected) => {
    const history = parseHistory(text);
    expect(diagnose(history).findings).toMatchObject(expected);
    expect(diagnose(history).findings).toHaveLength(expected.length);
    const upgraded = upgradeHistory(text);
    expect(parseHistory(upgraded)).toEqual(history);
    expect(upgraded).toContain('{"format":"fathom-history/2"');
    expect(upgraded).not.toMatch(/"(check|penalty|rate|\w+Share|ended|chance|initial)"/);
    expect(parseHistory(historyLines(history).join('\n')).validations).toEqual(history.validations);
  });

  test('every name is read', () => {
    const history = parseHistory(all);
    expect(history.task).toEqual({ kind: 'regression', baselineLoss: 1 });
    expect(history.validations).toHaveLength(6);
    expect(history.recoveries![0]!.nonFinite!.tensor).toBe('regularization_loss');
    expect(history.nonFinite!.tensor).toBe('regularization_loss');
    const last = history.steps.at(-1)!;
    expect(last).toMatchObject({ learningRate: 0.1, regularizationLoss: 0.01, layers: [{ deadFraction: 0.1, saturatedFraction: 0.95 }, {}, {}, {}] });
    expect(last.joins![0]!.tensors.z!.zeroFraction).toBe(0.25);
  });

  test('the names of today are read under a header of format 1, both together are not', () => {
    const header = '{"format":"fathom-history/1","layers":[{"name":"a"}]}';
    expect(parseHistory(`${header}\n{"step":1,"loss":2,"learningRate":0.5}`).steps.at(0)!.learningRate).toBe(0.5);
    expect(() => parseHistory(`${header}\n{"step":1,"loss":2,"learningRate":0.5,"rate":0.5}`)).toThrow(
      'history, line 2 (names): has rate and learningRate, the old and the new name of one thing',
    );
    expect(() => parseHistory(`${header.replace('/1', '/2')}\n{"step":1,"loss":2,"rate":0.5}`)).toThrow(/line 2 \(step\): .*rate/);
    expect(() => parseHistory(header.replace('/1', '/3'))).toThrow(DataError);
    expect(() => parseHistory(header.replace('/1', '/3'))).toThrow('its format is "fathom-history/3", and this version of the package reads fathom-history/2');
  });
});

describe('models and checkpoints', () => {
  const [model, point] = [bytesOf(files.model), bytesOf(files.checkpoint)];
  const shapesOf = (bytes: Uint8Array): Map<string, readonly number[]> =>
    new Map([...readSafetensors(bytes).tensors].flatMap(([path, { shape }]) => (path.startsWith('best/') ? [] : [[path, shape]])));

  test('a model says its layers in the names of today', () => {
    const description = parseModelDescription(readModelDescription(model));
    expect(description.layers.at(-1)).toEqual({ type: 'dense', units: 3, biasInitializer: { scheme: 'constant', value: 0.1 } });
    const upgraded = upgradeFile(model);
    expect(parseModelDescription(readModelDescription(upgraded))).toEqual(description);
    expect(readModel(upgraded, shapesOf(model))).toEqual(readModel(model, shapesOf(model)));
    expect(readSafetensors(upgraded).metadata.get('fathom.format')).toBe('fathom-model/2');
  });

  test('a checkpoint goes on from the same place', () => {
    const before = readCheckpoint(point, shapesOf(point), RUN_WORDS);
    expect(before.run.learningRate).toEqual({ from: 2, learningRate: 0.003 });
    expect(before.run.words).toMatchObject({ step: 5, dataset_size: 30, rows_in_step: expect.any(Number), skip_non_finite: 0 });
    expect(before.run.stopping!.tensors.size).toBeGreaterThan(0);
    const upgraded = upgradeFile(point);
    expect(readCheckpoint(upgraded, shapesOf(point), RUN_WORDS)).toEqual(before);
    expect(readSafetensors(upgraded).metadata.get('fathom.format')).toBe('fathom-checkpoint/2');
    expect(oldFileNote('a', point)).toContain('fathom upgrade a writes it anew');
    expect(oldFileNote('a', upgraded)).toBeUndefined();
    expect(() => upgradeFile(upgraded)).toThrow('it is of format fathom-checkpoint/2 already: there is nothing to upgrade');
  });

  test('layers with numbers for paths get their names where the file says of what model they are', () => {
    const { layers, fitted } = parseModelDescription(readModelDescription(model));
    const { tensors } = readSafetensors(model);
    const numbered = new Map(
      [...tensors].map(([path, tensor]) => [path.replace('dense_1', '0.dense').replace('batch_norm_1', '1.batch_norm').replace('dense_2', '4.dense'), tensor]),
    );
    const written = (metadata: Record<string, string>): Uint8Array => writeSafetensors(numbered, metadata);
    expect(new Set(readSafetensors(upgradeFile(written({ 'fathom.model': JSON.stringify({ layers, fitted }) }))).tensors.keys())).toEqual(
      new Set(tensors.keys()),
    );
    const message = 'its layers have numbers for paths (0.dense), and only the program of its model knows their names: load it there, and save it anew';
    expect(() => upgradeFile(written({}))).toThrow(message);
    expect(() => upgradeFile(bytesOf(oldPaths.checkpoint))).toThrow('its layers have numbers for paths (1.dense)');
  });

  test('a newer one is refused wherever it is opened', () => {
    const newer = writeSafetensors(readSafetensors(point).tensors, { 'fathom.format': 'fathom-checkpoint/3', 'fathom.run': '{}' });
    const message = 'the file: its format is "fathom-checkpoint/3", and this version of the package reads fathom-checkpoint/2: use a newer one';
    for (const open of [
      () => readModel(newer, new Map()),
      () => readCheckpoint(newer, new Map(), []),
      () => readModelDescription(newer),
      () => upgradeFile(newer),
    ])
      expect(open).toThrow(new DataError(message));
    expect(() => readModel(writeSafetensors(new Map(), { 'fathom.format': 'pt' }), new Map())).toThrow(
      'fathom.format: expected fathom-model/2 or fathom-checkpoint/2, got "pt": the file is damaged',
    );
  });
});

describe('fathom upgrade', () => {
  test('writes each kind in its place, or beside it, once', async () => {
    const said = vi.spyOn(console, 'log').mockImplementation(() => {});
    const contents: Record<string, string | Uint8Array> = {
      'a.json': JSON.stringify(oldExperiments.digits),
      'claim.json': JSON.stringify(oldClaims['11-early-stopping-prevents-exploding']),
      'a.jsonl': read('fixtures/formats/dead.jsonl'),
      'a.safetensors': bytesOf(files.checkpoint),
    };
    for (const [name, content] of Object.entries(contents)) {
      const [path, out] = [join(folder, name), join(folder, `new-${name}`)];
      writeFileSync(path, content);
      expect(await upgradeCommand(path, { out })).toBe(0);
      expect(readFileSync(path)).toEqual(Buffer.from(content as string));
      expect(await upgradeCommand(path, {})).toBe(0);
      expect(readFileSync(path)).toEqual(readFileSync(out));
      await expect(upgradeCommand(path, {})).rejects.toThrow(/: it is of format fathom-\w+\/2 already: there is nothing to upgrade$/);
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(JSON.parse(readFileSync(join(folder, 'claim.json'), 'utf8')).expects[1].left).toBe('early.validations');
    said.mockRestore();
  });

  test('refuses what is no document, and leaves it', async () => {
    const path = join(folder, 'wrong.json');
    writeFileSync(path, '{"a":1}');
    await expect(upgradeCommand(path, {})).rejects.toThrow(UsageError);
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}');
  });
});

describe('the page', () => {
  test('opens addresses of before', async () => {
    expect(decodeSettings('rate=0.2&depth=3')).toMatchObject({ learningRate: 0.2, depth: 3 });
    const hash = `#before=${encodeURIComponent('rate=0.3')}&document=${encodeURIComponent(JSON.stringify(oldExperiments.vanishing))}`;
    await readerFor(hash);
    const { state } = new Store(hash, { language: 'en', theme: 'light' });
    expect(state.before!.learningRate).toBe(0.3);
    expect(state.document!.optimizer.learningRate).toBe(oldExperiments.vanishing.optimizer.rate);
  });

  test('reads documents of before, and writes its own with their format', () => {
    const { document } = new Store('', { language: 'en', theme: 'light' });
    expect(document.format).toBe('fathom-experiment/2');
    expect(withNewNames(document)).toBe(document);
    expect(parseExperiment(withNewNames(oldExperiments.vanishing as never))).toEqual(parseExperiment(oldExperiments.vanishing));
  });
});
