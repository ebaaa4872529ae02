// The profiling mode: a time for each dispatch of a step, and the step is a real one.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { activation, createEngine, dense, type Engine, mse, profile, sequential, sgd } from '../../src/index.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

test('times every dispatch by kernel and layer', async ({ skip }) => {
  if (!engine.gpu.features.has('timestamp-query')) skip('this adapter has no timestamps');
  const trainer = await engine.createTrainer({
    model: sequential([dense(64), activation('tanh'), dense(1)]),
    loss: mse(),
    optimizer: sgd({ learningRate: 0.1 }),
    features: 64,
    batchSize: 64,
    probes: null,
  });
  await trainer.trainOnBatch({ x: new Float32Array(64 * 64).fill(0.1), y: new Float32Array(64).fill(1) });
  const before = await trainer.parameters();
  const rows = await profile(trainer);
  expect(rows).toHaveLength(trainer.counts.dispatches);
  expect(rows.some((row) => row.label.includes('dense_1'))).toBe(true);
  expect(rows.every((row) => row.milliseconds >= 0)).toBe(true);
  const after = await trainer.parameters();
  expect(after.get('dense_2/bias')!.data[0]).not.toBe(before.get('dense_2/bias')!.data[0]);
  trainer.destroy();
});
