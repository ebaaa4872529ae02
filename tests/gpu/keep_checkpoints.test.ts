// Checkpoints that a run keeps by policy: the last ones, the best one; when they come, what is kept, and that one goes on from them.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { readDocument } from '../../src/io/checkpoint.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, restore } from '../../src/train/files.ts';
import { type CheckpointInfo, keepCheckpoints } from '../../src/train/keep_checkpoints.ts';
import type { RunEvent } from '../../src/train/loop.ts';
import { sgd } from '../../src/train/optimizers.ts';
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
  optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }),
  data: { train },
  batchSize: 16,
  probes: null,
};
const validated: Partial<TrainerOptions> = { data: { train, validation } };

async function withTrainer<Result>(more: Partial<TrainerOptions>, body: (trainer: Trainer) => Promise<Result>): Promise<Result> {
  const trainer = await engine.createTrainer({ ...options, ...more });
  try {
    return await body(trainer);
  } finally {
    trainer.destroy();
  }
}

async function all(trainer: Trainer, given: TrainOptions): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of trainer.run(given)) events.push(event);
  return events;
}

const told = (events: readonly RunEvent[]): unknown[] =>
  events.flatMap((event) =>
    event.type === 'checkpoint'
      ? [`${event.kind} ${event.step}`]
      : event.type === 'validation'
        ? [`validation ${event.record.step}`]
        : event.type === 'end'
          ? [event.status]
          : [],
  );

test('every so many steps and at the end; the last ones are kept, each goes on to the bits of the run', () =>
  withTrainer({}, async (trainer) => {
    const kept = keepCheckpoints({ every: 4, last: 2, document: { name: 'a' } });
    const seen: [step: number, pending: number, bytes: Uint8Array][] = [];
    for await (const event of trainer.run({ steps: 14, checkpoints: kept, stepsPerSubmit: 3 }))
      if (event.type === 'checkpoint') seen.push([event.step, trainer.loop.pending.size, event.bytes]);
    // Nothing else is in flight, and nothing of it changes the run.
    expect(seen.map(([step, pending]) => [step, pending])).toEqual([4, 8, 12, 14].map((step) => [step, 0]));
    expect(kept.last).toEqual([
      { kind: 'last', step: 12, bytes: seen[2]![2] },
      { kind: 'last', step: 14, bytes: seen[3]![2] },
    ]);
    expect(kept.best).toBeUndefined();
    expect(readDocument(kept.last[0]!.bytes!)).toEqual({ name: 'a' });
    await withTrainer({}, async (other) => {
      await other.fit({ steps: 14 });
      expect(await other.parameters()).toEqual(await trainer.parameters());
      restore(other, seen[1]![2]);
      const again = keepCheckpoints({ every: 4, document: { name: 'a' } });
      const events = await all(other, { steps: 6, checkpoints: again });
      expect(told(events)).toEqual(['last 12', 'last 14', 'finished']);
      expect(again.last).toEqual([kept.last[1]]);
    });
  }));

test('with validations they wait for the next; the best one is the lowest validation loss, and a run that goes on knows it', () =>
  withTrainer(validated, async (trainer) => {
    const kept = keepCheckpoints({ every: 4, best: true });
    const events = await all(trainer, { steps: 16, validateEvery: 3, checkpoints: kept });
    const { validations: checks } = trainer.history;
    let lowest = Number.POSITIVE_INFINITY;
    const expected = checks.flatMap(({ step, validationLoss }) => {
      const best = validationLoss < lowest;
      if (best) lowest = validationLoss;
      return [`validation ${step}`, ...([6, 9, 12, 16].includes(step) ? [`last ${step}`] : []), ...(best ? [`best ${step}`] : [])];
    });
    expect(told(events)).toEqual([...expected, 'finished']);
    expect(kept.best).toMatchObject({ kind: 'best', validationLoss: lowest });
    const { step } = kept.best!;
    await withTrainer(validated, async (other) => {
      restore(other, kept.best!.bytes!);
      expect(other.steps).toBe(step);
      expect((await other.evaluate(validation)).loss).toBeCloseTo(lowest, 6);
      // Far away from the best: nothing that comes is better.
      const again = keepCheckpoints({ every: 100, best: true });
      other.setLearningRate(50);
      expect(told(await all(other, { steps: 4, validateEvery: 1, checkpoints: again })).filter((each) => String(each).startsWith('best'))).toEqual([]);
      expect(again.best).toBeUndefined();
    });
  }));

