// A moving average of the trained weights. An object rather than a number, so that bundlers drop it when unused.
import { UsageError } from '../errors.ts';
import { copyRanges, type RangeCopy } from '../gpu/copies.ts';
import type { Graph } from '../graph/graph.ts';
import type { AnyModel } from '../nn/model.ts';
import { AVERAGE, averageOp } from '../ops/average.ts';
import type { FactorsOf } from '../ops/hyper.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { sizeOf } from '../shape.ts';
import { later } from './later.ts';
import type { LiveModel } from './live_model.ts';
import { requireTrainer } from './requires.ts';
import { runOffset } from './run_state.ts';
import type { Trainer } from './trainer.ts';

/** Which weights come into the average, and how much they count. */
export interface AverageOptions {
  /** Fraction of the average that stays when weights come in, at least 0 and below 1: 0.999, say. By default all weights that came in count alike (SWA). */
  decay?: number;
  /** The first update whose weights come in, from 1. 1 by default. */
  from?: number;
  /** Updates from one whose weights come in to the next. 1 by default. */
  every?: number;
}

export const averageOptions = {
  decay: { type: 'number', min: 0, below: 1 },
  from: { type: 'integer', min: 1, default: 1 },
  every: { type: 'integer', min: 1, default: 1 },
} as const satisfies OptionTable<AverageOptions>;

/** What a trainer keeps an average by. */
export interface Average {
  /** @internal How many of the first `updates` updates were averaged. */
  counted(updates: number): number;
  /** @internal Moves the average after the update. */
  append(graph: Graph, group: string, factors: { factors?: FactorsOf }): void;
}

/**
 * Keeps an average of the weights on the GPU: after each update (or some of them) they come in, average = decay average + (1 - decay) weights, and the first
 * that do are the average (PyTorch's AveragedModel with get_ema_multi_avg_fn(decay), Polyak & Juditsky 1992); without `decay` their plain mean (SWA, Izmailov
 * 2018). What is trained stays as it would be, to the bit. Running statistics are not averaged: those of the model count. `averageOf` gives the model that has
 * the average; checkpoints hold it, and the run goes on alike.
 *
 * @param given - All weights that come in count alike by default; `decay: 0.999` makes a moving average.
 * @returns What `createTrainer({ average })` takes.
 * @throws UsageError for another option, and for a value outside its range.
 * @example
 * const trainer = await engine.createTrainer({ model, loss, optimizer, data, average: averageWeights({ decay: 0.999 }) });
 * await trainer.fit({ epochs: 10 });
 * const average = await averageOf(trainer);
 * console.log(await average.evaluate(test, loss));
 */
export function averageWeights(given: AverageOptions = {}): Average {
  const { decay, from, every } = readOptions<AverageOptions, typeof averageOptions>('averageWeights', averageOptions, given);
  return {
    counted: (updates) => (updates < from ? 0 : Math.floor((updates - from) / every) + 1),
    append(graph, group, factors) {
      graph.apply(averageOp, [], { fraction: decay === undefined ? 0 : 1 - decay, start: from, every, ...factors }, 'average', group);
    },
  };
}

/**
 * Makes a live model with the average of a trainer's weights as it is now: it predicts, evaluates and is saved as any other, and lives on its own. What has not
 * come into the average yet, and what is frozen, is as the trainer has it. Await it between steps, not while some are being taken.
 *
 * @param into - An earlier answer for this trainer, which has the average of now then: nothing is compiled for it again.
 * @param trainer - A trainer with `average: averageWeights(...)`.
 * @returns The live model; `destroy` frees it.
 * @throws UsageError where the trainer keeps no average, or `into` is of another model.
 * @example
 * const average = await averageOf(trainer);
 * console.log((await average.evaluate(test, loss)).accuracy);
 */
export async function averageOf<M extends AnyModel>(trainer: Trainer<M>, into?: LiveModel<M>): Promise<LiveModel<M>> {
  requireTrainer('averageOf', trainer);
  if (trainer.device.failure) await trainer.revive();
  const { device, cache, options, model } = trainer as Trainer<M>;
  const { average } = options;
  trainer.alive();
  if (!average) throw new UsageError('averageOf: this trainer keeps no average of its weights: give it `average: averageWeights({ decay })`');
  if (into && into.description !== model.description) throw new UsageError('averageOf: into: expected an earlier answer for this trainer, got another model');
  into?.alive();
  const { description, inputs } = model;
  const features = description.kind === 'sequential' ? { features: sizeOf(Object.values(inputs)[0]!.shape) } : {};
  const { createModel } = await later();
  const averaged = into ?? (await createModel(device, cache, description, features));
  try {
    await takeAverage(trainer as Trainer<M>, averaged, average);
  } catch (error) {
    if (!into) averaged.destroy();
    throw error;
  }
  return averaged;
}

/** Writes the average of a trainer into a model. */
async function takeAverage<M extends AnyModel>(trainer: Trainer<M>, averaged: LiveModel<M>, average: Average): Promise<void> {
  const words = await trainer.runner.read((['step', 'skipped'] as const).map((word) => ({ buffer: 'run', offset: runOffset(word), size: 4 })));
  trainer.alive();
  averaged.alive();
  const { device, store, parts, model } = trainer;
  const [step, skipped] = new Uint32Array(words) as unknown as [number, number];
  const updates = step - skipped;
  model.weights.linked?.pull();
  const { since } = parts.grouping;
  const { entries } = store.layout;
  const own = new Map(entries.map(({ path, offset }) => [path, offset]));
  const homes = model.weights.homes();
  const copies: RangeCopy[] = [...averaged.weights.homes()].map(([path, to]) => {
    const from = homes.get(path)!;
    const begun = own.has(path) && average.counted(updates) > average.counted(since.get(path) ?? 0);
    return {
      from: begun ? store.buffer(AVERAGE)! : model.weights.buffer(from.arena)!,
      fromOffset: (begun ? own.get(path)! : from.offset) * 4,
      to: averaged.weights.buffer(to.arena)!,
      toOffset: to.offset * 4,
      size: to.size * 4,
    };
  });
  copyRanges(device, copies);
  averaged.weights.changes++;
}
