// The page's own rules, without a browser: addresses, documents, the scale, the shared depth axis, what the headline says.
import { describe, expect, test } from 'vitest';
import { documentOf, settingsOf } from '../../demo/document.ts';
import { bed, layerAt, rowMiddle, ticks } from '../../demo/draw/depth.ts';
import { large, number, powerOfTen } from '../../demo/format.ts';
import { translator } from '../../demo/i18n.ts';
import { describeCsv } from '../../demo/parts/files.ts';
import { FIELDS, type StartedMessage } from '../../demo/protocol.ts';
import { Run } from '../../demo/run.ts';
import { colour } from '../../demo/scale.ts';
import { DEFAULTS, decodeSettings, encodeSettings, type Settings } from '../../demo/settings.ts';
import { en } from '../../demo/text/en.ts';
import { zh } from '../../demo/text/zh.ts';
import { verdict } from '../../demo/verdict.ts';
import { parseExperiment, REMEDIES } from '../../src/experiment/index.ts';

const CHANGED: Settings = {
  ...DEFAULTS,
  data: 'moons',
  depth: 12,
  width: 20,
  activation: 'relu',
  batchNorm: true,
  shortcuts: 'scaled',
  scheme: 'he_normal',
  gain: 1.5,
  optimizer: 'momentum',
  rate: 0.2,
  clip: 0,
  dropout: 0.5,
  l2: 0.01,
  earlyStopping: true,
};

describe('settings', () => {
  test('an address holds only what differs, and brings it back', () => {
    expect(encodeSettings(DEFAULTS)).toBe('');
    expect(decodeSettings(encodeSettings(CHANGED))).toEqual(CHANGED);
  });

  test('an address from elsewhere cannot ask for what there is not', () => {
    expect(decodeSettings('depth=1e9&width=-3&activation=nonsense&rate=x&colour=red')).toEqual({ ...DEFAULTS, depth: 100, width: 2 });
  });

  test.each([
    ['the first screen', DEFAULTS],
    ['everything changed', CHANGED],
    ['one layer', { ...DEFAULTS, depth: 1 }],
    ['digits', { ...DEFAULTS, data: 'digits' as const }],
  ])('the document of %s passes the schema and comes back as the same controls', (_name, settings) => {
    const document = documentOf(settings);
    expect(() => parseExperiment(document)).not.toThrow();
    // The digits have no noise to remember.
    expect(settingsOf(document)).toEqual({ ...settings, ...(settings.data === 'digits' ? { noise: DEFAULTS.noise } : {}) });
  });

  test('remedies show in the controls', () => {
    const document = parseExperiment(documentOf(DEFAULTS));
    const mended = (id: keyof typeof REMEDIES) => settingsOf(REMEDIES[id](document)!.document as never);
    expect(mended('critical_initialisation')).toMatchObject({ scheme: 'lecun_normal', gain: 1 });
    expect(mended('batch_norm')).toMatchObject({ batchNorm: true });
    expect(mended('residual')).toMatchObject({ shortcuts: 'scaled' });
    expect(mended('optimizer')).toMatchObject({ optimizer: 'adam' });
  });

  test('what the controls cannot say is said to be so', () => {
    const document = documentOf(DEFAULTS);
    expect(
      settingsOf({ ...document, model: { layers: [{ type: 'dense', units: 9 }, { type: 'activation', name: 'relu' }, ...document.model.layers] } }),
    ).toBeNull();
  });
});

test('both languages have the same places to fill in', () => {
  const places = (words: string): string[] => [...words.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    // Words may leave a place out, never ask for one that is not given.
    for (const place of places(zh[key])) expect(places(en[key]), key).toContain(place);
  }
});

test('the colour scale stands on its stops and clamps beyond them', () => {
  expect(colour(0)).toBe('rgb(195,234,216)');
  expect(colour(-6)).toBe('rgb(24,67,125)');
  expect(colour(3)).toBe('rgb(216,103,42)');
  expect(colour(-99)).toBe(colour(-12));
  expect(colour(99)).toBe(colour(6));
});

test('rows hang from the surface and can be pointed at', () => {
  for (const depth of [1, 7, 50, 100]) for (let l = 0; l < depth; l++) expect(layerAt(400, depth, rowMiddle(400, depth, l))).toBe(l);
  expect(bed(400, 3)).toBe(26 + 3 * 28);
  expect(ticks(50)).toEqual([50, 40, 30, 20, 10, 1]);
});

