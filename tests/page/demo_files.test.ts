// What goes out of the page and comes back: documents, weights, tables, pictures, links; and the page itself without a network.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import old from '../fixtures/formats/experiments.json';
import { oneIn } from '../support/quick.ts';
import { choose, click, engineDocument, type Fathom, LAPTOP, openSite, PHONE, type Site, SMALL, text, trained, violations } from './site.ts';

let site: Site;
let page: Page;
beforeAll(async () => {
  site = await openSite();
  page = await site.open(SMALL);
  await trained(page, 2);
});
afterAll(() => site?.close());

/** Drops a file on the page. */
const drop = (name: string, content: string): Promise<void> =>
  page.evaluate(
    (file, words) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([words], file));
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true, bubbles: true }));
    },
    name,
    content,
  );

/** The same for bytes, one per character. */
const dropBytes = (name: string, content: string): Promise<void> =>
  page.evaluate(
    (file, bytes) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(bytes, (char) => char.charCodeAt(0))], file));
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true, bubbles: true }));
    },
    name,
    [...content],
  );

test('a document that was exported comes back as the same controls', async () => {
  const document = await page.evaluate(() => JSON.stringify((globalThis as unknown as Fathom).fathom.store.document));
  const settings = await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings);
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ depth: 3, activation: 'tanh' }));
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 3);
  await drop('experiment.json', document);
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 6);
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state)).toMatchObject({ settings, document: null });
});

/** Opens the Share sheet, where it is not open, and presses a button in it. */
async function share(name: string): Promise<void> {
  if (!(await page.$('dialog.share'))) await click(page, '.tools [data-do=share]');
  await page.waitForSelector('dialog.share');
  await page.$$eval('dialog.share button', (all, wanted) => all.find((each) => each.textContent === wanted)!.click(), name);
}

/** The file that a button of the Share sheet gives, or a choice of the menu of another button. */
async function exported(name: string, menu?: string): Promise<string> {
  await page.evaluate(() => {
    URL.createObjectURL = (blob) => {
      void (blob as Blob).arrayBuffer().then((bytes) => Object.assign(globalThis, { kept: Array.from(new Uint8Array(bytes)) }));
      return '#';
    };
    Object.assign(globalThis, { kept: undefined });
  });
  await (menu ? choose(page, menu, name) : share(name));
  await page.waitForFunction(() => (globalThis as unknown as { kept?: number[] }).kept !== undefined);
  return Buffer.from(await page.evaluate(() => (globalThis as unknown as { kept: number[] }).kept)).toString('latin1');
}

test('history, report and picture can be taken home; weights come back', async () => {
  expect((await exported('History as CSV')).split('\n')[0]).toMatch(/^step,epoch,loss,.*delta_rms/);
  const history = Buffer.from(await exported('History as JSON Lines'), 'latin1').toString();
  expect(history).toMatch(/^\{"format":"fathom-history\/2"/);
  expect(parseHistory(history).steps.length).toBeGreaterThan(0);
  expect(await exported('Report (HTML)')).toContain('<!doctype html>');
  const card = await exported('Save PNG');
  // Width and height of a PNG stand in its first bytes.
  expect([16, 20].map((at) => Buffer.from(card, 'latin1').readUInt32BE(at))).toEqual([1200, 630]);
  const svg = Buffer.from(await exported('Save SVG'), 'latin1').toString();
  const { texts, error } = await page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    return { texts: [...parsed.querySelectorAll('text')].map((each) => each.textContent), error: parsed.querySelector('parsererror')?.textContent };
  }, svg);
  expect(error).toBeUndefined();
  expect(texts).toEqual(expect.arrayContaining(['Fathom', '6 layers × 8 · tanh · gain 0.696 · two spirals · seed 7', '5 times']));
  expect(svg).toContain('data:font/woff2');
  const weights = await exported('Trained weights');
  expect(weights).toContain('__metadata__');
  await dropBytes('own.safetensors', weights);
  await page.waitForFunction(() => document.querySelector('#toast')!.textContent!.includes('own.safetensors'));
  await drop('broken.safetensors', 'not weights at all');
  await page.waitForFunction(() => (document.querySelector('.notice[data-kind=file]')?.textContent ?? '').includes('safetensors'));
});

