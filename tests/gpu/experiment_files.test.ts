// Experiments that leave files: checkpoints from which a run goes on to the same bits, models that are opened, evaluated and asked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import type { Experiment, GeneratorDocument } from '../../src/experiment/document.ts';
import { type RunOptions, type RunResult, runExperiment } from '../../src/experiment/run.ts';
import { documentOf } from '../../src/experiment/saved_file.ts';
import { SavedModel } from '../../src/experiment/saved_model.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const document = (change: Partial<Experiment> = {}): Experiment =>
  parseExperiment({
    seed: 4,
    data: { source: 'generator', name: 'moons', params: { rows: 200, noise: 0.2 }, split: { validation: 0.2, test: 0.1 }, standardise: true },
    model: {
      layers: [
        { type: 'dense', units: 12 },
        { type: 'batch_norm' },
        { type: 'activation', name: 'relu' },
        { type: 'dropout', rate: 0.2 },
        { type: 'dense', units: 2 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'adam', learningRate: 0.02 },
    training: { epochs: 12, batchSize: 16, accumulate: 2 },
    ...change,
  });
const withoutValidation = document({ data: { source: 'generator', name: 'xor', params: { rows: 150 } } });
const stopping = document({ training: { epochs: 200, batchSize: 16, validateEvery: 4, earlyStopping: { patience: 5 } } });

/** A run with every file that it leaves. */
async function run(experiment: Experiment, options: RunOptions = {}): Promise<{ result: RunResult; model: number[]; checkpoints: Map<number, Uint8Array> }> {
  const checkpoints = new Map<number, Uint8Array>();
  let model: number[] = [];
  const result = await runExperiment(engine, experiment, {
    checkpoint: { every: 6, last: 100, write: (file, { step }) => void checkpoints.set(step, file) },
    save: (file) => {
      model = [...file];
    },
    ...options,
  });
  return { result, model, checkpoints };
}
const scores = ({ train, validation, test: tested, history }: RunResult): unknown => [
  train,
  validation,
  tested,
  history.validations.at(-1),
  history.steps.at(-1),
];

describe('a run that goes on from a checkpoint', () => {
  test.each([
    ['with validation, accumulation, batch norm, dropout', document()],
    ['without validation', withoutValidation],
    ['with early stopping', stopping],
    ['streamed', document({ data: { ...document().data, stream: true } })],
  ])('%s', async (_name, experiment) => {
    const whole = await run(experiment);
    const steps = [...whole.checkpoints.keys()];
    expect(steps.length).toBeGreaterThan(2);
    const plain = await run(experiment, { checkpoint: undefined as never });
    expect(plain.model).toEqual(whole.model);
    for (const step of [steps[0]!, steps.at(-2)!]) {
      const again = await run(experiment, { resume: whole.checkpoints.get(step)! });
      expect(again.model).toEqual(whole.model);
      expect(scores(again.result)).toEqual(scores(whole.result));
      expect(again.result.status).toBe(whole.result.status);
      expect(again.result.start.from).toBe(step);
      expect(again.result.history.steps.at(0)!.step).toBe(step + 1);
      for (const [at, file] of again.checkpoints) expect([at, [...file]]).toEqual([at, [...whole.checkpoints.get(at)!]]);
    }
  });

  test('where it was stopped', async () => {
    for (const experiment of [withoutValidation, stopping]) {
      const expected = await run(experiment, { checkpoint: undefined as never });
      const abort = new AbortController();
      const first = await run(experiment, { signal: abort.signal, onSteps: (records) => records.at(-1)!.step >= 11 && abort.abort() });
      expect(first.result.status).toBe('aborted');
      const last = Math.max(...first.checkpoints.keys());
      expect(last).toBe(first.result.history.steps.at(-1)!.step);
      const second = await run(experiment, { resume: first.checkpoints.get(last)! });
      expect(second.model).toEqual(expected.model);
    }
  });

  test('not where it was stopped before its first step: that leaves no file', async () => {
    const { result, model, checkpoints } = await run(withoutValidation, { signal: AbortSignal.abort() });
    expect([result.status, result.history.steps.length, model, checkpoints.size]).toEqual(['aborted', 0, [], 0]);
  });

  test('for longer than it was meant to', async () => {
    const short = await run(document({ training: { steps: 20, batchSize: 16 } }));
    const long = document({ training: { steps: 40, batchSize: 16 } });
    expect([...short.checkpoints.keys()]).toContain(20);
    expect((await run(long, { resume: short.checkpoints.get(20)! })).model).toEqual((await run(long)).model);
    await expect(run(document({ training: { steps: 20, batchSize: 16 } }), { resume: short.checkpoints.get(20)! })).rejects.toThrow(
      'resume: the run is over, 20 of its 20 steps were taken: raise training.epochs or training.steps',
    );
  });

  test('is refused with another seed, other data, another network, another number of batches in a step', async () => {
    const { checkpoints } = await run(document());
    const resume = checkpoints.values().next().value!;
    const cases: [Experiment, RegExp][] = [
      [document({ seed: 5 }), /resume: the checkpoint is of a run with seed 4, the document has 5/],
      [withoutValidation, /resume: the checkpoint is of a run on other data than the document has/],
      [document({ model: { layers: [{ type: 'dense', units: 2 }] } }), /this model has/],
      [document({ training: { epochs: 12, batchSize: 16 } }), /checkpoint: it is of a run with 2 batches in a step, this trainer has 1/],
    ];
    for (const [experiment, message] of cases) await expect(run(experiment, { resume })).rejects.toThrow(message);
  });

  test('whatever the order of the document, and streamed or not', async () => {
    const whole = await run(document());
    const { source, ...rest } = document().data as GeneratorDocument;
    const turned = document({ data: { stream: true, ...rest, source } });
    expect((await run(turned, { resume: whole.checkpoints.values().next().value! })).result.train).toEqual(whole.result.train);
  });

  test('a file that cannot be written ends the run with what went wrong', async () => {
    const write = async (): Promise<never> => {
      throw new UsageError('the disk is full');
    };
    await expect(run(document(), { checkpoint: { every: 3, write } })).rejects.toThrow('the disk is full');
  });
});

test('a document with branches trains, and its model is opened again', async () => {
  const dense = (units: number): { type: 'dense'; units: number } => ({ type: 'dense', units });
  const relu = { type: 'activation', name: 'relu' } as const;
  const layers: Experiment['model']['layers'] = [
    { type: 'concat', branches: [[dense(6), relu], [dense(2)]] },
    { type: 'add', branches: [[dense(8), relu], [dense(8)]] },
    dense(2),
  ];
  const { result, model } = await run(document({ model: { layers } }));
  expect(result.history.layers.map(({ name }) => name)).toEqual([
    'concat_1/branch_1/dense_1',
    'concat_1/branch_2/dense_1',
    'add_1/branch_1/dense_1',
    'add_1/branch_2/dense_1',
    'dense_1',
  ]);
  expect(result.train.accuracy).toBeGreaterThan(0.75);
  const saved = await SavedModel.open(engine, Uint8Array.from(model));
  expect((await saved.evaluateParts())[0]!.evaluation).toEqual(result.train);
  saved.destroy();
});

test('a graph trains with its trunk and its branches, and its model is opened again', async () => {
  const dense = (units: number): { type: 'dense'; units: number } => ({ type: 'dense', units });
  const relu = { type: 'activation', name: 'relu' } as const;
  const graph = {
    nodes: {
      wide: { from: 'x', layers: [dense(8), relu] },
      long: { from: 'wide', layers: [dense(6), relu, dense(8)] },
      both: { from: ['wide', 'long'], join: 'add', layers: [relu] },
      out: { from: ['both', 'x'], join: 'concat', layers: [dense(2)] },
    },
    output: 'out',
  };
  const { result, model } = await run(document({ model: { graph } as never }));
  expect(result.history.layers.map(({ name, trunk }) => [name, trunk])).toEqual([
    ['graph_1/wide/dense_1', false],
    ['graph_1/long/dense_1', false],
    ['graph_1/long/dense_2', false],
    ['graph_1/out/dense_1', true],
  ]);
  expect(result.train.accuracy).toBeGreaterThan(0.75);
  const saved = await SavedModel.open(engine, Uint8Array.from(model));
  expect((await saved.evaluateParts())[0]!.evaluation).toEqual(result.train);
  saved.destroy();
});

test('epochs of accumulated steps are counted whole: 9 batches in twos are 4.5 steps', async () => {
  const { result } = await run(document({ training: { epochs: 3, batchSize: 16, accumulate: 2 } }));
  expect(result.history.steps).toHaveLength(14);
  expect(result.status).toBe('finished');
  expect(result.start.steps).toBe(14);
});

describe('a saved model', () => {
  async function withModel<Value>(file: Uint8Array, work: (model: SavedModel) => Promise<Value>): Promise<Value> {
    const model = await SavedModel.open(engine, file);
    try {
      return await work(model);
    } finally {
      model.destroy();
    }
  }
  const table = [
    ['a', 'b', 'kind'],
    ...Array.from({ length: 90 }, (_, i) => [String(i % 7), String(20 + (i % 3) * 2 + ((i * 5) % 11) / 20), ['no', 'yes', 'b, c'][i % 3]!]),
  ];
  const csv = (rows: string[][]): string => rows.map((cells) => cells.map((cell) => (cell.includes(',') ? `"${cell}"` : cell)).join(',')).join('\n');
  const flowers = document({
    data: { source: 'csv', text: csv(table), target: 'kind', standardise: true, split: { validation: 0.2 } },
    model: {
      layers: [
        { type: 'dense', units: 8 },
        { type: 'activation', name: 'tanh' },
        { type: 'dense', units: 3 },
      ],
    },
    training: { epochs: 30, batchSize: 8 },
  });

  test('scores its own data as at the end of its run, and a checkpoint is a model, too', async () => {
    const { result, model, checkpoints } = await run(document());
    const own = await withModel(Uint8Array.from(model), (saved) => saved.evaluateParts());
    expect(own.map(({ part, rows, evaluation }) => [part, rows, evaluation])).toEqual([
      ['train', 140, result.train],
      ['validation', 40, result.validation],
      ['test', 20, result.test],
    ]);
    const last = checkpoints.get(Math.max(...checkpoints.keys()))!;
    expect(await withModel(last, (saved) => saved.evaluateParts())).toEqual(own);
    expect(documentOf(last)).toEqual({ ...document(), fitted: documentOf(Uint8Array.from(model)).fitted });
  });

  test('answers a CSV by the names of its columns, in any order, scaled as its training part was', async () => {
    const { model } = await run(flowers);
    await withModel(Uint8Array.from(model), async (saved) => {
      const { evaluation, rows } = (await saved.evaluateCsv(csv(table)))[0]!;
      expect(rows).toBe(90);
      expect(evaluation.accuracy).toBeGreaterThan(0.95);
      expect(saved.classes).toEqual(['b, c', 'no', 'yes']);
      const right = table.slice(1).map((cells) => cells[2]);
      const answers = (await saved.predictCsv(csv(table))).trim().split('\n');
      expect(answers[0]).toBe('predicted kind,"p(b, c)",p(no),p(yes)');
      const given = answers.slice(1).map((line) => (line.startsWith('"') ? 'b, c' : line.split(',')[0]));
      expect(given.filter((name, i) => name === right[i]).length / 90).toBe(evaluation.accuracy);
      for (const line of answers.slice(1, 5)) {
        const probabilities = line.split(',').slice(-3).map(Number);
        expect(probabilities.reduce((sum, probability) => sum + probability)).toBeCloseTo(1, 5);
      }
      // Other order, no target; then no header, in the order of training.
      const turned = csv(table.map(([a, b]) => [b!, a!]));
      const headless = csv(table.slice(1).map(([a, b]) => [a!, b!]));
      expect(await saved.predictCsv(turned)).toBe(await saved.predictCsv(csv(table)));
      expect(await saved.predictCsv(headless)).toBe(await saved.predictCsv(csv(table)));
      await expect(saved.predictCsv('a,c\n1,2')).rejects.toThrow('no column is named "b"');
      await expect(saved.predictCsv('a,b\n1,')).rejects.toThrow('csv, line 2, column 2 (b): the value is missing');
      await expect(saved.predictCsv('1\n2\n')).rejects.toThrow('csv: expected 2 columns, or 3 with the target (column 3), got 1');
      await expect(saved.evaluateCsv('a,b,kind\n1,2,maybe')).rejects.toThrow('expected one of the classes');
    });
  });

  test.each<[string, Experiment, string, RegExp]>([
    [
      'a regression',
      document({ data: { source: 'generator', name: 'line' }, model: { layers: [{ type: 'dense', units: 1 }] }, loss: 'mse' }),
      '0.5\n-1\n',
      /^prediction\n-?[\d.e-]+\n-?[\d.e-]+\n$/,
    ],
    [
      'one output for two classes',
      document({ model: { layers: [{ type: 'dense', units: 1 }] }, loss: 'bce_with_logits' }),
      '9,-9\n-9,9\n',
      /^class,p\(1\)\n1,(1|0\.\d+)\n0,[\d.e-]+\n$/,
    ],
    ['an output for each', document({ loss: 'hinge' }), '0.5,-0.5\n', /^class,score\(0\),score\(1\)\n[01],-?[\d.e-]+,-?[\d.e-]+\n$/],
    ['squared error on classes', document({ loss: 'mse' }), '0.5,-0.5\n', /^class,score\(0\),score\(1\)\n[01],/],
  ])('answers as its loss means it: %s', async (_name, experiment, rows, answer) => {
    const { model } = await run(experiment);
    expect(await withModel(Uint8Array.from(model), (saved) => saved.predictCsv(rows))).toMatch(answer);
  });

  test('classes of one column each are right or wrong by the largest', async () => {
    const { result } = await run(document({ loss: 'bce_with_logits' }));
    expect(result.test!.accuracy).toBeGreaterThan(0.6);
    expect(result.test!.confusion!.map((row) => row.reduce((a, b) => a + b))).toEqual([10, 10]);
  });

  test('scores the same rows alike, from IDX files, a CSV, a list or one by one', async () => {
    // Pixels from 0 to 255 in steps of 15, the brightest by class.
    const images = Array.from({ length: 60 }, (_, i) => [0, 1, 2, 3].map((pixel) => 15 * ((i + pixel) % 4) + (pixel === i % 3 ? 200 : 0)));
    const labels = images.map((_, i) => i % 3);
    const idx = (shape: number[], values: number[]): Uint8Array => Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((n) => [0, 0, 0, n]), ...values]);
    const npy = (shape: string, values: number[]): Uint8Array => {
      const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }\n`;
      return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, header.length, 0, ...new TextEncoder().encode(header), ...values]);
    };
    const files: Record<string, Uint8Array> = {
      images: idx([60, 2, 2], images.flat()),
      labels: idx([60], labels),
      'x.npy': npy('60, 4', images.flat()),
      'y.npy': npy('60,', labels),
    };
    for (const standardise of [true, false]) {
      const experiment = document({ ...flowers, data: { source: 'idx', images: 'images', labels: 'labels', standardise } });
      const { model, result } = await run(experiment, { read: async (name) => files[name]! });
      await withModel(Uint8Array.from(model), async (saved) => {
        const csv = images.map((pixels, i) => [...pixels, labels[i]].join()).join('\n');
        const [given] = await saved.evaluateCsv(csv);
        expect(given!.evaluation.accuracy).toBe(result.train.accuracy);
        expect(given!.evaluation.loss).toBeCloseTo(result.train.loss, 6);
        expect(await saved.evaluateParts(async (name) => files[name]!)).toMatchObject([{ part: 'train', evaluation: result.train }]);
        const outputs = await saved.outputs(images);
        expect(await saved.outputs(Float32Array.from(images.flat()))).toEqual(outputs);
        expect(await saved.outputs(images[7]!)).toEqual(outputs.slice(21, 24));
        expect(await saved.predictCsv(csv)).toBe(await saved.predictCsv(images.join('\n')));
        const read = async (name: string): Promise<Uint8Array> => files[name]!;
        const sections = [
          { source: 'idx' as const, images: 'images', labels: 'labels' },
          { source: 'numpy' as const, x: 'x.npy', y: 'y.npy' },
        ];
        for (const section of sections) {
          expect((await saved.evaluateRows(section, read))[0]).toEqual({ part: 'data', rows: 60, evaluation: given!.evaluation });
          // Their targets are not read.
          const alone = section.source === 'idx' ? { ...section, labels: 'none' } : { ...section, y: 'none' };
          expect(await saved.predictRows(alone, read)).toBe(await saved.predictCsv(csv));
        }
        await expect(saved.outputs([])).rejects.toThrow('predict: expected rows of 4 numbers, got 0 numbers');
        await expect(saved.outputs([[1, 2, 3]])).rejects.toThrow(DataError);
        await expect(saved.outputs([1, 2, 3, Number.NaN])).rejects.toThrow(DataError);
      });
    }
  });

  test('errors of scaled targets are in their own unit, in validations, at the end and of the opened file', async () => {
    const rows = Array.from({ length: 60 }, (_, i) => [i % 7, (i * 5) % 11, 300_000 + 20_000 * (i % 7) + 7000 * Math.sin(i)]);
    const text = ['a,b,price', ...rows.map((row) => row.join())].join('\n');
    const { model, result } = await run(
      document({
        data: { source: 'csv', text, split: { validation: 0.2 }, standardise: true },
        model: { layers: [{ type: 'dense', units: 1 }] },
        ...{ loss: 'mse', metrics: ['rmse', 'mae', 'r2'] },
      }),
    );
    await withModel(Uint8Array.from(model), async (saved) => {
      const answers = await saved.predict(rows.map(([a, b]) => [a!, b!]));
      const errors = rows.map(([, , price], i) => answers[i]! - price!);
      const { evaluation } = (await saved.evaluateCsv(text))[0]!;
      expect(evaluation.metrics!.rmse! / Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / 60)).toBeCloseTo(1, 5);
      expect(evaluation.metrics!.mae! / (errors.reduce((sum, error) => sum + Math.abs(error), 0) / 60)).toBeCloseTo(1, 5);
      const [train, validation] = (await saved.evaluateParts()).map((part) => part.evaluation.metrics);
      expect([train, validation]).toEqual([result.train.metrics, result.validation!.metrics]);
      expect(result.history.validations.at(-1)!.validationMetrics!.rmse).toBe(result.validation!.metrics!.rmse);
    });
  });

  test('what is no model of an experiment is refused', async () => {
    const { model } = await run(document());
    const { tensors, metadata } = readSafetensors(Uint8Array.from(model));
    const changed = (experiment: unknown): Uint8Array => writeSafetensors(tensors, { 'fathom.document': JSON.stringify(experiment) });
    const inside = JSON.parse(metadata.get('fathom.document')!);
    const { fitted: _, ...bare } = inside;
    const times = (n: number, layers: unknown[] = [{ type: 'dense', units: 12 }]): unknown[] => [{ type: 'repeat', times: n, layers }];
    const cases: [Uint8Array, RegExp, new (message: string) => Error][] = [
      [writeSafetensors(tensors), /holds a model but no document/, DataError],
      [changed(bare), /does not say how the data of its model were prepared/, DataError],
      [
        changed({ ...inside, fitted: { ...inside.fitted, scaling: undefined, inputs: 3 } }),
        /dense_1\/weight: this model has \[3, 12\], the file \[2, 12\]/,
        DataError,
      ],
      [changed({ ...inside, fitted: { inputs: 'two' } }), /fitted.inputs: expected a positive integer, got "two"/, UsageError],
      [changed({ ...inside, fitted: { ...inside.fitted, inputs: 1e9 } }), /fitted.inputs: expected an integer of at most 16777216, got 1000000000/, UsageError],
      [
        changed({ ...inside, fitted: { ...inside.fitted, inputs: 1e6, scaling: undefined } }),
        /the file has \d+ bytes, and the model in its document 1200/,
        DataError,
      ],
      [changed({ ...inside, model: { layers: times(1e9) } }), /model.layers\[0\].times: expected an integer of at most 10000, got 1000000000/, UsageError],
      [
        changed({ ...inside, model: { layers: times(1000, times(1000, times(1000))) } }),
        /model.layers\[0\].layers\[0\].times: 1,000 times 1,000 layers/,
        UsageError,
      ],
      [changed({ ...inside, model: { layers: times(9000) } }), /the file has \d+ bytes, and the model in its document 1403880/, DataError],
      [
        changed({ ...inside, model: { layers: [{ type: 'dense', units: 2 ** 53 - 1 }] } }),
        /model.layers\[0\].units: expected an integer of at most/,
        UsageError,
      ],
      [changed({ ...inside, model: 3 }), /model: expected an object, got 3/, UsageError],
      [Uint8Array.from(model).subarray(0, 500), /truncated/, DataError],
    ];
    for (const [file, message, type] of cases) {
      await expect(SavedModel.open(engine, file)).rejects.toThrow(message);
      await expect(SavedModel.open(engine, file)).rejects.toThrow(type);
    }
  });
});
