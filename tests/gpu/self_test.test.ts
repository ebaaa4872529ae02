// The self-test: every kernel of a plan beside float64, and what it does about a wrong one.
import { afterEach, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { Graph } from '../../src/graph/graph.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, conv2d, dense, dropout, globalAvgPool2d, groupNorm, layerNorm, maxPool2d, repeat, reshape } from '../../src/nn/layers.ts';
import { mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { openPlan, storePlan } from '../../src/scheduler/stored.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { selfTest, type VariantResult } from '../../src/verify/index.ts';
import { blobs } from '../support/models.ts';
import { lostHalf, type Plants, trainerWhere as planted } from '../support/planted.ts';

const data = { train: blobs(200, 8) };
const SMALL: TrainerOptions = {
  model: sequential([dense(8), activation('tanh'), dense(8), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  data,
  batchSize: 16,
  probes: null,
};

let engine: Engine;
afterEach(() => engine.destroy());

/** A trainer on an engine whose kernels of these names the device computes wrongly. */
async function trainerWhere(options: TrainerOptions, wrong?: Plants, swiftshader?: boolean): Promise<Trainer> {
  const made = await planted(options, wrong, swiftshader);
  engine = made.engine;
  return made.trainer;
}

const wrongOf = (variants: readonly VariantResult[]): string[] => [
  ...new Set(variants.filter(({ verdict }) => verdict === 'wrong').map(({ kernel }) => kernel)),
];

const DENSE: TrainerOptions = {
  ...SMALL,
  model: sequential([repeat(2, [dense(24), batchNorm(), activation('tanh')]), dense(12), activation('relu'), layerNorm(), dropout(0.2), dense(3)]),
  optimizer: adam({ learningRate: 0.01 }),
  batchSize: 64,
  clip: { norm: 1 },
  probes: {
    tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'],
    every: 10,
    norms: norms({ every: 1 }),
    activity: activity(),
    histograms: histograms({ every: 10 }),
  },
};
const pixels = blobs(40, 64);
const labels = Array.from({ length: 40 }, (_, i) => i % 3);
const IMAGES: TrainerOptions = {
  ...SMALL,
  model: sequential([
    reshape({ shape: [8, 8, 1] }),
    conv2d({ filters: 8, kernelSize: 3, padding: 'same' }),
    activation('relu'),
    maxPool2d({ kernelSize: 2 }),
    conv2d({ filters: 8, kernelSize: 3 }),
    groupNorm({ groups: 2 }),
    globalAvgPool2d(),
    dense(3),
  ]),
  data: { train: dataset({ x: pixels.x, y: labels, shape: [8, 8, 1], classes: 3 }) },
};

test.each([
  ['dense layers with all probes', DENSE],
  ['convolutions', IMAGES],
])('%s: every kernel is tested and right, with no pipeline more', async (_name, options) => {
  const trainer = await trainerWhere(options);
  const before = engine.cache.size;
  const { verdict, variants, message } = await selfTest(engine, trainer.plan, { seconds: 60 });
  expect(variants.filter((each) => each.verdict === 'not tested')).toEqual([]);
  expect(verdict, message).toBe('right');
  expect(variants.reduce((sum, { dispatches }) => sum + dispatches, 0)).toBe(trainer.plan.dispatches.length);
  // Rounding, far below what counts as wrong.
  expect(Math.max(...variants.map(({ error = 1 }) => error))).toBeLessThan(1e-5);
  expect(engine.cache.size).toBe(before);
  expect(await trainer.step(2)).toHaveLength(2);
});

const rows = (width: number, by: number): number[][] =>
  Array.from({ length: 40 }, (_, i) => Array.from({ length: width }, (_, j) => Math.sin(by * i * width + j)));
/** A network without products, whose portable kernels take SwiftShader long to compile. */
const normed = (width: number): TrainerOptions => ({
  ...SMALL,
  model: sequential([layerNorm(), activation('tanh')]),
  loss: mse(),
  data: { train: dataset({ x: rows(width, 1), y: rows(width, 2) }) },
});

test('a wrong kernel of SwiftShader is named and replaced, and the trainer goes on with portable ones', async (context) => {
  const trainer = await trainerWhere(normed(64), { squared_norm: lostHalf('LANES == 4u') });
  if (!engine.device.capabilities.swiftshader) return context.skip('this is not SwiftShader');
  const told = await selfTest(engine, trainer.plan, { act: false });
  expect(told.verdict).toBe('wrong');
  expect(wrongOf(told.variants)).toEqual(['squared_norm']);
  const { verdict, message, portable } = await selfTest(engine, trainer.plan);
  expect(verdict, message).toBe('replaced');
  expect(message).toMatch(
    /^A kernel computes wrong numbers on this device: squared_norm \(gradient_norm\[0\]: .* came where .* is right\)\. The portable kernels/,
  );
  expect(wrongOf(portable!)).toEqual([]);
  expect(trainer.plan.dispatches.find(({ kernel }) => kernel === 'squared_norm')!.overrides).toEqual({ LANES: 64 });
  const wrong = (await trainer.step(5)).at(-1)!;
  engine.destroy();
  const right = (await (await trainerWhere(normed(64))).step(5)).at(-1)!;
  expect(Math.abs(wrong.gradientNorm / right.gradientNorm - 1)).toBeLessThan(1e-5);
});

test('where the portable kernel is wrong, too, training is refused in words', async () => {
  const trainer = await trainerWhere(normed(512), { squared_norm: lostHalf('true') });
  const { verdict, message } = await selfTest(engine, trainer.plan);
  expect(verdict).toBe('wrong');
  expect(message).toMatch(/squared_norm \(gradient_norm.*Training is refused: update the browser or the GPU driver/);
  await expect(trainer.step()).rejects.toThrow(message);
  await expect(engine.createTrainer(SMALL)).rejects.toMatchObject({ name: 'DeviceError', reason: 'failed', message });
});

// What the first run on llvmpipe found by chance.
test("SwiftShader's kernels on llvmpipe: the norm that loses half of its sum is found and replaced", async (context) => {
  engine = await createEngine();
  if (!engine.adapter.description.includes('llvmpipe')) return context.skip('no llvmpipe');
  engine.destroy();
  const trainer = await trainerWhere(normed(64), {}, true);
  const { verdict, variants, message } = await selfTest(engine, trainer.plan);
  expect(wrongOf(variants), message).toContain('squared_norm');
  expect(verdict, message).toBe('replaced');
});

test('a program, a custom op and a plan that was opened', async () => {
  engine = await createEngine();
  const graph = new Graph();
  const y = ops.softmax(ops.matmul(graph.input('x', [12, 20], { batch: true }), graph.parameter('w', [20, 7])));
  const program = await compile(engine, graph, { outputs: [y] });
  expect((await selfTest(engine, program.plan)).variants.map(({ kernel, verdict }) => `${kernel} ${verdict}`)).toEqual(
    expect.arrayContaining(['softmax right']),
  );
  const { verdict, variants, message } = await selfTest(engine, openPlan(storePlan(program.plan)));
  expect(verdict).toBe('right');
  expect(new Set(variants.map((each) => each.detail))).toEqual(new Set(['the plan was opened from a text, which names no ops']));
  expect(message).toMatch(/^None of \d kernel variants could be tested\.$/);
});

test('what is no engine and no plan is refused', async () => {
  engine = await createEngine();
  await expect(selfTest({} as Engine, {} as Plan)).rejects.toThrow('selfTest: expected an engine');
  await expect(selfTest(engine, {} as Plan)).rejects.toThrow('selfTest: expected a plan');
  await expect(selfTest(engine, (await engine.createTrainer(SMALL)).plan, { seconds: -1 })).rejects.toThrow('selfTest: seconds');
});
