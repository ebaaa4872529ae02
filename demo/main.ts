// The page: parts over one store and one session, drawn in one animation frame.
import { type App, markedLayer } from './app.ts';
import type { CodePanel } from './code/panel.ts';
import { byId, download, h, icon } from './dom.ts';
import { readPalette } from './draw/canvas.ts';
import type { Picture } from './draw/picture.ts';
import { errorWords } from './errors.ts';
import type { ForeignView } from './foreign/view.ts';
import { Frame } from './frame.ts';
import type { LateParts } from './hand/index.ts';
import { loadWords, translatePage, translator } from './i18n.ts';
import { ICONS } from './icons.ts';
import type { KeptPanel } from './kept/kept.ts';
import type { Lesson } from './lesson/lesson.ts';
import type { MapPanel } from './map/panel.ts';
import { embedded } from './memory.ts';
import { controls } from './parts/controls.ts';
import type { DetailPanel } from './parts/detail.ts';
import { figures } from './parts/figures.ts';
import { files } from './parts/files.ts';
import { findings } from './parts/findings.ts';
import { headline } from './parts/headline.ts';
import { keys } from './parts/keys.ts';
import { lossChart } from './parts/loss_chart.ts';
import { notices } from './parts/notices.ts';
import type { Pad } from './parts/pad.ts';
import { sounding } from './parts/sounding.ts';
import { status } from './parts/status.ts';
import { toolbar } from './parts/toolbar.ts';
import type { TourPanel } from './parts/tour.ts';
import type { Pencil } from './plane/pencil.ts';
import type { PreflightPanel } from './preflight/panel.ts';
import { Session } from './session.ts';
import { openSource } from './source.ts';
import { addressOf, readerFor, Store, unknownIn } from './store.ts';
import type { State } from './verdict.ts';

const address = addressOf(location.search, location.hash);
if (address.search !== location.search) history.replaceState(null, '', `${location.pathname}${address.search}${address.hash}`);
await readerFor(location.hash);
const store = new Store(location.hash, {
  language: navigator.language.startsWith('zh') ? 'zh' : 'en',
  theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
});
// Nothing is said before there are words to say it in, nor heard before there is an ear.
await loadWords(store.state.language);
const source = openSource();
const session = new Session(source, store, (change) => {
  if (change === 'structure') structure();
  frame.request(change !== 'data');
});
const frame = new Frame(pictures, words);
let dismissToast = 0;
const app: App = {
  store,
  session,
  frame,
  t: translator(store.state.language),
  ink: readPalette(),
  pointed: null,
  recorded: false,
  lines: [],
  kept: [],
  foreign: null,
  calm: [],
  hand: null,
  formula: null,
  differs: null,
  open: null,
  target: null,
  picture,
  toast(text) {
    byId('toast').textContent = text;
    clearTimeout(dismissToast);
    dismissToast = window.setTimeout(() => {
      byId('toast').textContent = '';
    }, 2600);
  },
};

const charts = figures(app);
const loss = lossChart(app);
const hair = sounding(app);
const notice = notices(app);
/** The guided tours, loaded when the first is asked for. */
let tour: TourPanel | null = null;
const toursLater = () =>
  import('./parts/tour.ts').then((module) => {
    tour ??= module.tourPanel(app);
    return module;
  });