test('numbers are written as the page writes them', () => {
  expect(powerOfTen(Math.log10(9.4e-8))).toBe('9.4e\u22128');
  expect(powerOfTen(-200.5)).toBe('3.2e\u2212201');
  expect(number(0.46)).toBe('0.46');
  expect(large(Math.log10(11e6), 'en')).toBe('11 million');
  expect(large(Math.log10(11e6), 'zh')).toBe('1100 万');
});

/** A run of `depth` layers whose delta changes by `factor` per layer on its way down. */
function runOf(depth: number, factor: number, steps: number): Run {
  const layers = Array.from({ length: depth + 1 }, (_, i) => ({
    name: `${i}.dense`,
    role: i < depth ? ('hidden' as const) : ('output' as const),
    activation: 'tanh',
    fanIn: 4,
    width: 4,
    batchNorm: false,
    residual: false,
  }));
  const start: StartedMessage = {
    type: 'started',
    run: 1,
    layers,
    theory: null,
    points: null,
    task: 'classification',
    classes: 2,
    features: 2,
    rows: 10,
    chance: 0.69,
    parameters: 1,
  };
  const run = new Run(start);
  const one = new Float32Array(depth * FIELDS.length);
  for (let l = 0; l < depth; l++) one.set([0.01 * factor ** (depth - 1 - l), 1e-3, 0, 0], l * FIELDS.length);
  for (let step = 1; step <= steps; step++)
    run.add({ type: 'steps', run: 1, first: step, loss: Float32Array.of(step), norm: Float32Array.of(1), rate: Float32Array.of(0.1), epoch: 0, layers: one });
  return run;
}

describe('a run', () => {
  test('keeps its picture in bounded memory: full columns merge and lose nothing', () => {
    const run = runOf(5, 0.1, 1000);
    expect([run.step, run.per, run.columns, run.span]).toEqual([1000, 4, 250, 1920]);
    expect(run.value(249, 0, 'relative')).toBeCloseTo(-4, 4);
    expect(run.loss(0)).toBeCloseTo((1 + 2 + 3 + 4) / 4);
  });

  test('no gradient at all is none, not NaN', () => {
    const run = runOf(5, 1, 1);
    run.add({
      type: 'steps',
      run: 1,
      first: 2,
      loss: Float32Array.of(1),
      norm: Float32Array.of(0),
      rate: Float32Array.of(0.1),
      epoch: 0,
      layers: new Float32Array(5 * FIELDS.length),
    });
    expect(run.now(0, 'relative')).toBe(Number.NEGATIVE_INFINITY);
    expect(run.now(4, 'relative')).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('the headline', () => {
  const say = (run: Run | null, before: Run | null = null, stale = false) => verdict({ run, before, remedy: null, stale, language: 'en', t: translator('en') });

  test.each([
    [0.5, 'vanish'],
    [0.8, 'fading'],
    [1, 'healthy'],
    [1.15, 'growing'],
    [1.5, 'explode'],
  ])('a factor of %s per layer over forty layers: %s', (factor, state) => expect(say(runOf(40, factor, 3)).state).toBe(state));

  test('its number is the measured one', () => {
    expect(say(runOf(40, 0.5, 3)).lead).toContain(`1 part in ${large(39 * Math.log10(2), 'en')}`);
  });

  test('before and after', () => {
    expect(say(runOf(40, 1, 30), runOf(40, 0.5, 30)).state).toBe('mended');
    expect(say(runOf(40, 0.8, 30), runOf(40, 0.5, 30)).state).toBe('better');
    expect(say(runOf(40, 0.5, 30), runOf(40, 0.5, 30)).state).toBe('worse');
    expect(say(runOf(40, 1, 5), runOf(40, 0.5, 30)).state).toBe('comparing');
  });

  test('a picture of older settings is never judged', () => expect(say(runOf(40, 0.5, 30), null, true).state).toBe('rebuild'));
});

describe('files', () => {
  test('a CSV is read as classes or as numbers', () => {
    expect(describeCsv('a.csv', 'x,y\n1,2.5\n2,3.7\n3,1.2\n')).toMatchObject({ target: 'y', task: 'regression' });
    expect(describeCsv('a.csv', 'x,"kind"\n1,cat\n2,dog\n3,cat\n')).toMatchObject({ target: 'kind', task: 'classification', classes: 2 });
    expect(describeCsv('a.csv', 'x\n1\n2\n')).toBeNull();
  });
});
