// What can be told of a network before it trains, in the place of its findings until play is pressed.
import './preflight.css';
import type { App } from '../app.ts';
import { byId, h, icon } from '../dom.ts';
import { number } from '../format.ts';
import { fill } from '../i18n.ts';
import { FINDING_ICONS } from '../icons.ts';
import type { CheckMessage, PreflightMessage } from '../protocol.ts';
import { numbered } from '../verdict.ts';
import { PREFLIGHT_WORDS } from './text.ts';

export interface PreflightPanel {
  /** Shows what is known of the run, where it has not begun. */
  update(): void;
}

/** The panel of checks; it stands where the findings stand. */
export function preflightPanel(app: App): PreflightPanel {
  const { store, session } = app;
  const place = byId('findings').parentElement!;
  const title = h('h2');
  const list = h('ul', { tabindex: 0 });
  const says = h('span', { role: 'status' });
  const act = h('button', { class: 'small', 'data-act': 'preflight' });
  const box = h('div', { id: 'preflight' }, title, list, h('div', { class: 'all' }, act, says));
  let drawn = '';
  act.addEventListener('click', () => session.post({ type: running() ? 'preflight_stop' : 'preflight' }));

  const told = (): PreflightMessage | undefined => {
    const { run, before, stale } = session;
    return run && run.step === 0 && !stale && !before && !app.foreign && !app.open ? run.preflight : undefined;
  };
  const running = (): boolean => told()?.running !== undefined;

  /** What a check says that failed: in Chinese from the rule's title or its own figures, as sentences are English alone. */
  function sentence({ name, sentence: said, cause, evidence }: CheckMessage): string {
    const { language } = store.state;
    if (language === 'en') return numbered(said, session.run!, app.t);
    if (cause) return cause[language].title;
    const words = PREFLIGHT_WORDS[language];
    const values = Object.entries(evidence).map(([key, value]) => [key, typeof value === 'number' ? number(value) : value]);
    return name in words ? fill(words[name as keyof typeof words], Object.fromEntries(values)) : said;
  }

  function rows({ checks, whole }: PreflightMessage): HTMLElement[] {
    const { language } = store.state;
    const words = PREFLIGHT_WORDS[language];
    const names = (outcome: CheckMessage['outcome']): string =>
      checks
        .filter((check) => check.outcome === outcome)
        .map(({ text }) => text[language].title)
        .join(language === 'en' ? ', ' : '、');
    const quiet = (form: string, listed: string): HTMLElement[] => (listed ? [h('li', { class: 'quiet' }, fill(form, { names: listed }))] : []);
    return [
      ...checks
        .filter(({ outcome }) => outcome === 'fail')
        .map((check) =>
          h(
            'li',
            { 'data-check': check.name },
            h('span', { class: 'bad' }, icon(FINDING_ICONS.other, 14)),
            h('div', {}, h('div', { class: 'title' }, check.text[language].title), h('div', { class: 'message' }, sentence(check))),
          ),
        ),
      ...quiet(words.sound, names('pass')),
      ...quiet(whole ? words.unknown : words.later, names('unknown')),
    ];
  }

  return {
    update() {
      const message = told();
      place.classList.toggle('before-training', message !== undefined);
      if (!message) {
        box.remove();
        drawn = '';
        return;
      }
      const words = PREFLIGHT_WORDS[store.state.language];
      const next = JSON.stringify([message, store.state.language]);
      if (next === drawn) return;
      drawn = next;
      title.textContent = words.title;
      list.setAttribute('aria-label', words.title);
      list.replaceChildren(...rows(message));
      const { running: step, whole } = message;
      act.hidden = whole;
      act.textContent = step === undefined ? words.run : words.stop;
      says.textContent = whole ? '' : step === undefined ? words.about : step === 0 ? words.running : fill(words.heart, { n: step });
      place.append(box);
    },
  };
}
