// The page's own rules, without a browser: addresses, documents, the scale, the shared depth axis, what the headline says.
import { describe, expect, test } from 'vitest';
import { breaksOf } from '../../demo/breaks.ts';
import { documentOf } from '../../demo/document.ts';
import type { Palette } from '../../demo/draw/canvas.ts';
import { bed, layerAt, rowMiddle, TOP, ticks } from '../../demo/draw/depth.ts';
import { attribute, nodesOf } from '../../demo/engine/gpu_times.ts';
import { large, number, powerOfTen } from '../../demo/format.ts';
import { loadWords, translator } from '../../demo/i18n.ts';
import { describeCsv } from '../../demo/own_csv.ts';
import { PRESETS, presetOf } from '../../demo/presets.ts';
import { FIELDS, type JudgementMessage } from '../../demo/protocol.ts';
import { sameModel, settingsOf } from '../../demo/read_document.ts';
import spreads from '../../demo/recorded/spread.json';
import { rowOf, rowsOf } from '../../demo/rows.ts';
import { Run } from '../../demo/run.ts';
import { colour } from '../../demo/scale.ts';
import { DEFAULTS, decodeSettings, encodeSettings, paramsOf, type Settings, settingsWith } from '../../demo/settings.ts';
import { CARD, drawCard } from '../../demo/share/card.ts';
import type { Pen } from '../../demo/share/pen.ts';
import { settingsLine } from '../../demo/share/settings_line.ts';
import { addressOf, Store } from '../../demo/store.ts';
import { en } from '../../demo/text/en.ts';
import { zh } from '../../demo/text/zh.ts';
import { type Measure, type Spread, spreadKey, TOURS } from '../../demo/tours.ts';
import { verdict, zoneOf } from '../../demo/verdict.ts';
import { GENERATOR_NAMES } from '../../src/data/generators/index.ts';
import { parseExperiment, REMEDIES } from '../../src/experiment/index.ts';
import { activation, batchNorm, dense, dropout, residual, sequential } from '../../src/index.ts';
import { runOf, stepOf } from './runs.ts';

await loadWords('zh');

