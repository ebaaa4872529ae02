// Networks of convolutions and pools: PyTorch's recorded run, the float64 twin with a batch that is not full, and files.
import { afterAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { activity } from '../../src/inspect/activity.ts';
import { relu, tanh } from '../../src/nn/activations.ts';
import { avgPool2d, conv1d, conv2d, convTranspose2d, dense, flatten, globalAvgPool2d, maxPool2d, reshape, upsample2d, zeroPad2d } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { model } from '../../src/nn/model.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { Random } from '../../src/random.ts';
import { load, save } from '../../src/train/files.ts';
import { sgd } from '../../src/train/optimizers.ts';
import recorded from '../fixtures/torch_images.json';
import { expectClose } from '../support/gpu.ts';
import { Twin } from '../support/twin.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

/** What tests/fixtures/torch_images.py has. */
const network = [
  conv2d({ filters: 6, kernelSize: 3, padding: 'same' }),
  relu(),
  maxPool2d({ kernelSize: 3, stride: 2, padding: 1 }),
  conv2d({ filters: 6, kernelSize: [3, 2], padding: [1, 0], groups: 3, bias: false }),
  tanh(),
  conv2d({ filters: 4, kernelSize: 3, stride: [2, 1], padding: 2, dilation: [1, 2] }),
  relu(),
  avgPool2d({ kernelSize: 2, stride: 1, padding: 1, ceilMode: true, countIncludePad: false }),
  flatten(),
  dense(3),
];

const { x, y, initial, losses, norms, final } = recorded;
const start = new Map(Object.entries(initial).map(([path, data]) => [path, { data }]));
const common = { loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.2, momentum: 0.9 }), shuffle: false };

describe.each([
  ['rows that become images', sequential([reshape({ shape: [9, 7, 2] }), ...network])],
  ['images', model({ x: [9, 7, 2] }, ({ x: image }) => ({ y: network.reduce((value, layer) => layer(value), image) }))],
] as const)('%s', (_name, net) => {
  test("losses, norms of each layer's gradient and weights are those of PyTorch", async () => {
    const train = dataset({ x, y, shape: net.kind === 'model' ? [9, 7, 2] : [126], classes: 3 });
    const trainer = await engine.createTrainer({
      ...common,
      model: net,
      data: { train },
      batchSize: 12,
      probes: { tensors: ['weight_gradient', 'z', 'h', 'delta'] },
    });
    trainer.setParameters(start);
    const records = await trainer.step(losses.length);
    records.forEach(({ loss, layers }, i) => {
      expectClose(`loss ${i}`, [loss], [losses[i]!], 1e-5);
      expectClose(
        `norms ${i}`,
        layers!.map(({ tensors }) => tensors.weight_gradient!.l2),
        norms[i]!,
        3e-5,
      );
      for (const { tensors } of layers!.slice(0, 3)) expect(tensors.z!.count).toBe(tensors.h!.count);
    });
    const got = await trainer.parameters();
    expect([...got.keys()].sort()).toEqual(Object.keys(final).sort());
    for (const [path, values] of Object.entries(final)) expectClose(path, got.get(path)!.data, values, 1e-5, 1);
    trainer.destroy();
  });
});

const NETWORKS = {
  conv2d: [
    reshape({ shape: [5, 5, 3] }),
    conv2d({ filters: 4, kernelSize: 2, initializer: { scheme: 'lecun_normal' }, l2: 0.01 }),
    tanh(),
    conv2d({ filters: 8, kernelSize: 3, padding: 1, groups: 4, biasInitializer: { scheme: 'normal', std: 0.1 } }),
    relu(),
    globalAvgPool2d(),
    dense(3),
  ],
  conv_transpose2d: [
    reshape({ shape: [5, 5, 3] }),
    convTranspose2d({ filters: 4, kernelSize: [2, 3], stride: 2, padding: 1, outputPadding: [1, 0] }),
    tanh(),
    convTranspose2d({ filters: 6, kernelSize: 3, dilation: [1, 2], groups: 2, biasInitializer: { scheme: 'lecun_uniform' } }),
    zeroPad2d({ padding: [1, 0, 0, 2] }),
    maxPool2d({ kernelSize: 4 }),
    upsample2d({ scaleFactor: [1, 2], mode: 'bilinear' }),
    upsample2d({ scaleFactor: 2 }),
    globalAvgPool2d(),
    dense(3),
  ],
  conv1d: [
    reshape({ shape: [25, 3] }),
    conv1d({ filters: 4, kernelSize: 4, stride: 3, padding: 1 }),
    tanh(),
    conv1d({ filters: 6, kernelSize: 3, padding: 'same', dilation: 2, groups: 2, bias: false }),
    relu(),
    flatten(),
    dense(3),
  ],
};

