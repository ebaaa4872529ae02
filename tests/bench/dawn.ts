// npm run bench:dawn -- [W1,M512,...] [--seconds 0.5] [--probes] [--json file]: our figures in Node, through Dawn, on a GPU (GPU=1). Wall time per
// step as the GPU gets its steps in three ways, the GPU's own time by kernel, and with --probes what probes cost. Medians of interleaved rounds.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { UsageError } from '../../src/errors.ts';
import { provideGpu } from '../support/gpu_node.ts';
import { type Drive, dispatchTimes, end, GROUP, gpuTime, measure, start, type Variant } from './page.ts';
import { LARGE, median, PROBES, stepsOfRound, WORKLOADS } from './workloads.ts';

const ROUNDS = 5;
const PROFILES = 20;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '0.5' }, probes: { type: 'boolean' }, json: { type: 'string' } },
});
const roundMs = Number(values.seconds) * 1000;

/** The GPU's own times, in microseconds; medians. */
interface GpuTimes {
  /** Of a step among others in one pass. */
  step: number;
  /** Of each dispatch in a pass of its own, which adds to it. */
  dispatches: { label: string; us: number }[];
}

interface Result {
  label: string;
  workload: string;
  drive: Drive;
  firstStepMs: number;
  dispatches: number;
  bytes: number;
  /** Milliseconds per step, a number per round: on the clock, and of this process's CPU time. */
  wall: number[];
  cpu: number[];
  gpu?: GpuTimes;
}

const results: Result[] = [];
let adapter = '';

/** Variants round by round in turn, each warmed up for as long as a round takes. */
async function compare(variants: readonly (Variant & { drive: Drive })[], profiled = false): Promise<Result[]> {
  const runs: { steps: number; result: Result }[] = [];
  for (const { workload, ...variant } of variants) {
    const { adapter: name, ...started } = await start({ ...variant, workload });
    adapter = name;
    runs.push({
      steps: await stepsOfRound((steps) => measure(variant.label, steps), roundMs),
      result: { ...started, workload: workload.id, label: variant.label, drive: variant.drive, wall: [], cpu: [] },
    });
  }
  for (let round = 0; round < ROUNDS; round++)
    for (const { steps, result } of runs) {
      const before = process.cpuUsage();
      result.wall.push((await measure(result.label, steps)) / steps);
      const { user, system } = process.cpuUsage(before);
      result.cpu.push((user + system) / 1000 / steps);
    }
  if (profiled) runs[0]!.result.gpu = await gpuTimes(variants[0]!.label, median(runs[0]!.result.wall));
  for (const { label } of variants) end(label);
  results.push(...runs.map(({ result }) => result));
  save();
  return runs.map(({ result }) => result);
}

/** Undefined where the device has no time stamps. A step takes about `ms`: where that is long, fewer are taken. */
async function gpuTimes(label: string, ms: number): Promise<GpuTimes | undefined> {
  const count = Math.min(GROUP, Math.ceil(roundMs / ms));
  const steps: number[] = [];
  const profiles: Awaited<ReturnType<typeof dispatchTimes>>[] = [];
  try {
    const until = performance.now() + 4 * roundMs;
    do {
      steps.push(await gpuTime(label, count));
      profiles.push(await dispatchTimes(label));
    } while (steps.length < PROFILES && performance.now() < until);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return undefined;
  }
  const dispatches = profiles[0]!.map((row, i) => ({ label: row.label, us: 1000 * median(profiles.map((rows) => rows[i]!.milliseconds)) }));
  return { step: 1000 * median(steps), dispatches };
}

function save(): void {
  if (values.json) writeFileSync(values.json, JSON.stringify({ adapter, rounds: ROUNDS, results }, null, 1));
}

/** A step's time in microseconds. */
const us = (ms: number): string => (ms * 1000).toFixed(ms > 1 ? 0 : 1);
const wallOf = (result: Result | undefined): string => (result ? us(median(result.wall)) : '-');

/** A row for the workload and one for each of its kernels. */
function kernelRows(id: string, { dispatches }: GpuTimes): string[] {
  const kernels = new Map<string, number[]>();
  for (const { label, us } of dispatches) {
    const kernel = label.split(' ')[0]!;
    kernels.set(kernel, [...(kernels.get(kernel) ?? []), us]);
  }
  const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
  const total = sum(dispatches.map((dispatch) => dispatch.us));
  const rows = [...kernels]
    .sort((a, b) => sum(b[1]) - sum(a[1]))
    .map(([kernel, list]) => `| ${id} ${kernel} | ${list.length} | ${sum(list).toFixed(1)} | ${((100 * sum(list)) / total).toFixed(0)} % |`);
  return [`| **${id}** | ${dispatches.length} | ${total.toFixed(1)} | |`, ...rows];
}

await provideGpu();
const wanted = positionals[0]?.split(',');
const workloads = [...WORKLOADS, ...LARGE].filter((w) => !wanted || wanted.includes(w.id));

console.log(
  '| workload | us per step: submit each | 32 in a submit | fit on a data set | GPU alone | CPU, submit each | first step ms | dispatches | MiB |\n|---|---|---|---|---|---|---|---|---|',
);
const kernels: string[] = [];
for (const workload of workloads) {
  const drives: Drive[] = workload.kind === 'matmul' ? ['submit', 'group'] : ['submit', 'group', 'fit'];
  const variants = drives.map((drive) => ({ label: `${workload.id} ${drive}`, workload, drive }));
  const [submit, group, fit] = await compare(variants, true);
  const { gpu, cpu, firstStepMs, dispatches, bytes } = submit!;
  const speed = gpu && workload.kind === 'matmul' ? ` (${((2 * workload.n ** 3) / gpu.step / 1000).toFixed(0)} GFLOP/s)` : '';
  const cells = [wallOf(submit), wallOf(group), wallOf(fit), gpu ? gpu.step.toFixed(1) + speed : '-', us(median(cpu)), firstStepMs.toFixed(0), dispatches];
  console.log(`| ${workload.id}: ${workload.title} | ${cells.join(' | ')} | ${(bytes / 1048576).toFixed(1)} |`);
  if (gpu) kernels.push(...kernelRows(workload.id, gpu));
}
if (kernels.length > 0) console.log(['\n| GPU time by kernel, a pass each | dispatches | us per step | share |\n|---|---|---|---|', ...kernels].join('\n'));

if (values.probes) {
  console.log('\n| overhead of probes, in fit | workload | us per step | against no probes |\n|---|---|---|---|');
  for (const workload of workloads) {
    if (workload.kind === 'matmul' || workload.probes) continue;
    const measured = await compare(Object.entries(PROBES).map(([label, probes]) => ({ label, workload, drive: 'fit' as const, probes })));
    for (const one of measured) {
      const ratio = median(one.wall.map((ms, i) => ms / measured[0]!.wall[i]!));
      console.log(`| ${one.label} | ${workload.id} | ${wallOf(one)} | ${ratio.toFixed(3)} |`);
    }
  }
}
console.log(`\nadapter: ${adapter}; ${ROUNDS} interleaved rounds of ${values.seconds} s`);
