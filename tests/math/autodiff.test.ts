import { expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Op } from '../../src/graph/op.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { bceWithLogits, klDivergence, LOSSES, type Loss, mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { addOp, multiplyOp, scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import * as ops from '../../src/ops/public.ts';
import { reduceAlong } from '../../src/ops/reduce.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { Random } from '../../src/random.ts';
import { gradcheck, interpret, type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { cpuTime } from '../support/cpu_time.ts';

const random = new Random(3);
const noise = (shape: readonly number[]): Tensor64 => tensor64(shape, () => random.normal());

function expectRight(graph: Graph, output: Value, inputs: ReadonlyMap<string, Tensor64>, upstream: Tensor64 | null, count: number): void {
  const results = gradcheck(graph, output, { inputs, upstream });
  expect(results).toHaveLength(count);
  for (const { value, error, index, autodiff, numeric } of results)
    expect(error, `${value.name}[${index}]: ${autodiff}, by differences ${numeric}`).toBeLessThan(1e-7);
}

test('gradients of a parameter that is used several times are added up', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3]);
  const w = graph.parameter('w', [3, 3]);
  const once = graph.apply(matmulOp, [x, w], {}, 'once')[0]!;
  const h = graph.apply(activationOp, [once], activationAttrs('tanh'), 'h')[0]!;
  const twice = graph.apply(matmulOp, [h, w], {}, 'twice')[0]!;
  const y = graph.apply(addOp, [twice, once], {}, 'y')[0]!;
  expectRight(
    graph,
    y,
    new Map([
      ['x', noise([2, 3])],
      ['w', noise([3, 3])],
    ]),
    noise([2, 3]),
    2,
  );
});

test('a value that is both inputs of one op gets both gradients', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3]);
  const y = graph.apply(multiplyOp, [x, x], {}, 'square')[0]!;
  const at = noise([2, 3]);
  expectRight(graph, y, new Map([['x', at]]), noise([2, 3]), 1);
});

test('asking for a parameter again by its path shares it', () => {
  const graph = new Graph();
  expect(graph.parameter('w', [2, 2])).toBe(graph.parameter('w', [2, 2]));
  expect(() => graph.parameter('w', [2, 3])).toThrow('w: declared twice, as parameter [2,2] and as parameter [2,3]');
});

const models: [string, (Layer | readonly Layer[])[], Loss, number][] = [
  ['a plain network', [repeat(3, [dense(4), activation('tanh')]), dense(3)], softmaxCrossEntropy({ labelSmoothing: 0.1 }), 1],
  [
    'residual blocks with and without a shortcut weight',
    [dense(4), residual([activation('gelu'), dense(4)], { scale: '1/sqrt(L)' }), residual([dense(5), activation('silu')]), dense(2)],
    mse(),
    2,
  ],
  ['branches, added and side by side', [concat([[dense(3)], [dense(2), activation('sigmoid')]]), add([[dense(4)], [dense(4)]]), dense(3)], klDivergence(), 3],
  ['batch norm and dropout', [dense(4), batchNorm(), activation('softplus'), dropout(0.4), dense(1)], bceWithLogits(), 1],
];

test.each(models)('every gradient of %s', (_name, layers, loss, targetSize) => {
  const graph = new Graph();
  const x = graph.input('x', [4, 3]);
  const targets = graph.input('targets', [4, targetSize], { dtype: loss.targetDtype ?? 'f32' });
  const { output } = sequential(layers).build(graph, x, 'train', new Map());
  const losses = loss.build(graph, output, targets);
  const parameters = graph.values.filter((value) => value.origin === 'parameter' || value.origin === 'buffer');
  const inputs = new Map<string, Tensor64>([
    ['x', noise([4, 3])],
    ['targets', tensor64([4, targetSize], (i) => (targetSize === 1 && loss.name === 'softmax_cross_entropy' ? i % 3 : 0.1 + (i % 3) * 0.3))],
    ...parameters.map((value) => [value.name, tensor64(value.type.shape, () => 0.7 * random.normal())] as const),
  ]);
  const trained = parameters.filter((value) => value.origin === 'parameter').length;
  expectRight(graph, losses, inputs, null, trained + 1);
});

test('a depth of 1,000 is differentiated at once, and right', () => {
  const graph = new Graph();
  let value = graph.input('x', [1, 1]);
  const w = graph.parameter('w', [1, 1]);
  for (let i = 0; i < 1000; i++) value = graph.apply(matmulOp, [value, w], {}, `${i}`)[0]!;
  const begun = cpuTime();
  const gradients = differentiate(value, graph.input('upstream', [1, 1]));
  const took = cpuTime() - begun;
  const at = 1.001;
  const values = interpret(
    graph,
    new Map([
      ['x', tensor64([1, 1], [1])],
      ['w', tensor64([1, 1], [at])],
      ['upstream', tensor64([1, 1], [1])],
    ]),
  );
  expect(values.get(gradients.get(w)!)!.data[0]).toBeCloseTo(1000 * at ** 999, 6);
  // 30 ms here; a quadratic walk takes seconds.
  expect(took).toBeLessThan(1000);
});

test('an op without a gradient on the way to the loss is named', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 2]);
  const oracle: Op<object> = { name: 'oracle', infer: ([type]) => [type!], vjp: null, lower: () => {} };
  const cut = graph.apply(oracle, [x], {}, 'oracle_1')[0]!;
  const y = graph.apply(scaleOp, [cut], { factor: 2 }, 'y')[0]!;
  expect(() => differentiate(y, x)).toThrow('differentiate: oracle_1: oracle has no gradient, but the loss depends on it');
});