const tourOf = (state: State): void => void toursLater().then(({ tourFor }) => tour!.start(tourFor(state, store.state.settings)));
/** What is loaded once the first network trains: the hand on the theory line and Why?, an open layer, and the pad for digits. */
let late: LateParts | null = null;
let detail: DetailPanel | null = null;
let digits: Pad | null = null;
const say = headline(
  app,
  (state) => (late ? late.why(state) : tourOf(state)),
  () => late,
);
const list = findings(app);
/** The checks before training, loaded with the first answer. */
let preflight: Promise<PreflightPanel> | null = null;
function checks(): void {
  if (session.run?.preflight) preflight ??= import('./preflight/panel.ts').then(({ preflightPanel }) => preflightPanel(app));
  void preflight?.then((panel) => panel.update());
}
/** Runs that are kept, loaded with the first of them. */
let kept: Promise<KeptPanel> | null = null;
byId('keep-run').addEventListener('click', () => {
  kept ??= import('./kept/kept.ts').then(({ keptPanel }) => keptPanel(app));
  void kept.then((panel) => panel.add());
});
/** The pencil at the decision surface, loaded when it is taken up. */
let pencil: Pencil | null = null;
byId('pencil').append(icon(ICONS.pencil));
byId('pencil').addEventListener('click', () =>
  import('./plane/pencil.ts').then((module) => {
    pencil ??= module.pencil(app);
    pencil.toggle();
  }),
);
const line = status(app);
const keep = files(app, notice.show, openLog);
const rail = controls(app, keep.pick);
/** The map of depth against gain, loaded when it is asked for. */
let map: MapPanel | null = null;
/** The network as code, loaded when it is asked for. */
let code: CodePanel | null = null;
const tools = toolbar(app, {
  share: () => void import('./share/sheet.ts').then(({ openShare }) => openShare(app, keep.pick)),
  code: () =>
    void import('./code/panel.ts').then(({ codePanel }) => {
      // It stands in a figure of the laboratory.
      map?.leave();
      code ??= codePanel(app);
      code.toggle();
    }),
  map: () =>
    void import('./map/panel.ts').then(({ mapPanel }) => {
      map ??= mapPanel(app);
      map.toggle();
    }),
  tours: toursLater,
  startTour: (chosen) => tour?.start(chosen),
});
keys(app, () => {
  // A lesson is solved by whoever takes it.
  if (!app.foreign && !app.open) say.mend();
});
/** A log of another program, until its bar is closed or another network is asked for. */
let foreign: ForeignView | null = null;
async function openLog(file: File, map: readonly string[] = []): Promise<boolean> {
  const { readForeign, foreignView } = await import('./foreign/view.ts');
  const log = await readForeign(file, map);
  if (!log) return false;
  tour?.leave();
  foreign?.close();
  foreign = foreignView(app, log, {
    show: notice.show,
    hide: () => notice.hide('foreign'),
    again: (next) => void keep.openLog(file, next),
    map,
    closed() {
      foreign = null;
      structure();
    },
  });
  notice.hide('file');
  foreign.dress();
  structure();
  return true;
}
/** The lesson of the address, loaded where there is one. */
let lesson: Lesson | null = null;
const teach = () =>
  import('./lesson/lesson.ts').then(({ openLesson }) => {
    lesson?.end();
    lesson = openLesson(app, (what) => notice.show({ kind: 'address', title: app.t('address_unknown'), words: app.t('address_shown', { what }) }));
  });

/** What the drawings are drawn from. While a run is being rebuilt, the old one stays and is dimmed. */
function picture(): Picture {
  const { settings, scale, theme } = store.state;
  // Lines are sizes over the last layer's. A tour has letters of its own.
  const lines = scale === 'absolute' ? [] : app.lines.length > 0 ? app.lines : app.kept;
  const common = { lines, scale, layer: markedLayer(app), dark: theme === 'dark', t: app.t };
  if (app.foreign) {
    const { run, names } = app.foreign;
    const nothing = { theory: null, before: null, hand: null, target: null, lines: [], shortcuts: 'none', batchNorm: false, profiling: false } as const;
    return { ...common, ...nothing, run, names, depth: Math.max(1, run.depth) };
  }
  // Of a comparison that a link asks for, the first run is the one before from its first step on.
  const [run, before] = session.preparing ? [null, session.run] : [session.run, session.before];
  return {
    run,
    theory: run ? run.start.theory : session.preparing ? null : session.foreseen,
    before,
    ...common,
    hand: app.hand,
    target: app.target,
    depth: Math.max(1, run?.depth ?? settings.depth, before?.depth ?? 0, ...lines.map(({ values }) => values.length)),
    shortcuts: settings.shortcuts,
    batchNorm: settings.batchNorm,
    profiling: store.state.profile && !app.recorded,
  };
}

