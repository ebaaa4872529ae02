// Thirty more healthy networks for false warnings: data of seeds that no other list has, and every optimizer that people take first.
import { clouds, friedman, plane, quarters, ring, saddle } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, output, sgd, type Written } from './network.ts';

const two = (units: number, outputs: number, activation: string): Written['layers'] => [...hidden(2, units, activation), ...output(outputs)];

const TASKS = [
  { name: 'ring', data: ring(500, 401), layers: two(24, 2, 'relu'), loss: LOSS.ce },
  { name: 'quarters', data: quarters(500, 402), layers: two(24, 2, 'tanh'), loss: LOSS.ce },
  { name: 'clouds', data: clouds(500, 403, 4, 4, 0.5), layers: two(24, 4, 'gelu'), loss: LOSS.ce },
  { name: 'friedman', data: friedman(500, 404), layers: two(24, 1, 'relu'), loss: LOSS.mse },
  { name: 'saddle', data: saddle(500, 405), layers: two(24, 1, 'gelu'), loss: LOSS.mse },
  { name: 'plane', data: plane(500, 406, 6), layers: two(16, 1, 'tanh'), loss: LOSS.mse },
] as const;

const WAYS: readonly { name: string; optimizer: Written['optimizer']; batchSize?: number }[] = [
  { name: 'adam', optimizer: adam(0.01) },
  { name: 'momentum', optimizer: sgd(0.03, { momentum: 0.9 }) },
  { name: 'adamw-cosine', optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01, schedule: { name: 'cosine', tMax: 300 } } },
  { name: 'rmsprop-small-batches', optimizer: { name: 'rmsprop', learningRate: 0.003 }, batchSize: 8 },
  { name: 'warm-up', optimizer: adam(0.02, { schedule: { name: 'warmup', steps: 50 } }) },
];

export const MORE_HEALTHY: readonly Healthy[] = TASKS.flatMap(({ name, ...task }) =>
  WAYS.map(({ name: way, optimizer, batchSize = 32 }) => {
    const made = document({ ...task, optimizer: optimizer!, batchSize, steps: 300 });
    return { name: `${name}-${way}`, document: { ...made, probes: { every: 5 } } };
  }),
);
