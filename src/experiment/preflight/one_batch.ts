import type { AnyDataset } from '../../data/columns.ts';
import { figure, median, yardstick } from '../../inspect/diagnose/read.ts';
import { baselineOf } from '../../inspect/facts.ts';
import type { AnyModel } from '../../nn/model.ts';
import { factsOfTrainer } from '../../train/facts_of.ts';
import { adam } from '../../train/optimizers.ts';
import type { Trainer } from '../../train/trainer.ts';
import { factsOf } from '../diagnose.ts';
import { type Answer, fail, pass, unknown } from './check.ts';
import { type Options, pickRows, rowsAt, type Subject } from './subject.ts';

/** Rows of the batch. */
export const ROWS = 16;
/** They are learned where no more is left of what a constant answer leaves to learn. */
const LEFT = 0.1;
/** Steps at most, with the optimizer that was asked for and with another one. */
const STEPS = { own: 1000, other: 400 } as const;
/** They are as good as learned where the loss goes on falling so fast that no more than so many times the steps are needed: plain SGD at a usual rate takes thousands. */
const PACE = 4;
/** Steps without a new best, by a fiftieth of what is to be learned, after which it is given up. */
const PATIENCE = 300;
/** Steps between two looks. */
const CHUNK = 25;
const OTHER_RATE = 0.003;

/** What is told on the way. */
export interface PreflightProgress {
  /** With what: as it was asked for, and where that does not learn them, without augmentation and with Adam. */
  readonly with: 'own' | 'no augmentation' | 'adam';
  /** The last step taken. */
  readonly step: number;
  /** Steps at most. */
  readonly steps: number;
  /** The loss there. */
  readonly loss: number;
}

export interface Limits {
  /** Seconds for all of it. */
  readonly seconds: number;
  readonly stopped: () => boolean;
  /** The checks that have failed so far. */
  readonly failed: readonly { readonly name: string; readonly title: string }[];
  onProgress(progress: PreflightProgress): void;
}

interface Learned {
  readonly steps: number;
  readonly loss: number;
  readonly outcome: 'learned' | 'learning' | 'not finite' | 'out of steps' | 'out of time';
  /** Where it is learning: the step at which it will have learned, at this pace. */
  readonly due?: number;
}

/**
 * Whether a network can learn sixteen rows by heart ("overfit one batch", Karpathy 2019, A Recipe for Training Neural Networks): what cannot do that will not learn more.
 * With the optimizer that was asked for; where that fails, without augmentation, if there is any, and then with Adam, which says whether the network or its
 * optimizer is at fault. What is not learned yet but falls fast enough will be.
 */
export async function learnOneBatch(subject: Subject, { seconds, failed, ...told }: Limits): Promise<Answer> {
  const { rows, inputs } = subject;
  if (!rows) return unknown('The rows are not known before they come.');
  const few = rowsAt(rows, pickRows(rows, Object.keys(inputs), ROWS));
  const until = performance.now() + 1000 * seconds;
  const attempt = async (
    name: PreflightProgress['with'],
    change: Partial<Pick<Options, 'optimizer' | 'augment'>>,
    steps: number,
  ): Promise<{ learned: Learned; target: number; baseline: number } | undefined> => {
    const trainer = await trainerOn({ ...subject, options: { ...subject.options, ...change } }, few);
    try {
      const [baseline, floor] = constantLosses(trainer, few);
      if (baseline === undefined || !(baseline - floor > 1e-9 * Math.abs(baseline))) return undefined;
      const target = floor + LEFT * (baseline - floor);
      const learned = await learn(trainer, few, { target, floor, baseline, steps, noisy: isNoisy(subject), with: name }, { until, ...told });
      return { learned, target, baseline };
    } finally {
      trainer.destroy();
    }
  };
  const first = await attempt('own', {}, STEPS.own);
  if (!first) return unknown(`What the best constant answer to ${few.rows} rows has is not known, or it is right already.`);
  const { learned, target, baseline } = first;
  const evidence = { rows: few.rows, steps: learned.steps, loss: learned.loss, target, baselineLoss: baseline };
  const where = `from ${figure(baseline)}, which the best constant answer has, to ${figure(target)}`;
  if (learned.outcome === 'learned') return pass(`${few.rows} rows are learned by heart in ${learned.steps} steps: their loss falls ${where}.`, evidence);
  if (learned.outcome === 'learning') {
    const due = roughly(learned.due!);
    return pass(
      `${few.rows} rows are being learned by heart: in ${learned.steps} steps their loss falls from ${figure(baseline)}, which the best constant answer has, to ${figure(learned.loss)}, and at this pace to ${figure(target)} in about ${due}.`,
      {
        ...evidence,
        due,
      },
    );
  }
  // The first update is of the optimizer that is compared.
  const causes = failed.filter(({ name }) => name !== 'first_update').map(({ title }) => title);
  const above = causes.length > 0 ? `look first at what failed above (${causes.join(', ')})` : undefined;
  if (learned.outcome === 'not finite')
    return fail(
      `${few.rows} rows are not learned: at step ${learned.steps} the loss is no longer finite${above ? `: ${above}` : ''}.`,
      evidence,
      above ? [] : ['learning_rate', 'clip'],
    );
  const came = `In ${learned.steps} steps the loss of ${few.rows} rows does not fall ${where}: it is ${figure(learned.loss)}`;
  if (learned.outcome === 'out of time') return unknown(`${came}, and the time was up.`, evidence);
  if (performance.now() > until) return fail(`${came}.`, evidence);
  const plain = subject.options.augment && (await attempt('no augmentation', { augment: undefined }, STEPS.other));
  if (plain && helps(plain.learned))
    return fail(`${came}; without augmentation it takes ${stepsOf(plain.learned)}: look at the augmentation.`, {
      ...evidence,
      stepsWithoutAugmentation: plain.learned.steps,
    });
  const other = await attempt('adam', { optimizer: adam({ learningRate: OTHER_RATE }) }, STEPS.other);
  const figures = { ...evidence, ...(other ? { lossWithAdam: other.learned.loss, stepsWithAdam: other.learned.steps } : {}) };
  if (other && helps(other.learned))
    return fail(
      `${came}; Adam at a rate of ${OTHER_RATE} takes ${stepsOf(other.learned)}: ${above ?? 'look at the optimizer and its learning rate'}.`,
      figures,
      above ? [] : ['learning_rate', 'optimizer'],
    );
  return fail(`${came}, and Adam at a rate of ${OTHER_RATE} does no better: ${above ?? 'look at inputs, targets, network and loss'}.`, figures);
}

