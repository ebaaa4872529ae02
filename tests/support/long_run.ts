// What tests/page/long_run.test.ts runs in a Node of its own, with --expose-gc and the number of steps: prints sizes before and after many steps.
import { createEngine } from '../../src/engine.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { adam } from '../../src/train/optimizers.ts';
import { gpuInNode } from './gpu_node.ts';
import { blobs } from './models.ts';

const steps = Number(process.argv[2]);
// Copies of the state, for the loss of a device, are taken on the way as well, and create nothing after the first.
const engine = await createEngine({ gpu: await gpuInNode(), recovery: { every: 10 } });
const trainer = await engine.createTrainer({
  model: sequential([dense(8), batchNorm(), activation('relu'), dropout(0.1), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.005 }),
  data: { train: blobs(50) },
  batchSize: 16,
  probes: { every: 100 },
});

let made = 0;
const device = engine.gpu as unknown as Record<string, (...args: unknown[]) => unknown>;
for (const name of ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createComputePipelineAsync', 'createShaderModule']) {
  const make = device[name]!.bind(device);
  device[name] = (...args) => {
    made++;
    return make(...args);
  };
}

async function sizes(): Promise<{ heap: number; resident: number; made: number }> {
  await trainer.loss();
  globalThis.gc!();
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.gc!();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, resident: rss, made };
}

async function queue(steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) await trainer.enqueueStep();
}

/** The process gives some 35 MB back for a moment now and then, and takes them again (one reading of ten): the largest of three readings is its size. */
async function settled(): Promise<Awaited<ReturnType<typeof sizes>>> {
  const readings = [await sizes()];
  for (let i = 1; i < 3; i++) {
    await queue(10);
    readings.push(await sizes());
  }
  return { ...readings.at(-1)!, resident: Math.max(...readings.map(({ resident }) => resident)) };
}

async function around(work: () => Promise<unknown>): Promise<Awaited<ReturnType<typeof sizes>>[]> {
  const before = await settled();
  await work();
  return [before, await settled()];
}

// The first steps warm pools and caches up; after the first of `step` nothing is made, no buffer for copies either.
await queue(Math.min(1000, steps));
// Two are in flight, each with a buffer that it is read into.
await Promise.all([trainer.enqueueStep(), trainer.enqueueStep()]);
await trainer.step();
const first = made;
await trainer.step(Math.min(1000, steps));
const queued = await around(() => queue(steps));
const stepped = await around(() => trainer.step(steps));
const losses = trainer.history.steps.loss.slice(-200);
console.log(
  JSON.stringify({ queued, stepped, since: made - first, copied: trainer.loop.copies?.last?.step, loss: losses.reduce((a, b) => a + b) / losses.length }),
);
