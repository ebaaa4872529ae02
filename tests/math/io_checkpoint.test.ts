// Files of models and checkpoints: what they hold, and what is refused before anything is set.
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { type RunPoint, readCheckpoint, readDocument, readModel, writeCheckpoint, writeModel } from '../../src/io/checkpoint.ts';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors.ts';
import type { HostTensor } from '../../src/shape.ts';

const tensor = (...shape: number[]): HostTensor => ({ shape, data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i / 7) });
const model = new Map([
  ['dense_1/weight', tensor(2, 3)],
  ['dense_1/bias', tensor(3)],
]);
const states = new Map([...model].map(([path, value]) => [`optimizer/0/${path}`, value]));
const all = new Map([...model, ...states]);
const shapesOf = (tensors: ReadonlyMap<string, HostTensor>): Map<string, readonly number[]> => new Map([...tensors].map(([path, { shape }]) => [path, shape]));
const WORDS = ['step', 'correction1'];
const run: RunPoint = { optimizer: 'sgd', words: { step: 12, correction1: 0x3f800001 }, learningRate: { from: 3, learningRate: 0.1 } };

describe('a model', () => {
  test('comes back from its own file and from a checkpoint', () => {
    expect(readModel(writeModel(model), shapesOf(model))).toEqual(model);
    expect(readModel(writeCheckpoint(all, run), shapesOf(model))).toEqual(model);
  });

  test.each<[string, Map<string, HostTensor>, string]>([
    ['one that is missing', new Map([['dense_1/weight', tensor(2, 3)]]), 'the file has no dense_1/bias, which this model has: it holds dense_1/weight'],
    [
      'one too many',
      new Map([...model, ['dense_9/bias', tensor(1)]]),
      'the file has "dense_9/bias", which this model has not: it has dense_1/weight, dense_1/bias',
    ],
    [
      'another shape of the same size',
      new Map([...model, ['dense_1/weight', tensor(3, 2)]]),
      'dense_1/weight: this model has [2, 3], the file [3, 2]: build the model that was saved',
    ],
    ['none', new Map(), 'the file has no dense_1/weight, which this model has: it holds nothing'],
  ])('refuses %s', (_name, tensors, message) => {
    const bytes = writeModel(tensors);
    expect(() => readModel(bytes, shapesOf(model))).toThrow(DataError);
    expect(() => readModel(bytes, shapesOf(model))).toThrow(message);
  });
});

test.each<[string, number]>([
  ['dense_1/weight', Number.NaN],
  ['dense_1/bias', Number.POSITIVE_INFINITY],
  ['optimizer/0/dense_1/bias', Number.NEGATIVE_INFINITY],
  ['batch_norm_1/running_variance', -0.5],
])('a file in which %s holds %f is refused, and says where', (path, value) => {
  const statistics = new Map([...all, ['batch_norm_1/running_variance', tensor(3)]]);
  const file = (change: boolean): Uint8Array => {
    const tensors = new Map([...statistics].map(([name, each]) => [name, structuredClone(each)]));
    if (change) tensors.get(path)!.data[2] = value;
    return writeCheckpoint(tensors, run);
  };
  const read = (change: boolean): void => void readCheckpoint(file(change), shapesOf(statistics), WORDS);
  read(false);
  expect(() => read(true)).toThrow(DataError);
  expect(() => read(true)).toThrow(new RegExp(`^${path}: expected .*, got ${value} at 2: the file is damaged`));
});

test('the document comes back, and there need not be one', () => {
  const document = { seed: 1, name: 'Näme', model: { layers: [{ type: 'dense', units: 3 }] } };
  expect(readDocument(writeModel(model, document))).toEqual(document);
  expect(readDocument(writeCheckpoint(all, run, document))).toEqual(document);
  expect(readDocument(writeModel(model))).toBeUndefined();
  expect(() => readDocument(writeSafetensors(model, { 'fathom.document': '{' }))).toThrow(/fathom.document: expected JSON/);
});

