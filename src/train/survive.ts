// When the device is lost: another one, everything anew on it, back to the last state that is known, and on. Loaded when it happens.
import { DeviceError } from '../errors.ts';
import { Device } from '../gpu/device.ts';
import { PipelineCache } from '../gpu/pipelines.ts';
import type { History } from '../inspect/history.ts';
import type { AnyModel } from '../nn/model.ts';
import { assemble } from './assemble.ts';
import { Ending } from './ending.ts';
import { goTo } from './go_to.ts';
import { LiveModel } from './live_model.ts';
import type { LoopOptions, RecoveredEvent } from './loop.ts';
import { type Copy, changesOf, isFresh, isReplaced, OwnCopies, requireSame } from './own_copies.ts';
import { react } from './reaction.ts';
import type { Trainer } from './trainer.ts';
import { writeState } from './whole_state.ts';

/** Milliseconds in which there must be another device, unless the engine has a limit of its own. */
const TIMEOUT = 60_000;
/** Between two requests, at first and at most. */
const PAUSE_MS = [50, 1000] as const;
/** Losses without a finished step between them that are survived. */
const MOST = 3;

/** What is of interest of an engine here. */
type Engine = NonNullable<Device['engine']>;

/** Engines whose next device is being waited for. */
const renewing = new WeakMap<Engine, Promise<void>>();

/** Another device for an engine that lost its own. Rejects with DeviceError where it was destroyed, where it came from outside, or where none comes in time. */
function renew(engine: Engine): Promise<void> {
  if (!engine.device.failure) return Promise.resolve();
  const known = renewing.get(engine);
  if (known) return known;
  const renewed = replace(engine).finally(() => renewing.delete(engine));
  renewing.set(engine, renewed);
  return renewed;
}

