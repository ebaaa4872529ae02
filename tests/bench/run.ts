// npm run bench [-- W1,W2,...] [--rounds 10]: our own figures on this machine's adapter, and what looking costs while `fit` trains. CPU time is
// that of the browser's whole process tree, which on a software adapter is what a step costs; on a GPU the clock tells. Rounds are interleaved; of
// each way of running the smallest counts, since whatever else the machine does only adds. "Not looking, once more" shows what noise is left.
import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openChromePage } from '../support/chrome_page.ts';
import type { Started, Variant } from './page.ts';
import { PROBES, stepsOfRound, WORKLOADS } from './workloads.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string', default: '10' } } });
const rounds = Number(values.rounds);
const TARGET_MS = 800;
/** Steps in which each kind of probes samples as often as it should. */
const PROBED_UNIT = 50;
interface Result extends Started {
  label: string;
  cpu: number[];
  wall: number[];
}

/** CPU milliseconds that the descendants of this process, Chrome among them, have used so far (Linux); wall clock elsewhere. */
function chromeCpuMs(): number {
  if (process.platform !== 'linux') return performance.now();
  const parents = new Map<number, number>();
  const used = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]!.split(' ');
      parents.set(Number(name), Number(fields[1]));
      used.set(Number(name), 10 * (Number(fields[11]) + Number(fields[12])));
    } catch {
      // the process has ended
    }
  }
  let sum = 0;
  for (const [pid, ms] of used) {
    let at = parents.get(pid);
    while (at && at !== process.pid) at = parents.get(at);
    if (at === process.pid) sum += ms;
  }
  return sum;
}

/** Variants in one browser, round by round in turn; a round is a multiple of `unit` steps. */
async function compare(variants: readonly Variant[], unit = 1): Promise<Result[]> {
  const chrome = await openChromePage();
  const page = 'tests/bench/page.ts';
  try {
    const runs: { steps: number; result: Result }[] = [];
    for (const variant of variants) {
      const started = await chrome.call<Started>(page, 'start', variant);
      const measure = (steps: number): Promise<number> => chrome.call<number>(page, 'measure', variant.label, steps);
      runs.push({ steps: await stepsOfRound(measure, TARGET_MS, unit), result: { ...started, label: variant.label, cpu: [], wall: [] } });
    }
    for (let round = 0; round < rounds; round++)
      for (const { steps, result } of runs) {
        const before = chromeCpuMs();
        const ms = await chrome.call<number>(page, 'measure', result.label, steps);
        result.cpu.push((chromeCpuMs() - before) / steps);
        result.wall.push(ms / steps);
      }
    return runs.map(({ result }) => result);
  } finally {
    await chrome.close();
  }
}

/** What a step of this way of running costs, in milliseconds. */
function cost({ fallback, cpu, wall }: Result): number {
  return Math.min(...(fallback ? cpu : wall));
}

const wanted = positionals[0]?.split(',');
const workloads = WORKLOADS.filter((w) => !wanted || wanted.includes(w.id));
console.log('| workload | steps/s | CPU ms per step | dispatches | first step ms | MiB |\n|---|---|---|---|---|---|');
let adapter = '';
for (const workload of workloads) {
  const [r] = await compare([{ label: workload.id, workload }]);
  adapter = r!.adapter;
  console.log(
    `| ${workload.id}: ${workload.title} | ${(1000 / Math.min(...r!.wall)).toFixed(1)} | ${Math.min(...r!.cpu).toFixed(1)} | ${r!.dispatches} | ${r!.firstStepMs.toFixed(0)} | ${(r!.bytes / 1048576).toFixed(1)} |`,
  );
}
console.log('\n| overhead of probes, in fit | workload | per step against no probes |\n|---|---|---|');
for (const workload of workloads.filter((w) => w.kind === 'mlp' && !w.probes)) {
  const cases = [...Object.entries(PROBES), ['no probes, once more', null] as const];
  const [unprobed, ...probed] = await compare(
    cases.map(([label, probes]) => ({ label, workload, probes, drive: 'fit' })),
    PROBED_UNIT,
  );
  for (const result of probed) {
    const percent = 100 * (cost(result) / cost(unprobed!) - 1);
    console.log(`| ${result.label} | ${workload.id} | ${percent >= 0 ? '+' : ''}${percent.toFixed(1)} % |`);
  }
}
console.log(`\nadapter: ${adapter}; ${rounds} interleaved rounds`);