/** Whether all is drawn in the colours and the language that the page has. */
let dressed = false;
let held = false;
function pictures(): void {
  if (!app.foreign) late?.place();
  charts.draw(dressed);
  if (held !== Boolean(app.hand?.live)) {
    held = !held;
    hair();
  }
  // While a hand turns the line, what does not follow it stays as it is, in the colours of the page.
  if (app.hand?.live && dressed) return;
  dressed = true;
  loss();
  detail?.draw();
  digits?.draw();
  pencil?.draw();
  hair();
}

function words(): void {
  say.update();
  list();
  checks();
  charts.summaries();
  detail?.update();
  pencil?.update();
  tour?.update();
  if (!app.foreign) late?.update();
  lesson?.update();
  line();
}

/** What changes when another network runs. */
function structure(): void {
  if (!('picture' in app)) return;
  const { run } = session;
  document.body.classList.toggle('stale', session.stale);
  document.body.classList.toggle('compare', session.before !== null || session.preparing);
  const { settings } = store.state;
  const digit = run ? run.start.classes === 10 && run.start.features === 64 : settings.data === 'digits';
  const flat = run ? run.start.points !== null : settings.data !== 'csv' && !digit;
  byId('row').className = `row${digit ? ' digits' : flat ? '' : ' plain'}`;
  byId('figure-surface').hidden = !flat;
  byId('figure-confusion').hidden = byId('figure-pad').hidden = !digit;
  const { depth, before } = picture();
  // Of two networks of unlike depth both are named.
  const n = run && before && before.depth !== run.depth ? `${before.depth} → ${run.depth}` : (run?.depth ?? depth);
  const own = app.differs?.() ?? '';
  byId('strip-sub').textContent = app.foreign
    ? app.foreign.sub('strip')
    : run?.blocks
      ? app.t('blocks_of', { n: run.blocks }) + own
      : n === 1
        ? app.t('layers_one')
        : app.t('layers', { n }) + own;
  byId('profile-sub').textContent = app.foreign
    ? app.foreign.sub('profile')
    : store.state.scale === 'relative'
      ? app.t('relative_to', { n })
      : app.t('absolute_of');
  if (store.state.document) notice.show({ kind: 'custom', title: store.state.document.name ?? '', words: app.t('custom') });
  else notice.hide('custom');
  rail.update();
  tools.update();
  say.update(true);
}

/** Language and theme: everything with words or colours. */
function dress(): void {
  const { language, theme } = store.state;
  app.t = translator(language);
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', theme === 'dark' ? '#0f1e28' : '#ffffff');
  app.ink = readPalette();
  dressed = false;
  translatePage(app.t, language);
  tools.dress();
  rail.build();
  loss(true);
  byId('loss-key').replaceChildren(h('span', {}, h('i'), app.t('train')), h('span', {}, h('i', { class: 'dotted' }), app.t('validation')));
  foreign?.dress();
  structure();
  if (app.recorded)
    notice.show({
      kind: 'nogpu',
      title: app.t('nogpu'),
      words: app.t('nogpu_more'),
      action: { name: app.t('nogpu_how'), act: () => notice.show({ kind: 'file', title: app.t('nogpu_how'), words: app.t('nogpu_help') }) },
    });
  frame.request(true);
}

/** What went wrong, in the page's language. */
const sayError = (kind: 'file' | 'failed', message: string): void =>
  void errorWords(message, store.state.language, app.t).then((words) => notice.show({ kind, title: app.t('failed'), words }));

