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

// PyTorch 1.13: avg_pool2d(torch.tensor([[[[1., 4.]]]]), (1, 3), 2, ceil_mode=True) is 2.5, max_pool2d 4.
test('in ceil mode the only window may be larger than the image', () => {
  const graph = new Graph();
  const x = graph.input('x', [1, 1, 2, 1]);
  const windows = { kernelSize: [1, 3], stride: 2, ceilMode: true } as const;
  const [mean, largest] = [ops.avgPool2d(x, windows), ops.maxPool2d(x, windows)];
  const seen = interpret(graph, new Map([['x', tensor64([1, 1, 2, 1], [1, 4])]]));
  expect([...seen.get(mean)!.data, ...seen.get(largest)!.data]).toEqual([2.5, 4]);
  expect(() => ops.maxPool2d(x, { ...windows, ceilMode: false })).toThrow('windows of 1 x 3 do not fit into images of 1 x 2');
});

// PyTorch takes it, answers with minus infinity, and sends the gradient to a pixel that the window does not see.
test('a window with gaps that would see padding alone is refused', () => {
  const x = new Graph().input('x', [1, 5, 1, 2]);
  expect(() => ops.maxPool2d(x, { kernelSize: 2, padding: 1, dilation: [1, 2] })).toThrow(
    'a window of 2 x 2, dilated by 1 x 2, would see padding alone in images [1, 5, 1, 2]: expected less padding or dilation',
  );
});
