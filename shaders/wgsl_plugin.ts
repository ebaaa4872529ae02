import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/**
 * Makes WGSL small: no comments, no needless spaces or line breaks, short names for what is local to a function. What is declared at module
 * scope, and members of structs, have the names that `names` gives: files are linked by them, so one table serves all. Overrides keep theirs:
 * pipelines set them by name.
 */
export function minifyWgsl(code: string, names: ReadonlyMap<string, string> = new Map()): string {
  const small = withShortLocals(
    withoutComments(code)
      .replace(/\s+/g, ' ')
      // `enable` must stay alone on its line: linking moves it to the front.
      .replace(/(enable [^;]*;) ?/g, '\n$1\n')
      .replace(/[ ]?([{}()[\],;]) ?/g, '$1')
      // A space beside one operator goes; one between two operators stays: `a - -b` is not `a--b`.
      .replace(/(?<=[\w)\]]) (?=[^\w\s])|(?<=[^\w\s]) (?=[\w([])/g, '')
      .replace(/,(?=[})\]])/g, '')
      // 1.0 is 1., 0.5 is .5, and an index may be an abstract integer.
      .replace(/\b(\d+)\.0\b/g, '$1.')
      .replace(/\b0\.(?=\d)/g, '.')
      .replace(/\[(\d+)u\]/g, '[$1]')
      // So may be what follows an operator: the operand before it has the type.
      .replace(/(?<=[\w)\]](?:[-+*/%&|^]=?|<<=?|>>=?|[<>]=?|[=!]=))(\d+|0x[0-9a-f]+)u\b/g, '$1')
      .trim(),
  );
  return small
    .replace(/(?<=\bstruct \w+\{)[^}]*/g, (members) => members.replace(/\w+(?=:)/g, (name) => names.get(`.${name}`)?.slice(1) ?? name))
    .replace(/\.?\b[a-zA-Z_]\w*/g, (word) => names.get(word) ?? word);
}

/** Short names for what these files declare at module scope, and, with the dot before them, for members of structs; the most frequent first. */
export function shortNames(files: readonly string[]): Map<string, string> {
  const code = files.map(withoutComments).join('\n');
  const found = (pattern: RegExp): string[] => [...code.matchAll(pattern)].map(([, name]) => name!);
  const callable = new Set(found(/^(?:fn|struct) (\w+)/gm));
  const declared = new Set([...callable, ...found(/^(?:const|var<[^>]*>) (\w+)/gm), ...found(/var<[^>]*>\s*(\w+)\s*:/g)]);
  // Not a name of ours alone: the entry point, what activations of a program's own define, overrides, components of vectors, and functions of the language.
  const foreign = new Set(['main', 'act', 'act_grad', ...found(/\boverride (\w+)/g), ...found(/\b(\w+)\(/g).filter((name) => !callable.has(name))]);
  const structs = found(/\bstruct \w+ \{([^}]*)\}/g).map((body) => [...body.matchAll(/(\w+)\s*:/g)].map(([, name]) => `.${name}`));
  const members = new Set(structs.flat().filter((name) => name.length > 2));
  const uses = new Map([...[...declared].filter((name) => name.length > 1 && !foreign.has(name)), ...members].map((name) => [name, 0]));
  for (const [word] of code.matchAll(/\.?\b[a-zA-Z_]\w*/g)) if (uses.has(word)) uses.set(word, uses.get(word)! + 1);
  const names = [...uses].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  // Names of locals are small letters, and overrides, a program's own too, are all capitals.
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
  const short = letters.flatMap((first) => letters.map((second) => first + second.toLowerCase()));
  return new Map([
    ...names.filter((name) => !members.has(name)).map((name, i) => [name, short[i]!] as const),
    ...shortMembers(
      structs,
      names.filter((name) => members.has(name)),
    ),
  ]);
}

