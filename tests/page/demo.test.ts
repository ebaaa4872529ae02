// The page in a real Chrome: what it shows comes from the engine, and each control changes the engine.
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALL, oneIn } from '../support/quick.ts';
import { plantInWorker } from './planted_page.ts';
import { choose, click, type Fathom, LAPTOP, openSite, PHONE, type Site, SMALL, text, trained, violations } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

describe('the first screen', () => {
  test('trains by itself, draws, says what is wrong and fixes it', async () => {
    const page = await site.open('speed=max');
    await trained(page, 12);
    expect(await text(page, 'h1')).toBe('The gradient dies on its way down.');
    expect(await text(page, '#say p')).toMatch(/Measured: 1 in [\d,.]+ (million|billion)/);
    // The three panels agree to the pixel, and so do the colours in them.
    const panels = await page.evaluate(() => {
      const { fathom } = globalThis as unknown as Fathom;
      fathom.session.pause();
      return ['strip', 'profile', 'heat'].map((id) => {
        const { top, height } = document.getElementById(id)!.getBoundingClientRect();
        return { top, height };
      });
    });
    for (const { top, height } of panels) expect({ top, height }).toEqual(panels[0]);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const colours = await page.evaluate(() => {
      const { fathom } = globalThis as unknown as Fathom;
      const { run } = fathom.session;
      const read = (id: string, x: number, y: number): number[] => {
        const canvas = document.getElementById(id) as HTMLCanvasElement;
        const scale = canvas.width / canvas.clientWidth;
        return [
          ...canvas
            .getContext('2d')!
            .getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1)
            .data.slice(0, 3),
        ];
      };
      const heat = document.getElementById('heat')!;
      const newest = ((heat.clientWidth - 1) * (run!.columns - 0.5)) / run!.span;
      const row = (heat.clientHeight - 80) / run!.depth;
      // Beside the isobaths' labels: layers in the middle of the scale.
      return [1, 8, 44].map((above) => [read('strip', 60, 32 + (above + 0.5) * row), read('heat', newest, 32 + (above + 0.5) * row)]);
    });
    for (const [strip, heat] of colours) expect(heat).toEqual(strip);

    await page.waitForSelector('[data-act=fix]');
    // Consequences stand under their cause; the rows are the same elements for as long as their findings are there.
    await page.waitForSelector('#findings .follows');
    await page.evaluate(() => Object.assign(globalThis, { row: document.querySelector('#findings li') }));
    const causes = await page.$$eval('#findings li:not(.follows)', (rows) => rows.length);
    expect(await text(page, '#findings-count')).toBe(String(causes));
    // The status line is whole.
    expect(await page.$eval('footer.status', (line) => line.getBoundingClientRect().bottom <= innerHeight)).toBe(true);
    await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.play());
    // The hand on the theory line: by keys it only proposes, and is put back.
    expect(await text(page, '#product .line')).toBe('0.69 × 0.69 × 0.69 × … × 0.6949 times= 1 in 79 million');
    await page.focus('#lead');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => document.querySelector('#say h1')!.textContent === 'What if each layer passed on 80\u2009%?');
    expect(await text(page, '#product .line')).toContain('= 1 in 56,000');
    expect(await page.$eval('#lead', (lead) => lead.getAttribute('aria-valuetext'))).toBe('0.80, 49 times: 1 in 56,000');
    expect(await text(page, '[data-setting=gain] .was')).toBe('0.696 → 0.811');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelector('#say h1')!.textContent === 'The gradient dies on its way down.');
    // Why? in three sentences, and its numerals in the figure.
    await click(page, '[data-act=why]');
    expect(await page.$$eval('#why li p', (all) => all[1]!.textContent)).toBe(
      'From layer 50 to layer 1 that happens 49 times in a row: 0.6949 = 1 in 79 million.',
    );
    expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.hand!.notes.map(({ numeral }) => numeral))).toEqual(['1', '2', '3']);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.waitForSelector('#why[hidden]');
    // Words are explained on focus, with this network's numbers, and under the fold.
    await page.focus('[data-setting=gain] .lil-name');
    expect(await text(page, '#note')).toContain('Here 0.696.');
    await page.keyboard.press('Escape');
    expect(await page.$eval('#note', (note) => (note as HTMLElement).hidden)).toBe(true);
    expect(await page.$$eval('#fold dt', (words) => words.length)).toBe(12);
    await trained(page, 34);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await page.evaluate(() => (globalThis as unknown as { row: Element }).row === document.querySelector('#findings li'))).toBe(true);
    await click(page, '[data-act=fix]');
    await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.before !== null);
    await trained(page, 22);
    const { before, after, gain } = await page.evaluate(() => {
      const { session, store } = (globalThis as unknown as Fathom).fathom;
      return { before: session.before!.ratio, after: session.run!.ratio, gain: store.state.settings.gain };
    });
    // The gain that this depth needs, not that of infinite depth.
    expect(gain).toBe(1.1857);
    expect(before).toBeLessThan(-6);
    expect(Math.abs(after)).toBeLessThan(3);
    await page.waitForFunction(() => document.querySelector('h1')!.textContent!.startsWith('Fixed'));
    await click(page, '[data-act=undo]');
    await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.store.state.settings.gain === 0.6963);
    await page.close();
  });
});

