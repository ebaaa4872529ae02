// Documents that `fathom export --pytorch` writes, beside what they were trained to there (tests/fixtures/torch_exported.ts): losses and norms of ten steps.
import { afterAll, expect, test } from 'vitest';
import { createEngine } from '../../src/engine.ts';
import { fromJson } from '../../src/experiment/json.ts';
import { runExperiment } from '../../src/experiment/run.ts';
import text from '../fixtures/torch_exported.json?raw';
import { DEEP, EXPORTED, readDigits } from '../support/exported.ts';
import { ALL } from '../support/quick.ts';

const engine = await createEngine();
afterAll(() => engine.destroy());

/** Loss and norm. */
type Distance = readonly [loss: number, norm: number];
interface Recorded {
  losses: number[];
  norms: number[][];
  /** Where what is asked is not kept: how far PyTorch in 32 bits is from itself in 64 over the run, and each step from our state: we and it, and we with a kink turned. */
  own?: Distance;
  alone?: { ours: Distance; own: Distance; turned?: number }[];
  /** The same of a run that was not taken step by step yet. */
  rounding?: { loss: number; norm: number };
}
const recorded = fromJson(text) as Record<string, Recorded>;
const ASKED: Distance = [1e-4, 1e-3];
/** Norms, groups, clipping and penalties, in batches that do not divide; the others take minutes together. */
const FEW = ['norms of rows', 'groups, clipping by value, penalties'];

test('every document has been trained there', () => {
  expect(Object.keys(recorded).sort()).toEqual(Object.keys(EXPORTED).sort());
});

test('where a run parts from PyTorch, each of its steps is as near to 64 bits as PyTorch, or one unit at a kink parts them', () => {
  for (const [name, { alone = [] }] of Object.entries(recorded)) {
    const allowed = ASKED.map((asked, which) => Math.max(asked, ...alone.map(({ own }) => 4 * own[which]!)));
    for (const [i, { ours, turned = Number.POSITIVE_INFINITY }] of alone.entries()) {
      const kink = ours[0] <= ASKED[0] && turned <= ASKED[1];
      expect(kink || ours.every((distance, which) => distance <= allowed[which]!), `${name}, step ${i + 1}: ${ours}`).toBe(true);
    }
  }
});

test.each(ALL ? Object.keys(EXPORTED).filter((name) => !DEEP.has(name)) : FEW)('%s trains here as there', async (name) => {
  // Where the run is chaotic, it is as near to PyTorch in 64 bits as that in 32, four times: its batch norm adds in 64 bits, ours in 32.
  const { losses, norms, rounding = { loss: 0, norm: 0 }, own = [(3 / 4) * rounding.loss, (3 / 4) * rounding.norm] } = recorded[name]!;
  const allowed = { loss: Math.max(ASKED[0], 4 * own[0]), norm: Math.max(ASKED[1], 4 * own[1]) };
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
