// Which folder may import from which: dependencies point one way, so that a reader of one part need not know those above it.
import { expect, test } from 'vitest';

const sources = import.meta.glob<string>('../../src/**/*.ts', { query: '?raw', import: 'default', eager: true });

/**
 * What each part may import, by value; `types` are for `import type` alone and cost nothing at run time.
 * base: errors, numbers from outside, groups of dispatches, shapes, layout, random numbers, kernels as data. A fusing pass belongs to the op family that it concerns, so the scheduler
 * imports ops, and ops know the type of a pass.
 */
const ALLOWED: Record<string, { values: string[]; types?: string[] }> = {
  base: { values: [] },
  graph: { values: ['base'] },
  ops: { values: ['base', 'graph'], types: ['scheduler'] },
  autodiff: { values: ['base', 'graph', 'ops'] },
  scheduler: { values: ['base', 'graph', 'ops'] },
  // The GPU sees plans, of the graph only types.
  gpu: { values: ['base'], types: ['graph', 'scheduler'] },
  // The language of what a run leaves behind is shared by those who write and those who read it.
  inspect: { values: ['base', 'graph', 'ops'] },
  // What theory says of a layer comes with the layer: the types of its steps.
  nn: { values: ['base', 'graph', 'ops'], types: ['inspect'] },
  data: { values: ['base'] },
  io: { values: ['base'] },
  train: { values: ['base', 'graph', 'ops', 'autodiff', 'scheduler', 'gpu', 'nn', 'inspect', 'data', 'io'] },
};

/** Layers on top may import whatever is below them, never each other's upper neighbour. */
const ON_TOP = ['reference', 'program', 'engine', 'compile', 'verify', 'lab', 'public_types', 'index', 'experiment', 'exchange', 'cli', 'build'];

const BASE = [
  'errors',
  'nearest',
  'option_table',
  'texts',
  'format',
  'visible',
  'limits',
  'numbers',
  'integers',
  'groups',
  'shape',
  'layout',
  'random',
  'kernel',
  'struct',
  'wgsl.d',
  'python.d',
];

function partOf(path: string): string {
  const [first, ...rest] = path.replace('../../src/', '').replace(/\.ts$/, '').split('/');
  return rest.length === 0 && BASE.includes(first!) ? 'base' : first!;
}

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

const imports: Import[] = Object.entries(sources).flatMap(([path, text]) =>
  [...text.matchAll(/^(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s+'(\.[^']+\.ts)';/gm)].map(([, type, names, target]) => {
    const to = new URL(target!, `file:///${path.replace('../../', '')}`).pathname.slice(1);
    const inner = /^\{([\s\S]*)\}$/.exec(names!.trim())?.[1];
    const allTypes = inner?.split(',').every((name) => name.trim() === '' || name.trim().startsWith('type ')) ?? false;
    return { from: path, to: `../../${to}`, typeOnly: Boolean(type) || allTypes };
  }),
);

test('imports were found', () => {
  expect(imports.length).toBeGreaterThan(200);
  expect(new Set(imports.map(({ to }) => to).filter((to) => !(to in sources)))).toEqual(new Set());
});

test.each(Object.entries(ALLOWED))('%s imports only what is below it', (part, { values, types = [] }) => {
  const wrong = imports.filter(({ from, to, typeOnly }) => {
    if (partOf(from) !== part || partOf(to) === part) return false;
    return !values.includes(partOf(to)) && !(typeOnly && types.includes(partOf(to)));
  });
  expect(wrong.map(({ from, to }) => `${from.slice(6)} imports ${to.slice(6)}`)).toEqual([]);
});

test('nothing below imports from the layers on top, and these stand in one order', () => {
  const wrong = imports.filter(({ from, to }) => {
    const [a, b] = [ON_TOP.indexOf(partOf(from)), ON_TOP.indexOf(partOf(to))];
    return b >= 0 && b > a && partOf(from) !== partOf(to);
  });
  expect(wrong.map(({ from, to }) => `${from.slice(6)} imports ${to.slice(6)}`)).toEqual([]);
});

test('every part has its place', () => {
  const known = new Set([...Object.keys(ALLOWED), ...ON_TOP]);
  expect([...new Set(Object.keys(sources).map(partOf))].filter((part) => !known.has(part))).toEqual([]);
});

/** What a GPUDevice, its queue and its encoders are asked to do. */
const DEVICE_CALLS =
  /\.(create(Buffer|BindGroup|BindGroupLayout|PipelineLayout|ComputePipeline|ComputePipelineAsync|ShaderModule|CommandEncoder|QuerySet)|begin(Compute|Render)Pass|copyBufferToBuffer|writeBuffer|submit|mapAsync|pushErrorScope|popErrorScope)\(/;

test('only src/gpu uses the device', () => {
  const users = Object.entries(sources).filter(([path, text]) => partOf(path) !== 'gpu' && DEVICE_CALLS.test(text));
  expect(users.map(([path]) => path)).toEqual([]);
  expect(Object.entries(sources).filter(([path, text]) => partOf(path) === 'gpu' && DEVICE_CALLS.test(text)).length).toBeGreaterThan(3);
});

// Papa Parse is built into a file of its own, which only what reads a CSV imports.
test('the engine needs no package at run time', () => {
  const outside = Object.entries(sources)
    .filter(([path]) => !['cli', 'experiment', 'build'].includes(partOf(path)))
    .flatMap(([path, text]) =>
      [...text.matchAll(/^(?:import|export)[^'";]*from\s+'([^.'][^']*)'/gm)]
        .filter(([, target]) => !(path.endsWith('/data/papa.ts') && target === 'papaparse'))
        .map(([, target]) => `${path.slice(6)} imports ${target}`),
    );
  expect(outside).toEqual([]);
});
