// Statistics against figures of PyTorch in float64 (tests/fixtures/torch_statistics.py): means near zero, and updates that f32 weights cannot hold.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { Device } from '../../src/gpu/device.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { ProbeOptions } from '../../src/inspect/probes.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { mae, mse } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { muon, type Optimizer, sgd } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { tanh_network, updates } from '../fixtures/torch_statistics.json';
import { kernelsHere, withCapabilities } from '../support/gpu.ts';
import { OPTIMIZERS } from '../support/plans.ts';

let engine: Engine;

const within = (what: string, got: number, expected: number, tolerance: number): void =>
  expect(Math.abs(got - expected), `${what}: ${got}, PyTorch ${expected}`).toBeLessThanOrEqual(tolerance);

// The kernels of both kinds of adapter, as far as they run here.
describe.each(await kernelsHere())('kernels: %s', (_name, swiftshader) => {
  beforeAll(async () => {
    engine = new Engine(withCapabilities(await Device.create(), { swiftshader }));
  });
  afterAll(() => engine.destroy());

  test('means of activations near zero, after 20 layers of tanh', async () => {
    const trainer = await engine.createTrainer({
      model: sequential(tanh_network.layers.flatMap(() => [dense({ units: 8, bias: false }), activation('tanh')])),
      loss: mse(),
      optimizer: sgd({ learningRate: 0.01 }),
      features: 8,
      batchSize: 64,
      probes: { tensors: ['h'] },
    });
    const paths = [...(await trainer.parameters()).keys()];
    trainer.setParameters(new Map(paths.map((path, l) => [path, { shape: [8, 8], data: Float32Array.from(tanh_network.weights[l]!) }])));
    const record = await trainer.trainOnBatch({ x: Float32Array.from(tanh_network.x), y: new Float32Array(64 * 8) });
    tanh_network.layers.forEach(({ mean, absMean }, l) => {
      const h = record!.layers![l]!.tensors.h!;
      within(`mean after layer ${l + 1}`, h.mean, mean, 1e-6 * absMean);
      within(`mean of |h| after layer ${l + 1}`, h.absMean, absMean, 1e-6 * absMean);
    });
    trainer.destroy();
    // The kernels of a GPU take a software adapter long to compile.
  }, 180_000);

  describe('updates', () => {
    const { rate, weights, gradients, runs } = updates;
    const features = weights.length;

    async function trainerOf(optimizer: Optimizer, probes: ProbeOptions | null, more: Partial<TrainerOptions> = {}): Promise<Trainer> {
      const trainer = await engine.createTrainer({
        model: sequential([dense({ units: 1, bias: false })]),
        // Below the target the derivative is -1 for every output: the gradient is -x.
        loss: mae(),
        optimizer,
        features,
        batchSize: 1,
        probes,
        ...more,
      });
      trainer.setParameters(new Map([['dense_1/weight', { shape: [features, 1], data: Float32Array.from(weights) }]]));
      return trainer;
    }
    const batch = (gradient: readonly number[]) => ({ x: Float32Array.from(gradient, (g) => -g), y: Float32Array.of(1e9) });

    test.each(Object.entries(OPTIMIZERS))(
      '%s: what a tiny one asks for, how much of it the weights hold, and the same bits looked at or not',
      async (name, optimizer) => {
        // The figures are of a vector, which Muon leaves to AdamW.
        const tiny = { ...(name === 'muon' ? muon({ learningRate: 0.02, weightDecay: 0.1, exclude: ['*'] }) : optimizer), learningRateAt: () => rate };
        const bits: number[][] = [];
        for (const every of [1, 2, 0]) {
          const trainer = await trainerOf(tiny, every ? { every, tensors: ['weight', 'update'] } : null);
          for (const [i, expected] of (runs as Record<string, { l2: number; mean: number; ratio: number; applied: number }[]>)[name]!.entries()) {
            const record = await trainer.trainOnBatch(batch(gradients[i]!));
            if (!every || (i + 1) % every !== 0) continue;
            const { tensors, updateToWeight } = record!.layers![0]!;
            const what = `step ${i + 1}`;
            within(`${what}: l2`, tensors.update!.l2, expected.l2, 3e-6 * expected.l2);
            within(`${what}: mean`, tensors.update!.mean, expected.mean, 1e-6 * expected.l2);
            within(`${what}: ratio`, updateToWeight!.l2, expected.ratio, 3e-6 * expected.ratio);
            within(`${what}: applied`, updateToWeight!.applied!, expected.applied, 1e-4);
          }
          bits.push([...new Uint32Array((await trainer.parameters()).get('dense_1/weight')!.data.buffer)]);
          trainer.destroy();
        }
        expect(bits[0]).toEqual(bits[2]);
        expect(bits[1]).toEqual(bits[2]);
      },
      180_000,
    );

    test('are 0 in a step that is skipped', async () => {
      const trainer = await trainerOf(sgd({ learningRate: 0.1 }), { tensors: ['weight', 'update'], norms: norms({ every: 1 }) }, { onNonFinite: 'skip' });
      const taken = await trainer.trainOnBatch(batch(gradients[0]!));
      expect(taken!.layers![0]!.tensors.update!.l2).toBeGreaterThan(0);
      expect(taken!.layers![0]!.updateToWeight!.applied).toBeCloseTo(1, 6);
      const skipped = await trainer.trainOnBatch(batch(gradients[0]!.map(() => Number.NaN)));
      const { tensors, updateToWeight } = skipped!.layers![0]!;
      expect(tensors.update).toMatchObject({ count: features, l2: 0, mean: 0, absMean: 0, zeroFraction: 1, nanCount: 0, infCount: 0 });
      expect(updateToWeight).toEqual({ l2: 0, absMean: 0 });
      trainer.destroy();
    });

    test('count clipping, penalties and decay among what is asked for', async () => {
      const g = gradients[0]!;
      const size = Math.hypot(...g);
      const w = weights;
      const cases: [string, Optimizer, Partial<TrainerOptions>, (i: number) => number][] = [
        ['clipping by norm', sgd({ learningRate: rate }), { clip: { norm: 0.5 } }, (i) => (-rate * 0.5 * g[i]!) / (size + 1e-6)],
        ['clipping by value', sgd({ learningRate: rate }), { clip: { value: 0.25 } }, (i) => -rate * Math.max(-0.25, Math.min(0.25, g[i]!))],
        ['weight decay', sgd({ learningRate: rate, weightDecay: 3 }), {}, (i) => -rate * (g[i]! + 3 * w[i]!)],
        [
          'penalties',
          sgd({ learningRate: rate }),
          { model: sequential([dense({ units: 1, bias: false, l1: 0.5, l2: 2 })]) },
          (i) => -rate * (g[i]! + 2 * w[i]! + 0.5 * Math.sign(w[i]!)),
        ],
      ];
      for (const [what, optimizer, more, asked] of cases) {
        const trainer = await trainerOf(optimizer, { tensors: ['weight', 'update'] }, more);
        const record = await trainer.trainOnBatch(batch(g));
        const expected = Math.hypot(...g.map((_, i) => asked(i)));
        within(what, record!.layers![0]!.tensors.update!.l2, expected, 1e-6 * expected);
        trainer.destroy();
      }
    });
  });
});
