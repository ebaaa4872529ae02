// The hand on the theory line. The line is a plumb line: whoever moves the lead at its end turns the factor of every layer, and the pictures follow
// without training. Let go, and the network is built anew with that gain.
import { LEAST_DEPTH } from '../../src/inspect/places.ts';
import type { Text, Texts } from '../../src/texts.ts';
import { type App, markedLayer } from '../app.ts';
import { byId, h, rich } from '../dom.ts';
import { bed, layerAt } from '../draw/depth.ts';
import { type Axis, axisOf, profileValues, RULER } from '../draw/profile.ts';
import { fixed, HALF_PERCENT, percent } from '../format.ts';
import { fill } from '../i18n.ts';
import { recall, remember } from '../memory.ts';
import type { HandMessage, TheoryMessage } from '../protocol.ts';
import { colour } from '../scale.ts';
import type { Settings } from '../settings.ts';
import { captions } from './captions.ts';
import { arrivesWords, factorWords, product } from './numbers.ts';
import { HAND_WORDS, type HandWords } from './text.ts';
import { bandOf, gainFor, type Reach, reachOf, type Walk, walk } from './walk.ts';

/** Pixels beside the line within which it can be gripped, and within which the line clicks to upright. */
const GRIP = 14;
const CLICK = 6;
/** Rows from the surface on that are too near to it to grip. */
const TOO_NEAR = 3;
/** Milliseconds of the page's own hand, and of the measured line on its way down. */
const TURN = 400;
const SHOW_ME = 1600;
const REVEAL = 600;

/** How the product is written: while it moves, measured, or of a network that has changed since. */
interface How {
  moving?: boolean;
  about?: boolean;
  started?: boolean;
}

/** What can be turned: the network that there is. */
export interface Base {
  message: HandMessage;
  settings: Settings;
  theory: TheoryMessage;
  /** The factors that the gain reaches, and the gain at the upper one. */
  reach: Reach;
}

/** What the hand holds. */
interface Held {
  factor: number;
  gain: number;
  walk: Walk;
  /** Why it goes no further. */
  stop: string;
  how: 'drag' | 'key';
}

export interface HandPanel {
  /** Writes the product line, and puts the lead where it belongs. */
  update(): void;
  place(): void;
  /** What can be turned; null where nothing can. */
  base(): Base | null;
  /** The gain of a factor; null where the hand has none. */
  gainOf(factor: number): number | null;
  /** The page's own hand turns the line to a factor, and leaves it as a proposal, or builds it. */
  turnTo(factor: number, then: 'build' | 'propose'): Promise<void>;
  words(): HandWords;
  /** The numerals of Why? in the profile. */
  note(notes: NonNullable<App['hand']>['notes']): void;
}

/** What the headline says while something is held. */
export interface Proposal {
  title: string;
  lead: string;
  build: { name: string; act(): void } | null;
  back: { name: string; act(): void };
}

