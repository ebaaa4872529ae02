// What endurance.ts runs where the GPU is: many steps of a trainer, and many trainers one after the other, with everything that they make counted.
import { createEngine, type Engine } from '../../src/engine.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from './models.ts';

/** What is alive on the device, and what was made since the beginning. */
export interface Objects {
  readonly buffers: number;
  readonly bytes: number;
  readonly made: number;
  readonly historyBytes: number;
}

const OPTIONS: TrainerOptions = {
  model: sequential([dense(8), batchNorm(), activation('relu'), dropout(0.1), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.005 }),
  data: { train: blobs(50) },
  batchSize: 16,
  probes: { every: 100 },
};

let engine: Engine;
let trainer: Trainer | undefined;
const alive = new Map<GPUBuffer, number>();
let made = 0;

/** Opens an engine whose buffers and other objects are counted; the answer is its adapter. */
export async function open(): Promise<string> {
  // Often, so that a hundred thousand steps have many copies in them.
  engine = await createEngine({ recovery: { every: 500 } });
  const { gpu } = engine;
  const createBuffer = gpu.createBuffer.bind(gpu);
  gpu.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    made++;
    alive.set(buffer, descriptor.size);
    const destroy = buffer.destroy.bind(buffer);
    buffer.destroy = () => {
      alive.delete(buffer);
      return destroy();
    };
    return buffer;
  };
  const device = gpu as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const name of ['createBindGroup', 'createComputePipelineAsync', 'createShaderModule']) {
    const make = device[name]!.bind(gpu);
    device[name] = (...args) => {
      made++;
      return make(...args);
    };
  }
  return engine.adapter.description;
}

export const objects = (): Objects => ({
  buffers: alive.size,
  bytes: [...alive.values()].reduce((a, b) => a + b, 0),
  made,
  historyBytes: trainer?.history.steps.bytes ?? 0,
});

/** Takes steps; the answer is the mean loss of the last ones. */
export async function steps(count: number): Promise<number> {
  trainer ??= await engine.createTrainer(OPTIONS);
  await trainer.fit({ steps: count });
  const losses = trainer.history.steps.loss.slice(-200);
  return losses.reduce((a, b) => a + b) / losses.length;
}

/** Makes trainers, lets each take a step and destroys it; every fourth cannot be made. */
export async function lives(count: number): Promise<void> {
  trainer?.destroy();
  trainer = undefined;
  for (let i = 0; i < count; i++) {
    if (i % 4 === 3) {
      // The width of the last layer is not that of the labels: refused when half of it is known. Then one for which there is no memory.
      const failing = i % 8 === 3 ? { model: sequential([dense(8), dense(2)]) } : {};
      const { gpu } = engine;
      const { createBuffer } = gpu;
      let left = 5;
      if (i % 8 === 7)
        gpu.createBuffer = (descriptor) => {
          if (left-- === 0) throw new RangeError('no memory');
          return createBuffer(descriptor);
        };
      const failed = await engine.createTrainer({ ...OPTIONS, ...failing }).then(
        (one) => one.destroy(),
        () => true,
      );
      gpu.createBuffer = createBuffer;
      if (!failed) throw new Error(`life ${i} was to fail`);
      continue;
    }
    const one = await engine.createTrainer({ ...OPTIONS, seed: i });
    await one.step(2);
    one.destroy();
  }
}
