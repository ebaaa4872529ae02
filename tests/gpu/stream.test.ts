// A data set that is streamed to the GPU trains to the bits of one that lies there, in the same order, and may be larger than any array.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataset, take } from '../../src/data/dataset.ts';
import type { Batch, BatchSource } from '../../src/data/source.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { adam } from '../../src/train/optimizers.ts';
import { Trainer, type TrainerOptions } from '../../src/train/trainer.ts';
import { openGpu, withCapabilities } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const train = blobs(50);
const options = {
  model: sequential([dense(10), batchNorm(), activation('gelu'), dropout(0.3), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  batchSize: 16,
  seed: 3,
  probes: { every: 2 },
} satisfies TrainerOptions;

/** A source that says what it was asked for, and takes its time. */
function slow(log: number[][] = []): BatchSource {
  return {
    rows: 50,
    features: 5,
    targetSize: 1,
    classes: 3,
    read: async (indices): Promise<Batch> => {
      log.push([...indices]);
      await new Promise((resolve) => setTimeout(resolve, indices[0]! % 4));
      return { x: Float32Array.from([...indices].flatMap((i) => [...train.x.subarray(i * 5, i * 5 + 5)])), y: Float32Array.from(indices, (i) => train.y[i]!) };
    },
  };
}

/** All that a run leaves. */
async function run(more: Partial<TrainerOptions>, drive: (trainer: Trainer) => Promise<unknown> = (trainer) => trainer.step(40)): Promise<unknown> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  await drive(trainer);
  const parameters = [...(await trainer.parameters())].map(([path, { data }]) => [path, [...new Uint32Array(data.buffer)]]);
  const { steps } = trainer.history;
  trainer.destroy();
  return { parameters, steps };
}

describe('the same bits as a resident data set', () => {
  test.each([true, false])('shuffled: %s', async (shuffle) => {
    const expected = await run({ shuffle, data: { train } });
    expect(await run({ shuffle, data: { train, stream: true } })).toEqual(expected);
    expect(await run({ shuffle, data: { train: slow() } })).toEqual(expected);
  });

  test('one step at a time, and through more batches than the ring holds', async () => {
    const drive = async (trainer: Trainer): Promise<void> => {
      for (const count of [1, 2, 1, 150, 7]) await trainer.step(count);
    };
    expect(await run({ probes: null, data: { train: slow() } }, drive)).toEqual(await run({ probes: null, data: { train } }, drive));
  });

  test('in fit with validation, stopped and gone on with', async () => {
    const validation = blobs(20, 5, 3, 7);
    const drive = (trainer: Trainer): Promise<unknown> => trainer.fit({ epochs: 5 });
    const stopped = async (trainer: Trainer): Promise<void> => {
      await trainer.fit({ steps: 20, onSteps: () => trainer.stop() });
      await trainer.fit({ steps: 20 - trainer.steps });
    };
    expect(await run({ data: { train: slow(), validation } }, stopped)).toEqual(await run({ data: { train, validation } }, drive));
  });

  test('after a checkpoint, also one of a resident run', async () => {
    const first = await engine.createTrainer({ ...options, data: { train } });
    await first.step(7);
    const resume = await checkpoint(first);
    const expected = await first.step(9);
    first.destroy();
    const second = await engine.createTrainer({ ...options, seed: 77, data: { train, stream: true } });
    restore(second, resume);
    expect(await second.step(9)).toEqual(expected);
    // Back in time, with batches read ahead in another order.
    restore(second, resume);
    expect(await second.step(9)).toEqual(expected);
    second.destroy();
  });
});

test('every row is read once in an epoch, in another order each time', async () => {
  const log: number[][] = [];
  await run({ data: { train: slow(log) } }, (trainer) => trainer.step(8));
  const epochs = [log.slice(0, 4), log.slice(4, 8)];
  for (const epoch of epochs) {
    expect(epoch.map((batch) => batch.length)).toEqual([16, 16, 16, 2]);
    expect(epoch.flat().toSorted((a, b) => a - b)).toEqual([...Array(50).keys()]);
  }
  expect(epochs[0]).not.toEqual(epochs[1]);
});

test('a data set above the limit of the device is streamed by itself', async () => {
  const { device, cache } = await openGpu();
  const wide = blobs(3000, 32);
  expect(wide.x.byteLength).toBeGreaterThan(2 ** 18);
  const small = withCapabilities(device, { maxBufferBytes: 2 ** 18 });
  const both = await Promise.all([
    Trainer.create(device, cache, { ...options, data: { train: wide } }),
    Trainer.create(small, cache, { ...options, data: { train: wide } }),
  ]);
  const [resident, streamed] = await Promise.all(both.map((trainer) => trainer.step(20)));
  expect(streamed).toEqual(resident);
  expect(both[0]!.counts.bytes - both[1]!.counts.bytes).toBeGreaterThan(100_000);
  for (const trainer of both) trainer.destroy();
});

test('2 GB of rows that exist in no array', async () => {
  const [rows, features] = [2 ** 22, 128];
  expect(rows * features * 4).toBe(2 ** 31);
  let asked = 0;
  const source: BatchSource = {
    rows,
    features,
    targetSize: 1,
    read: (indices) => {
      asked += indices.length;
      const x = Float32Array.from({ length: indices.length * features }, (_, i) => Math.sin(indices[Math.floor(i / features)]! * 0.37 + i));
      return { x, y: Float32Array.from(indices, (_, r) => x[r * features]! - x[r * features + 1]!) };
    },
  };
  const trainer = await engine.createTrainer({
    model: sequential([dense(8), activation('relu'), dense(1)]),
    loss: mse(),
    optimizer: adam({ learningRate: 0.01 }),
    batchSize: 64,
    probes: null,
    data: { train: source },
  });
  const records = await trainer.step(60);
  expect(records.at(-1)!.loss).toBeLessThan(0.5 * records[0]!.loss);
  expect(records.at(-1)!.epoch).toBeCloseTo((60 * 64) / rows, 10);
  expect(asked).toBeLessThan(130 * 64);
  expect(trainer.counts.bytes).toBeLessThan(2 ** 26);
  trainer.destroy();
});

describe('a source that fails', () => {
  type Rows = Record<'x' | 'y', Float32Array>;
  const broken = (read: (indices: Uint32Array, good: Rows) => Batch): BatchSource => {
    const good = slow();
    return { ...good, read: async (indices) => read(indices, (await good.read(indices)) as Rows) };
  };
  const cases: [string, BatchSource, RegExp][] = [
    ['rows that are missing', broken((_, { x, y }) => ({ x: x.subarray(5), y })), /data source: x: expected 16 rows of 5 values, got 75 values/],
    ['targets that are missing', broken((_, { x, y }) => ({ x, y: y.subarray(1) })), /data source: y: expected 16 rows of 1 values, got 15 values/],
    [
      'NaN',
      broken((indices, { x, y }) => ({ x: x.map((v, i) => (indices[Math.floor(i / 5)] === 13 && i % 5 === 2 ? Number.NaN : v)), y })),
      /data source: x, row 13, column 2: expected finite numbers, got NaN/,
    ],
    [
      'a class that there is not',
      broken((_, { x, y }) => ({ x, y: y.map((v) => v + 1) })),
      /data source: y, row \d+, column 0: expected class indexes from 0 to 2, got 3/,
    ],
  ];
  test.each(cases)('%s', async (_name, source, message) => {
    const trainer = await engine.createTrainer({ ...options, data: { train: source } });
    await expect(trainer.step(8)).rejects.toThrow(DataError);
    await expect(trainer.step(8)).rejects.toThrow(message);
    trainer.destroy();
  });

  test('its own error comes through, and the trainer goes on once it works', async () => {
    let works = true;
    const source = broken((_, good) => {
      if (!works) throw new Error('the server is away');
      return good;
    });
    const trainer = await engine.createTrainer({ ...options, data: { train: source } });
    const expected = await run({ data: { train } });
    await trainer.step(5);
    works = false;
    // Batches that were read ahead may still serve.
    await expect(trainer.step(30)).rejects.toThrow('the server is away');
    works = true;
    await trainer.step(40 - trainer.steps);
    const parameters = [...(await trainer.parameters())].map(([path, { data }]) => [path, [...new Uint32Array(data.buffer)]]);
    expect({ parameters, steps: trainer.history.steps }).toEqual(expected);
    trainer.destroy();
  });
});

test('what submits at once has no batch to wait for', async () => {
  const trainer = await engine.createTrainer({ ...options, data: { train, stream: true } });
  expect(() => trainer.enqueueStep()).toThrow(UsageError);
  expect(() => trainer.enqueueStep({ readback: false })).toThrow('enqueueStep: the data set is streamed: use step or fit');
  trainer.destroy();
});

test('a halt is explained from the batch that is still in its slot', async () => {
  const trainer = await engine.createTrainer({ ...options, data: { train, stream: true } });
  await trainer.step(3);
  trainer.setLearningRate(1e30);
  await trainer.step(50);
  expect(trainer.history.nonFinite?.layer).toBeDefined();
  trainer.destroy();
});

describe('a data set of bytes', () => {
  // 13 inputs a sample, so that neither rows nor batches of 7 end at whole words.
  const pixels = Uint8Array.from({ length: 50 * 13 }, (_, i) => (i * 89 + 7) % 256);
  const labels = Float32Array.from({ length: 50 }, (_, i) => i % 3);
  const floats = dataset({ x: Float32Array.from(pixels, (byte) => byte / 255), y: labels, shape: [13], classes: 3 });
  const bytes = dataset({ x: pixels, divisor: 255, y: labels, shape: [13], classes: 3 });
  const source: BatchSource = {
    ...{ rows: 50, features: 13, targetSize: 1, classes: 3, divisor: 255 },
    read: (indices) => ({
      x: Uint8Array.from([...indices].flatMap((i) => [...pixels.subarray(i * 13, i * 13 + 13)])),
      y: Float32Array.from(indices, (i) => labels[i]!),
    }),
  };

  test('trains to the bits of one of floats, on the GPU, streamed, and from a source', async () => {
    const more = { batchSize: 7, data: { train: floats } };
    const expected = await run(more);
    expect(await run({ ...more, data: { train: bytes } })).toEqual(expected);
    expect(await run({ ...more, data: { train: bytes, stream: true } })).toEqual(expected);
    expect(await run({ ...more, data: { train: source } })).toEqual(expected);
  });

  test('is judged as one of floats', async () => {
    const trainer = await engine.createTrainer({ ...options, data: { train: bytes, validation: take(bytes, [4, 9, 1]) } });
    await trainer.fit({ epochs: 1 });
    expect(trainer.history.validations[0]!.validationLoss).toBe((await trainer.evaluate(take(floats, [4, 9, 1]))).loss);
    expect(await trainer.evaluate(bytes)).toEqual(await trainer.evaluate(floats));
    trainer.destroy();
  });

  test('of the size of MNIST lies in one binding', async () => {
    const mnist = dataset({ x: new Uint8Array(60_000 * 784).fill(7), divisor: 255, y: new Float32Array(60_000), shape: [784], classes: 10 });
    const trainer = await engine.createTrainer({ ...options, model: sequential([dense(10)]), data: { train: mnist }, batchSize: 32, probes: null });
    const { bytes: held } = trainer.counts;
    expect(held).toBeGreaterThan(47_040_000);
    expect(held).toBeLessThan(49_000_000);
    expect((await trainer.step(2)).map(({ loss }) => Number.isFinite(loss))).toEqual([true, true]);
    trainer.destroy();
  });

  test('says what it takes', async () => {
    expect(() => dataset({ x: Uint8Array.of(1, 2), divisor: 0, y: [1, 2] })).toThrow('dataset: divisor');
    expect(() => dataset({ x: [1, 2], divisor: 255, y: [1, 2] })).toThrow('dataset: divisor: only bytes are divided');
    const wrong: BatchSource = { ...source, read: (indices) => ({ x: new Float32Array(indices.length * 13), y: new Float32Array(indices.length) }) };
    await expect(run({ data: { train: wrong } })).rejects.toThrow(/^data source: x: expected bytes in a Uint8Array/);
  });
});
