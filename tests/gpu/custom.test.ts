// Custom layers, losses, activations and metrics: whole steps on the GPU against the same graph in float64, files, and what a bad step leaves alone.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { KernelError, UsageError } from '../../src/errors.ts';
import { wgslActivation } from '../../src/nn/activation_constructor.ts';
import { tanh } from '../../src/nn/activations.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import { batchNorm, dense } from '../../src/nn/layers.ts';
import { loss, mse } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { measure } from '../../src/train/measure.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';
import { Twin } from '../support/twin.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const centred = layer('centred', (x, { parameter, buffer, assign, training }) => {
  const mean = buffer('mean', [ops.last(x)]);
  if (training) assign(mean, ops.add(ops.mul(mean, 0.9), ops.mul(ops.mean(x, 0), 0.1)));
  return ops.mul(ops.sub(x, mean), parameter('gain', [ops.last(x)], ones()));
});
const swish = layer('swish', (x) => ops.mul(x, ops.sigmoid(x)));
/** Four rows of two for each sample. */
const attention = layer('attention', (x, { parameter }) => {
  const rows = ops.reshape(x, [-1, 4, 2]);
  const [q, k, v] = ['q', 'k', 'v'].map((name) => ops.matmul(rows, parameter(name, [2, 2], { scheme: 'he_normal' })));
  return ops.flatten(ops.add(rows, ops.matmul(ops.softmax(ops.matmul(q!, ops.transpose(k!, [0, 2, 1]))), v!)));
});
const cube = wgslActivation('cube', {
  wgsl: 'override ALPHA: f32 = 0.1; fn act(x: vec4f) -> vec4f { return x + ALPHA * x * x * x; } fn act_grad(x: vec4f) -> vec4f { return 1.0 + 3.0 * ALPHA * x * x; }',
  params: { alpha: 0.1 },
  value: (x, { alpha }) => x + alpha! * x ** 3,
  derivative: (x, { alpha }) => 1 + 3 * alpha! * x ** 2,
});
const focal = loss(
  'focal',
  (output, label) => {
    const each = ops.crossEntropy(output, label);
    return ops.mul(ops.square(ops.sub(1, ops.exp(ops.neg(each)))), each);
  },
  { task: 'classification' },
);

/** 30 rows in batches of 8: the last batch of an epoch holds 6. */
const options: TrainerOptions = {
  model: sequential([dense(8), centred, swish, dense(7), cube({ alpha: 0.2 }), dense(3)]),
  loss: focal,
  optimizer: adam({ learningRate: 0.02 }),
  data: { train: blobs(30) },
  batchSize: 8,
  seed: 3,
};
async function withTrainer<Result>(more: Partial<TrainerOptions>, body: (trainer: Trainer) => Promise<Result>): Promise<Result> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  try {
    return await body(trainer);
  } finally {
    trainer.destroy();
  }
}
const plain = async (trainer: Trainer): Promise<Record<string, number[]>> =>
  Object.fromEntries([...(await trainer.parameters())].map(([path, { data }]) => [path, [...data]]));

/** Features as tokens of a table, and what is not among them as zeros. */
const embedding = layer('embedding', (x, { parameter }) => {
  const table = parameter('table', [3, 4], { scheme: 'lecun_normal' });
  const token = ops.cast(ops.abs(x), 'i32');
  const known = ops.less(token, 3);
  const picked = ops.gather(table, ops.where(known, token, 0));
  return ops.flatten(ops.where(ops.reshape(known, [...x.type.shape, 1]), picked, 0));
});

test.each<[string, Partial<TrainerOptions>]>([
  ['one batch', {}],
  ['embeddings', { model: sequential([embedding, dense(3)]) }],
  ['several batches in a step', { accumulate: accumulate(2) }],
  ['several batches, and weights of one layer', { accumulate: accumulate(2), model: sequential([dense(8), attention, dense(3)]) }],
  [
    'buffers among those of batch norms',
    {
      model: sequential([dense({ units: 70, bias: false }), centred, batchNorm(), centred, batchNorm(), swish, dense(3)]),
      optimizer: sgd({ learningRate: 0.02 }),
    },
  ],
])('steps are those of float64: %s', async (_name, more) => {
  await withTrainer(more, async (trainer) => {
    const twin = new Twin({ ...options, ...more }, await trainer.parameters());
    for (const { step, loss: of, gradientNorm } of await trainer.step(8)) {
      const expected = twin.run();
      expectClose(`step ${step}`, [of, gradientNorm], [expected.loss, expected.norm], 1e-5);
    }
    const seen = await trainer.parameters();
    for (const [path, { data }] of [...twin.parameters, ...twin.buffers]) expectClose(path, seen.get(path)!.data, data, 1e-5, 0.1);
    if (seen.has('centred_1/mean')) expect(seen.get('centred_1/mean')!.data.some((value) => Math.abs(value) > 0.01)).toBe(true);
  });
});

test.each<[string, Partial<TrainerOptions>]>([
  ['one batch', {}],
  ['several batches in a step', { accumulate: accumulate(3) }],
])('a loss of one’s own says what the same loss of the library says, of a smaller batch too: %s', async (_name, more) => {
  const x = Array.from({ length: 14 }, (_, i) => [i / 6 - 1, Math.cos(i)]);
  const data = { train: dataset({ x, y: x.map(([a, b]) => [a! + b!, a! - b!]) }) };
  const records = (of: TrainerOptions['loss']) =>
    withTrainer({ model: sequential([dense(2)]), loss: of, data, batchSize: 6, ...more }, (trainer) => trainer.step(5));
  const [own, ours] = [await records(loss('own mse', ops.mse)), await records(mse())];
  for (const key of ['loss', 'gradientNorm'] as const) {
    const of = (all: typeof own): number[] => all.map((record) => record[key]);
    expectClose(key, of(own), of(ours), 1e-6);
  }
});

