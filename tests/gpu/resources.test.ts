// What a run costs: after the first step nothing is created, after a trainer's end nothing is left, and a lost device is an error, never zeros.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DeviceError, FathomError, UsageError } from '../../src/errors.ts';
import { adapterOf } from '../../src/gpu/request.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense, dropout, repeat } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

const train = blobs(50);
const options: TrainerOptions = {
  model: sequential([repeat(3, [dense(8), batchNorm(), activation('gelu'), dropout(0.1)]), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train, validation: blobs(20, 5, 3, 2) },
  batchSize: 16,
  probes: {
    activity: activity(),
    tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'],
    histograms: histograms({ every: 3 }),
    norms: norms({ every: 2 }),
  },
};

type Counts = Record<string, number>;
const CREATE = [
  'createBuffer',
  'createBindGroup',
  'createBindGroupLayout',
  'createPipelineLayout',
  'createComputePipeline',
  'createComputePipelineAsync',
  'createShaderModule',
] as const;

/** For the tests that leave their device alive. */
let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

let counts: Counts;
const alive = new Set<GPUBuffer>();
let restore: (() => void)[] = [];

/** Puts `before` in front of a method of WebGPU for the time of a test. */
// biome-ignore lint/suspicious/noExplicitAny: prototypes of several classes
function spy(prototype: any, name: string, after: (result: any, self: any) => void): void {
  const original = prototype[name];
  prototype[name] = function (...args: unknown[]) {
    const result = original.apply(this, args);
    after(result, this);
    return result;
  };
  restore.push(() => {
    prototype[name] = original;
  });
}

beforeEach(() => {
  counts = {};
  alive.clear();
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  for (const name of CREATE)
    spy(GPUDevice.prototype, name, (result) => {
      count(name);
      if (name === 'createBuffer') alive.add(result);
    });
  spy(GPUBuffer.prototype, 'destroy', (_result, buffer) => alive.delete(buffer));
  spy(GPUQueue.prototype, 'submit', () => count('submit'));
  spy(GPUQueue.prototype, 'writeBuffer', () => count('writeBuffer'));
  spy(GPUCommandEncoder.prototype, 'beginComputePass', () => count('pass'));
  spy(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => count('dispatch'));
});
afterEach(() => {
  for (const undo of restore) undo();
  restore = [];
});

test('a step is one pass and one submit, and nothing is created or written after the first', async () => {
  const trainer = await engine.createTrainer({ ...options, probes: null });
  await trainer.enqueueStep();
  counts = {};
  for (let i = 0; i < 20; i++) await trainer.enqueueStep();
  expect(counts).toEqual({ submit: 20, pass: 20, dispatch: 20 * trainer.counts.dispatches });
  counts = {};
  for (let i = 0; i < 20; i++) trainer.enqueueStep({ readback: false });
  expect(counts).toEqual({ submit: 20, pass: 20, dispatch: 20 * trainer.counts.dispatches });
  trainer.destroy();
});

test('nor with everything watched', async () => {
  const trainer = await engine.createTrainer(options);
  // Six steps have met every group of probes: their staging buffers are warm.
  for (let i = 0; i < 6; i++) await trainer.enqueueStep();
  counts = {};
  for (let i = 0; i < 20; i++) await trainer.enqueueStep();
  for (const name of CREATE) expect(counts[name], name).toBeUndefined();
  expect(counts).toMatchObject({ submit: 20, pass: 20 });
  trainer.destroy();
});

test('many steps fit into one submit', async () => {
  const trainer = await engine.createTrainer({ ...options, probes: null });
  await trainer.step(40);
  counts = {};
  await trainer.step(40);
  expect(counts.submit).toBeLessThan(40);
  expect(counts.pass).toBe(counts.submit);
  expect(counts.dispatch).toBe(40 * trainer.counts.dispatches);
  trainer.destroy();
});

test('fifty trainers come and go, and no buffer is left', async () => {
  for (let i = 0; i < 50; i++) {
    const trainer = await engine.createTrainer({ ...options, seed: i });
    await trainer.step(2);
    if (i % 10 === 0) {
      await trainer.fit({ steps: 4, validateEvery: 2, earlyStopping: earlyStopping({ patience: 1 }) });
      await trainer.predict(train.x.slice(0, 5));
    }
    trainer.destroy();
    trainer.destroy();
  }
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect([...alive].map((buffer) => buffer.label)).toEqual([]);
  // Pipelines are made once for all of them.
  expect(counts.createComputePipelineAsync).toBeLessThan(80);
});

test('a trainer that cannot be built leaves nothing behind', async () => {
  await expect(engine.createTrainer({ ...options, data: { train, validation: blobs(9, 4) } })).rejects.toThrow(
    'data.validation: x: expected 5 numbers in a row, as the model takes them, got 4',
  );
  await expect(engine.createTrainer({ ...options, model: sequential([dense(2)]) })).rejects.toThrow('data.train has 3 classes, but the model has 2 outputs');
  await expect(engine.createTrainer({ ...options, model: sequential([dense(4)]) })).rejects.toThrow('data.train has 3 classes, but the model has 4 outputs');
  const alike = dataset({ x: [[1], [2]], y: [0, 0], classes: 2 });
  const always = 'the loss softmax_cross_entropy compares outputs, of which the model has one, so that every answer is right';
  await expect(engine.createTrainer({ ...options, model: sequential([dense(1)]), data: { train: alike } })).rejects.toThrow(always);
  await expect(engine.createTrainer({ ...options, model: sequential([dense(1)]), features: 1, data: undefined as never })).rejects.toThrow(always);
  await expect(engine.createTrainer({ ...options, batchSize: 0 })).rejects.toThrow('batchSize: expected a positive integer, got 0');
  expect([...alive].map((buffer) => buffer.label)).toEqual([]);
});

describe('the end of a device', () => {
  test('rejects what is pending and what comes after, with a DeviceError, where nothing is to come in its place', async () => {
    const engine = await createEngine({ recovery: false });
    const trainer = await engine.createTrainer(options);
    await trainer.step(3);
    const pending = [trainer.step(500), trainer.parameters(), trainer.evaluate(train), trainer.predict(train.x)].map((promise) =>
      promise.then(
        () => 'resolved',
        (error: unknown) => error,
      ),
    );
    engine.gpu.destroy();
    for (const outcome of await Promise.all(pending)) {
      expect(outcome).toBeInstanceOf(DeviceError);
      expect((outcome as DeviceError).reason).toBe('lost');
    }
    expect((await engine.lost).message).toContain('the GPU device was destroyed: ');
    await expect(trainer.step()).rejects.toThrow(DeviceError);
    await expect(trainer.parameters()).rejects.toThrow(DeviceError);
    await expect(trainer.evaluate(train)).rejects.toThrow(DeviceError);
    await expect(engine.createTrainer(options)).rejects.toThrow(DeviceError);
  });

  test('a device that came from outside is not destroyed with the engine', async () => {
    const adapter = await adapterOf(navigator.gpu);
    const device = await adapter!.requestDevice();
    const engine = await createEngine({ device });
    const trainer = await engine.createTrainer({ ...options, probes: null });
    const [record] = await trainer.step();
    expect(record!.loss).toBeGreaterThan(0);
    trainer.destroy();
    engine.destroy();
    const buffer = device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ });
    await buffer.mapAsync(GPUMapMode.READ);
    device.destroy();
  });
});

