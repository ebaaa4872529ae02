// The hand on the theory line: what it says is what src/inspect/theory says, and its words can be checked on a calculator.
import { describe, expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { handOf } from '../../demo/engine/hand.ts';
import { foresee } from '../../demo/engine/theory.ts';
import { type Cause, causesOf, type Known, sentences } from '../../demo/hand/causes.ts';
import { product } from '../../demo/hand/numbers.ts';
import { HAND_WORDS } from '../../demo/hand/text.ts';
import { bandOf, gainFor, reachOf, walk } from '../../demo/hand/walk.ts';
import { loadWords } from '../../demo/i18n.ts';
import { PRESETS, presetOf } from '../../demo/presets.ts';
import type { Run } from '../../demo/run.ts';
import { DEFAULTS, type Settings } from '../../demo/settings.ts';
import { Store } from '../../demo/store.ts';
import { parseExperiment } from '../../src/experiment/index.ts';
import { findingOf, runOf } from './runs.ts';

await loadWords('zh');

const of = (patch: Partial<Settings> = {}) => {
  const settings = { ...DEFAULTS, ...patch };
  const document = parseExperiment(documentOf(settings));
  const features = settings.data === 'digits' ? 64 : 2;
  return { settings, hand: handOf(document, features, 1)!, theory: foresee(document, features, 1).theory! };
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

test('every preset is an address, and its colours are what theory says arrives', () => {
  for (const { id, total } of PRESETS) {
    const settings = presetOf(id.replaceAll('_', '-'))!;
    const { hand, theory } = of(settings);
    // A hand turns dense layers alone.
    const arrives = hand ? walk(hand, settings, settings.gain).total : theory.delta[0]!;
    expect(arrives, id).toBeCloseTo(total, 0);
    const system = { language: 'en', theme: 'light' } as const;
    expect(new Store(`#preset=${id}`, system).state.settings, id).toEqual(settings);
  }
});

describe('the product line', () => {
  test.each([
    [0.69, 49, '0.69 × 0.69 × 0.69 × … × 0.69 = 1 in 79 million', '0.69 × 0.69 × 0.69 × … × 0.69 = 7900 万分之一'],
    [0.6943, 49, '0.694 × 0.694 × 0.694 × … × 0.694 ≈ 1 in 58 million', '0.694 × 0.694 × 0.694 × … × 0.694 ≈ 5800 万分之一'],
    [0.87, 49, '0.87 × 0.87 × 0.87 × … × 0.87 = 1 in 920', '0.87 × 0.87 × 0.87 × … × 0.87 = 920 分之一'],
    [1, 49, '1.00 × 1.00 × 1.00 × … × 1.00 = 1: all of it arrives', '1.00 × 1.00 × 1.00 × … × 1.00 = 1：全部到达'],
    [1.4, 49, '1.40 × 1.40 × 1.40 × … × 1.40 = 14 million times', '1.40 × 1.40 × 1.40 × … × 1.40 = 1400 万倍'],
    [0.97, 49, '0.97 × 0.97 × 0.97 × … × 0.97 = 22\u2009%', '0.97 × 0.97 × 0.97 × … × 0.97 = 22\u2009%'],
    [1.05, 4, '1.05 × 1.05 × 1.05 × 1.05 = 1.22 times', '1.05 × 1.05 × 1.05 × 1.05 = 1.22 倍'],
    [0.24, 49, '0.24 × 0.24 × 0.24 × … × 0.24 = 1 in 10<sup>30</sup>', '0.24 × 0.24 × 0.24 × … × 0.24 = 10<sup>30</sup> 分之一'],
    [0.05, 49, '0.05 × 0.05 × 0.05 × … × 0.05 = 0: smaller than any number the GPU can hold', '0.05 × 0.05 × 0.05 × … × 0.05 = 0：比 GPU 能表示的任何数都小'],
  ])('of %s, %s times', (factor, times, en, zh) => {
    for (const [language, words] of [
      ['en', en],
      ['zh', zh],
    ] as const) {
      const { factors, sign, result } = product(factor, times, { language });
      expect(`${factors.join(' × ')} ${sign} ${result}`).toBe(words);
    }
  });

  test('of the first network is the one of its theory, to the figure', () => {
    const { theory } = of();
    const { sign, result } = product(theory.factor, 49, { language: 'en' });
    expect([sign, result]).toEqual(['=', '1 in 79 million']);
    expect(product(0.8743, 49, { language: 'en', moving: true })).toMatchObject({ factors: ['0.87', '0.87', '0.87', '…', '0.87'], sign: '≈' });
  });

  test('has the same words in both languages', () => expect(Object.keys(HAND_WORDS.zh)).toEqual(Object.keys(HAND_WORDS.en)));
});

describe('Why?', () => {
  const known = (patch: Partial<Settings>, more: (run: Run) => void = () => {}, luck = 1): Known => {
    const { settings, hand, theory } = of(patch);
    const run = runOf(settings.depth, (theory?.factor ?? 1.1) * luck, 6);
    if (theory) run.start = { ...run.start, theory };
    more(run);
    if (settings.batchNorm) return { run, settings, measured: run.ratio, turned: null };
    const reach = reachOf(hand, settings);
    const turned = walk(hand, settings, settings.gain);
    const gainOfOne = reach.high > 1 && reach.low < 1 ? gainFor(hand, settings, 1) : null;
    return {
      run,
      settings,
      measured: run.ratio,
      turned: { ...turned, reach, steepest: hand.steepest, gainOfOne, weights: settings.gain * Math.sqrt(hand.hidden) },
    };
  };
  const relu = { activation: 'relu', scheme: 'he_normal', gain: 1 } as const;

  test.each<[Cause, Partial<Settings>, string[], ((run: Run) => void)?]>([
    [
      'weights',
      {},
      [
        'hands on <b>0.69</b> of the gradient: its weights (× 0.70) times the slope of tanh (× 0.99)',
        '49 times in a row: 0.69<sup>49</sup> = <b>1 in 79 million</b>',
        'Weights <b>1.70 times</b> as large move the slope of tanh, too, from 0.99 to 0.84: 1.19 × 0.84 = 1.00 per layer, and all of it',
      ],
    ],
    [
      'healthy',
      { ...relu },
      [
        '<b>1.00</b> of the gradient: its weights (× 1.41) times the slope of ReLU (× 0.71)',
        '= <b>1: all of it arrives</b>',
        'nothing to change: trouble is usual where less than 1 in 1,000 arrives, or more than 70 times.',
      ],
    ],
    [
      'product',
      { batchNorm: true, shortcuts: 'scaled' },
      ['hands on <b>1.10</b> of the gradient on average.', '= <b>110 times</b>', 'less than 1 in 1,000 arrives, or more than 70 times'],
    ],
    [
      'saturation',
      { activation: 'sigmoid', gain: 1 },
      ['never above 0.25: on average it is 0.24', '1 in 10<sup>31</sup>', 'even 3.0 times as large they give only 0.54'],
    ],
    [
      'explode',
      { ...relu, gain: 1.4 },
      [
        'multiplies the gradient by <b>1.40</b>: its weights (× 1.98) outweigh the slope of ReLU (× 0.71)',
        '<b>14 million times</b>',
        'Weights <b>0.71 times</b> as large make it 1.00',
      ],
    ],
    ['batchnorm', { batchNorm: true, activation: 'relu', data: 'digits' }, ['sets every unit’s spread to 1', '49 times in a row', 'No gain changes this']],
    [
      'dropout',
      { ...relu, dropout: 0.5, depth: 20 },
      [
        'silences 50\u2009% of the units and enlarges the rest by 1/0.5',
        '(× 1.00) that makes 1.414; 19 times in a row: <b>720 times',
        'Weights <b>0.71 times</b> as large (variance × 0.5) cancel it: 1.00',
      ],
    ],
    [
      'shortcuts',
      { ...relu, shortcuts: 'plain', depth: 25 },
      ['past the block (× 1) and through it (× 0.97)', '24 blocks in a row', '<b>0.20</b> (one over the root of 24)'],
    ],
    [
      'overflow',
      { ...relu, gain: 2 },
      ['At step 4 the weighted sums of layer 7 went past it', 'the rate is 0.05. Larger weights', 'up to step 3'],
      (run) => {
        run.nonFinite = { step: 4, layer: 'dense_7', tensor: 'z', nanCount: 0, infCount: 9 };
      },
    ],
    [
      'dead',
      relu,
      [
        '0\u2009% of the units of layer 1',
        'living share is 100\u2009% on average: <b>1 in 170</b> arrives, where all of it would.',
        'with rate <b>0.005</b> instead of 0.05',
      ],
      (run) => {
        run.findings = [findingOf('dead_units', 'warn')];
      },
    ],
    [
      'scale',
      {},
      ['mean square of 144 where', 'slope', 'Standardise'],
      (run) => {
        run.findings = [findingOf('inputs_not_scaled', 'severe', { evidence: { rms: 12 } })];
      },
    ],
  ])('says of %s what these numbers are here', (cause, patch, parts, more) => {
    const all = known(patch, more, cause === 'dead' ? 0.9 : 1);
    expect(causesOf(all)[0]).toBe(cause);
    const said = sentences(cause, all, 'en');
    for (const [i, part] of parts.entries()) expect(said[i]).toContain(part);
    for (const sentence of [...said, ...sentences(cause, all, 'zh')]) expect(sentence).not.toMatch(/undefined|NaN|[[\]{}]|× \)|\(×\)|\s[.,;]/);
  });
});
