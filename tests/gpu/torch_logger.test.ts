// What fathom_log.py logged of the first step of a network in PyTorch, beside the engine's own figures of the same network (tests/fixtures/torch_logger.py).
import { expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { TENSOR_KINDS } from '../../src/inspect/history.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { mlp } from '../fixtures/torch_logger.json';

const STATS = ['l2', 'rms', 'mean', 'std', 'min', 'max', 'absMean'] as const;

test('the statistics of every layer are those of the engine', async () => {
  const engine = await createEngine();
  const widths = mlp.layers.map(({ width }) => width);
  const trainer = await engine.createTrainer({
    model: sequential(widths.flatMap((units, l) => (l < widths.length - 1 ? [dense(units), activation('tanh')] : [dense(units)]))),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    features: 64,
    batchSize: 32,
    probes: { tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] },
  });
  const theirs = Object.values(mlp.weights) as (number[] | number[][])[];
  const own = [...(await trainer.parameters())];
  // PyTorch has outputs first.
  const transposed = (rows: number[][]): number[] => rows[0]!.flatMap((_, column) => rows.map((row) => row[column]!));
  trainer.setParameters(
    new Map(
      own.map(([path, { shape }], i) => {
        const given = theirs[i]!;
        return [path, { shape, data: Float32Array.from(Array.isArray(given[0]) ? transposed(given as number[][]) : (given as number[])) }];
      }),
    ),
  );
  const record = await trainer.trainOnBatch({ x: Float32Array.from(mlp.x.flat()), y: Float32Array.from(mlp.y) });
  expect(record!.loss).toBeCloseTo(mlp.step.loss, 5);
  mlp.step.layers.forEach((layer, l) => {
    for (const kind of TENSOR_KINDS) {
      const logged = (layer as Partial<Record<typeof kind, Record<string, number>>>)[kind];
      const stats = record!.layers![l]!.tensors[kind];
      // The output has no activation, and PyTorch nothing to log of one.
      if (!logged || !stats) continue;
      expect(stats.count, `${kind} of layer ${l}`).toBe(logged.count);
      // PyTorch's own arithmetic is float32 as well: deltas differ by its rounding.
      for (const name of STATS)
        expect(Math.abs(stats[name] - logged[name]!), `${name} of ${kind} of layer ${l}: ${stats[name]}, logged ${logged[name]}`).toBeLessThanOrEqual(
          1e-5 * Math.max(logged.rms!, Math.abs(logged[name]!)),
        );
    }
  });
  engine.destroy();
});
