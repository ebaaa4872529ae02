// Who did it: the device, a kernel, or the mathematics. A step that is not finite, or far from those before it, is taken again from its bits and in float64.
import { requireMethod, UsageError } from '../errors.ts';
import { figure } from '../format.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { History } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { Trainer } from '../train/trainer.ts';
import { isSame, numbersOf, replay, type StepNumbers } from './replay.ts';
import { type NotFinite, type Step64, stepInFloat64, type WrongNode } from './step64.ts';

export type { StepNumbers } from './replay.ts';
export type { NotFinite } from './step64.ts';

/** Which step is explained. */
export interface ExplainStepOptions {
  /** Its number, from 1; by default that at which the run turned non-finite, and otherwise the last one taken. */
  step?: number;
}

/** A kernel that computes other numbers than float64, on the numbers of the step. */
export interface WrongKernel {
  /** The op and the node that it computes. */
  readonly op: string;
  /** The name of the node in the step's graph. */
  readonly node: string;
  /** The kernels that the node runs. */
  readonly kernels: readonly string[];
  /** Where it is farthest off: `dense_3/z[17]`. */
  readonly at: string;
  /** What the device computes there. */
  readonly got: number;
  /** What is right. */
  readonly expected: number;
}

/** What became of a step, and why. */
export interface StepExplanation {
  /** Its number, from 1. */
  readonly step: number;
  /**
   * `device`: from the same bits it comes to other numbers, so the hardware, its memory or its driver failed. `kernel`: a kernel computes wrong numbers.
   * `mathematics`: the numbers are what float64 gives as well, and they are not finite, too large for 32 bits, or far from those before. `healthy`: they are right and ordinary.
   */
  readonly verdict: 'device' | 'kernel' | 'mathematics' | 'healthy';
  /** A sentence or two for people. */
  readonly message: string;
  /** What the history has of it; absent where it has nothing. */
  readonly recorded?: StepNumbers;
  /** Taken twice more on the device, from the same bits. */
  readonly replayed: readonly [StepNumbers, StepNumbers];
  /** In float64, from the same bits. */
  readonly float64: StepNumbers;
  /** Kernels that are off, in the order of the step. */
  readonly kernels: readonly WrongKernel[];
  /** The first number that is not finite, or too large for 32 bits, in float64; absent where there is none. */
  readonly notFinite?: NotFinite;
  /** Nodes of the step whose kernels were tried on its numbers. */
  readonly checked: number;
  /** What was not tried, and why. */
  readonly unchecked: readonly string[];
  /** Which device. */
  readonly adapter: AdapterSummary;
  /** How long it took. */
  readonly seconds: number;
}

const options = { step: { type: 'integer', min: 1 } } as const satisfies OptionTable<ExplainStepOptions>;

/** A step is far from those before it where its loss or norm is this many times their median, over up to so many of them, and no fewer than so many. */
const FAR = 5;
const [MOST_BEFORE, LEAST_BEFORE] = [32, 8];

/**
 * Explains a step that is not finite, or whose loss or gradient is far from those before it. It is taken twice more on the device from the same bits, in a trainer of its
 * own, and in float64; and the kernels of each of its nodes are run on the numbers of float64, rounded to 32 bits. The state before it is that at which the run halted, or the last
 * copy before it that recovery took (every ten seconds), or the beginning: steps from there are taken again. The trainer is left as it is.
 *
 * @param trainer - Between two of its steps; one that turned non-finite is still good for this. Its arrays of data must not have been changed.
 * @param given - Which step; the non-finite one, or the last, by default.
 * @returns The verdict with what it rests on; in Chrome on a software adapter it takes seconds, float64 up to minutes for large models.
 * @throws UsageError where no state before the step is at hand: an earlier step than the last copy of a run that did not begin here, streamed data, shared weights, and batches given
 *   one by one, but for the one at which the run halted; for operations of one's own, which have no float64 twin, and for steps of more than 2^34 multiply-adds; DeviceError where the device is lost.
 * @example
 * const history = await trainer.fit({ epochs: 10 });
 * if (history.nonFinite) {
 *   const { verdict, message } = await explainStep(trainer);
 *   console.log(verdict, message);
 * }
 */
export async function explainStep<M extends AnyModel>(trainer: Trainer<M>, given?: ExplainStepOptions): Promise<StepExplanation> {
  requireMethod('explainStep', trainer, 'trainOnBatch', 'a trainer, as createTrainer makes it');
  if (!(trainer instanceof Trainer)) throw new UsageError('explainStep: expected a trainer of this copy of the package');
  const { step = trainer.current.halted ?? trainer.steps } = readOptions<ExplainStepOptions, typeof options>('explainStep', options, given);
  trainer.alive();
  trainer.loop.check();
  if (trainer.busy) throw new UsageError('explainStep: the trainer is running: await it, or stop() it');
  if (trainer.steps === 0) throw new UsageError('explainStep: no step was taken: take one first');
  if (step > trainer.steps) throw new UsageError(`explainStep: step: ${step} was not taken yet: the last one is ${trainer.steps}`);
  const begun = performance.now();
  const { trainer: again, twice, differs } = await replay(trainer as unknown as Trainer<AnyModel>, step);
  try {
    const in64 = await stepInFloat64(again);
    const record = trainer.history.steps.find(step);
    const known: Known = { step, recorded: record && numbersOf(record), twice, differs, in64, far: farFrom(trainer.history, step) };
    return {
      step,
      ...verdictOf(known),
      ...(known.recorded ? { recorded: known.recorded } : {}),
      replayed: twice,
      float64: in64.numbers,
      kernels: in64.wrong.map(({ op, node, kernels, worst: { at, got, expected } }) => ({ op, node, kernels, at, got, expected })),
      ...(in64.first ? { notFinite: in64.first } : {}),
      checked: in64.checked,
      unchecked: in64.unchecked,
      adapter: trainer.device.adapter,
      seconds: (performance.now() - begun) / 1000,
    };
  } finally {
    again.destroy();
  }
}