test('a healthy network can be broken, which is seen beside it and undone', async () => {
  const page = await site.open('depth=20&width=16&gain=1&speed=max');
  await trained(page, 4);
  await page.waitForSelector('[data-act=break]');
  await choose(page, '[data-act=break]', 'sigmoid');
  await trained(page, 22);
  await page.waitForFunction(() => document.querySelector('#say')!.getAttribute('data-state') === 'broken');
  expect(await text(page, 'h1')).toBe('The gradient dies on its way down.');
  expect(await text(page, '#say p')).toMatch(/^With sigmoid, layer 1 received .*Same seed, same batches\./);
  expect(await violations(page)).toEqual([]);
  await click(page, '[data-act=undo]');
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.store.state.settings.activation === 'tanh');
  await page.close();
});

test('a run that overflows stops, names the layer and the step, shows what can be trusted, and plays again from the start', async () => {
  const page = await site.open('depth=30&width=24&activation=relu&scheme=he_normal&gain=2&clip=0&speed=max');
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom?.session.run?.ended === 'non_finite', { timeout: 120_000 });
  await page.waitForFunction(() => document.querySelector('h1')!.textContent!.includes('infinite'));
  expect(await text(page, 'h1')).toMatch(/^(Layer \d+|The loss) became infinite at step \d+\.$/);
  const { step, finite, ratio, number } = await page.evaluate(() => {
    const { run } = (globalThis as unknown as Fathom).fathom.session;
    return { step: run!.step, finite: run!.finiteStep, ratio: run!.trusted(0, 'relative'), number: run!.start.run };
  });
  expect(finite).toBe(step - 1);
  expect(ratio).toBeGreaterThan(3);
  await page.waitForFunction(() => document.querySelector('#status')!.textContent!.includes('no longer finite'));
  // One finite step, and its loss shows.
  if (finite === 1) expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.loss(0))).toBeGreaterThan(0);
  // A change waits for the visitor and says so: it is not being built for ever.
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ gain: 1 }));
  await page.waitForFunction((n) => (globalThis as unknown as Fathom).fathom.session.run!.start.run > n, {}, number);
  await page.waitForFunction(() => document.querySelector('h1')!.textContent === 'Ready. Press play.');
  expect(await text(page, '#say p')).toMatch(/^Theory says: .* will arrive at layer 1\.$/);
  await click(page, '.transport [data-do=play]');
  await trained(page, 1);
  await page.close();
});

test('an address brings back the whole state', async () => {
  const hash =
    'data=circles&depth=5&width=9&activation=relu&batchNorm=1&shortcuts=scaled&gain=1.2&learningRate=0.07&language=zh&theme=dark&scale=absolute&metric=accuracy&speed=max&layer=2&profile=1&hidden=go_on';
  // Of what there is not, it says so.
  const page = await site.open(`${hash}&dropout=7&colour=red`);
  await page.waitForSelector('.notice[data-kind=address]');
  expect(await text(page, '.notice[data-kind=address]')).toContain('dropout=7, colour=red');
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ dropout: 0 }));
  expect(await page.$('.notice[data-kind=address]')).toBeNull();
  await trained(page, 2);
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN');
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.set({ layer: 3 }));
  const address = new URLSearchParams(new URL(page.url()).hash.slice(1));
  const wanted = new URLSearchParams(hash);
  wanted.set('layer', '3');
  address.sort();
  wanted.sort();
  expect(address.toString()).toBe(wanted.toString());
  expect(await violations(page)).toEqual([]);
  await page.close();
});

