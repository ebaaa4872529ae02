// Documents whose steps are far too long, whose first step is the only one, or whose depth leaves one number of a row: the cause comes first, and the same again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { createEngine, type Engine } from '../../src/engine.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { type Diagnosis, diagnose } from '../../src/inspect/diagnose/index.ts';
import { Random } from '../../src/random.ts';
import digitsRate3 from '../fixtures/faults/g45-digits-mse-rate-3.json';
import rateTooHigh from '../fixtures/faults/g47-rate-0.3.json';
import exploding from '../fixtures/faults/w1-exploding-relu-every2.json';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const read = async (name: string): Promise<string> => (name === 'digits-train.csv' ? digitsTrain : digitsTest);
const diagnosed = async (document: unknown): Promise<Diagnosis> => diagnose((await runExperiment(engine, parseExperiment(document), { read })).history);

it('a rate of 3 on digits: the rate, and what it did below it', async () => {
  const { findings } = await diagnosed(digitsRate3);
  expect(findings[0]).toMatchObject({ rule: 'learning_rate_too_high', kind: 'diverges', severity: 'severe' });
  expect(findings.slice(1).every(({ consequenceOf }) => consequenceOf === 'learning_rate_too_high')).toBe(true);
});

it('a rate of 0.3 after which every unit is dead, twice', async () => {
  const first = await diagnosed(rateTooHigh);
  expect(first.findings[0]).toMatchObject({ rule: 'learning_rate_too_high' });
  expect(await diagnosed(rateTooHigh)).toEqual(first);
});

it('an explosion at step 2, sampled every 2nd step: seen at the first', async () => {
  const { findings } = await diagnosed(exploding);
  expect(findings[0]).toMatchObject({ rule: 'exploding_with_depth', severity: 'severe', step: 1 });
  expect(findings.find(({ rule, kind }) => rule === 'update_size' && kind === 'small')).toBeUndefined();
});

describe('depth that leaves one number of a row', () => {
  // Four classes by the signs of two numbers of eight.
  const random = new Random([5, 0]);
  const x = Array.from({ length: 400 }, () => Array.from({ length: 8 }, () => random.normal()));
  const layersOf = (depth: number): object => ({
    seed: 1,
    data: { source: 'arrays', x, y: x.map(([a, b]) => Number(a! > 0) + 2 * Number(b! > 0)), split: { validation: 0.2 } },
    model: {
      layers: [
        {
          type: 'repeat',
          times: depth,
          layers: [
            { type: 'dense', units: 16, initializer: { scheme: 'he_normal' } },
            { type: 'activation', name: 'leaky_relu' },
          ],
        },
        { type: 'dense', units: 4 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.05 },
    training: { steps: 100, batchSize: 32 },
    probes: { every: 20, rank: { every: 40 } },
  });

  it('is named where the gradient is as large in the first layer as in the last', async () => {
    const { findings } = await diagnosed(layersOf(32));
    expect(findings[0]).toMatchObject({ rule: 'rank_collapse', kind: 'line', layer: 'dense_32', evidence: { layers: 32 } });
    expect(findings[0]!.evidence.first).toBeGreaterThan(4);
    expect(findings[0]!.evidence.last).toBeLessThan(1.05);
  });

  it('is not named of three such layers, which learn', async () => {
    expect((await diagnosed(layersOf(3))).findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
  });
});
