// npm run endurance -- [--steps 100000] [--lives 200] [--runtime chrome|deno|node]
// Many steps of one trainer and many lives of trainers, a quarter of which cannot be made; after collection prints heap, ArrayBuffers, the history's own columns, GPU
// buffers, their bytes and objects made, at a tenth of the steps and at the end. Ends with 1 where memory grew by more than 5 %, or the device holds more.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { CDPSession } from 'puppeteer';
import { requireName, UsageError } from '../../src/errors.ts';
import type { ChromePage } from './chrome_page.ts';
import { findDeno, startDeno } from './deno.ts';
import type { Objects } from './endurance_page.ts';

const RUNTIMES = ['chrome', 'deno', 'node'] as const;
type Runtime = (typeof RUNTIMES)[number];
const SELF = ['tests/support/run_ts.mjs', 'tests/support/endurance.ts'];
const PAGE = 'tests/support/endurance_page.ts';
/** Heap that the collector and caches may leave, whatever the run. */
const SLACK = 1_000_000;

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    lives: { type: 'string', default: '200' },
    runtime: { type: 'string', default: 'chrome' },
    here: { type: 'boolean' },
  },
});

interface Sizes extends Objects {
  readonly heap: number;
  readonly arrays: number;
}

type Place = Pick<ChromePage, 'call' | 'close'> & { memory(): Promise<{ heap: number; arrays: number }> };

async function openPlace(runtime: Runtime): Promise<Place> {
  if (runtime === 'chrome') {
    const page = await (await import('./chrome_page.ts')).openChromePage();
    const session: CDPSession = await page.page.createCDPSession();
    const memory: Place['memory'] = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const usage = (await session.send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
      return { heap: usage.usedSize, arrays: usage.backingStorageSize ?? 0 };
    };
    return { ...page, memory };
  }
  const page = runtime === 'deno' ? (await import('./page_here.ts')).pageHere() : await (await import('./gpu_node.ts')).openNodePage();
  const memory: Place['memory'] = async () => {
    for (let i = 0; i < 3; i++) {
      globalThis.gc!();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const { heapUsed, arrayBuffers, external } = process.memoryUsage();
    // Deno counts ArrayBuffers among what is external, and 0 by themselves.
    return { heap: heapUsed, arrays: arrayBuffers || external };
  };
  return { ...page, memory };
}

const own = ({ heap, arrays, historyBytes }: Sizes): number => heap + arrays - historyBytes;

function line(what: string, sizes: Sizes): string {
  const kb = (bytes: number): string => `${Math.round(bytes / 1000)} kB`;
  const { heap, arrays, historyBytes, buffers, bytes, made } = sizes;
  return `${what}: heap ${kb(heap)}, ArrayBuffers ${kb(arrays)}, history ${kb(historyBytes)}, without it ${kb(own(sizes))}; GPU ${buffers} buffers, ${kb(bytes)}, ${made} objects made`;
}

/** What grew from one to the other, in words. */
function grown(what: string, before: Sizes, after: Sizes, objects: readonly (keyof Objects)[]): string[] {
  return [
    ...(own(after) > 1.05 * own(before) + SLACK ? [`${what}: memory grew from ${own(before)} to ${own(after)} B`] : []),
    ...objects.filter((name) => after[name] !== before[name]).map((name) => `${what}: ${name} went from ${before[name]} to ${after[name]}`),
  ];
}

async function run(runtime: Runtime, steps: number, lives: number): Promise<number> {
  const place = await openPlace(runtime);
  try {
    const sizes = async (what: string): Promise<Sizes> => {
      const measured = { ...(await place.memory()), ...(await place.call<Objects>(PAGE, 'objects')) };
      console.log(line(what, measured));
      return measured;
    };
    console.log(`on ${await place.call<string>(PAGE, 'open')}`);
    const tenth = Math.ceil(steps / 10);
    const begun = performance.now();
    await place.call(PAGE, 'steps', tenth);
    const first = await sizes(`${tenth} steps`);
    for (let i = 2; i < 10; i++) await place.call(PAGE, 'steps', tenth);
    const loss = await place.call<number>(PAGE, 'steps', steps - 9 * tenth);
    const last = await sizes(`${steps} steps`);
    console.log(`loss ${loss.toFixed(3)}, ${Math.round((performance.now() - begun) / 1000)} s`);
    const early = Math.max(8, Math.ceil(lives / 10 / 8) * 8);
    await place.call(PAGE, 'lives', early);
    const some = await sizes(`${early} lives`);
    await place.call(PAGE, 'lives', Math.max(0, lives - early));
    const all = await sizes(`${lives} lives`);
    const problems = [...grown('steps', first, last, ['buffers', 'bytes', 'made']), ...grown('lives', some, all, ['buffers', 'bytes'])];
    for (const problem of problems) console.log(`GREW ${problem}`);
    return problems.length > 0 ? 1 : 0;
  } finally {
    await place.close();
  }
}

/** In a process that may ask for collection. */
function again(runtime: 'deno' | 'node'): Promise<number> {
  const args = [...SELF, ...process.argv.slice(2), '--here'];
  const deno = runtime === 'deno' ? findDeno({ install: true }) : undefined;
  if (deno && 'missing' in deno) throw new UsageError(deno.missing);
  const child = deno
    ? startDeno(deno, ['--v8-flags=--expose-gc', ...args], 'inherit')
    : spawn(process.execPath, ['--expose-gc', ...args], { stdio: 'inherit' });
  return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

try {
  const { runtime } = values;
  requireName('--runtime', runtime, RUNTIMES);
  const [steps, lives] = [Number(values.steps), Number(values.lives)];
  if (!(Number.isInteger(steps) && steps >= 10 && Number.isInteger(lives) && lives >= 8)) throw new UsageError('expected at least 10 steps and 8 lives');
  process.exit(runtime !== 'chrome' && !values.here ? await again(runtime) : await run(runtime, steps, lives));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exit(2);
}