test('without WebGPU a recorded run plays and says why', async () => {
  const page = await site.open('speed=max', { prepare: (fresh) => fresh.evaluateOnNewDocument('delete Navigator.prototype.gpu') });
  await trained(page, 40);
  expect(await text(page, '.notice[data-kind=nogpu]')).toContain('This browser has no WebGPU.');
  expect(await page.$eval('[data-setting=depth] input', (input) => (input as HTMLInputElement).disabled)).toBe(true);
  for (const button of ['[data-do=tours]', '[data-act=other]'])
    expect(await page.$eval(button, (element) => (element as HTMLButtonElement).disabled), button).toBe(true);
  await click(page, '[data-act=fix]');
  await page.waitForFunction(() => document.querySelector('h1')!.textContent!.startsWith('Fixed'));
  expect(await violations(page)).toEqual([]);
  await page.close();
});

test('a lost device is said in words, and the run goes on from its checkpoint as if nothing had happened', async () => {
  const losses = (page: Page): Promise<number[]> =>
    page.evaluate(() => {
      const { run } = (globalThis as unknown as Fathom).fathom.session;
      return Array.from({ length: run!.columns }, (_, c) => run!.loss(c));
    });
  const page = await site.open('depth=6&width=8&optimizer=adam&rate=0.01');
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom?.session.checkpoint, { timeout: 120_000 });
  await page.workers()[0]!.evaluate(() => {
    const { prototype } = GPUDevice;
    const create = prototype.createCommandEncoder;
    prototype.createCommandEncoder = function (this: GPUDevice, ...given) {
      prototype.createCommandEncoder = create;
      this.destroy();
      return create.apply(this, given);
    };
  });
  await page.waitForSelector('.notice[data-kind=lost]');
  const from = await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.checkpoint!.step);
  expect(await text(page, '.notice[data-kind=lost]')).toContain(`Go on from step ${from}`);
  await page.evaluate(() => document.querySelector<HTMLElement>('.notice[data-kind=lost] button')!.click());
  await page.waitForFunction((n) => (globalThis as unknown as Fathom).fathom.session.run!.start.step === n, {}, from);
  await trained(page, from + 10);
  const resumed = await losses(page);
  await page.close();
  const whole = await site.open('depth=6&width=8&optimizer=adam&rate=0.01&speed=fast');
  await trained(whole, resumed.length);
  expect((await losses(whole)).slice(0, resumed.length)).toEqual(resumed);
  await whole.close();
});

// SwiftShader takes its time to compile the portable kernels.
describe.runIf(ALL)('a device that computes a kernel wrongly', { timeout: 600_000 }, () => {
  const notice = async (page: Page, kind: string): Promise<string> => {
    await page.waitForSelector(`.notice[data-kind=${kind}]`, { timeout: 300_000 });
    return text(page, `.notice[data-kind=${kind}]`);
  };
  const planted = (where: 'own' | 'every'): Promise<Page> =>
    site.open(SMALL, {
      prepare: async (fresh) => {
        await fresh.evaluateOnNewDocument(() => localStorage.removeItem('fathom-self-tested'));
        await plantInWorker(fresh, where);
      },
    });

  test('gets another, and the network begins again', async () => {
    const page = await planted('own');
    expect(await notice(page, 'kernels')).toMatch(
      /begins again\. .*: dense_weight_grads_quad \(.* came where .* is right\)\. The portable kernels took their place/,
    );
    await trained(page, 25);
    const [columns, step] = await page.evaluate(() => {
      const { run } = (globalThis as unknown as Fathom).fathom.session;
      return [run!.columns, run!.step];
    });
    expect(columns).toBe(step);
    await page.close();
  });

  test('trains nothing where that is wrong too, and says so', async () => {
    const page = await planted('every');
    expect(await notice(page, 'failed')).toMatch(/: loss_cross_entropy \(.*\)\. So do the portable ones\. Training is refused: update the browser/);
    const left = await page.evaluate(() => [
      (globalThis as unknown as Fathom).fathom.session.run,
      document.querySelector('h1')?.textContent,
      localStorage.getItem('fathom-self-tested'),
    ]);
    expect(left).toEqual([null, 'No network is training.', null]);
    await page.close();
  });
});

