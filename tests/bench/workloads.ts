// The workloads of the benchmark: the peers' W1 to W3 and square products.
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
    };

const times = (n: number, width: number): number[] => new Array<number>(n).fill(width);
const matmul = (n: number): Workload => ({ id: `M${n}`, title: `product of ${n} x ${n}`, kind: 'matmul', n });

export const WORKLOADS: readonly Workload[] = [
  {
    id: 'W1',
    title: '32 x 64 tanh, batch 64, MSE, SGD',
    kind: 'mlp',
    dims: [8, ...times(32, 64), 1],
    activation: 'tanh',
    batchNorm: false,
    batch: 64,
    loss: 'mse',
    optimizer: 'sgd',
  },
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
  matmul(256),
  matmul(512),
  matmul(1024),
];