const CHANGED: Settings = {
  ...DEFAULTS,
  data: 'blobs',
  params: { classes: 5 },
  depth: 12,
  width: 20,
  activation: 'relu',
  batchNorm: true,
  shortcuts: 'scaled',
  scheme: 'he_normal',
  gain: 1.5,
  optimizer: 'momentum',
  learningRate: 0.2,
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
    expect(decodeSettings('depth=1e9&width=-3&activation=nonsense&rate=x&colour=red&param_turns=9&param_rows=1')).toEqual({
      ...DEFAULTS,
      depth: 100,
      width: 2,
      params: { turns: 5 },
    });
    // Names that every object of JavaScript has.
    expect(decodeSettings('constructor=1&__proto__=1&toString=x&hasOwnProperty=1&depth=3')).toEqual({ ...DEFAULTS, depth: 3 });
  });

  test.each([
    ['the first screen', DEFAULTS],
    ['everything changed', CHANGED],
    ['one layer', { ...DEFAULTS, depth: 1 }],
    ['digits', { ...DEFAULTS, data: 'digits' as const }],
    ['convolutions', { ...CHANGED, data: 'digits' as const, params: {}, layer: 'conv2d' as const }],
    ['a ResNet', presetOf('resnet')!],
    ['a ResNet with scaled branches', { ...presetOf('resnet')!, shortcuts: 'scaled' as const, dropout: 0.2, l2: 0.001, batchNorm: false }],
    ['one convolution', { ...DEFAULTS, data: 'digits' as const, layer: 'conv2d' as const, depth: 1 }],
    ...GENERATOR_NAMES.map((data): [string, Settings] => {
      // Every slider in its middle.
      const params = Object.fromEntries(
        paramsOf(data).map(([name, { type, min, max }]) => [name, type === 'integer' ? Math.ceil((min + max) / 2) : (min + max) / 2 + 0.01]),
      );
      return [data, { ...DEFAULTS, data, params }];
    }),
  ])('the document of %s passes the schema and comes back as the same controls', (_name, settings) => {
    expect(decodeSettings(encodeSettings(settings))).toEqual(settings);
    const document = documentOf(settings);
    expect(() => parseExperiment(document)).not.toThrow();
    // The digits have no noise to remember.
    expect(settingsOf(document)).toEqual({ ...settings, ...(settings.data === 'digits' ? { noise: DEFAULTS.noise } : {}) });
  });

  test('convolutions are for digits, and no larger than a page has time for', () => {
    const types = (settings: Settings): string[] => documentOf(settings).model.layers.map(({ type }) => type);
    const digits = { ...DEFAULTS, data: 'digits' as const };
    const settings = { ...digits, ...settingsWith('conv2d', digits) };
    expect(settings).toMatchObject({ depth: 8, width: 16 });
    expect(types(settings)).toEqual(['reshape', 'repeat', 'global_avg_pool2d', 'dense']);
    expect(types({ ...settings, data: 'moons' })).toEqual(types(DEFAULTS));
    expect(settingsWith('dense', settings)).toEqual({ layer: 'dense' });
    expect(settingsWith('resnet', digits)).toEqual({ layer: 'resnet', depth: 9, width: 8, batchNorm: true, shortcuts: 'plain' });
    // Without shortcuts it is the stack of convolutions that it is made of.
    const plain = { ...presetOf('resnet')!, shortcuts: 'none' as const };
    expect(settingsOf(documentOf(plain))).toEqual({ ...plain, layer: 'conv2d', depth: 17 });
    const fixed = REMEDIES.residual.propose(parseExperiment(documentOf(settings)))!.document;
    expect(settingsOf(fixed as never)).toMatchObject({ layer: 'conv2d', shortcuts: 'scaled' });
  });

  test('remedies show in the controls', () => {
    const document = parseExperiment(documentOf(DEFAULTS));
    const fixed = (id: keyof typeof REMEDIES) => settingsOf(REMEDIES[id].propose(document)!.document as never);
    expect(fixed('critical_initialisation')).toMatchObject({ scheme: 'lecun_normal', gain: 1 });
    expect(fixed('batch_norm')).toMatchObject({ batchNorm: true });
    expect(fixed('residual')).toMatchObject({ shortcuts: 'scaled' });
    expect(fixed('optimizer')).toMatchObject({ optimizer: 'adam' });
  });

  test('every way to break a network changes it, and has its words', () => {
    const breaks = breaksOf({ ...DEFAULTS, depth: 20, gain: 1 });
    expect(breaks.map(({ id }) => id)).toEqual(['small_weights', 'large_weights', 'sigmoid', 'deeper', 'plain_shortcuts', 'high_rate']);
    for (const { id, text, patch } of breaks) {
      const broken = { ...DEFAULTS, depth: 20, gain: 1, ...patch };
      expect(decodeSettings(encodeSettings(broken)), id).toEqual(broken);
      expect(broken, id).not.toEqual({ ...DEFAULTS, depth: 20, gain: 1 });
      for (const { title, summary } of [text.en, text.zh]) expect(title.length * summary.length, id).toBeGreaterThan(0);
    }
    expect(breaksOf(DEFAULTS).map(({ id }) => id)).not.toContain('deeper');
  });

  test('weights fit where data and model are the same, whatever trains them', () => {
    expect(sameModel(documentOf(DEFAULTS), documentOf({ ...DEFAULTS, learningRate: 0.2, optimizer: 'adam' }))).toBe(true);
    expect(sameModel(documentOf(DEFAULTS), documentOf({ ...DEFAULTS, width: 12 }))).toBe(false);
  });

  test('what the controls cannot say is said to be so', () => {
    const document = documentOf(DEFAULTS);
    expect(
      settingsOf({ ...document, model: { layers: [{ type: 'dense', units: 9 }, { type: 'activation', name: 'relu' }, ...document.model.layers] } }),
    ).toBeNull();
  });
});

test('settings behind a ? are read, and what is not of the page stays there', () => {
  expect(addressOf('?depth=6&embed=1&preset=he', '#depth=9')).toEqual({ search: '?embed=1', hash: '#depth=9&preset=he' });
  expect(addressOf('', '#depth=9')).toEqual({ search: '', hash: '#depth=9' });
});

test('an address with nothing to carry has no # at its end', () => {
  const system = { language: 'en', theme: 'light' } as const;
  expect(new Store('', system).hash).toBe('');
  expect(new Store('#', system).hash).toBe('');
  expect(new Store('#depth=9', system).hash).toBe('#depth=9');
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
  expect(bed(400, 3)).toBe(TOP + 3 * 36);
  expect(ticks(50)).toEqual([50, 40, 30, 20, 10, 1]);
});

