// The one sentence and its one button. Written only when the verdict changes or, for its number, every two seconds.
import type { RuleId } from '../../src/inspect/diagnose/index.ts';
import type { Texts } from '../../src/texts.ts';
import type { App } from '../app.ts';
import { byId, h, rich } from '../dom.ts';
import type { Proposal } from '../hand/hand.ts';
import type { Key } from '../i18n.ts';
import type { FindingMessage, RemedyMessage } from '../protocol.ts';
import type { Run } from '../run.ts';
import { type State, verdict } from '../verdict.ts';
import { showMenu } from './menu.ts';

const PATIENCE = 2000;
/** The rule that a headline speaks of. */
const SUBJECT: Partial<Record<State, RuleId>> = {
  vanish: 'vanishing_with_depth',
  fading: 'vanishing_with_depth',
  explode: 'exploding_with_depth',
  growing: 'exploding_with_depth',
  infinite: 'non_finite',
};
/** What is said before a run has taken a step. */
const BEFORE_STEPS: ReadonlySet<State> = new Set(['start', 'ready', 'rebuild', 'comparing']);
/** Buttons that a recorded run cannot answer. */
const NEEDS_ENGINE: ReadonlySet<Key> = new Set(['other', 'break', 'another']);
/** Verdicts on a comparison after which one would keep it. */
const WORTH_KEEPING: ReadonlySet<State> = new Set(['fixed', 'better', 'healthy']);

export interface Headline {
  update(now?: boolean): void;
  /** Says what a hand holds, in place of the verdict, until it holds nothing. */
  hold(proposal: Proposal | null): void;
  /** Does what the main button would. */
  mend(): void;
}

/** What the headline asks of the hand, once it is there. */
export interface Turning {
  /** By how much the weights have to grow for all of the gradient to arrive; null where the hand cannot say. */
  times(): number | null;
  fix(): void;
}

