// A graph as a program without training: state carried from run to run, and what does not fit.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { compile } from '../../src/compile.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { UsageError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import * as ops from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { openPlan, storePlan } from '../../src/scheduler/stored.ts';
import { expectClose } from '../support/gpu.ts';

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
  program.write(x, [1, 2, 3, 4]);
  program.destroy();
});

test('a run that would compute with zeros is refused, also of a plan that was opened; what is not read, or carried, need not be written', async () => {
  const graph = new Graph();
  const [x, state] = [graph.input('x', [1, 2]), graph.input('state', [1, 2])];
  const y = ops.add(ops.matmul(x, graph.parameter('w', [2, 2])), state);
  const unused = ops.add(y, graph.input('target', [1, 2]));
  expect(Graph.of(unused)).toBe(graph);
  const program = await compile(engine, graph, { outputs: [y], carry: [{ from: y, to: state }] });
  const opened = await compile(engine, openPlan(storePlan(program.plan)));
  for (const each of [program, opened]) {
    expect(() => each.run()).toThrow('run: x, w: nothing was written yet: call write("x", data), or setParameters, first');
    each.write('x', [1, 2]);
    expect(() => each.run()).toThrow(/^run: w: nothing was written yet/);
    each.setParameters(new Map([['w', { data: [1, 0, 0, 1] }]]));
    each.run(2);
    expect([...(await each.read(y.name))[0]!]).toEqual([2, 4]);
    each.destroy();
  }
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
  await expect(compile(engine, graph, {} as never)).rejects.toThrow('compile: outputs is missing: expected a list');
  await expect(compile(engine, graph, { outputs: [new Graph().input('z', [1])] })).rejects.toThrow(
    'compile: expected values of this graph in outputs and carry',
  );
});

test('options are checked, and what nothing has computed is not read as zeros', async () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3], { batch: true });
  const y = ops.neg(x);
  for (const wrong of [{ rows: -5 }, { rows: 1.5 }, { rows: 0 }, { rows: 2 ** 40 }, { seed: 'x' }, { capabilities: 3 }, { row: 1 }, { carry: {} }, { fuse: 1 }])
    await expect(compile(engine, graph, { outputs: [y], ...wrong } as never)).rejects.toBeInstanceOf(UsageError);
  const program = await compile(engine, graph, { outputs: [y] });
  await expect(program.read(y)).rejects.toThrow(`read: ${y.name}: nothing has computed it yet: call run() first`);
  program.write(x, [1, 2, 3, 4, 5, 6]);
  expect([...(await program.read(x))[0]!]).toEqual([1, 2, 3, 4, 5, 6]);
  await expect(program.read(x, y)).rejects.toBeInstanceOf(UsageError);
  program.run();
  expect([...(await program.read(y))[0]!]).toEqual([-1, -2, -3, -4, -5, -6]);
  program.destroy();
});

test('indices of an embedding are checked where they are known; computed ones that are none give NaN, and a gradient that is the same bits every time', async () => {
  const graph = new Graph();
  const tokens = graph.input('tokens', [8, 3], { dtype: 'i32', batch: true });
  const table = graph.parameter('table', [5, 2]);
  const picked = ops.gather(table, tokens);
  const computed = ops.gather(table, ops.cast(graph.input('x', [2]), 'i32'));
  const gradient = differentiate(ops.sum(picked)).get(table)!;
  const program = await compile(engine, graph, { outputs: [picked, computed, gradient], rows: 7 });
  program.setParameters(new Map([['table', { data: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }]]));
  const rows = Array.from({ length: 8 }, (_, i) => [i % 5, 4, 0]);
  expect(() => program.write(tokens, rows.with(6, [1, 5, 0]))).toThrow(
    'tokens, row 6, column 1: expected an index from 0 to 4, as gather takes it for a size of 5, got 5',
  );
  // A padded row counts for nothing.
  program.write(tokens, rows.with(7, [-1, 5, 99]));
  program.write('x', [Number.NaN, 4.9]);
  program.run();
  const [a, b, c] = await program.read(picked, computed, gradient);
  expect([...a!.subarray(0, 6)]).toEqual([0, 1, 8, 9, 0, 1]);
  expect([...b!]).toEqual([Number.NaN, Number.NaN, 8, 9]);
  expect([...c!]).toEqual([9, 9, 2, 2, 1, 1, 1, 1, 8, 8]);
  program.destroy();
});

test('the gradient of an embedding adds up more picks than a piece holds, in a fixed order', async () => {
  const picks = 20_000;
  const graph = new Graph();
  const table = graph.parameter('table', [7, 3]);
  const indices = graph.input('indices', [picks], { dtype: 'i32' });
  const gradient = differentiate(ops.gather(table, indices), graph.input('seed', [picks, 3])).get(table)!;
  const program = await compile(engine, graph, { outputs: [gradient] });
  const random = new Random(3);
  const given = Array.from({ length: picks }, (_, i) => (i % 3 === 0 ? 6 : i % 7));
  const seed = Float32Array.from({ length: picks * 3 }, () => random.normal());
  program.write('indices', given);
  program.write('seed', seed);
  const sums = new Float64Array(21);
  seed.forEach((value, i) => {
    sums[given[Math.floor(i / 3)]! * 3 + (i % 3)]! += value;
  });
  program.run();
  const [first] = await program.read(gradient);
  // Sums of 2,000 to 9,000 terms.
  expectClose('gradient', first!, sums, 1e-6 + 4e-7 * Math.sqrt(picks));
  program.run();
  expect([...(await program.read(gradient))[0]!]).toEqual([...first!]);
  program.destroy();
});
