// The loop as a program has it: what `run` tells, how it ends, what is in flight meanwhile, and when a change holds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExperimentDocument } from '../../demo/document.ts';
import { LiveRun } from '../../demo/engine/live_run.ts';
import type { FromWorker } from '../../demo/protocol.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { fitOptions, trainerOptions } from '../../src/experiment/build.ts';
import { loadData } from '../../src/experiment/data.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { readModel } from '../../src/io/checkpoint.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import type { RunEvent } from '../../src/train/loop.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { Trainer, TrainerOptions, TrainOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const [train, validation] = [blobs(40), blobs(30, 5, 3, 6)];
const options: TrainerOptions = {
  model: sequential([dense(6), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  data: { train, validation },
  batchSize: 16,
  probes: { every: 5 },
};

/** A trainer for one test. */
async function withTrainer(body: (trainer: Trainer) => Promise<unknown>, more: Partial<TrainerOptions> = {}): Promise<void> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  try {
    await body(trainer);
  } finally {
    trainer.destroy();
  }
}

/** Nothing is left: the trainer takes steps, none is in flight, and the history has all that were taken. */
async function expectUsable(trainer: Trainer): Promise<void> {
  expect([trainer.busy, trainer.loop.pending.size, trainer.history.steps.length]).toEqual([false, 0, trainer.steps]);
  const before = trainer.steps;
  expect((await trainer.step(2)).map(({ step }) => step)).toEqual([before + 1, before + 2]);
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const short = (event: RunEvent): unknown => {
  if (event.type === 'steps') return event.records.map(({ step }) => step);
  return event.type === 'validation' ? `validation ${event.record.step}` : event.type === 'end' ? event.status : event.type;
};

async function all(trainer: Trainer, given: TrainOptions): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of trainer.run(given)) events.push(event);
  return events;
}

describe('what is told', () => {
  test('groups, validations and the end, in their order; records, checks and history are those of fit', () =>
    withTrainer(async (trainer) => {
      const events = await all(trainer, { steps: 8, validateEvery: 3, stepsPerSubmit: 2 });
      expect(events.map(short)).toEqual([[1, 2], [3], 'validation 3', [4, 5], [6], 'validation 6', [7], [8], 'validation 8', 'finished']);
      const { history } = trainer;
      expect(events.at(-1)).toMatchObject({ type: 'end', history });
      const [check] = events.filter((event) => event.type === 'validation');
      expect(check!.record).toBe(history.validations[0]);
      expect(check!.evaluation).toEqual({ loss: check!.record.validationLoss, accuracy: check!.record.validationAccuracy, confusion: expect.any(Array) });
      await withTrainer(async (other) => expect(await other.fit({ steps: 8, validateEvery: 3 })).toEqual(history));
    }));

  test('the last steps of another run, and of one that went on, have the same bits', () =>
    withTrainer(async (trainer) => {
      await all(trainer, { epochs: 2 });
      await all(trainer, { steps: 3 });
      await withTrainer(async (other) => {
        await all(other, { steps: 9, stepsPerSubmit: 1 });
        expect(other.steps).toBe(trainer.steps);
        expect(await other.parameters()).toEqual(await trainer.parameters());
      });
    }));

  test('a run without end goes on until it is ended', () =>
    withTrainer(async (trainer) => {
      let last = 0;
      for await (const event of trainer.run({ stepsPerSubmit: 7 })) {
        if (event.type === 'steps') last = event.records.at(-1)!.step;
        if (last > 60) trainer.stop();
        if (event.type === 'end') expect(event.status).toBe('stopped');
      }
      expect(last).toBe(trainer.steps);
      await expectUsable(trainer);
    }));

  test('early stopping ends it, and the best is back', () =>
    withTrainer(async (trainer) => {
      const rule = earlyStopping({ patience: 2, minDelta: 10 });
      const events = await all(trainer, { validateEvery: 2, earlyStopping: rule });
      expect(events.slice(-2).map(short)).toEqual(['validation 6', 'early_stopping']);
      expect((await trainer.evaluate(validation)).loss).toBe(rule.best!.validationLoss);
      expect(rule.best!.step).toBe(2);
    }));

  test('a step that is not finite ends it', () =>
    withTrainer(
      async (trainer) => {
        const events = await all(trainer, { steps: 20, stepsPerSubmit: 3 });
        expect(events.slice(-2).map(short)).toEqual([[trainer.history.nonFinite!.step], 'non_finite']);
        expect(trainer.steps).toBe(4);
      },
      { data: { train }, optimizer: sgd({ learningRate: 1, schedule: { at: (step) => (step === 2 ? 1e38 : 0.1) } }) },
    ));
});

