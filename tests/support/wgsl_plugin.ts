import type { Plugin } from 'vite';

/**
 * Takes comments and needless spaces out of WGSL. Names stay, because pipeline overrides and error messages use them;
 * line breaks stay, so that the line numbers of compiler messages are those of the file in shaders/.
 */
export function minifyWgsl(code: string): string {
  return withoutComments(code)
    .split('\n')
    .map((line) =>
      line
        .replace(/\s+/g, ' ')
        .replace(/ ?([{}()[\],;]) ?/g, '$1')
        // A space beside one operator goes; one between two operators stays: `a - -b` is not `a--b`.
        .replace(/(?<=[\w)\]]) (?=[^\w\s])|(?<=[^\w\s]) (?=[\w([])/g, '')
        .trim(),
    )
    .join('\n')
    .trimEnd();
}

/** Line comments end at the line's end; block comments nest in WGSL and leave their line breaks behind. */
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
    } else if (depth === 0 || code[i] === '\n') out += code[i];
  }
  return out;
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
