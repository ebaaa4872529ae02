// The map: depth downwards, gain to the right, each cell a network. It is computed in the worker while the run rests, coarse at first; a click opens a cell.
import './map.css';
import { rounded } from '../../src/format.ts';
import type { App } from '../app.ts';
import { byId, focusTool, h, rich } from '../dom.ts';
import { sheet } from '../draw/canvas.ts';
import { fixed, number, percent } from '../format.ts';
import { arrivesWords } from '../hand/numbers.ts';
import { walk } from '../hand/walk.ts';
import { fill } from '../i18n.ts';
import type { FromWorker, HandMessage } from '../protocol.ts';
import { LEVELS } from '../scale.ts';
import type { Settings } from '../settings.ts';
import { askedFor, type Cells, cellOf, DEPTHS, GAINS, LEARNS, noCells } from './cells.ts';
import { type At, cellAt, drawMap, placeOf, type Shown } from './draw.ts';
import { MAP_WORDS } from './text.ts';

/** Milliseconds of the page's thread that theory's lines take at once. */
const SLICE = 8;
const ALL = GAINS.length * DEPTHS.length;

export interface MapPanel {
  toggle(): void;
  /** Goes back to the laboratory, where it is open. */
  leave(): void;
  receive(message: FromWorker): void;
}

/** What the map is of: all settings but its two axes. */
const subject = ({ depth: _depth, gain: _gain, ...rest }: Settings): string => JSON.stringify(rest);

