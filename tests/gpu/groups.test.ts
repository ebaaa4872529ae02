// Parameter groups on the GPU: against the float64 twin and against trainers that do without.
import { afterAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { TENSOR_KINDS } from '../../src/inspect/history.ts';
import { layer, ones, zeros } from '../../src/nn/custom.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { add, mul, stopGradient, sum } from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import type { ParameterGroup } from '../../src/train/groups.ts';
import { adam, sgd } from '../../src/train/optimizers.ts';
import type { HostTensor } from '../../src/train/parameters.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { expectClose } from '../support/gpu.ts';
import { Twin } from '../support/twin.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const random = new Random(5);
const train = dataset({
  x: Array.from({ length: 20 }, () => Array.from({ length: 4 }, () => random.normal())),
  y: Array.from({ length: 20 }, (_, i) => i % 3),
  classes: 3,
});
// A bias before batch norm has no gradient but rounding, which Adam makes large.
const unbiased = { units: 6, bias: false };
const net = sequential([dense(unbiased), batchNorm(), activation('relu'), dropout(0.2), dense(unbiased), batchNorm(), activation('tanh'), dense(3)]);
const options = { model: net, loss: softmaxCrossEntropy(), optimizer: adam({ rate: 0.05, weightDecay: 0.1 }), data: { train }, batchSize: 8, seed: 3 };
const bits = (tensors: ReadonlyMap<string, HostTensor>): Record<string, string> =>
  Object.fromEntries([...tensors].map(([path, { data }]) => [path, data.join()]));

/** Trains next to its twin, which starts from the same numbers. */
async function withTwin(more: Partial<TrainerOptions>, steps: number) {
  const all = { ...options, ...more };
  const trainer = await engine.createTrainer(all);
  const start = await trainer.parameters();
  const twin = new Twin(all, start);
  for (let step = 1; step <= steps; step++) {
    const [record] = await trainer.step();
    const expected = twin.run();
    expect(record!.loss, `loss of step ${step}`).toBeCloseTo(expected.loss, 5);
    expect(record!.gradientNorm / expected.norm, `norm of step ${step}`).toBeCloseTo(1, 4);
  }
  const end = await trainer.parameters();
  for (const [path, { data }] of [...twin.parameters, ...twin.running]) expectClose(path, end.get(path)!.data, data, 1e-5, 1);
  return { trainer, twin, start: bits(start), end: bits(end) };
}

describe('frozen layers', () => {
  const CASES: [groups: ParameterGroup[], still: string[], moves: string[]][] = [
    [
      [{ match: ['dense_1', 'batch_norm_1'], frozen: true }],
      ['dense_1/weight', 'batch_norm_1/gamma', 'batch_norm_1/running_mean'],
      ['batch_norm_2/running_mean', 'dense_2/weight'],
    ],
    [
      [{ match: 'batch_norm_2', frozen: true }],
      ['batch_norm_2/beta', 'batch_norm_2/running_variance'],
      ['dense_1/weight', 'dense_2/weight', 'batch_norm_1/running_mean'],
    ],
    [[{ match: 'batch_norm_1', frozen: true, statistics: 'batch' }], ['batch_norm_1/gamma'], ['batch_norm_1/running_mean', 'dense_1/weight']],
    [[{ match: '*/bias', frozen: true }], ['dense_3/bias'], ['dense_1/weight']],
  ];
  test.each(CASES)('%j', async (groups, still, moves) => {
    const { trainer, start, end } = await withTwin({ groups }, 4);
    for (const path of still) expect(end[path], path).toBe(start[path]);
    for (const path of moves) expect(end[path], path).not.toBe(start[path]);
    trainer.destroy();
  });

  test('what is seen of them: z, h and weight; delta where a layer below needs it', async () => {
    const probes = { tensors: TENSOR_KINDS, activity: activity(), histograms: histograms({ every: 1 }) };
    const { trainer, twin } = await withTwin({ groups: [{ match: ['dense_1', 'batch_norm_1'], frozen: true }], probes }, 2);
    const [record] = await trainer.step();
    twin.run();
    const kinds = record!.layers!.map(({ tensors }) => Object.keys(tensors).sort());
    expect(trainer.history.layers.map(({ frozen }) => !!frozen)).toEqual([true, false, false]);
    expect(kinds).toEqual([['h', 'weight', 'z'], [...TENSOR_KINDS].sort(), [...TENSOR_KINDS].sort()]);
    const seen = record!.layers!.flatMap(({ tensors }) => TENSOR_KINDS.flatMap((kind) => tensors[kind] ?? []));
    twin
      .stats()
      .slice(0, seen.length)
      .forEach((expected, i) => expectClose(`statistics ${i}`, [seen[i]!.l2, seen[i]!.mean], [expected.l2, expected.mean], 2e-5, expected.l2));
    trainer.destroy();
  });

  test('a layer of its own keeps its buffers, and is told to use them', async () => {
    const told: boolean[] = [];
    const counting = layer('counting', (x, { parameter, buffer, assign, keepsStatistics }) => {
      const seen = buffer('seen', [1]);
      if (!keepsStatistics) assign(seen, add(seen, 1));
      else assign(seen, mul(seen, 0));
      told.push(keepsStatistics);
      return mul(x, add(parameter('gain', [6], ones()), mul(0, stopGradient(sum(parameter('shift', [6], zeros()))))));
    });
    const own = { ...options, model: sequential([dense(6), counting, dense(3)]), optimizer: sgd({ rate: 0.1 }) };
    const [free, frozen] = [await engine.createTrainer({ ...own, freeze: ['*/shift'] }), await engine.createTrainer({ ...own, freeze: ['counting_1'] })];
    expect(told).toContain(false);
    expect(told).toContain(true);
    for (const trainer of [free, frozen]) await trainer.step(3);
    expect((await free.parameters()).get('counting_1/seen')!.data[0]).toBe(3);
    expect((await frozen.parameters()).get('counting_1/seen')!.data[0]).toBe(0);
    for (const trainer of [free, frozen]) trainer.destroy();
  });
});
