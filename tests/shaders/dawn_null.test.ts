import { expect, test } from 'vitest';
import { compileWgsl } from '../support/dawn_null.ts';

const SHADER = `
override SIZE : u32 = 64;
@group(0) @binding(0) var<storage, read_write> data : array<f32>;
@compute @workgroup_size(SIZE)
fn main(@builtin(global_invocation_id) id : vec3u) { data[id.x] *= 2.0; }`;

test('a sound shader has no message', async () => {
  expect(await compileWgsl(SHADER, 'double', { SIZE: 128 })).toEqual([]);
});

test('a mistake comes with its line and column', async () => {
  const messages = await compileWgsl(SHADER.replace('2.0', 'two'), 'double');
  expect(messages).toMatchObject([{ type: 'error', line: 5, column: SHADER.split('\n')[4]!.indexOf('2.0') + 1, text: expect.stringContaining("'two'") }]);
});

test('sizes that come from overrides are checked as well', async () => {
  const messages = await compileWgsl(SHADER, 'double', { SIZE: 4096 });
  expect(messages).toMatchObject([{ type: 'error', line: 0, text: expect.stringContaining('4096') }]);
});
