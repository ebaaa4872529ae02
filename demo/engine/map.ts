// Computes the map of depth against gain, cell by cell, on the engine: for its colour the first step of each network, then for every second cell sixty steps.
// The gains of a depth are one network whose weights are scaled: it is built once.
import { trainerOptions } from '../../src/experiment/build.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import type { Engine, Trainer } from '../../src/index.ts';
import type { HostTensor } from '../../src/shape.ts';
import { documentOf } from '../document.ts';
import { COARSE, DEPTHS, GAINS, LEARNS, ROWS } from '../map/cells.ts';
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
export async function drawMap({ settings, csv, known }: MapMessage, around: Around): Promise<void> {
  const { engine, read, post, stopped } = around;
  const began = performance.now();
  const of = (depth: number) => {
    const document = documentOf({ ...settings, depth, gain: 1 }, csv);
    // One network of a row may overflow: the next begins anew.
    const training = { ...document.training, onNonFinite: 'skip' };
    return parseExperiment({ ...document, training, probes: { every: 1, tensors: ['delta'] } } as unknown as Parameters<typeof parseExperiment>[0]);
  };
  const data = await loadData(of(2), read);
  const baseline = data.train.classes ? Math.log(data.train.classes) : Number.POSITIVE_INFINITY;
  const row = async (j: number, visit: (trainer: Trainer, set: (gain: number) => void, rows: Row[]) => Promise<void>): Promise<void> => {
    const document = of(DEPTHS[j]!);
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
    if (known.includes(j)) continue;
    if (stopped()) return;
    const ratio = new Float32Array(GAINS.length).fill(Number.NaN);
    await row(j, async (trainer, set, rows) => {
      for (let i = 0; i < GAINS.length && !stopped(); i++) {
        set(GAINS[i]!);
        const [record] = await trainer.step();
        const size = (each: Row): number => recordOf(each, record!)?.tensors.delta?.rms ?? Number.NaN;
        ratio[i] = Math.log10(size(rows[0]!) / size(rows.at(-1)!));
      }
    });
    if (stopped()) return;
    post({ type: 'map_row', j, ratio, done: (at + 1) / ROWS.length, seconds: seconds(), coarse: at + 1 === COARSE });
  }
  // What an optimizer keeps of one network would be the next one's: only where it keeps nothing are there several in a row.
  if (settings.optimizer !== 'sgd') return;
  const rows = DEPTHS.map((_, j) => j).filter((j) => j % LEARNS.every === 0);
  for (const [at, j] of rows.entries()) {
    if (stopped()) return;
    const loss = new Float32Array(GAINS.length).fill(Number.NaN);
    const learns = new Float32Array(GAINS.length).fill(Number.NaN);
    await row(j, async (trainer, set) => {
      for (let i = 0; i < GAINS.length && !stopped(); i += LEARNS.every) {
        set(GAINS[i]!);
        const records = await trainer.step(LEARNS.steps);
        const last = records.slice(-LAST);
        loss[i] = last.reduce((sum, { loss: each }) => sum + each, 0) / last.length;
        learns[i] = loss[i]! < FALLEN * Math.min(baseline, records[0]!.loss) ? 1 : 0;
      }
    });
    if (stopped()) return;
    post({ type: 'map_learns', j, loss, learns, done: (at + 1) / rows.length, seconds: seconds() });
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
