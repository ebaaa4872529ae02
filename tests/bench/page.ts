// The half of the benchmarks that runs where the GPU is, in Chrome's page or in Node: builds a workload, warms it up, takes steps.
import { type Profiled, profiled, timeDispatches } from '../../src/gpu/profiler.ts';
import {
  activation,
  activity,
  adam,
  batchNorm,
  compile,
  createEngine,
  dataset,
  dense,
  type Engine,
  Graph,
  histograms,
  matmulOp,
  mse,
  norms,
  type ProfileRow,
  sequential,
  sgd,
  softmaxCrossEntropy,
} from '../../src/index.ts';
import { Random } from '../../src/random.ts';
import { beginStep } from '../../src/train/profile.ts';
import type { Watched, Workload } from './workloads.ts';

/**
 * How steps are handed to the GPU: `submit` one at a time, on a batch that lies there; `group` many in one submit, the same batch;
 * `fit` as `trainer.fit` does it, over a data set of 16 shuffled batches.
 */
export type Drive = 'submit' | 'group' | 'fit';

/** One way of running a workload. */
export interface Variant {
  label: string;
  workload: Workload;
  probes?: Watched | null;
  /** `submit` by default. */
  drive?: Drive;
}

/** What a workload turned out to be. */
export interface Started {
  adapter: string;
  /** True for a software adapter. */
  fallback: boolean;
  /** From the call that builds it to the end of the first step. */
  firstStepMs: number;
  dispatches: number;
  /** Of GPU memory. */
  bytes: number;
}

interface Running {
  /** Takes steps and resolves once they are done. */
  steps(count: number): Promise<void>;
  /** The dispatches of the next step. */
  next(): Profiled[];
  readonly dispatches: number;
  readonly bytes: number;
  destroy(): void;
}

/** Steps in one submit of a `group`. */
export const GROUP = 32;
/** Batches in the data set of a `fit`. */
const BATCHES = 16;

const running = new Map<string, Running>();
let engine: Promise<Engine> | undefined;

const noise = (length: number, seed: number): Float32Array => {
  const random = new Random(seed);
  return Float32Array.from({ length }, () => random.normal());
};

/** Builds a workload and completes its first step. */
export async function start({ label, workload: w, probes = null, drive = 'submit' }: Variant): Promise<Started> {
  engine ??= createEngine();
  const gpu = await engine;
  const begun = performance.now();
  const made = w.kind === 'matmul' ? await matmul(gpu, w.n, drive) : await mlp(gpu, w, probes ?? w.probes ?? null, drive);
  running.set(label, made);
  await made.steps(1);
  const { description, fallback } = gpu.adapter;
  return { adapter: description, fallback, firstStepMs: performance.now() - begun, dispatches: made.dispatches, bytes: made.bytes };
}

/** Milliseconds that a number of steps take. */
export async function measure(label: string, steps: number): Promise<number> {
  const begun = performance.now();
  await running.get(label)!.steps(steps);
  return performance.now() - begun;
}

/** GPU time of each dispatch of a step, in a pass of its own. */
export async function dispatchTimes(label: string): Promise<ProfileRow[]> {
  return timeDispatches((await engine!).device, running.get(label)!.next());
}

/** GPU milliseconds per step of a number of steps in one pass: without the CPU, and with the waits of one dispatch for another. */
export async function gpuTime(label: string, count: number): Promise<number> {
  const steps = Array.from({ length: count }, () => running.get(label)!.next());
  const whole: Profiled = { label, work: 0, encode: (pass) => steps.flat().forEach((dispatch) => dispatch.encode(pass)) };
  const [row] = await timeDispatches((await engine!).device, [whole]);
  return row!.milliseconds / count;
}

/** Frees what `start` built. */
export function end(label: string): void {
  running.get(label)!.destroy();
  running.delete(label);
}

async function matmul(engine: Engine, n: number, drive: Drive): Promise<Running> {
  const graph = new Graph();
  const [a, b] = [graph.input('a', [n, n]), graph.input('b', [n, n])];
  const c = graph.apply(matmulOp, [a, b], {}, 'c')[0]!;
  const program = await compile(engine, graph, { outputs: [c] });
  program.write(a, noise(n * n, 1));
  program.write(b, noise(n * n, 2));
  return {
    async steps(count) {
      if (drive === 'submit') for (let i = 0; i < count; i++) program.run();
      else for (let i = 0; i < count; i += GROUP) program.run(Math.min(GROUP, count - i));
      await program.runner.done();
    },
    next: () => program.runner.prepared([]).map(profiled),
    dispatches: program.plan.dispatches.length,
    bytes: program.runner.bytes,
    destroy: () => program.destroy(),
  };
}

async function mlp(engine: Engine, w: Extract<Workload, { kind: 'mlp' }>, probes: Watched | null, drive: Drive): Promise<Running> {
  const { dims, batch } = w;
  const [features, outputs] = [dims[0]!, dims.at(-1)!];
  const layers = dims
    .slice(1)
    .flatMap((units, l) => (l + 2 < dims.length ? [dense(units), ...(w.batchNorm ? [batchNorm()] : []), activation(w.activation)] : [dense(units)]));
  const rows = drive === 'fit' ? BATCHES * batch : batch;
  const data = { x: noise(rows * features, 7), y: oneOf(rows, outputs) };
  const trainer = await engine.createTrainer({
    model: sequential(layers),
    loss: w.loss === 'mse' ? mse() : softmaxCrossEntropy({ targets: 'probability' }),
    optimizer: w.optimizer === 'adam' ? adam({ learningRate: 1e-3 }) : sgd({ learningRate: 0.01, momentum: w.optimizer === 'momentum' ? 0.9 : 0 }),
    batchSize: batch,
    ...(drive === 'fit' ? { data: { train: dataset({ ...data, shape: [features], targetSize: outputs }) } } : { features }),
    probes: probes && {
      ...probes,
      ...(probes.tensors?.includes('h') ? { activity: activity() } : {}),
      histograms: probes.histograms && histograms(probes.histograms),
      norms: probes.norms && norms(probes.norms),
    },
  });
  if (drive !== 'fit') await trainer.trainOnBatch(data);
  const drives: Record<Drive, (count: number) => Promise<unknown>> = {
    async fit(count) {
      const { nonFinite } = await trainer.fit({ steps: count });
      if (nonFinite) throw new Error(`${w.id}: the run turned non-finite, so fewer steps ran than were timed`);
    },
    async group(count) {
      for (let i = 0; i < count; i += GROUP) void trainer.runner.run(Array.from({ length: Math.min(GROUP, count - i) }, () => beginStep(trainer, 'group')));
      return trainer.loss();
    },
    async submit(count) {
      if (!probes) {
        for (let i = 0; i < count; i++) trainer.enqueueStep({ readback: false });
        return trainer.loss();
      }
      const flight: Promise<unknown>[] = [];
      for (let i = 0; i < count; i++) {
        flight.push(trainer.enqueueStep());
        if (flight.length > 8) await flight.shift();
      }
      return Promise.all(flight);
    },
  };
  return {
    steps: async (count) => void (await drives[drive](count)),
    next: () => trainer.runner.prepared(beginStep(trainer, 'next')).map(profiled),
    dispatches: trainer.counts.dispatches,
    bytes: trainer.counts.bytes,
    destroy: () => trainer.destroy(),
  };
}

/** Targets: in each row a 1 in a random place. */
function oneOf(rows: number, columns: number): Float32Array {
  const random = new Random(9);
  const y = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) y[row * columns + random.integer(columns)] = 1;
  return y;
}
