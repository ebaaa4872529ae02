// The noise of a document's gradient along its run, and what it says of the size of the batch.
import type { Engine } from '../engine.ts';
import { requireMethod } from '../errors.ts';
import { figure } from '../format.ts';
import { FUNCTION, type OptionTable, objectWith, readOptions } from '../option_table.ts';
import { fitOptions, trainerOptions } from './build.ts';
import { loadData, type ReadFile } from './data.ts';
import type { Experiment } from './document.ts';
import { type GradientNoise, gradientNoise } from './gradient_noise.ts';

/** The noise at one step of a run. */
export interface NoiseLook extends GradientNoise {
  /** Steps that were taken before. */
  step: number;
}

/** What can be said of it. */
export const NOISE_VERDICTS = ['noisy', 'wasteful', 'balanced', 'hidden'] as const;

/** What the noise along a run says. */
export interface NoiseOverRun {
  /** From the first weights to the last. */
  measured: NoiseLook[];
  /** Rows of a step: those of a batch, times the batches of a step. */
  rowsPerStep: number;
  /** `noisy`: the noise asks for far more rows than a step has, wherever the run was looked at; `wasteful`: for far fewer; else `balanced`. `hidden`: at some look noise hides the gradient. */
  verdict: (typeof NOISE_VERDICTS)[number];
  /** The same in a sentence, with its figures. */
  message: string;
}

/** How the noise is measured. */
export interface NoiseOverRunOptions {
  /** Gives a file that the document names, as for `runExperiment`; none by default. */
  read?: ReadFile;
  /** Steps that are trained; those of the document by default. */
  steps?: number;
  /** Batches that are compared at each look; 16 by default. */
  batches?: number;
  /** Ends it early, with the looks that there are, when aborted; none by default. */
  signal?: AbortSignal;
  /** Called with each look as it comes. */
  onLook?(look: NoiseLook): void;
}

const OPTIONS = {
  read: FUNCTION,
  steps: { type: 'integer', min: 1 },
  batches: { type: 'integer', min: 2, max: 1000, default: 16 },
  signal: /* @__PURE__ */ objectWith('addEventListener', 'the signal of an AbortController'),
  onLook: FUNCTION,
} as const satisfies OptionTable<NoiseOverRunOptions>;

/** Where a run is looked at, as shares of its steps: the noise scale grows most at the beginning. */
const AT = [0, 0.1, 0.3, 1];
/** From so many times more or fewer rows on, the size of a step is called off: within a factor of ten the choice is one between steps and rows, which is the user's. */
const FAR = 10;
/** Steps between two looks at the signal. */
const CHUNK = 50;

/**
 * Trains a document and measures the noise of its gradient before the first step and after a tenth, three tenths and all of its steps. With B rows a step and a noise scale of N rows, a run
 * takes 1 + N / B times the steps that it would take without noise, and 1 + B / N times the rows that the smallest steps would see (McCandlish and others 2018, An Empirical Model of
 * Large-Batch Training, equation 2.11). Noise is no fault: healthy runs end with a noise scale far above their batch, so that no rule of `diagnose` speaks of it.
 *
 * @param engine - From `createEngine`.
 * @param document - The experiment, whose data set fits on the device.
 * @param options - How long, how closely, and who is told; all steps and 16 batches by default.
 * @returns The looks, and what they say of the size of the batch.
 * @throws UsageError where there are no two batches of rows, and where a gradient is not finite; what `createTrainer` throws.
 * @example
 * const { measured, message } = await noiseOverRun(engine, experiment, { steps: 200 });
 * console.log(measured.map(({ noiseScale }) => noiseScale), message);
 */
export async function noiseOverRun(engine: Engine, document: Experiment, options: NoiseOverRunOptions = {}): Promise<NoiseOverRun> {
  requireMethod('noiseOverRun', engine, 'createTrainer', 'an engine, as createEngine makes it');
  const { steps, epochs } = fitOptions(document);
  const { read, batches, signal, onLook, ...rest } = readOptions<NoiseOverRunOptions, typeof OPTIONS>('noiseOverRun', OPTIONS, options);
  const trainer = await engine.createTrainer({ ...trainerOptions(document, await loadData(document, read)), probes: null });
  try {
    const last = rest.steps ?? steps ?? Math.ceil((epochs ?? 1) * trainer.stepsPerEpoch);
    const looks: NoiseLook[] = [];
    for (const at of [...new Set(AT.map((share) => Math.round(share * last)))]) {
      while (trainer.steps < at && !signal?.aborted) await trainer.step(Math.min(CHUNK, at - trainer.steps));
      if (signal?.aborted) break;
      const look = { step: trainer.steps, ...(await gradientNoise(engine, trainer, { batches })) };
      looks.push(look);
      onLook?.(look);
    }
    const rowsPerStep = trainer.batchSize * (document.training.accumulate ?? 1);
    return { measured: looks, rowsPerStep, ...judged(looks, rowsPerStep) };
  } finally {
    trainer.destroy();
  }
}

const rowsText = (rows: number): string => `${figure(Math.max(1, Math.round(rows)))} row${Math.round(rows) > 1 ? 's' : ''}`;

/** What looks say of a step of so many rows. */
export function judged(looks: readonly NoiseLook[], rowsPerStep: number): Pick<NoiseOverRun, 'verdict' | 'message'> {
  if (looks.length === 0) return { verdict: 'balanced', message: 'Nothing was measured.' };
  const scales = looks.map(({ noiseScale }) => noiseScale);
  const [least, most] = [Math.min(...scales), Math.max(...scales)];
  const range = looks.length === 1 ? `is ${rowsText(least)}` : `lies between ${rowsText(least)} and ${rowsText(most)}`;
  const steps = (scale: number): string => figure(1 + scale / rowsPerStep);
  const rows = (scale: number): string => figure(1 + rowsPerStep / scale);
  const begun = `A step has ${rowsText(rowsPerStep)}, and the noise scale`;
  if (most === Number.POSITIVE_INFINITY) {
    const hidden = looks.find(({ noiseScale }) => noiseScale === Number.POSITIVE_INFINITY)!;
    return {
      verdict: 'hidden',
      message: `After ${figure(hidden.step)} steps noise hides the gradient of ${hidden.batches} batches of ${rowsText(hidden.batchSize)}: compare more of them, or the run is at its end there.`,
    };
  }
  if (least > FAR * rowsPerStep)
    return {
      verdict: 'noisy',
      message: `${begun} ${range}: a run takes at least ${steps(least)} times the steps that it would take without noise. Twice the rows take nearly half the steps, up to about ${rowsText(least)}; the learning rate may grow with them.`,
    };
  if (most < rowsPerStep / FAR)
    return {
      verdict: 'wasteful',
      message: `${begun} ${range}: a run sees at least ${rows(most)} times the rows that it needs. With ${rowsText(most)} a step takes less and the run at most twice the steps.`,
    };
  return {
    verdict: 'balanced',
    message: `${begun} ${range}: a run takes ${steps(least)} to ${steps(most)} times the steps that it would take without noise, and sees ${rows(most)} to ${rows(least)} times the rows that it needs.`,
  };
}
