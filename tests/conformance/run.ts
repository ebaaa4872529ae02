// npm run conformance -- <manifest or folder>... [--runtime chrome|deno|node] [--only op] [--verbose]
// Runs cases of the format conformance/1 on the GPU, in Chrome, in Deno or through Dawn in Node, and prints what passed. Ends with 1 where a case failed.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { requireName, UsageError } from '../../src/errors.ts';
import type { ChromePage } from '../support/chrome_page.ts';
import { findDeno, runInDeno } from '../support/deno.ts';
import type { Case, Manifest, Outcome } from './format.ts';
import { report } from './report.ts';

const USAGE = 'npm run conformance -- <manifest or folder>... [--runtime chrome|deno|node] [--only op] [--verbose]';
const RUNTIMES = ['chrome', 'deno', 'node'] as const;
type Runtime = (typeof RUNTIMES)[number];
const RUN_TS = 'tests/support/run_ts.mjs';
const SELF = 'tests/conformance/run.ts';
/** Cases per call to the page, and bytes per message to it. */
const CASES = 16;
const PIECE = 3 << 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', multiple: true },
    verbose: { type: 'boolean' },
    runtime: { type: 'string', default: 'chrome' },
    help: { type: 'boolean' },
  },
});

/** Manifests in a folder and below it: its JSON files. */
function manifestsIn(path: string): string[] {
  if (!existsSync(path)) throw new UsageError(`${path}: expected a manifest or a folder of manifests, but there is nothing`);
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => {
      const inner = join(path, name);
      return statSync(inner).isDirectory() ? manifestsIn(inner) : name.endsWith('.json') ? [inner] : [];
    });
}

function read(path: string): Manifest {
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (manifest.format !== 'conformance/1')
    throw new UsageError(`${path}: expected a manifest of the format conformance/1, got ${JSON.stringify(manifest.format)}`);
  return manifest;
}

function wanted({ op, id, nodes, optimizer }: Case): boolean {
  if (!values.only) return true;
  const names = [op, id, optimizer, ...(nodes ?? []).map((node: { op: string }) => node.op)];
  return values.only.some((only) => names.includes(only));
}

/** Where the cases run. Each runtime is loaded where it is wanted: Deno needs neither puppeteer nor Dawn. */
async function openPage(runtime: Runtime): Promise<Pick<ChromePage, 'call' | 'close'>> {
  if (runtime === 'deno') return (await import('../support/page_here.ts')).pageHere();
  if (runtime === 'node') return (await import('../support/gpu_node.ts')).openNodePage();
  return (await import('../support/chrome_page.ts')).openChromePage();
}

async function main(): Promise<number> {
  if (values.help || positionals.length === 0) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const { runtime } = values;
  requireName('--runtime', runtime, RUNTIMES);
  if (runtime === 'deno' && !('Deno' in globalThis)) return runInDeno(findDeno({ install: true }), [RUN_TS, SELF, ...process.argv.slice(2)]);
  const manifests = positionals.flatMap(manifestsIn).map((path) => ({ path, manifest: read(path) }));
  const page = await openPage(runtime);
  const call = <Result>(name: string, ...args: unknown[]): Promise<Result> => page.call<Result>('tests/conformance/page.ts', name, ...args);
  const outcomes: Outcome[] = [];
  try {
    console.log(`on ${await call<string>('open')}`);
    for (const { path, manifest } of manifests) {
      const cases = manifest.cases.filter(wanted);
      if (cases.length === 0) continue;
      const bytes = readFileSync(join(dirname(path), manifest.bin));
      for (let at = 0; at < bytes.length; at += PIECE) await call('append', bytes.subarray(at, at + PIECE).toString('base64'));
      await call('begin');
      for (let at = 0; at < cases.length; at += CASES) {
        outcomes.push(...(await call<Outcome[]>('run', cases.slice(at, at + CASES))));
        if (process.stderr.isTTY) process.stderr.write(`\r${manifest.suite} ${Math.min(at + CASES, cases.length)}/${cases.length}\u001b[K`);
      }
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    }
  } finally {
    await page.close();
  }
  console.log(report(outcomes, values.verbose ?? false));
  return outcomes.some((outcome) => outcome.status === 'failed') ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n${USAGE}`);
  process.exit(2);
}
