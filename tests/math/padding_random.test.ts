// Padding reaches nothing in random graphs either, once needless fillings are left out and nodes are fused: four samples of a batch of eight are
// four alone, and what ops say of padded rows is so.
import { expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Node, type Value } from '../../src/graph/graph.ts';
import type { Padding } from '../../src/graph/op.ts';
import { LOSSES } from '../../src/nn/losses.ts';
import { batchNormOp } from '../../src/ops/batch_norm.ts';
import { fusionsFor } from '../../src/ops/fusions.ts';
import { elementwiseLossOp } from '../../src/ops/losses.ts';
import * as ops from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { interpret, type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { fuse } from '../../src/scheduler/fuse.ts';
import { dropNeedlessFilling } from '../../src/scheduler/padding.ts';
import { prune } from '../../src/scheduler/prune.ts';
import { batch, samplesOf } from '../../src/shape.ts';
import { expectClose } from '../support/close.ts';

const SAMPLES = 4;
const PADDED = 8;
const CLASSES = 3;

/** A graph whose shape the seed decides; `rows` samples. */
function build(seed: number, rows: number): { graph: Graph; outputs: Value[] } {
  const random = new Random(seed);
  const pick = <T>(of: readonly T[]): T => of[random.integer(of.length)]!;
  const graph = new Graph();
  const x = graph.input('x', [rows, 4], { batch: true, padding: pick<Padding>(['alike', 'alike', 'any']) });
  const labels = graph.input('labels', { ...batch(rows, 1), dtype: 'i32' }, { padding: 'alike' });
  let count = 0;
  const weight = (...shape: number[]): Value => graph.parameter(`w${count++}`, shape);
  const to = (v: Value, columns: number): Value => (ops.last(v) === columns ? v : ops.matmul(v, weight(ops.last(v), columns)));
  const act = (v: Value): Value => pick([ops.tanh, ops.relu, ops.gelu, ops.sigmoid, ops.softplus])(v);
  const dense = (v: Value): Value => act(ops.add(ops.matmul(v, weight(ops.last(v), ops.last(v))), weight(ops.last(v))));
  const perRow = (v: Value): Value => ops.reshape(v, [rows, 1]);
  /** Of a value with an even number of columns. */
  const makers: ((a: Value, b: Value) => Value)[] = [
    dense,
    dense,
    (a) => ops.reshape(dense(ops.reshape(a, [2 * rows, 2])), [rows, 4]),
    (a) => ops.flatten(dense(ops.transpose(ops.reshape(a, [rows, 2, 2]), [0, 2, 1]))),
    (a, b) => pick([ops.add, ops.sub, ops.mul, ops.maximum, ops.minimum])(a, b),
    (a) => pick([ops.add, ops.sub, ops.mul, ops.maximum, ops.minimum])(a, pick([0, 0.5, -1])),
    (a, b) => ops.div(a, ops.square(b)),
    (a) => pick([ops.log, ops.sqrt, ops.rsqrt])(ops.square(a)),
    (a) => ops.pow(ops.square(a), pick([-1, 0.5, 1.5])),
    (a) => pick([ops.softmax, ops.logSoftmax, ops.layerNorm])(a),
    (a) => ops.sub(a, pick([ops.mean, ops.max, ops.logSumExp, ops.norm])(a, 0, { keepDims: true })),
    (a) => ops.sqrt(ops.sub(ops.max(a, 0, { keepDims: true }), ops.mul(a, 0.999))),
    (a) => ops.mul(a, pick([ops.sum, ops.min, ops.variance, ops.norm])(a, -1, { keepDims: true })),
    (a, b) => to(ops.concat([a, b]), 4),
    (a, b) => ops.concat([ops.slice(a, 1, 1, 3), ops.slice(b, 1, 0, 2)]),
    (a) => ops.pad(ops.slice(a, 1, 0, 2), [[0, 0], [1, 1]], pick([0, 2])), // biome-ignore format: a table
    (a) => graph.apply(batchNormOp, [a, weight(4), weight(4)], { epsilon: 1e-3 })[0]!,
    (a, b) => pick([ops.mul, ops.div])(a, perRow(ops.crossEntropy(to(b, CLASSES), labels))),
    (a, b) => pick([ops.log, ops.sqrt, ops.square])(ops.mul(ops.square(a), perRow(ops.crossEntropy(to(b, CLASSES), labels)))),
    (a, b) =>
      ops.broadcastTo(perRow(ops.sqrt(graph.apply(elementwiseLossOp, [a, ops.stopGradient(b)], { entry: LOSSES.mse.entry, params: {} })[0]!)), [rows, 4]),
  ];
  const pool = [x, dense(x)];
  for (let i = 0; i < 6; i++) {
    const made = pick(makers)(pick(pool.slice(-3)), pick(pool));
    // Nothing grows without bound.
    pool.push(random.uniform() < 0.5 ? ops.tanh(made) : made);
  }
  const last = pool.at(-1)!;
  const losses = pick([
    () => ops.crossEntropy(to(last, CLASSES), labels),
    () => ops.sqrt(ops.crossEntropy(to(last, CLASSES), labels)),
    () => ops.mean(ops.square(last), -1),
    () => graph.apply(elementwiseLossOp, [last, ops.stopGradient(x)], { entry: LOSSES.huber.entry, params: {} })[0]!,
  ])();
  const gradients = differentiate(losses);
  const wanted = graph.values.flatMap((value) => (value.origin === 'node' ? [] : (gradients.get(value) ?? [])));
  return { graph, outputs: [last, losses, ...new Set(wanted)] };
}

/** What padded rows hold by what ops say. */
function claims(nodes: readonly Node[]): Map<Value, Padding> {
  const known = new Map<Value, Padding>();
  for (const { op, inputs, outputs, attrs } of nodes) {
    const held = inputs.map((value) => known.get(value) ?? (value.type.rowsPerSample > 0 ? (value.padding ?? 'any') : 'alike'));
    const left = op.padding?.(held, attrs) ?? [];
    outputs.forEach((value, i) => {
      if (value.type.rowsPerSample > 0) known.set(value, left[i] ?? 'any');
    });
  }
  return known;
}

const finite = (data: ArrayLike<number>): boolean => Array.from(data).every(Number.isFinite);

test('graphs of eight ops each', () => {
  let compared = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const alone = build(seed, SAMPLES);
    const among = build(seed, PADDED);
    const random = new Random(1000 + seed);
    const given = new Map<string, Tensor64>();
    const surrounded = new Map<string, Tensor64>();
    for (const { name, type, origin, padding } of alone.graph.values) {
      if (origin === 'node') continue;
      const t = tensor64(type.shape, (i) => (type.dtype === 'i32' ? i % CLASSES : 0.3 + Math.fround(random.normal())));
      given.set(name, t);
      const columns = t.data.length / type.shape[0]!;
      const loud = padding === 'any' ? [1e4, Number.NaN, Number.POSITIVE_INFINITY][seed % 3]! : undefined;
      surrounded.set(
        name,
        origin === 'input' ? tensor64([PADDED, ...type.shape.slice(1)], (i) => t.data[i] ?? loud ?? t.data[t.data.length - columns + (i % columns)]!) : t,
      );
    }
    const expected = interpret(alone.graph, given, { rows: SAMPLES });
    if (!alone.outputs.every((value) => finite(expected.get(value)!.data))) continue;
    compared++;

    const targets = new Set(among.outputs);
    const kept = prune(among.graph.nodes, targets);
    const nodes = dropNeedlessFilling(kept, targets);
    const got = interpret(among.graph, surrounded, { rows: SAMPLES, nodes: fuse(nodes, fusionsFor(nodes), targets).nodes });
    among.outputs.forEach((value, i) => {
      const { data } = got.get(value)!;
      const size = value.type.rowsPerSample > 0 ? (data.length / samplesOf(value.type)) * SAMPLES : data.length;
      expectClose(`seed ${seed}: ${value.name}`, data.slice(0, size), expected.get(alone.outputs[i]!)!.data, 1e-9, 1e-9);
    });

    const plain = interpret(among.graph, surrounded, { rows: SAMPLES, nodes });
    for (const [value, padding] of claims(nodes)) {
      const { data } = plain.get(value)!;
      const size = (data.length / samplesOf(value.type)) * SAMPLES;
      const behind = data.slice(size);
      if (!finite(data.slice(0, size))) continue;
      if (padding === 'zero')
        expect(
          behind.filter((v) => v !== 0),
          `seed ${seed}: ${value.name} has zeros`,
        ).toHaveLength(0);
      if (padding === 'alike') expect(finite(behind), `seed ${seed}: ${value.name} is finite`).toBe(true);
    }
  }
  expect(compared).toBeGreaterThan(80);
});