test('numbers are written as the page writes them', () => {
  expect(powerOfTen(Math.log10(9.4e-8))).toBe('9.4e\u22128');
  expect(powerOfTen(-200.5)).toBe('3.2e\u2212201');
  expect(number(0.46)).toBe('0.46');
  expect(large(Math.log10(11e6), 'en')).toBe('11 million');
  expect(large(Math.log10(11e6), 'zh')).toBe('1100 万');
  expect([13.5, 31.4].map((log) => large(log, 'en'))).toEqual(['32 trillion', '10<sup>31</sup>']);
});

describe('a run', () => {
  test('keeps its picture in bounded memory: full columns merge and lose nothing', () => {
    const run = runOf(5, 0.1, 1000, (step) => step);
    expect([run.step, run.per, run.columns, run.span]).toEqual([1000, 4, 250, 1280]);
    expect(run.value(249, 0, 'relative')).toBeCloseTo(-4, 4);
    expect(run.loss(0)).toBeCloseTo((1 + 2 + 3 + 4) / 4);
  });

  test('keeps checks evenly apart and the newest, however many there are', () => {
    const run = runOf(1, 1, 1);
    for (let n = 1; n <= 10_000; n++) {
      run.addValidation({ step: 50 * n, epoch: n, trainLoss: 1, validationLoss: 1 });
      expect(run.validations.at(-1)!.step).toBe(50 * n);
      expect(run.validations.length).toBeLessThanOrEqual(481);
    }
    const steps = run.validations.map((check) => check.step / 50);
    expect(steps.slice(0, -1)).toEqual(Array.from({ length: 312 }, (_, i) => 32 * (i + 1)));
    run.resume({ ...run.start, run: 2, step: 50 * 640 });
    run.addValidation({ step: 50 * 641, epoch: 641, trainLoss: 1, validationLoss: 1 });
    run.addValidation({ step: 50 * 642, epoch: 642, trainLoss: 1, validationLoss: 1 });
    expect(run.validations.map((check) => check.step / 50).slice(-3)).toEqual([608, 640, 642]);
  });

  test('leaves at most a third of the time axis empty once there is something to see', () => {
    for (let steps = 60; steps < 5000; steps += 211) {
      const { span } = runOf(1, 1, steps);
      expect(span).toBeGreaterThanOrEqual(steps);
      expect(span).toBeLessThanOrEqual(Math.max(60, steps * 1.35));
      expect(span % 4).toBe(0);
    }
  });

  test('passes over steps that nobody looked at: the columns between repeat the next', () => {
    const run = runOf(5, 0.1, 10, (step) => step);
    run.add(stepOf(5, 13, 0.5, 7));
    expect(run.columns).toBe(13);
    expect([run.loss(9), run.loss(10), run.loss(11), run.loss(12)]).toEqual([10, 7, 7, 7]);
    expect(run.value(10, 0, 'relative')).toBeCloseTo(4 * Math.log10(0.5));
  });

  test('goes on from a checkpoint and takes back what came after it', () => {
    const run = runOf(5, 0.1, 40, (step) => step);
    run.resume({ ...run.start, run: 2, step: 25 });
    expect([run.step, run.columns, run.start.run]).toEqual([25, 25, 2]);
    run.add(stepOf(5, 26, 0.5, 3));
    expect([run.step, run.columns, run.loss(24), run.loss(25)]).toEqual([26, 26, 25, 3]);
  });

  test('of another visit: what came before is unknown, and no gradient of 0', () => {
    const run = new Run({ ...runOf(5, 0.1, 0).start, step: 1000 });
    expect([run.step, run.early]).toEqual([0, Number.NaN]);
    run.add(stepOf(5, 1001, 0.1, 0.5));
    expect([run.step, run.columns, run.has(0), run.has(run.columns - 1), run.hasMoved]).toEqual([1001, 251, false, true, true]);
    expect([run.ratio, run.early]).toEqual([expect.closeTo(-4), expect.closeTo(-4)]);
    expect([run.value(3, 0, 'relative'), run.loss(3)]).toEqual([Number.NaN, Number.NaN]);
  });

  test('keeps the last step that was finite for what is said of it after it broke', () => {
    const run = runOf(5, 0.1, 3);
    run.add(stepOf(5, 4, Number.NaN, 1));
    expect(run.finiteStep).toBe(3);
    expect(run.now(0, 'relative')).toBeNaN();
    expect(run.trusted(0, 'relative')).toBeCloseTo(-4);
    expect(run.update(0)).toBeCloseTo(1e-3);
  });

  test('no gradient at all is none, not NaN', () => {
    const run = runOf(5, 1, 1);
    run.add({ ...stepOf(5, 2, 1, 1), layers: new Float32Array(5 * FIELDS.length) });
    expect(run.now(0, 'relative')).toBe(Number.NEGATIVE_INFINITY);
    expect(run.now(4, 'relative')).toBe(Number.NEGATIVE_INFINITY);
  });
});

