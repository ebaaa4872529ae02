// A lesson: the page asks, and the network answers. Only named controls are there, and nothing that would tell: no findings, no remedies, no presets.
import './lesson.css';
import { rounded } from '../../src/format.ts';
import type { App } from '../app.ts';
import { byId, h, rich } from '../dom.ts';
import { number, percent } from '../format.ts';
import { arrivesWords } from '../hand/numbers.ts';
import { fill } from '../i18n.ts';
import { copy } from '../parts/figures.ts';
import { EARLY } from '../run.ts';
import { decodeSettings, encodeSettings } from '../settings.ts';
import { type Answer, answersOf, handedAddress, isAnswered } from './answers.ts';
import { handedList, type Measured } from './handed.ts';
import { inWordsPanel } from './in_words.ts';
import { forgetAnswers, keepAnswers, keptAnswers } from './kept_answers.ts';
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
    store.set({ lesson: null, handed: null });
    return null;
  }
  const handed = answersOf(store.state.handed, questions);
  if (store.state.handed !== null && !handed) failed(words().unreadable_handed);
  const lesson = store.state.lesson!;
  const kept = handed ? undefined : keptAnswers(lesson, questions);
  const answers: Answer[] = handed ?? kept?.answers ?? questions.map(() => ({}));
  /** What was measured of the networks that were handed in. */
  const measured: (Measured | null)[] = questions.map(() => null);
  let at = kept?.at ?? 0;
  let hinted = false;
  /** Whether the gradient was where it should be, and whether the words were right. */
  let brought = false;
  let said = false;
  let shown = '';
  const kicker = h('div', { class: 'kicker' });
  const title = h('h1', { tabindex: -1 });
  const says = h('p', { role: 'status' });
  const hint = h('p');
  const acts = h('div', { class: 'acts' });
  const section = h('section', { class: 'ask', id: 'ask' }, h('div', {}, kicker, title, says, hint), acts);
  const sheet = new CSSStyleSheet();
  const now = (): Question => questions[at]!;
  const panel = inWordsPanel(
    (given) => {
      answers[at]!.words = given;
      keep();
      if (now().words!.right === undefined) said = isAnswered(given);
      update();
    },
    (right) => {
      said ||= right;
      update();
    },
    () => address(),
  );

  function keep(): void {
    if (!handed) keepAnswers(lesson, at, answers);
  }

  /** The address that hands in. */
  function address(): string {
    settle();
    return handedAddress(questions!, answers, store.state.language);
  }

  /** Of a question whose gradient never was where it should be, the network counts as it stands. */
  function settle(): void {
    if (!handed && !brought) answers[at]!.settings = encodeSettings(store.state.settings);
  }

  /** What of the controls is there. */
  function lock(): void {
    const { open, from, to } = now();
    app.open = new Set(open);
    app.target = from === undefined ? null : { low: Math.log10(from), high: Math.log10(to!), words: words().here };
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
    askInWords();
    update();
  }

  /** The question in words, or what was handed in, below the figure. */
  function askInWords(): void {
    const { words: inWords, question } = now();
    if (handed) return;
    if (inWords) {
      // What a teacher reads is answered as soon as it is written, before a reload too.
      if (inWords.right === undefined) said = isAnswered(answers[at]!.words);
      panel.ask(inWords, question, words(), answers[at]!.words);
      byId('row').append(panel.element);
    } else panel.element.remove();
  }

  function end(): void {
    stop();
    if (!handed && store.state.lesson === null) forgetAnswers();
    section.remove();
    panel.element.remove();
    document.body.classList.remove('lesson');
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    app.open = null;
    app.target = null;
    app.frame.request(true);
  }

  function go(to: number): void {
    settle();
    at = to;
    hinted = brought = said = false;
    keep();
    lock();
    const settings = handed ? answers[at]!.settings : now().settings;
    if (settings !== undefined) {
      session.keep();
      session.change(decodeSettings(settings));
    }
    askInWords();
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
    const { language, settings } = store.state;
    const { question, from, to } = now();
    const { run } = session;
    const known = run !== null && !session.stale && run.step >= EARLY && !Number.isNaN(run.early);
    const ratio = known ? 10 ** run.early : Number.NaN;
    const right = from !== undefined && ratio >= from && ratio <= to!;
    // What was right stays so: whoever plays on takes nothing back.
    if (right && !handed && answers[at]!.settings !== encodeSettings(settings)) {
      answers[at]!.settings = encodeSettings(settings);
      keep();
    }
    brought ||= right;
    const values = { p: known ? arrivesWords(run.early, language) : '', g: rounded(settings.gain, 3), bring: bringWords(now()) };
    if (handed && known && from !== undefined) measured[at] = { right, words: fill(right ? w.measured_right : w.measured_not, values) };
    const last = at === questions!.length - 1;
    const solved = (brought || from === undefined) && (said || !now().words);
    const done = !handed && solved && last && questions!.length > 1 && (right || from === undefined);
    const text = sentence(known, right, values) + (done ? ` ${w.done}` : '');
    const key = JSON.stringify([at, text, hinted, solved, measured, language]);
    if (key === shown) return;
    shown = key;
    const of = questions!.length > 1 ? fill(w.of, { a: at + 1, b: questions!.length }) : w.one;
    kicker.textContent = handed ? fill(w.handed_of, { of }) : of;
    title.textContent = question;
    says.replaceChildren(...rich(text));
    hint.textContent = hinted ? (now().hint ?? '') : '';
    const focused = (document.activeElement as HTMLElement | null)?.dataset.act;
    acts.replaceChildren(...buttons(solved, last));
    if (focused) acts.querySelector<HTMLElement>(`[data-act="${focused}"]`)?.focus();
    if (handed) listHanded();
  }

  /** Where the gradient should be brought. */
  const bringWords = ({ from, to }: Question): string =>
    from === undefined ? '' : fill(words().bring, { a: fraction(from), b: fraction(to!), last: app.picture().depth });

  /** How far one is, or what became of what was handed in. */
  function sentence(known: boolean, right: boolean, values: Record<'p' | 'g' | 'bring', string | number>): string {
    const w = words();
    const { from, words: inWords } = now();
    if (from === undefined) return handed || said ? '' : w.below;
    if (handed) return fill(!known ? w.measuring : right ? w.handed_right : w.handed_not, values);
    if (!right) return known ? fill(w.not_yet, values) : String(values.bring);
    return fill(app.open?.has('gain') ? w.right_gain : w.right, values) + (inWords && !said ? ` ${w.then_below}` : '');
  }

  function buttons(solved: boolean, last: boolean): HTMLElement[] {
    const w = words();
    const button = (name: string, act: string, does: () => void, disabled = false): HTMLElement =>
      h('button', { class: 'button ghost', 'data-act': act, disabled, onclick: does }, name);
    const hintButton = (): void => {
      hinted = true;
      update();
    };
    return [
      ...(handed && at > 0 ? [button(w.previous, 'previous-question', () => go(at - 1))] : []),
      ...(now().hint && !hinted && !handed ? [button(w.hint, 'hint', hintButton)] : []),
      ...(last ? [] : [button(w.next, 'next-question', () => go(at + 1), !solved && !handed)]),
      ...(last && solved && !now().words && !handed ? [button(w.hand_in, 'hand-in', () => void copy(address()).then(() => app.toast(w.handed_copied)))] : []),
      ...((last && solved) || handed ? [button(w.whole, 'whole', () => store.set({ lesson: null, handed: null }))] : []),
    ];
  }

  /** All that was handed in, the focus where it was. */
  function listHanded(): void {
    const { activeElement } = document;
    const focused = panel.element.contains(activeElement) ? (activeElement as HTMLElement).dataset.question : undefined;
    panel.element.replaceChildren(...handedList(questions!, answers, measured, at, words(), go));
    if (!panel.element.isConnected) byId('row').append(panel.element);
    if (focused !== undefined) panel.element.querySelector<HTMLElement>(`[data-question="${focused}"]`)?.focus();
  }

  const stop = store.listen((changed) => {
    if (changed.has('lesson') && store.state.lesson === null) end();
    else if (changed.has('language')) {
      lock();
      askInWords();
      update();
    }
  });
  start();
  return { update, end };
}
