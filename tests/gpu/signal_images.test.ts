// Fresh networks of images on the GPU show the signal that theory predicts for them (../shared/THEORY.md, Convolution and norms): a mean over 5 seeds, within the
// tolerance that is derived there. `npm test` takes the quick ones.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import type { LayerDocument } from '../../src/experiment/document.ts';
import { buildModel } from '../../src/experiment/index.ts';
import { buildLayers } from '../../src/experiment/registry/layers.ts';
import { createEngine, type Engine, type Layer, layer, mse, type Sequential, sequential, sgd, type Value } from '../../src/index.ts';
import { placesOf } from '../../src/inspect/places.ts';
import { concat, slice } from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { sizeOf } from '../../src/shape.ts';
import { hasOutput, IMAGE_SIGNALS, type ImageSignalCase, modelOf, outputsOf, statisticOf } from '../support/image_signal.ts';
import { ALL } from '../support/quick.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const SEEDS = 5;

/** An image with as much of its other side at each edge as a convolution of three by three reaches. */
const aroundEdges = layer('around_edges', (x) => {
  const around = (image: Value, axis: number): Value => concat([slice(image, axis, -1), image, slice(image, axis, 0, 1)], axis);
  return around(around(x, 1), 2);
});

/** The same weights, as paths and seed are the same, over images that go round their edges, so that there is no border. */
function wrapped(c: ImageSignalCase): Sequential {
  const layersOf = (each: LayerDocument): Layer[] =>
    each.type === 'conv2d' ? [aroundEdges, ...buildLayers([{ ...each, padding: 'valid' } as typeof each])] : buildLayers([each]);
  return sequential(modelOf(c).layers.flatMap(layersOf));
}

async function measured(c: ImageSignalCase): Promise<number> {
  let sum = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    sum += Math.log(await statistic(c, buildModel(modelOf(c)), seed));
    if (c.overWrapped) sum -= Math.log(await statistic(c, wrapped(c), seed));
  }
  return Math.exp(sum / SEEDS);
}

async function statistic(c: ImageSignalCase, model: Sequential, seed: number): Promise<number> {
  const features = sizeOf(c.shape);
  const outputs = outputsOf(c);
  const random = new Random(500 + seed);
  const noise = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  // Targets far larger than the outputs: then the gradient at the top is independent of the weights, as it is in theory.
  const y = noise(c.rows * outputs).map((t) => 1e4 * t);
  const trainer = await engine.createTrainer({
    model,
    loss: mse(),
    optimizer: sgd({ learningRate: 0 }),
    data: { train: dataset({ x: noise(c.rows * features), shape: [features], y, targetSize: outputs }) },
    batchSize: c.rows,
    seed,
    probes: { tensors: ['z', 'delta'] },
  });
  try {
    const [record] = await trainer.step();
    const places = placesOf(trainer.history).filter(({ trunk }) => trunk);
    const tensors = places.map(({ recordOf }) => recordOf(record!)!.tensors);
    if (hasOutput(c)) tensors.pop();
    tensors.splice(0, c.from ?? 0);
    const norm = tensors.map(({ delta }) => delta!.l2 ** 2);
    return statisticOf(
      c.statistic,
      tensors.map(({ z }) => (z?.rms ?? Number.NaN) ** 2),
      norm.slice(1).map((above, i) => norm[i]! / above),
    );
  } finally {
    trainer.destroy();
  }
}

test.each(IMAGE_SIGNALS.filter(({ quick }) => quick || ALL))('$name', async (c) => {
  const found = await measured(c);
  expect(Math.abs(found / c.predicted - 1), `measured ${found.toFixed(5)}, predicted ${c.predicted}`).toBeLessThan(c.tolerance);
});
