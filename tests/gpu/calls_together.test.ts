// A call while another one is under way: what was asked first is answered as it was then, to the bit, or refused where all goes.
import { afterAll, describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { createEngine } from '../../src/engine.ts';
import { FathomError } from '../../src/errors.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { Random } from '../../src/random.ts';
import { averageOf, averageWeights } from '../../src/train/average.ts';
import { type EarlyStopping, earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, restore, save } from '../../src/train/files.ts';
import type { ParameterGroup } from '../../src/train/groups.ts';
import { adam } from '../../src/train/optimizers.ts';
import type { HostTensor } from '../../src/train/parameters.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { Trainer } from '../../src/train/trainer.ts';
import { slowDevice } from '../support/slow_device.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const random = new Random(7);
const rows = (count: number) =>
  dataset({ x: Array.from({ length: count }, () => Array.from({ length: 3 }, () => random.normal())), y: Array.from({ length: count }, (_, i) => i % 2) });
const data = { train: rows(16), validation: rows(8) };
const first: ParameterGroup[] = [{ match: 'dense_1', frozen: true }];
const last: ParameterGroup[] = [{ match: 'dense_2', frozen: true }];

/** A trainer after six steps, with gradients, an average, and a rule that has kept the best weights. The third layer's weights come at another place where the first is frozen. */
async function trained(): Promise<{ trainer: Trainer; rule: EarlyStopping; file: Uint8Array }> {
  const trainer = await engine.createTrainer({
    model: sequential([dense(5), batchNorm(), activation('relu'), dense(4), activation('relu'), dense(2)]),
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: 0.05 }),
    average: averageWeights({ decay: 0.9 }),
    data,
    batchSize: 8,
    seed: 3,
    groups: last,
  });
  const rule = earlyStopping({ patience: 9 });
  const file = await checkpoint(trainer);
  await trainer.fit({ steps: 6, validateEvery: 2, earlyStopping: rule });
  return { trainer, rule, file };
}

const bits = (tensors: ReadonlyMap<string, HostTensor>): string => JSON.stringify([...tensors].map(([path, { shape, data }]) => [path, shape, data.join()]));
const bytes = (file: Uint8Array): string => file.join();

/** What is asked, as text that is equal where all bits are. */
const asked: Record<string, (of: { trainer: Trainer; rule: EarlyStopping }) => Promise<string>> = {
  gradients: async ({ trainer }) => bits(await trainer.gradients()),
  loss: async ({ trainer }) => String(await trainer.loss()),
  parameters: async ({ trainer }) => bits(await trainer.parameters()),
  'parameters of the model': async ({ trainer }) => bits(await trainer.model.parameters()),
  checkpoint: async ({ trainer }) => bytes(await checkpoint(trainer)),
  'checkpoint with a rule': async ({ trainer, rule }) => bytes(await checkpoint(trainer, undefined, rule)),
  'state of the rule': async ({ rule }) => {
    const { waited, best, tensors } = (await rule.state())!;
    return JSON.stringify([waited, best, bits(tensors)]);
  },
  save: async ({ trainer }) => bytes(await save(trainer)),
};

