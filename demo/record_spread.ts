// Writes demo/recorded/spread.json: between what every experiment of a tour leaves at layer 1 at its first step, in two seeds of three, on the engine.
// node tests/support/run_ts.mjs demo/record_spread.ts
import { readFile, writeFile } from 'node:fs/promises';
import { trainerOptions } from '../src/experiment/build.ts';
import { loadData } from '../src/experiment/data.ts';
import { parseExperiment } from '../src/experiment/schema.ts';
import { createEngine, type Engine } from '../src/index.ts';
import { provideGpu } from '../tests/support/gpu_node.ts';
import { documentOf } from './document.ts';
import { recordOf, rowsOf } from './rows.ts';
import type { Settings } from './settings.ts';
import { type Spread, spreadKey, TOURS } from './tours.ts';

/** Seeds of an experiment, none of which is the page's own. */
const SEEDS = Array.from({ length: 24 }, (_, i) => 101 + i);
const OUT = new URL('./recorded/spread.json', import.meta.url);

/** log10 of what arrives at layer 1 at the first step. */
async function ratioOf(engine: Engine, settings: Settings): Promise<number> {
  const document = parseExperiment({ ...documentOf(settings), probes: { every: 1, tensors: ['delta'] } } as unknown as Parameters<typeof parseExperiment>[0]);
  const data = await loadData(document, (name) => readFile(new URL(`./data/${name}`, import.meta.url), 'utf8'));
  const trainer = await engine.createTrainer(trainerOptions(document, data));
  try {
    const rows = rowsOf(trainer.history);
    const [record] = await trainer.step();
    const size = (row: (typeof rows)[number]): number => recordOf(row, record!)?.tensors.delta?.rms ?? Number.NaN;
    return Math.log10(size(rows[0]!) / size(rows.at(-1)!));
  } finally {
    trainer.destroy();
  }
}

/** A value of a sorted list, between its neighbours where it lies between two. */
function quantile(sorted: readonly number[], at: number): number {
  const place = at * (sorted.length - 1);
  const i = Math.floor(place);
  return sorted[i]! + ((sorted[i + 1] ?? sorted[i]!) - sorted[i]!) * (place - i);
}

await provideGpu();
const engine = await createEngine();
const spreads: Record<string, Spread> = {};
for (const { id, steps } of TOURS)
  for (const { settings } of steps as { settings: Settings }[]) {
    const key = spreadKey(settings);
    if (spreads[key]) continue;
    const ratios: number[] = [];
    for (const seed of SEEDS) ratios.push(await ratioOf(engine, { ...settings, seed }));
    const sorted = ratios.filter(Number.isFinite).sort((a, b) => a - b);
    spreads[key] = { seeds: sorted.length, least: Number(quantile(sorted, 1 / 6).toFixed(3)), most: Number(quantile(sorted, 5 / 6).toFixed(3)) };
    console.log(id, key, spreads[key], sorted.map((value) => value.toFixed(2)).join(' '));
  }
await writeFile(OUT, `${JSON.stringify(spreads, null, 1)}\n`);
