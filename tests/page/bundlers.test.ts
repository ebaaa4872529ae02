// The package in every bundler, runtime and TypeScript that people use: what runs it does not change a bit. Runs in `npm run test:all`.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Frame } from 'puppeteer';
import { build, type PreviewServer, preview } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChrome } from '../../src/cli/chrome.ts';
import { findDeno } from '../support/deno.ts';
import { ALL } from '../support/quick.ts';
import { installPacked } from './packed.ts';
import { click, type Fathom, serveSite, violations } from './site.ts';

const root = new URL('../..', import.meta.url).pathname;
const TOOLS = 'tests/tools/package';
const tools = join(root, TOOLS, 'node_modules');
const app = mkdtempSync(join(tmpdir(), 'fathom-bundlers-'));
const save = (path: string, text: string): void => writeFileSync(join(app, path), text);
const tool = createRequire(join(root, TOOLS, 'package.json'));

/** What a test needs besides, or a sentence that says what to do. */
const missing = !ALL ? 'in npm run test:all' : existsSync(tools) ? undefined : `the bundlers and old TypeScripts are not installed: npm ci --prefix ${TOOLS}`;

/** What tests/page/bundled/program.js prints. */
interface Printed {
  readonly loss: readonly number[];
  readonly gradientNorm: readonly number[];
  readonly weights: readonly number[];
  readonly error: string;
}

/** Builds the program into `out/<name>.js`, as small as the tool makes it; a page or worker runs it. */
const BUNDLERS: Readonly<Record<string, (out: string) => Promise<unknown>>> = {
  vite: (out) =>
    build({
      root: app,
      configFile: false,
      logLevel: 'error',
      build: { target: 'es2022', outDir: join(out, 'vite'), rolldownOptions: { input: join(app, 'program.js'), output: { entryFileNames: 'main.js' } } },
    }),
  esbuild: (out) =>
    tool('esbuild').build({
      entryPoints: [join(app, 'program.js')],
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      outdir: join(out, 'esbuild'),
      entryNames: 'main',
      logLevel: 'error',
    }),
  rollup: async (out) => {
    const { nodeResolve } = tool('@rollup/plugin-node-resolve');
    const bundle = await tool('rollup').rollup({ input: join(app, 'program.js'), plugins: [nodeResolve()] });
    return bundle.write({ dir: join(out, 'rollup'), format: 'es', entryFileNames: 'main.js' });
  },
  webpack: (out) =>
    new Promise((resolve, reject) => {
      const options = {
        mode: 'production',
        context: app,
        entry: { main: join(app, 'program.js') },
        target: ['web', 'es2022'],
        experiments: { outputModule: true },
        output: { path: join(out, 'webpack'), filename: '[name].js', module: true, chunkFormat: 'module' },
        performance: false,
      };
      tool('webpack')(options, (error: Error | null, stats: { hasErrors(): boolean; toString(options: object): string }) => {
        if (error || stats.hasErrors()) reject(error ?? new Error(stats.toString({ all: false, errors: true })));
        else resolve(stats);
      });
    }),
};

const page = (script: string): string => `<!doctype html><link rel="icon" href="data:,"><title>program</title><script type="module">${script}</script>`;
/** How pages run the program. */
const PAGES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(BUNDLERS).map((name) => [name, `import './out/${name}/main.js';`])),
  'a worker': "new Worker(new URL('./out/vite/main.js', location.href), { type: 'module' });",
  'a page without a bundler': "import './without_bundler.js';",
};

