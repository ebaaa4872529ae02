// Cases about updates: optimizer trajectories with given gradients, clipping, schedules of the learning rate.
import { Graph, type Value } from '../../src/graph/graph.ts';
import { beginStepOp, LEARNING_RATE_ROWS } from '../../src/ops/batches.ts';
import { endStepOp, squaredNormOp } from '../../src/ops/end_step.ts';
import { updateOp } from '../../src/ops/updates.ts';
import type { Clip } from '../../src/train/clip.ts';
import { adadelta, adagrad, adam, adamax, adamw, nadam, type Optimizer, radam, rmsprop, sgd } from '../../src/train/optimizers.ts';
import * as schedules from '../../src/train/schedules.ts';
import { type Case, compare, compareNumber, FINE, Skip, type TensorRef, type Tensors, type Verdict, worse } from './format.ts';
import type { Session, Stage } from './stage.ts';

/** PyTorch's arguments by the engine's names. */
const ARGUMENTS: Readonly<Record<string, string>> = {
  lr: 'learningRate',
  weight_decay: 'weightDecay',
  betas: 'betas',
  eps: 'eps',
  lr_decay: 'lrDecay',
  initial_accumulator_value: 'initialAccumulatorValue',
  alpha: 'alpha',
  rho: 'rho',
  momentum_decay: 'momentumDecay',
  momentum: 'momentum',
  dampening: 'dampening',
  nesterov: 'nesterov',
  centered: 'centered',
  amsgrad: 'amsgrad',
};

const OPTIMIZERS = { sgd, adam, adamw, adagrad, rmsprop, adadelta, adamax, nadam, radam } as const;

/** The engine's optimizer for PyTorch's name and arguments. Throws Skip for what is not claimed. */
export function optimizerOf(name: string, args: Readonly<Record<string, unknown>>): Optimizer {
  if (!Object.hasOwn(OPTIMIZERS, name)) throw new Skip(`optimizer ${name}`);
  // The cases were recorded with PyTorch 1.13; ours is the rule of 2.0 (pytorch/pytorch#92699).
  if (name === 'nadam') throw new Skip('optimizer nadam with the factor mu too many that PyTorch had before 2.0');
  const options: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(args)) {
    if (key === 'note' || value === null) continue;
    if (ARGUMENTS[key]) options[ARGUMENTS[key]!] = value;
    else throw new Skip(`optimizer ${name} with ${key}`);
  }
  return OPTIMIZERS[name as keyof typeof OPTIMIZERS](options as never);
}

/** A step without a model: gradients come from outside, then norm, clipping and update as in training. */
async function updateSession(
  stage: Stage,
  tensors: readonly TensorRef[],
  optimizer: Optimizer,
  clip?: Clip,
): Promise<{ session: Session; parameters: Value[]; gradients: Value[] }> {
  const graph = new Graph();
  graph.apply(beginStepOp, [], {});
  const parameters = tensors.map(({ name, shape }) => graph.parameter(name, shape));
  const gradients = tensors.map(({ name, shape }) => graph.input(`gradient of ${name}`, shape));
  const partials = graph.apply(squaredNormOp, gradients, {})[0]!;
  graph.apply(endStepOp, [graph.input('losses', [1]), partials], {
    maxNorm: clip && 'norm' in clip ? clip.norm : 0,
    beta1: optimizer.betas[0],
    beta2: optimizer.betas[1],
  });
  graph.apply(updateOp, gradients, { ...optimizer, ...(clip && 'value' in clip ? { clipValue: clip.value } : {}) });
  const session = await stage.session(graph, { keep: gradients, gradientSlots: new Map(gradients.map((value, i) => [value, tensors[i]!.name])) });
  session.writeBuffer(
    'learning_rates',
    Float32Array.from({ length: LEARNING_RATE_ROWS }, (_, step) => optimizer.learningRateAt(step)),
  );
  return { session, parameters, gradients };
}

export async function runOptimizer(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const p0: TensorRef[] = c.p0;
  const { session, parameters, gradients } = await updateSession(stage, p0, optimizerOf(c.optimizer, c.attrs));
  try {
    p0.forEach((ref, i) => void session.write(parameters[i]!, tensors.f32(ref)));
    const given = (c.grads as TensorRef[]).map((ref) => tensors.f32(ref));
    const expected = (c.expected as TensorRef[]).map((ref) => tensors.f32(ref));
    let worst = FINE;
    for (let step = 0; step < c.steps; step++) {
      given.forEach((data, i) => void session.write(gradients[i]!, data.slice(step * p0[i]!.n, (step + 1) * p0[i]!.n)));
      session.run();
      for (const [i, ref] of (c.expected as TensorRef[]).entries()) {
        const got = await session.read(parameters[i]!);
        worst = worse(worst, compare(`${ref.name} after step ${step}`, got, expected[i]!.subarray(step * got.length, (step + 1) * got.length), ref.tol!));
      }
    }
    return { worst, strict: worst };
  } finally {
    session.destroy();
  }
}

