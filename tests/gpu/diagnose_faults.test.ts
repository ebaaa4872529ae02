// Documents whose steps are far too long, or whose first step is the only one: the cause comes first, and the same again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { createEngine, type Engine } from '../../src/engine.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { type Diagnosis, diagnose } from '../../src/inspect/diagnose/index.ts';
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
