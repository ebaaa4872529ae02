// Every method of an engine, a trainer, a live model, a program and a saved model with what makes no sense, in each of its arguments.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openModel, SavedModel } from '../../src/experiment/index.ts';
import {
  accuracy,
  compile,
  createEngine,
  dataset,
  dense,
  Engine,
  Graph,
  LiveModel,
  mse,
  type Program,
  save,
  sequential,
  sgd,
  softmaxCrossEntropy,
  Trainer,
} from '../../src/index.ts';
import { neg } from '../../src/ops/public.ts';
import { faultsOf } from '../support/wrong.ts';

const data = dataset({
  x: [
    [1, 2],
    [3, 4],
  ],
  y: [0, 1],
  classes: 2,
});
const net = sequential([dense(2)]);
const common = { model: net, loss: softmaxCrossEntropy(), optimizer: sgd({ learningRate: 0.01 }) };
const rows = [
  [1, 2],
  [3, 4],
];

let engine: Engine;
let trainer: Trainer;
let fed: Trainer;
let live: LiveModel;
let program: Program;
let saved: SavedModel;
const graph = new Graph();
const x = graph.input('x', [2, 2]);

beforeAll(async () => {
  engine = await createEngine();
  trainer = await engine.createTrainer({ ...common, data: { train: data, validation: data } });
  fed = await engine.createTrainer({ ...common, features: 2 });
  live = await engine.createModel(net, { features: 2 });
  program = await compile(engine, graph, { outputs: [neg(x)] });
  saved = await openModel(engine, await save(trainer));
});
afterAll(() => engine.destroy());

const options = { ...common, data: { train: data } };
/** Right arguments of the methods that have some. */
const METHODS: Readonly<Record<string, readonly [object: () => object, right: Readonly<Record<string, readonly unknown[]>>]>> = {
  Engine: [() => engine, { createTrainer: [options], createModel: [net, { features: 2 }] }],
  Trainer: [
    () => trainer,
    {
      step: [1],
      run: [{ steps: 1 }],
      fit: [{ steps: 1 }],
      setLearningRate: [0.01],
      evaluate: [data, {}],
      predict: [rows],
      setParameters: [new Map()],
      trainOnBatch: [{}],
      enqueueStep: [{}],
    },
  ],
  LiveModel: [() => live, { evaluate: [data, mse(), {}], predict: [rows], setParameters: [new Map()] }],
  SavedModel: [
    () => saved,
    {
      predict: [rows, {}],
      evaluate: [data],
      outputs: [rows],
      predictCsv: ['a,b\n1,2\n'],
      evaluateCsv: ['a,b,c\n1,2,0\n'],
      predictRows: [{ source: 'generator', name: 'moons' }],
      evaluateRows: [{ source: 'generator', name: 'moons' }],
      evaluateParts: [() => ''],
    },
  ],
};

/** What takes nothing, ends the object, or is @internal. */
const LEFT_OUT = [
  'constructor',
  'destroy',
  'alive',
  'make',
  'on',
  'evaluators',
  'stepsOf',
  'requireIdle',
  'requireUnstreamed',
  'pause',
  'resume',
  'stop',
  'loss',
  'parameters',
  'gradients',
  'revive',
];

test.each(Object.entries({ Engine, Trainer, LiveModel, SavedModel }))('all methods of %s are here', (name, { prototype }) => {
  const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([key, { value }]) => (typeof value === 'function' ? [key] : []));
  expect(methods.filter((key) => !LEFT_OUT.includes(key) && !(key in METHODS[name]![1]))).toEqual([]);
});

test.each(Object.entries(METHODS))('%s', async (name, [object, methods]) => {
  const faults: string[] = [];
  for (const [method, right] of Object.entries(methods)) {
    const f = (object() as Record<string, (...given: unknown[]) => unknown>)[method]!;
    faults.push(...(await faultsOf(`${name}.${method}`, (...given) => f.apply(object(), given), right)));
  }
  expect(faults).toEqual([]);
});

test('batches that are given, and programs', async () => {
  const batch = { x: rows, y: [0, 1] };
  const calls: readonly (readonly [string, (given: object) => unknown])[] = [
    ['trainOnBatch', (given) => fed.trainOnBatch(given as never)],
    ['enqueueStep: batch', (given) => fed.enqueueStep({ batch: given as never })],
  ];
  for (const [name, call] of calls) {
    expect(await faultsOf(name, (given) => call(given as never), [batch])).toEqual([]);
    for (const key of ['x', 'y']) expect(await faultsOf(`${name}: ${key}`, (given) => call({ ...batch, [key]: given }), [rows])).toEqual([]);
  }
  expect(await faultsOf('enqueueStep: readback', (given) => fed.enqueueStep({ readback: given as true }), [true])).toEqual([]);
  expect(await faultsOf('write', (...given) => program.write(...(given as [typeof x, number[]])), [x, rows])).toEqual([]);
  expect(await faultsOf('read', (given) => program.read(given as typeof x), [x])).toEqual([]);
  expect(await faultsOf('run', (given) => program.run(given as number), [1])).toEqual([]);
  expect(await faultsOf('setParameters', (given) => program.setParameters(given as never), [new Map()])).toEqual([]);
});

