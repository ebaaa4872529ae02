// Functions of images and sequences in float64 against PyTorch's (tests/fixtures/torch_images.py).
import { expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import * as ops from '../../src/ops/public.ts';
import { interpret, tensor64 } from '../../src/reference/index.ts';
import { functions } from '../fixtures/torch_images.json';

const FUNCTIONS: Record<keyof typeof functions, (x: Value, w: Value) => Value> = {
  nearest: (x) => ops.upsample2d(x, { scaleFactor: [2, 3] }),
  bilinear: (x) => ops.upsample2d(x, { scaleFactor: [2, 3], mode: 'bilinear' }),
  aligned: (x) => ops.upsample2d(x, { scaleFactor: [2, 3], mode: 'bilinear', alignCorners: true }),
  transposed: (x, w) => ops.convTranspose2d(x, w, { stride: [2, 3], padding: [1, 2], outputPadding: [1, 2], groups: 2, dilation: [2, 1] }),
  conv1d: (x, w) => ops.conv1d(x, w, { stride: 2, padding: 3, groups: 2, dilation: 2 }),
  same: (x, w) => ops.conv1d(x, w, { padding: 'same' }),
};

interface Recorded {
  readonly shape: number[];
  readonly data: number[];
}

test.each(Object.entries(FUNCTIONS))('%s', (name, f) => {
  const given = functions[name as keyof typeof functions] as Partial<Record<string, Recorded>>;
  const graph = new Graph();
  const names = ['x', 'w', 'upstream'].filter((each) => given[each]);
  const inputs = new Map(names.map((each) => [each, graph.input(each, given[each]!.shape)]));
  const y = f(inputs.get('x')!, inputs.get('w')!);
  expect(y.type.shape).toEqual(given.y!.shape);
  const gradients = differentiate(y, inputs.get('upstream')!);
  const seen = interpret(graph, new Map(names.map((each) => [each, tensor64(given[each]!.shape, given[each]!.data)])));
  const wanted: [Recorded, Value][] = [
    [given.y!, y],
    [given.dx!, gradients.get(inputs.get('x')!)!],
  ];
  if (given.dw) wanted.push([given.dw, gradients.get(inputs.get('w')!)!]);
  for (const [expected, value] of wanted) {
    expect(value.type.shape).toEqual(expected.shape);
    seen.get(value)!.data.forEach((number, i) => {
      expect(number).toBeCloseTo(expected.data[i]!, 12);
    });
  }
});
