// How much of a gradient is noise of its batch: from the gradients of several batches at the same weights.
import { isSource } from '../data/source.ts';
import type { Engine } from '../engine.ts';
import { requireMethod, requireObject, UsageError } from '../errors.ts';
import type { AnyModel } from '../nn/model.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { sgd } from '../train/optimizers.ts';
import type { Trainer, TrainerOptions } from '../train/trainer.ts';
import { subjectOf } from './preflight/subject.ts';

/** The noise of a gradient. */
export interface GradientNoise {
  /** Rows of a batch. */
  batchSize: number;
  /** Batches that were compared. */
  batches: number;
  /** L2 norm of the gradient over all rows, estimated without bias; 0 where noise hides it. */
  gradientNorm: number;
  /** Root of the mean square by which a batch's gradient lies off that one. */
  noise: number;
  /** The first over the second. */
  signalToNoise: number;
  /**
   * The simple noise scale, in rows: tr(Sigma) / |G|². Up to about so many rows a batch pays: twice the rows, half the steps; beyond, more rows change little (the critical batch). Infinity
   * where noise hides the gradient.
   */
  noiseScale: number;
}

/** How noise is measured. */
export interface GradientNoiseOptions {
  /** Batches that are compared; 16 by default. */
  batches?: number;
}

const OPTIONS = { batches: { type: 'integer', min: 2, max: 1000, default: 16 } } as const satisfies OptionTable<GradientNoiseOptions>;

/**
 * Measures the noise of a trainer's gradient at the weights that it has now (McCandlish and others 2018, An Empirical Model of Large-Batch Training): with B rows a batch, E|g_B|² = |G|² + tr(Sigma) / B.
 * The noise is that of the batches, and of dropout. It is least at the beginning and grows as a network learns. The trainer is not trained, but a copy with a rate of 0.
 *
 * @param engine - From `createEngine`.
 * @param given - A trainer with a data set, or what `createTrainer` takes.
 * @param options - How many batches are compared; 16 by default.
 * @returns Signal, noise and the simple noise scale, in rows.
 * @throws UsageError for what is neither, and where there is no data set, or no two batches of it.
 * @example
 * const { noiseScale } = await gradientNoise(engine, trainer);
 * console.log(`batches of up to ${Math.round(noiseScale)} rows pay`);
 */
export async function gradientNoise<M extends AnyModel>(
  engine: Engine,
  given: TrainerOptions<M> | Trainer<M>,
  options: GradientNoiseOptions = {},
): Promise<GradientNoise> {
  requireMethod('gradientNoise', engine, 'createTrainer', 'an engine, as createEngine makes it');
  requireObject('gradientNoise', given, 'a trainer, or options of one');
  const { batches } = readOptions<GradientNoiseOptions, typeof OPTIONS>('gradientNoise', OPTIONS, options);
  const subject = await subjectOf(engine, given as never, false);
  const { accumulate: _, average: __, metrics: ___, onNonFinite: ____, ...rest } = subject.options;
  if (!rest.data || isSource(rest.data.train)) throw new UsageError('gradientNoise: this trainer has no data set: give `data`');
  const { batchSize } = subject;
  if (rest.data.train.rows < 2 * batchSize)
    throw new UsageError(`gradientNoise: two batches of ${batchSize} rows are needed, and there are ${rest.data.train.rows} rows`);
  const trainer = await engine.createTrainer({ ...rest, optimizer: sgd({ learningRate: 0 }), probes: null });
  try {
    trainer.setParameters(subject.weights);
    const spread = new Spread();
    const perEpoch = Math.floor(rest.data.train.rows / batchSize);
    while (spread.count < batches) {
      await trainer.step();
      if (trainer.history.nonFinite) throw new UsageError('gradientNoise: the gradient is not finite at these weights');
      // The last batch of an epoch may be shorter.
      if ((trainer.steps - 1) % trainer.stepsPerEpoch < perEpoch) spread.add([...(await trainer.gradients()).values()].map(({ data }) => data));
    }
    return noiseOf(spread, batchSize);
  } finally {
    trainer.destroy();
  }
}

/** Mean and variance of vectors that come one after the other (Welford 1962). */
class Spread {
  count = 0;
  /** The sum of squares of all numbers about their means. */
  squares = 0;
  #mean: Float64Array | undefined;

  add(parts: readonly ArrayLike<number>[]): void {
    this.#mean ??= new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    this.count++;
    let at = 0;
    for (const part of parts)
      for (let i = 0; i < part.length; i++, at++) {
        const off = part[i]! - this.#mean[at]!;
        this.#mean[at]! += off / this.count;
        this.squares += off * (part[i]! - this.#mean[at]!);
      }
  }

  get squareOfMean(): number {
    return this.#mean!.reduce((sum, value) => sum + value ** 2, 0);
  }
}

/** From gradients of batches of so many rows: their mean, and their variance about it. */
function noiseOf({ count, squares, squareOfMean }: Spread, batchSize: number): GradientNoise {
  const spread = squares / (count - 1);
  // The square of the mean of so many batches has their share of the noise in it.
  const square = Math.max(0, squareOfMean - spread / count);
  return {
    batchSize,
    batches: count,
    gradientNorm: Math.sqrt(square),
    noise: Math.sqrt(spread),
    signalToNoise: spread === 0 ? Infinity : Math.sqrt(square / spread),
    noiseScale: square === 0 ? Infinity : (batchSize * spread) / square,
  };
}
