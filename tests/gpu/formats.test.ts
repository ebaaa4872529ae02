// Files that a version with other names has written: a model answers as it did, and a checkpoint goes on to the same bits, as it is and written anew.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { openModel } from '../../src/experiment/saved_model.ts';
import { upgradeFile } from '../../src/experiment/upgrade.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { Trainer } from '../../src/train/trainer.ts';
import files from '../fixtures/formats/files.json';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
const train = blobs(30);

/** The program that wrote them: two steps, a rate that is set, three more with a validation after each, then the files, then four steps. */
const written = (): Promise<Trainer> =>
  engine.createTrainer({
    model: sequential([
      dense({ units: 4, initializer: { scheme: 'he_normal' }, l2: 0.01 }),
      batchNorm(),
      activation('tanh'),
      dropout(0.2),
      dense({ units: 3, biasInitializer: { scheme: 'constant', value: 0.1 } }),
    ]),
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.01 }),
    data: { train, validation: train },
    batchSize: 8,
    seed: 99,
  });

const bitsOf = (bytes: Uint8Array): [string, number[]][] =>
  [...readSafetensors(bytes).tensors].map(([path, { data }]) => [path, [...new Uint32Array(data.buffer)]]);

test('a checkpoint goes on to the same bits', async () => {
  const trainer = await written();
  const ends: unknown[] = [];
  for (const file of [bytesOf(files.checkpoint), upgradeFile(bytesOf(files.checkpoint))]) {
    const rule = earlyStopping({ patience: 5 });
    restore(trainer, file, rule);
    expect(trainer.steps).toBe(5);
    // What was restored is what was written.
    expect(bitsOf(await checkpoint(trainer, undefined, rule))).toEqual(bitsOf(file));
    const records = await trainer.step(4);
    expect(records.map(({ learningRate }) => learningRate)).toEqual(new Array(4).fill(Math.fround(0.003)));
    const losses = records.map(({ loss }) => loss);
    expectClose('losses', losses, files.losses, 1e-5);
    ends.push([losses, bitsOf(await checkpoint(trainer))]);
  }
  expect(ends[1]).toEqual(ends[0]);
  trainer.destroy();
});

test('a model answers as it did', async () => {
  for (const file of [bytesOf(files.model), upgradeFile(bytesOf(files.model))]) {
    const saved = await openModel(engine, file);
    expectClose('outputs', await saved.predict(train.x.subarray(0, 20)), files.outputs, 2e-6);
    saved.destroy();
  }
});
