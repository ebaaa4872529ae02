// What a program's bundle carries, built by Vite from the sources: only what the program names.
import { build, type Rolldown } from 'vite';
import { expect, test } from 'vitest';
import { wgsl } from '../../shaders/wgsl_plugin.ts';

const SRC = new URL('../../src', import.meta.url).pathname;

/** The code of a program, and the modules of which something is left in it. */
async function bundled(program: string): Promise<{ code: string; modules: string[] }> {
  const entry = '\0program';
  const output = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [wgsl(), { name: 'program', resolveId: (id) => (id === 'program' ? entry : null), load: (id) => (id === entry ? program : null) }],
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      rolldownOptions: { input: 'program', treeshake: { moduleSideEffects: false }, preserveEntrySignatures: 'strict' },
    },
  })) as Rolldown.RolldownOutput;
  const first = output.output.find((chunk): chunk is Rolldown.OutputChunk => chunk.type === 'chunk' && chunk.isEntry)!;
  const modules = Object.entries(first.modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return { code: first.code, modules: modules.map(([path]) => path.replace(`${SRC}/`, '')) };
}

test('a loss alone brings no other loss, nor texts or the list', async () => {
  const { code, modules } = await bundled(`import { huber } from '${SRC}/index.ts'; console.log(huber());`);
  expect(modules.filter((path) => /nn\/losses\//.test(path)).sort()).toEqual(['nn/losses/elementwise.ts', 'nn/losses/huber.ts', 'nn/losses/loss.ts']);
  expect(code).not.toMatch(/Huber\b.*outliers|squared_hinge|registry|平方/);
});

test('an activation alone brings no other, nor texts or a list', async () => {
  const { code, modules } = await bundled(`import { dense, sequential, tanh } from '${SRC}/index.ts'; console.log(sequential([dense(2), tanh()]));`);
  expect(code).toContain('activations/tanh');
  expect([...code.matchAll(/activations\/(\w+)/g)].map(([, name]) => name).filter((name) => name !== 'tanh')).toEqual([]);
  expect(code).not.toMatch(/Leaky ReLU|两端平坦/);
  expect(modules.filter((path) => /^experiment\/|inspect\/theory|diagnose/.test(path))).toEqual([]);
});

test('a metric alone brings no other metric, nor texts or the list', async () => {
  const { code, modules } = await bundled(`import { f1 } from '${SRC}/index.ts'; console.log(f1());`);
  const files = modules.filter((path) => /train\/metrics\//.test(path)).map((path) => path.replace('train/metrics/', ''));
  expect(files.sort()).toEqual(['class_counts.ts', 'confusion.ts', 'f1.ts', 'measured.ts', 'measuring.ts', 'metric.ts', 'reductions.ts']);
  expect(code).not.toMatch(/调和平均|registry/);
});

test('a program without metrics and files brings nothing of them', async () => {
  const { modules } = await bundled(
    `import { createEngine, dense, sequential, sgd, softmaxCrossEntropy } from '${SRC}/index.ts'; console.log(createEngine, dense, sequential, sgd, softmaxCrossEntropy);`,
  );
  expect(modules.filter((path) => /^train\/metrics|^io\//.test(path))).toEqual([]);
});