/** The headline block. `why` explains a state; `turning` is the hand's way to mend the weights. */
export function headline(app: App, why: (state: State) => void, turning: () => Turning | null): Headline {
  const section = byId('say');
  const title = h('h1');
  const lead = h('p');
  const acts = h('div', { class: 'acts' });
  section.append(h('div', { class: 'words' }, title, lead), acts);
  let shown = '';
  let buttons = '';
  let written = 0;
  let subject: State = 'start';
  let spoken: Run | null = null;
  let held = false;
  let latest: Proposal | null = null;

  /** Remedies of all findings, each once: those of the headline's finding first, then by severity. */
  const remedies = (state?: State): RemedyMessage[] => {
    const list = new Map<string, RemedyMessage>();
    const findings = ((app.session.before ?? app.session.run)?.findings ?? []).filter(({ consequenceOf }) => !consequenceOf);
    // What the headline speaks of comes first.
    const rank = (finding: FindingMessage): number => (finding.rule === SUBJECT[state ?? 'start'] ? -1 : { severe: 0, warn: 1, note: 2 }[finding.severity]);
    for (const finding of [...findings].sort((a, b) => rank(a) - rank(b)))
      for (const remedy of finding.remedies)
        if (!list.has(remedy.id + JSON.stringify(remedy.document))) list.set(remedy.id + JSON.stringify(remedy.document), remedy);
    return [...list.values()];
  };
  /** A line of a menu: what can be tried, and what it does. */
  const choice = (text: Texts, act: () => void): { name: string; effect: string; act(): void } => {
    const { title, summary } = text[app.store.state.language];
    return { name: title, effect: summary, act };
  };
  /** A remedy's name; of a rate also from what to what, as one finding may ask for more and another for less. */
  const nameOf = ({ id, text, document }: RemedyMessage): string => {
    const { title } = text[app.store.state.language];
    const [was, next] = [app.store.document, document].map(({ optimizer }) => optimizer?.learningRate);
    return id === 'learning_rate' && was !== next ? app.t('remedy_from_to', { name: title, a: Number(was), b: Number(next) }) : title;
  };
  const breaks = async (button: HTMLElement): Promise<void> => {
    const { breaksOf } = await import('../breaks.ts');
    const all = breaksOf(app.store.state.before ?? app.store.state.settings);
    showMenu(
      button,
      all.map(({ text, patch }) => choice(text, () => app.session.compareWith(patch, text))),
    );
  };
  const others = (button: HTMLElement): void => {
    if (remedies().length === 0) {
      void breaks(button);
      return;
    }
    showMenu(
      button,
      remedies().map((remedy) => ({ ...choice(remedy.text, () => app.session.fix(remedy)), name: nameOf(remedy) })),
    );
  };
  /** The remedy of the headline; where it is the size of the weights, the hand turns the line to what this depth needs. */
  const mend = (remedy: RemedyMessage): void => {
    const turns = turning();
    if (remedy.id === 'critical_initialisation' && turns?.times()) turns.fix();
    else app.session.fix(remedy);
  };
  const button = (name: Key, main: boolean, act: (element: HTMLElement) => void, small?: string): HTMLElement => {
    const element = h(
      'button',
      {
        class: main ? 'button main' : 'button ghost',
        'data-act': name,
        ...(app.recorded && NEEDS_ENGINE.has(name) ? { disabled: true, title: app.t('needs_gpu') } : {}),
      },
      app.t(name),
    );
    if (small) element.append(h('small', {}, small));
    element.addEventListener('click', () => act(element));
    return element;
  };

  return {
    hold(proposal) {
      const { store } = app;
      if (!proposal) {
        held = false;
        section.setAttribute('aria-live', 'polite');
        shown = buttons = '';
        this.update(true);
        return;
      }
      // The slider speaks while it moves.
      section.setAttribute('aria-live', 'off');
      if (title.textContent !== proposal.title) title.textContent = proposal.title;
      lead.replaceChildren(...rich(proposal.lead));
      const key = `held${proposal.build !== null}${store.state.language}`;
      held = true;
      if (key === buttons) {
        latest = proposal;
        return;
      }
      latest = proposal;
      buttons = key;
      const choose = (name: string, main: boolean, act: () => void): HTMLElement =>
        h('button', { class: main ? 'button main' : 'button ghost', 'data-act': main ? 'build' : 'put-back', onclick: act }, name);
      acts.replaceChildren(
        ...(proposal.build ? [choose(proposal.build.name, true, () => latest?.build?.act())] : []),
        choose(proposal.back.name, false, () => latest?.back.act()),
      );
    },
    update(now = false) {
      if (held) return;
      const { session, store, t } = app;
      const {
        state,
        title: words,
        lead: more,
      } = verdict({
        run: session.run,
        before: session.before,
        // Of another run nothing was said before.
        ...(session.run === spoken && !BEFORE_STEPS.has(subject) ? { was: subject } : {}),
        tried: session.tried,
        stale: session.stale,
        failed: session.failed,
        playing: session.playing,
        preparing: session.preparing,
        language: store.state.language,
        t,
      });
      const time = performance.now();
      const compared = session.before !== null;
      subject = state;
      spoken = session.run;
      const list = compared ? [] : remedies(state);
      const times = list[0]?.id === 'critical_initialisation' ? (turning()?.times() ?? null) : null;
      const key = `${store.state.language}${state}${compared}${list.map((r) => r.id)}${app.recorded}${times?.toFixed(2)}`;
      if (!now && words === shown && key === buttons && time - written < PATIENCE) return;
      written = time;
      shown = words;
      app.calm = session.run?.ratios ?? [];
      if (title.textContent !== words) title.textContent = words;
      lead.replaceChildren(...rich(more));
      section.dataset.state = state;
      if (key === buttons) return;
      buttons = key;
      const explain = (): HTMLElement => button('why', false, () => why(state));
      if (compared) {
        const keep = WORTH_KEEPING.has(state);
        acts.replaceChildren(
          button('keep', keep, () => session.keep()),
          button('undo', !keep && state !== 'comparing', () => session.undo()),
          button('another', false, others),
        );
      } else if (state === 'start' || state === 'rebuild' || state === 'ready' || state === 'comparing') acts.replaceChildren();
      else if (list.length)
        acts.replaceChildren(
          button('fix', true, () => mend(list[0]!), times ? t('fix_times', { k: times.toFixed(2) }) : nameOf(list[0]!)),
          button('other', false, others),
          explain(),
        );
      else if (state === 'healthy' || state === 'learned') acts.replaceChildren(button('break', false, breaks), explain());
      else acts.replaceChildren(explain());
    },
    mend() {
      const first = app.session.before || held ? undefined : remedies(subject)[0];
      if (first) mend(first);
    },
  };
}
