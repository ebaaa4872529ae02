// Padding reaches nothing, on the GPU: five samples among rows of 1e4 are what float64 makes of five samples alone.
import { test } from 'vitest';
import { interpret } from '../../src/reference/index.ts';
import { expectClose, runGraph } from '../support/gpu.ts';
import { counted, PADDING_CASES, padded } from '../support/padding.ts';

test.each(PADDING_CASES)('$name', async (c) => {
  const { alone, among } = padded(c);
  const expected = interpret(alone.graph, alone.inputs, { rows: c.samples });
  const got = await runGraph(among.graph, among.inputs, among.outputs, { rows: c.samples });
  among.outputs.forEach((value, i) => {
    // Sums of at most 8 x 4 rows and 6 columns; what cancels to nearly nothing keeps the rounding of what cancelled.
    expectClose(value.name, counted(value, got.get(value)!, c.samples), expected.get(alone.outputs[i]!)!.data, 4e-6, 0.1);
  });
});