test('a block is one row: the gradient of its sum, the weights of its branch', () => {
  const info = { role: 'hidden' as const, activation: 'tanh', fanIn: 4, width: 4, batchNorm: false, residual: false };
  const layers = [
    { ...info, name: 'dense_1', trunk: true },
    { ...info, name: 'residual_1/dense_1', activation: 'relu', trunk: false, branchOf: 'dense_1' },
    { ...info, name: 'residual_1/dense_2', trunk: false, branchOf: 'dense_1' },
    { ...info, name: 'dense_2', trunk: true, role: 'output' as const },
  ];
  const rows = rowsOf({ layers, joins: [{ name: 'residual_1', role: 'hidden', activation: 'linear', width: 4, after: 3 }] });
  expect(rows.map(({ place, layer, branch }) => [place.name, layer?.name, branch?.name])).toEqual([
    ['dense_1', 'dense_1', undefined],
    ['residual_1', 'residual_1/dense_2', 'residual_1/dense_1'],
  ]);
  expect(['dense_1', 'residual_1/dense_1', 'residual_1', 'dense_2', undefined].map((name) => rowOf(rows, name))).toEqual([1, 2, 2, 0, 0]);
});

test('GPU times belong to the layer whose nodes they are, shared kernels to none', () => {
  const names = ['dense_1', 'residual_1/dense_1', 'residual_1/dense_2', 'dense_2'];
  const branch = [dense(4), batchNorm(), dense(4)];
  const nodes = nodesOf(sequential([dense(4), activation('tanh'), dropout(0.1), residual(branch, { scale: 0.5 }), dense(3)]), 2);
  const labels = [
    ...['gather_rows x', 'matmul dense_1', 'dropout dropout_1', 'matmul_quad residual_1/dense_1', 'batch_norm residual_1/batch_norm_1'],
    ...['scale residual_1/scaled', 'binary residual_1', 'loss_cross_entropy loss', 'matmul grad/dense_2/da', 'dense_weight_grads weight_grads'],
    ...['moments moments/gradients', 'update update', 'binary update_of_step'],
  ];
  const { layers, parts } = attribute(
    labels.map((label, i) => ({ label, milliseconds: 2 ** i })),
    names,
    nodes,
  );
  expect([...layers]).toEqual([2 + 4, 8 + 16, 32 + 64, 256]);
  expect(parts).toEqual({ forward: 2 + 4 + 8 + 16 + 32 + 64 + 128, backward: 256, weight_gradients: 512, statistics: 1024 + 4096, update: 1 + 2048 });
});

test.each([
  [4.3, '20,000 times', '2 万倍'],
  [0.04, '1.1 times', '1.1 倍'],
  [-0.3, '50\u2009%', '50\u2009%'],
  [-3, '1 part in 1,000', '1000 分之一'],
])('a tour says a ratio of 10^%s as %s', (ratio, en, zh) => {
  const { words } = TOURS.find(({ id }) => id === 'residual')!.verdict([{ ratio }, { ratio }] as never);
  expect(words.en).toContain(`one over the root of the depth, <b>${en}</b>`);
  expect(words.zh).toContain(`缩放后是 <b>${zh}</b>`);
});

test('the line under a picture tells every preset from all others', () => {
  for (const language of ['en', 'zh'] as const) {
    const line = (patch: Partial<Settings>): string => settingsLine({ settings: { ...DEFAULTS, ...patch }, document: null, language }, translator(language));
    expect(new Set(PRESETS.map(({ patch }) => line(patch))).size).toBe(PRESETS.length);
    if (language === 'zh') continue;
    expect(line({})).toBe('50 layers × 48 · tanh · gain 0.696 · two spirals · seed 7');
    expect(line(presetOf('he')!)).toBe('50 layers × 48 · ReLU · He · gain 1 · two spirals · seed 7');
    expect(line(presetOf('shortcuts')!)).toBe('25 layers × 48 · ReLU · shortcuts · He · gain 1 · two spirals · seed 7');
    expect(line(presetOf('resnet')!)).toBe('ResNet: 8 blocks × 8 channels · ReLU · batch norm · He · gain 1 · digits · seed 7');
    expect(line({ data: 'formula', formula: 'x^2 + y^2 < 1' })).toContain(' · x^2 + y^2 < 1 · seed 7');
    expect(line({ data: 'formula', formula: `y > ${'sin(x) + '.repeat(20)}1` })).toMatch(/ · y > .{35}… · seed 7$/);
    expect(line({ ...presetOf('resnet')!, shortcuts: 'none' })).toContain('17 convolutions × 8 channels');
  }
});

