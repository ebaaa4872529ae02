// Muon on the GPU: as the float64 twin takes its steps, with clipping, penalties, groups and several batches; from checkpoints to the same bits.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { adamw, muon } from '../../src/train/optimizers.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const options: TrainerOptions = {
  model: sequential([dense({ units: 9, l2: 0.02 }), activation('tanh'), dense({ units: 6, l1: 0.01 }), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: muon({ learningRate: 0.05, adamw: { learningRate: 0.01 }, exclude: ['dense_3'] }),
  data: { train: blobs(30) },
  batchSize: 8,
  probes: null,
};

test.each<[string, Partial<TrainerOptions>]>([
  ['clipped by its norm', { clip: { norm: 0.3 } }],
  ['clipped by its elements', { clip: { value: 0.02 } }],
  ['several batches in a step', { accumulate: accumulate(2) }],
  [
    'groups',
    {
      groups: [
        { match: 'dense_2', learningRateFactor: 0.1, weightDecayFactor: 3 },
        { match: 'dense_1/bias', frozen: true },
      ],
    },
  ],
  ['as large as AdamW', { optimizer: muon({ learningRate: 0.05, adjustLrFn: 'match_rms_adamw', nesterov: false, nsSteps: 3 }) }],
])('as the twin: %s', async (_name, more) => {
  const trainer = await engine.createTrainer({ ...options, ...more });
  const twin = new Twin({ ...options, ...more }, await trainer.parameters());
  for (const { loss, gradientNorm } of await trainer.step(6)) {
    const expected = twin.run();
    expectClose('loss and norm', [loss, gradientNorm], [expected.loss, expected.norm], 1e-5);
  }
  const parameters = await trainer.parameters();
  for (const [path, tensor] of twin.parameters) expectClose(path, parameters.get(path)!.data, tensor.data, 1e-5, 0.1);
  trainer.destroy();
});

test('what it does not take goes as with AdamW', async () => {
  const [rate, weightDecay] = [0.01, 0.2];
  const trainer = await engine.createTrainer({
    ...options,
    optimizer: muon({ learningRate: 0.05, weightDecay, adamw: { learningRate: rate }, exclude: ['dense_*'] }),
  });
  const other = await engine.createTrainer({ ...options, optimizer: adamw({ learningRate: rate, weightDecay }) });
  await trainer.step(5);
  await other.step(5);
  const expected = await other.parameters();
  for (const [path, { data }] of await trainer.parameters()) expectClose(path, data, expected.get(path)!.data, 2e-6, 0.1);
  for (const each of [trainer, other]) each.destroy();
});

test('an excluded path is one of the model', async () => {
  const optimizer = muon({ learningRate: 0.05, exclude: ['dense_1', 'head'] });
  await expect(engine.createTrainer({ ...options, freeze: ['dense_1'], optimizer })).rejects.toThrow(
    'muon: exclude: head is no path of the model; there are dense_1/weight',
  );
});

test('a run goes on from a checkpoint to the same bits, after a layer was unfrozen, too', async () => {
  const whole = await engine.createTrainer({ ...options, freeze: ['dense_1'] });
  await whole.step(3);
  await setGroups(whole, []);
  await whole.step(3);
  const file = await checkpoint(whole);
  const second = await engine.createTrainer({ ...options, seed: 9 });
  await setGroups(second, []);
  restore(second, file);
  const expected = await whole.step(4);
  expect(await second.step(4)).toEqual(expected);
  expect(await checkpoint(second)).toEqual(await checkpoint(whole));
  for (const each of [whole, second]) each.destroy();
});

test('a step that is not finite leaves the momentum as it was', async () => {
  const more: Partial<TrainerOptions> = { onNonFinite: 'skip', features: 2, batchSize: 4 };
  const { data: _, ...rest } = options;
  const good = { x: [0.1, 0.2, -0.3, 0.4, 0.5, -0.6, 0.7, 0.8], y: [0, 1, 2, 0] };
  const [trainer, plain] = [await engine.createTrainer({ ...rest, ...more }), await engine.createTrainer({ ...rest, ...more })];
  await trainer.trainOnBatch(good);
  await plain.trainOnBatch(good);
  await trainer.trainOnBatch({ ...good, x: [Number.NaN, ...good.x.slice(1)] });
  await trainer.trainOnBatch(good);
  await plain.trainOnBatch(good);
  expect(await trainer.parameters()).toEqual(await plain.parameters());
  for (const each of [trainer, plain]) each.destroy();
});
