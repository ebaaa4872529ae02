import { builtinModules } from 'node:module';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import type { UserConfig } from 'vite';
import { defineConfig } from 'vitest/config';
import { elementFile } from './demo/embed/element_file.ts';
import { activationTexts, withoutSamples, withoutTexts } from './demo/halves.ts';
import { lateShaders } from './demo/late_shaders.ts';
import { offline } from './demo/offline.ts';
import { sharePages } from './demo/share_pages.ts';
import { wgsl } from './shaders/wgsl_plugin.ts';
import { notices } from './src/build/notices_plugin.ts';
import { puppeteerProvider } from './tests/support/puppeteer_provider.ts';
import { SummaryReporter } from './tests/support/summary_reporter.ts';

const inSource = (id: string): string => relative(join(import.meta.dirname, 'src'), id);
/** What the root's entry is made of: all but the folders that have entries of their own. */
const isRoot = (id: string): boolean => /^(?!cli\/|experiment\/|reference\/|verify\/|exchange\/|lab\/|\.)/.test(inSource(id));
/** What nearly every program imports beside the engine. */
const isCommon = (id: string): boolean => /^(nn\/|train\/optimizers|ops\/activation_table|data\/dataset)/.test(inSource(id));

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/** A file of src and what it imports, and what that imports; dynamic imports do not count. */
function reached(file: string, modules: Modules): Set<string> {
  const ids = new Set([join(import.meta.dirname, 'src', file)]);
  for (const id of ids) for (const next of modules.getModuleInfo(id)?.importedIds ?? []) ids.add(next);
  return ids;
}

/** What the engine has no use for at first. */
const isLate = (id: string, modules: Modules): boolean => reached('train/loaded_later.ts', modules).has(id) && !reached('engine.ts', modules).has(id);

/** What runs in a browser: the package's entries, and the engine's side of the command line tool. */
const library: UserConfig = {
  plugins: [wgsl(), notices()],
  build: {
    target: 'es2022',
    sourcemap: true,
    minify: false,
    lib: {
      entry: {
        index: 'src/index.ts',
        ops: 'src/ops/public.ts',
        reference: 'src/reference/index.ts',
        experiment: 'src/experiment/index.ts',
        verify: 'src/verify/index.ts',
        exchange: 'src/exchange/index.ts',
        lab: 'src/lab/index.ts',
        'cli/page': 'src/cli/page.ts',
        'cli/api': 'src/cli/api.ts',
      },
      formats: ['es'],
    },
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Bundlers take a package file by file: what one part of a program has of a file, all its parts have at once. So what nearly every program
          // loads at once is in two files, what comes later or is asked for by name in a third, and all else in the others.
          groups: [
            // Papa Parse, for programs that read a CSV.
            { name: (id) => (/papaparse|data\/papa\.ts$/.test(id) ? 'papaparse' : null), priority: 5 },
            // hyparquet and jpeg-js, for documents whose files are of those kinds.
            { name: (id) => /node_modules\/(hyparquet|jpeg-js)\//.exec(id)?.[1] ?? null, priority: 5 },
            // Its WGSL side by side: alike as it is, it takes a tenth less after gzip than among the code.
            { name: (id, modules) => (id.endsWith('.wgsl') && !isLate(id, modules) ? 'shaders' : null), priority: 5, tags: ['$initial'] },
            { name: (id, modules) => (isCommon(id) || reached('engine.ts', modules).has(id) ? 'core' : null), priority: 4, tags: ['$initial'] },
            { name: (id, modules) => (isLate(id, modules) ? 'late' : null), priority: 2, tags: ['$initial'] },
            // The root exports them, or what imports them: all of `late` would be loaded at once with them, whatever a program uses.
            { name: (id) => /^(?:data\/)?(permutation|integers)\.ts$/.exec(inSource(id))?.[1] ?? null, priority: 3, tags: ['$initial'] },
            { name: 'more', priority: 1, tags: ['$initial'], test: isRoot },
          ],
        },
      },
    },
  },
};

/** The package in one small file, for pages without a bundler. Vite prints its size. */
const cdn: UserConfig = {
  plugins: [wgsl(), notices()],
  build: {
    target: 'es2022',
    emptyOutDir: false,
    lib: { entry: { 'fathom.min': 'src/build/cdn.ts' }, formats: ['es'] },
    rolldownOptions: { output: { minify: true, codeSplitting: false } },
  },
};

/** The command line tool, for Node: everything in one file but puppeteer and Dawn, which bring their own files. */
const cli: UserConfig = {
  plugins: [wgsl(), notices()],
  ssr: { noExternal: true, external: ['puppeteer', 'webgpu'] },
  build: {
    target: 'node20',
    outDir: 'dist/cli',
    emptyOutDir: false,
    ssr: 'src/cli/main.ts',
    rolldownOptions: { external: [...builtinModules, 'puppeteer', 'webgpu'] },
  },
};

