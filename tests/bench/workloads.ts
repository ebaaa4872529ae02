// The workloads of the benchmark: the peers' W1 to W4 and square products; and ways of looking at a training run.
import type { norms, ProbeOptions } from '../../src/index.ts';

/** What to watch, as it travels from Node to a page. */
export type Watched = Omit<ProbeOptions, 'histograms' | 'norms'> & { histograms?: { every: number }; norms?: Parameters<typeof norms>[0] };

export type Workload =
  | { id: string; title: string; kind: 'matmul'; n: number }
  | {
      id: string;
      title: string;
      kind: 'mlp';
      dims: number[];
      activation: 'tanh' | 'relu';
      batchNorm: boolean;
      batch: number;
      loss: 'mse' | 'cross_entropy';
      optimizer: 'sgd' | 'momentum' | 'adam';
      /** What is watched where the caller does not say. */
      probes?: Watched;
    };

const times = (n: number, width: number): number[] => new Array<number>(n).fill(width);
const matmul = (n: number): Workload => ({ id: `M${n}`, title: `product of ${n} x ${n}`, kind: 'matmul', n });

const W1 = {
  id: 'W1',
  title: '32 x 64 tanh, batch 64, MSE, SGD',
  kind: 'mlp',
  dims: [8, ...times(32, 64), 1],
  activation: 'tanh',
  batchNorm: false,
  batch: 64,
  loss: 'mse',
  optimizer: 'sgd',
} satisfies Workload;

export const WORKLOADS: readonly Workload[] = [
  W1,
  {
    id: 'W2',
    title: '784-512-512-512-10 relu, batch 128, Adam',
    kind: 'mlp',
    dims: [784, 512, 512, 512, 10],
    activation: 'relu',
    batchNorm: false,
    batch: 128,
    loss: 'cross_entropy',
    optimizer: 'adam',
  },
  {
    id: 'W3',
    title: '20 x 256 batch norm + relu, batch 128, momentum',
    kind: 'mlp',
    dims: [64, ...times(20, 256), 10],
    activation: 'relu',
    batchNorm: true,
    batch: 128,
    loss: 'cross_entropy',
    optimizer: 'momentum',
  },
  {
    ...W1,
    id: 'W4',
    title: "W1 and the norm of every layer's weight gradient, every step",
    probes: { tensors: [], norms: { every: 1, tensors: ['weight_gradient'] } },
  },
  // Widths that no vector divides, batches that no tile does, and a depth of 80 with batch norm.
  { ...W1, id: 'N1', title: '75 x 12 tanh, 21 features, batch 37', dims: [21, ...times(75, 12), 3], batch: 37, loss: 'cross_entropy' },
  {
    ...W1,
    id: 'N2',
    title: '130-97-203-61-9 relu, batch 41, Adam',
    dims: [130, 97, 203, 61, 9],
    activation: 'relu',
    batch: 41,
    loss: 'cross_entropy',
    optimizer: 'adam',
  },
  {
    ...W1,
    id: 'N3',
    title: '80 x 24 batch norm + relu, batch 64, momentum',
    dims: [20, ...times(80, 24), 10],
    activation: 'relu',
    batchNorm: true,
    loss: 'cross_entropy',
    optimizer: 'momentum',
  },
  matmul(256),
  matmul(512),
  matmul(1024),
];

/** Products that take a software adapter seconds each. */
export const LARGE: readonly Workload[] = [matmul(2048), matmul(4096)];

const ALL: ProbeOptions['tensors'] = ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'];

/** Probes of a training run; the first case has none. */
export const PROBES: Readonly<Record<string, Watched | null>> = {
  'no probes': null,
  'norms of weight gradient and delta, every step': { tensors: [], norms: { every: 1 } },
  'all moments every 10th, histograms every 50th': { every: 10, tensors: ALL, histograms: { every: 50 } },
  'everything, every step': { every: 1, tensors: ALL, histograms: { every: 1 }, norms: { every: 1 } },
};

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** How many steps a round of about `roundMs` holds, a multiple of `unit`; finding out warms the GPU up. */
export async function stepsOfRound(measure: (steps: number) => Promise<number>, roundMs: number, unit = 1): Promise<number> {
  for (let steps = unit; ; steps *= 2) {
    const ms = await measure(steps);
    if (ms > roundMs / 2) return unit * Math.max(1, Math.round((steps * roundMs) / ms / unit));
  }
}
