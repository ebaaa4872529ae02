import { describe, expect, test } from 'vitest';
import { link, type Source } from '../../src/kernel.ts';
import { activationAttrs, activationOverrides, activationSources } from '../../src/ops/activations.ts';
import { activationGradKernel, activationKernel } from '../../src/ops/emit_rest.ts';
import { GRID } from '../../src/ops/kernels.ts';
import { compileWgsl } from '../support/dawn_null.ts';
import { FUNCTIONS } from '../support/functions.ts';
import caller from './activation_caller.wgsl?raw';

const files = import.meta.glob<string>(['../../shaders/activations/*.wgsl', '../../shaders/unary/*.wgsl'], { query: '?raw', import: 'default', eager: true });

/** The names of the functions declared in a file. */
const functions = (text: string): string[] => [...text.matchAll(/^fn (\w+)/gm)].map((m) => m[1]!);

test('every file has its entry', () => {
  const listed = Object.values(FUNCTIONS).map((entry) => `../../shaders/${entry.file}.wgsl`);
  expect(Object.keys(files).sort()).toEqual(listed.sort());
});

test('helper functions have names of their own, so that files can be linked together', () => {
  const shared = new Map(Object.values(FUNCTIONS).flatMap((entry) => (entry.link ?? []).map(({ file, text }) => [file, text] as const)));
  const helpers = [...Object.values(FUNCTIONS).map((entry) => entry.wgsl), ...shared.values()].flatMap(functions).filter((name) => !/^act(_grad)?$/.test(name));
  expect(new Set(helpers).size).toBe(helpers.length);
});

describe.each(Object.entries(FUNCTIONS))('%s', (name, entry) => {
  test('its file is named like it and says what it saves', () => {
    expect(entry.file).toMatch(new RegExp(`^(activations|unary)/${name}$`));
    const head = entry.wgsl.slice(0, entry.wgsl.search(/^(override|const|fn)/m));
    const saved = /saved: (either|the (input|output))/.exec(head);
    expect(saved, 'the head comment says "saved: the input x" or "saved: the output y"').not.toBeNull();
    if (saved![2]) expect(saved![2]).toBe(entry.gradientFrom);
  });

  test('it declares act and act_grad over vec4f, no entry point and no binding', () => {
    expect(entry.wgsl).toMatch(/^fn act\(x: vec4f\) -> vec4f \{$/m);
    expect(entry.wgsl).toMatch(/^fn act_grad\(saved: vec4f\) -> vec4f \{$/m);
    expect(entry.wgsl).not.toMatch(/@/);
  });

  test('its overrides are its parameters, with the same defaults', () => {
    const declared = Object.fromEntries([...entry.wgsl.matchAll(/^override (\w+): f32 = (.+);/gm)].map((m) => [m[1]!, Number(m[2])]));
    expect(declared).toEqual(activationOverrides(activationAttrs(name, {}, FUNCTIONS)));
    expect(entry.wgsl.match(/^override/gm)?.length ?? 0).toBe(Object.keys(entry.params).length);
  });

  test('it compiles in the kernels that call it, with each parameter set', async () => {
    const attrs = activationAttrs(name, Object.fromEntries(Object.entries(entry.params).map(([key, value]) => [key, value * 0.5])), FUNCTIONS);
    const both: Source = { file: 'activation_caller', text: caller };
    for (const [source, modules] of [
      [activationKernel.source, [GRID, ...activationSources(attrs)]],
      [activationGradKernel.source, [GRID, ...activationSources(attrs)]],
      [both, activationSources(attrs)],
    ] as const) {
      const { code, locate } = link([source, ...modules]);
      const messages = await compileWgsl(code, `${source.file} ${name}`, activationOverrides(attrs));
      expect(messages.map((m) => `${locate(m.line, m.column)} ${m.text}`)).toEqual([]);
    }
  });
});
