// Documents that `fathom export --pytorch` writes, beside what they were trained to there (tests/fixtures/torch_exported.ts): losses and norms of ten steps.
import { afterAll, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { fromJson } from '../../src/experiment/json.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import text from '../fixtures/torch_exported.json?raw';
import { DEEP, EXPORTED, readDigits } from '../support/exported.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

const recorded = fromJson(text) as Record<string, { losses: number[]; norms: number[][]; rounding?: { loss: number; norm: number } }>;
/** Norms, groups, clipping and penalties, in batches that do not divide; the others take minutes together. */
const FEW = ['norms of rows', 'groups, clipping by value, penalties'];

test('every document has been trained there', () => {
  expect(Object.keys(recorded).sort()).toEqual(Object.keys(EXPORTED).sort());
});

test.each(import.meta.env.MODE === 'all' ? Object.keys(EXPORTED).filter((name) => !DEEP.has(name)) : FEW)('%s trains here as there', async (name) => {
  // Where the run is chaotic, as near as PyTorch in 32 bits is to itself in 64, three times: its batch norm adds in 64 bits, ours in 32.
  const { losses, norms, rounding = { loss: 0, norm: 0 } } = recorded[name]!;
  const allowed = { loss: Math.max(1e-4, 3 * rounding.loss), norm: Math.max(1e-3, 3 * rounding.norm) };
  const { history } = await runExperiment(engine, EXPORTED[name]!, { read: readDigits });
  const steps = [...history.steps];
  expect(steps).toHaveLength(losses.length);
  for (const [i, { loss, layers }] of steps.entries()) {
    const expected = losses[i]!;
    if (!Number.isFinite(expected)) continue;
    expect(Math.abs(loss - expected) / Math.max(1, Math.abs(expected)), `step ${i + 1}: ${loss} and ${expected}`).toBeLessThan(allowed.loss);
    layers!.forEach(({ tensors }, layer) => {
      const [norm, there] = [tensors.weight_gradient?.l2 ?? 0, norms[i]![layer]!];
      expect(Math.abs(norm - there), `step ${i + 1}, layer ${layer}: ${norm} and ${there}`).toBeLessThanOrEqual(allowed.norm * there);
    });
  }
});
