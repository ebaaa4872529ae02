// The shaders as the built package has them compile as well, in every way that they are linked.
import { expect, test } from 'vitest';
import { link } from '../../src/kernel.ts';
import { compileWgsl } from '../support/dawn_null.ts';
import { allPlans, distinctDispatches } from '../support/plans.ts';
import { minifyWgsl, shortNames } from '../support/wgsl_plugin.ts';

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
  expect(problems).toEqual([]);
}, 60_000);
