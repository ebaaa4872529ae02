// The declarations of the packed package: strict in every TypeScript from 5.4 on, with WebGPU's types and without, and whole; and what checkers of packages say.
// Runs in `npm run test:all` and, by itself, in `.ci/run`.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL } from '../support/quick.ts';
import { installPacked } from './packed.ts';

const root = new URL('../..', import.meta.url).pathname;
const TOOLS = 'tests/tools/package';
const tools = join(root, TOOLS, 'node_modules');
const tool = createRequire(join(root, TOOLS, 'package.json'));
const missing = !ALL ? 'in npm run test:all' : existsSync(tools) ? undefined : `old TypeScripts are not installed: npm ci --prefix ${TOOLS}`;

const app = mkdtempSync(join(tmpdir(), 'fathom-types-'));
const save = (path: string, text: string): void => writeFileSync(join(app, path), text);

/** The program of the README, and all that there is. */
const program = /<!-- program -->\n```js\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))![1]!;
const everything = `import * as engine from 'fathom-webgpu';
import * as one from 'fathom-webgpu/fathom.min.js';
import * as exchange from 'fathom-webgpu/exchange';
import * as experiment from 'fathom-webgpu/experiment';
import * as ops from 'fathom-webgpu/ops';
import * as reference from 'fathom-webgpu/reference';
import * as verify from 'fathom-webgpu/verify';
export const all = [engine, exchange, experiment, ops, reference, verify, one.ops, one.createEngine];
export const file = (bytes: Awaited<ReturnType<typeof engine.save>>): Blob => new Blob([bytes]);
`;

const COMPILERS = {
  '5.4': join(tools, 'typescript-5.4/lib/tsc.js'),
  '5.9': join(tools, 'typescript-5.9/lib/tsc.js'),
  '7': join(root, 'node_modules/typescript/lib/tsc.js'),
};

/** The compiler's lines. */
function problems(compiler: string, module: string, types: readonly string[]): string[] {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    lib: ['es2023', 'dom'],
    types,
    module,
    moduleResolution: module === 'esnext' ? 'bundler' : module,
  };
  save('tsconfig.json', JSON.stringify({ compilerOptions, files: ['program.ts', 'everything.ts'] }));
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', '.'], { cwd: app, encoding: 'utf8' });
  return stdout.split('\n').filter((line) => /^\S/.test(line));
}

describe.skipIf(missing)(`the packed declarations${missing ? ` (${missing})` : ''}`, { timeout: 120_000 }, () => {
  let installed: string;
  let packed: string;
  beforeAll(() => {
    save('package.json', JSON.stringify({ type: 'module' }));
    ({ installed, packed } = installPacked(app));
    cpSync(join(root, 'node_modules/@webgpu/types'), join(app, 'node_modules/@webgpu/types'), { recursive: true });
    save('program.ts', program);
    save('everything.ts', everything);
  }, 300_000);
  afterAll(() => rmSync(app, { recursive: true, force: true }));

  const ways = Object.entries(COMPILERS).flatMap(([version, compiler]) =>
    ['esnext', 'nodenext'].flatMap((module) => [[], ['@webgpu/types']].map((types) => ({ version, compiler, module, types: types.join() || 'none' }))),
  );
  test.each(ways)('TypeScript $version, module $module, types: $types', ({ version, compiler, module, types }) => {
    const all = problems(compiler, module, types === 'none' ? [] : [types]);
    // TypeScript 7 has WebGPU's types itself, and those of @webgpu/types do not go with them, whoever uses them.
    const own = version === '7' && types !== 'none' ? all.filter((line) => !/^\S*(@webgpu\/types\/|lib\.dom\.d\.ts)/.test(line)) : all;
    expect(own).toEqual([]);
  });

  test('every type in a public signature is exported', () => {
    expect(unexported(join(installed, 'dist'))).toEqual([]);
  });

  test('publint finds nothing', async () => {
    const { publint } = (await import(/* @vite-ignore */ tool.resolve('publint'))) as {
      publint(options: object): Promise<{ messages: { code: string }[] }>;
    };
    const { messages } = await publint({ pkgDir: installed, pack: false });
    // That the types of what `require` gets are an ES module's: TypeScript then says so, too, and that is the point.
    expect(messages.filter(({ code }) => code !== 'EXPORTS_TYPES_INVALID_FORMAT')).toEqual([]);
  });

  test('are-the-types-wrong finds nothing', () => {
    // What publint says, too.
    const cli = join(tools, '@arethetypeswrong/cli/dist/index.js');
    execFileSync(process.execPath, [cli, packed, '--profile', 'esm-only', '--ignore-rules', 'false-esm', '--format', 'ascii'], { encoding: 'utf8' });
  });
});

const ENTRIES = ['index', 'ops/public', 'reference/index', 'experiment/index', 'verify/index', 'exchange/index'];

/** Types of ours that what is exported names and no entry exports: `Node of graph/graph.d.ts, named by Graph`. */
function unexported(dist: string): string[] {
  // The last TypeScript whose compiler is a library.
  const ts = tool('typescript-5.9');
  const files = ENTRIES.map((entry) => join(dist, `${entry}.d.ts`));
  const options = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler, types: [], noEmit: true };
  const parsed = ts.createProgram(files, options);
  const checker = parsed.getTypeChecker();
  // biome-ignore lint/suspicious/noExplicitAny: the compiler of the tools has no types here
  type Any = any;
  const meant = (symbol: Any): Any => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const exported = new Map<Any, string>();
  for (const file of files)
    for (const symbol of checker.getExportsOfModule(checker.getSymbolAtLocation(parsed.getSourceFile(file)))) exported.set(meant(symbol), symbol.name);
  const found = new Set<string>();
  for (const [symbol, name] of exported) {
    const visit = (node: Any): void => {
      if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some(({ kind }: Any) => kind === ts.SyntaxKind.PrivateKeyword)) return;
      const type = ts.isTypeReferenceNode(node) ? node.typeName : ts.isExpressionWithTypeArguments(node) ? node.expression : undefined;
      const at = type && checker.getSymbolAtLocation(type);
      if (at) check(meant(at), name);
      ts.forEachChild(node, visit);
    };
    for (const declaration of symbol.declarations ?? []) visit(declaration);
  }
  function check(symbol: Any, by: string): void {
    const file: string = symbol.declarations?.[0]?.getSourceFile().fileName ?? '';
    // WebGPU's own names are global.
    if (!file.startsWith(`${dist}/`) || file.endsWith('/webgpu.d.ts') || exported.has(symbol) || symbol.flags & ts.SymbolFlags.TypeParameter) return;
    found.add(`${symbol.name} of ${file.slice(dist.length + 1)}, named by ${by}`);
  }
  return [...found];
}
