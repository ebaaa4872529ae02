// The shaders as the built package has them compile as well, in every way that they are linked.
import { expect, test } from 'vitest';
import { minifyWgsl, shortNames } from '../../shaders/wgsl_plugin.ts';
import { link } from '../../src/kernel.ts';
import { customActivation } from '../../src/ops/activations.ts';
import { compileWgsl } from '../support/dawn_null.ts';
import { allPlans, distinctDispatches } from '../support/plans.ts';

/** An activation of a program's own, whose text no build minifies; its parameter and helper have names that short ones might have. */
const own = customActivation('own', {
  wgsl: 'override A: f32 = 2.0; var<private> Ab: vec4f; fn Aa(x: vec4f) -> vec4f { Ab = A * x; return Ab; } fn act(x: vec4f) -> vec4f { return Aa(x); } fn act_grad(x: vec4f) -> vec4f { return vec4f(A); }',
  params: { a: 2 },
  value: (x, { a }) => a! * x,
  derivative: (_x, { a }) => a!,
});

test('every way of linking compiles minified', async () => {
  const dispatches = distinctDispatches(allPlans());
  expect(dispatches.length).toBeGreaterThan(100);
  const files = new Map(dispatches.flatMap(({ sources }) => sources.map(({ file, text }) => [file, text] as const)));
  const names = shortNames([...files.values()]);
  const small = new Map([...files].map(([file, text]) => [file, { file: `${file}.min`, text: minifyWgsl(text, names) }]));
  const problems: string[] = [];
  for (const { kernel, sources, overrides } of dispatches) {
    const { code } = link(sources.map(({ file }) => small.get(file)!));
    for (const message of await compileWgsl(code, kernel, overrides)) problems.push(`${kernel}: ${message.text}`);
  }
  const activation = dispatches.filter(({ sources }) => sources.some(({ file }) => file === 'activations/softsign'));
  expect(activation.length).toBeGreaterThan(5);
  for (const { kernel, sources, overrides } of activation) {
    const { code } = link(sources.map(({ file }) => (file === 'activations/softsign' ? { file: own.file, text: own.wgsl } : small.get(file)!)));
    for (const message of await compileWgsl(code, kernel, overrides)) problems.push(`${kernel} with a custom activation: ${message.text}`);
  }
  expect(problems).toEqual([]);
}, 60_000);
