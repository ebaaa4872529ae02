// A graph as a program without training: state carried from run to run, and what does not fit.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compile, createEngine, type Engine } from '../../src/engine.ts';
import { Graph } from '../../src/graph/graph.ts';
import { matmulOp } from '../../src/ops/matmul.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

test('an output that is the next input', async () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 2]);
  const w = graph.parameter('w', [2, 2]);
  const y = graph.apply(matmulOp, [x, w], {}, 'y')[0]!;
  const program = await compile(engine, graph, { outputs: [y], carry: [{ from: y, to: x }] });
  program.write(x, Float32Array.of(1, 1));
  program.write(w, Float32Array.of(1, 1, 1, 0));
  program.run(10);
  // Fibonacci numbers
  expect((await program.read(y, x)).map((values) => [...values])).toEqual([
    [144, 89],
    [144, 89],
  ]);
  program.destroy();
});

test('data of another size is refused', async () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 2]);
  const y = graph.apply(matmulOp, [x, x], {}, 'y')[0]!;
  const program = await compile(engine, graph, { outputs: [y] });
  expect(() => program.write(x, new Float32Array(3))).toThrow('x: expected 4 values for [2, 2], got 3');
  expect(() => program.run(0)).toThrow('run: expected a positive number of times, got 0');
  program.destroy();
});

test('parameters of a trainer, by path; what is no value or missing is refused', async () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 2]);
  const y = graph.apply(matmulOp, [x, graph.parameter('w', [2, 1])], {}, 'y')[0]!;
  const program = await compile(engine, graph, { outputs: [y] });
  program.setParameters(
    new Map([
      ['w', { data: [3, 4] }],
      ['other', { data: [1] }],
    ]),
  );
  program.write(x, [1, 2]);
  program.run();
  expect([...(await program.read(y))[0]!]).toEqual([11]);
  expect(() => program.setParameters(new Map())).toThrow('setParameters: w is missing');
  expect(() => program.setParameters(new Map([['w', { data: [1] }]]))).toThrow('setParameters: w: expected 2 values for [2, 1], got 1');
  expect(() => program.setParameters(new Map([['w', { data: [[3, 4, 5]] as never }]]))).toThrow(
    'setParameters: w[0]: expected rows of 1 numbers for [2, 1], got 3',
  );
  expect(() => program.setParameters(new Map([['w', { shape: [1, 2], data: [3, 4] }]]))).toThrow('setParameters: w: expected a tensor of [2, 1], got [1, 2]');
  expect(() => program.write(undefined as never, [1])).toThrow('write: expected a value of the graph, or its name, got undefined');
  expect([...(await program.read('y'))[0]!]).toEqual([11]);
  await expect(program.read({ id: 1, name: 'y' } as never)).rejects.toThrow('read: expected values of the graph, or their names, got');
  program.destroy();
  await expect(compile(engine, graph, {} as never)).rejects.toThrow('compile: outputs: expected a list, got undefined');
  await expect(compile(engine, graph, { outputs: [new Graph().input('z', [1])] })).rejects.toThrow(
    'compile: expected values of this graph in outputs and carry',
  );
});