test('the Share sheet keeps the focus, says what it did, and gives it back', async () => {
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelector('dialog') === null);
  await page.focus('.tools [data-do=share]');
  await share('Copy picture');
  await page.waitForFunction(() => document.querySelector('dialog.share [role=status]')!.textContent !== '');
  expect(await violations(page)).toEqual([]);
  const focused = () => page.evaluate(() => [document.activeElement!.closest('dialog') !== null, document.activeElement!.textContent]);
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press('Tab');
    const [inside, words] = await focused();
    // Behind the last of the sheet comes the browser's own bar, never the page.
    if (!inside) expect(await page.evaluate(() => document.activeElement === document.body), String(words)).toBe(true);
  }
  const fields = await page.$$eval('dialog.share :is(input, textarea)', (all) => all.map((field) => (field as HTMLInputElement).value));
  expect(fields[0]).toBe(page.url());
  expect(fields[1]).toMatch(/<script async src=".*\/fathom\/fathom-lab\.js"><\/script>\n<fathom-lab settings="depth=6&amp;width=8"><\/fathom-lab>/);
  // Where the address changes the language under it, it says all in that one; what was typed stays, and the focus.
  await page.$eval('dialog.share section > label:last-of-type > input', (hint) => {
    (hint as HTMLInputElement).value = 'a hint';
    (hint as HTMLElement).focus();
  });
  const inLanguage = async (language: 'en' | 'zh', title: string): Promise<void> => {
    await page.evaluate((to) => {
      location.hash = location.hash.replace(/&language=\w+/, '') + (to === 'zh' ? '&language=zh' : '&language=en');
    }, language);
    await page.waitForFunction((words) => document.querySelector('dialog.share h2')!.textContent === words, {}, title);
    expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('a hint');
  };
  await inLanguage('zh', '分享');
  await inLanguage('en', 'Share');
  // And in another theme its card is drawn in that one.
  const ground = (least: number, most: number) =>
    page.waitForFunction(
      (low, high) => {
        const [red] = document.querySelector<HTMLCanvasElement>('dialog.share canvas')!.getContext('2d')!.getImageData(2, 2, 1, 1).data;
        return red! >= low && red! <= high;
      },
      {},
      least,
      most,
    );
  const { hash } = new URL(page.url());
  await page.evaluate((to) => {
    location.hash = to;
  }, `${hash}&theme=dark`);
  await ground(0, 30);
  await page.evaluate((to) => {
    location.hash = to;
  }, `${hash}&theme=light`);
  await ground(225, 255);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.querySelector('dialog') === null);
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.do)).toBe('share');
});

const AROUND = (what: string): string =>
  `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>A page</title><main><h1>A page</h1>${what}</main></html>`;
const EMBEDDED: [string, (lab: string, settings: string) => string | null][] = [
  [
    '<fathom-lab> in a plain page',
    (lab, settings) => AROUND(`<script async src="${lab}fathom-lab.js"></script><fathom-lab settings="${settings}" show="profile" theme="dark"></fathom-lab>`),
  ],
  [
    '<fathom-lab> of a module',
    (lab, settings) =>
      AROUND(`<script type="module" src="${lab}fathom-lab.js"></script><fathom-lab settings="${settings}" show="profile" theme="dark"></fathom-lab>`),
  ],
  [
    'an iframe',
    (lab, settings) => AROUND(`<iframe title="Fathom" width="600" height="432" src="${lab}?embed=1&amp;show=profile#${settings}&amp;theme=dark"></iframe>`),
  ],
  ['the address itself', () => null],
];
test.each(oneIn(2, EMBEDDED))('%s: the embedded page trains on another origin, stores nothing there, and axe finds nothing', async (_name, html) => {
  const lab = page.url().replace(/#.*/, '');
  const around = html(lab, SMALL.replaceAll('&', '&amp;'));
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(around);
  }).listen(0, '127.0.0.1');
  // Without what other tests have stored.
  const context = await site.browser.createBrowserContext();
  const other = await context.newPage();
  other.setDefaultTimeout(120_000);
  await other.goto(around === null ? `${lab}?embed=1&show=profile#${SMALL}&theme=dark` : `http://localhost:${(server.address() as AddressInfo).port}/`);
  const frame = await other.waitForFrame((each) => each.url().includes('embed=1'));
  await frame.waitForFunction(() => ((globalThis as unknown as Fathom).fathom?.session.run?.step ?? 0) > 0);
  expect(await frame.$eval('.embed-line a', (link) => (link as HTMLAnchorElement).href)).toMatch(/\/fathom\/#depth=6&width=8&.*theme=dark/);
  expect(await frame.evaluate(async () => [...Object.keys(localStorage), ...(await indexedDB.databases()), ...(await caches.keys())])).toEqual([]);
  expect(await frame.evaluate(() => [document.documentElement.scrollHeight <= innerHeight, document.documentElement.scrollWidth <= innerWidth])).toEqual([
    true,
    true,
  ]);
  expect(await frame.$$eval('header.top, .rail, #figure-strip, #row', (all) => all.map((each) => getComputedStyle(each).display))).toEqual(
    Array(4).fill('none'),
  );
  expect(await violations(other)).toEqual([]);
  await context.close();
  server.close();
});

