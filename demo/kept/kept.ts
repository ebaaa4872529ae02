// Runs that are kept: each stays in the profile as a thin line with its letter, and in a list with a name of one's own, what arrived and its loss.
import './kept.css';
import type { App } from '../app.ts';
import type { ExperimentDocument } from '../document.ts';
import { byId, h, rich } from '../dom.ts';
import { number } from '../format.ts';
import { arrivesWords } from '../hand/numbers.ts';
import { fill } from '../i18n.ts';
import type { Run } from '../run.ts';
import type { Settings } from '../settings.ts';
import { settingsLine } from '../share/settings_line.ts';
import { KEPT_WORDS } from './text.ts';

const LETTERS = 'ABCDE';
/** How many lines can still be told apart. */
export const MOST = LETTERS.length;

interface Kept {
  letter: string;
  name: string;
  settings: Settings;
  document: ExperimentDocument | null;
  /** log10 of each layer's gradient over the last one's, from layer 1 on, at `step`. */
  values: readonly number[];
  step: number;
  loss: number;
}

export interface KeptPanel {
  /** Keeps the run in progress as it is now; without one that has a step it does nothing. */
  add(): void;
}

/** What stays of a run, measured at its last finite step. */
export const keptOf = (run: Run): Pick<Kept, 'values' | 'step' | 'loss'> => ({
  values: Array.from({ length: run.depth }, (_, l) => run.trusted(l, 'relative')),
  step: run.finiteStep,
  loss: run.loss(run.columns - 1),
});

/** The list, in the place of the findings while its button is pressed. */
export function keptPanel(app: App): KeptPanel {
  const { store, session } = app;
  const place = byId('findings').parentElement!;
  const list = h('ul', { class: 'kept', id: 'kept' });
  const toggle = h('button', { class: 'link', 'aria-controls': 'kept', onclick: () => show(place.dataset.shown !== 'kept') });
  byId('keep-run').before(toggle);
  place.append(list);
  const runs: Kept[] = [];

  function show(kept: boolean): void {
    place.dataset.shown = kept ? 'kept' : 'findings';
    toggle.setAttribute('aria-pressed', String(kept));
  }

  function bring({ settings, document }: Kept): void {
    session.keep();
    store.set({ settings, document, layer: null });
  }

  function remove(run: Kept): void {
    runs.splice(runs.indexOf(run), 1);
    draw();
    if (runs.length === 0) show(false);
    (runs.length === 0 ? byId('keep-run') : toggle).focus();
  }

  function row(run: Kept): HTMLElement {
    const w = KEPT_WORDS[store.state.language];
    const { letter, values, loss, step } = run;
    const name = h('input', { value: run.name, title: run.name, 'aria-label': fill(w.name, { letter }) });
    name.addEventListener('input', () => {
      run.name = name.title = name.value;
    });
    const button = (what: string, act: string, does: () => void): HTMLElement =>
      h('button', { class: 'small', 'data-act': act, 'aria-label': fill(w.of, { what, letter }), onclick: does }, what);
    const said = fill(w.evidence, { p: arrivesWords(values[0]!, store.state.language), loss: number(loss), step });
    return h(
      'li',
      {},
      h('b', {}, letter),
      h('div', { class: 'words' }, name, h('div', { class: 'evidence', title: said.replace(/<.*?>/g, '') }, ...rich(said))),
      h(
        'div',
        { class: 'acts' },
        button(w.show, 'show-run', () => bring(run)),
        button(w.remove, 'remove-run', () => remove(run)),
      ),
    );
  }

  function draw(): void {
    toggle.textContent = fill(KEPT_WORDS[store.state.language].runs, { n: runs.length });
    toggle.hidden = runs.length === 0;
    list.replaceChildren(...runs.map(row));
    app.kept = runs.map(({ letter, values }) => ({ name: letter, values }));
    app.frame.request(true);
  }

  store.listen((changed) => {
    if (changed.has('language')) draw();
  });
  return {
    add() {
      const { run } = session;
      if (!run || session.stale || run.finiteStep === 0) return;
      if (runs.length === MOST) {
        app.toast(fill(KEPT_WORDS[store.state.language].full, { most: MOST }));
        return;
      }
      const { settings, document } = store.state;
      const letter = [...LETTERS].find((each) => runs.every((kept) => kept.letter !== each))!;
      runs.push({ letter, name: settingsLine(store.state, app.t), settings, document, ...keptOf(run) });
      runs.sort((a, b) => a.letter.localeCompare(b.letter));
      draw();
      show(true);
    },
  };
}
