// Treatments from end to end: small networks, and in `npm run test:all` the inputs of people whose training failed, each with a remedy that really mends it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { createEngine, type Engine } from '../../src/engine.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { type RemedyTrials, tryRemedies } from '../../src/experiment/try_remedies.ts';
import { ALL } from '../support/quick.ts';

const read = async (name: string): Promise<string> => (name === 'digits-train.csv' ? digitsTrain : digitsTest);
let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const treat = (document: Experiment, max?: number): Promise<RemedyTrials> =>
  tryRemedies(document, { run: (each) => runExperiment(engine, each, { read }), ...(max === undefined ? {} : { max }) });

const hidden = (units: number): Experiment['model']['layers'] => [
  { type: 'dense', units },
  { type: 'activation', name: 'relu' },
];
const moons: Experiment = {
  data: { source: 'generator', name: 'moons', params: { rows: 200, noise: 0.1 }, split: { validation: 0.25 } },
  model: { layers: [...hidden(16), { type: 'dense', units: 2 }] },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'adam', learningRate: 0.01 },
  training: { steps: 120, batchSize: 25 },
  probes: { every: 10 },
};

describe('small networks', () => {
  it('the cause’s own remedy comes first, and nothing more is tried where it wins all', async () => {
    const { before, trials, best } = await treat({ ...moons, optimizer: { name: 'adam', learningRate: 0.03, weightDecay: 1 } });
    expect(before.findings[0]!.rule).toBe('weight_decay_too_strong');
    expect(best).toMatchObject({ remedy: 'less_weight_decay', verdict: 'helped', changes: ['- optimizer.weightDecay: 1'] });
    expect(best!.comparison).toMatchObject({ unit: 'loss', rows: 50, beatsUntreated: true, beatsBaseline: true });
    expect(best!.comparison!.loss).toBeCloseTo(best!.result.validation!.loss, 4);
    expect(before.comparison!.loss).toBeCloseTo(before.result.validation!.loss, 4);
    expect(best!.wonByOtherSeeds!.every((won) => won > 0.8)).toBe(true);
    expect(trials.at(-1)).toBe(best);
  });

  it('early stopping is judged by the model that it goes back to', async () => {
    const overfits: Experiment = {
      ...moons,
      data: { source: 'generator', name: 'moons', params: { rows: 80, noise: 0.4 }, split: { validation: 0.4 } },
      model: { layers: [...hidden(48), ...hidden(48), { type: 'dense', units: 2 }] },
      optimizer: { name: 'adam', learningRate: 0.02 },
      training: { epochs: 120, batchSize: 16 },
    };
    const { trials } = await treat(overfits, 3);
    const stopped = trials.find(({ remedy }) => remedy === 'early_stopping')!;
    expect(stopped.verdict).toBe('helped');
    expect(stopped.comparison!.loss).toBeCloseTo(Math.min(...stopped.result.history.validations.map(({ validationLoss }) => validationLoss)), 4);
  });

  it('four rows are too few to say', async () => {
    const xor: Experiment = {
      ...moons,
      data: {
        source: 'arrays',
        x: [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ],
        y: [0, 1, 1, 0],
        classes: 2,
      },
      optimizer: { name: 'sgd', learningRate: 1e-6 },
      training: { steps: 60, batchSize: 4 },
    };
    const { trials } = await treat(xor, 2);
    expect(trials.length).toBeGreaterThan(0);
    expect(trials.every(({ verdict }) => verdict === 'too few rows')).toBe(true);
  });
});

const faults = import.meta.glob<unknown>('../fixtures/faults/diagnosis/*.json', { eager: true, import: 'default' });

describe.runIf(ALL)('inputs of people whose training failed', () => {
  it.each(Object.entries(faults))('%s', { timeout: 600_000 }, async (_, json) => {
    const { best, before } = await treat(parseExperiment(json));
    expect(best).toBeDefined();
    // A good part of what there is to win, for the rows that say it.
    expect(best!.comparison!.won).toBeGreaterThan(Math.max(0.4, (before.comparison?.won ?? 0) + 0.2));
  });
});
