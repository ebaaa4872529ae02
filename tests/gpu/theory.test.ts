// The backward factor per layer that mean-field theory predicts is the one that fresh networks show on the GPU.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEngine, type Engine } from '../../src/index.ts';
import { oneIn } from '../support/quick.ts';
import { backwardFactors, signalCases } from '../support/signal.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await createEngine();
});
afterAll(() => engine.destroy());

test.each(oneIn(2, signalCases(256)))('$case.name', async ({ case: c, tolerance }) => {
  const { measured, predicted } = await backwardFactors(engine, c, 5);
  expect(Math.abs(measured / predicted - 1), `measured ${measured.toFixed(4)}, predicted ${predicted.toFixed(4)}`).toBeLessThan(tolerance);
});
