// Pictures of the page for people to look at, of the built page and the real engine:
//   node tests/support/run_ts.mjs tests/page/screenshots.ts folder [state...]
// For each state twelve pictures, <state>-<size>-<theme>-<language>.png, and a sheet of eight of them: sheet-<state>.png.
// The one that README.md shows, demo/screenshots/after-1440x900-light.png, is `after-1440x900-light-en.png`.
import { mkdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import type { Page } from 'puppeteer';
import { choose, click, openSite, trained } from './site.ts';

const SIZES = {
  '1440x900': { width: 1440, height: 900 },
  '1024x768': { width: 1024, height: 768 },
  '390x844': { width: 390, height: 844, isMobile: true, hasTouch: true },
};
type Size = keyof typeof SIZES;
const THEMES = ['light', 'dark'] as const;
const LANGUAGES = ['en', 'zh'] as const;

interface State {
  hash?: string;
  /** Of the address; `?embed=1` and the like. */
  search?: string;
  /** How long to train before it is looked at. */
  steps?: number;
  /** What to do then. */
  act?(page: Page): Promise<unknown>;
  /** What is brought into view for every picture. */
  look?: string;
  noGpu?: boolean;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
const ask = (page: Page, body: string): Promise<unknown> => page.evaluate(`(() => { const { session, store } = fathom; ${body} })()`);
const press = (selector: string) => async (page: Page) => {
  await page.waitForSelector(selector);
  await click(page, selector);
};

/** Turns the theory line by keys, which only propose. */
const turn =
  (...presses: readonly [key: 'PageUp' | 'ArrowRight' | 'Home', times: number][]) =>
  async (page: Page) => {
    await page.waitForSelector('#lead:not([hidden])');
    await page.focus('#lead');
    for (const [key, times] of presses) for (let i = 0; i < times; i++) await page.keyboard.press(key);
  };

/** Opens Why?, and chooses a cause. */
const why = (cause?: string) => async (page: Page) => {
  await press('[data-act=why]')(page);
  await page.waitForSelector('#why:not([hidden]) li p');
  if (!cause) return;
  await page.select('#why select', cause).catch(() => console.log('no cause', cause));
};

/** Pauses, and begins again: the network waits for its first step. */
const ready = (page: Page): Promise<void> => click(page, '.transport [data-do=play]').then(() => click(page, '.transport [data-do=reset]'));

/** Takes the first remedy, and waits until its network has trained a while beside the one before. */
async function fixed(page: Page): Promise<void> {
  await press('[data-act=fix]')(page);
  await page.waitForFunction(`fathom.session.before && !fathom.session.stale && fathom.session.run.step >= 40`, { timeout: 240_000 });
}

async function tour(page: Page): Promise<void> {
  await ask(page, `store.set({ language: 'en' })`);
  await choose(page, '.tools [data-do=tours]', 'Does dropout prevent explosion?');
  await page.waitForSelector('#tour[data-ready=true] [data-act=tour-next]:not(:disabled)', { timeout: 120_000 });
  await click(page, '[data-act=tour-next]');
  await page.waitForSelector('#tour[data-ready=true]', { timeout: 120_000 });
}

async function drawTwo(page: Page): Promise<void> {
  const { x, y, width, height } = (await (await page.$('#pad'))!.boundingBox())!;
  const line = [
    ...[
      [0.3, 0.3],
      [0.36, 0.2],
      [0.5, 0.15],
      [0.64, 0.22],
    ],
    ...[
      [0.66, 0.36],
      [0.52, 0.56],
      [0.32, 0.8],
      [0.7, 0.8],
    ],
  ] as [number, number][];
  for (const [i, [u, v]] of line.entries()) {
    await page.mouse.move(x + u * width, y + v * height, { steps: 4 });
    if (i === 0) await page.mouse.down();
  }
  await page.mouse.up();
  await page.mouse.move(5, 5);
}

/** Drops a file on the page. */
const drop = (name: string, content: string) => (page: Page) =>
  page.evaluate(
    (file, words) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([words], file));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    },
    name,
    content,
  );
