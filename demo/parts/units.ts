// What each unit of the open layer answers over the plane of two-dimensional data, eight at a time, in greys: colour stays with the gradient.
import './units.css';
import type { Language } from '../../src/texts.ts';
import type { App } from '../app.ts';
import { h, icon } from '../dom.ts';
import { sheet } from '../draw/canvas.ts';
import { number } from '../format.ts';
import { fill } from '../i18n.ts';
import { ICONS } from '../icons.ts';
import { type FromWorker, UNIT_GRID } from '../protocol.ts';

const en = {
  units: 'Units',
  of: '{a}–{b} of {n}',
  before: 'Units before these',
  after: 'Units after these',
  label: 'What units {a} to {b} of {n} answer over the plane of the decision surface, from {lo}, the ground, to {hi}, the ink.',
};
const zh: typeof en = {
  units: '单元',
  of: '{a}–{b}，共 {n}',
  before: '前面的单元',
  after: '后面的单元',
  label: '第 {a} 到 {b} 个单元（共 {n} 个）在决策面的平面上的输出：底色为 {lo}，墨色为 {hi}。',
};
const WORDS: Readonly<Record<Language, typeof en>> = { en, zh };

/** Tiles in a row, and rows. */
const ACROSS = 4;
const SHOWN = 2 * ACROSS;
/** Pixels between tiles. */
const GAP = 4;
const SIZE = UNIT_GRID ** 2;

type Message = Extract<FromWorker, { type: 'units' }>;

export interface UnitsFigure {
  readonly element: HTMLElement;
  update(): void;
  draw(): void;
  receive(message: Message): void;
}

/** The figure. */
export function unitsFigure(app: App): UnitsFigure {
  let shown: Message | null = null;
  let lo = 0;
  let hi = 0;
  let first = 0;
  const title = h('b');
  const of = h('span');
  const turn = (by: number): void => {
    first += by;
    update();
    app.frame.request(true);
  };
  const before = h('button', { class: 'icon', onclick: () => turn(-SHOWN) }, icon(ICONS.left)) as HTMLButtonElement;
  const after = h('button', { class: 'icon', onclick: () => turn(SHOWN) }, icon(ICONS.right)) as HTMLButtonElement;
  const canvas = h('canvas', { role: 'img', id: 'units' });
  const [least, most] = [h('span'), h('span')];
  // Its numbers are in the picture's own words.
  const scale = h('p', { 'aria-hidden': 'true' }, least, h('i'), most);
  const element = h('figure', { class: 'units' }, h('figcaption', {}, title, of, before, after), canvas, scale);

  function update(): void {
    const { run } = app.session;
    const { language, layer } = app.store.state;
    const w = WORDS[language];
    element.hidden = app.recorded || !run?.start.points;
    if (shown && (shown.run !== run?.start.run || shown.layer !== layer)) {
      shown = null;
      app.frame.request(true);
    }
    const n = (shown?.values.length ?? 0) / SIZE;
    // Another network may have fewer.
    if (shown) first = Math.max(0, Math.min(first, SHOWN * (Math.ceil(n / SHOWN) - 1)));
    const values = { a: first + 1, b: Math.min(n, first + SHOWN), n, lo: number(lo), hi: number(hi) };
    title.textContent = w.units;
    of.textContent = shown ? fill(w.of, values) : '';
    canvas.setAttribute('aria-label', shown ? fill(w.label, values) : `${w.units}: ${app.t('summary_wait')}`);
    for (const [button, name, off] of [
      [before, w.before, first === 0],
      [after, w.after, first + SHOWN >= n],
    ] as const) {
      button.setAttribute('aria-label', name);
      button.title = name;
      button.disabled = off;
      button.hidden = n <= SHOWN;
    }
    scale.hidden = !shown;
    least.textContent = values.lo;
    most.textContent = values.hi;
  }

  /** One unit as ink over the ground; what is no number is ground. */
  function tile(unit: number): OffscreenCanvas {
    const out = new OffscreenCanvas(UNIT_GRID, UNIT_GRID);
    const g = out.getContext('2d')!;
    const image = g.createImageData(UNIT_GRID, UNIT_GRID);
    for (let i = 0; i < SIZE; i++) image.data[4 * i + 3] = (255 * (shown!.values[unit * SIZE + i]! - lo)) / (hi - lo || 1);
    g.putImageData(image, 0, 0);
    g.globalCompositeOperation = 'source-in';
    g.fillStyle = app.ink.ink;
    g.fillRect(0, 0, UNIT_GRID, UNIT_GRID);
    return out;
  }

  return {
    element,
    update,
    draw() {
      const s = sheet(canvas, app.ink);
      if (!s) return;
      const side = Math.min((s.w - GAP * (ACROSS - 1)) / ACROSS, (s.h - GAP) / 2);
      const n = (shown?.values.length ?? 0) / SIZE;
      s.g.imageSmoothingEnabled = true;
      s.g.imageSmoothingQuality = 'high';
      s.g.strokeStyle = app.ink.rule;
      for (let k = 0; k < SHOWN && (!shown || first + k < n); k++) {
        const [x, y] = [(k % ACROSS) * (side + GAP), Math.floor(k / ACROSS) * (side + GAP)];
        s.g.fillStyle = app.ink.surface;
        s.g.fillRect(x, y, side, side);
        if (shown) s.g.drawImage(tile(first + k), x, y, side, side);
        s.g.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
      }
    },
    receive(message) {
      if (message.layer !== app.store.state.layer) return;
      shown = message;
      const finite = message.values.filter(Number.isFinite);
      lo = finite.reduce((min, value) => Math.min(min, value), Number.POSITIVE_INFINITY);
      hi = finite.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
      update();
      app.frame.request(true);
    },
  };
}