describe('how it ends', () => {
  test('break: after what is in flight', () =>
    withTrainer(
      async (trainer) => {
        const told: unknown[] = [];
        for await (const event of trainer.run({ stepsPerSubmit: 4 })) {
          told.push(short(event));
          if (told.length === 2) break;
        }
        expect(told).toEqual([
          [1, 2, 3, 4],
          [5, 6, 7, 8],
        ]);
        // The first group is measured alone; behind the second there was one.
        expect(trainer.steps).toBe(12);
        await expectUsable(trainer);
      },
      { data: { train } },
    ));

  test('break, where what is in flight turns non-finite: the history says so', () =>
    withTrainer(
      async (trainer) => {
        await trainer.step(3);
        for await (const event of trainer.run({ stepsPerSubmit: 2 })) if (event.type === 'steps' && event.records.at(-1)!.step < trainer.steps) break;
        expect(trainer.history.nonFinite?.step).toBe(7);
        expect([trainer.busy, trainer.steps]).toEqual([false, 7]);
        await expect(trainer.step()).rejects.toThrow('this run turned non-finite at step 7');
      },
      { data: { train }, optimizer: sgd({ learningRate: 1, schedule: { at: (step) => (step === 5 ? 1e38 : 0.1) } }) },
    ));

  test('a throw in the body', () =>
    withTrainer(async (trainer) => {
      const body = async (): Promise<void> => {
        for await (const { type } of trainer.run({ validateEvery: 5 })) if (type === 'validation') throw new Error('mine');
      };
      await expect(body()).rejects.toThrow('mine');
      expect(trainer.steps).toBe(5);
      await expectUsable(trainer);
    }));

  test('a signal, also one that is aborted before', () =>
    withTrainer(async (trainer) => {
      const controller = new AbortController();
      const { signal } = controller;
      const events: RunEvent[] = [];
      for await (const event of trainer.run({ signal, stepsPerSubmit: 3 })) {
        events.push(event);
        if (trainer.steps > 6) controller.abort();
      }
      expect(short(events.at(-1)!)).toBe('aborted');
      // What was in flight when it was aborted is told of, too.
      expect(events.flatMap((event) => (event.type === 'steps' ? event.records : [])).length).toBe(trainer.steps);
      await expectUsable(trainer);
      const { length } = trainer.history.validations;
      expect((await all(trainer, { signal })).map(short)).toEqual(['aborted']);
      expect(trainer.history.validations).toHaveLength(length);
    }));

  test('what the body asks of the trainer meanwhile is refused; at the end it is not', () =>
    withTrainer(async (trainer) => {
      for await (const { type } of trainer.run({ steps: 2, stepsPerSubmit: 1 })) {
        if (type === 'steps') await expect(trainer.step()).rejects.toThrow('already running');
        if (type === 'end') expect(await trainer.step()).toHaveLength(1);
      }
      const again = trainer.run({ steps: 1 });
      const other = trainer.run({ steps: 1 });
      const first = again.next();
      await expect(other.next()).rejects.toThrow('already running');
      await first;
      await again.return();
      await expectUsable(trainer);
    }));

  test('destroyed in the body', async () => {
    const trainer = await engine.createTrainer(options);
    const body = async (): Promise<void> => {
      for await (const _ of trainer.run({ stepsPerSubmit: 2 })) trainer.destroy();
    };
    await expect(body()).rejects.toThrow('destroyed');
  });
});

