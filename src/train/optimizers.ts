// Optimizers: a description of the update kernel and its parameters. PyTorch's conventions, so that runs can be compared:
// eps outside the square root, Adam's weight decay as an L2 term, AdamW's decoupled, the momentum buffer starts as g.
import { requireNumber } from '../errors.ts';
import {
  adadeltaUpdate,
  adagradUpdate,
  adamaxUpdate,
  adamUpdate,
  amsgradUpdate,
  nadamUpdate,
  plainSgdUpdate,
  radamUpdate,
  rmspropUpdate,
  sgdUpdate,
  type UpdateFunction,
} from '../ops/updates.ts';
import { constant, type Schedule } from './schedules.ts';

export interface Optimizer {
  readonly name: string;
  /** What the update kernel is linked with. */
  readonly update: UpdateFunction;
  /** Its hyperparameters, in the order of its WGSL struct. */
  readonly params: Readonly<Record<string, number>>;
  readonly weightDecay: number;
  /** True where weight decay shrinks the weights by itself, and is no L2 term in the gradient. */
  readonly decoupled: boolean;
  readonly schedule: Schedule;
  /** Adam's decay rates; 0 where there are none. */
  readonly betas: readonly [number, number];
  /** Arenas of state. */
  readonly states: number;
}

interface Common {
  /** Learning rate. */
  rate: number;
  /** Weight decay: an L2 term in the gradient (AdamW: decoupled). Biases and batch norm are left out. 0 by default. */
  weightDecay?: number;
  /** How the rate changes; constant by default. */
  schedule?: Schedule;
}

function optimizer(
  name: string,
  update: UpdateFunction,
  options: Common,
  params: Record<string, number>,
  betas: readonly [number, number] = [0, 0],
  decoupled = false,
): Optimizer {
  requireNumber(`${name}: rate`, options.rate, 0);
  requireNumber(`${name}: weightDecay`, options.weightDecay ?? 0, 0);
  return {
    name,
    update,
    params,
    weightDecay: options.weightDecay ?? 0,
    decoupled,
    schedule: options.schedule ? { at: (step) => options.rate * options.schedule!.at(step) } : constant(options.rate),
    betas,
    states: update.states.length,
  };
}

export interface SgdOptions extends Common {
  /** 0 by default. */
  momentum?: number;
  dampening?: number;
  nesterov?: boolean;
}

/** w -= rate v, v = momentum v + (1 - dampening) g. */
export function sgd(options: SgdOptions): Optimizer {
  const { momentum = 0, dampening = 0, nesterov = false } = options;
  requireNumber('sgd: momentum', momentum, 0, 1);
  requireNumber('sgd: dampening', dampening, 0, 1);
  return momentum === 0
    ? optimizer('sgd', plainSgdUpdate, options, {})
    : optimizer('sgd', sgdUpdate, options, { momentum, dampening, nesterov: nesterov ? 1 : 0 });
}

/** What Adam and its relatives share. */
export interface MomentsOptions extends Common {
  /** 0.9 and 0.999 by default. */
  beta1?: number;
  beta2?: number;
  /** 1e-8 by default. */
  epsilon?: number;
}

export interface AdamOptions extends MomentsOptions {
  /** Divides by the largest second moment so far (Reddi 2018). */
  amsgrad?: boolean;
}

/** Adam (Kingma & Ba 2015). */
export function adam(options: AdamOptions): Optimizer {
  return adamLike('adam', options, false);
}

/** Adam with decoupled weight decay (Loshchilov & Hutter 2019), 0.01 by default. */
export function adamw(options: AdamOptions): Optimizer {
  return adamLike('adamw', { weightDecay: 0.01, ...options }, true);
}

function adamLike(name: string, options: AdamOptions, decoupled: boolean): Optimizer {
  return byMoments(name, options.amsgrad ? amsgradUpdate : adamUpdate, options, {}, decoupled);
}

