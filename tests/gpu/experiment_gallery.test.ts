import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { createEngine, type Engine } from '../../src/engine.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { predict } from '../../src/experiment/predict.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { summaryOf } from '../../src/experiment/run_summary.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { ALL, oneIn } from '../support/quick.ts';

const gallery = import.meta.glob<unknown>('../../demo/experiments/*.json', { eager: true, import: 'default' });
const images = import.meta.glob<unknown>('../../demo/experiments/images/*.json', { eager: true, import: 'default' });
const read = async (name: string): Promise<string> => (name === 'digits-train.csv' ? digitsTrain : digitsTest);
const documentOf = (name: string): Experiment => parseExperiment(gallery[`../../demo/experiments/${name}.json`]);
const shortened = (document: Experiment, steps: number): Experiment => {
  const { epochs: _epochs, ...training } = document.training;
  return { ...document, training: { ...training, steps }, probes: { every: 1 } };
};

/** Those that a document's first look is about. */
const STEPS = 20;

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

describe('the gallery trains', () => {
  it.each(Object.keys(gallery))('%s', async (path) => {
    const document = shortened(parseExperiment(gallery[path]), STEPS);
    const { history, train, status: ended, start } = await runExperiment(engine, document, { read });
    if (path.endsWith('/exploding.json')) expect(ended).toBe('non_finite');
    else {
      expect(ended).toBe('finished');
      expect(history.steps.map(({ step }) => step)).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
      expect(Number.isFinite(train.loss)).toBe(true);
    }
    expect(history.steps.at(0)!.layers).toHaveLength(start.layers.length);
  });
});

/** Deep networks take a second a step on SwiftShader: the same layers on images of the same size, but few at a time, and statistics of the first step and the last. */
function fewRows(document: Experiment): Experiment {
  const { training, data, ...rest } = shortened(document, STEPS);
  const batchSize = Math.min(training.batchSize as number, 4);
  return { ...rest, data: { ...data, params: { size: 14, rows: 20 } }, training: { ...training, batchSize }, probes: { every: STEPS } } as Experiment;
}

describe('the networks of images train', () => {
  const named = Object.keys(images).map((path) => path.replace(/^.*\/|\.json$/g, ''));
  const infinite = ['residual-56-no-norm', 'residual-110-no-norm'];
  it.each(oneIn(3, named))('%s', { timeout: 600_000 }, async (name) => {
    const document = parseExperiment(images[`../../demo/experiments/images/${name}.json`]);
    const { history, status: ended } = await runExperiment(engine, ALL ? shortened(document, STEPS) : fewRows(document), { read });
    expect(ended).toBe(infinite.includes(name) ? 'non_finite' : 'finished');
    const [first] = history.steps;
    expect(first!.loss).toBeGreaterThan(0);
    expect(first!.layers).toHaveLength(history.layers.length);
    if (ended === 'finished') expect(history.steps.at(-1)).toMatchObject({ step: STEPS, loss: expect.any(Number) });
  });
});

it.runIf(ALL)('the digits by convolutions: 96.7 % of the test part at least, the mean of five seeds', { timeout: 600_000 }, async () => {
  const accuracies: number[] = [];
  for (const seed of [1, 2, 3, 4, 5]) {
    const { test } = await runExperiment(engine, { ...documentOf('cnn_digits'), seed, probes: { every: 1000 } }, { read });
    accuracies.push(test!.accuracy!);
  }
  expect(accuracies.reduce((sum, each) => sum + each, 0) / 5).toBeGreaterThanOrEqual(0.967);
});

describe('what the gallery shows is there at the first step', () => {
  const ratio = async (name: string): Promise<number> => summaryOf(await runExperiment(engine, shortened(documentOf(name), 1), { read })).firstDeltaRatio;
  it('vanishing, and its rescues', async () => {
    expect(await ratio('vanishing')).toBeLessThan(1e-12);
    for (const name of ['vanishing-relu', 'vanishing-batch-norm', 'vanishing-residual']) expect(await ratio(name)).toBeGreaterThan(1e-2);
  });
  it('exploding, which clipping does not change and the initial scale does', async () => {
    expect(await ratio('exploding')).toBeGreaterThan(1e6);
    expect(await ratio('exploding-clip')).toBeGreaterThan(1e6);
    expect(await ratio('exploding-initial')).toBeLessThan(10);
  });
  it('as theory predicts', async () => {
    const document = shortened(documentOf('vanishing'), 1);
    const { history, start } = await runExperiment(engine, document, { read });
    const predicted = predict(document, start.layers[0]!.fanIn, start.inputMeanSquare)![0]!.delta;
    // Finite width: 64 units over 30 layers scatter by about exp(sqrt(30 * 5 / 64) / 2).
    expect(Math.abs(Math.log(summaryOf({ history, train: { loss: 0 }, milliseconds: 0, msPerStep: 0 } as never).firstDeltaRatio / predicted))).toBeLessThan(
      2.5,
    );
  });
});

describe('runExperiment', () => {
  it('gives the same bits twice', async () => {
    const document = shortened(documentOf('batch-size-32'), 6);
    const [a, b] = [await runExperiment(engine, document, { read }), await runExperiment(engine, document, { read })];
    expect(a.history).toEqual(b.history);
    expect(a.train).toEqual(b.train);
  });
  it('ends early on request, with what there is', async () => {
    const stop = new AbortController();
    const {
      status: ended,
      history,
      train,
    } = await runExperiment(engine, shortened(documentOf('digits'), 100_000), {
      read,
      signal: stop.signal,
      onSteps: ([first]) => {
        if (first!.step > 5) stop.abort();
      },
    });
    expect(ended).toBe('aborted');
    expect(history.steps.length).toBeGreaterThan(5);
    expect(history.steps.length).toBeLessThan(100_000);
    expect(Number.isFinite(train.loss)).toBe(true);
  });
});
