// Show code: the network as PyTorch and as a program of this package, in the heat map's place. It changes as the controls move; the lines that did are marked.
import './code.css';
import type { Experiment } from '../../src/experiment/index.ts';
import type { App } from '../app.ts';
import { byId, focusTool, h } from '../dom.ts';
import { fill } from '../i18n.ts';
import { copy } from '../parts/figures.ts';
import { CODE_WORDS } from './text.ts';
import type { CodeAnswer, CodeQuestion, Written } from './worker.ts';

const KINDS = ['pytorch', 'fathom'] as const;
type Kind = (typeof KINDS)[number];

/** Steps of the program: enough to see whether it learns. */
const STEPS = 300;

/** The document of a program that people read: as many steps as one waits for, and no histograms. */
export function shortened(document: Experiment): Experiment {
  const { epochs: _epochs, ...training } = document.training;
  return { ...document, training: { ...training, steps: STEPS } as Experiment['training'], probes: { every: 1 } };
}

/** Columns that the model is given, and what its targets are: of the run where there is one. */
function dataOf(app: App): { features: number; classIndices: boolean } {
  const { run } = app.session;
  if (run && !app.session.stale) return { features: run.start.features, classIndices: run.start.task === 'classification' };
  const { settings, csv } = app.store.state;
  return { features: settings.data === 'digits' ? 64 : 2, classIndices: csv ? csv.task === 'classification' : app.store.document.loss !== 'mse' };
}

export interface CodePanel {
  /** Follows a gain that a hand holds; null lets go. */
  hold(gain: number | null): void;
  toggle(): void;
}

/** Wires the panel. */
export function codePanel(app: App): CodePanel {
  let kind: Kind = 'pytorch';
  let held: number | null = null;
  /** The text as it was before the latest change, by kind. */
  const texts: Record<Kind, { now: string; before: string }> = { pytorch: { now: '', before: '' }, fathom: { now: '', before: '' } };
  const section = h('section', { class: 'code', id: 'code' });
  let shown = '';
  let asked = 0;
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  /** Whether an answer is on its way, and whether another question waits for it. */
  let waiting = false;
  let again = false;

  const opener = (): HTMLElement | null => document.querySelector<HTMLElement>('.tools [data-do=code]');
  const isOpen = (): boolean => section.isConnected;

  /** Asks for the text of what the controls say. */
  async function update(): Promise<void> {
    asked = 0;
    await app.store.rowsLater(app.store.state.settings);
    if (!isOpen()) return;
    again = waiting;
    if (waiting) return;
    waiting = true;
    const { settings, document } = app.store.state;
    const given = document ?? app.store.documentOf(held === null ? settings : { ...settings, gain: Number(held.toFixed(4)) });
    worker.postMessage({ document: shortened(given as unknown as Experiment), ...dataOf(app) } satisfies CodeQuestion);
  }

  worker.addEventListener('message', ({ data }: MessageEvent<CodeAnswer>) => {
    waiting = false;
    write(data);
    if (again) void update();
  });

  /** Takes the text anew. */
  function write(answer: CodeAnswer): void {
    if (!isOpen()) return;
    const w = CODE_WORDS[app.store.state.language];
    const textOf = (given: Written | null): string =>
      given === null ? `// ${w.data_file}\n` : 'text' in given ? given.text : `# ${fill(w.not, { what: given.wrong })}\n`;
    for (const each of KINDS) {
      const text = textOf(answer[each]);
      if (text === texts[each].now) continue;
      // While a hand holds the gain, all is compared with what stood there before it.
      texts[each] = { now: text, before: held === null || !texts[each].before ? texts[each].now : texts[each].before };
    }
    show();
  }

  /** Shows the text of the chosen kind, and marks what is another than before the change. */
  function show(): void {
    const w = CODE_WORDS[app.store.state.language];
    const { now, before } = texts[kind];
    const key = JSON.stringify([kind, app.store.state.language, app.recorded, now, before]);
    if (key === shown) return;
    shown = key;
    const old = new Set(before.split('\n'));
    const code = section.querySelector('code')!;
    code.replaceChildren(
      ...now
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => h('span', before && !old.has(line) ? { class: 'hot' } : {}, line)),
    );
    section.querySelector('.remark')!.textContent = kind === 'pytorch' ? w.note_pytorch : w.note_fathom;
    section.querySelector<HTMLElement>('[data-act=save-start]')!.hidden = kind !== 'pytorch' || app.recorded;
    for (const tab of section.querySelectorAll<HTMLElement>('[role=tab]')) {
      tab.setAttribute('aria-selected', String(tab.dataset.kind === kind));
      tab.tabIndex = tab.dataset.kind === kind ? 0 : -1;
    }
    code.parentElement!.setAttribute('aria-labelledby', `code-${kind}`);
  }
  const soon = (): void => {
    if (asked === 0) asked = requestAnimationFrame(() => void update());
  };

  function choose(next: Kind): void {
    kind = next;
    show();
    section.querySelector<HTMLElement>(`[data-kind=${kind}]`)!.focus();
  }

  function dress(): void {
    const w = CODE_WORDS[app.store.state.language];
    section.setAttribute('aria-label', w.code);
    shown = '';
    section.replaceChildren(
      h(
        'header',
        {},
        h(
          'div',
          { role: 'tablist', 'aria-label': w.code, class: 'switch' },
          ...KINDS.map((each) =>
            h('button', { role: 'tab', id: `code-${each}`, 'data-kind': each, 'aria-controls': 'code-text', onclick: () => choose(each) }, w[each]),
          ),
        ),
        h('button', { class: 'small', onclick: () => void copy(texts[kind].now).then(() => app.toast(w.copied)) }, w.copy),
        h('button', { class: 'small', 'data-act': 'save-start', onclick: () => app.session.post({ type: 'export', kind: 'start' }) }, w.save),
        h('button', { class: 'small', onclick: close }, w.close),
      ),
      h('pre', { id: 'code-text', role: 'tabpanel', tabindex: 0 }, h('code')),
      h('p', { class: 'remark' }),
    );
    section.querySelector('[role=tablist]')!.addEventListener('keydown', (event) => {
      const { key } = event as KeyboardEvent;
      if (key === 'ArrowLeft' || key === 'ArrowRight') choose(kind === 'pytorch' ? 'fathom' : 'pytorch');
    });
  }

  function close(): void {
    section.remove();
    document.body.classList.remove('coding');
    opener()?.setAttribute('aria-expanded', 'false');
    focusTool('code');
    app.frame.request(true);
  }

  section.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  });
  app.store.listen((changed) => {
    if (changed.has('language') && isOpen()) dress();
    soon();
  });

  return {
    hold(gain) {
      held = gain;
      soon();
    },
    toggle() {
      if (isOpen()) {
        close();
        return;
      }
      byId('sounding').append(section);
      document.body.classList.add('coding');
      opener()?.setAttribute('aria-expanded', 'true');
      for (const each of KINDS) texts[each] = { now: '', before: '' };
      dress();
      void update();
      // On a phone it stands below the figure.
      if (innerWidth <= 720) section.scrollIntoView();
      section.querySelector<HTMLElement>('[role=tab]')!.focus({ preventScroll: true });
      app.frame.request(true);
    },
  };
}