const LOG = Array.from({ length: 60 }, (_, step) =>
  JSON.stringify({ step, loss: 2 - step / 100, ...Object.fromEntries([0, 1, 2, 3, 4, 5].map((l) => [`grad_norm/block.${l}.weight`, 10 ** (1.5 * l - 8)])) }),
).join('\n');
const TABLE = `a,b,answer\n${Array.from({ length: 60 }, (_, i) => `${i % 7},${(i * 3) % 5},${i % 2 ? 'yes' : 'no'}`).join('\n')}\n`;
const LESSON = encodeURIComponent(
  JSON.stringify([
    {
      question: 'How large must the weights be for the gradient to reach layer 1?',
      hint: 'The factor times itself, 49 times.',
      from: 0.33,
      to: 3,
      open: ['gain'],
    },
    { question: 'And for ReLU?', from: 0.1, to: 10, open: ['gain'], settings: 'activation=relu&gain=1' },
  ]),
);
/** Questions in words: the one of the mock, choices, and what is handed in. */
const IN_WORDS = [
  {
    question: 'How large must the weights be for the gradient to reach layer 1?',
    hint: 'The factor times itself, 49 times.',
    from: 0.33,
    to: 3,
    open: ['gain'],
    words: { ask: 'In a sentence: why is 0.98 good enough for 50 layers and not for 500?' },
  },
  {
    question: 'Why does the gradient fade here?',
    open: [],
    words: { choices: ['The learning rate is too small', 'Every layer hands on less than it gets', 'There are too few rows'], right: 1 },
  },
];
const HANDED = [{ settings: 'gain=1.21', words: '0.98 to the 49th is 37 %, to the 499th it is 1 in 24,000.' }, { words: 2 }];
const asked = (questions: readonly unknown[]): string => `lesson=${encodeURIComponent(JSON.stringify(questions))}`;
/** Opens a tool; on a phone it is in the menu. */
const tool = (name: string, then: string) => async (page: Page) => {
  await page
    .evaluate(`document.querySelector('.tools [data-do=${name}]').offsetParent === null`)
    .then((hidden) => (hidden ? choose(page, '.tools [data-do=more]', name === 'map' ? 'Map' : 'Code') : click(page, `.tools [data-do=${name}]`)));
  await page.waitForSelector(then);
};

/** Takes up the pencil and adds points by keys, Circles first; with `then`, what follows. */
const pencil =
  (...then: readonly string[]) =>
  async (page: Page) => {
    await press('#pencil')(page);
    await page.waitForSelector('#pencil-sheet');
    for (const key of [
      'ArrowLeft',
      'Enter',
      'ArrowUp',
      'Enter',
      'ArrowUp',
      'c',
      'Enter',
      'ArrowRight',
      'ArrowRight',
      'Enter',
      'ArrowRight',
      'ArrowDown',
      'Enter',
    ])
      await page.keyboard.press(key as 'Enter');
    for (const selector of then) await click(page, selector);
    await pause(1500);
  };

/** Writes a formula. */
const write = (formula: string) => async (page: Page) => {
  await page.waitForSelector('[data-setting=formula] input');
  await page.evaluate((words) => {
    const field = document.querySelector<HTMLInputElement>('[data-setting=formula] input')!;
    // On a phone the rail is a sheet that opens by its button.
    if (field.offsetParent === null) document.querySelector<HTMLElement>('[data-do=controls]')!.click();
    field.value = words;
    field.dispatchEvent(new Event('input'));
    field.dispatchEvent(new Event('blur'));
  }, formula);
};

/** Loses the device with the next step. */
async function lose(page: Page): Promise<void> {
  await page.waitForFunction('fathom.session.checkpoint');
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
}

const share = (page: Page): Promise<unknown> =>
  ask(page, `document.querySelector('.tools [data-do=share]').click()`).then(() => page.waitForSelector('dialog.share'));
const menu = (selector: string) => async (page: Page) => {
  await press(selector)(page);
  await page.waitForSelector('.menu button');
};

