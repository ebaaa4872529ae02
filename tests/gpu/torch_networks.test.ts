// Convolutional networks beside PyTorch, step by step: as near to its float64 as its own float32 runs are (tests/fixtures/torch_networks.py).
import { afterAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sizeOf } from '../../src/shape.ts';
import { sgd } from '../../src/train/optimizers.ts';
import recorded from '../fixtures/torch_networks.json';
import { IMAGE, NETWORKS } from '../support/networks.ts';
import { ALL } from '../support/quick.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const SAMPLES = 22;

/** As `noise` of torch_networks.py. */
function noise(seed: number, size: number, bound: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, i) => {
    let h = Math.imul(i + seed * 1000003, 2654435761) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 2246822519) >>> 0;
    h ^= h >>> 13;
    return ((h >>> 8) / 8388608 - 1) * bound;
  });
}

const x = noise(1001, SAMPLES * 192, 1.5);
const classes = dataset({ x, y: Array.from({ length: SAMPLES }, (_, i) => i % 5), shape: [...IMAGE], classes: 5 });
const maps = dataset({
  x,
  y: Array.from({ length: SAMPLES }, (_, i) => Array.from({ length: 64 }, (_, pixel) => x[(i * 64 + pixel) * 3]!)),
  shape: [...IMAGE],
});

describe.each(Object.entries(NETWORKS))('%s', (name, net) => {
  const { rate, momentum, values, apart } = recorded[name as keyof typeof NETWORKS];

  test('is as near to float64 as PyTorch in float32', async () => {
    const trainer = await engine.createTrainer({
      model: net,
      loss: name === 'unet' ? mse() : softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: rate, momentum }),
      data: { train: name === 'unet' ? maps : classes },
      shuffle: false,
      batchSize: 8,
      probes: { tensors: ['weight_gradient'] },
    });
    const initial = await trainer.parameters();
    const weights = [...initial].filter(([path]) => path.endsWith('weight'));
    weights.forEach(([, { shape, data }], i) => {
      data.set(noise(i + 1, data.length, Math.sqrt(6 / sizeOf(shape.slice(0, -1)))));
    });
    trainer.setParameters(initial);
    const steps = ALL ? values.length : 10;
    const records = await trainer.step(steps);
    // Of each quantity: how far away we are, as a part of what is allowed.
    const worst = { share: 0, where: '' };
    records.forEach(({ loss, layers }, step) => {
      const norms = new Map(layers!.map(({ tensors }, i) => [trainer.history.layers[i]!.name, tensors.weight_gradient!.l2]));
      const seen = [loss, ...weights.map(([path]) => norms.get(path.replace('/weight', ''))!)];
      expect(seen.length).toBe(values[step]!.length);
      seen.forEach((got, i) => {
        const wanted = values[step]![i]!;
        const distance = Math.abs(got - wanted) / Math.abs(wanted);
        const allowed = step < 3 ? 1e-5 : Math.max(1e-5, 4 * apart[step]![i]!);
        const share = distance / allowed;
        const where = `step ${step + 1}, ${i === 0 ? 'loss' : weights[i - 1]![0]}: ${got}, not ${wanted}`;
        if (!(share <= worst.share)) Object.assign(worst, { share, where });
      });
    });
    console.info(`${name}: ${worst.share.toFixed(3)} of what is allowed, ${worst.where}`);
    expect(worst.share, worst.where).toBeLessThanOrEqual(1);
    trainer.destroy();
  });
});
