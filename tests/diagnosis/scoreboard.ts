// npm run scoreboard [-- --half second|third|fourth|fifth|sixth|seventh|eighth|public] [--proof] [--only name,name] [--every n] [--part sick|healthy] [--no-treat] [--verbose]
// How right the diagnosis is on networks that are sick from a known cause, and on healthy ones. Runs in this process, through Dawn.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createEngine } from '../../src/engine.ts';
import { isRefusal } from '../../src/experiment/admit.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { examine, tryRemedies } from '../../src/experiment/try_remedies.ts';
import { provideGpu } from '../support/gpu_node.ts';
import type { Sick } from './network.ts';
import { prove, type Read, SEEDS, wonBy } from './score.ts';
import { SETS } from './sets.ts';

const { values } = parseArgs({
  options: {
    half: { type: 'string', default: 'first' },
    proof: { type: 'boolean' },
    only: { type: 'string' },
    every: { type: 'string', default: '1' },
    part: { type: 'string' },
    'no-treat': { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});

const [SICK, HEALTHY] = SETS[values.half as keyof typeof SETS];

const wanted = <Network extends { name: string }>(all: readonly Network[]): Network[] =>
  all.filter(({ name }, at) => (values.only ? values.only.split(',').includes(name) : at % Number(values.every) === 0));

const read: Read = (path) => readFileSync(new URL(`../../demo/data/${path}`, import.meta.url), 'utf8') as never;
const percent = (part: number, of: number): string => (of === 0 ? '-' : `${part} of ${of}, ${((100 * part) / of).toFixed(0)} %`);
const figure = (value: number): string => value.toFixed(2);
const say = (...cells: (string | number)[]): void => console.log(cells.join('  '));

await provideGpu();
const engine = await createEngine();
console.log(`Adapter: ${engine.adapter.description}\n`);

const run = (document: Experiment) => runExperiment(engine, document, { read });

/** The first finding that warns, with what else was found; a refusal at the door counts as named, since nothing was trained. */
async function firstFinding(document: Experiment): Promise<{ rules: string[]; refused?: string }> {
  try {
    const { findings } = await examine(document, run);
    return { rules: findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule) };
  } catch (error) {
    if (isRefusal(error)) return { rules: [], refused: error.message };
    throw error;
  }
}

/** What remedies that helped are worth, and the change with which a refused document runs, on seeds that they were not chosen by: a share of what the twin wins. */
async function treated({ document, twin, score }: Sick): Promise<{ helped: { remedy: string; share: number }[]; best: number }> {
  const { admission, trials, best } = await tryRemedies(document, { run });
  const unseen = SEEDS.slice(1);
  const whole = await wonBy(engine, twin, score, unseen, read);
  const helped = [];
  let bestShare = 0;
  for (const trial of [...(admission ? [admission] : []), ...trials.filter(({ verdict }) => verdict === 'helped')]) {
    const share = (await wonBy(engine, trial.proposal.document, score, unseen, read)) / whole;
    helped.push({ remedy: trial.remedy, share });
    if (trial === (best ?? admission)) bestShare = share;
  }
  return { helped, best: bestShare };
}

/** What no change lifts has no remedy. */
function refusedAgain(error: unknown): { helped: never[]; best: number } {
  if (!isRefusal(error)) throw error;
  return { helped: [], best: 0 };
}

/** A remedy really helps that wins at least so much of what the twin wins. */
const REALLY = 0.8;
const total = { counted: 0, named: 0, right: 0, remedied: 0, helped: 0, helpedTruly: 0 };

for (const network of values.part === 'healthy' ? [] : wanted(SICK)) {
  const started = performance.now();
  if (values.proof) {
    const { sick, twin, counts } = await prove(engine, network, read);
    say(
      counts ? 'counts  ' : 'NO PROOF',
      network.name.padEnd(24),
      `sick ${figure(sick)}, twin ${figure(twin)}`,
      `${((performance.now() - started) / 1000).toFixed(1)} s`,
    );
    if (!counts) continue;
  }
  total.counted++;
  if (values.proof && values['no-treat'] === undefined) continue;
  const { rules, refused } = await firstFinding(network.document);
  const named = rules.length > 0 || refused !== undefined;
  const right = refused !== undefined || network.accepted.includes(rules[0] ?? '');
  total.named += Number(named);
  total.right += Number(right);
  const { helped, best } = values['no-treat'] ? { helped: [], best: 0 } : await treated(network).catch(refusedAgain);
  total.helped += helped.length;
  total.helpedTruly += helped.filter(({ share }) => share >= REALLY).length;
  total.remedied += Number(best >= REALLY);
  say(
    right ? 'right   ' : named ? 'WRONG   ' : 'healthy?',
    network.name.padEnd(24),
    refused ? `refused: ${refused}` : rules.slice(0, values.verbose ? 9 : 3).join(', ') || 'nothing',
    ...helped.map(({ remedy, share }) => `${share >= REALLY ? '+' : 'NOT '}${remedy} ${figure(share)}`),
    `${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
}

let alarms = 0;
const healthy = values.proof || values.part === 'sick' ? [] : wanted(HEALTHY);
for (const { name, document } of healthy) {
  const { rules, refused } = await firstFinding(document);
  const alarmed = rules.length > 0 || refused !== undefined;
  alarms += Number(alarmed);
  if (alarmed || values.verbose) say(alarmed ? 'ALARM   ' : 'left    ', name.padEnd(24), refused ?? rules.join(', '));
}

console.log(`
precision (right among those where a cause was named)   ${percent(total.right, total.named)}
recall (right among the sick)                           ${percent(total.right, total.counted)}
healthy ones with a warning                             ${percent(alarms, healthy.length)}
a remedy that really helps was found                    ${percent(total.remedied, total.counted)}
"helped" that really helps                              ${percent(total.helpedTruly, total.helped)}`);
engine.destroy();
