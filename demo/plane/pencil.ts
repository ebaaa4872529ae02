// The pencil at the decision surface: each tap adds a point, and what is drawn is the data set that trains.
import './plane.css';
import type { App } from '../app.ts';
import { byId, h, icon } from '../dom.ts';
import { sheet } from '../draw/canvas.ts';
import { drawPlane } from '../draw/surface.ts';
import { fill } from '../i18n.ts';
import { MARGIN } from '../protocol.ts';
import { arePoints, MOST_POINTS } from '../settings.ts';
import { decodePoints, encodePoints, HALF, nearestTo, type Point, placeOn, SIDE } from './points.ts';
import { PLANE_WORDS } from './text.ts';

/** Milliseconds without another point after which the network trains with those that there are. */
const PATIENCE = 400;
/** Steps of the grid that an arrow takes, with Shift one. */
const STRIDE = 4;
const REACH = HALF * MARGIN;

const SHAPES = ['M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9z', 'M3 3h8v8H3z'] as const;
const BACK = 'M6 2L1.500 6.200 6 10.400V7.600c3.200 0 5 1 6.300 3.400C12 7.600 10 5 6 4.800z';

export interface Pencil {
  draw(): void;
  /** Words, and what the settings have become meanwhile. */
  update(): void;
  toggle(): void;
}

