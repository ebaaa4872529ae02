// What the page shows of each unit over the plane, against float64 and against what the network answers there.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OpenLayer } from '../../demo/engine/open_layer.ts';
import { gridOf } from '../../demo/engine/surface.ts';
import { type FromWorker, UNIT_GRID } from '../../demo/protocol.ts';
import { rowsOf } from '../../demo/rows.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { Graph } from '../../src/graph/graph.ts';
import { deriveTaps } from '../../src/inspect/taps.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, batchNorm, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { buildAny, declareInputs } from '../../src/nn/model.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { interpret, tensor64 } from '../../src/reference/index.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { expectClose } from '../support/close.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const ROWS = UNIT_GRID ** 2;
const REACH = 2.12;
const tanh = activation('tanh');

const NETWORKS: [string, (Layer | readonly Layer[])[]][] = [
  ['layers in a row, with dropout', [repeat(3, [dense(5), tanh, dropout({ rate: 0.3 })]), dense(2)]],
  ['batch norm, and scaled blocks', [dense(6), batchNorm(), tanh, repeat(2, [residual([dense(6), batchNorm(), tanh], { scale: '1/sqrt(L)' })]), dense(2)]],
];

test.each(NETWORKS)('%s: the units of every layer', async (_name, layers) => {
  const trainer = await engine.createTrainer({
    model: sequential(layers),
    loss: softmaxCrossEntropy(),
    optimizer: sgd({ learningRate: 0.1 }),
    data: { train: blobs(40, 2, 2) },
    batchSize: 16,
    probes: { every: 1, tensors: ['h', 'delta'] },
  });
  const told: FromWorker[] = [];
  const rows = rowsOf(trainer.history);
  const open = new OpenLayer(1, engine, trainer, rows, (message) => told.push(message));
  try {
    await trainer.step(5);
    const grid = gridOf(UNIT_GRID, REACH);
    const graph = new Graph();
    const given = declareInputs(graph, trainer.model.inputs, ROWS);
    const { nodes, outputs } = buildAny(trainer.model.description, graph, given, 'infer');
    const taps = deriveTaps({ nodes, inputs: Object.values(given), outputs }).layers;
    const weights = await trainer.parameters();
    const values = interpret(
      graph,
      new Map([
        ['x', tensor64([ROWS, 2], (i) => grid[i]!)],
        ...[...weights].map(([path, { shape, data }]) => [path, tensor64(shape, (i) => Number(data[i]))] as const),
      ]),
    );
    for (const [k, { layer }] of rows.entries()) {
      await open.tellUnits(k + 1, REACH);
      const message = told.at(-1)!;
      if (message.type !== 'units') throw new Error(message.type);
      expect(message.layer).toBe(k + 1);
      const { h } = taps.find(({ name }) => name === layer!.name)!;
      const units = layer!.width;
      const right = values.get(h)!.data;
      expectClose(
        layer!.name,
        message.values,
        Float64Array.from({ length: ROWS * units }, (_, i) => right[(i % ROWS) * units + Math.floor(i / ROWS)]!),
        1e-5,
      );
    }
    // In a row the last of them times the weights of the output are the answers.
    if (rows.some(({ branch }) => branch)) return;
    const last = await open.unitsOf(rows.at(-1)!.layer!.name, REACH);
    const [weight, bias] = [...weights.values()].slice(-2).map(({ data }) => data as Float32Array);
    const logits = Float64Array.from({ length: 2 * ROWS }, (_, i) => {
      const [row, k] = [Math.floor(i / 2), i % 2];
      let sum = bias![k]!;
      for (let unit = 0; unit < 5; unit++) sum += last[unit * ROWS + row]! * weight![unit * 2 + k]!;
      return sum;
    });
    expectClose('logits', await trainer.predict(grid), logits, 1e-5);
  } finally {
    open.destroy();
    trainer.destroy();
  }
});
