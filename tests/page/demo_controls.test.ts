// Every control of the page, set as a hand sets it, and read back from the engine that trains: its document, its layers, its steps.
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { DEFAULTS, type Settings, settingsWith } from '../../demo/settings.ts';
import { parseExperiment } from '../../src/experiment/index.ts';
import { ALL } from '../support/quick.ts';
import { click, engineDocument, type Fathom, LAPTOP, openSite, PHONE, type Site, SMALL, text, trained, violations } from './site.ts';

let site: Site;
let page: Page;
beforeAll(async () => {
  site = await openSite();
  page = await site.open(SMALL);
  await trained(page, 2);
});
afterAll(() => site?.close());

/** Sets a control as a hand does; names of choices are those that the page shows. */
function set(name: keyof Settings, value: string | number | boolean): Promise<void> {
  return page.evaluate(
    (setting, to) => {
      const field = document.querySelector<HTMLInputElement | HTMLSelectElement>(`[data-setting=${setting}] :is(select, input)`)!;
      if (typeof to === 'boolean') {
        if ((field as HTMLInputElement).checked !== to) (field as HTMLInputElement).click();
        return;
      }
      if (field instanceof HTMLSelectElement) field.selectedIndex = [...field.options].findIndex((option) => option.textContent === to);
      else field.value = String(to);
      field.dispatchEvent(new Event(field instanceof HTMLSelectElement ? 'change' : 'input'));
      field.dispatchEvent(new Event('blur'));
    },
    name,
    value,
  );
}

const number = (): Promise<number> => page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.start.run);

/** Waits for a network built after the one with this number. */
const rebuilt = (old: number) =>
  page.waitForFunction(
    (before) => {
      const { session } = (globalThis as unknown as Fathom).fathom;
      return session.run!.start.run > before && session.run!.step > 0 && !session.stale;
    },
    { timeout: 120_000 },
    old,
  );

test('all of them, changed one after the other, are one rebuild, and the engine runs what they say', async () => {
  const old = await number();
  const changes: [keyof Settings, string | number | boolean, Partial<Settings>][] = [
    ['data', 'Two moons', { data: 'moons' }],
    ['noise', 0.1, { noise: 0.1 }],
    // Moons are no images: their network stays dense, and the control is off.
    ['layer', 'convolutions', settingsWith('conv2d', DEFAULTS)],
    ['depth', 4, { depth: 4 }],
    ['width', 12, { width: 12 }],
    ['activation', 'ReLU', { activation: 'relu' }],
    ['batchNorm', true, { batchNorm: true }],
    ['shortcuts', '1/√L', { shortcuts: 'scaled' }],
    ['scheme', 'He', { scheme: 'he_normal' }],
    ['gain', 1.2, { gain: 1.2 }],
    ['optimizer', 'Adam', { optimizer: 'adam' }],
    ['learningRate', 0.002, { learningRate: 0.002 }],
    ['batch', 32, { batch: 32 }],
    ['clip', 2, { clip: 2 }],
    ['seed', 11, { seed: 11 }],
    ['dropout', 0.1, { dropout: 0.1 }],
    ['l2', 0.001, { l2: 0.001 }],
    ['earlyStopping', true, { earlyStopping: true }],
  ];
  expect(changes.map(([name]) => name).sort()).toEqual(
    // Params have sliders of their own, which depend on the data; points are drawn, a formula has a field of its own.
    Object.keys(DEFAULTS)
      .filter((name) => name !== 'params' && name !== 'points' && name !== 'formula' && name !== 'layers')
      .sort(),
  );
  for (const [name, value] of changes) await set(name, value);
  expect(await page.$eval('[data-setting=layer] select', (field) => (field as HTMLSelectElement).disabled)).toBe(true);
  await rebuilt(old);
  const settings = Object.assign({}, DEFAULTS, ...changes.map(([, , patch]) => patch)) as Settings;
  const { name: _name, ...document } = await engineDocument(page);
  expect(document).toMatchObject(JSON.parse(JSON.stringify({ ...parseExperiment(documentOf(settings)), name: undefined })));
  const { layers, learningRate, depth } = await page.evaluate(() => {
    const { run } = (globalThis as unknown as Fathom).fathom.session;
    return { layers: run!.start.layers, learningRate: run!.learningRate, depth: run!.depth };
  });
  expect(depth).toBe(4);
  expect(learningRate).toBeCloseTo(0.002, 6);
  expect(layers[1]).toMatchObject({ width: 12, activation: 'relu', batchNorm: true, residual: true });
  expect(await page.$('.notice[data-kind=failed]')).toBeNull();
  // A GPU would stop early before the tests behind this one are done with the run.
  const stopping = await number();
  await set('earlyStopping', false);
  await rebuilt(stopping);
});