/** What is done meanwhile. */
const meanwhile: Record<string, (of: { trainer: Trainer; rule: EarlyStopping; file: Uint8Array }) => unknown> = {
  'freezes others': ({ trainer }) => setGroups(trainer, first),
  'freezes nothing': ({ trainer }) => setGroups(trainer, []),
  'freezes others, and others again': ({ trainer }) => Promise.all([setGroups(trainer, first), setGroups(trainer, last), setGroups(trainer, [])]),
  'changes a factor': ({ trainer }) => setGroups(trainer, [...last, { match: 'dense_1', learningRateFactor: 0.5 }]),
  'takes steps': ({ trainer }) => trainer.step(3),
  'takes steps with others frozen': ({ trainer }) => setGroups(trainer, first).then(() => trainer.step(3)),
  'enqueues a step': ({ trainer }) => trainer.enqueueStep(),
  'sets parameters': ({ trainer }) => trainer.setParameters(new Map([['dense_1/weight', { data: new Float32Array(15).fill(9) }]])),
  'sets the rate': ({ trainer }) => trainer.setLearningRate(0.5),
  restores: ({ trainer, rule, file }) => restore(trainer, file, rule),
  'puts the best back': ({ trainer, rule }) => rule.restore(trainer.history),
  predicts: ({ trainer }) => trainer.predict(data.train),
  evaluates: ({ trainer }) => trainer.evaluate(data.validation),
  'takes the average': async ({ trainer }) => (await averageOf(trainer)).destroy(),
  'goes on': ({ trainer, rule }) => trainer.fit({ steps: 4, validateEvery: 2, earlyStopping: rule }),
};

/** A turn of the event loop later; timers wait for milliseconds. */
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });

/** Of what is under way. */
const answersOf = (of: { trainer: Trainer; rule: EarlyStopping }): Promise<string>[] => Object.values(asked).map((ask) => ask(of));

describe.each([false, true])('on a device whose work goes in parts: %s', (slow) => {
  test.each(Object.entries(meanwhile))('%s while all is asked: answers are those of the call', async (_, change) => {
    const of = await trained();
    const expected: string[] = [];
    for (const ask of Object.values(asked)) expected.push(await ask(of));
    const usual = slow ? slowDevice(engine.device.work) : undefined;
    const long = slow ? of.trainer.predict(data.train) : undefined;
    const answers = answersOf(of);
    // Each is waited for by itself: one that fails would leave the others unhandled.
    const changed = Promise.resolve(change(of));
    const settled = await Promise.allSettled(answers);
    await changed;
    await long;
    usual?.();
    const names = Object.keys(asked);
    expect(Object.fromEntries(settled.map((each, i) => [names[i], each.status === 'fulfilled' ? each.value === expected[i] : each.reason]))).toEqual(
      Object.fromEntries(names.map((name) => [name, true])),
    );
    of.trainer.destroy();
  });
});

test.each(Object.entries(meanwhile).filter(([name]) => name === 'freezes others' || name === 'freezes nothing'))(
  '%s: whatever is asked at whatever moment has the bits of before or after',
  async (_, change) => {
    const of = await trained();
    /** What each answers between two calls; the gradients of no step are refused. */
    const state = async (): Promise<string[]> => {
      const answers: string[] = [];
      for (const ask of Object.values(asked)) answers.push(await ask(of).catch(String));
      return answers;
    };
    const before = await state();
    let over = false;
    const changed = Promise.resolve(change(of)).finally(() => {
      over = true;
    });
    const answers: Promise<string>[][] = [];
    while (!over) {
      answers.push(Object.values(asked).map((ask) => ask(of).catch(String)));
      await nextTurn();
    }
    await changed;
    const after = await state();
    expect(answers.length).toBeGreaterThan(3);
    const wrong = Object.keys(asked).map(async (name, i) => {
      const given = await Promise.all(answers.map((each) => each[i]!));
      return [name, given.filter((answer) => answer !== before[i] && answer !== after[i]).map((answer) => answer.slice(0, 120))];
    });
    expect(Object.fromEntries(await Promise.all(wrong))).toEqual(Object.fromEntries(Object.keys(asked).map((name) => [name, []])));
    of.trainer.destroy();
  },
);

test.each(['trainer', 'model'] as const)('the %s is destroyed while all is asked: typed errors, and nothing stays', async (whose) => {
  const of = await trained();
  const answers = [...answersOf(of), averageOf(of.trainer).then(({ destroyed }) => String(destroyed))];
  if (whose === 'model') of.trainer.model.destroy();
  else of.trainer.destroy();
  for (const settled of await Promise.allSettled(answers)) if (settled.status === 'rejected') expect(settled.reason).toBeInstanceOf(FathomError);
});
