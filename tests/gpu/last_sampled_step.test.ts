// The first and the last step of a run have full statistics, whichever steps the probes sample.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { parseExperiment, runExperiment } from '../../src/experiment/index.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import type { History, StepRecord } from '../../src/inspect/history.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { sgd } from '../../src/train/optimizers.ts';
import type { FitOptions, TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const TENSORS = ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] as const;
const options: TrainerOptions = {
  model: sequential([dense(8), activation('relu'), dense(8), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.05 }),
  data: { train: blobs(48), validation: blobs(20, 5, 3, 2) },
  batchSize: 16,
  seed: 3,
  probes: { every: 10, tensors: TENSORS, histograms: histograms({ every: 20 }), norms: norms({ every: 4 }), activity: activity() },
};

async function run(more: Partial<TrainerOptions>, fit: FitOptions): Promise<History> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  const history = await trainer.fit(fit);
  trainer.destroy();
  return history;
}
const sampledSteps = (history: History): number[] => [...history.steps.sampled()].map(({ step }) => step);
const everything = { tensors: TENSORS, histograms: histograms({ every: 1 }), norms: norms({ every: 1 }), activity: activity() };

describe.each<[string, Partial<TrainerOptions>]>([
  ['from a set on the GPU', {}],
  ['from a streamed set', { data: { ...options.data!, stream: true } }],
  ['of steps of two batches', { accumulate: accumulate(2) }],
])('%s', (_name, more) => {
  test('it shows what it would show if every step were sampled, and the samples before it stay what they were', async () => {
    const whole = await run({ ...more, probes: everything }, { steps: 25, validateEvery: 25 });
    const first = await run(more, { steps: 25, validateEvery: 25, stepsPerSubmit: 1 });
    expect(sampledSteps(first)).toEqual([1, 10, 20, 25]);
    expect(first.steps.at(-1)).toEqual(whole.steps.at(-1));
    const plain = (record: StepRecord | undefined): unknown => JSON.parse(JSON.stringify(record, (key, value) => (key === 'norms' ? undefined : value)));
    expect(plain(first.steps.find(20))).toEqual(plain(whole.steps.find(20)));
    for (const stepsPerSubmit of [3, 8, 25])
      expect(await run(more, { steps: 25, validateEvery: 25, stepsPerSubmit }), `${stepsPerSubmit} steps per submit`).toEqual(first);
  });
});

test('early stopping: whichever step becomes the last', async () => {
  const history = await run({}, { steps: 200, validateEvery: 3, earlyStopping: earlyStopping({ patience: 1, minDelta: 10 }) });
  expect(history.steps.length).toBe(6);
  expect(history.steps.at(-1)!.layers![0]!.tensors.z).toBeDefined();
});

test('single steps are looked at as was asked, and a run that goes on is too', async () => {
  const trainer = await engine.createTrainer(options);
  await trainer.fit({ steps: 7 });
  for (let i = 0; i < 6; i++) await trainer.step();
  expect(sampledSteps(trainer.history)).toEqual([1, 7, 10]);
  trainer.destroy();
});

test('a document: the last step, and none that a checkpoint follows', async () => {
  const document = parseExperiment({
    data: { source: 'generator', name: 'moons', params: { rows: 40, noise: 0.1 } },
    model: {
      layers: [
        { type: 'dense', units: 4 },
        { type: 'activation', name: 'tanh' },
        { type: 'dense', units: 2 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { epochs: 9, batchSize: 6, accumulate: 3 },
    probes: { every: 10 },
  });
  const { history, start } = await runExperiment(engine, document, { checkpoint: { every: 4, write: () => undefined } });
  // Nine epochs of seven batches, three in a step: as many as `fit` takes for them.
  expect([start.steps, history.steps.length]).toEqual([21, 21]);
  expect(sampledSteps(history)).toEqual([1, 10, 20, 21]);
});
