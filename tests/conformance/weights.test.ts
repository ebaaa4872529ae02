// The runner on weighted losses, the inputs `cw` and `pw` of the outside format: figures of PyTorch (tests/fixtures/torch_weights.py).
import { afterAll, expect, test } from 'vitest';
import { single } from '../fixtures/torch_weights.json';
import { type Case, type TensorRef, Tensors } from './format.ts';
import { runCase } from './page.ts';
import { Stage } from './stage.ts';

const stage = await Stage.create();
afterAll(() => stage.destroy());

test.each(single.map((of) => [`${of.op} ${JSON.stringify(of.attrs)} ${Object.keys(of.tensors)}`, of] as const))(
  '%s',
  async (id, { op, attrs, tensors, y, grad }) => {
    const words: number[] = [];
    const bytes = new DataView(new ArrayBuffer(4096));
    const ref = (name: string, { shape, data }: { shape: number[]; data: number[] }): TensorRef => {
      const integer = name === 'target';
      const off = words.length * 4;
      for (const value of data) {
        if (integer) bytes.setInt32(words.length * 4, value, true);
        else bytes.setFloat32(words.length * 4, value, true);
        words.push(value);
      }
      return { name, dtype: integer ? 'i32' : 'f32', shape, off, n: data.length, tol: { atol: 2e-6, rtol: 1e-5 } };
    };
    const { target, upstream, ...inputs } = tensors as unknown as Record<string, { shape: number[]; data: number[] }>;
    const c: Case = {
      id,
      op,
      attrs,
      inputs: Object.entries(inputs).map(([name, tensor]) => ref(name, tensor)),
      ...(target ? { ints: [ref('target', target)] } : {}),
      upstream: upstream ? ref('upstream', upstream) : null,
      outputs: [ref('y', y)],
      grads: [ref('x', grad)],
    };
    expect(await runCase(stage, c, new Tensors(bytes.buffer))).toMatchObject({ status: 'passed' });
  },
);