const HE = 'activation=relu&scheme=he_normal';
const STATES: Readonly<Record<string, State>> = {
  before: { steps: 40 },
  held: { steps: 12, act: turn(['PageUp', 1], ['ArrowRight', 8]) },
  after: { steps: 30, act: fixed },
  ready: { steps: 3, act: ready },
  why: { steps: 12, act: why() },
  'why-saturation': { hash: 'preset=sigmoid', steps: 12, act: why('saturation') },
  'why-explode': { hash: 'preset=too-large', steps: 12, act: why('explode') },
  'why-batchnorm': { hash: `${HE}&batchNorm=1&data=digits&depth=30&width=32`, steps: 8, act: why('batchnorm') },
  'why-shortcuts': { hash: 'preset=shortcuts', steps: 12, act: why('shortcuts') },
  'why-dropout': { hash: `${HE}&gain=1&dropout=0.5&depth=20`, steps: 12, act: why('dropout') },
  'why-overflow': { hash: `${HE}&gain=2&clip=0&depth=30&width=24`, steps: 1, act: why('overflow') },
  'just-right': { hash: 'preset=just-right', steps: 30 },
  relu: { hash: 'preset=relu', steps: 20 },
  he: { hash: 'preset=he', steps: 30 },
  sigmoid: { hash: 'preset=sigmoid', steps: 12 },
  'too-large': { hash: 'preset=too-large', steps: 12 },
  shortcuts: { hash: 'preset=shortcuts', steps: 12 },
  layer: { hash: 'layer=12', steps: 30 },
  'layer-below': { hash: 'layer=12', steps: 30, look: '#detail dl' },
  own: { hash: 'depth=20&layers=1-6w8_relu.10w16&layer=5', steps: 30 },
  'own-below': { hash: 'depth=20&layers=1-6w8_relu.10w16&layer=5', steps: 30, look: '#detail dl' },
  shallow: { hash: 'depth=6&width=8&layer=3', steps: 30 },
  drawn: { hash: 'depth=6&width=8', steps: 3, act: pencil(), look: '#figure-surface' },
  'drawn-cleared': { hash: 'depth=6&width=8', steps: 3, act: pencil('[data-act=clear]'), look: '#figure-surface' },
  'drawn-done': { hash: 'depth=6&width=8', steps: 3, act: pencil('[data-act=done]'), look: '#figure-surface' },
  formula: { hash: 'depth=6&width=8&data=formula', steps: 30 },
  'formula-wrong': { hash: 'depth=6&width=8&data=formula', steps: 3, act: write('y > foo(x)') },
  lost: { act: lose },
  refused: { act: drop('photo.png', 'x') },
  'csv-wrong': { act: drop('own.csv', 'a,b,answer\n1,2,yes\n1,yes\n') },
  keys: { act: (page) => page.keyboard.press('?') },
  remedies: { steps: 12, act: menu('[data-act=other]') },
  tours: { act: menu('.tools [data-do=tours]') },
  more: { act: (page) => page.$eval('.tools [data-do=more]', (button) => (button as HTMLElement).offsetParent !== null && (button as HTMLElement).click()) },
  rail: { act: (page) => page.$eval('[data-do=controls]', (button) => (button as HTMLElement).offsetParent !== null && (button as HTMLElement).click()) },
  table_of: { steps: 8, act: (page) => choose(page, '#figure-profile .dots', 'Show as table') },
  row: { steps: 30, look: '#figure-surface' },
  boom: { hash: `${HE}&gain=1.3`, steps: 30 },
  tour: { act: tour },
  digits: { hash: `data=digits&depth=8&width=32&${HE}&gain=1&rate=0.1`, steps: 60, act: drawTwo },
  resnet: { hash: 'preset=resnet', steps: 20 },
  table: { act: (page) => drop('own.csv', TABLE)(page).then(() => trained(page, 4)) },
  foreign: { act: (page) => drop('run.jsonl', LOG)(page).then(() => page.waitForSelector('#foreign')) },
  wrong: { act: drop('wrong.json', 'not json') },
  address: { hash: 'depth=5000&colour=red&activation=nonsense', steps: 3 },
  map: { act: tool('map', '#map') },
  'map-whole': {
    act: (page) =>
      tool(
        'map',
        '#map',
      )(page).then(() => page.waitForFunction(`!/measuring|not yet/.test(document.querySelector('#map [role=status]').textContent)`, { timeout: 400_000 })),
  },
  code: { steps: 5, act: tool('code', '#code pre span') },
  'code-fathom': { steps: 5, act: (page) => tool('code', '#code pre span')(page).then(() => click(page, '#code-fathom')) },
  share: { steps: 8, act: share },
  'share-below': { steps: 8, act: share, look: 'dialog.share section:last-of-type' },
  kept: {
    hash: HE,
    steps: 12,
    act: async (page) => {
      await click(page, '#keep-run');
      await page.waitForSelector('#kept li');
      await ask(page, `session.change({ gain: 0.7 })`);
      await trained(page, 6);
      await click(page, '#keep-run');
      await page.waitForSelector('#kept li + li');
    },
    look: '#kept',
  },
  lesson: { hash: `lesson=${LESSON}`, steps: 6 },
  'lesson-words': { hash: asked(IN_WORDS), steps: 6, look: '#answer' },
  'lesson-choices': { hash: asked(IN_WORDS.slice(1)), steps: 6, look: '#answer' },
  handed: { hash: `gain=1.21&${asked(IN_WORDS)}&handed=${encodeURIComponent(JSON.stringify(HANDED))}`, steps: 6, look: '#answer' },
  embed: { search: '?embed=1', steps: 8 },
  checks: { hash: `${HE}&gain=2`, steps: 3, act: (page) => ready(page).then(() => press('[data-act=preflight]')(page)) },
  fold: { steps: 3, act: (page) => page.waitForSelector('#fold:not([hidden])'), look: '#fold h2' },
  nogpu: { noGpu: true, steps: 40 },
};