test('what is no result of a graph is no loss', () => {
  expect(() => differentiate(new Graph().input('z', [1]))).toThrow('differentiate: z is an input, no result of this graph');
  expect(() => differentiate({} as Value)).toThrow('differentiate: expected a value of a graph, got {}');
});

/** Squares of x [samples, 1 or more], a batch. */
function squares(samples: number, columns = 1): { graph: Graph; x: Value; y: Value } {
  const graph = new Graph();
  const x = graph.input('x', [samples, columns], { batch: true });
  return { graph, x, y: graph.apply(multiplyOp, [x, x], {}, 'y')[0]! };
}

test.each([1, 2])('without a seed, the mean over the true rows is differentiated: %i rows per sample', (rowsPerSample) => {
  const { graph, x, y } = squares(8, rowsPerSample);
  const loss = reshape(graph, y, [8 * rowsPerSample]);
  const gradient = differentiate(loss).get(x)!;
  const given = tensor64(x.type.shape, (i) => i + 1);
  const seen = interpret(graph, new Map([['x', given]]), { rows: 5 }).get(gradient)!;
  given.data.forEach((value, i) => {
    expect(seen.data[i]).toBeCloseTo(i < 5 * rowsPerSample ? (2 * value) / (5 * rowsPerSample) : 0, 12);
  });
});

test('without a seed, a scalar is itself and rows that are no batch are all counted', () => {
  const graph = new Graph();
  const x = graph.input('x', [4]);
  const y = graph.apply(multiplyOp, [x, x], {}, 'y')[0]!;
  const sum = reduceAlong(graph, 'sum', y, [0], false);
  const [ofSum, ofMean] = [differentiate(sum).get(x)!, differentiate(y).get(x)!];
  const values = interpret(graph, new Map([['x', tensor64([4], [1, 2, 3, 4])]]));
  expect([...values.get(ofSum)!.data]).toEqual([2, 4, 6, 8]);
  expect([...values.get(ofMean)!.data]).toEqual([0.5, 1, 1.5, 2]);
});

test('what a seed is needed for, and what it must be', () => {
  const { graph, x, y } = squares(8, 3);
  expect(() => differentiate(y)).toThrow('differentiate: y [8, 3] has several numbers in a row');
  expect(() => differentiate(y, graph.input('seed', [8, 3]))).toThrow('differentiate: seed: expected f32 [8, 3] of a batch as y is, got f32 [8, 3]');
  expect(() => differentiate(y, squares(8, 3).x)).toThrow('differentiate: seed: expected a value of the graph of y');
  const gradient = differentiate(y, x).get(x)!;
  // The gradient of a gradient: some ops have none.
  expect(differentiate(gradient, x).has(x)).toBe(true);
});

const OF_EVERY_LOSS: [string, Loss][] = [
  ...(['mse', 'mae', 'huber', 'bce_with_logits', 'hinge', 'squared_hinge'] as const).map((name): [string, Loss] => [name, LOSSES[name].create()]),
  ['kl_div', klDivergence()],
  ['cross_entropy', softmaxCrossEntropy({ targets: 'probability' })],
];

test.each(OF_EVERY_LOSS)('targets of %s that need a gradient are refused, not passed over; data are not', (_name, loss) => {
  const teacher = (graph: Graph): Value => graph.apply(matmulOp, [graph.input('x', [4, 3]), graph.parameter('w', [3, 3])], {}, 'teacher')[0]!;
  const refused =
    /^differentiate: loss: expected targets that are data, got (teacher|y), whose gradient for the (parameter w|input y) would be missing: use \w+\(...\) of fathom-webgpu\/ops, or stopGradient/;
  const graph = new Graph();
  const computed = loss.build(graph, graph.parameter('logits', [4, 3]), teacher(graph));
  expect(() => differentiate(computed)).toThrow(refused);

  // Of an autoencoder.
  const both = new Graph();
  const y = both.input('y', [4, 3]);
  const own = loss.build(both, both.apply(matmulOp, [y, both.parameter('w', [3, 3])], {}, 'again')[0]!, y);
  expect(() => differentiate(own)).toThrow(refused);

  const data = new Graph();
  const stopped = loss.build(data, data.parameter('logits', [4, 3]), ops.stopGradient(teacher(data)));
  expect([...differentiate(stopped).keys()].map(({ name }) => name)).toContain('logits');
  const plain = new Graph();
  const targets = plain.input('targets', [4, 3]);
  expect(differentiate(loss.build(plain, plain.parameter('logits', [4, 3]), targets)).has(targets)).toBe(false);
  // Data in another shape, or computed, are data.
  const shaped = reshape(plain, plain.apply(scaleOp, [plain.input('flat', [12])], { factor: 0.5 })[0]!, [4, 3]);
  expect(differentiate(loss.build(plain, plain.parameter('logits', [4, 3]), shaped)).has(plain.find('logits')!)).toBe(true);
});

test('functions of fathom-webgpu/ops give targets their gradient', () => {
  for (const [name] of OF_EVERY_LOSS) {
    const of = { bce_with_logits: 'bceWithLogits', squared_hinge: 'squaredHinge', kl_div: 'klDivergence', cross_entropy: 'crossEntropy' }[name] ?? name;
    const graph = new Graph();
    const targets = graph.parameter('targets', [4, 3]);
    const loss = (ops as unknown as Record<string, (a: Value, b: Value) => Value>)[of]!(graph.input('x', [4, 3]), targets);
    expect(differentiate(loss).has(targets), name).toBe(true);
  }
});
