// npm run scoreboard:preflight [-- --half second|third|fourth|fifth|sixth|seventh|eighth|public|all] [--before] [--only name,name] [--every n] [--seconds n] [--verbose]
//   --before: without plans of its own, as before every run;  -- --deep: the seconds of a network of twenty layers alone
// What the checks before training find by themselves on the networks of the scoreboard, which nobody trains here, and how long they take. Runs in this process, through Dawn.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEngine } from '../../src/engine.ts';
import { isRefusal } from '../../src/experiment/admit.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { predictPlaces } from '../../src/experiment/predict.ts';
import { beforehand, type Preflight, preflight } from '../../src/experiment/preflight/index.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { provideGpu } from '../support/gpu_node.ts';
import { adam, document, type Healthy, hidden, LOSS, output, type Sick, type Written } from './network.ts';
import { SETS } from './sets.ts';

const { values } = parseArgs({
  options: {
    // Enough for all steps of the sixteen rows on a busy machine.
    seconds: { type: 'string', default: '600' },
    deep: { type: 'boolean' },
    before: { type: 'boolean' },
    half: { type: 'string', default: 'first' },
    only: { type: 'string' },
    every: { type: 'string', default: '1' },
    verbose: { type: 'boolean' },
  },
});
const HALVES = values.half === 'all' ? Object.values(SETS) : [SETS[values.half as keyof typeof SETS]];
const SICK: readonly Sick[] = HALVES.flatMap(([sick]) => sick);
const HEALTHY: readonly Healthy[] = HALVES.flatMap(([, healthy]) => healthy);

const wanted = <Network extends { name: string }>(all: readonly Network[]): Network[] =>
  all.filter(({ name }, at) => (values.only ? values.only.split(',').includes(name) : at % Number(values.every) === 0));
const read = (path: string): never => readFileSync(new URL(`../../demo/data/${path}`, import.meta.url), 'utf8') as never;
const percent = (part: number, of: number): string => (of === 0 ? '-' : `${part} of ${of}, ${((100 * part) / of).toFixed(0)} %`);

await provideGpu();
const engine = await createEngine();
console.log(`Adapter: ${engine.adapter.description}\n`);

/** The checks of a document; a refusal at the door finds what is wrong, too. */
async function checksOf(given: object): Promise<Preflight | string> {
  try {
    const parsed = parseExperiment(given);
    return values.before ? await firstStep(parsed) : await preflight(engine, parsed, { read, seconds: Number(values.seconds) });
  } catch (error) {
    if (isRefusal(error)) return error.message;
    throw error;
  }
}

/** What costs no plan of its own: a run of one step, and the questions to it. */
async function firstStep(document: Experiment): Promise<Preflight> {
  const begun = performance.now();
  const { history, start } = await runExperiment(
    engine,
    { ...document, training: { batchSize: document.training.batchSize, steps: 1 }, probes: { every: 1 } },
    { read },
  );
  const columns = start.facts?.inputs?.length === 1 ? start.facts.inputs[0]!.columns : undefined;
  const predicted = columns === undefined ? undefined : predictPlaces(document, columns, start.inputs ?? start.inputMeanSquare);
  return { checks: beforehand(history, predicted), seconds: (performance.now() - begun) / 1000 };
}

const failing = (found: Preflight): string[] => found.checks.filter(({ outcome }) => outcome === 'fail').map(({ name }) => name);
let seconds: number[] = [];
/** Runs a network, prints what was found; the checks that fail, undefined where it was refused. */
async function look(what: string, name: string, given: object): Promise<string[] | undefined> {
  const found = await checksOf(given);
  if (typeof found === 'string') {
    console.log(what, name.padEnd(26), `refused: ${found}`);
    return undefined;
  }
  seconds.push(found.seconds);
  const rules = found.checks.flatMap(({ outcome, evidence }) => (outcome === 'fail' && evidence.rule ? [evidence.rule] : []));
  console.log(what, name.padEnd(26), failing(found).join(', ') || '-', rules.length > 0 ? `(${rules.join(', ')})` : '', `${found.seconds.toFixed(1)} s`);
  if (values.verbose) for (const { name: check, outcome, sentence } of found.checks) console.log(`    ${outcome.padEnd(8)}${check.padEnd(17)}${sentence}`);
  return failing(found);
}

if (values.deep) {
  const deep: Written = {
    data: { source: 'digits', rows: 800, split: { validation: 0.2 } },
    layers: [...hidden(20, 64), ...output(10)],
    loss: LOSS.ce,
    optimizer: adam(0.001),
  };
  for (let turn = 0; turn < 3; turn++) {
    const before = process.cpuUsage();
    await look('20 layers of 64,', turn === 0 ? 'pipelines not yet compiled' : 'again', document(deep));
    const { user, system } = process.cpuUsage(before);
    console.log(`    ${((user + system) / 1e6).toFixed(1)} s of CPU`);
  }
  process.exit();
}

const total = { found: 0, named: 0, before: 0, alarms: 0 };
/** By the rule that should name the cause, the first of those that are accepted. */
const causes = new Map<string, { sick: number; found: number; named: number; missed: string[] }>();
const [sick, healthy] = [wanted(SICK), wanted(HEALTHY)];
for (const { name, document, accepted } of sick) {
  const found = await checksOf(document);
  const checks = typeof found === 'string' ? [] : found.checks.filter(({ outcome }) => outcome === 'fail');
  const refused = typeof found === 'string';
  const [isFound, isNamed] = [refused || checks.length > 0, refused || accepted.includes(String(checks.find(({ evidence }) => evidence.rule)?.evidence.rule))];
  total.found += Number(isFound);
  total.before += Number(refused || checks.some((check) => check.name !== 'one_batch'));
  total.named += Number(isNamed);
  const cause = causes.get(accepted[0]!) ?? { sick: 0, found: 0, named: 0, missed: [] };
  causes.set(accepted[0]!, {
    sick: cause.sick + 1,
    found: cause.found + Number(isFound),
    named: cause.named + Number(isNamed),
    missed: isFound ? cause.missed : [...cause.missed, name],
  });
  if (!refused) seconds.push(found.seconds);
  console.log(
    'sick   ',
    name.padEnd(26),
    refused ? `refused: ${found}` : checks.map((check) => `${check.name}${check.evidence.rule ? ` (${check.evidence.rule})` : ''}`).join(', ') || '-',
    refused ? '' : `${found.seconds.toFixed(1)} s`,
  );
  if (values.verbose && !refused) for (const check of found.checks) console.log(`    ${check.outcome.padEnd(8)}${check.name.padEnd(17)}${check.sentence}`);
}
for (const { name, document } of healthy) total.alarms += Number((await look('healthy', name, document))?.length !== 0);

console.log('\n| cause | sick | found | named | not found |\n|---|---|---|---|---|');
for (const [cause, { sick: of, found, named, missed }] of [...causes].sort(([, a], [, b]) => b.found / b.sick - a.found / a.sick || b.sick - a.sick))
  console.log(`| ${cause} | ${of} | ${found} | ${named} | ${missed.join(', ')} |`);

seconds = seconds.sort((a, b) => a - b);
console.log(`
sick networks in which something was found     ${percent(total.found, sick.length)}
of these without learning sixteen rows         ${percent(total.before, sick.length)}
the rule that was found first names the cause  ${percent(total.named, sick.length)}
healthy ones in which something was found      ${percent(total.alarms, healthy.length)}
seconds: median ${seconds[seconds.length >> 1]?.toFixed(1)}, most ${seconds.at(-1)?.toFixed(1)}`);
engine.destroy();
