// Every op: listed, with a reference, and with gradients that central differences confirm.
import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import type { Op } from '../../src/graph/op.ts';
import { OPS } from '../../src/ops/index.ts';
import { Random } from '../../src/random.ts';
import { gradcheck, REFERENCE, tensor64 } from '../../src/reference/index.ts';
import { ALL_CASES, buildCase, OP_CASES } from '../support/op_cases.ts';

const modules = import.meta.glob<Record<string, unknown>>('../../src/ops/*.ts', { eager: true });
const isOp = (value: unknown): value is Op => typeof value === 'object' && value !== null && 'lower' in value && 'infer' in value;

test('OPS lists every op that src/ops exports, under its name', () => {
  const exported = new Set(Object.values(modules).flatMap((module) => Object.values(module).filter(isOp)));
  expect([...exported].filter((op) => !Object.values(OPS).includes(op as never)).map((op) => op.name)).toEqual([]);
  expect(Object.values(OPS).map((op) => op.name)).toEqual(Object.keys(OPS));
  expect(Object.keys(REFERENCE).sort()).toEqual(Object.keys(OPS).sort());
});

test('an op with a gradient of its own has a case that checks it', () => {
  const unchecked = Object.entries(OPS).filter(([name, op]) => op.vjp && typeof OP_CASES[name as keyof typeof OPS] === 'string');
  expect(unchecked.map(([name]) => name)).toEqual([]);
});

const differentiable = ALL_CASES.filter((op) => !op.noGradient);

// In the middle of a graph: another op before it, and a gradient that is not one behind it.
test.each(differentiable)('gradient of $name with a random upstream gradient', (op) => {
  const rows = op.fourRows ? 4 : 3;
  const { graph, output, inputs } = buildCase(op, { rows, columns: 5 }, new Graph(), { between: true });
  const random = new Random(5);
  const upstream = tensor64(output.type.shape, () => random.normal());
  const results = gradcheck(graph, output, { inputs, upstream });
  const differentiated = [...inputs.keys()].filter((name) => name !== 'targets');
  expect(results.map(({ value }) => value.name)).toEqual(differentiated);
  for (const { value, error, index, autodiff, numeric } of results)
    expect(error, `${value.name}[${index}]: ${autodiff}, by differences ${numeric}`).toBeLessThan(1e-7);
});

test.each(differentiable.filter((op) => op.loss))('gradient of the mean of $name, with padding behind the true rows', (op) => {
  const { graph, output, inputs } = buildCase(op, { rows: 4, columns: 5 }, new Graph(), { between: true });
  const results = gradcheck(graph, output, { inputs, upstream: null, rows: 3 });
  for (const { value, error, index, autodiff, numeric } of results)
    expect(error, `${value.name}[${index}]: ${autodiff}, by differences ${numeric}`).toBeLessThan(1e-7);
});

test('gradient of batch norm with padding behind the true rows', () => {
  const op = ALL_CASES.find((c) => c.name === 'batch_norm')!;
  const { graph, output, inputs } = buildCase(op, { rows: 8, columns: 3 }, new Graph(), { between: true });
  const random = new Random(5);
  // What arrives at padded rows is zero, as it is from every loss.
  const upstream = tensor64(output.type.shape, (i) => (i < 5 * 3 ? random.normal() : 0));
  const results = gradcheck(graph, output, { inputs, upstream, rows: 5 });
  expect(results).toHaveLength(3);
  for (const { error } of results) expect(error).toBeLessThan(1e-7);
});
