// node tests/support/run_ts.mjs tests/diagnosis/drawn.ts [--causes a,b] [--from 1] [--count 4] [--mildly] [--healthy 60]
// How often the first finding names the cause in networks that are drawn, by cause: some hundred a minute, on the CPU alone. Planted mildly, a cause counts only where the
// twin without it learns and the sick one wins at most half as much; planted strongly, where the sick one wins little.
import { parseArgs } from 'node:util';
import { isRefusal } from '../../src/experiment/admit.ts';
import { diagnose, type Finding } from '../../src/inspect/diagnose/index.ts';
import { CAUSES, healthyDraw, plantMildly, sickDraw } from './draws.ts';
import { type CpuRun, runOnCpu } from './on_cpu.ts';

const { values } = parseArgs({
  options: {
    causes: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string', default: '4' },
    mildly: { type: 'boolean', default: false },
    healthy: { type: 'string', default: '0' },
  },
});
/** What a twin must win at least, and a sick network at most where no twin is asked. */
const [LEARNS, LITTLE] = [0.2, 0.35];

const warnings = ({ history }: CpuRun): Finding[] => diagnose(history).findings.filter(({ severity }) => severity !== 'note');
const told = (findings: readonly Finding[]): string =>
  findings
    .slice(0, 3)
    .map(({ rule, message }) => `${rule}: ${message}`)
    .join(' | ');

plantMildly(values.mildly);
const seeds = Array.from({ length: Number(values.count) }, (_, i) => Number(values.from) + i);
const all = { counted: 0, named: 0, right: 0 };
for (const cause of values.causes?.split(',') ?? CAUSES) {
  const own = { counted: 0, named: 0, right: 0 };
  const wrong: string[] = [];
  for (const seed of seeds) {
    const { name, cause: what, accepted, score, document, twin } = sickDraw(cause, seed);
    const most = values.mildly ? runOnCpu(twin).won[score as 'r2'] : 2 * LITTLE;
    if (most < LEARNS) continue;
    let run: CpuRun | undefined;
    try {
      run = runOnCpu(document);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    if (run && run.won[score as 'r2'] > most / 2) continue;
    const findings = run ? warnings(run) : [];
    const right = !run || accepted.includes(findings[0]?.rule ?? '');
    own.counted++;
    own.named += Number(!run || findings.length > 0);
    own.right += Number(right);
    if (!right) wrong.push(`   ${name} (${what}): ${told(findings) || 'nothing'}`);
  }
  console.log(`${cause.padEnd(22)} right ${own.right} of ${own.named} named, of ${own.counted}`);
  for (const line of wrong) console.log(line);
  for (const key of ['counted', 'named', 'right'] as const) all[key] += own[key];
}
console.log(`precision ${all.right} of ${all.named}, recall ${all.right} of ${all.counted}`);

let alarms = 0;
for (let seed = 1; seed <= Number(values.healthy); seed++) {
  const { name, awkward, document } = healthyDraw(seed);
  const run = runOnCpu(document);
  const findings = warnings(run);
  if (findings.length === 0) continue;
  alarms++;
  const { accuracy, r2 } = run.won;
  console.log(`   ${name} (${awkward}; won ${Math.max(accuracy, r2).toFixed(2)}): ${told(findings)}`);
}
if (Number(values.healthy) > 0) console.log(`healthy ones with a warning: ${alarms} of ${values.healthy}`);
