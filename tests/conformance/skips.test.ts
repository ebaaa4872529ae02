// What the runner does not claim is skipped by name.
import { afterAll, expect, test } from 'vitest';
import { type Case, Tensors } from './format.ts';
import { runCase } from './page.ts';
import { Stage } from './stage.ts';

const stage = await Stage.create();
afterAll(() => stage.destroy());

const tensors = new Tensors(Float32Array.of(1, 2, 3, 4).buffer);
const ref = (name: string) => ({ name, dtype: 'f32', shape: [2, 2], off: 0, n: 4, tol: { atol: 1e-5 } });
const sum: Case = { id: 'a', op: 'reduce_sum', attrs: { axes: [0, 1], keepdims: false }, inputs: [ref('x')], outputs: [{ ...ref('y'), shape: [], n: 1 }] };
const node = { op: 'Identity', inputs: ['x'], outputs: ['y'], attrs: {} };
const identity: Case = { id: 'b', op: 'onnx', opset: {}, nodes: [node], inputs: [ref('x')], outputs: [ref('y')] };

test.each([
  ['a tensor', { ...sum, inputs: [ref('x'), ref('mask')] }, 'reduce_sum with the input mask'],
  ['a tensor of which the gradient is wanted', { ...sum, inputs: [ref('x'), ref('mask')], grads: [ref('mask')] }, 'reduce_sum with the input mask'],
  ['integers', { ...sum, ints: [{ ...ref('lengths'), dtype: 'i32' }] }, 'reduce_sum with the input lengths'],
  ['an operand of a node', { ...identity, nodes: [{ ...node, inputs: ['x', 'scale'] }], inputs: [ref('x'), ref('scale')] }, 'Identity with the input scale'],
  ['an input that no node reads', { ...identity, inputs: [ref('x'), ref('scale')] }, 'Identity with the input scale'],
] satisfies [string, Case, string][])('an input that is never asked for is a skip: %s', async (_name, c, detail) => {
  expect(await runCase(stage, c, tensors)).toMatchObject({ status: 'skipped', detail });
});

test('with what they ask for they run', async () => {
  expect(await runCase(stage, identity, tensors)).toMatchObject({ status: 'passed' });
  expect((await runCase(stage, sum, tensors)).detail).toContain('got 10');
});