test.each(
  oneIn(2, [
    ['a laptop', LAPTOP, SMALL],
    ['a laptop in the dark with an open layer', LAPTOP, `${SMALL}&theme=dark&layer=3`],
    ['a phone in the dark', PHONE, `${SMALL}&theme=dark`],
    ['a small laptop in Chinese', { width: 1024, height: 768 }, `${SMALL}&language=zh`],
    ['a phone with an open layer', PHONE, `${SMALL}&layer=2`],
    ['a phone with digits', PHONE, `${SMALL}&data=digits&depth=2&width=16&scheme=he_normal`],
  ] as const),
)('axe finds nothing on %s, and nothing is wider than the screen', async (_name, viewport, hash) => {
  const page = await site.open(hash, { viewport });
  await trained(page, 2);
  // What shows a layer is loaded after the first step.
  if (hash.includes('layer=')) await page.waitForSelector('#detail:not([hidden])');
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  await page.close();
});

test('on a phone an open layer leaves the dock and the ruler in reach, and its own buttons stay as it scrolls', async () => {
  const page = await site.open(`${SMALL}&layer=2`, { viewport: PHONE });
  await trained(page, 2);
  await page.waitForFunction(() => document.querySelectorAll('#detail dt').length > 2);
  await page.waitForSelector('#lead:not([hidden])');
  /** Which of these a finger at their middle does not reach. */
  const covered = (...selectors: string[]): Promise<string[]> =>
    page.evaluate(async (all) => {
      await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
      return all.filter((selector) => {
        const element = document.querySelector(selector)!;
        const { x, y, width, height } = element.getBoundingClientRect();
        return !element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
      });
    }, selectors);
  expect(await covered('.dock [data-do=play]', '.dock [data-do=step]', '.dock .tool', '#lead', '#detail .name .icon', '#detail .tool')).toEqual([]);
  await page.setViewport({ ...PHONE, height: 600 });
  await page.$eval('#detail', (sheet) => sheet.scrollTo(0, sheet.scrollHeight));
  expect(await page.$eval('#detail', (sheet) => sheet.scrollTop)).toBeGreaterThan(20);
  expect(await covered('.dock [data-do=play]', '#detail .name .icon', '#detail .tool')).toEqual([]);
  await page.close();
});

test('from its first picture on, what is shown with a role has its name and its value', async () => {
  const prepare = (page: Page): Promise<unknown> =>
    page.evaluateOnNewDocument(() => {
      const unnamed = new Set<string>();
      Object.assign(globalThis, { unnamed });
      const look = (): void => {
        for (const element of document.querySelectorAll<HTMLElement>('[role=slider], [role=img], [role=application], [role=tabpanel]')) {
          if (!element.checkVisibility({ visibilityProperty: true })) continue;
          const name = element.getAttribute('aria-label') ?? element.getAttribute('aria-labelledby');
          if (!name) unnamed.add(`${element.id} has no name`);
          if (element.role === 'slider' && !element.ariaValueNow) unnamed.add(`${element.id} has no value`);
        }
      };
      // Each change is looked at before axe or a screen reader could.
      document.addEventListener('DOMContentLoaded', () => {
        new MutationObserver(look).observe(document.documentElement, { subtree: true, childList: true, attributes: true });
      });
    });
  const page = await site.open(SMALL, { prepare });
  await trained(page, 20);
  await page.waitForSelector('#lead:not([hidden])');
  expect(await page.evaluate(() => [...(globalThis as unknown as { unnamed: Set<string> }).unnamed])).toEqual([]);
  await page.close();
});

test('nothing was logged as an error, and no request failed', () => expect(site.problems).toEqual([]));
