import type { Plugin } from 'vite';

/**
 * Makes WGSL small: no comments, no needless spaces or line breaks, short names for what is local to a function. Names at module
 * scope stay, because files are linked by them; names of struct members and overrides stay, because pipelines and buffers use them.
 */
export function minifyWgsl(code: string): string {
  return withShortLocals(
    withoutComments(code)
      .replace(/\s+/g, ' ')
      // `enable` must stay alone on its line: linking moves it to the front.
      .replace(/(enable [^;]*;) ?/g, '\n$1\n')
      .replace(/[ ]?([{}()[\],;]) ?/g, '$1')
      // A space beside one operator goes; one between two operators stays: `a - -b` is not `a--b`.
      .replace(/(?<=[\w)\]]) (?=[^\w\s])|(?<=[^\w\s]) (?=[\w([])/g, '')
      .replace(/,(?=[})\]])/g, '')
      .trim(),
  );
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
  // Members behind a dot and attributes are no variables.
  return fn.replace(/@\w+(?:\(\w+\))?|\.\w+|\b[a-zA-Z_]\w*/g, (word) => short.get(word) ?? word);
}

/** `import code from './x.wgsl'` gives the shader's text: as written in development and in tests, minified in builds. */
export function wgsl(): Plugin {
  let minify = false;
  return {
    name: 'wgsl',
    enforce: 'pre',
    configResolved(config) {
      minify = config.command === 'build';
    },
    transform: {
      filter: { id: /\.wgsl$/ },
      handler: (code) => ({ code: `export default ${JSON.stringify(minify ? minifyWgsl(code) : code)};`, map: null, moduleType: 'js' }),
    },
  };
}
