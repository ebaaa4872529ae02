// The hand on the theory line: what it says is what src/inspect/theory says, and its words can be checked on a calculator.
import { describe, expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { handOf } from '../../demo/engine/hand.ts';
import { foresee } from '../../demo/engine/theory.ts';
import { bandOf, gainFor, reachOf, walk } from '../../demo/hand/walk.ts';
import { DEFAULTS, type Settings } from '../../demo/settings.ts';
import { parseExperiment } from '../../src/experiment/index.ts';

const of = (patch: Partial<Settings> = {}) => {
  const settings = { ...DEFAULTS, ...patch };
  const document = parseExperiment(documentOf(settings));
  return { settings, hand: handOf(document, 2, 1)!, theory: foresee(document, 2, 1).theory! };
};

describe('the walk by look-ups', () => {
  test.each<[string, Partial<Settings>]>([
    ['the first network', {}],
    ['ReLU', { activation: 'relu', gain: 1 }],
    ['He', { activation: 'relu', scheme: 'he_normal', gain: 1.2 }],
    ['Glorot', { activation: 'sigmoid', scheme: 'glorot_normal', gain: 1, depth: 20 }],
    ['large weights', { gain: 2.5 }],
    ['GELU', { activation: 'gelu', gain: 1.4, depth: 12 }],
    ['dropout', { activation: 'relu', scheme: 'he_normal', gain: 1, dropout: 0.5, depth: 20 }],
    ['shortcuts', { activation: 'relu', scheme: 'he_normal', gain: 1, shortcuts: 'plain', depth: 25 }],
    ['scaled shortcuts', { gain: 1.3, shortcuts: 'scaled', depth: 25 }],
  ])('of %s says what the theory says', (_name, patch) => {
    const { settings, hand, theory } = of(patch);
    const { delta } = walk(hand, settings, settings.gain);
    // A hundredth of a decade over all layers.
    for (const [l, value] of delta.entries()) expect(Math.abs(value - theory.delta[l]!), `layer ${l + 1}`).toBeLessThan(0.01);
  });

  test('finds the gain of a factor, and how far the gain reaches', () => {
    const { settings, hand } = of();
    expect(gainFor(hand, settings, 0.69)).toBeCloseTo(DEFAULTS.gain, 3);
    const right = gainFor(hand, settings, 1);
    expect(right).toBeGreaterThan(1.15);
    expect(right).toBeLessThan(1.3);
    expect(walk(hand, settings, right).total).toBeCloseTo(0, 1);
    const { low, high } = reachOf(hand, settings);
    expect(low).toBeLessThan(0.2);
    expect(high).toBeGreaterThan(1.2);
    // A sigmoid never gets to 1, whatever its weights.
    const sigmoid = of({ activation: 'sigmoid', gain: 1 });
    expect(reachOf(sigmoid.hand, sigmoid.settings).high).toBeLessThan(0.8);
  });

  test('has a band for the width, twice as wide for a quarter of it', () => {
    const { settings, hand } = of();
    const turned = walk(hand, settings, settings.gain);
    const widthAt = (width: number) => {
      const { low, high } = bandOf(hand, { ...settings, width }, turned)!;
      return high[0]! - low[0]!;
    };
    expect(widthAt(48) / widthAt(192)).toBeCloseTo(2, 3);
    // Simulated, fifty layers: 0.26 on either side for 48 wide, where the formula has 0.31.
    expect(widthAt(48) / 2).toBeCloseTo(0.31, 2);
  });
});