test('the rate applies to the running network', async () => {
  const run = await number();
  await set('learningRate', 0.0123);
  await page.waitForFunction(() => Math.abs((globalThis as unknown as Fathom).fathom.session.run!.learningRate - 0.0123) < 1e-6);
  expect(await number()).toBe(run);
});

test('pause, one step, reset', async () => {
  const step = () => page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.step);
  await click(page, '.transport [data-do=play]');
  await page.waitForFunction(() => document.querySelector('#status')!.textContent!.includes('paused'));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const paused = await step();
  await click(page, '.transport [data-do=step]');
  await page.waitForFunction((n) => (globalThis as unknown as Fathom).fathom.session.run!.step === n + 1, {}, paused);
  await click(page, '.transport [data-do=reset]');
  await page.waitForFunction((n) => ((globalThis as unknown as Fathom).fathom.session.run?.step ?? 0) < n, {}, paused);
  await click(page, '.transport [data-do=play]');
  await trained(page, 2);
});

test('a network that waits for its first step is checked, with steps of a copy where that is asked for', async () => {
  const waiting = await site.open(`${SMALL}&gain=0.1`);
  await trained(waiting, 1);
  await click(waiting, '.transport [data-do=play]');
  await click(waiting, '.transport [data-do=reset]');
  await waiting.waitForSelector('#preflight [data-check=depth]');
  expect(await text(waiting, '#preflight [data-check=depth]')).toContain('Theory expects the gradient of the first layer');
  expect(await waiting.$eval('#preflight', (box) => box.textContent)).toContain('With the first step');
  await click(waiting, '[data-act=preflight]');
  await waiting.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.preflight!.whole);
  const checks = await waiting.evaluate(() =>
    (globalThis as unknown as Fathom).fathom.session.run!.preflight!.checks.map(({ name, outcome }) => `${name} ${outcome}`),
  );
  expect(checks).toEqual(expect.arrayContaining(['inputs pass', 'rows_apart pass', 'modes_agree pass', expect.stringContaining('one_batch')]));
  expect(await waiting.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.step)).toBe(0);
  expect(await violations(waiting)).toEqual([]);
  // In Chinese a rule speaks by its title.
  await click(waiting, '#language');
  await waiting.waitForFunction(() => document.querySelector('#preflight h2')!.textContent === '训练之前');
  await click(waiting, '.transport [data-do=play]');
  await waiting.waitForFunction(() => !document.querySelector('#preflight'));
  await waiting.close();
});

test('the speed holds the steps back', async () => {
  const taken = async (speed: string): Promise<number> => {
    await page.select('#speed', speed);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const from = await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.step);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    return (await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.step)) - from;
  };
  const slow = await taken('slow');
  expect(slow).toBeGreaterThan(0);
  expect(slow).toBeLessThan(45); // 15 a second
  expect(await taken('max')).toBeGreaterThan(slow);
});

