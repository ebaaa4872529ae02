// The rank of activations against float64: on rows of known rank, on rows that are almost alike, on very large and small ones, among padding, and in a trainer.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { createEngine, dense, type Engine, rank, relu, sequential, sgd, softmaxCrossEntropy } from '../../src/index.ts';
import { multiplyOp } from '../../src/ops/elementwise.ts';
import type { Ring } from '../../src/ops/rings.ts';
import { ROW_DIFFERENCES, rowDifferencesOp, spreadOf } from '../../src/ops/row_differences.ts';
import { Program } from '../../src/program.ts';
import { Random } from '../../src/random.ts';
import { createInterpreterState, interpretStep, tensor64 } from '../../src/reference/index.ts';
import { openGpu } from '../support/gpu.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const BATCH = 9;
const ROWS = 7;
const [COLUMNS, POSITIONS, CHANNELS] = [5, 3, 700];
const random = new Random(2);
const noise = (size: number, scale = 1): number[] => Array.from({ length: size }, () => scale * random.normal());
const directions = noise(2 * COLUMNS);
/** Rows by what is odd in them; the last has positions, more words than a block. */
const TENSORS: Record<string, { shape: number[]; x: number[] }> = {
  ordinary: { shape: [BATCH, COLUMNS], x: noise(BATCH * COLUMNS) },
  'of rank 2': {
    shape: [BATCH, COLUMNS],
    x: noise(BATCH * 2).flatMap((a, i, all) => (i % 2 ? [] : directions.slice(0, COLUMNS).map((d, k) => a * d + all[i + 1]! * directions[COLUMNS + k]!))),
  },
  'almost alike': { shape: [BATCH, COLUMNS], x: noise(BATCH * COLUMNS, 1e-4).map((e, i) => Math.fround(1 + (i % COLUMNS) + e)) },
  tiny: { shape: [BATCH, COLUMNS], x: noise(BATCH * COLUMNS, 1e-25) },
  huge: { shape: [BATCH, COLUMNS], x: noise(BATCH * COLUMNS, 1e25) },
  alike: { shape: [BATCH, COLUMNS], x: Array.from({ length: BATCH * COLUMNS }, (_, i) => 1 + (i % COLUMNS)) },
  zero: { shape: [BATCH, COLUMNS], x: new Array(BATCH * COLUMNS).fill(0) },
  'of images': { shape: [BATCH, POSITIONS, CHANNELS], x: noise(BATCH * POSITIONS * CHANNELS) },
};

test('against float64, padding left out', async () => {
  const { device, cache } = await openGpu();
  const graph = new Graph();
  const values = Object.entries(TENSORS).map(([name, { shape }]) => graph.input(name, { shape, dtype: 'f32', rowsPerSample: 1 }));
  // One is computed: what lies among activations is read there.
  const watched = [...values, graph.apply(multiplyOp, [values[0]!, values[0]!], {})[0]!];
  const words = BATCH * ROW_DIFFERENCES.words;
  const ring: Ring = { name: 'ring/rank', rowBytes: watched.length * words * 4, every: 1 };
  graph.apply(rowDifferencesOp, watched, { ring }, 'rank');
  const inputs = Object.values(TENSORS).map(({ x, shape }) => Float32Array.from(x, (value, i) => (i < (ROWS * x.length) / shape[0]! ? value : 1e30)));
  const state = createInterpreterState(graph.values, { rows: ROWS });
  interpretStep(graph, state, new Map(values.map(({ name, type }, i) => [name, tensor64(type.shape, (at) => inputs[i]![at]!)])));
  const program = await Program.create(device, cache, graph, { outputs: [], rows: ROWS });
  for (const [i, value] of values.entries()) program.write(value, inputs[i]!);
  program.run();
  const row = await program.runner.read([{ buffer: ring.name, offset: ring.rowBytes, size: ring.rowBytes }]);
  for (const [i, { name }] of watched.entries()) {
    const got = spreadOf(new Float32Array(row, i * words * 4, words), ROWS)!;
    const expected = state.spreads.get('rank')![i]!;
    if (expected.effectiveRank === 0) expect(got, name).toEqual(expected);
    else
      for (const key of ['effectiveRank', 'rowSpread'] as const)
        expect(Math.abs(got[key] / expected[key] - 1), `${name}: ${key} is ${got[key]}, expected ${expected[key]}`).toBeLessThan(5e-6);
  }
  const of = (name: string) => state.spreads.get('rank')![Object.keys(TENSORS).indexOf(name)]!;
  expect(of('of rank 2').effectiveRank).toBeLessThanOrEqual(2);
  expect(of('almost alike').rowSpread).toBeLessThan(1e-8);
  expect(of('alike')).toEqual({ effectiveRank: 0, rowSpread: 0 });
  program.destroy();
});

test('a trainer records it at the steps that were asked for, of the rows that there are, and its bits are those without it', async () => {
  const options = {
    model: sequential([dense(16), relu(), dense(3)]),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    data: { train: blobs(17, 4) },
    batchSize: 16,
  };
  const trainer = await engine.createTrainer({ ...options, probes: { every: 10, tensors: [], rank: rank({ every: 3 }) } });
  const records = await trainer.step(5);
  // The second batch of an epoch has a single row, of which there is no rank.
  expect(records.map(({ layers }) => layers?.map(({ effectiveRank }) => effectiveRank !== undefined))).toEqual([
    [true, true],
    undefined,
    [true, true],
    undefined,
    undefined,
  ]);
  const [hidden, output] = records[0]!.layers!;
  expect(hidden!.effectiveRank).toBeGreaterThan(1);
  // Three outputs differ in three directions at most.
  expect(output!.effectiveRank).toBeLessThanOrEqual(3);
  expect(hidden!.rowSpread).toBeGreaterThan(0);
  expect(hidden!.rowSpread).toBeLessThan(1);
  const plain = await engine.createTrainer({ ...options, probes: null });
  expect((await plain.step(5)).map(({ loss }) => loss)).toEqual(records.map(({ loss }) => loss));
  trainer.destroy();
  plain.destroy();
});