/** A letter for each member: what stands behind a dot is no other name, so structs that share no member may share letters. */
function shortMembers(structs: readonly (readonly string[])[], names: readonly string[]): Map<string, string> {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `.${letter}`);
  const short = new Map<string, string>();
  for (const name of names) {
    const taken = new Set(structs.filter((members) => members.includes(name)).flatMap((members) => members.map((other) => short.get(other) ?? other)));
    const free = letters.find((letter) => !taken.has(letter));
    if (free) short.set(name, free);
  }
  return short;
}

/** All shaders below a folder. */
function readShaders(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.wgsl'));
  return files.sort().map((file) => readFileSync(join(folder, file), 'utf8'));
}

/** Line comments end at the line's end; block comments nest in WGSL. */
function withoutComments(code: string): string {
  let out = '';
  let depth = 0;
  for (let i = 0; i < code.length; i++) {
    if (depth === 0 && code.startsWith('//', i)) {
      const end = code.indexOf('\n', i);
      i = (end < 0 ? code.length : end) - 1;
    } else if (code.startsWith('/*', i)) {
      depth++;
      i++;
    } else if (depth > 0 && code.startsWith('*/', i)) {
      depth--;
      i++;
      out += ' ';
    } else if (depth === 0) out += code[i];
  }
  return out;
}

/** `code` without comments and needless spaces. */
function withShortLocals(code: string): string {
  let out = '';
  let at = 0;
  for (const { index } of code.matchAll(/\bfn \w+\(/g)) {
    out += code.slice(at, index);
    at = endOfBlock(code, code.indexOf('{', index));
    out += shortened(code.slice(index, at));
  }
  return out + code.slice(at);
}

function endOfBlock(code: string, open: number): number {
  let depth = 0;
  for (let i = open; i < code.length; i++) {
    if (code[i] === '{') depth++;
    else if (code[i] === '}' && --depth === 0) return i + 1;
  }
  throw new Error(`a block of the shader does not end: ${code.slice(open, open + 60)}`);
}

/** A function with short names for its parameters and variables: one new name for each old one, and none that the function uses already. */
function shortened(fn: string): string {
  const head = fn.slice(fn.indexOf('('), fn.indexOf('{'));
  const names = [...head.matchAll(/(\w+):/g), ...fn.matchAll(/\b(?:let|var|const) (\w+)/g)].map(([, name]) => name!);
  const taken = new Set(fn.match(/\w+/g));
  const letters = [...'abcdefghijklmnopqrstuvwxyz'];
  const free = [...letters, ...letters.map((letter) => `${letter}0`)].filter((name) => !taken.has(name));
  const short = new Map<string, string>();
  for (const name of names) if (name.length > 1 && !short.has(name)) short.set(name, free.shift() ?? name);
  // Members after a dot, and attributes, are not variables.
  return fn.replace(/@\w+(?:\(\w+\))?|\.\w+|\b[a-zA-Z_]\w*/g, (word) => short.get(word) ?? word);
}

/** The minified text of each file below a folder, by its path there without the ending. */
export function minifiedShaders(folder: string = import.meta.dirname): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.wgsl'));
  const names = shortNames(readShaders(folder));
  return new Map(files.sort().map((file) => [file.replace(/\.wgsl$/, ''), minifyWgsl(readFileSync(join(folder, file), 'utf8'), names)]));
}

/** `import code from './x.wgsl'` gives the shader's text: as written in development and in tests, minified in builds. */
export function wgsl(): Plugin {
  let names: Map<string, string> | undefined;
  return {
    name: 'wgsl',
    enforce: 'pre',
    configResolved({ command }) {
      if (command === 'build') names = shortNames(readShaders(import.meta.dirname));
    },
    transform: {
      filter: { id: /\.wgsl$/ },
      handler: (code) => ({ code: `export default ${JSON.stringify(names ? minifyWgsl(code, names) : code)};`, map: null, moduleType: 'js' }),
    },
  };
}