test('metrics that are none', async () => {
  const list: unknown[] = new Array(1);
  const odd = { 'a hole': list, 'a hole in a list': [accuracy(), ...list].slice(0, 1).concat(list), 'a list in it': [[accuracy()]], 'no metric': [{}] };
  const named = { 'a symbol for a name': [{ ...accuracy(), name: Symbol('x') }], 'by output': { y: list } };
  for (const [said, metrics] of Object.entries({ ...odd, ...named })) {
    const wrong = 'metrics: expected metrics, [accuracy()], or lists of them by output';
    await expect(trainer.evaluate(data, { metrics } as never), said).rejects.toThrow(wrong);
    await expect(live.evaluate(data, softmaxCrossEntropy(), { metrics } as never), said).rejects.toThrow(wrong);
    await expect(engine.createTrainer({ ...options, metrics } as never), said).rejects.toThrow(wrong);
  }
  expect((await trainer.evaluate(data, { metrics: [accuracy()] })).metrics).toHaveProperty('accuracy');
});

test('a schedule that answers with no number', async () => {
  for (const answer of [null, undefined, '1', true, Symbol('x'), 1n, {}, Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    const optimizer = sgd({ learningRate: 0.1, schedule: { at: () => answer } as never });
    const odd = await engine.createTrainer({ ...options, optimizer });
    await expect(odd.step(), String(answer)).rejects.toThrow('learningRate of step 1: expected a finite number of at least 0, got');
    odd.destroy();
  }
  const half = await engine.createTrainer({ ...options, optimizer: sgd({ learningRate: 0.1, schedule: { at: () => 0.5 } }) });
  expect((await half.step(1))[0]!.learningRate).toBeCloseTo(0.05, 6);
  half.destroy();
});

test('each option by itself', async () => {
  const trainerOptions = { ...options, share: [], freeze: [], batchSize: 2, seed: 0, shuffle: true, clip: { norm: 1 }, onNonFinite: 'stop', probes: {} };
  for (const [key, value] of Object.entries(trainerOptions))
    expect(
      await faultsOf(`createTrainer: ${key}`, async (given) => (await engine.createTrainer({ ...trainerOptions, [key]: given } as never)).destroy(), [value]),
    ).toEqual([]);
  for (const key of ['train', 'validation', 'stream'])
    expect(
      await faultsOf(`data.${key}`, async (given) => (await engine.createTrainer({ ...options, data: { train: data, [key]: given } } as never)).destroy(), [
        data,
      ]),
    ).toEqual([]);
  for (const key of ['every', 'tensors', 'layers', 'histograms', 'norms', 'activity'])
    expect(
      await faultsOf(`probes.${key}`, async (given) => (await engine.createTrainer({ ...options, probes: { [key]: given } } as never)).destroy(), [1]),
    ).toEqual([]);
  for (const key of ['validateEvery', 'stepsPerSubmit', 'earlyStopping', 'signal', 'onSteps', 'onValidation', 'onProgress'])
    expect(await faultsOf(`fit: ${key}`, (given) => trainer.fit({ steps: 1, [key]: given } as never), [1])).toEqual([]);
  const events = async (given: object): Promise<void> => {
    for await (const _ of trainer.run({ steps: 1, ...given })) break;
  };
  for (const key of ['epochs', 'steps', 'validateEvery', 'stepsPerSubmit', 'earlyStopping', 'signal'])
    expect(await faultsOf(`run: ${key}`, (given) => events({ [key]: given }), [1])).toEqual([]);
  expect(() => trainer.run({ steps: 1, epochs: 1 })).toThrow('run: give epochs or steps, not both');
  expect(() => trainer.run({ onSteps: () => {} } as never)).toThrow('run: unknown option onSteps');
  expect(() => fed.run()).toThrow('run: this trainer has no data set: give `data`');
  await expect(engine.createTrainer({ ...options, batchsize: 3 } as never)).rejects.toThrow(
    'createTrainer: unknown option batchsize; did you mean "batchSize"?',
  );
  await expect(trainer.fit({ step: 3 } as never)).rejects.toThrow('fit: unknown option step; did you mean "steps"?');
  await expect(engine.createModel(net, { feature: 2 } as never)).rejects.toThrow('createModel: unknown option feature; did you mean "features"?');
  await expect(createEngine({ powerPreferences: 'low-power' } as never)).rejects.toThrow(
    'createEngine: unknown option powerPreferences; did you mean "powerPreference"?',
  );
});
