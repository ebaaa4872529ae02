// Checks before training. What costs nothing beyond the first step is asked of every run (`beforehand`); `preflight` takes steps of its own for the rest.
import type { Engine } from '../../engine.ts';
import { isObject, requireMethod, requireObject, show, UsageError } from '../../errors.ts';

import type { HistoryData } from '../../inspect/history.ts';
import { inColumns } from '../../inspect/read_history.ts';
import type { LayerPrediction } from '../../inspect/theory/signal.ts';
import type { AnyModel } from '../../nn/model.ts';
import { FUNCTION, type OptionTable, objectWith, readOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { Trainer, type TrainerOptions } from '../../train/trainer.ts';
import { trainerOptions } from '../build.ts';
import { loadData, type ReadFile } from '../data.ts';
import { withFacts } from '../diagnose.ts';
import type { Experiment } from '../document.ts';
import { meanSquareOf, measureInputs, type Predicted, predictPlaces } from '../predict.ts';
import { BEFORE_CHECKS } from './before_checks.ts';
import { type Answer, type BeforeCheck, unknown } from './check.ts';
import { modesAgree } from './modes_agree.ts';
import { type Limits, learnOneBatch, type PreflightProgress } from './one_batch.ts';
import { rowsApart } from './rows_apart.ts';
import { type Subject, subjectOf } from './subject.ts';

/** The questions that have plans of their own. */
const DEVICE_CHECKS = {
  rows_apart: { text: { en: { title: 'Rows apart' }, zh: { title: '样本相互独立' } }, run: rowsApart },
  modes_agree: { text: { en: { title: 'Modes agree' }, zh: { title: '训练与推理一致' } }, run: modesAgree },
  one_batch: { text: { en: { title: 'One batch' }, zh: { title: '单批过拟合' } }, run: learnOneBatch },
} as const satisfies Record<string, { text: BeforeCheck['text']; run(subject: Subject, limits: Limits): Promise<Answer> }>;

/** The names of the checks, which stay. */
export type PreflightCheckName = keyof typeof BEFORE_CHECKS | keyof typeof DEVICE_CHECKS;

// @__NO_SIDE_EFFECTS__
function textsOfAll(): Readonly<Record<PreflightCheckName, Texts<{ readonly title: string }>>> {
  const checks = Object.entries<{ text: BeforeCheck['text'] }>({ ...BEFORE_CHECKS, ...DEVICE_CHECKS });
  return Object.fromEntries(checks.map(([name, { text }]) => [name, text])) as never;
}

/** What is called how, in every language. */
export const PREFLIGHT_TEXTS = /* @__PURE__ */ textsOfAll();

/** A question and its answer. */
export interface PreflightCheck extends Answer {
  /** Its name. */
  name: PreflightCheckName;
}

export type { PreflightProgress };

/** What preflight found. */
export interface Preflight {
  /** All checks, in order. */
  checks: PreflightCheck[];
  /** How long it took, without loading the data. */
  seconds: number;
}

/** How preflight is done. */
export interface PreflightOptions {
  /** Gives a file that the document names, as for `runExperiment`; none by default. */
  read?: ReadFile;
  /** Seconds that the sixteen rows may take; 20 by default. */
  seconds?: number;
  /** Ends it early, with what there is, when aborted; none by default. */
  signal?: AbortSignal;
  /** Called with each answer as it comes. */
  onCheck?(check: PreflightCheck): void;
  /** Called while sixteen rows are learned by heart. */
  onProgress?(progress: PreflightProgress): void;
}

const OPTIONS = {
  read: FUNCTION,
  seconds: { type: 'number', above: 0, max: 3600, default: 20 },
  signal: /* @__PURE__ */ objectWith('addEventListener', 'the signal of an AbortController'),
  onCheck: FUNCTION,
  onProgress: FUNCTION,
} as const satisfies OptionTable<PreflightOptions>;

/**
 * Answers what can be told of a run before its first step, and at it, without a plan of its own: inputs, targets, output, layers, initial weights, the first loss against the
 * best constant answer, the gradient through the depth as theory expects it, units, the first update. A check whose step is not there yet is `unknown`.
 *
 * @param given - A history with facts and no step yet, or the first one.
 * @param predicted - What `predictPlaces` gives; without it theory is left out.
 * @returns The answers, in order.
 * @throws UsageError for what is no history.
 * @example
 * await trainer.step();
 * const wrong = beforehand(trainer.history).filter(({ outcome }) => outcome === 'fail');
 */
export function beforehand(given: HistoryData, predicted?: readonly LayerPrediction[]): PreflightCheck[] {
  if (predicted !== undefined && !isList(predicted))
    throw new UsageError(`beforehand: predicted: expected a list, as predictPlaces gives it, got ${show(predicted)}`);
  const history = inColumns('beforehand', withFacts('beforehand', given));
  return Object.entries<BeforeCheck>(BEFORE_CHECKS).map(([name, check]) => ({ name: name as PreflightCheckName, ...check.judge({ history, predicted }) }));
}

/**
 * Checks a run before it is trained. All of `beforehand` with a first step; and with plans of its own, whether rows of a batch influence each other, whether training and
 * inference mode agree, and whether sixteen rows can be learned by heart. It trains copies: nothing of what it is given changes, but that shared live models
 * begin with other values in them.
 *
 * @param engine - From `createEngine`.
 * @param given - An experiment document, what `createTrainer` takes, or a trainer.
 * @param options - `read` is needed for documents that name files.
 * @returns The checks, each with its outcome, a sentence and its figures, and the seconds that it took.
 * @throws UsageError for what is neither; DataError, ShapeError, KernelError and DeviceError as `createTrainer` does.
 * @example
 * const { checks } = await preflight(engine, { model, loss: mse(), optimizer: adam({ learningRate: 0.01 }), data: { train } });
 * for (const { name, outcome, sentence } of checks) if (outcome !== 'pass') console.log(name, outcome, sentence);
 */
export async function preflight<M extends AnyModel>(
  engine: Engine,
  given: Experiment | TrainerOptions<M> | Trainer<M>,
  options: PreflightOptions = {},
): Promise<Preflight> {
  requireMethod('preflight', engine, 'createTrainer', 'an engine, as createEngine makes it');
  requireObject('preflight', given, 'an experiment, options of a trainer, or a trainer');
  const { read, seconds, signal, onCheck, onProgress } = readOptions<PreflightOptions, typeof OPTIONS>('preflight', OPTIONS, options);
  const isTrainer: boolean = given instanceof Trainer;
  if (!isTrainer && !('training' in given) && !('loss' in given))
    throw new UsageError('preflight: expected an experiment, as parseExperiment returns it, options of a trainer, or a trainer');
  const trained = 'training' in given ? trainerOptions(given, await loadData(given, read)) : given;
  const begun = performance.now();
  const subject = await subjectOf(engine, trained as never);
  const checks: PreflightCheck[] = [];
  const add = (check: PreflightCheck): void => {
    checks.push(check);
    onCheck?.(check);
  };
  for (const check of beforehand(subject.history, predictionOf(subject, 'training' in given ? given : undefined))) add(check);
  const stopped = (): boolean => signal?.aborted ?? false;
  const limits = (): Limits => ({
    seconds,
    stopped,
    failed: checks.filter(({ outcome }) => outcome === 'fail').map(({ name }) => ({ name, ...PREFLIGHT_TEXTS[name].en })),
    onProgress: (progress) => onProgress?.(progress),
  });
  for (const [name, check] of Object.entries<{ run(subject: Subject, limits: Limits): Promise<Answer> }>(DEVICE_CHECKS))
    add({ name: name as PreflightCheckName, ...(stopped() ? unknown('It was stopped before.') : await check.run(subject, limits())) });
  return { checks, seconds: (performance.now() - begun) / 1000 };
}

/** A hole is no object, which `every` would pass over. */
const isList = (given: unknown): boolean => Array.isArray(given) && Array.from(given).every(isObject);

/** What theory expects; undefined where it does not know the model, or the rows. */
function predictionOf({ document, rows, batchSize }: Subject, experiment: Experiment | undefined): LayerPrediction[] | undefined {
  if (!rows || !('x' in rows)) return undefined;
  const known: Predicted | undefined = experiment ?? (document && { model: document, training: { batchSize } });
  if (!known) return undefined;
  return predictPlaces(known, rows.features, measureInputs(known, rows.x, rows.features) ?? meanSquareOf(rows.x));
}