/** Wires the map. */
export function mapPanel(app: App): MapPanel {
  const { store, session } = app;
  let cells: Cells = noCells();
  let lines: Shown['lines'] = [];
  let of = '';
  let busy = false;
  let progress: { kind: 'colours' | 'learning'; done: number; seconds: number } | null = null;
  let chosen: At = { i: 0, j: 0 };
  let pointed: At | null = null;
  let resume = false;
  let asked = 0;
  const words = () => MAP_WORDS[store.state.language];
  const section = h('section', { class: 'map', id: 'map' });
  const title = h('h1', { tabindex: -1 });
  const lead = h('p');
  const status = h('span', { role: 'status' });
  const stop = h('button', { class: 'button ghost', onclick: () => (busy ? halt() : begin()) });
  const back = h('button', { class: 'button ghost', onclick: () => close() });
  const canvas = h('canvas', { tabindex: 0, role: 'application', 'aria-describedby': 'map-cell' });
  const name = h('h2');
  const facts = h('dl');
  const open = h('button', { class: 'button', onclick: () => openCell(chosen) });
  const keys = h('p', { class: 'keys' });
  const legend = { theory: h('span'), learns: h('span') };
  section.append(
    h('div', { class: 'top-line' }, h('div', {}, title, lead), h('div', { class: 'acts' }, stop, back)),
    h(
      'div',
      { class: 'body' },
      h('div', { class: 'plane' }, canvas, h('div', { class: 'legend' }, legend.theory, legend.learns, status)),
      h('div', { id: 'map-cell', 'aria-live': 'polite' }, name, facts, open, keys),
    ),
  );

  const opener = (): HTMLElement | null => document.querySelector<HTMLElement>('.tools [data-do=map]');
  const isOpen = (): boolean => section.isConnected;
  const theoryOf = (): { hand: HandMessage; settings: Settings } | null => {
    const { settings, document } = store.state;
    const start = session.run?.start;
    return start?.hand && start.theory && !document && !settings.batchNorm && settings.shortcuts !== 'scaled' ? { hand: start.hand, settings } : null;
  };

  function draw(): void {
    asked = 0;
    if (!isOpen()) return;
    const s = sheet(canvas, app.ink);
    const { settings } = store.state;
    const { gain, depth } = settings;
    const inside = gain >= 0.39 && gain <= 3.05 && depth >= 2;
    const here = inside ? cellOf(gain, depth) : null;
    if (s) drawMap(s, { cells, lines, here, chosen: pointed ?? chosen, words: words(), zones: [app.t('vanished'), app.t('healthy'), app.t('exploding')] });
    // The words beside it come in a task of their own.
    setTimeout(() => {
      if (!isOpen()) return;
      describe(pointed ?? chosen);
      say();
    });
  }
  const soon = (): void => {
    if (asked === 0) asked = requestAnimationFrame(draw);
  };

  let described = '';
  /** What is known of a cell, in words. */
  function describe({ i, j }: At): void {
    const w = words();
    const { language } = store.state;
    const at = j * GAINS.length + i;
    const [ratio, loss, learns] = [cells.ratio[at]!, cells.loss[at]!, cells.learns[askedFor(i, j)]!];
    const key = JSON.stringify([i, j, ratio, loss, learns, language]);
    if (key === described) return;
    described = key;
    const theory = theoryOf();
    name.textContent = fill(w.cell, { d: DEPTHS[j]!, g: fixed(GAINS[i]!, 2) });
    const row = (term: string, value: string): HTMLElement[] => [h('dt', {}, term), h('dd', {}, ...rich(value))];
    const arrives = (value: number): string => (Number.isNaN(value) ? w.unknown : value === Number.POSITIVE_INFINITY ? 'Inf' : arrivesWords(value, language));
    facts.replaceChildren(
      ...row(w.measured, arrives(ratio)),
      ...(theory ? row(w.by_theory, arrives(walk(theory.hand, { ...theory.settings, depth: DEPTHS[j]! }, GAINS[i]!).total)) : []),
      ...(Number.isNaN(learns) ? [] : row(fill(w.learns, { n: LEARNS.steps }), learns === 1 ? w.yes : w.no)),
      ...(Number.isNaN(loss) ? [] : row(fill(w.loss, { n: LEARNS.steps }), number(loss))),
    );
    canvas.setAttribute('aria-label', `${w.title} ${w.keys} ${name.textContent}: ${facts.textContent}`);
  }

  /** How far it is. */
  function say(): void {
    const w = words();
    const { language } = store.state;
    const s = progress ? Math.round(progress.seconds) : 0;
    const p = progress ? percent(progress.done) : percent(0);
    const n = language === 'en' ? ALL.toLocaleString('en') : String(ALL);
    const whole = progress && progress.done >= 1;
    const m = cells.trained.filter((each) => !Number.isNaN(each)).length;
    const text = busy
      ? fill(progress?.kind === 'learning' ? w.learning : w.colours, { p, n, s })
      : whole
        ? fill(progress!.kind === 'learning' ? w.whole_learns : w.whole, { n, s, m })
        : fill(w.stopped, { p });
    if (status.textContent !== text) status.textContent = text;
    stop.textContent = busy ? w.stop : w.go_on;
    stop.hidden = !busy && whole === true;
  }

  function dress(): void {
    const w = words();
    described = '';
    section.setAttribute('aria-label', w.title);
    back.textContent = w.back;
    open.textContent = w.open;
    keys.textContent = w.keys;
    legend.theory.replaceChildren(h('i', { class: 'dashed' }), ...rich(w.theory));
    legend.learns.replaceChildren(h('i', { class: 'box' }), fill(w.learns, { n: LEARNS.steps }));
    const { depth } = store.state.settings;
    const edge = (level: number): number | undefined => lines.find((each) => each.level.at === level)?.points.find(([, d]) => d >= depth)?.[0];
    const [a, b] = [edge(LEVELS[1].at), edge(LEVELS[2].at)];
    // Where theory has no lines, what there is of a channel is not known before it is measured.
    title.textContent = theoryOf() ? w.title : w.title_plain;
    legend.theory.hidden = !theoryOf();
    lead.replaceChildren(...rich(a && b ? fill(w.lead, { d: depth, a: fixed(a, 2), b: fixed(b, 2) }) : w.lead_plain));
    soon();
  }

  /** Theory's lines, a few rows at a time: no task of the page's thread may be long. */
  function foresee(): void {
    const theory = theoryOf();
    const points = LEVELS.map((level) => ({ level, points: [] as (readonly [number, number])[] }));
    lines = [];
    if (!theory) return;
    let j = 0;
    const subjectThen = of;
    const some = (): void => {
      if (of !== subjectThen || !isOpen()) return;
      for (const began = performance.now(); j < DEPTHS.length && performance.now() - began < SLICE; j++) {
        const depth = DEPTHS[j]!;
        const total = (gain: number): number => walk(theory.hand, { ...theory.settings, depth }, gain).total;
        const [least, most] = [total(GAINS[0]!), total(GAINS.at(-1)!)];
        for (const { level, points: line } of points) {
          if (!(least < level.at && most > level.at)) continue;
          let [low, high] = [Math.log(GAINS[0]!), Math.log(GAINS.at(-1)!)];
          for (let k = 0; k < 14; k++) {
            const middle = (low + high) / 2;
            if (total(Math.exp(middle)) < level.at) low = middle;
            else high = middle;
          }
          line.push([Math.exp((low + high) / 2), depth]);
        }
      }
      lines = points;
      if (j < DEPTHS.length) setTimeout(some);
      else dress();
      soon();
    };
    setTimeout(some);
  }

  function begin(): void {
    busy = true;
    session.post({ type: 'map', settings: store.state.settings, csv: store.rowsOf(store.state.settings), cells });
    soon();
  }

  function halt(): void {
    busy = false;
    session.post({ type: 'map_stop' });
    soon();
  }

  function close(): void {
    if (busy) halt();
    section.remove();
    document.body.classList.remove('mapping');
    opener()?.setAttribute('aria-expanded', 'false');
    focusTool('map');
    if (resume) session.play();
    app.frame.request(true);
  }

  function openCell({ i, j }: At): void {
    close();
    session.change({ depth: DEPTHS[j]!, gain: rounded(GAINS[i]!, 3) });
  }

  const at = (event: PointerEvent | MouseEvent): At | null => {
    const box = canvas.getBoundingClientRect();
    return cellAt(placeOf(box.width, box.height), event.clientX - box.left, event.clientY - box.top);
  };
  canvas.addEventListener('pointermove', (event) => {
    if (event.pointerType === 'touch') return;
    pointed = at(event);
    soon();
  });
  canvas.addEventListener('pointerleave', () => {
    pointed = null;
    soon();
  });
  canvas.addEventListener('click', (event) => {
    const cell = at(event);
    if (!cell) return;
    chosen = cell;
    // A finger cannot point first: it chooses, and the button opens.
    if ((event as PointerEvent).pointerType === 'touch') soon();
    else openCell(cell);
  });
  canvas.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) {
      chosen = { i: Math.max(0, Math.min(GAINS.length - 1, chosen.i + step[0]!)), j: Math.max(0, Math.min(DEPTHS.length - 1, chosen.j + step[1]!)) };
      pointed = null;
      soon();
    } else if (event.key === 'Enter') openCell(chosen);
    else return;
    event.preventDefault();
  });
  section.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    close();
  });
  addEventListener('resize', soon);
  store.listen((changed) => {
    if (isOpen() && (changed.has('language') || changed.has('theme'))) dress();
  });

  return {
    receive(message) {
      if (message.type === 'map_row') {
        cells.ratio.set(message.ratio, message.j * GAINS.length);
        progress = { kind: 'colours', done: message.done, seconds: message.seconds };
        if (message.coarse) performance.mark('map-coarse');
        if (message.done >= 1) performance.mark('map-colours');
      } else if (message.type === 'map_learns') {
        const { loss, trained, learns } = message;
        cells = { ...cells, loss, trained, learns };
        progress = { kind: 'learning', done: message.done, seconds: message.seconds };
        if (message.done >= 1) performance.mark('map-whole');
      } else if (message.type === 'map_end') busy = false;
      else return;
      soon();
    },
    leave() {
      if (isOpen()) close();
    },
    toggle() {
      if (isOpen()) {
        close();
        return;
      }
      const { settings } = store.state;
      if (subject(settings) !== of) {
        of = subject(settings);
        cells = noCells();
        progress = null;
      }
      chosen = cellOf(settings.gain, settings.depth);
      resume = session.playing;
      if (resume) session.pause();
      byId('main').append(section);
      document.body.classList.add('mapping');
      opener()?.setAttribute('aria-expanded', 'true');
      performance.mark('map-open');
      // The page is laid out anew in one frame, and the map is drawn in the next: both at once take more than 50 ms.
      asked = requestAnimationFrame(() => {
        asked = requestAnimationFrame(draw);
      });
      foresee();
      dress();
      if (!progress || progress.done < 1) begin();
      title.focus();
    },
  };
}