/** The lead and the product line. `hold` gives the headline what is proposed; `mark` shows the gain in the rail. */
export function handPanel(app: App, { hold, mark }: { hold(proposal: Proposal | null): void; mark(gain: number | null): void }): HandPanel {
  const canvas = byId<HTMLCanvasElement>('profile');
  const figure = byId('figure-profile');
  const section = byId('product');
  const tag = h('span', { class: 'tag' });
  const invitation = h('span');
  const lead = h('div', { class: 'lead', id: 'lead', role: 'slider', tabindex: 0, hidden: true });
  lead.innerHTML =
    '<svg viewBox="0 0 44 26" aria-hidden="true"><path class="way" d="M9 11l-5 5 5 5"/><path class="way" d="M35 11l5 5-5 5"/><path class="body" d="M22 0l8.500 17a5 5 0 0 1-4.500 7.200h-8a5 5 0 0 1-4.500-7.200z"/></svg>';
  lead.append(tag, invitation);
  figure.append(lead);
  const line = h('p', { class: 'line' });
  const caption = h('p', { class: 'caption' });
  const left = h('div', { class: 'says' }, line, caption);
  section.prepend(left);

  let held: Held | null = null;
  let kept: { run: number; base: Base } | null = null;
  let invited = recall('fathom-turned') !== null;
  let shown = '';
  let captioned = '';
  let reveal: { run: number; from: number } | null = null;
  let justBuilt = false;
  /** Whether the lead has its name and its value: pictures are drawn oftener than words are written, and before them. */
  let named = false;
  let notes: NonNullable<App['hand']>['notes'] = [];

  const words = (): HandWords => HAND_WORDS[app.store.state.language];
  const below = captions(app, { words, base });
  app.formula = below.formula;
  const calm = matchMedia('(prefers-reduced-motion: reduce)');

  function base(): Base | null {
    const { session, store } = app;
    const { settings, document, scale } = store.state;
    const run = session.run;
    const message = run?.start.hand;
    if (app.open && !app.open.has('gain')) return null;
    if (!run || session.stale || session.preparing || document || !message || !run.start.theory || scale !== 'relative') return null;
    if (settings.batchNorm || run.depth < LEAST_DEPTH || run.depth !== settings.depth) return null;
    if (kept?.run !== run.start.run || kept.base.settings !== settings)
      kept = { run: run.start.run, base: { message, settings, theory: run.start.theory, reach: reachOf(message, settings) } };
    return kept.base;
  }

  /** Where the lead is when nobody holds it: log10 of what arrives. */
  function rest(): number | null {
    const run = app.session.run;
    if (!run || app.store.state.scale !== 'relative' || run.depth < LEAST_DEPTH) return null;
    const theory = app.picture().theory;
    if (theory) return theory.delta[0]!;
    // Where there is none, at the foot of what was measured.
    return app.store.state.settings.batchNorm && Number.isFinite(app.calm[0]) ? app.calm[0]! : null;
  }

  const axis = (): Axis => {
    const picture = app.picture();
    return axisOf(canvas.clientWidth, picture.depth, profileValues(picture).all);
  };

  /** Holds a factor: everything that follows it is drawn, and nothing is built. */
  function propose(wanted: number, how: Held['how'], moving: boolean): void {
    const now = base();
    if (!now) return;
    const w = words();
    const { low, high, gain: most } = now.reach;
    const factor = Math.max(low, Math.min(high, wanted));
    const act = now.settings.activation === 'relu' ? 'ReLU' : now.settings.activation;
    const g = fixed(wanted > high ? most : 0.1, most % 1 && wanted > high ? 2 : wanted > high ? 0 : 1);
    const stop =
      wanted > high
        ? fill(most < 2.9 ? w.stop_best : w.stop_high, { act, g })
        : wanted < low
          ? fill(now.settings.shortcuts === 'none' ? w.stop_low : w.stop_shortcut, { act, g })
          : '';
    const gain = gainFor(now.message, now.settings, factor, most);
    held = { factor, gain, walk: walk(now.message, now.settings, gain), stop, how };
    invited = true;
    document.body.classList.add('held');
    byId('row').inert = true;
    lead.classList.add('held');
    say(now, moving);
    mark(gain);
    show();
    app.frame.hurry();
  }

  /** The words while something is held: three text nodes. */
  function say(now: Base, moving: boolean): void {
    if (!held) return;
    const w = words();
    const { language } = app.store.state;
    const { factor, gain } = held;
    const n = now.settings.depth - 1;
    const p = arrivesWords(n * Math.log10(factorWords(factor, moving).value), language);
    const k = fixed(gain / now.settings.gain, 2);
    const all = Math.abs(n * Math.log10(factor)) < HALF_PERCENT;
    const title = all ? w.what_if_all : factor > 1 ? fill(w.what_if_more, { f: fixed(factor, 2) }) : fill(w.what_if, { pc: percent(factor) });
    const same = Math.abs(gain - now.settings.gain) < 5e-4;
    hold({
      title,
      lead: !trainable(factor)
        ? fill(w.cannot_train, { p })
        : same
          ? w.as_it_is
          : fill(all ? w.then_all : factor > 1 ? w.then_more : w.then, { p, k, last: now.settings.depth }),
      build: same || !trainable(factor) ? null : { name: w.build, act: build },
      back: { name: w.put_back, act: putBack },
    });
    tag.textContent = `× ${factorWords(factor, moving).words}`;
    writeLine(factor, n, { moving }, held.stop || (!trainable(factor) ? w.caption_still : held.how === 'drag' ? w.caption_drag : w.caption_key));
    lead.setAttribute('aria-valuenow', fixed(factor, 3).replace('\u2212', '-'));
    lead.setAttribute('aria-valuetext', fill(w.slider_value, { f: factorWords(factor, moving).words, n, p }).replace(/<.*?>/g, ''));
  }

  /** Whether the network of a factor can be shown: of recorded runs there are two, the ill one and the one in which all arrives. */
  const trainable = (factor: number): boolean => !app.recorded || Math.abs(factor - 1) < 1e-3;

  /** Nothing is held any more; the line is where it was. */
  function release(): void {
    held = null;
    document.body.classList.remove('held');
    byId('row').inert = false;
    lead.classList.remove('held');
    hold(null);
    mark(null);
    shown = '';
    show();
    app.frame.request(true);
  }

  function putBack(): void {
    release();
    lead.focus({ preventScroll: true });
  }

  /** Builds what is held, beside the run that was there first, from the same seed. */
  function build(): void {
    const now = base();
    if (!held || !now) return;
    const { gain } = held;
    const k = fixed(gain / now.settings.gain, 2);
    const same = Math.abs(gain - now.settings.gain) < 5e-4;
    remember('fathom-turned', '1');
    if (same || !trainable(held.factor)) return;
    release();
    const text = (language: 'en' | 'zh'): Text => ({ title: fill(HAND_WORDS[language].tried, { k }), summary: HAND_WORDS[language].tried_effect });
    const tried: Texts = { en: text('en'), zh: text('zh') };
    justBuilt = true;
    reveal = calm.matches ? null : { run: app.session.run!.start.run, from: 0 };
    app.session.compareWith({ gain }, tried);
  }

  /** The factor for a place of the pointer: the line shall be there on this row. */
  function factorAt(x: number, row: number, at: Axis): number {
    const n = app.store.state.settings.depth - 1 - row;
    if (Math.abs(x - at.x(0)) < CLICK) return 1;
    return 10 ** (at.value(Math.max(at.x(at.low), Math.min(at.x(at.high), x))) / n);
  }

  function drag(start: PointerEvent, element: HTMLElement, row: number): void {
    const now = base();
    if (!now) return;
    start.preventDefault();
    element.setPointerCapture(start.pointerId);
    const at = axis();
    const box = canvas.getBoundingClientRect();
    // The line stays under the finger that gripped it beside.
    const offset = start.clientX - box.left - at.x(held?.walk.delta[row] ?? now.theory.delta[row]!);
    let moved = false;
    const move = (event: PointerEvent): void => {
      moved ||= Math.abs(event.clientX - start.clientX) > 2;
      if (moved) propose(factorAt(event.clientX - box.left - offset, row, at), 'drag', true);
    };
    const end = (event: PointerEvent): void => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', end);
      element.removeEventListener('pointercancel', end);
      removeEventListener('keydown', onEscape, true);
      if (!moved || !held) return;
      // The click that ends a drag opens no layer.
      addEventListener('click', swallow, { capture: true, once: true });
      setTimeout(() => removeEventListener('click', swallow, true), 50);
      propose(rounded(held.factor, now), 'drag', false);
      // What a recording cannot show stays held, with the words that say so.
      if (event.type !== 'pointercancel' && !trainable(held.factor)) return;
      if (event.type === 'pointercancel' || Math.abs(held.gain - now.settings.gain) < 5e-4) release();
      else build();
    };
    const onEscape = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      moved = false;
      release();
      end(new PointerEvent('pointerup'));
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', end);
    element.addEventListener('pointercancel', end);
    addEventListener('keydown', onEscape, true);
  }

  /** The nearest hundredth that the gain reaches. */
  function rounded(factor: number, { reach }: Base): number {
    const near = Math.round(factor * 100) / 100;
    return near > reach.high || near < reach.low ? factor : near;
  }

  lead.addEventListener('pointerdown', (event) => {
    if (!base()) return refuse();
    drag(event, lead, 0);
  });
  /** The row of the line under the pointer, if it can be gripped there. */
  function gripped(event: PointerEvent): number | null {
    const now = base();
    if (!now || event.pointerType === 'touch') return null;
    const { top, left: from } = canvas.getBoundingClientRect();
    const { depth } = app.picture();
    const row = layerAt(canvas.clientHeight, depth, event.clientY - top);
    if (row === null || row > now.settings.depth - 1 - TOO_NEAR) return null;
    return Math.abs(event.clientX - from - axis().x(now.theory.delta[row]!)) < GRIP ? row : null;
  }
  /** Whether the pointer is on the band of this width. */
  function inBand(event: PointerEvent): boolean {
    const { top, left: from } = canvas.getBoundingClientRect();
    const row = layerAt(canvas.clientHeight, app.picture().depth, event.clientY - top);
    const band = app.hand?.band;
    if (!band || row === null) return false;
    const at = axis().value(event.clientX - from);
    return at > band.low[row]! && at < band.high[row]!;
  }
  canvas.addEventListener('pointerdown', (event) => {
    const row = gripped(event);
    if (row !== null) drag(event, canvas, row);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (held) return;
    canvas.style.cursor = gripped(event) === null ? '' : 'ew-resize';
    const says = inBand(event) ? words().band : '';
    if (canvas.title !== says) canvas.title = says;
  });
  lead.addEventListener('keydown', (event) => {
    const now = base();
    const from = held?.factor ?? now?.theory.factor;
    if (!now || from === undefined) return;
    const { low, high } = now.reach;
    const step = event.shiftKey ? 0.001 : 0.01;
    const near = (value: number): number => Math.round(value / step) * step;
    const to: Record<string, number> = {
      ArrowLeft: near(from - step),
      ArrowDown: near(from - step),
      ArrowRight: near(from + step),
      ArrowUp: near(from + step),
      PageDown: from - 0.1,
      PageUp: from + 0.1,
      Home: 1,
    };
    if (event.key in to) propose(Math.max(low - 0.001, Math.min(high + 0.001, to[event.key]!)), 'key', false);
    else if (event.key === 'Enter' && held) build();
    else if (event.key === 'Escape' && held) putBack();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  /** What holds the factor gives a little, and springs back. */
  function refuse(): void {
    if (!calm.matches) lead.animate([{ translate: '0' }, { translate: '4px' }, { translate: '0' }], 180);
  }

  async function turnTo(factor: number, then: 'build' | 'propose'): Promise<void> {
    const now = base();
    if (!now) return;
    const from = held?.factor ?? now.theory.factor;
    const time = then === 'build' ? TURN : SHOW_ME;
    const began = performance.now();
    for (let part = 0; part < 1; ) {
      part = calm.matches ? 1 : Math.min(1, (performance.now() - began) / time);
      const eased = part * part * (3 - 2 * part);
      propose(part < 1 ? from * (factor / from) ** eased : factor, 'key', part < 1);
      if (part < 1) await nextFrame();
      if (!base()) return;
    }
    if (then === 'build') build();
  }

  /** The product line with its bar. `times` in a row; the caption below it. */
  function writeLine(factor: number, times: number, { moving = false, about = false, started = false }: How, says: string): void {
    const w = words();
    const { language } = app.store.state;
    const ends = innerWidth <= 720 ? 2 : 3;
    const { factors, sign, result } = product(factor, times, { language, ends, moving, about });
    const key = JSON.stringify([factors, sign, result, times, started, says, language]);
    if (key === shown) return;
    shown = key;
    const stops = Array.from({ length: 9 }, (_, i) => colour((times * Math.log10(factor) * i) / 8));
    line.replaceChildren(
      h(
        'span',
        { class: 'factors' },
        ...factors.flatMap((each, i) => (i ? [h('i', {}, ' × '), each] : [each])),
        h('span', { class: 'bar', style: `background:linear-gradient(90deg,${stops.join()})` }),
        h('span', { class: 'times' }, fill(started ? w.times_start : w.times, { n: times })),
      ),
      h('span', { class: 'result' }, `${sign} `, h('b', {}, ...rich(result))),
    );
    if (says !== captioned) caption.replaceChildren(...rich(says));
    captioned = says;
    caption.classList.toggle('needed', app.store.state.settings.batchNorm || app.session.run?.start.noTheory != null);
  }

  /** Where nothing at all arrives, one factor of the product is 0. */
  function writeNothing(times: number): void {
    const w = words();
    const key = `nothing${times}${app.store.state.language}`;
    if (key === shown) return;
    shown = key;
    const count = h('span', { class: 'times' }, fill(w.times, { n: times }));
    line.replaceChildren(
      h(
        'span',
        { class: 'factors' },
        '…',
        h('i', {}, ' × '),
        '0',
        h('i', {}, ' × '),
        '…',
        h('span', { class: 'bar', style: `background:${colour(-12)}` }),
        count,
      ),
      h('span', {}, '= '),
      h('b', {}, w.nothing),
    );
    captioned = w.caption_nothing;
    caption.replaceChildren(captioned);
  }

  /** What the pictures are to show. */
  function show(): void {
    const now = base();
    const run = app.session.run;
    const w = words();
    const locked = app.store.state.settings.batchNorm;
    const at = rest();
    const turned = now && (held?.walk ?? walk(now.message, now.settings, now.settings.gain));
    const began = reveal && run && run.start.run > reveal.run && run.step > 0;
    if (reveal && began && reveal.from === 0) reveal.from = performance.now();
    const part = reveal ? (reveal.from ? (performance.now() - reveal.from) / REVEAL : 0) : 1;
    if (part >= 1) reveal = null;
    else app.frame.hurry();
    app.hand =
      at === null && !now
        ? null
        : {
            live: held?.walk.delta ?? null,
            band: now && turned ? bandOf(now.message, now.settings, turned) : null,
            stops: now?.reach ?? { low: 1e-3, high: 1e3 },
            locked: locked || !now,
            shown: Math.min(1, part),
            notes,
            words: { per_layer: w.per_layer, forecast: w.forecast, band: w.band, two_in_three: w.two_in_three },
          };
  }

  function place(): void {
    show();
    const at = held ? held.walk.delta[0]! : rest();
    const { depth } = app.picture();
    lead.hidden = !named || at === null || app.hand === null || canvas.clientWidth < 8 || app.session.preparing;
    if (at === null || lead.hidden) return;
    const { x } = axis();
    const px = canvas.offsetLeft + x(at);
    const y = canvas.offsetTop + bed(canvas.clientHeight, depth) + RULER - 26;
    const transform = `translate(${px.toFixed(1)}px, ${y.toFixed(1)}px)`;
    if (lead.style.transform !== transform) lead.style.transform = transform;
    // Its words stand where they have room.
    const room = 46 - 22 + invitation.offsetWidth + 4;
    lead.classList.toggle('right', x(at) + room > canvas.clientWidth && px - room > 0);
  }

  return {
    base,
    words,
    place,
    turnTo,
    note(next) {
      notes = next;
      app.frame.hurry();
    },
    gainOf: (factor) => {
      const now = base();
      return now && now.reach.low < factor && now.reach.high > factor ? gainFor(now.message, now.settings, factor) : null;
    },
    update() {
      const w = words();
      const { run, before } = app.session;
      const now = base();
      const { settings } = app.store.state;
      const locked = settings.batchNorm && !now;
      tag.hidden = !held;
      // Around a shortcut, batch norm holds the branch alone.
      invitation.hidden = locked ? settings.shortcuts !== 'none' : invited || !now;
      invitation.textContent = locked ? w.held_by_norm : w.drag_me;
      lead.setAttribute('aria-label', w.slider);
      lead.setAttribute('aria-disabled', String(!now));
      for (const way of lead.querySelectorAll<SVGPathElement>('.way')) way.style.display = now ? '' : 'none';
      if (held) return now ? say(now, false) : release();
      const picture = app.picture();
      section.classList.toggle('measured', !picture.theory);
      // Without theory the product is that of the headline's number.
      const delta = picture.theory?.delta ?? (run && app.calm.length === run.depth ? app.calm : null);
      const hidden = !run || app.session.stale || run.depth < 2 || !delta || Number.isNaN(delta[0]) || delta[0] === Number.POSITIVE_INFINITY;
      left.style.visibility = hidden ? 'hidden' : '';
      if (hidden) return;
      if (!before) justBuilt = false;
      const marked = markedLayer(app);
      const last = run.depth;
      const times = last - 1 - (marked !== null && marked < last - 1 ? marked : 0);
      const factor = 10 ** (delta[last - 1 - times]! / times);
      if (delta[last - 1 - times] === Number.NEGATIVE_INFINITY) writeNothing(times);
      else {
        const part = marked !== null && times < last - 1;
        writeLine(
          factor,
          times,
          { about: !picture.theory, started: picture.theory !== null && below.hasChanged(run) },
          part ? below.part(run, marked, factor) : below.whole(run, now !== null, justBuilt && before !== null),
        );
      }
      lead.setAttribute('aria-valuemin', String(now ? Number(now.reach.low.toFixed(3)) : 0));
      lead.setAttribute('aria-valuemax', String(now ? Number(now.reach.high.toFixed(3)) : 9));
      lead.setAttribute('aria-valuenow', String(Number(factor.toFixed(3))));
      const { result } = product(factor, times, { language: app.store.state.language });
      lead.setAttribute('aria-valuetext', fill(w.slider_value, { f: factorWords(factor).words, n: times, p: result }).replace(/<.*?>/g, ''));
      named = true;
    },
  };
}

const nextFrame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));

const swallow = (event: Event): void => {
  event.stopPropagation();
  event.preventDefault();
};