describe.skipIf(missing)(`the packed package, whatever bundles or runs it${missing ? ` (${missing})` : ''}`, { timeout: 300_000 }, () => {
  let server: PreviewServer;
  let browser: Browser;
  let first: Printed;

  async function inPage(name: string): Promise<Printed> {
    const file = `${name.replaceAll(' ', '_')}.html`;
    save(file, page(PAGES[name]!));
    const tab = await browser.newPage();
    try {
      return await new Promise<Printed>((resolve, reject) => {
        tab.on('pageerror', reject);
        tab.on('console', (message) => (message.type() === 'error' ? reject(new Error(message.text())) : resolve(JSON.parse(message.text()))));
        void tab.goto(`${server.resolvedUrls!.local[0]}${file}`);
      });
    } finally {
      await tab.close();
    }
  }

  beforeAll(async () => {
    save('package.json', JSON.stringify({ type: 'module' }));
    installPacked(app);
    const program = readFileSync(join(root, 'tests/page/bundled/program.js'), 'utf8');
    save('program.js', program);
    save('without_bundler.js', program.replace("'fathom-webgpu'", "'./node_modules/fathom-webgpu/dist/fathom.min.js'"));
    server = await preview({ root: app, configFile: false, logLevel: 'error', build: { outDir: '.' }, preview: { port: 0, host: '127.0.0.1' } });
    browser = await launchChrome();
    await BUNDLERS.vite!(join(app, 'out'));
    first = await inPage('vite');
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(app, { recursive: true, force: true });
  });

  test('Vite: it trains, and errors have their names in a minified bundle', () => {
    expect(first.loss).toHaveLength(20);
    expect(first.loss.at(-1)).toBeLessThan(first.loss[0]!);
    expect(first.weights.every(Number.isFinite)).toBe(true);
    expect(first.error).toBe('UsageError');
  });

  test.each(Object.keys(PAGES).filter((name) => name !== 'vite'))('%s: the same bits', async (name) => {
    await BUNDLERS[name]?.(join(app, 'out'));
    expect(await inPage(name)).toEqual(first);
  });

  test('Node, with the `webgpu` package: the same bits', () => {
    const support = join(root, 'tests/support');
    save(
      'in_node.ts',
      `import { gpuInNode } from '${support}/gpu_node.ts';\nObject.assign(globalThis, { gpu: await gpuInNode() });\nawait import(/* @vite-ignore */ '${app}/program.js');`,
    );
    const out = execFileSync(process.execPath, [join(support, 'run_ts.mjs'), join(app, 'in_node.ts')], { cwd: root, encoding: 'utf8' });
    expect(JSON.parse(out)).toEqual(first);
  });

  const deno = findDeno({ install: false });
  const denoIs = 'missing' in deno ? deno.missing : 'on an adapter of its own';
  test.skipIf('missing' in deno)(`Deno (${denoIs}): the loss of step 1 within 1e-6, of step 20 within 1e-4`, () => {
    if ('missing' in deno) return;
    const options = ['run', '--allow-all', '--unstable-webgpu', '--no-lock', '--node-modules-dir=manual'];
    const out = execFileSync(deno.path, [...options, 'program.js'], { cwd: app, env: deno.env, encoding: 'utf8' });
    const there: Printed = JSON.parse(out);
    expect(there.error).toBe('UsageError');
    expect(Math.abs(there.loss[0]! - first.loss[0]!)).toBeLessThanOrEqual(1e-6);
    expect(Math.abs(there.loss[19]! - first.loss[19]!)).toBeLessThanOrEqual(1e-4);
  });

  test('<fathom-lab> in a React page follows its state, and axe finds nothing', async () => {
    save('react_page.js', readFileSync(join(root, 'tests/page/bundled/react_page.js'), 'utf8'));
    await tool('esbuild').build({
      ...{ entryPoints: [join(app, 'react_page.js')], outfile: join(app, 'out/react_page.js'), nodePaths: [tools] },
      ...{ bundle: true, minify: true, format: 'esm', define: { 'process.env.NODE_ENV': '"development"' }, logLevel: 'error' },
    });
    save(
      'react.html',
      '<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>React</title><div id="root"></div><script type="module" src="./out/react_page.js"></script></html>',
    );
    const site = await serveSite();
    const tab = await browser.newPage();
    tab.setDefaultTimeout(120_000);
    const problems: string[] = [];
    tab.on('pageerror', (error) => problems.push(String(error)));
    tab.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await tab.goto(`${server.resolvedUrls!.local[0]}react.html?page=${encodeURIComponent(site.resolvedUrls!.local[0]!)}`);
    const shown = async (preset: string): Promise<Frame> => {
      const frame = await tab.waitForFrame((each) => each.url().includes(`preset=${preset}`));
      await frame.waitForFunction(() => ((globalThis as unknown as Fathom).fathom?.session.run?.step ?? 0) > 0);
      return frame;
    };
    const first = await shown('too-small');
    expect(new URL(first.url()).origin).not.toBe(new URL(tab.url()).origin);
    // Drawn again, the frame stays, and the network trains on.
    await first.evaluate(() => Object.assign(globalThis, { mark: 1 }));
    await click(tab, '#again');
    await tab.waitForFunction(() => document.querySelector('#again')!.textContent === 'Drawn again 1 times');
    expect(await first.evaluate(() => (globalThis as unknown as { mark: number }).mark)).toBe(1);
    expect(await violations(tab)).toEqual([]);
    await click(tab, '#he');
    const second = await shown('he');
    expect(await second.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings.scheme)).toBe('he_normal');
    // Taken away and put back.
    await click(tab, '#toggle');
    await tab.waitForFunction(() => document.querySelector('fathom-lab') === null);
    await click(tab, '#toggle');
    await shown('he');
    expect(problems).toEqual([]);
    await tab.close();
    await site.close();
  });

  test('require gets a sentence where it cannot load ES modules', () => {
    const flags = process.allowedNodeEnvironmentFlags.has('--experimental-require-module') ? ['--no-experimental-require-module'] : [];
    const script = "try { require('fathom-webgpu') } catch ({ message }) { console.log(message) }";
    const out = execFileSync(process.execPath, [...flags, '--input-type=commonjs', '-e', script], { cwd: app, encoding: 'utf8' });
    expect(out).toMatch(/^fathom-webgpu is an ES module, .*await import\('fathom-webgpu'\)/);
  });

  const PROGRAMS = { relu: 'relu()', dense: 'dense(2)', adam: 'adam({ learningRate: 0.1 })' };
  test.each(Object.entries(PROGRAMS))('esbuild and rollup leave out what %s does not reach', async (name, call) => {
    const { nodeResolve } = tool('@rollup/plugin-node-resolve');
    save(`only_${name}.js`, `import { ${name} } from 'fathom-webgpu'; console.log(${call});`);
    const input = join(app, `only_${name}.js`);
    const bundle = await tool('rollup').rollup({ input, plugins: [nodeResolve()] });
    const { output } = await bundle.generate({ format: 'es' });
    const [entry, ...others] = output as { code: string; imports: readonly string[]; fileName: string }[];
    // What a page loads at once; kernels that a plan may have come later, in files of their own.
    const atOnce = [entry!, ...others.filter(({ fileName }) => entry!.imports.includes(fileName))];
    const sizes = await Promise.all(
      atOnce.map(async ({ code }) => (await tool('esbuild').transform(code, { minify: true, format: 'esm' })).code.length as number),
    );
    const { outputFiles } = await tool('esbuild').build({ entryPoints: [input], bundle: true, minify: true, format: 'esm', target: 'es2022', write: false });
    // All of it is 400,000. esbuild puts the later files into the same one, 20,000, and keeps tables that rollup drops, 8,000.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(32_000);
    expect(outputFiles[0].text.length).toBeLessThan(60_000);
  });
});
