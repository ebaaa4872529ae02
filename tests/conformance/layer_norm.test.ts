// The runner on layer norm in runs and diagnoses, of which the shared manifests have none: figures of PyTorch (tests/fixtures/torch_norms.py).
import { afterAll, expect, test } from 'vitest';
import { stack } from '../fixtures/torch_norms.json';
import { type Case, type TensorRef, Tensors } from './format.ts';
import { runCase } from './page.ts';
import { Stage } from './stage.ts';

const stage = await Stage.create();
afterAll(() => stage.destroy());

const words: number[] = [];
const bytes = new DataView(new ArrayBuffer(1 << 14));
function ref(name: string, { shape, data }: { shape: number[]; data: number[] }): TensorRef {
  const dtype = name === 'target' ? 'i32' : 'f32';
  const off = words.length * 4;
  for (const value of data) {
    if (dtype === 'i32') bytes.setInt32(words.length * 4, value, true);
    else bytes.setFloat32(words.length * 4, value, true);
    words.push(value);
  }
  return { name, dtype, shape, off, n: data.length };
}

const layers = stack.layers.map((layer) =>
  Object.fromEntries(
    Object.entries(layer).map(([key, value]) => [key, typeof value === 'object' ? ref(key, value as { shape: number[]; data: number[] }) : value]),
  ),
);
const { weightLayers, actLayers, steps } = stack;

test('a run', async () => {
  const figures = Object.entries(stack.expected).flatMap(([key, data]) => [
    [key, ref(key, { shape: [data.length], data })] as const,
    [`${key}Tol`, ref(`${key}Tol`, { shape: [data.length], data: data.map((value) => 2e-6 + 1e-5 * Math.abs(value)) })] as const,
  ]);
  const c: Case = {
    ...{ id: 'run', op: 'train', layers, loss: 'cross_entropy', optimizer: 'sgd', optimizerArgs: { lr: stack.lr }, clipGlobalNorm: null, steps },
    ...{ nBatches: stack.x.shape[0], x: ref('x', stack.x), target: ref('target', stack.target), weightLayers, actLayers },
    ...{ expected: Object.fromEntries(figures), validSteps: steps, firstNonFiniteStep: null },
  };
  expect(await runCase(stage, c, new Tensors(bytes.buffer))).toMatchObject({ status: 'passed' });
});

test('a diagnosis', async () => {
  const [, rows, features] = stack.x.shape as [number, number, number];
  const gradNorm = stack.expected.gradNorm.slice(0, weightLayers.length);
  const c: Case = {
    ...{ id: 'diagnosis', op: 'diagnose', layers, loss: 'cross_entropy', weightLayers, gradNorm, actZeroFraction: [0, 0], label: 'healthy' },
    x: ref('x', { shape: [rows, features], data: stack.x.data.slice(0, rows * features) }),
    target: ref('target', { shape: [rows], data: stack.target.data.slice(0, rows) }),
    gradNormTol: { rtol: 1e-5, atol: gradNorm.map(() => 1e-7) },
  };
  expect(await runCase(stage, c, new Tensors(bytes.buffer))).toMatchObject({ status: 'passed' });
});
