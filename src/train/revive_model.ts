// Live models without a trainer when the device is lost: their weights are written again on another one, from a copy in memory that is taken when they first
// answer. Loaded when a model answers.
import { DeviceError } from '../errors.ts';
import { Readback } from '../gpu/readback.ts';
import type { AnyModel } from '../nn/model.ts';
import type { LiveModel } from './live_model.ts';
import { isReplaced, MOST_BYTES } from './own_copies.ts';
import { Weights } from './parameters.ts';
import { ARENAS } from './retained.ts';
import { makeAnew, mostOf, revive } from './survive.ts';
import type { Trainer } from './trainer.ts';

/** How weights are set again to what they were after so many changes. */
export interface Origin {
  readonly changes: number;
  /** Undefined until the copy has arrived. */
  again?: (weights: Weights) => void;
}

/** Where the values of weights come from. */
export const originOf = new WeakMap<Weights, Origin>();

/** Copies a model's weights to memory, unless there is a copy, or a trainer that has one. Nothing waits for it. */
function keep({ weights, device, trainers, made, destroyed }: LiveModel<AnyModel>): void {
  const { changes } = weights;
  if (destroyed || trainers.size > 0 || weights.lent || weights.bytes > MOST_BYTES || !isReplaced(device) || originOf.get(weights)?.changes === changes) return;
  const origin: Origin = { changes };
  originOf.set(weights, origin);
  // Of its own, as it is needed once.
  const readback = new Readback(device);
  const copying = { bytes: weights.bytes, destroy: (): void => readback.destroy() };
  made.add(copying);
  const arenas = ARENAS.map((name) => {
    const buffer = weights.buffer(name)!;
    return readback.read([{ buffer, offset: 0, size: buffer.size }]);
  });
  Promise.all(arenas)
    .then((words) => {
      origin.again = (other) => ARENAS.forEach((name, i) => other.write(name, new Float32Array(words[i]!)));
    })
    .catch(() => originOf.delete(weights))
    .finally(() => {
      made.delete(copying);
      readback.destroy();
    });
}

/** Models that are going on another device. */
const moving = new WeakMap<object, Promise<void>>();

/** The answer that was asked for first, or another, on another device, where its own is lost meanwhile. Rejects with DeviceError where it cannot go on. */
export async function answerOf<Result>(model: LiveModel<AnyModel>, ask: () => Promise<Result>, first: Promise<Result>): Promise<Result> {
  let asked = first;
  for (let left = mostOf(model.device); ; left--) {
    try {
      const result = await asked;
      keep(model);
      return result;
    } catch (error) {
      if (model.destroyed || !model.device.failure || left === 0) throw error;
    }
    const [trainer] = model.trainers;
    if (trainer) await revive(trainer as Trainer<AnyModel>);
    else {
      const known = moving.get(model) ?? move(model).finally(() => moving.delete(model));
      moving.set(model, known);
      await known;
    }
    asked = ask();
  }
}

async function move(model: LiveModel<AnyModel>): Promise<void> {
  const { weights: before, device: lost, shares } = model;
  const { engine, failure } = lost;
  if (!failure) return;
  if (lost.destroyed || !engine || !isReplaced(lost)) throw failure;
  const refuse = (why: string): never => {
    throw new DeviceError('lost', `${lost.fate}: ${why}`, { cause: failure });
  };
  if (shares.length > 0 || before.lent) refuse('this model shares weights: make it and the others anew, and load their files');
  const origin = originOf.get(before);
  const again = origin?.changes === before.changes ? origin.again : undefined;
  if (!again)
    return refuse('there is no copy of this model: its weights were set or trained just before, or are too large for one: make it anew and load its file');
  const weights = await makeAnew(engine, () =>
    engine.device.attempt(() => {
      const made = new Weights(engine.device, before.layout, before.bufferLayout);
      again(made);
      return made;
    }),
  );
  const { device, cache } = engine;
  for (const each of [before, ...model.made]) each.destroy();
  model.made.clear();
  weights.changes = before.changes;
  originOf.set(weights, origin!);
  Object.assign(model, { device, weights, inference: undefined, evaluating: undefined, parts: { ...model.parts, device, cache, weights } });
  if (model.destroyed) weights.destroy();
}