describe('a checkpoint', () => {
  test('comes back', () => {
    expect(readCheckpoint(writeCheckpoint(all, run), shapesOf(all), WORDS)).toEqual({ tensors: all, run });
    const { learningRate: _, ...plain } = run;
    expect(readCheckpoint(writeCheckpoint(all, plain), shapesOf(all), WORDS).run).toEqual(plain);
  });

  test('keeps what early stopping waits for, apart from the model', () => {
    const stopping = { waited: 2, best: { step: 9, epoch: 1.5, trainLoss: 0.2, validationLoss: 0.25 }, tensors: model };
    const bytes = writeCheckpoint(all, { ...run, stopping });
    expect(readCheckpoint(bytes, shapesOf(all), WORDS)).toEqual({ tensors: all, run: { ...run, stopping } });
    expect(readModel(bytes, shapesOf(model))).toEqual(model);
    const none = { ...stopping, tensors: new Map() };
    expect(readCheckpoint(writeCheckpoint(all, { ...run, stopping: none }), shapesOf(all), WORDS).run.stopping).toEqual(none);
    const half = { ...stopping, tensors: new Map([...model].slice(1)) };
    expect(() => readCheckpoint(writeCheckpoint(all, { ...run, stopping: half }), shapesOf(all), WORDS)).toThrow('the file has no dense_1/weight');
  });

  test('is not a model, nor of an optimizer with other states', () => {
    expect(() => readCheckpoint(writeModel(model), shapesOf(all), WORDS)).toThrow('checkpoint: the file holds a model, but no run to go on with');
    expect(() => readCheckpoint(writeCheckpoint(model, run), shapesOf(all), WORDS)).toThrow('the file has no optimizer/0/dense_1/weight');
    expect(() => readCheckpoint(writeCheckpoint(all, run), shapesOf(model), WORDS)).toThrow(
      'the file has "optimizer/0/dense_1/weight", which this model has not',
    );
  });

  const changed = (text: string): Uint8Array => {
    const { tensors, metadata } = readSafetensors(writeCheckpoint(all, run));
    return writeSafetensors(tensors, { ...Object.fromEntries(metadata), 'fathom.run': text });
  };
  const words = { step: 12, correction1: 5 };
  test.each<[unknown, RegExp]>([
    [null, /expected an object, got null/],
    [7, /expected an object, got 7/],
    [{ words }, /optimizer: expected a name, got undefined/],
    [{ optimizer: 'sgd' }, /words: expected an object, got undefined/],
    [{ optimizer: 'sgd', words: null }, /words: expected an object, got null/],
    [{ optimizer: 'sgd', words: { step: 12 } }, /words.correction1: expected a 32-bit word, got undefined/],
    [{ optimizer: 'sgd', words: { ...words, step: -1 } }, /words.step: expected a 32-bit word, got -1/],
    [{ optimizer: 'sgd', words: { ...words, step: 2 ** 32 } }, /words.step: expected a 32-bit word, got 4294967296/],
    [{ optimizer: 'sgd', words: { ...words, step: '12' } }, /words.step: expected a 32-bit word, got "12"/],
    [{ optimizer: 'sgd', words: { ...words, step: 1.5 } }, /words.step/],
    [{ optimizer: 'sgd', words, learningRate: 3 }, /learningRate: expected \{from, learningRate\}, got 3/],
    [{ optimizer: 'sgd', words, learningRate: null }, /learningRate: expected \{from, learningRate\}, got null/],
    [{ optimizer: 'sgd', words, learningRate: { from: -1, learningRate: 1 } }, /learningRate: expected/],
    [{ optimizer: 'sgd', words, learningRate: { from: 1, learningRate: -1 } }, /learningRate: expected/],
    [{ optimizer: 'sgd', words, learningRate: { from: 1, learningRate: [] } }, /learningRate: expected/],
    [{ optimizer: 'sgd', words, learningRate: { from: 1, learningRate: 1e39 } }, /learningRate: expected/],
    [{ optimizer: 'sgd', words, since: { 'dense_9/weight': 3 } }, /since.dense_9\/weight: this model has no such parameter/],
    [{ optimizer: 'sgd', words, schedule: { factor: -1 } }, /schedule: expected numbers/],
    [{ optimizer: 'sgd', words, schedule: { factor: 1, best: null } }, /schedule: expected numbers/],
    [{ optimizer: 'sgd', words, recovery: null }, /recovery: expected \{factor, reached, count\}, got null/],
    [{ optimizer: 'sgd', words, recovery: { factor: 2, reached: 1, count: 1 } }, /recovery: expected/],
    [{ optimizer: 'sgd', words, recovery: { factor: 0.5, reached: 0, count: 1 } }, /recovery: expected/],
    [{ optimizer: 'sgd', words, stopping: null }, /stopping: expected \{waited, best\}, got null/],
    [{ optimizer: 'sgd', words, stopping: { waited: -1, best: { step: 1, validationLoss: 1 } } }, /stopping: expected/],
    [{ optimizer: 'sgd', words, stopping: { waited: 1, best: { step: 1 } } }, /stopping: expected/],
    [{ optimizer: 'sgd', words, stopping: { waited: 1 } }, /stopping: expected/],
  ])('refuses the run %j', (value, message) => {
    const bytes = changed(JSON.stringify(value));
    expect(() => readCheckpoint(bytes, shapesOf(all), WORDS)).toThrow(DataError);
    expect(() => readCheckpoint(bytes, shapesOf(all), WORDS)).toThrow(message);
  });

  test('refuses words that come from a prototype, and a run that is no JSON', () => {
    expect(() => readCheckpoint(changed('{"optimizer":"sgd","words":{"__proto__":{"step":1,"correction1":1}}}'), shapesOf(all), WORDS)).toThrow(/words.step/);
    expect(() => readCheckpoint(changed('{'), shapesOf(all), WORDS)).toThrow(/fathom.run: expected JSON/);
    expect(() => readCheckpoint(changed(`${'['.repeat(200_000)}${']'.repeat(200_000)}`), shapesOf(all), WORDS)).toThrow(DataError);
  });
});
