// What a WGSL file declares, read from its text: bindings, members of structs, overrides.

/** Every file in shaders/, by its path there without the ending. */
export const SHADERS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(import.meta.glob<string>('../../shaders/**/*.wgsl', { eager: true, import: 'default' })).map(([path, text]) => [
    path.replace('../../shaders/', '').replace('.wgsl', ''),
    text,
  ]),
);

const comments = /\/\/.*$/gm;

/** `@group(0) @binding(2) var<storage, read> x: array<f32>;`, by its number. */
export function bindingsOf(code: string): { binding: number; access: string; name: string; type: string }[] {
  return [...code.replace(comments, '').matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<(uniform|storage(?:\s*,\s*(\w+))?)>\s*(\w+)\s*:\s*([^;]+);/g)]
    .map(([, binding, space, access, name, type]) => ({
      binding: Number(binding),
      access: space === 'uniform' ? 'uniform' : (access ?? 'read'),
      name: name!,
      type: type!,
    }))
    .sort((a, b) => a.binding - b.binding);
}

/** Members of a struct: name and type. */
export function membersOf(code: string, struct = 'Params'): [string, string][] {
  const body = new RegExp(`struct ${struct} \\{([^}]*)\\}`).exec(code.replace(comments, ''))?.[1] ?? '';
  return [...body.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name, type]) => [name!, type!]);
}

export function overridesOf(code: string): [string, number][] {
  return [...code.replace(comments, '').matchAll(/override\s+(\w+)\s*(?::\s*\w+)?\s*=\s*([^;]+);/g)].map(([, name, value]) => [
    name!,
    Number.parseFloat(value!),
  ]);
}
