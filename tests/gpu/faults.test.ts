// What goes wrong outside of the engine: a platform that refuses, says nothing or has no memory, calls that come at a bad time, waits that others could end.
import { afterEach, describe, expect, test } from 'vitest';
import { compile } from '../../src/compile.ts';
import { dataset } from '../../src/data/dataset.ts';
import type { BatchSource } from '../../src/data/source.ts';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError, DeviceError, FathomError, UsageError } from '../../src/errors.ts';
import { openModel } from '../../src/experiment/saved_model.ts';
import type { EngineOptions } from '../../src/gpu/request.ts';
import { Graph } from '../../src/graph/graph.ts';
import { readDocument } from '../../src/io/checkpoint.ts';
import { activation, batchNorm, dense } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import * as ops from '../../src/ops/public.ts';
import { earlyStopping } from '../../src/train/early_stopping.ts';
import { checkpoint, load, restore, save } from '../../src/train/files.ts';
import { keepCheckpoints } from '../../src/train/keep_checkpoints.ts';
import { adam } from '../../src/train/optimizers.ts';
import { setGroups } from '../../src/train/set_groups.ts';
import type { TrainerOptions } from '../../src/train/trainer.ts';
import { blobs } from '../support/models.ts';
import { ALL, oneIn } from '../support/quick.ts';
import { slowDevice } from '../support/slow_device.ts';

const engines: Engine[] = [];
async function engineOf(options?: EngineOptions): Promise<Engine> {
  const engine = await createEngine(options);
  engines.push(engine);
  return engine;
}
afterEach(() => {
  for (const engine of engines.splice(0)) engine.destroy();
});

const options: TrainerOptions = {
  model: sequential([dense(8), batchNorm(), activation('tanh'), dense(3)]),
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.01 }),
  data: { train: blobs(50), validation: blobs(20, 5, 3, 2) },
  batchSize: 16,
  // Each device compiles its pipelines anew.
  probes: null,
};
/** An error, or what came instead. */
const caught = (work: Promise<unknown>): Promise<unknown> => work.then((value) => value).catch((error: unknown) => error);
const soon = <Result>(work: Promise<Result>): Promise<Result | 'still waiting'> =>
  Promise.race([work, new Promise<'still waiting'>((resolve) => setTimeout(() => resolve('still waiting'), 30_000))]);

