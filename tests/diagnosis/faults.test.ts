// Networks of people whose training failed: the first finding names the cause, and networks like them that learn get no warning. The scoreboard has more of each.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { createEngine, type Engine } from '../../src/engine.ts';
import { DataError } from '../../src/errors.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { diagnose, type Finding, type RuleId } from '../../src/inspect/diagnose/index.ts';
import { ALL } from '../support/quick.ts';

const CAUSES: Readonly<Record<string, RuleId>> = {
  'g33-relu-last-classes': 'output_cannot_answer',
  'g34-imbalance-1': 'vanishing_with_depth',
  'g35-weight-decay': 'weight_decay_too_strong',
  'g37-unscaled-bce': 'inputs_not_scaled',
  'g37-unscaled-softmax': 'inputs_not_scaled',
  'g38-prices-adam': 'targets_not_scaled',
  'g38-prices-sgd': 'targets_not_scaled',
  'g39-sigmoid-output': 'output_cannot_answer',
  'g40-sigmoid-twice': 'output_cannot_answer',
  'g42-no-activation': 'no_activation',
  'g45-digits-mse-rate-3': 'learning_rate_too_high',
  'g49-xor': 'initial_weights_too_small',
  's10-bn-batch-2': 'batch_too_small',
  's13b-constant-initial-symmetry': 'symmetric_units',
  'u5-overfitting-moons': 'overfitting',
  'w1-exploding-relu-every2': 'exploding_with_depth',
};
/** The quickest: `npm test` runs these. */
const QUICK = ['g35-weight-decay', 's13b-constant-initial-symmetry', 'g42-control'];

const byName = (files: Record<string, unknown>): [string, unknown][] =>
  Object.entries(files).map(([path, document]): [string, unknown] => [path.replace(/.*\/|\.json/g, ''), document]);
const faults = byName(import.meta.glob('../fixtures/faults/diagnosis/*.json', { eager: true, import: 'default' }));
const controls = byName(import.meta.glob('../fixtures/faults/controls/*.json', { eager: true, import: 'default' }));
const refused = byName(import.meta.glob('../fixtures/faults/refused/*.json', { eager: true, import: 'default' }));
const wanted = (files: [string, unknown][]): [string, unknown][] => files.filter(([name]) => ALL || QUICK.includes(name));

const read = async (name: string): Promise<string> => (name === 'digits-train.csv' ? digitsTrain : digitsTest);
let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

/** The findings of a run that warn, the gravest first. */
async function warnings(document: unknown): Promise<Finding[]> {
  const { history } = await runExperiment(engine, parseExperiment(document), { read });
  return diagnose(history).findings.filter(({ severity }) => severity !== 'note');
}

describe('the first finding names the cause', () => {
  it('of every file', () => expect(faults.map(([name]) => name).sort()).toEqual(Object.keys(CAUSES).sort()));

  it.each(wanted(faults))('%s', async (name, document) => {
    const [first, ...others] = await warnings(document);
    expect(first?.rule).toBe(CAUSES[name]);
    expect(first?.remedies).not.toEqual([]);
    // What is left of the others follows from it, or from one of them.
    for (const { rule, severity, consequenceOf } of others) if (severity === 'severe') expect(consequenceOf, rule).toBeDefined();
  });
});

describe('networks like them that learn get no warning', () => {
  it.each(wanted(controls))('%s', async (_, document) => expect(await warnings(document)).toEqual([]));
});

describe('what cannot learn is refused before the first step', () => {
  const WHY: Readonly<Record<string, string>> = {
    'g32-one-softmax-output': 'the loss softmax_cross_entropy compares outputs, one for each class, and the model has one',
    'g41-hinge-0-1': 'expected -1 or 1, as hinge takes it for 1 output, got 0',
    's16-softmax-on-regression': 'softmax_cross_entropy',
  };
  it.each(refused)('%s', async (name, document) => {
    await expect(warnings(document)).rejects.toThrow(DataError);
    await expect(warnings(document)).rejects.toThrow(WHY[name]!);
  });
});