test('words at the foot of a card never run into its lead', () => {
  const ink = new Proxy({}, { get: () => '#000' }) as Palette;
  for (const reach of [-30, -8, -3, 0, 2, 5])
    for (const letters of [20, 60, 95])
      for (const address of ['', 'example.org/fathom', 'somebodys-name.github.io/fathom-webgpu']) {
        const boxes: { from: number; to: number; top: number; bottom: number }[] = [];
        let lead = { from: 0, to: 0, top: 0, bottom: 0 };
        const measure = (words: string, { size }: { size: number }): number => words.length * size * 0.45;
        const pen: Pen = {
          rect: () => undefined,
          line: () => undefined,
          image: () => undefined,
          // The lead is 17 wide and 24 high, times its scale.
          shape: (_path, { x, y, scale }) => {
            if (scale === 1.6) lead = { from: x + 13.5 * scale, to: x + 30.5 * scale, top: y, bottom: y + 24.2 * scale };
          },
          text: (words, x, y, style) => {
            const width = measure(words, style);
            if (y > 560)
              boxes.push({
                from: style.align === 'right' ? x - width : x,
                to: style.align === 'right' ? x : x + width,
                top: y - 0.66 * style.size,
                bottom: y + 0.2 * style.size,
              });
          },
          measure,
        };
        const theory = [reach, reach / 2, 0];
        const words = { laboratory: '', output: '', heat: '' };
        drawCard(
          pen,
          { title: 'A', product: null, foreseen: true, measured: null, theory, depth: 3, columns: [], settings: 'x'.repeat(letters), address, words },
          ink,
        );
        expect(boxes).toHaveLength(2);
        for (const { from, to, top, bottom } of boxes) {
          expect(bottom).toBeLessThanOrEqual(CARD.height);
          expect(to <= lead.from || from >= lead.to || top >= lead.bottom, `${reach} ${letters} ${address}`).toBe(true);
        }
        expect(boxes[0]!.from >= boxes[1]!.to || address === '').toBe(true);
      }
});

test('a tour says of each experiment what was measured, the factor that a calculator confirms, and the seed', () => {
  const measure: Measure = {
    ratio: 49 * Math.log10(0.7),
    depth: 50,
    profile: [],
    losses: [0.7, 0.7],
    seed: 7,
    spread: { seeds: 24, least: -8, most: -7 },
    nonFinite: null,
  };
  for (const { id, steps } of TOURS)
    for (const [i, step] of steps.entries()) {
      const all = Array.from({ length: i + 1 }, () => ({ ...measure, later: { step: 14, ratio: measure.ratio - 1 } }));
      const found = step.found(all[i]!, all);
      const line = String.fromCharCode(65 + i);
      expect(found.en, id).toContain(`(line ${line}), seed 7: layer 1 receives <b>1 part in 39 million</b>, a factor of <b>0.70</b> per layer`);
      expect(found.zh, id).toContain(`（线 ${line}，种子 7）：第 1 层收到 <b>3900 万分之一</b>，每层乘以 <b>0.70</b>`);
      expect(found.en, id).toContain(
        'Of 24 other seeds, two in three lie between <b>1 part in 100 million</b> and <b>1 part in 10 million</b>. By step 14 training had made it <b>1 part in 390 million</b>.',
      );
      // What other seeds gave was measured for just this experiment.
      const spread = (spreads as Record<string, Spread>)[spreadKey(step.settings)];
      expect(spread?.seeds, `${id}: node tests/support/run_ts.mjs demo/record_spread.ts`).toBeGreaterThan(20);
      expect(spread!.most).toBeGreaterThan(spread!.least);
      // Nothing that only a measurement can know is said before there is one.
      expect(step.words.en, id).not.toMatch(/0\.\d|\d\u2009?%/);
    }
});

