// Padding reaches nothing, in float64: five samples among loud padding are five samples alone.
import { expect, test } from 'vitest';
import { interpret } from '../../src/reference/index.ts';
import { expectClose } from '../support/close.ts';
import { counted, PADDING_CASES, padded, WITHOUT_BATCH } from '../support/padding.ts';

test.each(PADDING_CASES)('$name', (c) => {
  const { alone, among } = padded(c);
  const expected = interpret(alone.graph, alone.inputs, { rows: c.samples });
  const got = interpret(among.graph, among.inputs, { rows: c.samples });
  among.outputs.forEach((value, i) => {
    expectClose(value.name, counted(value, got.get(value)!.data, c.samples), expected.get(alone.outputs[i]!)!.data, 1e-12);
  });
});

test('what takes no batch is known by name', () => {
  const reductions = ['log_sum_exp', 'max', 'min', 'norm', 'product', 'sum'].flatMap((name) => [`${name} of rows`, `${name} along two axes`]);
  const others = [
    'broadcast',
    'broadcast along two axes',
    'concat along the first axis',
    'cumsum along axis 0',
    'divide_by_samples',
    'matmul tn',
    'matmul tt',
    'multiply along two axes',
    'pad',
    'reshape',
    'tensor',
  ];
  expect(new Set(WITHOUT_BATCH)).toEqual(new Set([...reductions, ...others, 'slice by strides', 'transpose']));
});
