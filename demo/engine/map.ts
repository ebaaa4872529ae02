// Computes the map of depth against gain, cell by cell, on the engine: for its colour the first step of each network, then for every second cell near an edge of where
// networks learn sixty steps.
// The gains of a depth are one network whose weights are scaled: it is built once.
import { trainerOptions } from '../../src/experiment/build.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import type { Engine, Trainer } from '../../src/index.ts';
import type { HostTensor } from '../../src/shape.ts';
import { documentOf } from '../document.ts';
import { COARSE, DEPTHS, GAINS, LEARNS, ROWS } from '../map/cells.ts';
import { survey } from '../map/survey.ts';
import type { ToWorker } from '../protocol.ts';
import { type Row, recordOf, rowsOf } from '../rows.ts';
import type { Post } from './live_run.ts';

type MapMessage = Extract<ToWorker, { type: 'map' }>;

interface Around {
  engine: Engine;
  read(name: string): Promise<string>;
  post: Post;
  /** Whether the page has lost interest. */
  stopped(): boolean;
}

/** Of the last steps, over how many the loss is averaged, and by how much it must have fallen for a network that learns. */
const LAST = 20;
const FALLEN = 0.97;

/** Weights at a gain of 1, whose hidden ones are scaled. */
interface Start {
  tensors: ReadonlyMap<string, HostTensor>;
  hidden: ReadonlySet<string>;
}

/** Draws the map until it is whole or nobody wants it. */
export async function drawMap({ settings, csv, cells }: MapMessage, around: Around): Promise<void> {
  const { engine, read, post, stopped } = around;
  const { ratio: ratios, loss, trained } = cells;
  let done = 0;
  const began = performance.now();
  const of = (depth: number, probed: boolean) => {
    const document = documentOf({ ...settings, depth, gain: 1 }, csv);
    // One network of a row may overflow: the next begins anew.
    const training = { ...document.training, onNonFinite: 'skip' };
    return parseExperiment({ ...document, training, probes: { every: probed ? 1 : LEARNS.steps, tensors: ['delta'] } } as unknown as Parameters<
      typeof parseExperiment
    >[0]);
  };
  const data = await loadData(of(2, true), read);
  const baseline = data.train.classes ? Math.log(data.train.classes) : Number.POSITIVE_INFINITY;
  const row = async (j: number, probed: boolean, visit: (trainer: Trainer, set: (gain: number) => void, rows: Row[]) => Promise<void>): Promise<void> => {
    const document = of(DEPTHS[j]!, probed);
    const trainer = await engine.createTrainer(trainerOptions(document, data));
    try {
      const start = await startOf(trainer);
      await visit(trainer, (gain) => trainer.setParameters(scaled(start, gain)), rowsOf(trainer.history));
    } finally {
      trainer.destroy();
    }
  };
  const seconds = (): number => (performance.now() - began) / 1000;

  for (const [at, j] of ROWS.entries()) {
    // Known from before it was stopped.
    if (!Number.isNaN(ratios[j * GAINS.length]!)) continue;
    if (stopped()) return;
    const ratio = new Float32Array(GAINS.length).fill(Number.NaN);
    await row(j, true, async (trainer, set, rows) => {
      for (let i = 0; i < GAINS.length && !stopped(); i++) {
        set(GAINS[i]!);
        const [record] = await trainer.step();
        const size = (each: Row): number => recordOf(each, record!)?.tensors.delta?.rms ?? Number.NaN;
        ratio[i] = Math.log10(size(rows[0]!) / size(rows.at(-1)!));
      }
    });
    if (stopped()) return;
    ratios.set(ratio, j * GAINS.length);
    post({ type: 'map_row', j, ratio, done: (at + 1) / ROWS.length, seconds: seconds(), coarse: at + 1 === COARSE });
  }
  // What an optimizer keeps of one network would be the next one's: only where it keeps nothing are there several in a row.
  if (settings.optimizer !== 'sgd') return;
  for (let next = survey(trained, ratios); next.wanted.length > 0; next = survey(trained, ratios)) {
    for (const j of new Set(next.wanted.map((each) => each.j))) {
      await row(j, false, async (trainer, set) => {
        for (const { i } of next.wanted.filter((each) => each.j === j)) {
          if (stopped()) return;
          set(GAINS[i]!);
          const records = await trainer.step(LEARNS.steps);
          const last = records.slice(-LAST);
          const mean = last.reduce((sum, { loss: each }) => sum + each, 0) / last.length;
          const at = j * GAINS.length + i;
          loss[at] = Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean;
          trained[at] = mean < FALLEN * Math.min(baseline, records[0]!.loss) ? 1 : 0;
        }
      });
      if (stopped()) return;
      const { learns, settled, wanted } = survey(trained, ratios);
      done = wanted.length === 0 ? 1 : Math.max(done, Math.min(settled, 0.99));
      post({ type: 'map_learns', trained, loss, learns, done, seconds: seconds() });
    }
  }
}

/** The weights of a trainer that has taken no step; the last matrix is the output layer's, which no gain scales. */
async function startOf(trainer: Trainer): Promise<Start> {
  const tensors = await trainer.parameters();
  const matrices = [...tensors].filter(([path, { shape }]) => path.endsWith('/weight') && shape.length > 1).map(([path]) => path);
  return { tensors, hidden: new Set(matrices.slice(0, -1)) };
}

function scaled({ tensors, hidden }: Start, gain: number): Map<string, HostTensor> {
  return new Map(
    [...tensors].map(([path, { shape, data }]) => [
      path,
      { shape, data: hidden.has(path) ? (data as Float32Array).map((value) => value * gain) : data } as HostTensor,
    ]),
  );
}
