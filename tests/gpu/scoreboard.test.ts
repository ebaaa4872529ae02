// A tenth of the scoreboard of tests/diagnosis: sick networks whose cause is named first, and healthy ones that are left alone. `npm run test:all` takes the whole.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { createEngine, type Engine } from '../../src/engine.ts';
import type { Experiment } from '../../src/experiment/document.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { examine } from '../../src/experiment/try_remedies.ts';
import { HEALTHY } from '../diagnosis/healthy.ts';
import { SICK } from '../diagnosis/sick.ts';
import { ALL } from '../support/quick.ts';

/** Quick ones of different kinds: data, targets, output, structure, penalty, rate. */
const TENTH = ['tiny-inputs', 'incomes-sgd', 'relu-before-softmax', 'l2-saddle', 'sgd-rate-3', 'constant-targets', 'ring', 'few-rows', 'a-useless-column'];

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

const read = async (path: string): Promise<string> => (path.includes('test') ? digitsTest : digitsTrain);

/** The rules that warn, the first first. */
async function warnings(document: Experiment): Promise<string[]> {
  const { findings } = await examine(document, (given) => runExperiment(engine, given, { read }));
  return findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule);
}

const chosen = <Network extends { name: string }>(all: readonly Network[]): Network[] => all.filter(({ name }) => ALL || TENTH.includes(name));

describe('the first finding names the cause of', () => {
  test.each(chosen(SICK).map((network) => [network.name, network] as const))('%s', async (_, { document, accepted }) => {
    expect(accepted).toContain((await warnings(document))[0]);
  });
});

describe('no warning on', () => {
  test.each(chosen(HEALTHY).map((network) => [network.name, network] as const))('%s', async (_, { document }) => {
    expect(await warnings(document)).toEqual([]);
  });
});
