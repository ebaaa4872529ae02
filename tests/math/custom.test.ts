// Custom layers, losses and activations: what they are built into, what probes see of them, and what is refused.
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { ShapeError, UsageError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { wgslActivation } from '../../src/nn/activation_constructor.ts';
import type { Initializers } from '../../src/nn/build.ts';
import { type LayerContext, layer, ones, zeros } from '../../src/nn/custom.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { dense } from '../../src/nn/layers.ts';
import { requireLoss } from '../../src/nn/losses/loss.ts';
import { type CustomLossOptions, loss, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential, summary } from '../../src/nn/sequential.ts';
import type { CustomActivation } from '../../src/ops/activations.ts';
import * as ops from '../../src/ops/public.ts';
import { interpret, tensor64 } from '../../src/reference/index.ts';
import { stepGraph } from '../support/models.ts';

const scale = layer('scale', (x, { parameter }) => ops.mul(x, parameter('gain', [ops.last(x)], ones())));
/** A dense layer as a user may write it. */
const linear = (units: number): Layer =>
  layer('linear', (x, { parameter }) =>
    ops.add(ops.matmul(x, parameter('weight', [ops.last(x), units], { scheme: 'he_normal' })), parameter('bias', [units], zeros(), { decay: false })),
  );

test('parameters have paths, starts and options; tables count them', () => {
  const model = sequential([linear(6), scale, dense(3)]);
  const graph = new Graph();
  const initializers: Initializers = new Map();
  model.build(graph, graph.input('x', [4, 5], { batch: true }), 'train', initializers);
  expect([...initializers.keys()]).toEqual(['linear_1/weight', 'linear_1/bias', 'scale_1/gain', 'dense_1/weight', 'dense_1/bias']);
  expect(initializers.get('scale_1/gain')).toEqual({ shape: [6], initializer: { scheme: 'constant', value: 1 } });
  expect(graph.find('linear_1/bias')!.options).toEqual({ decay: false });
  expect(graph.nodes.map(({ name }) => name)).toEqual(['linear_1/matmul', 'linear_1/add', 'scale_1/multiply', 'dense_1', 'dense_1/z']);
  expect(summary(model, 5)).toMatch(/linear_1 +\[batch, 6\] +36\nscale_1 +\[batch, 6\] +6\n/);
});

test('probes see what it multiplies with a weight, and the bias after it', () => {
  const { taps } = stepGraph(sequential([linear(6), tanhLike(), scale, dense(3)]), { probes: {} });
  expect(taps.layers.map(({ name, fanIn, width, activation, bias }) => [name, fanIn, width, activation, bias?.name])).toEqual([
    ['linear_1', 5, 6, 'tanh_like', 'linear_1/bias'],
    ['dense_1', 6, 3, 'linear', 'dense_1/bias'],
  ]);
});

test('a buffer is read as it was, and set after the step in training alone', () => {
  const centred = layer('centred', (x, { buffer, assign, training }) => {
    const mean = buffer('mean', [ops.last(x)], 0.5);
    if (training) assign(mean, ops.add(ops.mul(mean, 0.9), ops.mul(ops.mean(x, 0), 0.1)));
    return ops.sub(x, mean);
  });
  const model = sequential([centred, dense(3)]);
  const { graph, model: built, initializers } = stepGraph(model);
  expect(built.assignments.map(({ buffer }) => buffer.name)).toEqual(['centred_1/mean']);
  expect(initializers.get('centred_1/mean')!.initializer).toEqual({ scheme: 'constant', value: 0.5 });
  expect(graph.nodes.at(-1)!.op.name).toBe('assign_buffer');
  expect(graph.nodes.findIndex(({ op }) => op.name === 'update')).toBe(graph.nodes.length - 2);
  const infer = new Graph();
  expect(model.build(infer, infer.input('x', [4, 5], { batch: true })).assignments).toEqual([]);
});

test('two dropouts of a layer differ by their keys', () => {
  const keys: number[] = [];
  const noisy = layer('noisy', (x, { key }) => {
    keys.push(key);
    return ops.dropout(x, 0.5, { key });
  });
  stepGraph(sequential([noisy, noisy, dense(3)]));
  // Once for the number of outputs, once for the step.
  expect(new Set(keys).size).toBe(2);
});

test('the gradient of the outputs for the inputs', () => {
  const model = sequential([linear(4), layer('silu', ops.silu), dense(3)]);
  const graph = new Graph();
  const x = graph.input('x', [8, 5], { batch: true });
  const gradient = differentiate(ops.sum(ops.max(model.build(graph, x).output, -1))).get(x)!;
  expect(gradient.type).toEqual(x.type);
});

describe('a loss of one’s own', () => {
  const focal = (output: Value, label: Value): Value => {
    const each = ops.crossEntropy(output, label);
    return ops.mul(ops.square(ops.sub(1, ops.exp(ops.neg(each)))), each);
  };

  test('of classes needs outputs to choose from: the largest of one would be right every time', () => {
    const graph = new Graph();
    const y = graph.input('y', [8, 1], { batch: true });
    const own = loss('own', (output, target) => ops.square(ops.sub(output, target)), { task: 'classification', targets: 'values' });
    expect(() => own.build(graph, y, graph.input('t', [8, 1], { batch: true }))).toThrow(
      "loss own: expected 2 outputs or more, the class is the largest of them; for one output use task 'regression'",
    );
  });

  test('is what ours is, to the gradient, with padding behind the true rows', () => {
    const gradients = [
      softmaxCrossEntropy(),
      loss('own', ops.crossEntropy, { task: 'classification' }),
      loss('probabilities', (y, t) => ops.crossEntropy(y, ops.mul(t, 1)), { targetSize: 3 }),
    ].map((each, i) => {
      const graph = new Graph();
      const y = graph.input('y', [8, 3], { batch: true });
      const targets = graph.input('targets', i < 2 ? [8, 1] : [8, 3], { batch: true, dtype: i < 2 ? 'i32' : 'f32' });
      const losses = each.build(graph, y, targets);
      expect(losses.type).toEqual({ shape: [8], dtype: 'f32', rowsPerSample: 1 });
      const values = interpret(
        graph,
        new Map([
          ['y', tensor64([8, 3], (at) => Math.sin(at))],
          ['targets', tensor64(targets.type.shape, (at) => (i < 2 ? at % 3 : Number(at % 3 === Math.floor(at / 3) % 3)))],
        ]),
        { rows: 5 },
      );
      const gradient = differentiate(losses).get(y)!;
      const again = interpret(
        graph,
        new Map([
          ['y', values.get(y)!],
          ['targets', values.get(targets)!],
        ]),
        { rows: 5 },
      );
      return [...again.get(gradient)!.data];
    });
    gradients[0]!.forEach((value, at) => {
      for (const other of gradients.slice(1)) expect(other[at]).toBeCloseTo(value, 12);
    });
  });

  test('its task decides what targets are, and a function alone is none', () => {
    expect(loss('focal', focal, { task: 'classification' })).toMatchObject({ name: 'focal', task: 'classification', targetDtype: 'i32' });
    expect(loss('own', (y) => ops.sum(y, -1))).toMatchObject({ name: 'own', task: 'regression', targetDtype: 'f32' });
    expect(loss('focal', focal, { task: 'classification' }).toClassIndex!(Float32Array.of(1, 3, 2))).toBe(1);
    expect(() => requireLoss(focal)).toThrow(
      "loss: expected a loss, got a function: call what makes one, as in mse(), or give loss('name', f), with a task for classification",
    );
    expect(() => requireLoss('mse')).toThrow('loss: expected a loss, got "mse"');
  });

  test.each<[string, (output: Value, target: Value) => unknown, CustomLossOptions, string]>([
    [
      'several numbers in a row',
      (y) => y,
      {},
      'loss own: expected one number for each row of the output [8, 3], so [8] of the batch, got [8, 3]: take means and sums over the last axis',
    ],
    [
      'a number for all rows',
      (y) => ops.mean(y),
      {},
      'loss own: expected one number for each row of the output [8, 3], so [8] of the batch, got [] of no batch',
    ],
    ['no value', () => 3, {}, 'loss own: expected the function to return a value of this graph, got 3'],
    ['another task', (y) => y, { task: 'ranking' as never }, 'loss own: task: expected one of classification, regression; got "ranking"'],
    ['half a column', (y) => y, { targetSize: 0.5 }, 'loss own: targetSize: expected a positive integer, got 0.5'],
  ])('%s', (_name, build, options, message) => {
    const graph = new Graph();
    const y = graph.input('y', [8, 3], { batch: true });
    expect(() => loss('own', build as never, options).build(graph, y, graph.input('targets', [8, 3], { batch: true }))).toThrow(message);
  });
});

const tanhDefinition: CustomActivation = {
  wgsl: `const LOW = -1.0;
    fn clipped(x: vec4f) -> vec4f { return clamp(tanh(x), vec4f(LOW), vec4f(1.0)); }
    fn act(x: vec4f) -> vec4f { return clipped(x); }
    fn act_grad(y: vec4f) -> vec4f { return 1.0 - y * y; }`,
  value: Math.tanh,
  derivative: (x) => 1 - Math.tanh(x) ** 2,
  gradientFrom: 'output',
};
const tanhLike = wgslActivation('tanh_like', tanhDefinition);

test('WGSL of one’s own keeps out of the way of ours', () => {
  expect(tanhLike.activation.wgsl).toContain('fn own_clipped(x: vec4f)');
  expect(tanhLike.activation.wgsl).toContain('const own_LOW = -1.0;');
  expect(tanhLike.activation.wgsl).toContain('fn act(x: vec4f) -> vec4f { return own_clipped(x); }');
});

test.each<[string, Partial<CustomActivation>, string]>([
  ['no text', { wgsl: undefined as never }, 'wgslActivation f: wgsl is missing: expected a string'],
  [
    'no derivative in WGSL',
    { wgsl: 'fn act(x: vec4f) -> vec4f { return x; }' },
    'wgslActivation f: wgsl: expected `fn act_grad(x: vec4f) -> vec4f`, there is none',
  ],
  ['no derivative', { derivative: undefined as never }, 'wgslActivation f: derivative is missing: expected a function of a number'],
  ['a parameter', { params: { alpha: 1 } }, 'wgslActivation f: wgsl: expected `override ALPHA: f32` for the parameter alpha, there is none'],
  ['where it starts from', { gradientFrom: 'z' as never }, 'wgslActivation f: gradientFrom: expected one of input, output; got "z"'],
])('%s of an activation is refused', (_name, change, message) => {
  expect(() => wgslActivation('f', { ...tanhDefinition, ...change })).toThrow(UsageError);
  expect(() => wgslActivation('f', { ...tanhDefinition, ...change })).toThrow(message);
});

test.each([Symbol('s'), Object.create(null), 5, undefined])('a name that is no text is refused, also where it has none: %o', (name) => {
  expect(() => wgslActivation(name as never, tanhDefinition)).toThrow(UsageError);
});

test.each<[string, (x: Value, context: LayerContext) => unknown, new (...args: never[]) => Error, string]>([
  [
    'a name with a slash',
    (x, { parameter }) => ops.mul(x, parameter('a/b', [5], ones())),
    UsageError,
    'layer own_1: expected a name without a slash, got "a/b"',
  ],
  ['no start', (x, { parameter }) => ops.mul(x, parameter('a', [5], undefined as never)), UsageError, 'layer own_1: a: expected how it starts'],
  ['another start', (x, { parameter }) => ops.mul(x, parameter('a', [5], { scheme: 'best' as never })), UsageError, 'layer own_1: a.scheme: expected one of'],
  [
    'half a unit',
    (x, { parameter }) => ops.mul(x, parameter('a', [2.5], ones())),
    UsageError,
    'layer own_1: a: expected a shape of positive integers, got [2.5]',
  ],
  ['no buffer', (x, { assign }) => assign(x, x), UsageError, 'layer own_1: assign: expected a buffer, got '],
  [
    'a batch for a buffer',
    (x, { buffer, assign }) => assign(buffer('a', [4, 5]), x),
    ShapeError,
    'layer own_1: assign: expected f32 [4, 5] for own_1/a, no batch, got f32 [4, 5]',
  ],
  ['no value', () => 5, UsageError, 'layer own_1: expected the function to return a value of this graph, got 5'],
  ['a promise', async (x) => x, UsageError, 'layer own_1: expected the function to return a value of this graph, got a Promise: await it'],
])('%s is refused', (_name, build, kind, message) => {
  const graph = new Graph();
  const x = graph.input('x', [4, 5], { batch: true });
  const call = (): unknown => sequential([layer('own', build as never), dense(3)]).build(graph, x, 'train');
  expect(call).toThrow(kind);
  expect(call).toThrow(message);
});

test('a name of a layer', () => {
  for (const name of ['', 'a/b', 'a b', 3]) expect(() => layer(name as string, (x) => x)).toThrow('layer: expected a name of letters, digits, _ and -');
  expect(() => layer('a', undefined as never)).toThrow('layer a: expected a function from a value to a value, got undefined');
});