test('a hidden tab pauses, and goes on where that is asked for', async () => {
  const hide = (hidden: boolean): Promise<void> =>
    page.evaluate((now) => {
      Object.defineProperty(document, 'hidden', { value: now, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const playing = (): Promise<boolean> => page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.playing);
  await hide(true);
  expect(await playing()).toBe(false);
  await hide(false);
  expect(await playing()).toBe(true);
  await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.lil-boolean')]
      .find((row) => row.textContent === 'Keep training in a background tab')!
      .querySelector('input')!
      .click(),
  );
  await hide(true);
  expect(await playing()).toBe(true);
  await hide(false);
});

describe('an open layer', () => {
  test('shows its histograms; the keyboard walks and leaves', async () => {
    await page.focus('#strip');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#detail:not([hidden])');
    await page.waitForFunction(() => /rms/.test(document.querySelector('#detail figure:not(.units) figcaption')!.textContent!));
    expect(await text(page, '#detail h2')).toBe('Layer 3 of 4');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => document.querySelector('#detail h2')!.textContent === 'Layer 2 of 4');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('#detail[hidden]');
  });

  test('is pointed at in all three panels at once, by one line', async () => {
    const box = (await (await page.$('#profile'))!.boundingBox())!;
    await page.mouse.move(box.x + 50, box.y + 40);
    await page.waitForSelector('#hair:not([hidden])');
    expect(await text(page, '#hair-words')).toMatch(/^Layer 4 of 4/);
    await page.mouse.move(5, 5);
    await page.waitForSelector('#hair[hidden]');
  });
});

test('the scale, the metric, the language and the theme change what is drawn', async () => {
  const pixels = (id: string): Promise<string> =>
    page.$eval(`#${id}`, (element) => (element.matches('canvas') ? (element as HTMLCanvasElement) : element.querySelector('canvas')!).toDataURL());
  await click(page, '.transport [data-do=play]');
  await page.waitForFunction(() => document.querySelector('#status')!.textContent!.includes('paused'));
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const changes = async (id: string, act: () => Promise<unknown>): Promise<boolean> => {
    const before = await pixels(id);
    await act();
    await new Promise((resolve) => setTimeout(resolve, 400));
    return (await pixels(id)) !== before;
  };
  expect(await changes('strip', () => click(page, '[data-value=absolute]'))).toBe(true);
  expect(await changes('loss', () => click(page, '[data-value=accuracy]'))).toBe(true);
  expect(await changes('profile', () => click(page, '[data-do=theme]'))).toBe(true);
  // The words of Chinese come when they are asked for.
  const inLanguage = async (tours: string): Promise<void> => {
    await click(page, '#language');
    await page.waitForFunction((words) => document.querySelector('[data-do=tours]')!.textContent === words, {}, tours);
  };
  expect(await changes('profile', () => inLanguage('导览'))).toBe(true);
  await inLanguage('Tours');
  expect(await violations(page)).toEqual([]);
});

test('metrics that a document names are choices of the chart, and in its table', async () => {
  const document = {
    ...documentOf({ ...DEFAULTS, depth: 2, width: 8 }),
    metrics: ['f1', { name: 'f1', average: 'macro' }, 'accuracy', { name: 'confusion_matrix', normalize: 'true' }, 'auc'],
  };
  const hash = `document=${encodeURIComponent(JSON.stringify(document))}&metric=f1_macro&speed=max`;
  for (const viewport of [LAPTOP, PHONE]) {
    const own = await site.open(hash, { viewport });
    // What reads a document comes before there is a page to ask.
    await own.waitForFunction(() => ((globalThis as unknown as Fathom).fathom?.session.run?.validations.length ?? 0) > 2);
    const choices = await own.$$eval('#metric-switch option', (options) =>
      options.map(({ textContent, selected, title }) => [textContent, selected, title !== '']),
    );
    expect(choices).toEqual([
      ['Loss', false, false],
      ['Accuracy', false, true],
      ['f1', false, true],
      ['f1_macro', true, true],
      ['auc', false, true],
    ]);
    const check = await own.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.validations.at(-1)!);
    expect(Object.keys(check.validationMetrics!)).toEqual(['f1', 'f1_macro', 'accuracy', 'auc']);
    expect(check.trainMetrics!.accuracy).toBe(check.trainAccuracy);
    expect(await own.evaluate(() => globalThis.document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await own.select('#metric-switch select', 'auc');
    expect(await own.evaluate(() => (globalThis as unknown as Fathom).fathom.store.encode())).toContain('metric=auc');
    if (process.env.SHOT) await own.screenshot({ path: `${process.env.SHOT}-${viewport.width}.png` });
    expect(await violations(own)).toEqual([]);
    await own.close();
  }
});

test('keys play, step and list themselves, and are off inside fields', async () => {
  const state = () =>
    page.evaluate(() => [(globalThis as unknown as Fathom).fathom.session.playing, (globalThis as unknown as Fathom).fathom.session.run!.step] as const);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const [, before] = await state();
  await page.keyboard.press('.');
  await page.waitForFunction((n) => (globalThis as unknown as Fathom).fathom.session.run!.step === n + 1, {}, before);
  await page.keyboard.press('Space');
  expect((await state())[0]).toBe(true);
  await page.focus('[data-setting=depth] input');
  await page.keyboard.press('Space');
  expect((await state())[0]).toBe(true);
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press('?');
  await page.waitForSelector('dialog[open]');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('dialog'));
});

test('runs are kept, named and compared: each is a line with its letter, five at most', async () => {
  const own = await site.open(SMALL);
  await trained(own, 3);
  const kept = (): Promise<(string | null)[][]> =>
    own.$$eval('#kept li', (all) =>
      all.map((row) => [row.querySelector('b')!.textContent, row.querySelector('input')!.value, row.querySelector('.evidence')!.textContent]),
    );
  const lines = (): Promise<string> =>
    own.evaluate(() =>
      (globalThis as unknown as Fathom).fathom
        .picture()
        .lines.map(({ name, values }) => `${name}${values.length}`)
        .join(),
    );
  const keep = async (n: number): Promise<void> => {
    await click(own, '#keep-run');
    await own.waitForFunction((rows) => document.querySelectorAll('#kept li').length === rows, {}, n);
  };
  await keep(1);
  await own.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ gain: 1.2, depth: 8 }));
  await trained(own, 3);
  await keep(2);
  const [a, b] = await kept();
  expect([a![0], a![1], b![0], b![1]]).toEqual([
    ...['A', '6 layers × 8 · tanh · gain 0.696 · two spirals · seed 7'],
    ...['B', '8 layers × 8 · tanh · gain 1.2 · two spirals · seed 7'],
  ]);
  for (const [, , evidence] of [a!, b!])
    expect(evidence).toMatch(/^(1 in \d+|[\d.]+\u2009%|[\d.]+ times|1: all of it arrives) arrives · loss [\d.]+ · step \d+$/);
  expect([await lines(), await own.evaluate(() => (globalThis as unknown as Fathom).fathom.picture().depth)]).toEqual(['A6,B8', 8]);
  expect(await own.$eval('#findings', (list) => getComputedStyle(list).display)).toBe('none');
  expect(await violations(own)).toEqual([]);
  // A name of one's own; keys of the page are off in it, and it stays in another language.
  await own.focus('#kept input');
  await own.keyboard.down('Control');
  await own.keyboard.press('a');
  await own.keyboard.up('Control');
  await own.keyboard.type('small r');
  await own.evaluate(() => (globalThis as unknown as Fathom).fathom.store.set({ language: 'zh' }));
  await own.waitForFunction(() => document.querySelector('#kept .evidence')!.textContent!.startsWith('到达'));
  expect((await kept()).map(([, name]) => name)).toEqual(['small r', b![1]]);
  // Sizes over the last layer's have no place on the absolute scale.
  await own.evaluate(() => (globalThis as unknown as Fathom).fathom.store.set({ language: 'en', scale: 'absolute' }));
  expect(await lines()).toBe('');
  await own.evaluate(() => (globalThis as unknown as Fathom).fathom.store.set({ scale: 'relative' }));
  await click(own, '[data-act=show-run]');
  await own.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run?.depth === 6);
  expect(await own.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings.gain)).toBe(0.6963);
  await trained(own, 1);
  for (const n of [3, 4, 5]) await keep(n);
  await click(own, '#keep-run');
  await own.waitForFunction(() => document.querySelector('#toast')!.textContent === '5 runs are kept: remove one first.');
  for (let n = 4; n >= 0; n--) {
    await click(own, '[data-act=remove-run]');
    expect(await kept()).toHaveLength(n);
  }
  expect([await lines(), await own.evaluate(() => document.activeElement!.id)]).toEqual(['', 'keep-run']);
  expect(await own.$eval('#findings', (list) => getComputedStyle(list).display)).not.toBe('none');
  await own.close();
});