test('the network as code follows the controls, and marks the lines that changed', async () => {
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ gain: 1 }));
  await click(page, '.tools [data-do=code]');
  await page.waitForSelector('#code pre span');
  expect(await page.$$('#code .hot')).toHaveLength(0);
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ gain: 0.9 }));
  await page.waitForSelector('#code .hot');
  expect(await page.$$eval('#code .hot', (lines) => lines.map((line) => line.textContent))).toEqual(['depth, width, gain = 6, 8, 0.9']);
  await page.focus('#code [role=tab]');
  await page.keyboard.press('ArrowRight');
  expect(await page.$$eval('#code .hot', (lines) => lines.map((line) => line.textContent))).toEqual([
    "    dense({ units: 8, initializer: { scheme: 'lecun_normal', gain: 0.9 } }),",
  ]);
  expect(await violations(page)).toEqual([]);
  for (const width of [1024, 390, 360]) {
    await page.setViewport({ width, height: 800 });
    const tops = await page.$$eval('#code header button', (all) =>
      (all as HTMLElement[]).flatMap((each) => (each.offsetParent ? [each.getBoundingClientRect().top + each.clientHeight / 2] : [])),
    );
    expect(Math.max(...tops) - Math.min(...tops), `tabs and buttons in one row, ${width} wide`).toBeLessThan(8);
  }
  await page.setViewport(LAPTOP);
  await page.keyboard.press('Escape');
  expect(await page.evaluate(() => [document.querySelector('#code'), (document.activeElement as HTMLElement).dataset.do])).toEqual([null, 'code']);
});

test('the map measures row by row, stops, and a cell opens by keyboard', async () => {
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ gain: 0.9 }));
  await click(page, '.tools [data-do=map]');
  await page.waitForFunction(() => Number(/(\d+)\u2009% of 2,050 cells/.exec(document.querySelector('#map [role=status]')?.textContent ?? '')?.[1]) >= 2);
  await page.$$eval('#map .acts button', (all) => all[0]!.click());
  await page.waitForFunction(() => document.querySelector('#map [role=status]')!.textContent!.startsWith('stopped at'));
  await page.focus('#map canvas');
  for (const key of ['ArrowUp', 'ArrowUp', 'ArrowRight'] as const) await page.keyboard.press(key);
  await page.waitForFunction(() => document.querySelector('#map-cell h2')!.textContent === 'Depth 2, gain 0.94');
  const facts = await page.$$eval('#map-cell dd', (all) => all.map((each) => each.textContent!));
  expect(facts).toHaveLength(2);
  for (const fact of facts) expect(fact).toMatch(/%|times|arrives/);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 2);
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings.gain)).toBe(0.942);
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ depth: 6, gain: 0.6963 }));
});