/** The pencil. */
export function pencil(app: App): Pencil {
  const figure = byId('figure-surface');
  const opener = byId('pencil');
  let points: Point[] = [];
  /** What the points were before each change, the last one at the end. */
  let before: Point[][] = [];
  let label: Point['label'] = 0;
  /** Where the keys are. */
  let at = { i: SIDE >> 1, j: SIDE >> 1 };
  /** What the settings had of these points last. */
  let known = '';
  let timer = 0;
  let language = '';

  const canvas = h('canvas', { class: 'pencil-sheet', tabindex: 0, role: 'img', id: 'pencil-sheet' });
  const said = h('span', { class: 'pencil-said', role: 'status' });
  const tools = h('span', { class: 'pencil-tools', role: 'group' });
  const classes = SHAPES.map((path, k) => h('button', { 'data-class': k, onclick: () => choose(k as Point['label']) }, icon(path, 14)));
  const undo = h('button', { 'data-act': 'undo', onclick: back }, icon(BACK, 14));
  const clear = h('button', { 'data-act': 'clear', onclick: () => change([]) });
  const done = h('button', { 'data-act': 'done', onclick: close });
  tools.append(...classes, undo, clear, done);

  const isOpen = (): boolean => canvas.isConnected;
  const words = () => PLANE_WORDS[app.store.state.language];

  function choose(next: Point['label']): void {
    label = next;
    dress();
  }

  function dress(): void {
    const w = words();
    ({ language } = app.store.state);
    tools.setAttribute('aria-label', app.t('pencil'));
    canvas.title = w.plane;
    for (const [k, button] of classes.entries()) {
      const name = w[`class_${k as 0 | 1}`];
      button.setAttribute('aria-label', name);
      button.title = name;
      button.setAttribute('aria-pressed', String(k === label));
    }
    undo.setAttribute('aria-label', w.undo);
    undo.title = w.undo;
    clear.textContent = w.clear;
    done.textContent = w.done;
    tell();
  }

  function tell(): void {
    const w = words();
    const few = !arePoints(encodePoints(points));
    said.textContent = few ? w.few : points.length < MOST_POINTS ? '' : fill(w.full, { most: MOST_POINTS });
    canvas.setAttribute('aria-label', `${w.plane} ${many(w)}`);
    (clear as HTMLButtonElement).disabled = points.length === 0;
    (undo as HTMLButtonElement).disabled = points.length === 0 && before.length === 0;
    app.frame.request(true);
  }

  /** These are the points now; where they are enough, the network trains with them once the hand rests. */
  function become(next: Point[]): void {
    points = next;
    tell();
    clearTimeout(timer);
    timer = window.setTimeout(commit, PATIENCE);
  }

  /** The same, where it can be undone. */
  function change(next: Point[]): void {
    before.push(points);
    become(next);
  }

  function commit(): void {
    clearTimeout(timer);
    const text = encodePoints(points);
    if (text === known || !arePoints(text)) return;
    known = text;
    app.session.change({ data: 'drawn', params: {}, points: text });
  }

  function add(i: number, j: number): void {
    if (points.length < MOST_POINTS) change([...points, { i, j, label }]);
  }

  /** Undoes the last change, a clear too; points that came with the address go one by one. */
  function back(): void {
    const last = before.pop() ?? points.slice(0, -1);
    if (last.length === points.length) return;
    become(last);
    const w = words();
    if (!said.textContent) said.textContent = many(w);
  }

  const many = (w: ReturnType<typeof words>): string => {
    const squares = points.reduce((sum, point) => sum + point.label, 0);
    return fill(w.many, { n: points.length, a: points.length - squares, b: squares });
  };

  const side = (): number => Math.min(canvas.clientWidth, canvas.clientHeight - 4) - 1;
  canvas.addEventListener('click', (event) => {
    const box = canvas.getBoundingClientRect();
    const x = ((event.clientX - box.left) / side()) * 2 - 1;
    const y = 1 - ((event.clientY - box.top - 4) / side()) * 2;
    if (Math.abs(x) > 1 || Math.abs(y) > 1) return;
    at = { i: nearestTo(x * REACH), j: nearestTo(y * REACH) };
    add(at.i, at.j);
  });
  canvas.addEventListener('keydown', (event) => {
    const undoes = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'z';
    if ((event.ctrlKey || event.metaKey || event.altKey) && !undoes) return;
    const by = event.shiftKey ? 1 : STRIDE;
    const move = (di: number, dj: number) => (): void => {
      const inside = (n: number): number => Math.max(0, Math.min(SIDE - 1, n));
      at = { i: inside(at.i + di * by), j: inside(at.j + dj * by) };
      app.frame.request(true);
    };
    const act = undoes
      ? back
      : {
          ArrowLeft: move(-1, 0),
          ArrowRight: move(1, 0),
          ArrowUp: move(0, 1),
          ArrowDown: move(0, -1),
          Enter: place,
          ' ': place,
          c: () => choose(label === 0 ? 1 : 0),
          Backspace: back,
          Delete: back,
          Escape: close,
        }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  });
  for (const name of ['focus', 'blur']) canvas.addEventListener(name, () => app.frame.request(true));

  /** What a key adds is said: its place is not under a finger. */
  function place(): void {
    add(at.i, at.j);
    const w = words();
    if (!said.textContent) said.textContent = fill(w.added, { class: w[`class_${label}`], x: placeOn(at.i).toFixed(1), y: placeOn(at.j).toFixed(1) });
  }

  /** Takes the points of the settings, unless they are those that were drawn here. */
  function take(): void {
    const { data, points: text } = app.store.state.settings;
    if (data !== 'drawn' || text === known) return;
    known = text;
    points = decodePoints(text);
    before = [];
  }

  function close(): void {
    commit();
    canvas.remove();
    said.remove();
    tools.remove();
    figure.classList.remove('drawing');
    opener.setAttribute('aria-pressed', 'false');
    opener.focus();
    app.frame.request(true);
  }

  return {
    toggle() {
      if (isOpen()) {
        close();
        return;
      }
      if (app.store.state.settings.data !== 'drawn') {
        points = [];
        before = [];
        known = '';
      }
      take();
      figure.querySelector('figcaption')!.append(tools);
      figure.append(canvas, said);
      figure.classList.add('drawing');
      opener.setAttribute('aria-pressed', 'true');
      dress();
      canvas.focus({ preventScroll: true });
    },
    update() {
      if (!isOpen()) return;
      const { data } = app.store.state.settings;
      // Another data set was chosen elsewhere.
      if (known && data !== 'drawn') {
        known = '';
        points = [];
        close();
        return;
      }
      const before = known;
      take();
      if (known !== before) tell();
      if (language !== app.store.state.language) dress();
    },
    draw() {
      if (!isOpen()) return;
      const s = sheet(canvas, app.ink);
      if (!s) return;
      const picture = app.picture();
      const x = Float32Array.from(points.flatMap(({ i, j }) => [placeOn(i), placeOn(j)]));
      const drawn = { x, label: Uint8Array.from(points, (point) => point.label), reach: REACH };
      // Of other data the surface lies on another plane.
      drawPlane(s, picture.run?.start.points?.reach === REACH ? picture.run.surface : undefined, drawn, picture.dark);
      if (document.activeElement !== canvas) return;
      const px = (n: number): number => side() * (0.5 + placeOn(n) / (2 * REACH));
      s.g.strokeStyle = app.ink.ink;
      s.g.lineWidth = 1;
      s.g.strokeRect(px(at.i) - 5, 4 + side() - px(at.j) - 5, 10, 10);
    },
  };
}