test('who writes them is told of each, then of those that go; a throw ends the run, and it can be used again', () =>
  withTrainer(validated, async (trainer) => {
    const log: string[] = [];
    const say =
      (what: string) =>
      (...given: [...unknown[], CheckpointInfo]): void => {
        const { kind, step } = given.at(-1) as CheckpointInfo;
        log.push(`${what} ${kind} ${step}`);
      };
    const kept = keepCheckpoints({ every: 3, last: 2, best: true, write: say('write'), remove: say('remove') });
    await trainer.fit({ steps: 12, validateEvery: 3, checkpoints: kept });
    const last = log.filter((line) => line.includes('last'));
    expect(last).toEqual(['write last 3', 'write last 6', 'write last 9', 'remove last 3', 'write last 12', 'remove last 6']);
    const best = log.filter((line) => line.includes('best'));
    expect(best.filter((line) => line.startsWith('write')).length).toBe(best.filter((line) => line.startsWith('remove')).length + 1);
    expect(kept.last).toEqual([9, 12].map((step) => ({ kind: 'last', step, validationLoss: expect.any(Number) })));
    const full = keepCheckpoints({
      every: 1,
      write: () => {
        throw new Error('the disk is full');
      },
    });
    await expect(trainer.fit({ steps: 5, checkpoints: full })).rejects.toThrow('the disk is full');
    expect([trainer.busy, trainer.loop.pending.size]).toEqual([false, 0]);
    expect((await trainer.step()).length).toBe(1);
  }));

test('a run that is stopped leaves one of its last step, with what early stopping knows; one that turned non-finite leaves none', async () => {
  await withTrainer(validated, async (trainer) => {
    const [kept, rule, abort] = [keepCheckpoints({ every: 100 }), earlyStopping({ patience: 50 }), new AbortController()];
    const given = { validateEvery: 3, earlyStopping: rule };
    for await (const event of trainer.run({ ...given, checkpoints: kept, signal: abort.signal, stepsPerSubmit: 1 }))
      if (event.type === 'steps' && event.records[0]!.step === 8) abort.abort();
    expect(kept.last).toMatchObject([{ step: trainer.steps }]);
    expect(kept.last[0]!.bytes).toEqual(await checkpoint(trainer, undefined, rule));
    const next = earlyStopping({ patience: 50 });
    await withTrainer(validated, async (other) => {
      restore(other, kept.last[0]!.bytes!, next);
      expect(next.best).toEqual(rule.best);
    });
  });
  await withTrainer({ optimizer: sgd({ learningRate: 1e38 }) }, async (trainer) => {
    const kept = keepCheckpoints({ every: 100 });
    expect(told(await all(trainer, { steps: 20, checkpoints: kept }))).toEqual(['non_finite']);
    expect(kept.last).toEqual([]);
  });
});

test('where early stopping ends a run, its last checkpoint is of the last step, the weights are the best', () =>
  withTrainer(validated, async (trainer) => {
    const [kept, rule] = [keepCheckpoints({ every: 100, best: true }), earlyStopping({ patience: 1 })];
    trainer.setLearningRate(20);
    const events = await all(trainer, { steps: 60, validateEvery: 2, checkpoints: kept, earlyStopping: rule });
    expect(told(events).at(-1)).toBe('early_stopping');
    expect(kept.last[0]!.step).toBe(trainer.steps);
    expect(kept.best!.step).toBe(rule.best!.step);
    const now = await trainer.parameters();
    await withTrainer(validated, async (other) => {
      restore(other, kept.best!.bytes!);
      expect(await other.parameters()).toEqual(now);
    });
  }));

test('without a number of steps the clock says when: half a minute', () =>
  withTrainer({}, async (trainer) => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    const kept = keepCheckpoints();
    const events: RunEvent[] = [];
    try {
      for await (const event of trainer.run({ steps: 9, checkpoints: kept, stepsPerSubmit: 1 })) {
        events.push(event);
        if (event.type === 'steps') now += 10_001;
      }
    } finally {
      clock.mockRestore();
    }
    expect(told(events)).toEqual(['last 3', 'last 6', 'last 9', 'finished']);
  }));

test('the best needs a validation set, and options are checked', () =>
  withTrainer({}, async (trainer) => {
    await expect(trainer.fit({ steps: 1, checkpoints: keepCheckpoints({ best: true }) })).rejects.toThrow('fit: the best checkpoint needs a validation set');
    await expect(trainer.fit({ steps: 1, checkpoints: { every: 3 } as never })).rejects.toThrow('fit: checkpoints: expected keepCheckpoints({ every })');
    expect(() => keepCheckpoints({ last: 0 })).toThrow('keepCheckpoints: last: ');
  }));