test('a lesson locks what it does not open, and is solved by keyboard alone', async () => {
  const lesson = [
    { question: 'How large must the weights be?', from: 0.2, to: 5, open: ['gain'] },
    { question: 'And with ReLU?', from: 0.2, to: 5, open: ['gain', 'activation'], settings: `${SMALL}&activation=relu&gain=0.5` },
  ];
  await page.goto(`${page.url().replace(/#.*/, '')}#${SMALL}&gain=0.2&lesson=${encodeURIComponent(JSON.stringify(lesson))}`);
  await page.waitForFunction(() => document.querySelector('#ask [role=status]')?.textContent?.startsWith('Not yet'));
  const seen = (): Promise<string[]> =>
    page.$$eval('.rail [data-setting]', (all) => all.flatMap((each) => ((each as HTMLElement).offsetParent ? [(each as HTMLElement).dataset.setting!] : [])));
  expect(await seen()).toEqual(['gain']);
  expect(await page.$$eval('.presets, .findings, [data-act=fix], [data-do=share]', (all) => all.some((each) => (each as HTMLElement).offsetParent))).toBe(
    false,
  );
  expect(await violations(page)).toEqual([]);
  // What is not there leaves no gap: between the product's words and the figure there is no room for another row.
  for (const viewport of [{ width: 1024, height: 768 }, PHONE, LAPTOP]) {
    await page.setViewport({ ...viewport, hasTouch: false, isMobile: false });
    const gap = await page.evaluate(() => {
      const words = [...document.querySelectorAll('#product .says > *')].map((each) => each.getBoundingClientRect().bottom);
      return document.querySelector('#sounding')!.getBoundingClientRect().top - Math.max(...words);
    });
    expect(gap, `${viewport.width} wide`).toBeLessThan(40);
  }
  await page.keyboard.press('f');
  await page.focus('body');
  const tabTo = async (selector: string): Promise<void> => {
    for (let i = 0; i < 40; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((wanted) => document.activeElement!.matches(wanted), selector)) return;
    }
    throw new Error(`no way to ${selector} by keyboard`);
  };
  await tabTo('#lead');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('#ask [role=status]')!.textContent!.startsWith('Right'));
  await tabTo('[data-act=next-question]');
  await page.keyboard.press('Enter');
  expect(await text(page, '#ask h1')).toBe('And with ReLU?');
  expect(await seen()).toEqual(['activation', 'gain']);
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings.activation)).toBe('relu');
  // Another address, and the page is whole again.
  await page.goto(`${page.url().replace(/#.*/, '')}#${SMALL}`);
  await page.waitForFunction(() => document.querySelector('#ask') === null && !document.body.classList.contains('lesson'));
  await trained(page, 2);
});

test('questions in words are judged in the page, and what is handed in is an address that shows a teacher all of it', async () => {
  const lesson = [
    { question: 'Where must it be?', from: 0.01, to: 100, open: ['gain'], words: { ask: 'Which factor?', choices: ['0.69', '1.00'], right: 1 } },
    { question: 'How many layers?', open: [], words: { right: ['6', 'six'] } },
    { question: 'Why is that so?', open: [], words: {} },
  ];
  const student = await site.open(`${SMALL}&gain=1.2&lesson=${encodeURIComponent(JSON.stringify(lesson))}`);
  await student.waitForFunction(() => document.querySelector('#ask [role=status]')?.textContent?.includes('Now answer below the figure'));
  const next = (): Promise<boolean> => student.$eval('[data-act=next-question]', (button) => !(button as HTMLButtonElement).disabled);
  const said = (): Promise<string> => text(student, '#answer [role=status]');
  expect(await next()).toBe(false);
  await click(student, '[data-act=check-answer]');
  expect(await said()).toBe('Answer first.');
  await student.focus('#answer input');
  await student.keyboard.press('Space');
  await student.keyboard.press('Enter');
  expect(await said()).toBe('Not yet. Try another answer.');
  await student.keyboard.press('ArrowDown');
  expect(await said()).toBe('');
  await student.keyboard.press('Enter');
  expect(await said()).toBe('Right.');
  expect(await violations(student)).toEqual([]);
  expect(await next()).toBe(true);
  await click(student, '[data-act=next-question]');
  expect(await text(student, '#answer label')).toContain('How many layers?');
  await student.type('#answer input', ' Six.');
  await student.keyboard.press('Enter');
  expect(await said()).toBe('Right.');
  await click(student, '[data-act=next-question]');
  await student.type('#answer textarea', 'Because <b>so</b>.');
  // A slip of the hand: everything is still there.
  await student.reload();
  await student.waitForSelector('#answer textarea');
  expect(await student.$eval('#answer textarea', (field) => (field as HTMLTextAreaElement).value)).toBe('Because <b>so</b>.');
  expect(await text(student, '#ask .kicker')).toBe('Question 3 of 3');
  await click(student, '[data-act=hand-in]');
  await student.waitForFunction(() => document.querySelector('#answer [role=status]')!.textContent!.startsWith('Copied'));
  const handed = await student.$eval('#answer input[readonly]', (field) => (field as HTMLInputElement).value);
  expect(await violations(student)).toEqual([]);
  // Whoever ends the lesson begins it anew.
  await click(student, '[data-act=whole]');
  await student.waitForFunction(() => document.querySelector('#ask, #answer') === null);
  expect(await student.evaluate(() => sessionStorage.length)).toBe(0);

  await student.close();

  // The teacher.
  const teacher = await site.open(handed.replace(/^.*?#/, ''));
  await teacher.waitForFunction(() => document.querySelector('#ask [role=status]')?.textContent?.includes('with gain 1.2: right'));
  expect(await text(teacher, '#ask .kicker')).toBe('Handed in: Question 1 of 3');
  const lines = (): Promise<string[]> =>
    teacher.$$eval('#answer li', (all) => all.map((each) => [...each.children].map(({ textContent }) => textContent).join(' | ')));
  expect((await lines()).map((line) => line.replace(/\| [^|]* arrives/, '| x arrives'))).toEqual([
    'Which factor? | x arrives: right. | 1.00 | Right.',
    'How many layers? |  Six. | Right.',
    'Why is that so? | Because <b>so</b>. | Yours to judge.',
  ]);
  expect(await violations(teacher)).toEqual([]);
  for (const viewport of [PHONE, { width: 1024, height: 768 }, LAPTOP]) {
    await teacher.setViewport({ ...viewport, hasTouch: false, isMobile: false });
    expect(await teacher.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
  }
  await click(teacher, '#answer [data-question="2"]');
  await teacher.waitForFunction(() => document.querySelector('#ask h1')!.textContent === 'Why is that so?');
  await click(teacher, '[data-act=whole]');
  await teacher.waitForFunction(() => document.querySelector('#ask, #answer') === null);
  expect(await teacher.evaluate(() => location.hash.includes('handed'))).toBe(false);

  await teacher.close();

  // Answers of other questions are none, and the page says so.
  const other = await site.open(`${SMALL}&lesson=${encodeURIComponent(JSON.stringify(lesson))}&handed=[]`);
  await other.waitForFunction(() => document.querySelector('.notice[data-kind=address]')?.textContent?.includes('the answers that were handed in'));
  await other.close();
});

test('a wrong file never touches the running network, and is refused in the words of the page', async () => {
  const run = () => page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.start.run);
  const before = await run();
  const document = await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.document);
  for (const [content, words] of [
    ['not json', 'It is not JSON.'],
    ['{"a":1}', 'no experiment document'],
    [JSON.stringify({ ...document, optimizer: { name: 'nonsense', learningRate: 1 } }), 'nonsense'],
  ] as const) {
    await drop('wrong.json', content);
    await page.waitForFunction((part) => (globalThis.document.querySelector('.notice[data-kind=file]')?.textContent ?? '').includes(part), {}, words);
    expect(await text(page, '.notice[data-kind=file]')).toContain('wrong.json cannot be read. ');
  }
  await trained(page, 3);
  expect(await run()).toBe(before);
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.document)).toEqual(document);
});

