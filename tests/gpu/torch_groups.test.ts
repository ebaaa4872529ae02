// Recorded runs of PyTorch with parameter groups: rates and decays of their own, a layer that is unfrozen on the way, frozen batch norm.
import { afterAll, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { type Sequential, sequential } from '../../src/nn/sequential.ts';
import type { ParameterGroup } from '../../src/train/groups.ts';
import { type Optimizer, sgd } from '../../src/train/optimizers.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { Trainer } from '../../src/train/trainer.ts';
import { batch_norm as norms, unfreezing } from '../fixtures/torch_groups.json';
import { expectClose } from '../support/gpu.ts';
import { OPTIMIZERS } from '../support/plans.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

type Recorded = Record<string, number[]>;

/** A trainer on the whole data set at every step, from PyTorch's initial values. */
async function start(model: Sequential, optimizer: Optimizer, { x, y, initial }: { x: number[]; y: number[]; initial: Recorded }, groups: ParameterGroup[]) {
  const train = dataset({ x, y, shape: [x.length / y.length], classes: 3 });
  const trainer = await engine.createTrainer({ model, loss: softmaxCrossEntropy(), optimizer, data: { train }, batchSize: y.length, shuffle: false, groups });
  trainer.setParameters(new Map(Object.entries(initial).map(([path, data]) => [path, { data }])));
  return trainer;
}

async function expectWeights(trainer: Trainer, expected: Recorded, when: string): Promise<void> {
  const got = await trainer.parameters();
  expect([...got.keys()].sort()).toEqual(Object.keys(expected).sort());
  for (const [path, values] of Object.entries(expected))
    expectClose(`${path} ${when}`, got.get(path)!.data, values, 1e-5, Math.max(1, ...values.map(Math.abs)));
}

async function expectLosses(trainer: Trainer, expected: number[]): Promise<void> {
  const records = await trainer.step(expected.length);
  expectClose(
    'losses',
    records.map(({ loss }) => loss),
    expected,
    3e-6,
  );
}

const slow: ParameterGroup = { match: 'dense_1', learningRateFactor: 0.1, weightDecayFactor: 2 };

test.each(Object.entries(OPTIMIZERS))('%s with groups, of which one is unfrozen after four steps', async (name, optimizer) => {
  const { losses, half, final } = (unfreezing.runs as Record<string, { losses: number[]; half: Recorded; final: Recorded }>)[name]!;
  const model = sequential([dense(4), activation('tanh'), dense(4), activation('tanh'), dense(3)]);
  const trainer = await start(model, optimizer, unfreezing, [slow, { match: 'dense_2', frozen: true }]);
  await expectLosses(trainer, losses.slice(0, 4));
  await expectWeights(trainer, half, 'when it is unfrozen');
  await setGroups(trainer, [slow]);
  await expectLosses(trainer, losses.slice(4));
  await expectWeights(trainer, final, 'at the end');
  trainer.destroy();
});

test.each(['batch', 'running'] as const)("a frozen batch norm, statistics: '%s'", async (statistics) => {
  const { losses, final } = norms.runs[statistics];
  const model = sequential([dense(6), batchNorm(), activation('tanh'), dense(3)]);
  const trainer = await start(model, sgd({ learningRate: 0.2 }), norms, [{ match: 'batch_norm_1', frozen: true, statistics }]);
  await expectLosses(trainer, losses);
  await expectWeights(trainer, final, 'at the end');
  trainer.destroy();
});