test.each(Object.entries(NETWORKS))('a batch that is not full is one of float64; a frozen convolution stays; a file has it all: %s', async (kind, layers) => {
  const random = new Random([1, 2]);
  const train = dataset({
    x: Float32Array.from({ length: 11 * 75 }, () => random.normal()),
    y: Array.from({ length: 11 }, (_, i) => i % 3),
    shape: [75],
    classes: 3,
  });
  const net = sequential(layers);
  const options = { ...common, model: net, data: { train }, batchSize: 8, groups: [{ match: `${kind}_1`, frozen: true }] };
  const trainer = await engine.createTrainer(options);
  const before = await trainer.parameters();
  const twin = new Twin(options, before);
  for (let step = 0; step < 4; step++) {
    const [record] = await trainer.step();
    expect(record!.loss).toBeCloseTo(twin.run().loss, 5);
  }
  const after = await trainer.parameters();
  expect(after.get(`${kind}_1/weight`)).toEqual(before.get(`${kind}_1/weight`));
  expect(after.get(`${kind}_2/weight`)).not.toEqual(before.get(`${kind}_2/weight`));
  for (const [path, { data }] of twin.parameters) expectClose(path, after.get(path)!.data, data, 1e-5, 1);
  const answers = await trainer.predict(train.x as Float32Array);
  const loaded = await engine.createModel(net, { features: 75, seed: 9 });
  load(loaded, await save(trainer.model));
  expect(await loaded.predict(train.x as Float32Array)).toEqual(answers);
  loaded.destroy();
  trainer.destroy();
});

test('a unit is a channel: one that is active at a single pixel is not dead, whatever its other places do', async () => {
  const [rows, side, filters] = [8, 6, 4];
  // A bright corner in each image: the second filter answers to it alone, the first to nothing, the others everywhere.
  const images = Array.from({ length: rows }, () => Array.from({ length: side * side }, (_, pixel) => (pixel === 0 ? 10 : 0)));
  const weight = Array.from({ length: 9 * filters }, (_, i) => (Math.floor(i / filters) === 4 && i % filters === 1 ? 1 : 0));
  const trainer = await engine.createTrainer({
    ...common,
    optimizer: sgd({ learningRate: 0 }),
    model: sequential([reshape({ shape: [side, side, 1] }), conv2d({ filters, kernelSize: 3, padding: 'same' }), relu(), flatten(), dense(2)]),
    data: { train: dataset({ x: images, y: images.map((_, row) => row % 2), shape: [side, side], classes: 2 }) },
    batchSize: rows,
    probes: { tensors: ['z', 'h'], activity: activity() },
  });
  trainer.setParameters(new Map(Object.entries({ 'conv2d_1/weight': { data: weight }, 'conv2d_1/bias': { data: [-100, -1, 1, 1] } })));
  const [record] = await trainer.step(1);
  const [layer] = record!.layers!;
  expect(layer!.deadFraction).toBe(1 / filters);
  // Elements, not units: one of 36 places of the second channel, and all of the third and fourth.
  expect(layer!.tensors.h!.zeroFraction).toBeCloseTo((36 + 35) / (36 * filters), 6);
  expect(layer!.tensors.z!.count).toBe(rows * side * side * filters);
  trainer.destroy();
});
