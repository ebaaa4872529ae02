// The page's half of the benchmark: builds a workload, warms it up and runs steps; the Node half measures CPU time.
import {
  activation,
  adam,
  batchNorm,
  compile,
  createEngine,
  dense,
  elementwiseLoss,
  Graph,
  histograms,
  matmulOp,
  type ProbeOptions,
  sequential,
  sgd,
  softmaxCrossEntropy,
  type Trainer,
} from '../../src/index.ts';
import { Random } from '../../src/random.ts';
import type { Workload } from './workloads.ts';

/** What to watch, as it travels from Node to the page. */
export type Watched = Omit<ProbeOptions, 'histograms'> & { histograms?: { every: number } };

interface Running {
  /** Takes steps and resolves once they are done. */
  steps(count: number): Promise<void>;
  readonly dispatches: number;
  readonly bytes: number;
  destroy(): void;
}

const running = new Map<string, Running>();
let engine: Promise<Awaited<ReturnType<typeof createEngine>>> | undefined;

const noise = (length: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal());
};

/** Builds a workload and completes its first step. */
export async function start({
  label,
  workload: w,
  probes,
}: {
  label: string;
  workload: Workload;
  probes: Watched | null;
}): Promise<{ adapter: string; firstStepMs: number; dispatches: number; bytes: number }> {
  engine ??= createEngine();
  const gpu = await engine;
  const begun = performance.now();
  const made = w.kind === 'matmul' ? await matmul(gpu, w.n) : await mlp(gpu, w, probes);
  running.set(label, made);
  await made.steps(1);
  return { adapter: gpu.adapter.description, firstStepMs: performance.now() - begun, dispatches: made.dispatches, bytes: made.bytes };
}

/** Milliseconds that a number of steps take. */
export async function measure(label: string, steps: number): Promise<number> {
  const begun = performance.now();
  await running.get(label)!.steps(steps);
  return performance.now() - begun;
}

async function matmul(engine: Awaited<ReturnType<typeof createEngine>>, n: number): Promise<Running> {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [n, n]), graph.input('b', [n, n])];
  const c = graph.apply(matmulOp, [a, b], {}, 'c')[0]!;
  const program = await compile(engine, graph, { outputs: [c] });
  program.write(a, noise(n * n, 1));
  program.write(b, noise(n * n, 2));
  return {
    async steps(count) {
      for (let i = 0; i < count; i++) program.run();
      await program.runner.done();
    },
    dispatches: program.plan.dispatches.length,
    bytes: program.runner.bytes,
    destroy: () => program.destroy(),
  };
}

async function mlp(engine: Awaited<ReturnType<typeof createEngine>>, w: Extract<Workload, { kind: 'mlp' }>, probes: Watched | null): Promise<Running> {
  const { dims, batch } = w;
  const outputs = dims.at(-1)!;
  const layers = dims
    .slice(1)
    .flatMap((units, l) => (l + 2 < dims.length ? [dense(units), ...(w.batchNorm ? [batchNorm()] : []), activation(w.activation)] : [dense(units)]));
  const trainer: Trainer = await engine.createTrainer({
    model: sequential(layers),
    loss: w.loss === 'mse' ? elementwiseLoss('mse') : softmaxCrossEntropy({ targets: 'probability' }),
    optimizer: w.optimizer === 'adam' ? adam({ rate: 1e-3 }) : sgd({ rate: 0.01, momentum: w.optimizer === 'momentum' ? 0.9 : 0 }),
    features: dims[0]!,
    batchSize: batch,
    probes: probes && { ...probes, histograms: probes.histograms && histograms(probes.histograms) },
  });
  const random = new Random(9);
  const y = new Float32Array(batch * outputs);
  for (let row = 0; row < batch; row++) y[row * outputs + random.integer(outputs)] = 1;
  trainer.setBatch({ x: noise(batch * dims[0]!, 7), y });
  return {
    async steps(count) {
      if (!probes) {
        for (let i = 0; i < count; i++) trainer.queueBlind();
        await trainer.loss();
        return;
      }
      const flight: Promise<unknown>[] = [];
      for (let i = 0; i < count; i++) {
        flight.push(trainer.queue());
        if (flight.length > 8) await flight.shift();
      }
      await Promise.all(flight);
    },
    dispatches: trainer.counts.dispatches,
    bytes: trainer.counts.bytes,
    destroy: () => trainer.destroy(),
  };
}