describe('the headline', () => {
  const say = (run: Run | null, before: Run | null = null, stale = false) => verdict({ run, before, tried: null, stale, language: 'en', t: translator('en') });

  test.each([
    [0.5, 'vanish'],
    [0.8, 'fading'],
    [1, 'healthy'],
    [1.15, 'growing'],
    [1.5, 'explode'],
  ])('a factor of %s per layer over forty layers: %s', (factor, state) => expect(say(runOf(40, factor, 3)).state).toBe(state));

  test('a ratio that swings about a level keeps its name', () => {
    const near = Math.log10(1000);
    expect([zoneOf(near + 0.05), zoneOf(near - 0.05)]).toEqual(['explode', 'growing']);
    expect([zoneOf(near - 0.05, 'explode'), zoneOf(near + 0.05, 'growing'), zoneOf(near - 0.2, 'explode')]).toEqual(['explode', 'growing', 'growing']);
    expect([zoneOf(-3.1, 'healthy'), zoneOf(-2.9, 'fading'), zoneOf(-3.2, 'finding'), zoneOf(0, 'vanish')]).toEqual(['healthy', 'fading', 'fading', 'healthy']);
  });

  test('its number is the measured one', () => {
    expect(say(runOf(40, 0.5, 3)).lead).toContain(`1 in ${large(39 * Math.log10(2), 'en')}`);
  });

  test('before and after', () => {
    expect(say(runOf(40, 1, 30), runOf(40, 0.5, 30)).state).toBe('fixed');
    expect(say(runOf(40, 0.8, 30), runOf(40, 0.5, 30)).state).toBe('better');
    expect(say(runOf(40, 0.5, 30), runOf(40, 0.5, 30)).state).toBe('worse');
    expect(say(runOf(40, 1, 4), runOf(40, 0.5, 30)).state).toBe('comparing');
    expect(say(runOf(40, 0.5, 30), runOf(40, 1, 30))).toMatchObject({ state: 'broken', title: en.h_vanish });
    expect(say(runOf(40, 1.5, 30), runOf(40, 1, 30))).toMatchObject({ state: 'broken', title: en.h_explode });
  });

  test('what the model is worth, beside the gradient; alone where that was well before', () => {
    const judged = (factor: number, result: JudgementMessage['verdict']) => {
      const run = runOf(40, factor, 30);
      run.judgement = { type: 'judgement', run: 1, verdict: result, unit: 'loss', loss: 0.08, untreatedLoss: 1.1, baselineLoss: 1.05 };
      return run;
    };
    expect(say(judged(1, 'helped'), runOf(40, 1, 30))).toMatchObject({ state: 'fixed', lead: expect.stringContaining('clearly better</b>: 1.1 → 0.08') });
    expect(say(judged(1, 'did not help'), runOf(40, 1, 30))).toMatchObject({ state: 'worse', title: en.h_worse });
    expect(say(judged(1, 'did not help'), runOf(40, 0.5, 30))).toMatchObject({ state: 'fixed', lead: expect.stringContaining('no better</b> so far') });
  });

  test('a picture of older settings is never judged', () => expect(say(runOf(40, 0.5, 30), null, true).state).toBe('rebuild'));
});

describe('files', () => {
  test('a CSV is read as classes or as numbers', () => {
    expect(describeCsv('a.csv', 'x,y\n1,2.5\n2,3.7\n3,1.2\n')).toMatchObject({ target: 'y', task: 'regression' });
    expect(describeCsv('a.csv', 'x,"kind"\n1,cat\n2,dog\n3,cat\n')).toMatchObject({ target: 'kind', task: 'classification', classes: 2 });
    expect(describeCsv('a.csv', 'x;kind\n1;"a; b"\n2;c\n3;c\n')).toMatchObject({ target: 'kind', classes: 2, rows: 3 });
    expect(() => describeCsv('a.csv', 'x\n1\n2\n')).toThrow('only column');
    expect(
      describeCsv(
        'a.csv',
        Uint8Array.from('x,y\n1,Öl\n2,Al\n3,Al\n', (char) => char.charCodeAt(0)),
      ),
    ).toMatchObject({ text: 'x,y\n1,Öl\n2,Al\n3,Al\n', classes: 2 });
    expect(() => describeCsv('a.csv', 'x,y\n1,a\noops,b\n')).toThrow('line 3, column 1 (x)');
  });
});
