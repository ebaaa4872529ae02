// npm run bench [-- W1,W2,...]: our own figures on this machine's adapter, and what looking costs. CPU time is that of the
// browser's whole process tree, which on a software adapter is what a step costs; medians of interleaved rounds.
import { readdirSync, readFileSync } from 'node:fs';
import { openChromePage } from '../support/chrome_page.ts';
import type { Started } from './page.ts';
import { LOOKS, median, type Watched, WORKLOADS, type Workload } from './workloads.ts';

const ROUNDS = 5;
const TARGET_MS = 800;
/** Steps in which each way of looking looks as often as it should. */
const PROBED_UNIT = 50;
interface Result extends Started {
  label: string;
  cpu: number[];
  wall: number[];
}

/** CPU milliseconds that a process and its descendants have used so far (Linux); wall clock elsewhere. */
function treeCpuMs(root: number): number {
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
    let at: number | undefined = pid;
    while (at && at !== root) at = parents.get(at);
    if (at === root) sum += ms;
  }
  return sum;
}

/** Variants in one browser, round by round in turn; a round is a multiple of `unit` steps. */
async function compare(variants: { label: string; workload: Workload; probes?: Watched | null }[], unit = 1): Promise<Result[]> {
  const chrome = await openChromePage();
  const page = 'tests/bench/page.ts';
  try {
    const pid = chrome.page.browser().process()!.pid!;
    const runs: { steps: number; result: Result }[] = [];
    for (const variant of variants) {
      const started = await chrome.call<Started>(page, 'start', variant);
      const once = await chrome.call<number>(page, 'measure', variant.label, 2);
      runs.push({
        steps: Math.max(2, unit, unit * Math.round(Math.min(500, (TARGET_MS / once) * 2) / unit)),
        result: { ...started, label: variant.label, cpu: [], wall: [] },
      });
    }
    for (let round = 0; round < ROUNDS; round++)
      for (const { steps, result } of runs) {
        const before = treeCpuMs(pid);
        const ms = await chrome.call<number>(page, 'measure', result.label, steps);
        result.cpu.push((treeCpuMs(pid) - before) / steps);
        result.wall.push(ms / steps);
      }
    return runs.map(({ result }) => result);
  } finally {
    await chrome.close();
  }
}

const wanted = process.argv[2]?.split(',');
const workloads = WORKLOADS.filter((w) => !wanted || wanted.includes(w.id));
console.log('| workload | steps/s | CPU ms per step | dispatches | first step ms | MiB |\n|---|---|---|---|---|---|');
let adapter = '';
for (const workload of workloads) {
  const [r] = await compare([{ label: workload.id, workload }]);
  adapter = r!.adapter;
  console.log(
    `| ${workload.id}: ${workload.title} | ${(1000 / median(r!.wall)).toFixed(1)} | ${median(r!.cpu).toFixed(1)} | ${r!.dispatches} | ${r!.firstStepMs.toFixed(0)} | ${(r!.bytes / 1048576).toFixed(1)} |`,
  );
}
console.log('\n| cost of looking | workload | CPU per step, median of rounds against no probes |\n|---|---|---|');
for (const workload of workloads.filter((w) => w.kind === 'mlp' && !w.probes)) {
  const results = await compare(
    Object.entries(LOOKS).map(([label, probes]) => ({ label, workload, probes })),
    PROBED_UNIT,
  );
  for (const result of results.slice(1)) {
    const ratio = median(result.cpu.map((ms, i) => ms / results[0]!.cpu[i]!));
    console.log(`| ${result.label} | ${workload.id} | ${ratio >= 1 ? '+' : '-'}${(Math.abs(ratio - 1) * 100).toFixed(1)} % |`);
  }
}
console.log(`\nadapter: ${adapter}; ${ROUNDS} interleaved rounds`);