function byMoments(name: string, update: UpdateFunction, options: MomentsOptions, more: Record<string, number> = {}, decoupled = false): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  requireNumber(`${name}: beta1`, beta1, 0, 1);
  requireNumber(`${name}: beta2`, beta2, 0, 1);
  requireNumber(`${name}: epsilon`, epsilon, 0);
  return optimizer(name, update, options, { beta1, beta2, eps: epsilon, ...more }, [beta1, beta2], decoupled);
}

/** Adamax: Adam by the largest gradient of late in place of the mean square (Kingma & Ba 2015, section 7). PyTorch's rate is 0.002. */
export function adamax(options: MomentsOptions): Optimizer {
  return byMoments('adamax', adamaxUpdate, options);
}

export interface NadamOptions extends MomentsOptions {
  /** How soon the momentum reaches beta1; 0.004 by default. */
  momentumDecay?: number;
}

/** NAdam: Adam with Nesterov's momentum (Dozat 2016). PyTorch's rate is 0.002. */
export function nadam(options: NadamOptions): Optimizer {
  const { momentumDecay = 0.004 } = options;
  requireNumber('nadam: momentumDecay', momentumDecay, 0);
  return byMoments('nadam', nadamUpdate, options, { momentum_decay: momentumDecay });
}

/** RAdam: Adam whose first steps do without the second moment, until that can be trusted (Liu 2020). */
export function radam(options: MomentsOptions): Optimizer {
  const { beta2 = 0.999 } = options;
  return byMoments('radam', radamUpdate, options, { longest: 2 / (1 - beta2) - 1 });
}

export interface AdadeltaOptions extends Common {
  /** Decay of both running means; 0.9 by default. */
  rho?: number;
  /** 1e-6 by default. */
  epsilon?: number;
}

/** Adadelta (Zeiler 2012): the size of a step follows that of the earlier ones. PyTorch's rate is 1. */
export function adadelta(options: AdadeltaOptions): Optimizer {
  const { rho = 0.9, epsilon = 1e-6 } = options;
  requireNumber('adadelta: rho', rho, 0, 1);
  requireNumber('adadelta: epsilon', epsilon, 0);
  return optimizer('adadelta', adadeltaUpdate, options, { rho, eps: epsilon });
}

export interface AdagradOptions extends Common {
  /** 0 by default. */
  rateDecay?: number;
  /** Where the sum of squares starts; 0 by default. */
  initialAccumulator?: number;
  /** 1e-10 by default. */
  epsilon?: number;
}

/** Adagrad (Duchi 2011). */
export function adagrad(options: AdagradOptions): Optimizer {
  const { rateDecay = 0, initialAccumulator = 0, epsilon = 1e-10 } = options;
  requireNumber('adagrad: rateDecay', rateDecay, 0);
  requireNumber('adagrad: initialAccumulator', initialAccumulator, 0);
  requireNumber('adagrad: epsilon', epsilon, 0);
  return optimizer('adagrad', adagradUpdate, options, { lr_decay: rateDecay, initial_accumulator_value: initialAccumulator, eps: epsilon });
}

export interface RmspropOptions extends Common {
  /** 0.99 by default. */
  alpha?: number;
  momentum?: number;
  /** Subtracts the mean gradient's square. */
  centered?: boolean;
  /** 1e-8 by default. */
  epsilon?: number;
}

/** RMSprop (Hinton), eps outside the square root. */
export function rmsprop(options: RmspropOptions): Optimizer {
  const { alpha = 0.99, momentum = 0, centered = false, epsilon = 1e-8 } = options;
  requireNumber('rmsprop: alpha', alpha, 0, 1);
  requireNumber('rmsprop: momentum', momentum, 0, 1);
  requireNumber('rmsprop: epsilon', epsilon, 0);
  return optimizer('rmsprop', rmspropUpdate, options, { alpha, momentum, centered: centered ? 1 : 0, eps: epsilon });
}