test('a log of another program takes the place of the network, which trains on, and gives it back', async () => {
  const run = () => page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.start.run);
  const before = await run();
  const rows = Array.from({ length: 60 }, (_, step) =>
    JSON.stringify({ step, loss: 2 - step / 100, ...Object.fromEntries([0, 1, 2, 3].map((l) => [`grad_norm/block.${l}.weight`, 10 ** (2 * l - 8)])) }),
  );
  await drop('run.jsonl', rows.join('\n'));
  await page.waitForSelector('#foreign');
  expect(await text(page, '#foreign')).toContain('block.0');
  expect(await text(page, '.notice[data-kind=foreign]')).toContain('run.jsonl · JSON Lines · 4 layers · 60 steps.');
  expect(await text(page, '.advice')).toContain('The gradient fades on its way down');
  expect(await text(page, '#foreign h1')).toBe('The gradient fades on its way down.');
  expect(await text(page, '.advice .evidence')).toMatch(/^∇W1 \/ ∇W4 = /);
  expect(await page.$$eval('#say, .product, .rail', (all) => all.map((each) => getComputedStyle(each).display))).toEqual(Array(3).fill('none'));
  await drop('broken.jsonl', '{"step": 1, "los');
  await page.waitForFunction(() => (document.querySelector('.notice[data-kind=file]')?.textContent ?? '').includes('broken.jsonl cannot be read.'));
  await click(page, '[data-act=leave-foreign]');
  await page.waitForFunction(() => !document.querySelector('#foreign, .advice, .notice[data-kind=foreign]'));
  expect(await page.$eval('#say', (say) => getComputedStyle(say).display)).not.toBe('none');
  expect(await run()).toBe(before);
});

test('a document beyond the controls runs as it is, and says so', async () => {
  const layers = [
    { type: 'dense', units: 7 },
    { type: 'activation', name: 'relu' },
    { type: 'dense', units: 5 },
    { type: 'activation', name: 'tanh' },
    { type: 'dense', units: 2 },
  ];
  const document = await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.document);
  await drop('uneven.json', JSON.stringify({ ...document, name: 'uneven', model: { layers } }));
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.start.layers.map((layer) => layer.width).join() === '7,5,2');
  await page.waitForSelector('.notice[data-kind=custom]');
  await page.reload();
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom?.session.run?.start.layers.map((layer) => layer.width).join() === '7,5,2');
});

