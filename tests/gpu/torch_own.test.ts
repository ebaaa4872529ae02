// A network of one's own from PyTorch, in two parts with an index, answers here as it does there (tests/fixtures/torch_own.py).
import { afterAll, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { importPyTorch } from '../../src/exchange/from_pytorch.ts';
import { openModel } from '../../src/experiment/saved_model.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import index from '../fixtures/torch_own.index.json?raw';
import recorded from '../fixtures/torch_own.json';
import first from '../fixtures/torch_own_1.safetensors?url&inline';
import second from '../fixtures/torch_own_2.safetensors?url&inline';

const engine = await createEngine();
afterAll(() => engine.destroy());

const bytesOf = async (url: string): Promise<Uint8Array> => new Uint8Array(await (await fetch(url)).arrayBuffer());

test('its outputs are those of PyTorch', async () => {
  const document = parseExperiment({
    data: { source: 'arrays', x: recorded.x, y: [0, 1, 2, 0, 1], classes: 3 },
    model: {
      layers: [
        { type: 'reshape', shape: [4, 4, 2] },
        { type: 'conv2d', filters: 4, kernelSize: 3, padding: 1 },
        { type: 'batch_norm' },
        { type: 'activation', name: 'relu' },
        { type: 'max_pool2d', kernelSize: 2 },
        { type: 'conv2d', filters: 6, kernelSize: [1, 2], bias: false },
        { type: 'activation', name: 'silu' },
        { type: 'flatten' },
        { type: 'batch_norm' },
        { type: 'dense', units: 5 },
        { type: 'activation', name: 'tanh' },
        { type: 'dense', units: 3 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 5 },
  });
  const map = {
    'features.0.*': 'conv2d_1.*',
    'features.1.*': 'batch_norm_1.*',
    'features.4.*': 'conv2d_2.*',
    'classifier.1.*': 'batch_norm_2.*',
    'classifier.2.*': 'dense_1.*',
    'classifier.4.*': 'dense_2.*',
  };
  const readShard = (name: string): Promise<Uint8Array> => bytesOf(name.endsWith('_1.safetensors') ? first : second);
  const { file, notes } = await importPyTorch(document, [{ name: 'torch_own.index.json', bytes: new TextEncoder().encode(index) }], { readShard, map });
  expect(notes.some((note) => note.includes('dense_1/weight'))).toBe(true);
  const model = await openModel(engine, file);
  const outputs = [...(await model.outputs(Float32Array.from(recorded.x.flat())))];
  const expected = recorded.y.flat();
  expect(outputs).toHaveLength(expected.length);
  outputs.forEach((value, i) => {
    expect(Math.abs(value - expected[i]!), `output ${i}`).toBeLessThan(1e-5);
  });
  model.destroy();
});