const [folder, ...only] = process.argv.slice(2);
if (!folder) throw new Error('expected a folder for the pictures');
await mkdir(folder, { recursive: true });
const site = await openSite();

/** A page in a state. */
async function show({ hash = '', search = '', steps = 1, act, noGpu }: State, viewport: (typeof SIZES)[Size]): Promise<Page> {
  const page = await site.open('', {
    viewport,
    prepare: async (fresh) => {
      if (noGpu) await fresh.evaluateOnNewDocument('delete Navigator.prototype.gpu');
      // Only the page that is asked for trains.
      await fresh.goto('about:blank');
    },
  });
  await page.goto(`${page.url().replace(/[?#].*/, '')}${search || '?'}#${hash}&speed=fast`);
  await trained(page, steps);
  await ask(page, `store.set({ speed: 'slow' })`);
  await act?.(page);
  return page;
}

const file = (state: string, size: Size, theme: string, language: string): string => `${folder}/${state}-${size}-${theme}-${language}.png`;

async function shoot(page: Page, state: string, size: Size): Promise<void> {
  const { look } = STATES[state]!;
  for (const language of LANGUAGES) {
    for (const theme of THEMES) {
      await ask(page, `store.set({ theme: '${theme}' })`);
      await page.evaluate(`if (fathom.store.state.language !== '${language}') document.querySelector('#language').click()`);
      if (look) {
        await page.waitForSelector(look);
        await page.$eval(look, (element) => element.scrollIntoView({ block: innerWidth > 1180 ? 'nearest' : 'center' }));
      }
      // The numbers in words follow the pictures.
      await pause(450);
      await page.screenshot({ path: file(state, size, theme, language) as `${string}.png` });
    }
  }
}

/** Eight of a state's pictures on one. */
async function sheet(state: string): Promise<void> {
  const page = await site.browser.newPage();
  await page.setViewport({ width: 1600, height: 1000 });
  const rows: [Size, number, [string, string][]][] = [
    [
      '1440x900',
      795,
      [
        ['light', 'en'],
        ['dark', 'zh'],
      ],
    ],
    [
      '1024x768',
      795,
      [
        ['dark', 'en'],
        ['light', 'zh'],
      ],
    ],
    [
      '390x844',
      395,
      [
        ['light', 'en'],
        ['dark', 'en'],
        ['light', 'zh'],
        ['dark', 'zh'],
      ],
    ],
  ];
  const image = async (size: Size, width: number, [theme, language]: [string, string]): Promise<string> =>
    `<img width=${width} src="data:image/png;base64,${(await readFile(file(state, size, theme, language))).toString('base64')}">`;
  const parts: string[] = [];
  for (const [size, width, all] of rows) for (const each of all) parts.push(await image(size, width, each));
  await page.setContent(`<style>body{margin:0;font-size:0}img{margin:0 5px 5px 0}</style>${parts.join('')}`);
  await page.screenshot({ path: `${folder}/sheet-${state}.png`, fullPage: true });
  await page.close();
}

for (const [state, how] of Object.entries(STATES)) {
  if (only.length && !only.includes(state)) continue;
  const started = performance.now();
  try {
    const wide = await show(how, SIZES['1440x900']);
    await shoot(wide, state, '1440x900');
    await wide.setViewport(SIZES['1024x768']);
    await shoot(wide, state, '1024x768');
    await wide.close();
    const narrow = await show(how, SIZES['390x844']);
    await shoot(narrow, state, '390x844');
    await narrow.close();
    await sheet(state);
    console.log(state, `${Math.round((performance.now() - started) / 1000)} s`, pathToFileURL(`${folder}/sheet-${state}.png`).href);
  } catch (error) {
    console.log(state, String(error));
    for (const page of (await site.browser.pages()).slice(1)) await page.close();
  }
}
if (site.problems.length) console.log([...new Set(site.problems)]);
await site.close();