const helps = ({ outcome }: Learned): boolean => outcome === 'learned' || outcome === 'learning';

/** How many steps were taken, or will be. */
const stepsOf = ({ steps, due }: Learned): string => (due === undefined ? `${steps}` : `about ${roughly(due)}`);

/** A number of steps that was estimated. */
const roughly = (steps: number): number => Math.ceil(steps / 100) * 100;

async function trainerOn({ engine, options, weights }: Subject, few: AnyDataset): Promise<Trainer<AnyModel>> {
  const { accumulate: _, average: __, data: ___, onNonFinite: ____, metrics: _____, ...rest } = options;
  const trainer = await engine.createTrainer({ ...rest, data: { train: few }, batchSize: few.rows, probes: null });
  trainer.setParameters(weights);
  return trainer;
}

/** The loss of the best constant answer to these rows, and that of the best answer to each. */
function constantLosses(trainer: Trainer<AnyModel>, few: AnyDataset): [baseline: number | undefined, floor: number] {
  const baseline = yardstick({ ...trainer.history, facts: factsOf(trainer.history)! });
  if (baseline === undefined) return [undefined, 0];
  const { options, batchSize, model, parts } = trainer;
  let floor = 0;
  for (let row = 0; row < few.rows; row++) {
    const alone = { ...options, data: { train: rowsAt(few, [row]) } };
    const least = baselineOf(factsOfTrainer({ options: alone, batchSize, model, parts }));
    floor += (Number.isFinite(least) ? least! : 0) / few.rows;
  }
  return [baseline, floor];
}

/** Whether the loss of a step in training says less than one in inference: dropout raises it, as augmentation does, and batch norm may. */
const isNoisy = ({ history: { facts }, options: { augment } }: Subject): boolean =>
  augment !== undefined || !!facts.layers?.some(({ dropout, batchNormSamples }) => dropout > 0 || batchNormSamples);

async function learn(
  trainer: Trainer<AnyModel>,
  few: AnyDataset,
  {
    target,
    floor,
    baseline,
    steps,
    noisy,
    with: by,
  }: Pick<PreflightProgress, 'with'> & { target: number; floor: number; baseline: number; steps: number; noisy: boolean },
  { until, stopped, onProgress }: { until: number } & Pick<Limits, 'stopped' | 'onProgress'>,
): Promise<Learned> {
  let loss = Number.NaN;
  /** What is left of what there is to be learned, after each chunk. */
  const left: number[] = [];
  let best = { loss: Number.POSITIVE_INFINITY, step: 0 };
  while (trainer.steps < steps) {
    const records = await trainer.step(CHUNK);
    const at = records.findIndex((record) => record.loss <= target);
    loss = median(records.slice(-5).map((record) => record.loss)) ?? Number.NaN;
    if (trainer.history.nonFinite) return { steps: trainer.history.nonFinite.step, loss, outcome: 'not finite' };
    if (at >= 0) return { steps: records[at]!.step, loss: records[at]!.loss, outcome: 'learned' };
    if (noisy) {
      const evaluated = (await trainer.evaluate(few)).loss;
      if (evaluated <= target) return { steps: trainer.steps, loss: evaluated, outcome: 'learned' };
    }
    if (!(loss > best.loss - (best.loss - target) / 50)) best = { loss, step: trainer.steps };
    if (trainer.steps - best.step >= PATIENCE) break;
    left.push((loss - floor) / (baseline - floor));
    onProgress({ with: by, step: trainer.steps, steps, loss });
    if (performance.now() > until || stopped()) return { steps: trainer.steps, loss, outcome: 'out of time' };
  }
  const due = trainer.steps < steps ? Number.POSITIVE_INFINITY : trainer.steps + CHUNK * chunksTo(LEFT, left);
  return due <= PACE * steps ? { steps, loss, outcome: 'learning', due } : { steps: trainer.steps, loss, outcome: 'out of steps' };
}

/** Chunks until no more than `level` is left, if it goes on as in the last quarter: by the same fraction in the same time. Infinity where it does not fall. */
function chunksTo(level: number, left: readonly number[]): number {
  const quarter = Math.floor(left.length / 4);
  // Of three looks each, as a step may be off.
  const [before, now] = [median(left.slice(-quarter - 3, -quarter)) ?? 1, median(left.slice(-3)) ?? 1];
  return now > 0 && now < before && before < 1 ? (quarter * Math.log(now / level)) / Math.log(before / now) : Number.POSITIVE_INFINITY;
}