async function replace(engine: Engine): Promise<void> {
  const lost = engine.device;
  const { options, source, failure, fate } = lost;
  if (lost.destroyed || !isReplaced(lost)) throw failure;
  const until = performance.now() + (options.timeout ?? TIMEOUT);
  for (let pause: number = PAUSE_MS[0]; ; pause = Math.min(2 * pause, PAUSE_MS[1])) {
    try {
      const device = await Device.create({ ...options, gpu: source!, timeout: Math.max(1, until - performance.now()) });
      if (lost.destroyed) device.destroy();
      device.check();
      device.options = options;
      device.engine = engine;
      engine.device = device;
      engine.cache = new PipelineCache(device);
      return;
    } catch (cause) {
      if (lost.destroyed) throw new DeviceError('lost', 'this engine was destroyed: create a new engine', { cause });
      if (options.signal?.aborted || performance.now() + pause > until) throw new DeviceError('lost', `${fate}: none came in its place`, { cause });
    }
    // The browser may have to start its GPU process again.
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Makes something on another device, where the engine lost its own while it was made. */
export async function makeAnew<Made>(engine: Engine, make: () => Promise<Made>): Promise<Made> {
  for (let left = mostOf(engine.device); ; left--) {
    await renew(engine);
    try {
      return await make();
    } catch (error) {
      if (!engine.device.failure || left === 1) throw error;
    }
  }
}

/** How many losses are survived. */
export const mostOf = ({ options }: Device): number => (options.recovery || undefined)?.max ?? MOST;

/** Recoveries of a trainer since the last finished step, and where it went on. */
const recoveries = new WeakMap<object, { count: number; to: number }>();

/**
 * Goes on with a run on another device, from the last state that is known of it, but no earlier one than its beginning: steps after that are discarded and
 * taken again. Rejects with DeviceError where that cannot be.
 */
export async function survive(trainer: Trainer<AnyModel>, { earlyStopping: rule }: LoopOptions, ending: Ending, begun: number): Promise<RecoveredEvent> {
  const { current, history, loop, device: lost, learningRates } = trainer;
  const { numbers, loss } = history.steps;
  const from = numbers.at(-1) ?? begun;
  const before = recoveries.get(trainer) ?? { count: 0, to: 0 };
  const known = { count: from > before.to ? 0 : before.count, to: before.to };
  recoveries.set(trainer, known);
  const pastOf = (column: Float64Array): Map<number, number> => new Map(Array.from(numbers, (step, i) => [step, column[i]!]));
  const [losses, rates] = [pastOf(loss), new Map(Array.from(numbers, (step, i) => [step - 1, history.steps.learningRate[i]!]))];
  ending.halted = false;
  await onAnother(trainer, known, rates, ending, async (base, same) => {
    const step = base?.step ?? 0;
    if (step < begun && rule)
      throw new DeviceError('lost', `${lost.fate}: the best parameters of early stopping were lost: load the last checkpoint`, {
        cause: lost.failure,
      });
    if (step < begun) await takeAgain(trainer, begun, losses, same);
    else rule?.resume(trainer.store, trainer.loop.runner.device, base?.stopping);
    goTo(trainer, current.submitted, current.key);
    loop.copies!.again(current.submitted, same ? losses : undefined);
  });
  known.to = current.submitted;
  const { device } = trainer;
  const recovery = {
    from,
    to: current.submitted,
    learningRate: learningRates.past?.get(current.submitted) ?? learningRates.at(current.submitted),
    device: { lost: lost.fate, adapter: device.adapter.description, equal: isEqual(lost, device) },
  };
  history.recoveries = [...(history.recoveries ?? []), recovery];
  return { type: 'recovered', ...recovery };
}

/** Trainers that are going on another device between two calls. */
const reviving = new WeakMap<object, Promise<void>>();

/** Brings a trainer that takes no steps to where it was, on another device. Rejects with DeviceError where that cannot be. */
export function revive(trainer: Trainer<AnyModel>): Promise<void> {
  if (trainer.busy) return Promise.reject(trainer.device.failure);
  const known = reviving.get(trainer);
  if (known) return known;
  const { current, history } = trainer;
  const to = current.submitted;
  const { numbers, loss, learningRate } = history.steps;
  const losses = new Map(Array.from(numbers, (step, i) => [step, loss[i]!]));
  const rates = new Map(Array.from(numbers, (step, i) => [step - 1, learningRate[i]!]));
  const revived = onAnother(trainer, { count: 0 }, rates, undefined, (_, same) => takeAgain(trainer, to, losses, same)).finally(() => reviving.delete(trainer));
  reviving.set(trainer, revived);
  return revived;
}

/**
 * Everything of a trainer on another device, and what `goOn` does there, once more where that is lost as well. `known` counts the attempts. `rates`: those that
 * steps had.
 */
async function onAnother(
  trainer: Trainer<AnyModel>,
  known: { count: number },
  rates: ReadonlyMap<number, number>,
  ending: Ending | undefined,
  goOn: (base: Copy | undefined, same: boolean) => Promise<void>,
): Promise<void> {
  const { device: lost, loop, current } = trainer;
  const { engine } = lost;
  const failure = lost.failure!;
  if (lost.destroyed || !engine || !isReplaced(lost)) throw failure;
  await Promise.allSettled([...loop.pending]);
  const base = baseOf(trainer);
  for (;;) {
    if (++known.count > mostOf(lost))
      throw new DeviceError('lost', `${lost.fate}: ${known.count - 1} times without a finished step in between: is the driver at fault?`, {
        cause: failure,
      });
    try {
      const renewed = renew(engine).then(() => true);
      if (!(await (ending ? ending.wait(renewed) : renewed))) throw failure;
      const { device } = engine;
      await rebuild(trainer, engine, base, rates);
      await goOn(base, isEqual(lost, device));
      device.check();
      trainer.device = trainer.model.device = device;
      current.failure = undefined;
      return;
    } catch (error) {
      // A loss while it recovers is one more.
      if (!engine.device.failure || engine.device.destroyed || error === failure) throw error;
    }
  }
}

const isEqual = (one: Device, other: Device): boolean =>
  JSON.stringify([one.adapter, one.capabilities]) === JSON.stringify([other.adapter, other.capabilities]);

/** The last state that is known: a copy, or undefined for the beginning. Throws a DeviceError where there is none. */
function baseOf(trainer: Trainer<AnyModel>): Copy | undefined {
  const { options, model, loop, device } = trainer;
  const refuse = (why: string): never => {
    throw new DeviceError('lost', `${device.fate}: ${why}`, { cause: device.failure });
  };
  if (!options.data) refuse('batches that were given one by one cannot be had again');
  if (options.share || model.shares.length > 0 || model.trainers.size > 1) refuse('this trainer shares weights, and goes on nowhere without the others');
  const changes = changesOf(trainer);
  const { last } = loop.copies ?? {};
  if (last?.changes === changes) return last;
  if (!isFresh(trainer)) refuse('its state was set just before, and had not been copied yet');
  return undefined;
}

/** The parts of a trainer on the engine's device, with the state of the copy, or of the beginning. */
async function rebuild(trainer: Trainer<AnyModel>, engine: Engine, base: Copy | undefined, rates: ReadonlyMap<number, number>): Promise<void> {
  const { device, cache } = engine;
  const { device: lost, options, current, model, loop, learningRates } = trainer;
  const { live } = learningRates;
  const parts = await assemble<AnyModel>(device, cache, { ...options, model: model.description }, current);
  const fresh = parts.model;
  const owned = parts.owned.filter((each) => each !== fresh);
  if (!model.trainers.has(trainer)) {
    // Destroyed meanwhile.
    for (const each of [parts.runner, parts.store, parts.data, ...parts.owned]) each.destroy();
    trainer.alive();
  }
  for (const each of [loop.runner, trainer.store, trainer.parts.data, ...trainer.parts.owned, model.weights, ...model.made])
    if (each !== (model as unknown)) each.destroy();
  model.made.clear();
  Object.assign(model, { weights: fresh.weights, parts: fresh.parts, inference: undefined, evaluating: undefined });
  const { store, runner, stream } = parts;
  Object.assign(trainer, { cache, store, parts: { ...parts, model, owned: options.model instanceof LiveModel ? owned : [...owned, model] } });
  loop.pending.clear();
  loop.log.probes = parts.graph.probes;
  Object.assign(loop, { runner, store, stream, snapshots: undefined });
  if (loop.copies) loop.copies.prepare();
  else loop.copies = new OwnCopies(trainer);
  learningRates.store = store;
  learningRates.past = rates;
  learningRates.reacted = base?.reacted;
  current.goTo(base?.step ?? 0, current.key);
  learningRates.restore(current.submitted, live);
  runner.reserve(loop.log.mostBytes);
  if (!base) return;
  trainer.device = model.device = device;
  await writeState(trainer, base).finally(() => {
    trainer.device = model.device = lost;
  });
  base.changes = changesOf(trainer);
}

/** Takes steps again, up to number `to`, of which nobody is told. Rejects with DeviceError where their losses are others than before. */
async function takeAgain(trainer: Trainer<AnyModel>, to: number, losses: ReadonlyMap<number, number>, same: boolean): Promise<void> {
  const { loop, history, current } = trainer;
  const { device } = loop.runner;
  const untold = { steps: { push: () => undefined } } as unknown as History;
  const ending = new Ending();
  const forget = device.onLoss(ending.halt);
  const { last } = current;
  current.last = undefined;
  loop.copies!.asleep = true;
  try {
    const validations = history.validations.filter(({ step }) => step > current.submitted && step <= to);
    for (const validation of [...validations, undefined]) {
      for await (const event of loop.groups(untold, validation?.step ?? to, ending, { steps: to }))
        if (event.type === 'steps' && same) for (const { step, loss } of event.records) requireSame(losses, step, loss);
      device.check();
      if (ending.now) return;
      if (validation) react(trainer, validation);
    }
    trainer.learningRates.past = undefined;
  } finally {
    forget();
    current.last = last;
    loop.copies!.asleep = false;
  }
}