describe('the end of a trainer', () => {
  test('rejects what is pending with an error of ours', async () => {
    const trainer = await engine.createTrainer(options);
    const pending = trainer.step(200).then(
      (records) => records.length,
      (error: unknown) => error,
    );
    trainer.destroy();
    expect(await pending).toBeInstanceOf(FathomError);
    await expect(trainer.step()).rejects.toThrow('this trainer was destroyed: create a new one');
    // Results that are on their way say the same, and not that the GPU failed.
    const other = await engine.createTrainer(options);
    await other.step();
    const flying = [other.enqueueStep(), other.loss(), other.model.parameters()];
    other.destroy();
    for (const each of flying) await expect(each).rejects.toThrow('destroyed before its results had arrived: await them first');
    // The engine goes on.
    const next = await engine.createTrainer(options);
    expect(await next.step()).toHaveLength(1);
    next.destroy();
  });

  test('no dispatch of a model that answers is long: wide layers take fewer rows at a time', async () => {
    let submits = 0;
    spy(GPUQueue.prototype, 'submit', () => submits++);
    const wide = await engine.createModel(sequential([dense({ units: 1500, bias: false })]), { features: 1500 });
    wide.setParameters(
      new Map([['dense_1/weight', { shape: [1500, 1500], data: Float32Array.from({ length: 1500 * 1500 }, (_, i) => Number(i % 1501 === 0)) }]]),
    );
    const rows = Float32Array.from({ length: 200 * 1500 }, (_, i) => i % 257);
    submits = 0;
    expect(await wide.predict(rows)).toEqual(rows);
    // 256 rows at a time would be 576 million multiply-adds in one.
    expect(submits).toBeGreaterThanOrEqual(2);
    wide.destroy();
  });

  test('two calls at a time are refused', async () => {
    const trainer = await engine.createTrainer(options);
    const first = trainer.step(3);
    await expect(trainer.step()).rejects.toThrow(UsageError);
    expect(await first).toHaveLength(3);
    trainer.destroy();
  });
});