test('a loss whose derivative is infinite at zero trains in a batch with padding', async () => {
  const root = loss('root', (output, label) => ops.sqrt(ops.mul(ops.crossEntropy(output, label), ops.add(ops.mean(ops.square(output), -1), 1))), {
    task: 'classification',
  });
  const more = { loss: root, batchSize: 6, data: { train: blobs(10) } };
  await withTrainer(more, async (trainer) => {
    const twin = new Twin({ ...options, ...more }, await trainer.parameters());
    for (const { step, loss: of, gradientNorm } of await trainer.step(4)) {
      const expected = twin.run();
      expectClose(`step ${step}`, [of, gradientNorm], [expected.loss, expected.norm], 1e-5);
    }
  });
});

test('a run goes on from a checkpoint to the same bits, with its buffers', async () => {
  const through = await withTrainer({}, async (trainer) => {
    await trainer.step(9);
    return plain(trainer);
  });
  const file = await withTrainer({}, async (trainer) => {
    await trainer.step(4);
    return checkpoint(trainer);
  });
  const resumed = await withTrainer({}, async (trainer) => {
    restore(trainer, file);
    await trainer.step(5);
    return plain(trainer);
  });
  expect(resumed).toEqual(through);
});

test('a step that is not finite leaves a buffer as it was', async () => {
  await withTrainer({ data: undefined as never, features: 5, onNonFinite: 'skip' }, async (trainer) => {
    const y = [0, 1, 2, 0];
    const x = (value: number): number[] => Array.from({ length: 20 }, (_, i) => (i === 7 ? value : i / 10));
    await trainer.trainOnBatch({ x: x(1), y });
    const before = await plain(trainer);
    await trainer.trainOnBatch({ x: x(Number.NaN), y });
    expect(await plain(trainer)).toEqual(before);
    await trainer.trainOnBatch({ x: x(2), y });
    expect((await plain(trainer))['centred_1/mean']).not.toEqual(before['centred_1/mean']);
  });
});

test('two activations of one name are two, and one with the name of ours is not ours', async () => {
  const times = (factor: number): ReturnType<typeof wgslActivation> =>
    wgslActivation('tanh', {
      wgsl: `fn act(x: vec4f) -> vec4f { return ${factor}.0 * x; } fn act_grad(x: vec4f) -> vec4f { return vec4f(${factor}.0); }`,
      value: (x) => factor * x,
      derivative: () => factor,
    });
  const answer = async (act: ReturnType<typeof wgslActivation>): Promise<number> =>
    withTrainer(
      {
        model: sequential([act(), dense({ units: 1, initializer: { scheme: 'constant', value: 1 } })]),
        loss: loss('own', ops.mse),
        data: undefined as never,
        features: 1,
      },
      async (trainer) => (await trainer.predict([1]))[0]!,
    );
  expect(await answer(times(2))).toBe(2);
  expect(await answer(times(3))).toBe(3);
  expect(await answer(tanh)).toBeCloseTo(Math.tanh(1), 6);
});

test('WGSL that does not compile is a KernelError that names the activation', async () => {
  const wrong = wgslActivation('wrong', {
    wgsl: 'fn act(x: vec4f) -> vec4f { return y; } fn act_grad(x: vec4f) -> vec4f { return x; }',
    value: (x) => x,
    derivative: () => 1,
  });
  const made = engine.createTrainer({ ...options, model: sequential([dense(4), wrong(), dense(3)]) });
  await expect(made).rejects.toThrow(KernelError);
  await expect(made).rejects.toThrow('shaders/activations/wrong.wgsl:1:');
});

test('metrics of one’s own', async () => {
  const x = Array.from({ length: 12 }, (_, i) => [i / 6 - 1, Math.cos(i)]);
  const train = dataset({ x, y: x.map(([a, b]) => [a! + b!]) });
  await withTrainer(
    { model: sequential([dense(1)]), loss: loss('huber', ops.huber), optimizer: sgd({ learningRate: 0.3 }), data: { train } },
    async (trainer) => {
      await trainer.step(60);
      const largest = (outputs: Float32Array, targets: Float32Array): number =>
        outputs.reduce((most, value, i) => Math.max(most, Math.abs(value - targets[i]!)), 0);
      expect((await trainer.evaluate(train)).loss).toBeLessThan(1e-4);
      const metrics = await measure(trainer, train, { largest, rows: (_o, _t, { rows }) => rows });
      expect(metrics.rows).toBe(12);
      expect(metrics.largest).toBeGreaterThan(0);
      expect(metrics.largest).toBeLessThan(0.02);
      await expect(measure(trainer, train, { own: () => '1' as never })).rejects.toThrow(
        new UsageError('measure: own: expected it to return a number, got "1"'),
      );
      await expect(measure(trainer, train, { own: 3 as never })).rejects.toThrow('measure: own: expected a function of outputs and targets, got 3');
      await expect(measure(trainer, train, {})).rejects.toThrow('measure: expected metrics by name, got {}');
      await expect(measure(trainer, blobs(4), { largest })).rejects.toThrow('predict: x: expected 2 numbers in a row, as the model takes them, got 5');
    },
  );
});