/** The page. Its base is relative, so that it can be served under any path. */
const demo: UserConfig = {
  root: 'demo',
  base: './',
  plugins: [activationTexts(), wgsl(), withoutSamples(), elementFile(), sharePages(process.env.VITE_FATHOM_URL), offline()],
  // The engine runs in a worker, whose bundle has plugins of its own.
  worker: {
    format: 'es',
    plugins: () => [lateShaders(), wgsl(), withoutTexts()],
    // What it needs at once is one file: apart, what it has in common with its later files takes 10 KB more after gzip, and a round trip.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'engine', tags: ['$initial'] }] } } },
  },
  server: { fs: { allow: ['..'] } },
  build: {
    target: 'es2022',
    outDir: '../dist-demo',
    emptyOutDir: true,
  },
};

const modeSetup = './tests/support/mode_setup.ts';
const modeTest = 'tests/support/mode.test.ts';
/** Tests lower graphs at once, whatever kernels these have. */
const kernels = './tests/support/kernels_setup.ts';
const chromeSetup = './tests/support/chrome_setup.ts';
/** Vitest runs groups one after another. All pages share Chrome's one GPU process, and SwiftShader uses every core: one file at a time. */
const inChrome = { sequence: { groupOrder: 1 }, fileParallelism: false };
/** On two cores the tests of Node run beside those of Chrome, which leave most of a core idle; with more cores beside each other, first. */
const inNode = availableParallelism() < 4 ? inChrome : {};
const PROJECTS: UserConfig[] = [
  { test: { ...inNode, name: 'math', include: ['tests/math/**/*.test.ts'], setupFiles: kernels, isolate: false, testTimeout: 60_000 } },
  { test: { ...inNode, name: 'deno', include: ['tests/deno/**/*.test.ts'] } },
  { test: { ...inNode, name: 'shaders', include: ['tests/shaders/**/*.test.ts'], setupFiles: kernels, testTimeout: 60_000 } },
  {
    test: {
      ...inChrome,
      name: 'gpu',
      include: ['tests/gpu/**/*.test.ts', 'tests/conformance/**/*.test.ts', 'tests/diagnosis/**/*.test.ts'],
      globalSetup: chromeSetup,
      setupFiles: kernels,
      // Some take 40 s where other programs run beside them.
      testTimeout: 180_000,
      hookTimeout: 60_000,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        api: { host: '127.0.0.1' },
        provider: puppeteerProvider(),
        instances: [{ browser: 'chrome' }],
      },
    },
  },
  {
    test: {
      ...inChrome,
      name: 'page',
      include: ['tests/page/**/*.test.ts'],
      globalSetup: [chromeSetup, './tests/support/run_setup.ts'],
      testTimeout: 180_000,
      hookTimeout: 120_000,
    },
  },
];

const test = (mode: string): UserConfig => ({
  plugins: [wgsl()],
  // Found on the way, they would make the page load anew in the middle of a test.
  optimizeDeps: { include: ['valibot', '@valibot/to-json-schema', 'papaparse', 'hyparquet', 'jpeg-js'] },
  // Each file of tests/gpu has a frame of its own, which would ask for all 300 modules anew: Chrome, which is new in each run, keeps them.
  server: { fs: { allow: ['.', '../shared'] }, headers: { 'Cache-Control': 'max-age=3600' } },
  test: {
    // What Chrome keeps does not change.
    watch: false,
    passWithNoTests: true,
    reporters: ['default', new SummaryReporter()],
    globalSetup: modeSetup,
    // A project does not inherit the mode: it would be `test`, whatever the command says.
    projects: PROJECTS.map((project) => ({ ...project, extends: true, mode, test: { ...project.test, include: [...project.test!.include!, modeTest] } })),
  },
});

/** The tests of tests/gpu in Node, through Dawn: for a machine with a GPU and without a browser. */
const dawn: UserConfig = {
  plugins: [wgsl()],
  test: {
    include: ['tests/gpu/**/*.test.ts', modeTest],
    globalSetup: modeSetup,
    setupFiles: [kernels, './tests/support/dawn_setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A GPU serves several processes; SwiftShader uses every core for one.
    fileParallelism: process.env.GPU === '1',
  },
};

/** The same tests in Deno, whose WebGPU is wgpu's: `npm run test:deno` starts vitest there. */
const deno: UserConfig = { ...dawn, test: { ...dawn.test, setupFiles: kernels, pool: 'forks', fileParallelism: false } };

export default defineConfig(({ command, mode }) => {
  if (mode === 'demo') return demo;
  if (mode === 'cli') return cli;
  if (mode === 'cdn') return cdn;
  if (mode === 'dawn') return dawn;
  if (mode === 'deno') return deno;
  return command === 'build' ? library : test(mode);
});
