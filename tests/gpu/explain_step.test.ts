// A step that is suspicious: whether the device, a kernel or the mathematics did it.
import { afterEach, expect, test } from 'vitest';
import { createApi } from '../../src/cli/api.ts';
import { dataset } from '../../src/data/dataset.ts';
import type { Engine } from '../../src/engine.ts';
import { activation, batchNorm, dense, dropout, layerNorm } from '../../src/nn/layers.ts';
import { mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { explainStep, selfTest } from '../../src/verify/index.ts';
import { blobs } from '../support/models.ts';
import { lostHalf, type Plants, trainerWhere } from '../support/planted.ts';

const SMALL: TrainerOptions = {
  model: sequential([dense(8), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train: blobs(70, 4) },
  batchSize: 16,
  clip: { norm: 1 },
  probes: null,
};
/** Diverges: each step makes the weight forty times as large. */
const line = dataset({ x: [[1], [2], [3], [4]], y: [[1], [2], [3], [4]] });
const LINE: TrainerOptions = {
  model: sequential([dense({ units: 1, bias: false })]),
  loss: mse(),
  optimizer: sgd({ learningRate: 3 }),
  data: { train: line },
  batchSize: 4,
  probes: null,
};

let engine: Engine;
afterEach(() => engine.destroy());

async function create(options: TrainerOptions, wrong?: Plants): Promise<Trainer> {
  const made = await trainerWhere(options, wrong);
  engine = made.engine;
  return made.trainer;
}

test('a healthy step, the last one and one before it: right in float64, and the trainer goes on as if nothing had been', async () => {
  const model = sequential([dense(8), batchNorm(), activation('tanh'), dropout(0.2), dense(3)]);
  const trainer = await create({ ...SMALL, model });
  await trainer.step(12);
  const before = await trainer.parameters();
  const explained = await explainStep(trainer);
  expect(explained, explained.message).toMatchObject({ step: 12, verdict: 'healthy', kernels: [], unchecked: [] });
  const { recorded, replayed, float64, checked, message } = explained;
  expect(replayed).toEqual([recorded, recorded]);
  expect(float64.loss / recorded!.loss).toBeCloseTo(1, 5);
  expect(float64.gradientNorm / recorded!.gradientNorm).toBeCloseTo(1, 5);
  expect(checked).toBeGreaterThan(8);
  expect(message).toMatch(/^Nothing is wrong with step 12: float64 comes to loss .* and each of \d+ kernels is right\.$/);
  expect((await explainStep(trainer, { step: 3 })).verdict).toBe('healthy');
  expect(await trainer.parameters()).toEqual(before);
  expect((await trainer.step())[0]!.step).toBe(13);
});

test('an overflow that the mathematics make', async () => {
  const trainer = await create(LINE);
  await trainer.step(60);
  const { nonFinite } = trainer.history;
  const explained = await explainStep(trainer);
  expect(explained, explained.message).toMatchObject({ step: nonFinite!.step, verdict: 'mathematics', kernels: [], notFinite: { from: 'computed' } });
  expect(explained.notFinite!.value).toBeGreaterThan(3.4e38);
  expect(explained.message).toMatch(/more than the largest number of 32 bits, 3\.4e38 in float64, too: .* The device and its kernels are right/);
  // One before it, which was finite: far from its predecessors, and rightly so.
  const far = await explainStep(trainer, { step: nonFinite!.step - 2 });
  expect(far, far.message).toMatchObject({ verdict: 'mathematics' });
  expect(far.message).toMatch(/has a gradient norm of .* times the median of the \d+ steps before it, and it is so: float64/);
});

test('numbers that are not finite in the batch and in the weights', async () => {
  const { data: _, ...rest } = LINE;
  const fed = await create({ ...rest, features: 1 });
  await fed.trainOnBatch({ x: [1, 2, Number.NaN], y: [1, 2, 3] });
  const explained = await explainStep(fed);
  expect(explained, explained.message).toMatchObject({ verdict: 'mathematics', notFinite: { from: 'data', at: 'x[2]' } });
  const weighted = await engine.createTrainer(LINE);
  weighted.setParameters(new Map([['dense_1/weight', { data: [Number.POSITIVE_INFINITY] }]]));
  await weighted.step();
  expect((await explainStep(weighted)).message).toMatch(/^dense_1\/weight\[0\] was Infinity before step 1 already: it was set or loaded so\./);
});

test('a kernel that is wrong: it is named, with the number and the right one', async () => {
  const rows = Array.from({ length: 8 }, (_, i) => Array.from({ length: 512 }, (_, j) => Math.sin(i * 512 + j)));
  const model = sequential([layerNorm(), activation('tanh')]);
  const trainer = await create({ ...LINE, model, data: { train: dataset({ x: rows, y: rows }) } }, { squared_norm: lostHalf('true') });
  await trainer.step(3);
  const explained = await explainStep(trainer);
  expect(explained, explained.message).toMatchObject({ verdict: 'kernel', kernels: [{ op: 'squared_norm', kernels: ['squared_norm'] }] });
  expect(explained.message).toMatch(/^squared_norm of gradient_norm gives .* for gradient_norm\[0\], where .* is right: it computes wrong numbers/);
});

test('a kernel that is wrong only for the numbers of this step', async () => {
  const data = { train: dataset({ x: [[1], [2], [3], [90]], y: [[1], [2], [3], [90]] }) };
  const options = { ...LINE, model: sequential([activation('softplus'), dense({ units: 1 })]), data };
  // As if a driver had no exponential of large numbers.
  const wrong = (wgsl: string): string => wgsl.replace(/fn act\(x: vec4f\) -> vec4f \{/, '$& if (any(x > vec4f(80.0))) { return x * 1e38; }');
  const trainer = await create(options, { activation: wrong });
  const self = await selfTest(engine, trainer.plan, { act: false });
  expect(self.verdict, self.message).toBe('right');
  await trainer.step();
  expect(trainer.history.nonFinite).toMatchObject({ step: 1 });
  const explained = await explainStep(trainer);
  expect(explained, explained.message).toMatchObject({
    verdict: 'kernel',
    kernels: [{ op: 'activation', at: expect.stringMatching(/\[3\]$/), got: Number.POSITIVE_INFINITY, expected: 90 }],
  });
});

test('a step that comes to other bits than it had', async () => {
  const trainer = await create({ ...LINE, optimizer: sgd({ learningRate: 0.01 }) });
  await trainer.step(4);
  trainer.history.steps.loss[1] = 7;
  const explained = await explainStep(trainer);
  expect(explained, explained.message).toMatchObject({ verdict: 'device' });
  expect(explained.message).toMatch(/^Taken again from the same bits, step 2 comes to other numbers than before\. No kernel is off/);
});

test('what cannot be explained is refused in words', async () => {
  const trainer = await create({ ...LINE, optimizer: sgd({ learningRate: 0.01 }) });
  await expect(explainStep(trainer)).rejects.toThrow('explainStep: no step was taken');
  await trainer.step(2);
  await expect(explainStep(trainer, { step: 3 })).rejects.toThrow('explainStep: step: 3 was not taken yet: the last one is 2');
  await expect(explainStep({} as Trainer)).rejects.toThrow('explainStep: expected a trainer');
  trainer.setParameters(await trainer.parameters());
  await expect(explainStep(trainer)).rejects.toThrow('explainStep: step 2: no state before it is at hand');
});

test('the command line tells it of a run that turns non-finite', async () => {
  const told: { type: string; verdict?: string; message?: string }[] = [];
  const nothing = async (): Promise<void> => undefined;
  const api = createApi({ read: async () => new Uint8Array(), put: nothing, tell: async (event) => void told.push(JSON.parse(event)) });
  await api.open();
  const document = {
    format: 'fathom-experiment/2',
    name: 'diverges',
    data: { source: 'generator', name: 'moons', params: { rows: 40 } },
    model: {
      layers: [
        { type: 'dense', units: 4 },
        { type: 'dense', units: 1 },
      ],
    },
    loss: 'mse',
    optimizer: { name: 'sgd', learningRate: 1e9 },
    training: { steps: 20, batchSize: 8 },
  };
  const answer = JSON.parse(await api.run(JSON.stringify(document), { explain: true }));
  expect(answer.error).toBeUndefined();
  api.close();
  expect(told.filter(({ type }) => type === 'explained')).toMatchObject([
    { verdict: 'mathematics', message: expect.stringContaining('The device and its kernels are right') },
  ]);
});
