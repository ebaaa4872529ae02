// From a document to the engine's own parts. The documents' names are PyTorch's where PyTorch has one; the engine's may differ.
import { UsageError } from '../errors.ts';
import { TENSOR_KINDS } from '../inspect/history.ts';
import type { ProbeFeature } from '../inspect/probe.ts';
import { PROBES, type ProbeName } from '../inspect/probe_index.ts';
import type { ProbeOptions } from '../inspect/probes.ts';
import { type Sequential, sequential } from '../nn/sequential.ts';
import { accumulate } from '../train/accumulation.ts';
import { earlyStopping } from '../train/early_stopping.ts';
import { adadelta, adagrad, adam, adamax, adamw, nadam, type Optimizer, radam, rmsprop, sgd } from '../train/optimizers.ts';
import { constant, cosine, cosineRestarts, exponential, inverseSqrt, multiStep, polynomial, type Schedule, stepDecay, warmup } from '../train/schedules.ts';
import type { FitOptions, TrainerOptions } from '../train/trainer.ts';
import { DEFAULT_SEED, type Splits } from './data.ts';
import type { Experiment, LayerDocument, ModelDocument, OptimizerDocument, ProbesDocument, ScheduleDocument } from './document.ts';
import { buildLayers } from './registry/layers.ts';
import { buildLoss } from './registry/losses.ts';
import { requireModelSize } from './size.ts';

/** The document's trainer, but for its device. */
export function trainerOptions(document: Experiment, { train, validation }: Splits): TrainerOptions {
  const { optimizer, training } = document;
  requireModelSize(document, train.features);
  return {
    model: buildModel(document.model),
    loss: buildLoss(document.loss, train.classes === undefined),
    optimizer: buildOptimizer(optimizer),
    data: { train, ...(validation ? { validation } : {}), ...(document.data.stream === undefined ? {} : { stream: document.data.stream }) },
    batchSize: training.batchSize,
    ...(training.accumulate === undefined ? {} : { accumulate: accumulate(training.accumulate) }),
    seed: document.seed ?? DEFAULT_SEED,
    probes: buildProbes(document.probes ?? {}),
    onNonFinite: training.onNonFinite ?? 'stop',
    ...(optimizer.clip ? { clip: optimizer.clip } : {}),
  };
}

/** How long the document trains, and what may end it. */
export function fitOptions({ training }: Experiment): FitOptions {
  const { epochs, steps, validateEvery, earlyStopping: stopping } = training;
  return {
    ...(epochs === undefined ? {} : { epochs }),
    ...(steps === undefined ? {} : { steps }),
    ...(validateEvery === undefined ? {} : { validateEvery }),
    ...(stopping ? { earlyStopping: earlyStopping(stopping) } : {}),
  };
}

/** The model of a document, or layers as one. `modelDocument` is the way back. */
export function buildModel(given: ModelDocument | readonly LayerDocument[]): Sequential {
  return sequential(buildLayers('layers' in given ? given.layers : given));
}

/** PyTorch's parameters under the engine's names. */
export function buildOptimizer(document: OptimizerDocument): Optimizer {
  const common = {
    rate: document.rate,
    ...(document.weightDecay === undefined ? {} : { weightDecay: document.weightDecay }),
    ...(document.schedule ? { schedule: buildSchedule(document.schedule, document.rate) } : {}),
  };
  switch (document.name) {
    case 'sgd': {
      const { momentum = 0, dampening = 0, nesterov = false } = document;
      if (nesterov && (momentum === 0 || dampening !== 0)) throw new UsageError('optimizer.nesterov: needs a momentum above 0 and no dampening, as in PyTorch');
      return sgd({ ...common, momentum, dampening, nesterov });
    }
    case 'adam':
    case 'adamw':
      return (document.name === 'adam' ? adam : adamw)({ ...common, ...momentsOf(document), amsgrad: document.amsgrad ?? false });
    case 'adamax':
      return adamax({ ...common, ...momentsOf(document) });
    case 'nadam':
      return nadam({ ...common, ...momentsOf(document), momentumDecay: document.momentumDecay ?? 0.004 });
    case 'radam':
      return radam({ ...common, ...momentsOf(document) });
    case 'adadelta':
      return adadelta({ ...common, rho: document.rho ?? 0.9, epsilon: document.eps ?? 1e-6 });
    case 'adagrad':
      return adagrad({
        ...common,
        rateDecay: document.lrDecay ?? 0,
        initialAccumulator: document.initialAccumulatorValue ?? 0,
        epsilon: document.eps ?? 1e-10,
      });
    case 'rmsprop':
      return rmsprop({
        ...common,
        alpha: document.alpha ?? 0.99,
        momentum: document.momentum ?? 0,
        centered: document.centered ?? false,
        epsilon: document.eps ?? 1e-8,
      });
  }
}

function momentsOf({ betas: [beta1, beta2] = [0.9, 0.999], eps = 1e-8 }: { betas?: [number, number]; eps?: number }) {
  return { beta1, beta2, epsilon: eps };
}

/** The engine's schedules are factors on the rate; only PyTorch's etaMin is a rate of its own. gamma is 0.1 by default, startFactor 1/3. */
export function buildSchedule(document: ScheduleDocument, rate: number): Schedule {
  switch (document.name) {
    case 'constant':
      return constant();
    case 'step':
      return stepDecay({ every: document.stepSize, gamma: document.gamma ?? 0.1 });
    case 'multi_step':
      return multiStep({ milestones: document.milestones, gamma: document.gamma ?? 0.1 });
    case 'exponential':
      return exponential({ gamma: document.gamma });
    case 'cosine':
      return cosine({ steps: document.tMax, least: leastOf(document, rate) });
    case 'cosine_restarts':
      return cosineRestarts({ steps: document.t0, factor: document.tMult ?? 1, least: leastOf(document, rate) });
    case 'polynomial':
      return polynomial({ steps: document.totalIters, power: document.power ?? 1 });
    case 'inverse_sqrt':
      return inverseSqrt({ warmup: document.warmup });
    case 'warmup':
      return warmup({ steps: document.steps, from: document.startFactor ?? 1 / 3, ...(document.then ? { then: buildSchedule(document.then, rate) } : {}) });
  }
}

function leastOf({ etaMin = 0 }: { etaMin?: number }, rate: number): number {
  if (etaMin > rate) throw new UsageError(`optimizer.schedule.etaMin: expected a rate of at most optimizer.rate (${rate}), got ${etaMin}`);
  return etaMin / rate;
}

/** All that the rules look at by default. */
export function buildProbes({ every = 1, tensors, layers, ...given }: ProbesDocument): ProbeOptions {
  const asked = Object.entries<ProbeFeature>(PROBES).flatMap(([name, feature]) => {
    const options = given[name as ProbeName] ?? (feature.usual?.(tensors ?? TENSOR_KINDS) ? {} : undefined);
    return options ? [[name, feature.create(options)]] : [];
  });
  return {
    every,
    tensors: tensors ?? ['z', 'delta', 'weight_gradient', 'weight', 'update'],
    ...Object.fromEntries(asked),
    ...(layers && layers !== 'all' ? { layers } : {}),
  };
}