test('profiling names the GPU time of every layer, and without timestamps says so', async () => {
  await click(page, '#gpu-times');
  await page.waitForFunction(() => /of GPU time per step: forward/.test(document.querySelector('#status')!.textContent!));
  const times = await page.evaluate(() => [...(globalThis as unknown as Fathom).fathom.session.run!.gpuTimes!.layers]);
  expect(times.length).toBe(4);
  expect(Math.max(...times)).toBeGreaterThan(0);
  expect(page.url()).toContain('profile=1');
  await click(page, '#gpu-times');
  await page.waitForFunction(() => !location.hash.includes('profile'));
  const poor = await site.open(`${SMALL}&profile=1`, {
    viewport: LAPTOP,
    prepare: (fresh) =>
      fresh.evaluateOnNewDocument(() => {
        const Native = Worker;
        globalThis.Worker = class extends Native {
          constructor(url: string | URL, options?: WorkerOptions) {
            const source = `GPUAdapter.prototype.requestDevice = ((make) => function () { return make.call(this); })(GPUAdapter.prototype.requestDevice); import(${JSON.stringify(new URL(url, location.href).href)});`;
            super(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), options);
          }
        };
      }),
  });
  await poor.waitForFunction(() => (document.querySelector('.notice[data-kind=file]')?.textContent ?? '').includes('timestamp'));
  await poor.waitForFunction(() => !location.hash.includes('profile'));
  await poor.close();
});

