// npm run warnings [-- --part blow_ups|healthy|more] [--only name,name] [--every n] [--verbose]
// How many steps before the first number that is not finite the first warning of a run stands, on runs that blow up between steps 50 and 500; and false warnings on sixty
// healthy ones. The rules are asked over the run so far, as the page asks them: every other step, of healthy ones every tenth. Runs in this process, through Dawn.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEngine } from '../../src/engine.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { diagnose, type RuleId } from '../../src/inspect/diagnose/index.ts';
import type { History } from '../../src/inspect/history.ts';
import { provideGpu } from '../support/gpu_node.ts';
import { BLOW_UPS, TAKEN } from './blow_ups.ts';
import { HEALTHY } from './healthy.ts';
import { MORE_HEALTHY } from './more_healthy.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, every: { type: 'string', default: '1' }, verbose: { type: 'boolean' }, part: { type: 'string' } },
});
const wanted = <Network extends { name: string }>(all: readonly Network[]): Network[] =>
  all.filter(({ name }, at) => (values.only ? values.only.split(',').includes(name) : at % Number(values.every) === 0));
const asked = (part: string): boolean => values.part === undefined || values.part === part;
const read = (path: string): never => readFileSync(new URL(`../../demo/data/${path}`, import.meta.url), 'utf8') as never;

/** Rules that tell of a run that is about to leave the finite range, by what it does and not by how it ended. */
const EARLY: readonly RuleId[] = [
  'learning_rate_too_high',
  'gradient_spikes',
  'absolutely_huge',
  'update_size',
  'rate_times_penalty',
  'weights_grow',
  'loss_diverges',
  'loss_spikes',
];
/** Those of them that are new. */
const NEW: readonly RuleId[] = ['weights_grow', 'loss_diverges', 'loss_spikes', 'weights_stay', 'classes_left_out'];

/** The step at which each rule first warns, of a run as it was after every `stride` steps before `end`. */
function firstWarnings(history: History, end: number, rules: readonly RuleId[], stride: number): Map<string, number> {
  const found = new Map<string, number>();
  const records = [...history.steps];
  const { nonFinite: _, recoveries: __, predictedClasses: ___, ...rest } = history;
  for (let step = 10; step < end; step += stride) {
    const now = { ...rest, steps: records.filter((record) => record.step <= step), validations: history.validations.filter((each) => each.step <= step) };
    for (const { rule, severity } of diagnose(now, { rules }).findings) if (severity !== 'note' && !found.has(rule)) found.set(rule, step);
  }
  return found;
}

await provideGpu();
const engine = await createEngine();
console.log(`Adapter: ${engine.adapter.description}\n`);

const leads: number[] = [];
let [silent, taken] = [0, 0];
for (const { name, awkward, document } of asked('blow_ups') ? wanted(BLOW_UPS) : []) {
  if (taken === TAKEN) break;
  const { history } = await runExperiment(engine, parseExperiment(document), { read });
  const end = history.nonFinite?.step;
  if (end === undefined || end < 50 || end > 500) {
    console.log('left out', name.padEnd(24), end === undefined ? 'stays finite' : `not finite at step ${end}`);
    continue;
  }
  taken++;
  const warnings = firstWarnings(history, end, EARLY, 2);
  const first = [...warnings].sort((a, b) => a[1] - b[1])[0];
  if (first) leads.push(end - first[1]);
  else silent++;
  console.log('blows up', name.padEnd(24), `step ${end},`, first ? `${end - first[1]} before: ${first[0]}` : 'no warning', `(${awkward})`);
  if (values.verbose) console.log(`    ${[...warnings].map(([rule, step]) => `${rule} ${step}`).join(', ')}`);
}

const alarmed = { any: 0, fresh: 0, end: 0 };
const healthy = [...(asked('healthy') ? wanted(HEALTHY) : []), ...(asked('more') ? wanted(MORE_HEALTHY) : [])];
for (const { name, document } of healthy) {
  const { history } = await runExperiment(engine, parseExperiment(document), { read });
  const warnings = firstWarnings(history, history.steps.length + 1, [...new Set([...EARLY, ...NEW])], 10);
  const end = diagnose(history).findings.filter(({ severity }) => severity !== 'note');
  const fresh = [...warnings].filter(([rule]) => NEW.includes(rule as RuleId));
  alarmed.any += Number(warnings.size > 0);
  alarmed.fresh += Number(fresh.length > 0);
  alarmed.end += Number(end.length > 0);
  if (warnings.size > 0 || end.length > 0 || values.verbose)
    console.log(
      'healthy ',
      name.padEnd(24),
      [...warnings].map(([rule, step]) => `${rule} at step ${step}`).join(', '),
      end.length > 0 ? `at the end: ${end.map(({ rule }) => rule).join(', ')}` : '',
    );
}

leads.sort((a, b) => a - b);
console.log(`
runs that blow up, with a warning before      ${leads.length} of ${taken}
steps before the first non-finite number      median ${leads[leads.length >> 1]}, least ${leads[0]}, most ${leads.at(-1)}
healthy ones with a warning at any step       ${alarmed.any} of ${healthy.length}; of the five newest rules ${alarmed.fresh}
healthy ones with a warning at the end        ${alarmed.end} of ${healthy.length}`);
if (silent > 0) process.exitCode = 1;
engine.destroy();