test('a document of format 1 runs as ever, and the page says that it is one', async () => {
  await drop('before.json', JSON.stringify(old['batch-size-8']));
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 3);
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings.learningRate)).toBe(old['batch-size-8'].optimizer.rate);
  expect(await text(page, '.notice[data-kind=file]')).toContain('before.json: old names, of format 1: fathom upgrade before.json writes it anew.');
});

test('a CSV trains, and what is no table is refused in words', async () => {
  const rows = Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 3) % 5},${i % 2 ? 'yes' : 'no'}`);
  await drop('own.csv', `a,b,answer\n${rows.join('\n')}\n`);
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.start.rows === 48);
  await trained(page, 2);
  await drop('photo.png', 'x');
  expect(await text(page, '.notice[data-kind=file]')).toContain('photo.png');
});

test('a document comes in through the file picker as well', async () => {
  const chosen = page.waitForFileChooser();
  await click(page, '.rail button[aria-label], .rail .lil-function button');
  const chooser = await chosen;
  await chooser.accept([new URL('../../demo/experiments/vanishing.json', import.meta.url).pathname]);
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 30);
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.start.layers[0]!.activation)).toBe('sigmoid');
});

test('weights bring the network along that they belong to', async () => {
  await page.evaluate((words) => {
    location.hash = words;
  }, SMALL);
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 6);
  await trained(page, 60);
  await click(page, '.transport [data-do=play]');
  const weights = await exported('Trained weights');
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ depth: 2, activation: 'relu' }));
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.depth === 2);
  await dropBytes('own.safetensors', weights);
  await page.waitForFunction(() => document.querySelector('#toast')!.textContent!.includes('own.safetensors'));
  expect((await engineDocument(page)).model.layers[0]).toMatchObject({ times: 6 });
  expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings)).toMatchObject({ depth: 6, width: 8, activation: 'tanh' });
});

test('a chart can be kept as a picture and read as a table', async () => {
  await trained(page, 0);
  expect(await exported('Save PNG', '#figure-heat .dots')).toContain('PNG');
  await choose(page, '#figure-updates .dots', 'Show as table');
  await page.waitForSelector('dialog[open] table');
  expect(await page.$$eval('dialog th', (cells) => cells.map((cell) => cell.textContent))).toEqual(['layer', 'update_over_weight']);
  await page.keyboard.press('Escape');
});

test('a link brings a comparison back: both runs, from the same seed', async () => {
  const fresh = await site.open(`${SMALL}&gain=0.5`);
  await trained(fresh, 6);
  await fresh.evaluate(() => (globalThis as unknown as Fathom).fathom.session.compareWith({ gain: 1 }));
  await fresh.waitForFunction(() => location.hash.includes('before='));
  const hash = new URL(fresh.url()).hash.slice(1);
  await fresh.close();
  const other = await site.open(hash);
  // A comparison from its first moment, whose address stays that of the link.
  await other.waitForFunction(() => document.querySelector('#say')?.getAttribute('data-state') === 'comparing');
  expect(await other.evaluate(() => [document.body.classList.contains('compare'), location.hash.slice(1)])).toEqual([true, hash]);
  await other.waitForFunction(() => (globalThis as unknown as Fathom).fathom?.session.before);
  await trained(other, 2);
  const state = await other.evaluate(() => {
    const { session, store } = (globalThis as unknown as Fathom).fathom;
    return { gain: store.state.settings.gain, before: store.state.before!.gain, ratio: session.before!.ratio < session.run!.ratio };
  });
  expect(state).toEqual({ gain: 1, before: 0.5, ratio: true });
  await other.close();
});

test('after the first load the page works without a network', async () => {
  const fresh = await site.open(SMALL);
  await fresh.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active!.state !== 'activated') await new Promise((resolve) => active!.addEventListener('statechange', resolve));
  });
  const known = site.problems.length;
  await fresh.setOfflineMode(true);
  await fresh.reload();
  await trained(fresh, 2);
  expect(await text(fresh, '#adapter')).not.toBe('recorded run');
  await fresh.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ data: 'digits' }));
  await fresh.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.run!.start.classes === 10);
  await fresh.close();
  // Chrome says of the worker's own look for a newer version that it failed.
  site.problems.length = known;
});

test('nothing was logged as an error, and no request failed', () => expect(site.problems).toEqual([]));
