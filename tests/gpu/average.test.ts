// Averages of the weights: as the float64 twin has them, without a bit of the run changed; live models with them; checkpoints, groups and documents.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { UsageError } from '../../src/errors.ts';
import { parseExperiment, runExperiment } from '../../src/experiment/index.ts';
import { readSafetensors } from '../../src/io/safetensors.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { averageOf, averageWeights } from '../../src/train/average.ts';
import { checkpoint, restore, save } from '../../src/train/files.ts';
import { adam } from '../../src/train/optimizers.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const train = blobs(30);
// A bias before batch norm has no gradient but rounding, of which Adam makes steps.
const options: TrainerOptions = {
  model: sequential([dense({ units: 6, bias: false }), batchNorm(), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.05 }),
  data: { train },
  batchSize: 8,
  probes: null,
};

type Tensors = ReadonlyMap<string, { readonly data: ArrayLike<number> }>;

/** The bits of all tensors. */
const bits = (tensors: Tensors): [string, number[]][] => [...tensors].map(([path, { data }]) => [path, [...new Uint32Array(Float32Array.from(data).buffer)]]);

async function averaged(trainer: Trainer): Promise<Tensors> {
  const model = await averageOf(trainer);
  const tensors = await model.parameters();
  model.destroy();
  return tensors;
}

describe('as the twin', () => {
  test.each<[string, Partial<TrainerOptions>]>([
    ['a moving average', { average: averageWeights({ decay: 0.9 }) }],
    ['all alike from the third update on, every other', { average: averageWeights({ from: 3, every: 2 }) }],
    ['several batches in a step', { average: averageWeights({ decay: 0.5 }), accumulate: accumulate(2) }],
  ])('%s', async (_name, more) => {
    const trainer = await engine.createTrainer({ ...options, ...more });
    const without = await engine.createTrainer({ ...options, ...more, average: undefined } as TrainerOptions);
    const twin = new Twin({ ...options, ...more }, await trainer.parameters());
    // Before the first update the average is the model.
    expect(bits(await averaged(trainer))).toEqual(bits(await trainer.parameters()));
    await trainer.step(8);
    for (let step = 0; step < 8; step++) twin.run();
    const got = await averaged(trainer);
    const expected = twin.world.arenas.get('optimizer/average')!;
    expect(expected.size).toBe(5);
    for (const [path, tensor] of expected) expectClose(path, got.get(path)!.data, tensor.data, 1e-5, 0.1);
    await without.step(8);
    const plain = await trainer.parameters();
    expect(bits(plain)).toEqual(bits(await without.parameters()));
    expect(got.get('dense_1/weight')!.data).not.toEqual(plain.get('dense_1/weight')!.data);
    // Running statistics are the model's.
    expect(got.get('batch_norm_1/running_mean')!.data).toEqual(plain.get('batch_norm_1/running_mean')!.data);
    for (const each of [trainer, without]) each.destroy();
  });
});

test('a run goes on from a checkpoint to the same bits, and answers with its average', async () => {
  const own = { ...options, average: averageWeights({ decay: 0.9 }) };
  const whole = await engine.createTrainer(own);
  await whole.step(10);
  const first = await engine.createTrainer(own);
  await first.step(5);
  const model = await averageOf(first);
  const file = await checkpoint(first);
  expect([...readSafetensors(file).tensors.keys()].filter((name) => name.startsWith('optimizer/average/'))).toHaveLength(5);
  const second = await engine.createTrainer({ ...own, seed: 9 });
  restore(second, file);
  expect(bits(await averaged(second))).toEqual(bits(await model.parameters()));
  await second.step(5);
  const end = bits(await averaged(whole));
  expect(bits(await averaged(second))).toEqual(end);
  // An earlier answer is brought up to date; it outlives the trainer.
  await first.step(5);
  expect(await averageOf(first, model)).toBe(model);
  expect(bits(await model.parameters())).toEqual(end);
  first.destroy();
  const loss = softmaxCrossEntropy();
  const evaluation = await model.evaluate(train, loss);
  expect(evaluation.loss).not.toBe((await whole.evaluate(train)).loss);
  whole.setParameters(await model.parameters());
  expect((await whole.evaluate(train)).loss).toBe(evaluation.loss);
  expect([...readSafetensors(await save(model)).tensors.keys()]).toEqual([...(await whole.parameters()).keys()]);
  await expect(averageOf(first)).rejects.toThrow('this trainer was destroyed');
  await expect(averageOf(await engine.createTrainer(options))).rejects.toThrow(UsageError);
  await expect(averageOf(whole, (await engine.createTrainer({ ...options, model: sequential([dense(3)]) })).model)).rejects.toThrow('into: expected');
  for (const each of [whole, second, model]) each.destroy();
});

test('what is frozen is as it is, and what is unfrozen begins its average then', async () => {
  const trainer = await engine.createTrainer({ ...options, average: averageWeights({ decay: 0.9, every: 2 }), freeze: ['dense_1'] });
  const start = (await trainer.parameters()).get('dense_1/weight')!;
  await trainer.step(3);
  expect((await averaged(trainer)).get('dense_1/weight')!.data).toEqual(start.data);
  await setGroups(trainer, []);
  // Of the updates from here on the second comes in first.
  await trainer.step(1);
  expect((await averaged(trainer)).get('dense_1/weight')!.data).toEqual((await trainer.parameters()).get('dense_1/weight')!.data);
  await trainer.step(1);
  const begun = (await trainer.parameters()).get('dense_1/weight')!.data;
  expect((await averaged(trainer)).get('dense_1/weight')!.data).toEqual(begun);
  await trainer.step(2);
  const now = (await trainer.parameters()).get('dense_1/weight')!.data;
  expectClose(
    'dense_1/weight',
    (await averaged(trainer)).get('dense_1/weight')!.data,
    begun.map((value, i) => 0.9 * value + 0.1 * now[i]!),
    2e-6,
  );
  trainer.destroy();
});

test('a document that keeps an average is measured and saved with it', async () => {
  const files: Uint8Array[] = [];
  const run = async (training: object) => {
    const document = parseExperiment({
      data: { source: 'generator', name: 'moons', params: { rows: 40 } },
      model: { layers: [{ type: 'dense', units: 2 }] },
      loss: 'softmax_cross_entropy',
      metrics: ['f1'],
      optimizer: { name: 'sgd', learningRate: 0.5 },
      training: { steps: 10, batchSize: 8, ...training },
    });
    return runExperiment(engine, document, { save: (file) => files.push(file) });
  };
  const [plain, swa] = [await run({}), await run({ average: {} })];
  expect(swa.history.steps.loss).toEqual(plain.history.steps.loss);
  expect(swa.train.loss).not.toBe(plain.train.loss);
  expect(Object.keys(swa.train.metrics!)).toEqual(Object.keys(plain.train.metrics!));
  expect(files[1]).not.toEqual(files[0]);
  expect([...readSafetensors(files[1]!).tensors.keys()]).toEqual([...readSafetensors(files[0]!).tensors.keys()]);
});
