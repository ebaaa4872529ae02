// What an optimizer is, and what all of them take. PyTorch's conventions, so that runs can be compared: eps outside the square root, weight decay as an L2 term (AdamW: decoupled).
import { UsageError } from '../../errors.ts';
import type { Graph, Value } from '../../graph/graph.ts';
import type { FactorsOf } from '../../ops/hyper.ts';
import type { UpdateFunction } from '../../ops/updates.ts';
import { type Options, type OptionTable, withOptions } from '../../option_table.ts';
import type { Texts } from '../../texts.ts';
import { type Schedule, scheduleOption } from '../schedules/schedule.ts';

/** What the nodes before an update share with it. */
export interface Preparing {
  /** The group of dispatches that the update runs with. */
  readonly group: string;
  /** What each element of the gradient is clipped to; 0 for nothing. */
  readonly clipValue: number;
  /** Factors of the parameter groups. */
  readonly factors?: FactorsOf;
}

/** An optimizer, as `adam({ learningRate })` and the like make it: how a step changes the parameters. */
export interface Optimizer {
  /** Its name in documents and messages. */
  readonly name: string;
  /** What the update kernel is linked with. */
  readonly update: UpdateFunction;
  /** Its hyperparameters, in the order of its WGSL struct. */
  readonly params: Readonly<Record<string, number>>;
  /** Weight decay, at least 0. */
  readonly weightDecay: number;
  /** True if weight decay shrinks the weights directly instead of adding an L2 term to the gradient. */
  readonly decoupled: boolean;
  /** Adam's decay rates, for which the run keeps the bias corrections; 0 where there are none. */
  readonly betas: readonly [number, number];
  /**
   * The learning rate of step `step`, counted from 0; where the schedule reacts to validations, before it has.
   *
   * @param step - From 0.
   * @returns The learning rate, schedule included.
   */
  learningRateAt(step: number): number;
  /** Nodes before the update, from a parameter and its gradient, for one whose step it prepares. */
  prepare?(graph: Graph, parameter: Value, gradient: Value, more: Preparing): void;
  /** The factors of its update, from those of the groups, where it treats parameters differently. */
  factorsWith?(groups: FactorsOf | undefined): FactorsOf;
  /** What its schedule makes of a validation, where it reacts to them. */
  readonly react?: Schedule['react'] | undefined;
}

/** What every optimizer takes. */
export interface OptimizerOptions {
  /** Learning rate, at least 0. */
  learningRate: number;
  /** Weight decay, at least 0: an L2 term in the gradient (AdamW: decoupled). Biases and batch norm are left out. 0 by default. */
  weightDecay?: number;
  /** How the rate changes: one of ours, or `{ at: (step) => factor }`. Constant by default. */
  schedule?: Schedule;
}

export const optimizerOptions = {
  learningRate: { type: 'number', min: 0, required: true },
  weightDecay: { type: 'number', min: 0, default: 0 },
  schedule: scheduleOption,
} as const satisfies OptionTable<OptimizerOptions>;

/** What Adam and its relatives share. */
export interface MomentsOptions extends OptimizerOptions {
  /** Decay of the running means of the gradient and of its square, each at least 0 and below 1. [0.9, 0.999] by default. */
  betas?: readonly [number, number];
  /** Added to the square root, at least 0. 1e-8 by default. */
  eps?: number;
}

/** Of `betas`. */
export const BETAS = {
  type: 'list',
  of: { type: 'number', min: 0, below: 1 },
  length: 2,
  expected: 'two numbers of at least 0 and below 1',
  default: [0.9, 0.999],
} as const;
/** Of `eps`. */
export const EPSILON = { type: 'number', min: 0, default: 1e-8 } as const;

export const momentsOptions = withOptions(optimizerOptions, { betas: BETAS, eps: EPSILON }) satisfies OptionTable<MomentsOptions>;

/** What those share whose weight decay may be either. */
export interface DecoupledOptions extends MomentsOptions {
  /** Weight decay shrinks the weights directly, as in AdamW, instead of adding an L2 term to the gradient. False by default. */
  decoupledWeightDecay?: boolean;
}

export const decoupledOptions = withOptions(momentsOptions, {
  decoupledWeightDecay: { type: 'boolean', default: false },
}) satisfies OptionTable<DecoupledOptions>;

/** The parts of an optimizer that are its own. */
export type OwnParts = Pick<Optimizer, 'update' | 'params'> & Partial<Pick<Optimizer, 'betas' | 'decoupled' | 'prepare' | 'factorsWith'>>;

/** What is no number is NaN, which the step refuses: null times a number is 0, and a symbol throws. */
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);

/** An optimizer from options that have been checked. Throws UsageError where the schedule does not fit the rate. */
export function optimizerOf(
  name: string,
  { learningRate, weightDecay, schedule }: { learningRate: number; weightDecay: number; schedule: Schedule | undefined },
  own: OwnParts,
): Optimizer {
  for (const [place, message] of schedule?.wrongAt?.(learningRate) ?? []) throw new UsageError(`${name}: schedule.${place}: ${message}`);
  return {
    name,
    weightDecay,
    decoupled: false,
    betas: [0, 0],
    ...own,
    // A schedule of the caller's own may answer with anything.
    learningRateAt: (step) => learningRate * numberOf(schedule ? schedule.at(step, learningRate) : 1),
    react: schedule?.react?.bind(schedule),
  };
}

/**
 * The float64 twin of an update function, for one number: the change that it asks for. `state` holds the number's states, which it changes in place; `t` counts
 * updates from 1; `prepared` says that nodes before have left something in the states.
 */
export type Update64 = (g: number, state: number[], at: { t: number; learningRate: number; prepared: boolean }, p: Readonly<Record<string, number>>) => number;

/** All that the file of an optimizer exports. A program that uses the constructor alone bundles none of the rest. */
export interface OptimizerFeature<Given = never> {
  readonly options: Options;
  /** The constructor. */
  create(options: Given): Optimizer;
  /** Its update functions, each with its twin: which one it takes may depend on its options. */
  readonly update64: readonly (readonly [UpdateFunction, Update64])[];
  /** The class in torch.optim, null where it has none. Its arguments are our options in snake_case; `learningRate` is `lr`. */
  readonly torch: string | null;
  /** True where it divides by the size of the gradient itself, as Adam does. */
  readonly adaptive?: boolean;
  /** True where a step moves no weight by much more than the learning rate. */
  readonly byRate?: boolean;
  readonly text: Texts;
  /** What is wrong in its options though every one is in its range: where, and what. */
  wrong?(options: Given): Iterable<readonly [place: string, message: string]>;
}
