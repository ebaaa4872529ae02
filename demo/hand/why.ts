// Why? in place of the lower row: three sentences with this network's numbers, each with a drawing, and with a numeral that stands in the figure, too.
import type { App } from '../app.ts';
import { byId, h, rich } from '../dom.ts';
import { crisp, line, type Sheet, sheet, text } from '../draw/canvas.ts';
import { fixed } from '../format.ts';
import { fill } from '../i18n.ts';
import { colour } from '../scale.ts';
import type { State } from '../verdict.ts';
import { type Cause, causesOf, type Known, sentences } from './causes.ts';
import type { HandPanel } from './hand.ts';
import { factorWords } from './numbers.ts';
import { walk } from './walk.ts';

const NUMERALS = ['1', '2', '3'] as const;
/** Causes whose third sentence the hand can show. */
const SHOWN: ReadonlySet<Cause> = new Set(['weights', 'explode', 'saturation']);

export interface WhyPanel {
  open(state: State): void;
  update(): void;
  draw(): void;
}

/** The panel; `tour` starts the tour that goes with a state. */
export function whyPanel(app: App, hand: HandPanel, tour: (state: State) => void): WhyPanel {
  const section = byId('why');
  let state: State = 'vanish';
  let chosen: Cause | null = null;
  let ring: number | null = null;
  let shown = '';
  let drawn = '';

  const title = h('h2', { id: 'why-title' });
  const list = h('select');
  const tours = h('button', { class: 'small' });
  const close = h('button', { class: 'tool' });
  const items = NUMERALS.map((numeral, i) => {
    const words = h('p');
    const canvas = h('canvas', { 'aria-hidden': 'true' });
    const point = (on: boolean) => (): void => {
      ring = on ? i : null;
      mark();
    };
    const item = h('li', { tabindex: 0, onmouseenter: point(true), onmouseleave: point(false), onfocus: point(true), onblur: point(false) });
    item.append(h('i', { 'aria-hidden': 'true' }, numeral), words, canvas);
    return { item, words, canvas };
  });
  section.setAttribute('aria-labelledby', 'why-title');
  section.append(h('header', {}, title, list, tours, close), h('ol', {}, ...items.map(({ item }) => item)));
  const showMe = h('button', { class: 'link' });
  list.addEventListener('change', () => {
    chosen = list.value as Cause;
    update();
    app.frame.request(true);
  });
  tours.addEventListener('click', () => {
    leave();
    tour(state);
  });
  close.addEventListener('click', () => leave());
  showMe.addEventListener('click', () => void hand.turnTo(target() ?? 1, 'propose'));
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !section.hidden && app.hand?.live == null && !event.defaultPrevented) leave();
  });

  function known(): Known | null {
    const { run } = app.session;
    if (!run || run.step === 0) return null;
    const base = hand.base();
    const { settings } = app.store.state;
    const turned = base && {
      ...walk(base.message, settings, settings.gain),
      reach: base.reach,
      steepest: base.message.steepest,
      gainOfOne: hand.gainOf(1),
      weights: settings.gain * Math.sqrt(base.message.hidden),
    };
    return { run, settings, measured: app.calm[0] ?? run.ratio, turned };
  }

  /** The factor to which the cure brings the line. */
  function target(): number | null {
    const base = hand.base();
    return base && Math.min(1, base.reach.high);
  }

  function leave(): void {
    section.hidden = true;
    chosen = null;
    document.body.classList.remove('whys');
    hand.note([]);
    app.frame.request(true);
  }

  /** The numerals in the figure: below the surface, along the line, at the cure on the ruler. */
  function mark(): void {
    const delta = app.picture().theory?.delta ?? null;
    const { run } = app.session;
    if (section.hidden || !run || run.depth < 3) {
      hand.note([]);
      return;
    }
    const at = (l: number): number => delta?.[l] ?? run.now(l, 'relative');
    const rows = [Math.max(0, run.depth - 1 - Math.ceil(run.depth / 10)), Math.floor(run.depth * 0.3)];
    const notes = rows.map((row, i) => ({ numeral: NUMERALS[i]!, ring: ring === i, at: at(row) + 0.6, row }));
    const cure = hand.base() ? [{ numeral: '3', ring: ring === 2, at: 0, row: null }] : [];
    hand.note([...notes, ...cure]);
  }

  function update(): void {
    if (section.hidden) return;
    // The controls speak of the next network already.
    if (app.session.stale) {
      hand.note([]);
      return;
    }
    const now = known();
    if (!now) return;
    const { t, store } = app;
    const { language } = store.state;
    const w = hand.words();
    const causes = causesOf(now);
    const cause = chosen && causes.includes(chosen) ? chosen : causes[0]!;
    const said = sentences(cause, now, language);
    const key = JSON.stringify([said, causes, language, app.recorded]);
    mark();
    if (key === shown) return;
    shown = key;
    title.textContent = causes.length < 2 ? `${w.why} ${w[`cause_${cause}`]}` : w.why;
    list.setAttribute('aria-label', w.cause);
    // A list of one is no choice: its name stands in the title.
    list.hidden = causes.length < 2;
    list.replaceChildren(...causes.map((each) => h('option', { value: each, selected: each === cause }, w[`cause_${each}`])));
    tours.textContent = w.take_tour;
    tours.disabled = app.recorded;
    tours.title = app.recorded ? t('needs_gpu') : '';
    close.textContent = w.close;
    showMe.textContent = w.show_me;
    items.forEach(({ words }, i) => {
      const more = i === 2 && SHOWN.has(cause) && hand.base() !== null;
      words.replaceChildren(...rich(said[i]!), ...(more ? [' ', showMe] : []));
    });
  }

  /** The drawings: the factors as bars, what each layer receives on a linear scale, and the ruler with the way to the cure. */
  function draw(): void {
    if (section.hidden) return;
    const now = known();
    if (!now) return;
    // They change with the words alone: in every frame they would cost more than all else.
    const key = `${shown}${app.store.state.theme}${section.clientWidth}`;
    if (key === drawn) return;
    drawn = key;
    const sheets = items.map(({ canvas }) => sheet(canvas, app.ink));
    const factor = now.turned?.factor ?? now.run.start.theory?.factor ?? 10 ** (now.measured / Math.max(1, now.run.depth - 1));
    if (sheets[0]) factors(sheets[0], now, factor);
    if (sheets[1]) cliff(sheets[1], now);
    if (sheets[2]) cure(sheets[2], factor);
  }

  /** Magenta is theory: a factor that was measured is in ink. */
  const tone = (): string => (app.picture().theory ? app.ink.mark : app.ink.ink);

  function factors(s: Sheet, { turned: walked, settings }: Known, factor: number): void {
    const w = hand.words();
    // Of a block, weights and slope are not all of the factor.
    const turned = settings.shortcuts === 'none' && settings.dropout === 0 ? walked : null;
    const bars: [string, number, string][] = [
      ...(turned
        ? ([
            [w.weights_bar, turned.weights, app.ink.ink3],
            [w.slope_bar, factor / turned.weights, app.ink.ink3],
          ] as [string, number, string][])
        : []),
      [w.layer_bar, factor, tone()],
    ];
    const most = Math.max(1.1, ...bars.map(([, value]) => value));
    const width = (value: number): number => ((s.w - 110) * value) / most;
    bars.forEach(([name, value, color], i) => {
      const y = 14 + i * 21;
      const whole = i === bars.length - 1;
      text(s, name, 62, y, { align: 'right', ...(whole ? { color, weight: 600 } : {}) });
      s.g.globalAlpha = whole ? 1 : 0.55;
      s.g.fillStyle = color;
      s.g.fillRect(70, y - 6, width(value), 12);
      s.g.globalAlpha = 1;
      text(s, fixed(value, 2), 76 + width(value), y, whole ? { color, weight: 600 } : {});
    });
    line(s, crisp(70 + width(1)), 4, crisp(70 + width(1)), 66, app.ink.ink2, 1, [1.5, 3]);
  }

  /** On a linear scale one sees the cliff that a logarithm hides. */
  function cliff(s: Sheet, { run }: Known): void {
    const w = hand.words();
    const delta = app.picture().theory?.delta ?? Float32Array.from({ length: run.depth }, (_, l) => run.now(l, 'relative'));
    const shares = Array.from(delta, (value) => 10 ** value);
    const most = Math.max(...shares.filter(Number.isFinite));
    const row = (s.h - 4) / run.depth;
    shares.forEach((share, l) => {
      s.g.fillStyle = colour(delta[l]!);
      s.g.fillRect(70, 2 + (run.depth - 1 - l) * row, Math.max(0.6, ((s.w - 80) * share) / most), Math.max(0.6, row - 0.2));
    });
    text(s, fill(w.layer_n, { l: run.depth }), 62, 8, { align: 'right' });
    text(s, fill(w.layer_n, { l: 1 }), 62, s.h - 8, { align: 'right' });
    const below = shares.findLastIndex((share) => share < 0.01 * most);
    if (below > 0 && below < run.depth - 1 && most === shares.at(-1)) {
      const y = 2 + (run.depth - 1 - below) * row;
      line(s, 70, y, 120, y, app.ink.ink2);
      text(s, fill(w.below, { l: below + 1 }), 126, Math.max(y, 30));
    }
  }

  /** From where the factor is to where the cure puts it. */
  function cure(s: Sheet, factor: number): void {
    const to = target();
    const ends = [Math.min(0.5, factor - 0.1), Math.max(1.5, factor + 0.1)] as const;
    const x = (value: number): number => 8 + ((value - ends[0]) / (ends[1] - ends[0])) * (s.w - 16);
    line(s, 8, 46.5, s.w - 8, 46.5, app.ink.ink3);
    for (const tick of [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 2, 2.5, 3].filter((value) => value > ends[0] && value < ends[1])) {
      line(s, crisp(x(tick)), 44, crisp(x(tick)), 50, app.ink.ink3);
      text(s, String(tick), x(tick), 60, { align: 'center', ...(tick === 1 ? { color: app.ink.ink, weight: 600 } : {}) });
    }
    const from = x(factor);
    text(s, factorWords(factor).words, from, 18, { align: 'center', color: tone(), weight: 600 });
    s.g.strokeStyle = tone();
    s.g.lineWidth = 2;
    s.g.beginPath();
    s.g.arc(from, 34, 4, 0, 7);
    s.g.stroke();
    if (to === null || Math.abs(x(to) - from) < 16) return;
    const way = Math.sign(x(to) - from);
    line(s, from + 5 * way, 34, x(to) - 8 * way, 34, app.ink.mark, 2);
    s.g.fillStyle = app.ink.mark;
    s.g.beginPath();
    s.g.moveTo(x(to), 34);
    s.g.lineTo(x(to) - 9 * way, 29);
    s.g.lineTo(x(to) - 9 * way, 39);
    s.g.fill();
  }

  return {
    update,
    draw,
    open(next) {
      state = next;
      section.hidden = false;
      shown = drawn = '';
      document.body.classList.add('whys');
      app.store.set({ layer: null });
      update();
      app.frame.request(true);
      (list.hidden ? (tours.disabled ? close : tours) : list).focus({ preventScroll: true });
      if (innerWidth > 720) section.scrollIntoView({ block: 'nearest' });
      else byId('product').scrollIntoView();
    },
  };
}