describe('what the body holds back and changes', () => {
  test.each([
    [undefined, 2],
    [1, 1],
  ])('a slow body holds back the next group, and never more than two are in flight; steps per submit: %s', (stepsPerSubmit, most) =>
    withTrainer(
      async (trainer) => {
        let groups = 0;
        const { runner } = trainer.loop;
        const submit = runner.run.bind(runner);
        let flying = 0;
        let largest = 0;
        runner.run = (...given) => {
          groups++;
          largest = Math.max(largest, ++flying);
          const bytes = submit(...given);
          bytes.then(() => flying--);
          return bytes;
        };
        let told = 0;
        for await (const event of trainer.run(stepsPerSubmit ? { stepsPerSubmit } : {})) {
          if (event.type !== 'steps') continue;
          const before = groups;
          // The body has been told of all groups but those in flight: one at the most.
          expect(groups - ++told).toBeLessThanOrEqual(most - 1);
          await sleep(15);
          expect(groups).toBe(before);
          if (told === 6) break;
        }
        expect(largest).toBe(most);
        expect(flying).toBe(0);
      },
      { data: { train } },
    ),
  );

  test('the rate holds from the next submitted step, and the record shows it', () =>
    withTrainer(
      async (trainer) => {
        const rates: number[] = [];
        let from = 0;
        for await (const event of trainer.run({ steps: 20, stepsPerSubmit: 2 })) {
          if (event.type !== 'steps') continue;
          rates.push(...event.records.map(({ learningRate: rate }) => rate));
          if (from > 0 || event.records[0]!.step < 5) continue;
          from = trainer.steps;
          trainer.setLearningRate(0.25);
        }
        expect(from).toBeGreaterThanOrEqual(6);
        expect(from).toBeLessThanOrEqual(8);
        expect(rates).toEqual(Array.from({ length: 20 }, (_, step) => (step < from ? Math.fround(0.1) : 0.25)));
      },
      { data: { train } },
    ));

  test('with one step per submit, rate and frozen layers hold from the very next one', () =>
    withTrainer(
      async (trainer) => {
        const seen: { learningRate: number; update: number; frozen: boolean | undefined }[] = [];
        for await (const event of trainer.run({ steps: 4, stepsPerSubmit: 1 })) {
          if (event.type !== 'steps') continue;
          const [record] = event.records;
          const { frozen } = trainer.history.layers[0]!;
          seen.push({ learningRate: record!.learningRate, update: record!.layers![0]!.tensors.update?.l2 ?? 0, frozen });
          if (record!.step === 1) trainer.setLearningRate(0.5);
          if (record!.step === 2) await setGroups(trainer, [{ match: 'dense_1', frozen: true }]);
          if (record!.step === 3) await setGroups(trainer, []);
        }
        expect(seen.map(({ learningRate }) => learningRate)).toEqual([Math.fround(0.1), 0.5, 0.5, 0.5]);
        expect(seen.map(({ update }) => update > 0)).toEqual([true, true, false, true]);
        expect(seen.map(({ frozen }) => frozen === true)).toEqual([false, false, true, false]);
      },
      { data: { train }, probes: { tensors: ['update', 'weight'] } },
    ));

  test('paused in the body, it tells of what was in flight and waits', () =>
    withTrainer(
      async (trainer) => {
        for await (const { type } of trainer.run({ steps: 12, stepsPerSubmit: 2 })) {
          if (type !== 'steps' || trainer.steps < 6) continue;
          trainer.pause();
          setTimeout(() => trainer.resume(), 5);
        }
        expect(trainer.history.steps.length).toBe(12);
      },
      { data: { train } },
    ));
});

test('early stopping is the same in a program, a document and the page: the step, and the best weights', async () => {
  const document = parseExperiment({
    seed: 3,
    data: { source: 'generator', name: 'moons', params: { rows: 120, noise: 0.4 }, split: { validation: 0.5 } },
    model: {
      layers: [
        { type: 'dense', units: 16 },
        { type: 'activation', name: 'relu' },
        { type: 'dense', units: 2 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'adam', learningRate: 0.05 },
    training: { steps: 400, batchSize: 20, validateEvery: 7, earlyStopping: { patience: 4 } },
  });
  let file: Uint8Array | undefined;
  const { history, status: ended } = await runExperiment(engine, document, { save: (bytes) => (file = bytes) });
  expect(ended).toBe('early_stopping');
  const last = history.steps.at(-1)!.step;
  expect(last).toBeLessThan(400);
  const splits = await loadData(document);
  await withTrainer(
    async (trainer) => {
      const events = await all(trainer, fitOptions(document));
      expect(short(events.at(-1)!)).toBe('early_stopping');
      expect(trainer.steps).toBe(last);
      expect(readModel(file!, trainer.model.weights.shapes())).toEqual(await trainer.parameters());
    },
    trainerOptions(document, splits),
  );
  const posted: FromWorker[] = [];
  const page = await LiveRun.build(engine, {
    start: { type: 'start', run: 1, document: document as unknown as ExperimentDocument, playing: true },
    from: null,
    read: () => Promise.reject(new Error('no file')),
    post: (message) => posted.push(message),
  });
  try {
    let stopped = false;
    // In turns, as the page takes them: some end between two validations.
    while (!stopped && page.trainer.steps < 400) ({ stopped } = await page.advance(Math.min(3, page.untilValidation)));
    expect([stopped, page.trainer.steps]).toEqual([true, last]);
    expect(await page.trainer.parameters()).toEqual(readModel(file!, page.trainer.model.weights.shapes()));
    expect(posted.filter(({ type }) => type === 'validation')).toHaveLength(history.validations.length);
    expect(posted.flatMap((message) => (message.type === 'steps' ? [...message.loss] : []))).toEqual([...history.steps.loss]);
    // Whoever plays on gets as many checks again.
    expect(await page.advance(1)).toMatchObject({ stopped: false });
  } finally {
    page.destroy();
  }
});