/** The run whose failure the notice speaks of. */
let failedRun = 0;
source.listen((message) => {
  const { t } = app;
  switch (message.type) {
    case 'no_gpu':
      app.recorded = true;
      document.body.classList.add('recorded');
      dress();
      break;
    case 'steps':
      loadLate();
      break;
    case 'map_row':
    case 'map_learns':
    case 'map_end':
      map?.receive(message);
      break;
    case 'detail':
    case 'units':
      detail?.receive(message);
      break;
    case 'digit':
      digits?.answer(message.scores);
      break;
    case 'report':
      void Promise.all([
        import('../src/experiment/report.ts'),
        import('@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2?inline'),
      ]).then(([{ htmlReport }, { default: font }]) => download('report.html', htmlReport({ ...message.input, font }, document), 'text/html'));
      break;
    case 'checked':
      keep.checked(message.wrong);
      break;
    case 'exported':
      download(message.name, message.bytes as Uint8Array<ArrayBuffer>, message.mime);
      break;
    case 'loaded':
      app.toast(t(message.old ? 'loaded_old' : 'loaded', { name: message.name }));
      break;
    case 'replaced':
      void errorWords(message.message, store.state.language, app.t).then((words) => notice.show({ kind: 'kernels', title: t('replaced'), words }));
      break;
    case 'refused':
      sayError('file', message.message);
      if (message.wish === 'profile') store.set({ profile: false });
      break;
    case 'failed':
      sayError('failed', message.message);
      // A document that cannot run gives way to what the controls say.
      failedRun = store.state.document ? message.run : message.run - 1;
      if (store.state.document) store.set({ document: null });
      break;
    case 'stored':
      if (session.preparing || session.before) break;
      notice.show({
        kind: 'stored',
        title: t('stored', { n: message.step }),
        action: {
          name: t('lost_go_on', { b: message.step }),
          act() {
            notice.hide('stored');
            session.resumeStored();
          },
        },
      });
      break;
    case 'started':
      if (!session.playing) loadLate();
      // What failed before another network took its place stays in sight until that one has run for a while.
      if (message.run > failedRun + 1) notice.hide('failed');
      notice.hide('lost');
      break;
    case 'lost':
      notice.show({
        kind: 'lost',
        title: t('lost', { a: message.step }),
        action: { name: t('lost_go_on', { b: session.checkpoint?.step ?? 0 }), act: () => session.resume() },
      });
      break;
  }
});

let loading = false;
function loadLate(): void {
  if (loading) return;
  loading = true;
  void Promise.all([import('./hand/index.ts'), import('./parts/detail.ts'), import('./parts/pad.ts')]).then(([{ lateParts }, { detailPanel }, { pad }]) => {
    detail = detailPanel(app);
    digits = pad(app);
    const mark = (gain: number | null): void => {
      rail.mark(gain);
      code?.hold(gain);
    };
    late = lateParts(app, { hold: say.hold.bind(say), mark, tour: tourOf });
    structure();
    frame.request(true);
  });
}

store.listen((changed) => {
  // With its path: an empty address would leave the old one standing.
  history.replaceState(null, '', `${location.pathname}${location.search}${store.hash}`);
  if (changed.has('language') || changed.has('theme')) dress();
  if (changed.has('csv')) rail.build();
  // A notice goes with what it speaks of.
  if (changed.has('settings') || changed.has('document')) {
    foreign?.close();
    notice.hide('file');
    notice.hide('address');
    notice.hide('stored');
    if (store.state.settings.data !== 'csv') notice.hide('csv');
  }
  structure();
  frame.request(true);
});
/** Says what an address asked for in vain. To be called before the address is written anew. */
function readAddress(): void {
  const unknown = unknownIn(location.hash);
  if (unknown.length) notice.show({ kind: 'address', title: app.t('address_unknown'), words: app.t('address_shown', { what: unknown.join(', ') }) });
  else notice.hide('address');
}
addEventListener('hashchange', async () => {
  await readerFor(location.hash);
  readAddress();
  const next = store.decode(location.hash);
  await loadWords(next.language);
  store.set(next);
  if (store.state.lesson) void teach();
  session.begin();
});
addEventListener('resize', () => frame.request(true));
let pausedByHiding = false;
document.addEventListener('visibilitychange', () => {
  if (store.state.hidden === 'go_on') return;
  if (document.hidden && session.playing) {
    pausedByHiding = true;
    session.pause();
  } else if (!document.hidden && pausedByHiding) {
    pausedByHiding = false;
    session.play();
  }
});

dress();
readAddress();
if (embedded) void import('./embed/embed.ts').then(({ embed }) => embed(app));
else session.begin();
if (store.state.lesson) void teach();
// For the curious at the console, and for tests that read the engine and not the labels.
Object.assign(globalThis, { fathom: app });
if (import.meta.env.PROD && !embedded && 'serviceWorker' in navigator)
  void navigator.serviceWorker.register(new URL('service_worker.js', document.baseURI)).catch(() => {});
void document.fonts.ready.then(() => frame.request(true));
