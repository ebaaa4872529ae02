// Every op: listed, with a reference, and with gradients that central differences confirm.
import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { Random } from '../../src/random.ts';
import { gradcheck, REFERENCE, tensor64 } from '../../src/reference/index.ts';
import { ALL_CASES, buildCase, OP_CASES } from '../support/op_cases.ts';
import { OPS } from '../support/ops.ts';

test('every op has a name of its own, a float64 twin, and cases or a word of where else it is checked', () => {
  expect(OPS.length).toBeGreaterThan(60);
  const names = OPS.map((op) => op.name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  expect(names.filter((name) => !Object.hasOwn(REFERENCE, name))).toEqual([]);
  expect(names.filter((name) => !Object.hasOwn(OP_CASES, name))).toEqual([]);
  const gone = (name: string): boolean => !names.includes(name);
  expect([...Object.keys(REFERENCE), ...Object.keys(OP_CASES)].filter(gone)).toEqual([]);
});

test('an op with a gradient of its own has a case that checks it', () => {
  expect(OPS.filter((op) => op.vjp && typeof OP_CASES[op.name] === 'string').map((op) => op.name)).toEqual([]);
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
