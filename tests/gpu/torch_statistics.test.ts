// Statistics against figures of PyTorch in float64 (tests/fixtures/torch_statistics.py): means near zero.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Engine } from '../../src/engine.ts';
import { Device } from '../../src/gpu/device.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { elementwiseLoss } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { tanh_network } from '../fixtures/torch_statistics.json';
import { withCapabilities } from '../support/gpu.ts';

let engine: Engine;

const within = (what: string, got: number, expected: number, tolerance: number): void =>
  expect(Math.abs(got - expected), `${what}: ${got}, PyTorch ${expected}`).toBeLessThanOrEqual(tolerance);

// The kernels of both kinds of adapter, whichever this machine has.
describe.each([
  ['a software adapter', true],
  ['a GPU', false],
])('on %s', (_name, swiftshader) => {
  beforeAll(async () => {
    engine = new Engine(withCapabilities(await Device.create(), { swiftshader }));
  });
  afterAll(() => engine.destroy());

  test('means of activations near zero, after 20 layers of tanh', async () => {
    const trainer = await engine.createTrainer({
      model: sequential(tanh_network.layers.flatMap(() => [dense({ units: 8, bias: false }), activation('tanh')])),
      loss: elementwiseLoss('mse'),
      optimizer: sgd({ rate: 0.01 }),
      features: 8,
      batchSize: 64,
      probes: { tensors: ['h'] },
    });
    const paths = [...(await trainer.parameters()).keys()];
    trainer.setParameters(new Map(paths.map((path, l) => [path, { shape: [8, 8], data: Float32Array.from(tanh_network.weights[l]!) }])));
    const record = await trainer.feed({ x: Float32Array.from(tanh_network.x), y: new Float32Array(64 * 8) });
    tanh_network.layers.forEach(({ mean, absMean }, l) => {
      const h = record!.layers![l]!.tensors.h!;
      within(`mean after layer ${l + 1}`, h.mean, mean, 1e-6 * absMean);
      within(`mean of |h| after layer ${l + 1}`, h.absMean, absMean, 1e-6 * absMean);
    });
    trainer.destroy();
    // The kernels of a GPU take a software adapter long to compile.
  }, 180_000);
});