test('nothing was logged as an error, and no request failed', () => expect(site.problems).toEqual([]));

test.runIf(ALL)('a ResNet has a trunk beside its blocks, on which theory holds', async () => {
  const resnet = await site.open('preset=resnet&speed=max');
  await trained(resnet, 6);
  const { blocks, early, theory, inside, beside } = await resnet.evaluate(() => {
    const run = (globalThis as unknown as Fathom).fathom.session.run!;
    return {
      blocks: run.blocks,
      early: run.early,
      theory: run.start.theory!.delta[0]!,
      inside: run.inBranch(4, 'relative'),
      beside: Number.isNaN(run.inBranch(0, 'relative')),
    };
  });
  expect(blocks).toBe(8);
  // 8 channels are few: a third of a decade of the 1.03 that wide ones have.
  expect(Math.abs(early - theory)).toBeLessThan(0.35);
  expect(Number.isFinite(inside)).toBe(true);
  expect(beside).toBe(true);
  expect(await text(resnet, '#strip-sub')).toBe('8 blocks on the trunk');
  await resnet.close();
});

async function captionsAreWhole(page: Page): Promise<void> {
  for (const width of [1440, 1024]) {
    await page.setViewport({ width, height: 900 });
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('#figure-confusion figcaption > *')]
        .filter((e) => e.scrollWidth > e.clientWidth && e.clientWidth > 0)
        .map((e) => e.textContent),
    );
    expect(cut, `${width} wide`).toEqual([]);
  }
}

test('nothing crosses words: the lead is ringed inside its labels, and captions of digits are whole', async () => {
  const own = await site.open(`${SMALL}&data=digits&depth=8&scheme=he_normal`, { viewport: { width: 1440, height: 900 } });
  await trained(own, 1);
  await own.waitForSelector('#lead:not([hidden])');
  await own.keyboard.press('Tab');
  await own.focus('#lead');
  const ring = await own.evaluate(() => {
    const lead = document.querySelector('#lead')!;
    const ringed = [lead, lead.querySelector('svg')!].filter((element) => getComputedStyle(element).outlineStyle === 'solid');
    const { outlineOffset, outlineWidth } = getComputedStyle(ringed[0]!);
    const box = ringed[0]!.getBoundingClientRect();
    const out = Number.parseFloat(outlineOffset) + Number.parseFloat(outlineWidth);
    const bed = lead.getBoundingClientRect().top + 10;
    return {
      rings: ringed.length,
      right: box.right + out,
      below: box.bottom + out - bed,
      label: lead.querySelector('span:not(.tag)')!.getBoundingClientRect().left,
    };
  });
  expect(ring.rings).toBe(1);
  expect(ring.right).toBeLessThanOrEqual(ring.label);
  // The ruler's words stand around bed + 39, 12 high.
  expect(ring.below).toBeLessThanOrEqual(33);
  await captionsAreWhole(own);
  await own.close();
  const lesson = encodeURIComponent(JSON.stringify({ question: 'Where?', from: 0.3, to: 3, open: ['gain'] }));
  const taught = await site.open(`${SMALL}&data=digits&depth=8&scheme=he_normal&lesson=${lesson}`, { viewport: { width: 1440, height: 900 } });
  await trained(taught, 1);
  await captionsAreWhole(taught);
  await taught.close();
});