interface Known {
  readonly step: number;
  readonly recorded: StepNumbers | undefined;
  readonly twice: readonly [StepNumbers, StepNumbers];
  readonly differs: number | undefined;
  readonly in64: Step64;
  /** How it is far from those before it, in words. */
  readonly far: string;
}

const saying = ({ loss, gradientNorm }: StepNumbers): string => `loss ${figure(loss)}, gradient norm ${figure(gradientNorm)}`;
const isFiniteStep = ({ loss, regularizationLoss, gradientNorm }: StepNumbers): boolean => [loss, regularizationLoss, gradientNorm].every(Number.isFinite);

function verdictOf({ step, recorded, twice, differs, in64, far }: Known): Pick<StepExplanation, 'verdict' | 'message'> {
  const [one, other] = twice;
  const { wrong, first, numbers, checked } = in64;
  if (!isSame(one, other))
    return {
      verdict: 'device',
      message: `Taken twice from the same bits, step ${step} comes to ${saying(one)}, and then to ${saying(other)}: the device does not compute the same twice. Its driver or its memory is at fault.`,
    };
  if (wrong.length > 0)
    return {
      verdict: 'kernel',
      message: `${kernelText(wrong[0]!)}${wrong.length > 1 ? ` (and ${wrong.length - 1} more)` : ''}: it computes wrong numbers on this device. Float64 has ${saying(numbers)} for step ${step}, the device ${saying(one)}. Run the self-test, update the browser or the GPU driver, or take another adapter.`,
    };
  if (differs !== undefined || (recorded && !isSame(recorded, one)))
    return {
      verdict: 'device',
      message: `Taken again from the same bits, step ${differs ?? step} comes to other numbers than before${differs === undefined ? `: ${saying(one)}, both times, where ${saying(recorded!)} came` : ''}. No kernel is off, so the device failed once: its memory or its driver, or the arrays of the data were changed.`,
    };
  if (!isFiniteStep(one) && !first && isFiniteStep(numbers))
    return {
      verdict: 'device',
      message: `Step ${step} comes to ${saying(one)} on the device each time, where float64 has ${saying(numbers)} and each of ${checked} kernels by itself is right: together they are not. The driver is at fault.`,
    };
  if (first || !isFiniteStep(one))
    return {
      verdict: 'mathematics',
      message: `${firstText(first, step)} The device and its kernels are right: ${checked} were tried on the numbers of this step.`,
    };
  const same = `float64 comes to ${saying(numbers)} from the same bits, the device to ${saying(one)}, and each of ${checked} kernels is right`;
  if (far) return { verdict: 'mathematics', message: `Step ${step} has ${far}, and it is so: ${same}. Its batch or its learning rate made it.` };
  return { verdict: 'healthy', message: `Nothing is wrong with step ${step}: ${same}.` };
}

const kernelText = ({ kernels, node, worst: { at, got, expected } }: WrongNode): string =>
  `${kernels.join(' and ')} of ${node} gives ${figure(got)} for ${at}, where ${figure(expected)} is right`;

function firstText(first: NotFinite | undefined, step: number): string {
  if (!first) return `Step ${step} is not finite in float64 either.`;
  const { from, at, value, op } = first;
  const what = Number.isFinite(value) ? `${figure(value)}, more than the largest number of 32 bits, 3.4e38` : String(value);
  if (from === 'weights') return `${at} was ${what} before step ${step} already: it was set or loaded so.`;
  if (from === 'data') return `${at} is ${what}: it comes with the data of step ${step}.`;
  if (from === 'terms') return `The terms of ${at} (${op}) are more than 32 bits hold, though the result, ${figure(value)}, would fit.`;
  return `${at} (${op}) is ${what} in float64, too: the first of step ${step} that is not a number of 32 bits.`;
}

/** Whether loss or norm of a step are far from those before it, in words; '' where they are not, or where there are too few. */
function farFrom({ steps }: History, step: number): string {
  const at = steps.numbers.indexOf(step);
  const from = Math.max(0, at - MOST_BEFORE);
  if (at - from < LEAST_BEFORE) return '';
  for (const [name, column] of [
    ['gradient norm', steps.gradientNorm],
    ['loss', steps.loss],
  ] as const) {
    const before = [...column.subarray(from, at)].sort((a, b) => a - b);
    const median = before[before.length >> 1]!;
    if (column[at]! > FAR * median) return `a ${name} of ${figure(column[at]! / median)} times the median of the ${before.length} steps before it`;
  }
  return '';
}
