// The training loop: early stopping, changed rates, pausing, stopping, aborting, evaluation.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { Graph } from '../../src/graph/graph.ts';
import type { ValidationRecord } from '../../src/inspect/history.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { mae, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { interpret, maxAbs, tensor64 } from '../../src/reference/index.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { HostTensor } from '../../src/train/parameters.ts';
import { exponential } from '../../src/train/schedules.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const [train, validation] = [blobs(40), blobs(30, 5, 3, 6)];
const options: TrainerOptions = {
  model: sequential([dense(16), batchNorm(), activation('relu'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.03 }),
  data: { train, validation },
  batchSize: 16,
  probes: null,
};
const plain = (tensors: Map<string, HostTensor>): Record<string, number[]> => Object.fromEntries([...tensors].map(([path, { data }]) => [path, [...data]]));

describe('early stopping', () => {
  test.each([true, false])('ends after the patience; restoring the best: %s', async (restoreBest) => {
    const trainer = await engine.createTrainer(options);
    const checks: { check: ValidationRecord; parameters: Promise<Map<string, HostTensor>> }[] = [];
    const history = await trainer.fit({
      steps: 400,
      validateEvery: 3,
      earlyStopping: earlyStopping({ patience: 4, restoreBest }),
      onValidation: (check) => checks.push({ check, parameters: trainer.parameters() }),
    });
    const losses = checks.map(({ check }) => check.validationLoss);
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBe(losses.length - 1 - 4);
    expect(history.validations.map((check) => check.step)).toEqual(losses.map((_, i) => 3 * (i + 1)));
    expect(trainer.steps).toBe(3 * losses.length);
    const kept = plain(await checks[restoreBest ? best : losses.length - 1]!.parameters);
    expect(Object.keys(kept)).toContain('batch_norm_1/running_variance');
    expect(plain(await trainer.parameters())).toEqual(kept);
    const { loss } = await trainer.evaluate(validation);
    expect(loss).toBe(losses[restoreBest ? best : losses.length - 1]);
    // The diagnosis judges the model that is kept, until the run goes on.
    expect(history.keptStep).toBe(restoreBest ? checks[best]!.check.step : undefined);
    await trainer.fit({ steps: 3, validateEvery: 3 });
    expect(history.keptStep).toBeUndefined();
    trainer.destroy();
  });

  test('a gain below minDelta does not count', async () => {
    // Without batch norm, whose running statistics would improve by themselves.
    const trainer = await engine.createTrainer({ ...options, model: sequential([dense(3)]), optimizer: sgd({ learningRate: 1e-6 }) });
    await trainer.fit({ steps: 100, validateEvery: 2, earlyStopping: earlyStopping({ patience: 3, minDelta: 0.1 }) });
    expect(trainer.steps).toBe(8);
    trainer.destroy();
  });

  test('a run that is stopped goes on: it ends where it would have ended, with the same best', async () => {
    const ends = [];
    for (const interrupt of [false, true]) {
      const trainer = await engine.createTrainer(options);
      const rule = earlyStopping({ patience: 4 });
      const go = (steps: number): Promise<unknown> =>
        trainer.fit({
          steps,
          validateEvery: 3,
          earlyStopping: rule,
          onValidation: ({ step }) => {
            if (interrupt && (step === 6 || step === rule.best!.step + 9)) trainer.stop();
          },
        });
      await go(400);
      if (interrupt) {
        expect(trainer.steps).toBe(6);
        await go(394);
        // Stopped while it waits, it stays where it is; `restore` goes back to the best.
        expect(trainer.steps).toBe(rule.best!.step + 9);
        const { loss } = await trainer.evaluate(validation);
        expect(loss).not.toBe(rule.best!.validationLoss);
        await go(300);
      }
      expect((await trainer.evaluate(validation)).loss).toBe(rule.best!.validationLoss);
      ends.push({ steps: trainer.steps, best: rule.best, parameters: plain(await trainer.parameters()) });
      trainer.destroy();
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  test('the next step waits for what onValidation does', async () => {
    const trainer = await engine.createTrainer(options);
    const seen: number[] = [];
    await trainer.fit({
      steps: 6,
      validateEvery: 2,
      onValidation: async ({ step }) => {
        await new Promise((resolve) => setTimeout(resolve, 30));
        seen.push(step, trainer.steps);
      },
    });
    expect(seen).toEqual([2, 2, 4, 4, 6, 6]);
    trainer.destroy();
  });

  test('needs a validation set', async () => {
    const trainer = await engine.createTrainer({ ...options, data: { train } });
    await expect(trainer.fit({ steps: 3, earlyStopping: earlyStopping({}) })).rejects.toThrow(
      'fit: early stopping needs a validation set: give data.validation',
    );
    trainer.destroy();
  });
});

describe('the learning rate', () => {
  test('follows its schedule, and a change from the step at which it was made', async () => {
    const trainer = await engine.createTrainer({ ...options, optimizer: sgd({ learningRate: 0.1, schedule: exponential({ gamma: 0.5 }) }) });
    const rates = (await trainer.step(3)).map((record) => record.learningRate);
    trainer.setLearningRate(0.01);
    rates.push(...(await trainer.step(2)).map((record) => record.learningRate));
    trainer.setLearningRate(0);
    const before = plain(await trainer.parameters());
    rates.push(...(await trainer.step(1)).map((record) => record.learningRate));
    expectClose('learning_rates', rates, [0.1, 0.05, 0.025, 0.01, 0.01, 0], 1e-7);
    const after = plain(await trainer.parameters());
    for (const path of Object.keys(before)) if (!path.includes('running')) expect(after[path]).toEqual(before[path]);
    expect(() => trainer.setLearningRate(1e39)).toThrow('expected a finite number of at least 0, got 1e+39');
    expect(() => trainer.setLearningRate(-1)).toThrow('setLearningRate: learningRate: expected a finite number of at least 0, got -1');
    trainer.destroy();
  });

  test('beyond the ring of rates', async () => {
    const schedule = { at: (step: number) => 1 / (step + 1) };
    const model = sequential([dense({ units: 1, bias: false, initializer: { scheme: 'constant', value: 0 } })]);
    const trainer = await engine.createTrainer({
      model,
      loss: mae(),
      optimizer: sgd({ learningRate: 1, schedule }),
      data: { train: dataset({ x: [[1]], y: [100] }) },
      probes: null,
    });
    const records = await trainer.step(5000);
    expectClose(
      'learning_rates',
      records.map(({ learningRate: rate }) => rate),
      records.map(({ step }) => 1 / step),
      1e-7,
    );
    trainer.destroy();
  });
});

describe('interruptions', () => {
  test('stop ends fit, and the trainer can go on', async () => {
    const trainer = await engine.createTrainer(options);
    await trainer.fit({ steps: 100_000, onSteps: (records) => records.at(-1)!.step >= 5 && trainer.stop() });
    const taken = trainer.steps;
    expect(taken).toBeGreaterThanOrEqual(5);
    expect(taken).toBeLessThan(50_000);
    expect(trainer.history.steps).toHaveLength(taken);
    expect(await trainer.step(2)).toHaveLength(2);
    await trainer.fit({ steps: 3 });
    expect(trainer.steps).toBe(taken + 5);
    trainer.destroy();
  });

  test('an abort signal ends fit', async () => {
    const trainer = await engine.createTrainer(options);
    const controller = new AbortController();
    await trainer.fit({ steps: 100_000, signal: controller.signal, onSteps: () => controller.abort() });
    expect(trainer.steps).toBeLessThan(50_000);
    // Aborted from the start: neither a step nor a validation.
    const [steps, checks] = [trainer.steps, trainer.history.validations.length];
    await trainer.fit({ steps: 10, validateEvery: 1, signal: controller.signal });
    expect([trainer.steps, trainer.history.validations.length]).toEqual([steps, checks]);
    trainer.destroy();
  });

  test('pause holds steps back until resume', async () => {
    const trainer = await engine.createTrainer(options);
    await trainer.step(5);
    trainer.pause();
    const more = trainer.step(20);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(trainer.steps).toBe(5);
    trainer.resume();
    expect(await more).toHaveLength(20);
    trainer.destroy();
  });

  test('progress tells step, steps and epoch', async () => {
    const trainer = await engine.createTrainer(options);
    const seen: { step: number; steps: number; epoch: number }[] = [];
    await trainer.fit({ epochs: 4, onProgress: (progress) => seen.push(progress) });
    // 40 rows in batches of 16: three steps an epoch.
    expect(seen.at(-1)).toEqual({ step: 12, steps: 12, epoch: 4 });
    expect(trainer.history.validations.map((check) => check.step)).toEqual([3, 6, 9, 12]);
    trainer.destroy();
  });
});

describe('evaluation', () => {
  test('loss, accuracy and confusion are those of the model in inference mode, on any number of rows', async () => {
    const trainer = await engine.createTrainer(options);
    await trainer.step(30);
    const rows = 300; // more than one chunk
    const set = blobs(rows, 5, 3, 8);
    const tensors = await trainer.parameters();
    const graph = new Graph();
    const { output } = trainer.model.description.build(graph, graph.input('x', [rows, 5]), 'infer', new Map());
    const losses = softmaxCrossEntropy().build(graph, output, graph.input('targets', [rows, 1], { dtype: 'i32' }));
    const inputs = new Map([
      ['x', tensor64([rows, 5], set.x)],
      ['targets', tensor64([rows, 1], set.y)],
      ...[...tensors].map(([path, { shape, data }]) => [path, tensor64(shape, data)] as const),
    ]);
    const expected = interpret(graph, inputs);
    const logits = expected.get(output)!.data;

    expectClose('logits', await trainer.predict(set.x), logits, 1e-5);
    const { loss, accuracy, confusion } = await trainer.evaluate(set);
    expect(loss).toBeCloseTo(expected.get(losses)!.data.reduce((sum, v) => sum + v, 0) / rows, 5);
    const answers = Array.from({ length: rows }, (_, r) => [0, 1, 2].reduce((best, c) => (logits[r * 3 + c]! > logits[r * 3 + best]! ? c : best), 0));
    expect(accuracy).toBe(answers.filter((answer, r) => answer === set.y[r]).length / rows);
    expect(confusion).toEqual([0, 1, 2].map((truth) => [0, 1, 2].map((answer) => answers.filter((a, r) => a === answer && set.y[r] === truth).length)));
    expect(maxAbs(logits)).toBeGreaterThan(0);
    trainer.destroy();
  });

  test('what does not fit is refused', async () => {
    const trainer = await engine.createTrainer(options);
    await expect(trainer.evaluate(blobs(10, 4))).rejects.toThrow('evaluate: x: expected 5 numbers in a row, as the model takes them, got 4');
    await expect(trainer.predict(new Float32Array(7))).rejects.toThrow('predict: x: expected rows of 5 numbers, got 7 values');
    await expect(trainer.trainOnBatch({ x: new Float32Array(5), y: new Float32Array(1) })).rejects.toThrow(
      'trainOnBatch: this trainer has a data set of its own: use step or fit',
    );
    await expect(trainer.step(0)).rejects.toThrow('step: count: expected a positive integer, got 0');
    await expect(trainer.fit({})).rejects.toThrow('fit: give epochs or steps');
    await expect(trainer.fit({ epochs: 1, steps: 1 })).rejects.toThrow('fit: give epochs or steps, not both');
    expect(() => trainer.setParameters(new Map([['dense_1/weight', { shape: [2, 2], data: new Float32Array(4) }]]))).toThrow(
      'dense_1/weight: expected a tensor of [5, 16], got [2, 2]',
    );
    expect(() => trainer.setParameters(new Map([['dense_9/weight', { shape: [1], data: new Float32Array(1) }]]))).toThrow(
      'there is no parameter dense_9/weight; there are dense_1/weight',
    );
    trainer.destroy();
  });
});

test('a network learns what it is given', async () => {
  const trainer = await engine.createTrainer(options);
  const { steps } = await trainer.fit({ epochs: 40 });
  expect(steps.at(-1)!.loss).toBeLessThan(0.5 * steps.at(0)!.loss);
  expect((await trainer.evaluate(train)).accuracy).toBeGreaterThan(0.9);
  trainer.destroy();
});