/** The clipped gradient is what plain SGD at rate 1 takes away from parameters of 0. */
export async function runClip(stage: Stage, c: Case, tensors: Tensors): Promise<Verdict> {
  const refs: TensorRef[] = c.grads;
  const unknown = Object.keys(c.attrs).find((key) => key !== 'value' && key !== 'note');
  if (unknown) throw new Skip(`${c.op} with ${unknown}`);
  const clip = c.op === 'clip_value' ? { value: c.attrs.value } : { norm: c.attrs.value };
  const { session, parameters, gradients } = await updateSession(stage, refs, sgd({ learningRate: 1 }), clip);
  try {
    refs.forEach((ref, i) => void session.write(gradients[i]!, tensors.f32(ref)));
    session.run();
    let worst = compareNumber('total norm', await session.runWord('norm'), c.totalNorm, c.totalNormTol);
    for (const [i, ref] of (c.expected as TensorRef[]).entries()) {
      const got = (await session.read(parameters[i]!)).map((w) => -w);
      worst = worse(worst, compare(ref.name, got, tensors.f32(ref), ref.tol!));
    }
    return { worst, strict: worst };
  } finally {
    session.destroy();
  }
}

/** The kind is in the last part of the id, as `exponential0.95` or `warmup5_cosine50`. */
// biome-ignore lint/suspicious/noExplicitAny: attributes of any schedule
function scheduleOf(kind: string, a: any, steps: number): schedules.Schedule {
  const cosine = (): schedules.Schedule => {
    const turn = a.tMax ?? a.cosineSteps;
    if (turn === undefined) throw new Skip('attributes of a cosine schedule');
    return schedules.cosine({ tMax: turn, etaMin: a.etaMin ?? 0 });
  };
  if (kind.startsWith('warmup')) {
    if (a.warmupSteps === undefined) throw new Skip('attributes of a warm-up schedule');
    const ramp = { steps: a.warmupSteps, startFactor: a.startFactor ?? 0, endFactor: a.endFactor ?? 1 };
    return schedules.warmup(kind.includes('cosine') ? { ...ramp, then: cosine() } : ramp);
  }
  if (kind.startsWith('constant')) return schedules.constant();
  if (kind.startsWith('multistep')) return schedules.multiStep({ milestones: a.milestones, gamma: a.gamma });
  if (kind.startsWith('step')) return schedules.stepDecay({ stepSize: a.stepSize, gamma: a.gamma });
  if (kind.startsWith('exponential')) return schedules.exponential({ gamma: a.gamma });
  if (kind.startsWith('cosine_restarts')) return schedules.cosineRestarts({ t0: a.t0, tMult: a.tMult, etaMin: a.etaMin });
  if (kind.startsWith('cosine')) {
    if (steps > a.tMax + 1) throw new Skip('a cosine schedule that rises again after its end');
    return cosine();
  }
  if (kind.startsWith('poly')) return schedules.polynomial({ totalIters: a.totalSteps, power: a.power });
  if (kind.startsWith('inverse_sqrt_warmup')) {
    const warm = /min\(\(t\+1\)\/(\d+), *sqrt\(\1\/\(t\+1\)\)\)/.exec(a.formula);
    if (!warm) throw new Skip(`the schedule ${a.formula}`);
    return schedules.inverseSqrt({ warmup: Number(warm[1]) });
  }
  throw new Skip(`schedule ${kind.replace(/[\d.]+$/, '')}`);
}

export function runSchedule(c: Case): Verdict {
  if (c.momentum) throw new Skip('a schedule of the momentum');
  const schedule = scheduleOf(c.id.split('/').at(-1)!, c.attrs, c.lr.length);
  // As the table of rates on the GPU has them.
  const got = c.lr.map((_: number, step: number) => Math.fround(c.attrs.baseLr * schedule.at(step, c.attrs.baseLr)));
  const worst = compare('rate', got, c.lr, c.tol);
  return { worst, strict: worst };
}
