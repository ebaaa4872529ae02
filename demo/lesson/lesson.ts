// A lesson: the page asks, and the network answers. Only named controls are there, and nothing that would tell: no findings, no remedies, no presets.
import './lesson.css';
import { rounded } from '../../src/format.ts';
import type { App } from '../app.ts';
import { byId, h, rich } from '../dom.ts';
import { number, percent } from '../format.ts';
import { arrivesWords } from '../hand/numbers.ts';
import { fill } from '../i18n.ts';
import { EARLY } from '../run.ts';
import { decodeSettings } from '../settings.ts';
import { type Question, questionsOf } from './questions.ts';
import { LESSON_WORDS } from './text.ts';

export interface Lesson {
  /** Says how far one is. */
  update(): void;
  /** Gives the whole page back. */
  end(): void;
}

/** Opens the lesson of the address; null where it has none that can be read. `failed` says so. */
export function openLesson(app: App, failed: (what: string) => void): Lesson | null {
  const { store, session } = app;
  const words = () => LESSON_WORDS[store.state.language];
  const questions = questionsOf(store.state.lesson);
  if (!questions) {
    failed(words().unreadable);
    store.set({ lesson: null });
    return null;
  }
  let at = 0;
  let hinted = false;
  let solved = false;
  let shown = '';
  const kicker = h('div', { class: 'kicker' });
  const title = h('h1', { tabindex: -1 });
  const says = h('p', { role: 'status' });
  const hint = h('p');
  const acts = h('div', { class: 'acts' });
  const section = h('section', { class: 'ask', id: 'ask' }, h('div', {}, kicker, title, says, hint), acts);
  const sheet = new CSSStyleSheet();
  const now = (): Question => questions[at]!;

  /** What of the controls is there. */
  function lock(): void {
    const { open, from, to } = now();
    app.open = new Set(open);
    app.target = { low: Math.log10(from), high: Math.log10(to), words: words().here };
    const named = open.map((name) => `[data-setting="${name}"]`).join() || '[data-setting=""]';
    sheet.replaceSync(
      `.lesson .rail .lil-controller:not(${named}){display:none}.lesson .rail .lil-gui .lil-gui:not(:has(${named})){display:none}${open.includes('gain') ? '' : '.lesson .lead{display:none}'}`,
    );
  }

  function start(): void {
    document.body.classList.add('lesson');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    byId('say').before(section);
    lock();
    update();
  }

  function end(): void {
    section.remove();
    document.body.classList.remove('lesson');
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    app.open = null;
    app.target = null;
    app.frame.request(true);
  }

  function next(): void {
    at++;
    hinted = solved = false;
    lock();
    const { settings } = now();
    if (settings !== undefined) {
      session.keep();
      session.change(decodeSettings(settings));
    }
    title.focus();
    update();
  }

  const fraction = (value: number): string => (value < 1 ? percent(value) : fill(words().fold, { n: number(value) }));

  function update(): void {
    if (store.state.lesson === null) {
      if (section.isConnected) end();
      return;
    }
    const w = words();
    const { question, from, to } = now();
    const { run } = session;
    const known = run !== null && !session.stale && run.step >= EARLY && !Number.isNaN(run.early);
    const ratio = known ? 10 ** run.early : Number.NaN;
    // What was right stays so: whoever plays on takes nothing back.
    const right = ratio >= from && ratio <= to;
    if (right) solved = true;
    const bring = fill(w.bring, { a: fraction(from), b: fraction(to), last: app.picture().depth });
    const p = known ? arrivesWords(run.early, store.state.language) : '';
    const text = right
      ? fill(app.open?.has('gain') ? w.right_gain : w.right, { p, g: rounded(store.state.settings.gain, 3) })
      : known
        ? fill(w.not_yet, { p, bring })
        : bring;
    const last = at === questions!.length - 1;
    const key = JSON.stringify([at, text, hinted, solved, store.state.language]);
    if (key === shown) return;
    shown = key;
    kicker.textContent = questions!.length > 1 ? fill(w.of, { a: at + 1, b: questions!.length }) : w.one;
    title.textContent = question;
    says.replaceChildren(...rich(`${text}${right && last && questions!.length > 1 ? ` ${w.done}` : ''}`));
    hint.textContent = hinted ? (now().hint ?? '') : '';
    const focused = (document.activeElement as HTMLElement | null)?.dataset.act;
    const button = (name: string, act: string, does: () => void, disabled = false): HTMLElement =>
      h('button', { class: 'button ghost', 'data-act': act, disabled, onclick: does }, name);
    acts.replaceChildren(
      ...(now().hint && !hinted
        ? [
            button(w.hint, 'hint', () => {
              hinted = true;
              update();
            }),
          ]
        : []),
      ...(last ? [] : [button(w.next, 'next-question', next, !solved)]),
      ...(last && solved ? [button(w.whole, 'whole', () => store.set({ lesson: null }))] : []),
    );
    if (focused) acts.querySelector<HTMLElement>(`[data-act="${focused}"]`)?.focus();
  }

  store.listen((changed) => {
    if (changed.has('lesson') && store.state.lesson === null) end();
    else if (changed.has('language')) {
      lock();
      update();
    }
  });
  start();
  return { update, end };
}
