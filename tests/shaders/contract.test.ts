// A kernel's header in TypeScript and its WGSL say the same, every way of linking it compiles, and every file has a use.
import { describe, expect, test } from 'vitest';
import { GRID_PART } from '../../src/gpu/parts.ts';
import { type Kernel, link } from '../../src/kernel.ts';
import { updateKernel } from '../../src/ops/updates.ts';
import { compileWgsl } from '../support/dawn_null.ts';
import { allPlans, distinctDispatches, OPTIMIZERS } from '../support/plans.ts';
import { bindingsOf, membersOf, overridesOf, SHADERS } from '../support/wgsl_header.ts';

const modules = import.meta.glob<Record<string, unknown>>('../../src/ops/*.ts', { eager: true });

const isKernel = (value: unknown): value is Kernel => typeof value === 'object' && value !== null && 'source' in value && 'overrides' in value;
/** Kernels that a module exports, by themselves or in a table. */
const kernels = [
  ...new Set(
    Object.values(modules)
      .flatMap((module) => Object.values(module))
      .flatMap((value) => (isKernel(value) ? [value] : typeof value === 'object' && value !== null ? Object.values(value).filter(isKernel) : [])),
  ),
];
const dispatches = distinctDispatches(allPlans());

test('the plans dispatch every kernel that src/ops exports, and every file in shaders/ is used by one', () => {
  expect(kernels.length).toBeGreaterThan(30);
  const dispatched = new Set(dispatches.map((d) => d.kernel));
  expect(kernels.map((k) => k.name).filter((name) => !dispatched.has(name))).toEqual([]);
  // One stands in place of another where a dispatch is cut, which no plan does.
  const used = new Set([GRID_PART.file, ...dispatches.flatMap((d) => d.sources.map((source) => source.file))]);
  expect(Object.keys(SHADERS).filter((file) => !used.has(file))).toEqual([]);
});

describe.each(kernels.map((k) => [k.name, k] as const))('%s', (name, k) => {
  const ways = dispatches.filter((d) => d.kernel === name);

  test('has the name of its file', () => {
    expect(k.source.file).toBe(name);
    expect(k.source.text).toBe(SHADERS[name]);
  });

  test('declares its bindings, parameters and overrides as its WGSL does', () => {
    expect(overridesOf(k.source.text)).toEqual(Object.entries(k.overrides));
    for (const { sources, bindings } of ways) {
      const code = sources.map((source) => source.text).join('\n');
      // The last member of the update's is the struct of a linked module.
      expect(membersOf(code).filter(([, type]) => type !== 'Optimizer')).toEqual(Object.entries(k.params));
      const own = Object.entries(k.bindings).map(([binding, access], i) => ({ binding: i + 1, access, name: binding }));
      const declared = bindingsOf(code).map(({ type: _type, ...rest }) => rest);
      const uniform = Object.keys(k.params).length > 0 ? [{ binding: 0, access: 'uniform', name: 'params' }] : [];
      expect(declared.slice(0, uniform.length + own.length)).toEqual([...uniform, ...own]);
      // Behind the kernel's own come those of the linked modules, in the order in which they are bound.
      expect(declared.slice(uniform.length).map((d) => [d.binding, d.access])).toEqual(bindings.map(({ access }, i) => [i + 1, access]));
    }
  });

  test('sets every override of the modules that it is linked with', () => {
    for (const { sources, overrides } of ways) {
      const declared = new Set(sources.flatMap((source) => overridesOf(source.text).map(([override]) => override)));
      expect(Object.keys(overrides).filter((override) => !declared.has(override))).toEqual([]);
      const set = new Set(Object.keys(overrides));
      expect([...declared].filter((override) => !set.has(override))).toEqual([]);
    }
  });

  test(`compiles, in ${ways.length} ways`, async () => {
    for (const { sources, overrides } of ways) {
      const { code, locate } = link(sources);
      const messages = await compileWgsl(code, name, overrides);
      expect(messages.map((m) => `${locate(m.line, m.column)} ${m.type}: ${m.text}`)).toEqual([]);
    }
  });
});

test.each(Object.entries(OPTIMIZERS))(
  "the WGSL of %s declares its hyperparameters and states as its record does, behind the update's own",
  (_, { update, params }) => {
    expect(membersOf(update.wgsl, 'Optimizer').map(([name, type]) => [name, type])).toEqual(
      (Object.keys(params).length > 0 ? Object.keys(params) : ['unused']).map((name) => [name, 'f32']),
    );
    const own = Object.keys(updateKernel.bindings).length;
    expect(bindingsOf(update.wgsl)).toEqual(update.states.map((name, i) => ({ binding: own + 1 + i, access: 'read_write', name, type: 'array<vec4f>' })));
    // A struct in a uniform block begins at a multiple of 16 bytes, and the kernel's parameters are packed without gaps.
    expect(Object.keys(updateKernel.params).length % 4).toBe(0);
  },
);

// What it computes, said before the first line of code.
test.each(Object.entries(SHADERS))('%s opens with a sentence', (_file, text) => {
  expect(text).toMatch(/^\/\/ \S.{8,}/);
  expect(/^(?:\/\/.*\n)+/.exec(text)![0].trim()).toMatch(/[.:)]$/);
});

test('a mistake in a linked module is located in that module', () => {
  const linked = link([
    { file: 'one', text: 'enable f16;\nfn one() {}\n' },
    { file: 'lib/two', text: '// two\nfn two() {}' },
  ]);
  expect(linked.code.split('\n')[0]).toBe('enable f16;');
  const line = linked.code.split('\n').indexOf('fn two() {}') + 1;
  expect(linked.locate(line, 4)).toBe('shaders/lib/two.wgsl:2:4');
});
