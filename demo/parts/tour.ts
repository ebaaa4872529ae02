// A tour is a strip where the headline is: the claim, one experiment after the other on the engine, and the verdict.
import type { App } from '../app.ts';
import { byId, h, rich } from '../dom.ts';
import spreads from '../recorded/spread.json';
import type { Settings } from '../settings.ts';
import { join, type Measure, ofSeed, type Spread, spreadKey, type Tour } from '../tours.ts';

export { TOURS, tourFor } from '../tours.ts';

export interface TourPanel {
  start(tour: Tour): void;
  update(): void;
  leave(): void;
}

/** The panel of the tours. */
export function tourPanel(app: App): TourPanel {
  const section = byId('tour');
  let tour: Tour | null = null;
  let at = 0;
  let measures: Measure[] = [];
  let shown = '';
  /** What to come back to. */
  let home: Settings | null = null;

  const leave = (): void => {
    tour = null;
    app.lines = [];
    delete document.body.dataset.light;
    section.hidden = true;
    section.replaceChildren();
    byId('say').hidden = false;
    if (home) app.session.change(home);
    home = null;
    app.session.play();
  };
  const go = (to: number): void => {
    if (!tour) return;
    const forwards = to > at;
    at = to;
    shown = '';
    const step = tour.steps[at];
    if (step) {
      app.session.playing = true;
      if (forwards) {
        // Beside the experiment before it, which is then the one to compare with.
        app.session.keep();
        app.session.compareWith(step.settings);
      } else app.session.change(step.settings);
      app.session.post({ type: 'play' });
    }
    update();
    section.querySelector<HTMLElement>('.button.main')?.focus();
  };

  /** Takes the measure of the experiment that runs; true when it has run long enough. */
  function measure(): boolean {
    const step = tour?.steps[at];
    const { run, stale } = app.session;
    if (!step || measures[at]) return true;
    if (!run || stale || run.step === 0) return false;
    if (run.step < step.steps && !run.nonFinite && !run.ended) return false;
    // At the first step: where the gradient explodes, one more throws the weights far off.
    const profile = Array.from({ length: run.depth }, (_, l) => run.value(0, l, 'relative'));
    measures[at] = {
      ratio: profile[0]!,
      depth: run.depth,
      profile,
      losses: [run.loss(0), run.loss(run.columns - 1)],
      seed: app.store.state.settings.seed,
      spread: (spreads as Record<string, Spread>)[spreadKey(step.settings)]!,
      later: { step: run.step, ratio: run.ratio },
      nonFinite: run.nonFinite?.step ?? null,
    };
    app.lines = measures.map(({ profile: values }, i) => ({ name: String.fromCharCode(65 + i), values }));
    app.session.pause();
    return true;
  }

  function update(): void {
    if (!tour) return;
    const { t, store, session } = app;
    const { language } = store.state;
    const ready = measure();
    const last = at === tour.steps.length;
    const step = tour.steps[at];
    const until = step?.steps ?? 1;
    const progress = ready ? until : Math.min(until, session.stale ? 0 : (session.run?.step ?? 0));
    const bar = section.querySelector('progress');
    if (bar) {
      bar.value = progress;
      bar.setAttribute('aria-label', t('tour_running', { a: progress, b: until }));
    }
    const key = `${tour.id}${at}${ready}${language}`;
    if (key === shown) return;
    shown = key;
    const focus = document.activeElement?.getAttribute('data-act');
    const end = last ? tour.verdict(measures) : null;
    const measured = measures[at];
    const found = measured && step?.found(measured, measures);
    const words = end ? join(end.words, ofSeed(measures)) : step!.words;
    document.body.dataset.light = step?.lights ?? 'profile';
    const next = h(
      'button',
      { class: 'button main', 'data-act': 'tour-next', disabled: !ready, onclick: () => (last ? leave() : go(at + 1)) },
      t(last ? 'close' : 'tour_next'),
    );
    section.replaceChildren(
      h('blockquote', {}, h('b', {}, t('tour_claim')), `“${tour.claim[language]}”`),
      h('h1', { id: 'tour-title' }, end ? t('verdict', { v: t(end.verdict) }) : tour.name[language]),
      h('p', {}, ...rich(found ? `${words[language]}${language === 'en' ? ' ' : ''}${found[language]}` : words[language])),
      h(
        'div',
        { class: 'acts' },
        h('span', { class: 'of' }, t('tour_of', { a: at + 1, b: tour.steps.length + 1 })),
        h('button', { class: 'button ghost', 'data-act': 'tour-back', disabled: at === 0, onclick: () => go(at - 1) }, t('tour_back')),
        next,
        h('button', { class: 'tool', 'data-act': 'tour-leave', onclick: leave }, t('tour_end')),
      ),
      h('progress', { max: until, value: progress, 'aria-label': t('tour_running', { a: progress, b: until }) }),
    );
    section.setAttribute('aria-labelledby', 'tour-title');
    section.dataset.ready = String(ready);
    if (focus) section.querySelector<HTMLElement>(`[data-act="${focus}"]:not(:disabled)`)?.focus();
  }

  return {
    update,
    leave,
    start(chosen) {
      home ??= app.store.state.settings;
      tour = chosen;
      measures = [];
      app.lines = [];
      section.hidden = false;
      byId('say').hidden = true;
      at = 0;
      app.session.keep();
      app.store.set({ layer: null });
      go(0);
    },
  };
}