describe('asking for a device', () => {
  const refusal = new DOMException('the GPU process was ended', 'OperationError');
  const adapterThat = (requestDevice: () => unknown): GPU =>
    ({ requestAdapter: async () => ({ limits: {}, features: new Set(), info: {}, requestDevice }) }) as unknown as GPU;

  test.each<[string, GPU]>([
    ['no adapter', { requestAdapter: () => Promise.reject(refusal) } as unknown as GPU],
    [
      'an adapter that throws',
      {
        requestAdapter: () => {
          throw refusal;
        },
      } as unknown as GPU,
    ],
    ['no device', adapterThat(() => Promise.reject(refusal))],
    ['a device that is none', adapterThat(async () => ({}))],
  ])('%s', async (_what, gpu) => {
    const error = (await caught(createEngine({ gpu }))) as DeviceError;
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.reason).toBe('failed');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('without an answer ends in time, or by a signal, and a late device is given back', async () => {
    let answer: (device: unknown) => void = () => undefined;
    const silent = adapterThat(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    expect(await caught(createEngine({ gpu: silent, timeout: 20 }))).toMatchObject({ name: 'DeviceError', reason: 'timeout' });
    let destroyed = false;
    answer({
      destroy: () => {
        destroyed = true;
      },
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(destroyed).toBe(true);
    const stop = new AbortController();
    const waiting = caught(createEngine({ gpu: { requestAdapter: () => new Promise(() => undefined) } as unknown as GPU, signal: stop.signal }));
    stop.abort('enough');
    expect(await waiting).toMatchObject({ name: 'DeviceError', reason: 'aborted', cause: 'enough' });
    expect(await caught(createEngine({ gpu: silent, signal: AbortSignal.abort() }))).toMatchObject({ reason: 'aborted' });
    const engine = await engineOf({ timeout: Number.POSITIVE_INFINITY, signal: new AbortController().signal });
    expect(engine.adapter.description).not.toBe('');
  });

  test.each<[object, string]>([
    [{ device: {} }, 'createEngine: device: expected a GPUDevice'],
    [{ gpu: 5 }, 'createEngine: gpu: expected what `navigator.gpu` is'],
    [{ timeout: -1 }, 'createEngine: timeout: expected a number above 0, or Infinity'],
    [{ signal: true }, 'createEngine: signal: expected the signal of an AbortController'],
  ])('with options that are none: %o', async (given, message) => {
    await expect(createEngine(given as EngineOptions)).rejects.toThrow(message);
    await expect(createEngine(given as EngineOptions)).rejects.toBeInstanceOf(UsageError);
  });
});

/** A device whose buffers and scopes are counted, and whose memory ends where a test wants it: a call that throws, or one that the device refuses later. */
class Watched {
  readonly live = new Set<GPUBuffer>();
  scopes = 0;
  made = 0;
  failAt = 0;
  /** Bytes that there are. */
  most = Number.POSITIVE_INFINITY;
  how: 'throws' | 'refused' = 'throws';
  #refused = false;

  constructor({ gpu }: Engine) {
    const [make, push, pop] = [gpu.createBuffer.bind(gpu), gpu.pushErrorScope.bind(gpu), gpu.popErrorScope.bind(gpu)];
    const open: GPUErrorFilter[] = [];
    gpu.createBuffer = (wanted) => {
      if (++this.made === this.failAt || this.bytes + wanted.size > this.most) {
        if (this.how === 'throws') throw new RangeError('createBuffer failed, size is too large');
        this.#refused = true;
      }
      const buffer = make(wanted);
      const free = buffer.destroy.bind(buffer);
      this.live.add(buffer);
      buffer.destroy = () => {
        this.live.delete(buffer);
        return free();
      };
      return buffer;
    };
    gpu.pushErrorScope = (filter) => {
      this.scopes++;
      open.push(filter);
      push(filter);
    };
    gpu.popErrorScope = async () => {
      this.scopes--;
      const refused = open.pop() === 'out-of-memory' && this.#refused;
      if (refused) this.#refused = false;
      const error = await pop();
      return refused ? ({ message: 'played' } as GPUOutOfMemoryError) : error;
    };
  }

  get bytes(): number {
    return [...this.live].reduce((sum, { size }) => sum + size, 0);
  }

  begin(failAt: number, how: Watched['how']): void {
    Object.assign(this, { failAt, how, made: 0 });
  }
}

test('data larger than any buffer of the device, and a model larger than any, are refused by bytes before anything is made', async () => {
  const engine = await engineOf();
  const watched = new Watched(engine);
  const most = engine.device.capabilities.maxBufferBytes;
  // As on a device of a quarter of a megabyte.
  Object.assign(engine.device, { capabilities: { ...engine.device.capabilities, maxBufferBytes: 2 ** 18 } });
  const large = { ...options, model: sequential([dense(20_000), activation('tanh'), dense(3)]) };
  expect(await caught(engine.createTrainer(large))).toMatchObject({
    reason: 'limit',
    message: expect.stringMatching(/needs \d+ bytes, but this device allows 262144/),
  });
  expect([watched.live.size, watched.scopes]).toEqual([0, 0]);
  Object.assign(engine.device, { capabilities: { ...engine.device.capabilities, maxBufferBytes: most } });
  const trainer = await engine.createTrainer(options);
  expect(await trainer.step(2)).toHaveLength(2);
});

/** Every buffer of a creation fails in turn in `npm run test:all`, every fifth in `npm test`: each time all is planned anew. */
const EVERY = ALL ? 1 : 5;

describe.each(ALL ? (['throws', 'refused'] as const) : (['refused'] as const))('an allocation: the device %s', (how) => {
  const stays = 'of what was there before';
  const works: [string, (engine: Engine) => Promise<{ destroy(): void }>][] = [
    ['a trainer', (engine) => engine.createTrainer(options)],
    ['a trainer that streams', (engine) => engine.createTrainer({ ...options, data: { ...options.data!, stream: true } })],
    ['a trainer that freezes', (engine) => engine.createTrainer({ ...options, freeze: ['dense_1'] })],
    ['a model', (engine) => engine.createModel(options.model as ReturnType<typeof sequential>, { features: 5 })],
    [
      'a program',
      (engine) => {
        const graph = new Graph();
        const x = graph.input('x', [4, 3]);
        return compile(engine, graph, { outputs: graph.apply(addOp, [x, x], {}) });
      },
    ],
  ];

  test.each(works)('%s: nothing is left, and the next is made', async (_what, make) => {
    const engine = await engineOf();
    const watched = new Watched(engine);
    watched.begin(0, how);
    (await make(engine)).destroy();
    const all = watched.made;
    expect(all).toBeGreaterThan(1);
    for (let failAt = 1; failAt <= all; failAt += EVERY) {
      watched.begin(failAt, how);
      expect(await caught(make(engine)), `buffer ${failAt}`).toMatchObject({ name: 'DeviceError', reason: 'out-of-memory' });
      expect([watched.live.size, watched.scopes], `buffer ${failAt}`).toEqual([0, 0]);
    }
    watched.begin(0, how);
    (await make(engine)).destroy();
    expect([watched.live.size, watched.scopes], stays).toEqual([0, 0]);
  });

  test('a model that is too large is refused and freed, and a smaller one trains on what is left', async () => {
    const engine = await engineOf({ recovery: false });
    const watched = new Watched(engine);
    watched.begin(0, how);
    const of = (units: number): TrainerOptions => ({ ...options, model: sequential([dense(units), activation('tanh'), dense(3)]) });
    const small = await engine.createTrainer(of(8));
    const [first] = await small.step(2);
    // Half as much again as it has taken.
    watched.most = 1.5 * watched.bytes;
    const before = watched.bytes;
    for (let time = 0; time < 2; time++) {
      expect(await caught(engine.createTrainer(of(4000)))).toMatchObject({
        name: 'DeviceError',
        reason: 'out-of-memory',
        message: expect.stringContaining('use a smaller batch'),
      });
      expect([watched.bytes, watched.scopes]).toEqual([before, 0]);
    }
    // What is there goes on, and so does another in the place of it.
    await small.step(2);
    small.destroy();
    expect(watched.live.size).toBe(0);
    const next = await engine.createTrainer(of(8));
    expect((await next.step(2))[0]).toEqual(first);
  });

  test('what a trainer does later: the same bits afterwards as of one that had memory', async () => {
    const whole = await (await engineOf()).createTrainer(options);
    await whole.fit({ steps: 6, validateEvery: 3, earlyStopping: earlyStopping({ patience: 5 }) });
    const expected = await whole.parameters();
    // Without memory for recovery's copies a run goes on without them: whether a buffer is theirs is a matter of time.
    const engine = await engineOf({ recovery: false });
    const watched = new Watched(engine);
    for (let failAt = 1; failAt <= 3; failAt++) {
      const trainer = await engine.createTrainer(options);
      for (const call of [
        () => trainer.predict(blobs(3).x),
        () => trainer.evaluate(blobs(3)),
        () => trainer.parameters(),
        () => checkpoint(trainer),
        // Makes more buffers than that: the groups stay as they were.
        () => setGroups(trainer, [{ match: 'dense_1', frozen: true }]),
        () => trainer.fit({ steps: 6, validateEvery: 3, earlyStopping: earlyStopping({ patience: 5 }) }),
      ]) {
        watched.begin(failAt, how);
        const got = await caught(call());
        if (watched.made >= failAt) expect(got, `buffer ${failAt} of ${call}`).toMatchObject({ reason: 'out-of-memory' });
        else expect(got).not.toBeInstanceOf(Error);
        expect(watched.scopes).toBe(0);
      }
      watched.begin(0, how);
      trainer.destroy();
      expect(watched.live.size).toBe(0);
    }
    const trainer = await engine.createTrainer(options);
    await trainer.fit({ steps: 6, validateEvery: 3, earlyStopping: earlyStopping({ patience: 5 }) });
    expect(await trainer.parameters()).toEqual(expected);
  });
});

describe('errors of others on the device', () => {
  const event = (name: string): Event => {
    const error = new (name === 'GPUOutOfMemoryError' ? class GPUOutOfMemoryError extends Error {} : class GPUValidationError extends Error {})('played');
    return Object.assign(new Event('uncapturederror'), { error });
  };

  test("are not the trainer's; a lack of memory ends what is being made, and nothing else", async () => {
    const engine = await engineOf();
    const trainer = await engine.createTrainer(options);
    const going = trainer.step(5);
    engine.gpu.dispatchEvent(event('GPUValidationError'));
    engine.gpu.dispatchEvent(event('GPUOutOfMemoryError'));
    // One for real: a buffer of no usage that is written.
    engine.gpu.queue.writeBuffer(engine.gpu.createBuffer({ size: 16, usage: GPUBufferUsage.STORAGE }), 0, new Uint8Array(16));
    expect(await going).toHaveLength(5);
    const creating = caught(engine.createTrainer(options));
    engine.gpu.dispatchEvent(event('GPUOutOfMemoryError'));
    expect(await creating).toMatchObject({ reason: 'out-of-memory' });
    const next = await engine.createTrainer(options);
    await next.step(5);
    expect(await next.parameters()).toEqual(await trainer.parameters());
  });
});

test('a submit that throws in a step like those before is an error of ours, and the trainer goes on', async () => {
  const engine = await engineOf({ recovery: false });
  const trainer = await engine.createTrainer(options);
  await trainer.step(2);
  const { queue } = engine.gpu;
  const submit = queue.submit.bind(queue);
  queue.submit = () => {
    queue.submit = submit;
    throw new RangeError('no memory');
  };
  expect(await caught(trainer.step(2))).toMatchObject({ name: 'DeviceError', reason: 'out-of-memory' });
  expect(await trainer.step(2)).toHaveLength(2);
});

describe('a call at a bad time', () => {
  test('enqueueStep during step is refused, and the history has no hole', async () => {
    const trainer = await (await engineOf()).createTrainer(options);
    const going = trainer.step(10);
    for (const call of [() => trainer.enqueueStep(), () => trainer.enqueueStep({ readback: false })])
      expect(call).toThrow('already running: await it, or stop() it');
    await going;
    expect([...trainer.history.steps.numbers]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect((await trainer.enqueueStep())!.step).toBe(11);
    trainer.enqueueStep({ readback: false });
    expect((await trainer.step())[0]!.step).toBe(13);
  });

  test('stop at once takes one step at most, also of a run whose speed is known', async () => {
    const trainer = await (await engineOf()).createTrainer({ ...options, probes: null });
    for (const begin of [() => trainer.fit({ steps: 5000 }), () => trainer.step(5000)])
      for (let i = 0; i < 2; i++) {
        const before = trainer.steps;
        const going = begin();
        trainer.stop();
        await going;
        expect(trainer.steps - before).toBeLessThanOrEqual(1);
        await trainer.step(30);
      }
    const before = trainer.steps;
    await trainer.fit({ steps: 5 });
    expect(trainer.steps).toBe(before + 5);
  });
});

const ends: [string, (engine: Engine, trainer: Awaited<ReturnType<Engine['createTrainer']>>, stop: AbortController) => void][] = [
  ['a signal', (_engine, _trainer, stop) => stop.abort()],
  ['stop', (_engine, trainer) => trainer.stop()],
  ['destroy', (_engine, trainer) => trainer.destroy()],
  ['the end of the engine', (engine) => engine.destroy()],
  ['the loss of the device', (engine) => engine.gpu.destroy()],
];
const endless = (): Promise<never> => new Promise(() => undefined);

describe('every wait of a run is ended by', () => {
  const source: BatchSource = { rows: 50, features: 5, targetSize: 1, read: endless };

  test.each(oneIn(2, ends))('%s', async (name, end) => {
    const waits: [string, Partial<TrainerOptions>, { pause?: boolean; onValidation?: () => unknown }][] = [
      ['pause', {}, { pause: true }],
      ['a source', { data: { train: source } }, {}],
      ['onValidation', {}, { onValidation: endless }],
    ];
    // Otherwise a run that lost its device goes on waiting on another.
    const recovery = { recovery: false } as const;
    let engine = await engineOf(recovery);
    for (const [what, more, { pause, onValidation }] of waits) {
      if (what !== 'pause' && /engine|device/.test(name)) engine = await engineOf(recovery);
      const trainer = await engine.createTrainer({ ...options, ...more });
      if (pause) trainer.pause();
      const stop = new AbortController();
      let waiting = !onValidation;
      const going = caught(
        trainer.fit({
          steps: 20,
          validateEvery: 2,
          signal: stop.signal,
          ...(onValidation
            ? {
                onValidation: () => {
                  waiting = true;
                  return onValidation();
                },
              }
            : {}),
        }),
      );
      while (!waiting) await new Promise((resolve) => setTimeout(resolve, 5));
      end(engine, trainer, stop);
      const got = await soon(going);
      expect(got, what).not.toBe('still waiting');
      if (name === 'a signal' || name === 'stop') {
        expect(got).toBe(trainer.history);
        // The trainer can go on.
        trainer.resume();
        if (what !== 'a source') expect((await trainer.step())[0]!.step).toBe(trainer.steps);
      } else expect(got).toBeInstanceOf(name === 'destroy' ? UsageError : DeviceError);
    }
  });
});

// Ten seconds each where the run is only stopped.
test.each(ends.filter(([name]) => ALL || name === 'destroy'))('a writer of checkpoints that never ends is waited for no longer after %s', async (name, end) => {
  const engine = await engineOf({ recovery: false });
  const trainer = await engine.createTrainer(options);
  const stop = new AbortController();
  let writes = (): void => undefined;
  const writing = new Promise<void>((resolve) => {
    writes = resolve;
  });
  const write = (): Promise<never> => {
    writes();
    return endless();
  };
  const going = caught(trainer.fit({ steps: 20, validateEvery: 2, signal: stop.signal, checkpoints: keepCheckpoints({ every: 2, write }) }));
  await writing;
  end(engine, trainer, stop);
  const got = await soon(going);
  expect(got).toBeInstanceOf(/engine|device/.test(name) ? DeviceError : UsageError);
  expect((got as Error).message).toMatch(/signal|stop/.test(name) ? /had not ended 10 s after the run was stopped/ : /destroyed/);
});

describe('a step that would take too long in one submit', () => {
  const large: TrainerOptions = { ...options, model: sequential([dense(40), batchNorm(), activation('relu'), dense(40), activation('relu'), dense(3)]) };

  test('goes in parts, one after the other, and all else in the order of the calls, to the same bits', async () => {
    const run = async (parts: boolean): Promise<{ left: unknown; submits: number; most: number }> => {
      const engine = await engineOf();
      const trainer = await engine.createTrainer(large);
      let [submits, running, most] = [0, 0, 0];
      if (parts) {
        slowDevice(engine.device.work);
        const { queue } = engine.gpu;
        const [submit, encoder] = [queue.submit.bind(queue), engine.gpu.createCommandEncoder.bind(engine.gpu)];
        let computes = false;
        engine.gpu.createCommandEncoder = () => {
          const made = encoder();
          const begin = made.beginComputePass.bind(made);
          made.beginComputePass = () => {
            computes = true;
            return begin();
          };
          return made;
        };
        queue.submit = (lists) => {
          submit(lists);
          if (!computes) return;
          computes = false;
          submits++;
          most = Math.max(most, ++running);
          queue.onSubmittedWorkDone().then(() => running--);
        };
      }
      const going = trainer.step(3);
      // While the first step is on its way.
      const file = checkpoint(trainer);
      const answers = trainer.predict(blobs(9, 5, 3, 4).x);
      trainer.setLearningRate(0.02);
      const records = await going;
      const validated = await trainer.fit({ steps: 2, validateEvery: 2, earlyStopping: earlyStopping({ patience: 3 }) });
      restore(trainer, await file);
      const again = await trainer.step(2);
      expect(await answers).toHaveLength(27);
      const left = [records, validated.validations, again, [...(await trainer.parameters())]];
      return { left, submits, most };
    };
    const [whole, parted] = [await run(false), await run(true)];
    expect(parted.left).toEqual(whole.left);
    expect(parted.submits).toBeGreaterThan(40);
    expect(parted.most).toBe(1);
  });

  test('a program that runs thousands of times goes in parts on a slow device: each dispatch takes its time, however little it computes', async () => {
    const engine = await engineOf();
    const graph = new Graph();
    const x = graph.input('x', [1, 4]);
    const y = ops.add(x, 1);
    const program = await compile(engine, graph, { outputs: [y], carry: [{ from: y, to: x }] });
    // As slow as one that takes a fifth of a second for ten dispatches.
    for (let i = 0; i < 12; i++) engine.device.work.measured(5e8, 1e7);
    let submits = 0;
    const { queue } = engine.gpu;
    const submit = queue.submit.bind(queue);
    queue.submit = (lists) => {
      submits++;
      submit(lists);
    };
    program.run(200);
    expect([...(await program.read(y))[0]!]).toEqual([200, 200, 200, 200]);
    expect(submits).toBeGreaterThan(3);
  });

  test('is known before the first step has run, by the products in it', async () => {
    const engine = await engineOf();
    const train = dataset({ x: new Float32Array(64 * 1024).fill(0.5), shape: [1024], y: Array.from({ length: 64 }, (_, i) => i % 3), classes: 3 });
    const trainer = await engine.createTrainer({ ...options, model: sequential([dense(512), dense(3)]), data: { train }, batchSize: 64, probes: null });
    const products = trainer.plan.dispatches.reduce((sum, { kernel, work = 0 }) => sum + (kernel === 'update' ? 0 : work), 0);
    // Forwards, and the gradients of the weights; the input needs none.
    expect(products / (64 * 1024 * 512)).toBeGreaterThan(2);
    expect(products / (64 * 1024 * 512)).toBeLessThan(2.2);
    expect(engine.device.work.exceeds(products)).toBe(false);
    expect(engine.device.work.exceeds(100 * products)).toBe(true);
  });
});

test('what no step has left is refused, not zeros', async () => {
  const engine = await engineOf();
  const trainer = await engine.createTrainer(options);
  const none = { name: 'UsageError', message: 'no step was taken: take one first' };
  await expect(trainer.loss()).rejects.toMatchObject(none);
  await expect(trainer.gradients()).rejects.toMatchObject(none);
  await trainer.step();
  expect((await trainer.gradients()).size).toBe(6);
  const other = await engine.createTrainer(options);
  restore(other, await checkpoint(trainer));
  // The loss is in the file, the gradients are not.
  expect(await other.loss()).toBe(await trainer.loss());
  await expect(other.gradients()).rejects.toMatchObject(none);
  // Another plan, with other buffers.
  await setGroups(trainer, [{ match: 'dense_1', frozen: true }]);
  await expect(trainer.gradients()).rejects.toMatchObject(none);
  await trainer.step();
  expect((await trainer.gradients()).size).toBeGreaterThan(0);
  trainer.destroy();
  for (const call of [() => trainer.pause(), () => trainer.setLearningRate(1)]) expect(call).toThrow('this trainer was destroyed');
  // What ends something does no harm twice.
  trainer.stop();
  trainer.resume();
  trainer.destroy();
});

test('files and documents count as they were passed', async () => {
  const engine = await engineOf();
  const trainer = await engine.createTrainer(options);
  const rows = new Float32Array(10).fill(0.5);
  const expected = await trainer.predict(rows);
  const note = { by: 'me' };
  const files = [save(trainer, note), checkpoint(trainer, note)];
  note.by = 'somebody else';
  for (const file of await Promise.all(files)) {
    expect(readDocument(file)).toEqual({ by: 'me' });
    const opening = openModel(engine, file);
    file.fill(0);
    expect(await (await opening).predict(rows)).toEqual(expected);
  }
  // Its numbers have gone to a worker.
  const sent = new Float32Array(10);
  structuredClone(sent, { transfer: [sent.buffer] });
  for (const call of [async () => dataset({ x: sent, y: [0, 1] }), () => trainer.predict(sent)]) await expect(call()).rejects.toBeInstanceOf(DataError);
});

test('a file that is refused changes nothing: neither weights, nor the run', async () => {
  const engine = await engineOf();
  const [trainer, twin] = [await engine.createTrainer(options), await engine.createTrainer(options)];
  await trainer.step(2);
  await twin.step(2);
  const files = [await checkpoint(trainer), await save(trainer)];
  const header = new DataView(files[0]!.buffer).getUint32(0, true);
  let refused = 0;
  for (const file of files)
    for (let case_ = 0; case_ < 60; case_++) {
      // Bytes of the header, half of them in the text of the run; and cuts.
      const damaged = case_ % 4 === 0 ? file.slice(0, Math.floor((file.length * case_) / 60)) : file.slice();
      if (case_ % 4 > 0) damaged[8 + ((case_ * 7919) % header)]! ^= 1 << (case_ % 7);
      for (const read of [restore, load])
        try {
          read(trainer, damaged);
          // What was right of it is taken back.
          restore(trainer, files[0]!);
        } catch (error) {
          expect(error).toBeInstanceOf(FathomError);
          refused++;
        }
    }
  expect(refused).toBeGreaterThan(150);
  const [[record], [expected]] = [await trainer.step(), await twin.step()];
  expect(record).toEqual(expected);
  expect(await trainer.parameters()).toEqual(await twin.parameters());
});

test('what watches a run is not shared with another at the same time', async () => {
  const engine = await engineOf();
  const [one, other] = [await engine.createTrainer(options), await engine.createTrainer(options)];
  const shared = [{ earlyStopping: earlyStopping({ patience: 2 }) }, { checkpoints: keepCheckpoints({ every: 2 }) }];
  for (const watching of shared) {
    const running = one.fit({ epochs: 3, ...watching });
    await expect(other.fit({ epochs: 1, ...watching })).rejects.toThrow('another run is using');
    await running;
    // After one another they may have it.
    await other.fit({ epochs: 1, ...watching });
    await one.fit({ epochs: 1, ...watching });
  }
});
