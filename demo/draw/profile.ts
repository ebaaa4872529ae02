// Gradient against depth: measured as a solid line with dots, the theory dashed over it, the run before hollow.
import { LEAST_DEPTH } from '../../src/inspect/places.ts';
import { fixed } from '../format.ts';
import type { Run } from '../run.ts';
import { BENDS, colour, DASH, LEVELS } from '../scale.ts';
import { crisp, line, power, type Sheet, text } from './canvas.ts';
import { bed, rowHeight, rowMiddle, TOP } from './depth.ts';
import type { Picture } from './picture.ts';

const WARN_LOW = -3;
const WARN_HIGH = Math.log10(70);
/** The axis never reaches further than this, whatever the data do: a number as small as 1e-40 is off the map. */
const FAR = 39;
/** Narrower than this, the words of the zones are left out. */
const ROOM_FOR_ZONES = 290;
/** Under the bed: where the ruler lies. */
export const RULER = 26;

/** Where a value lies on the x axis. */
export interface Axis {
  low: number;
  high: number;
  /** Clamped to the axis. */
  x(value: number): number;
  /** The value at a place. */
  value(x: number): number;
}

/**
 * The x axis of a profile of this width: by depth alone, so that nothing moves under a hand, from a factor of 0.55 per layer to one of 1.36; where theory or
 * measurement pass it, to the next multiple of 3.
 */
export function axisOf(w: number, depth: number, values: readonly number[]): Axis {
  const n = Math.max(1, depth - 1);
  let low = Math.max(-13, Math.min(-7, n * Math.log10(0.55)));
  let high = Math.max(3.5, Math.min(7, n * Math.log10(1.36)));
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = Math.max(-FAR, 3 * Math.floor(value / 3));
    if (value > high) high = Math.min(FAR, 3 * Math.ceil(value / 3));
  }
  return {
    low,
    high,
    x: (value) => LEFT + ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * (w - LEFT - RIGHT),
    value: (x) => low + ((x - LEFT) / (w - LEFT - RIGHT)) * (high - low),
  };
}

const LEFT = 6;
const RIGHT = 8;

/** What the profile shows: of a run that broke, what can still be trusted. */
export function profileValues({ run, theory, before, lines, scale }: Picture): { now: number[]; was: number[]; theory: number[]; all: number[] } {
  const values = (r: Run | null): number[] => (r && r.finiteStep > 0 ? Array.from({ length: r.depth }, (_, l) => r.trusted(l, scale)) : []);
  const shift = scale === 'absolute' && run && run.finiteStep > 0 ? run.trusted(run.depth - 1, 'absolute') : 0;
  const [now, was, said] = [values(run), values(before), theory ? Array.from(theory.delta, (v) => v + shift) : []];
  // A prediction alone never moves the axis far: where it is off the map, it leaves it.
  return { now, was, theory: said, all: [...now, ...was, ...lines.flatMap((line) => line.values), ...(now.length ? [] : said)] };
}

/** Draws the profile. */
export function drawProfile(s: Sheet, picture: Picture): void {
  const { run, theory: predicted, lines, depth, scale, hand, t } = picture;
  const { g, w, h, ink } = s;
  const y1 = bed(h, depth);
  const { now, was, theory: said, all } = profileValues(picture);
  const axis = axisOf(w, depth, all);
  const { low, high, x } = axis;
  const theory = hand?.live ? [...hand.live] : said;
  /** Unclamped: a prediction off the map leaves it. */
  const free = (v: number): number => LEFT + ((v - low) / (high - low)) * (w - LEFT - RIGHT);

  g.fillStyle = ink.surface;
  g.fillRect(x(low), TOP, x(high) - x(low), y1 - TOP);
  g.fillStyle = ink.band;
  g.fillRect(x(WARN_LOW), TOP, x(WARN_HIGH) - x(WARN_LOW), y1 - TOP);
  colours(s, axis);
  grid(s, x, low, high, y1, scale);
  if (w > ROOM_FOR_ZONES) zones(s, x, low, high, t);

  g.save();
  g.beginPath();
  g.rect(x(low) - 3, TOP - 3, x(high) - x(low) + 6, y1 - TOP + 6);
  g.clip();
  const curve = (
    list: readonly number[],
    at: (v: number) => number,
    style: { color: string; width: number; dash?: number[]; dot?: 'full' | 'hollow' },
  ): void => {
    g.strokeStyle = style.color;
    g.lineWidth = style.width;
    g.setLineDash(style.dash ?? []);
    g.beginPath();
    for (let l = list.length - 1; l >= 0; l--) if (!Number.isNaN(list[l]!)) g.lineTo(at(list[l]!), rowMiddle(h, depth, l));
    g.stroke();
    g.setLineDash([]);
    if (!style.dot) return;
    const every = style.dot === 'hollow' ? (depth > 20 ? 3 : 1) : 1;
    for (let l = list.length - 1; l >= 0; l -= every) {
      if (Number.isNaN(list[l]!)) continue;
      g.beginPath();
      g.arc(x(list[l]!), rowMiddle(h, depth, l), style.dot === 'hollow' ? 2.5 : 1.9, 0, 7);
      g.fillStyle = style.dot === 'hollow' ? ink.surface : style.color;
      g.fill();
      if (style.dot === 'hollow') g.stroke();
    }
  };
  if (picture.target && scale === 'relative') wedge(s, depth, y1, x, picture.target);
  if (hand?.band && scale === 'relative') widthBand(s, depth, free, hand.band);
  for (const { values: list } of lines) curve(list, x, { color: ink.ink3, width: 1 });
  if (was.length && !hand?.live) curve(was, x, { color: ink.ink3, width: 1.2, dot: 'hollow' });
  // What was measured stays behind what the hand holds; of a network that was just built by hand, the line comes down from the surface.
  if (hand?.live) g.globalAlpha = 0.42;
  const shown = hand ? now.map((value, l) => ((now.length - 1 - l) / now.length <= hand.shown ? value : Number.NaN)) : now;
  // Blocks of a network with a trunk stand beside it, each by itself.
  const inside = run && run.blocks > 0 && was.length === 0 && !hand?.live ? run.rows.map((_, l) => run.inBranch(l, scale)) : [];
  for (const [l, value] of inside.entries()) if (Number.isFinite(value)) ring(s, x(value), rowMiddle(h, depth, l));
  curve(shown, x, { color: ink.ink, width: 1.8, dot: inside.length ? undefined : 'full' });
  g.globalAlpha = 1;
  curve(theory, free, { color: ink.mark, width: hand?.live ? 2.4 : 1.8, dash: [7, 4] });
  g.restore();

  // The letter of an experiment stands at the foot of its line.
  const feet: number[] = [];
  for (const { name, values: list } of lines) {
    if (!Number.isFinite(list[0]!)) continue;
    let at = x(list[0]!);
    while (feet.some((foot) => Math.abs(foot - at) < 11)) at += 11;
    feet.push(at);
    text(s, name, at, rowMiddle(h, depth, 0) - 8, { align: 'center', color: ink.ink2, weight: 600, halo: ink.surface });
  }
  const broken = run !== null && run.finiteStep < run.step;
  const measured = was.length > 0 ? t('after') : inside.length > 0 && !broken ? t('trunk') : broken ? t('measured_at', { s: run.finiteStep }) : t('measured');
  if (run && depth < LEAST_DEPTH) text(s, t('profile_shallow'), x(low) + 6, Math.min(h - 4, y1 + 34), { color: ink.ink2 });
  if (hand && scale === 'relative') ruler(s, axis, run?.depth ?? depth, y1, hand);
  if (hand?.live) return;
  const factor = predicted?.factor ?? null;
  labels(s, {
    x,
    depth,
    now,
    was,
    theory,
    inside,
    factor,
    theoryName: t(run?.hasMoved ? 'theory_at_start' : 'theory'),
    measured,
    compare: was.length > 0,
    t,
    band: scale === 'relative' ? hand : null,
  });
  for (const { numeral, ring, at, row } of hand?.notes ?? []) note(s, numeral, ring, x(at), row === null ? y1 + RULER - 2 : rowMiddle(h, depth, row));
}

/** The colour scale is the axis: a bar of it lies between its numbers and the plot. */
function colours({ g }: Sheet, { low, high, x }: Axis): void {
  const [from, to] = [x(low), x(high)];
  // One rectangle: between the bends of the scale its colours are mixed as the scale mixes them.
  const scale = g.createLinearGradient(from, 0, to, 0);
  for (const value of [low, ...BENDS.filter((bend) => bend > low && bend < high), high]) scale.addColorStop((x(value) - from) / (to - from), colour(value));
  g.fillStyle = scale;
  g.fillRect(from, TOP - 8, to - from, 6);
}

/** A hollow dot. */
function ring({ g, ink }: Sheet, x: number, y: number): void {
  g.beginPath();
  g.arc(x, y, 2.5, 0, 7);
  g.fillStyle = ink.surface;
  g.fill();
  g.strokeStyle = ink.ink2;
  g.lineWidth = 1.1;
  g.stroke();
}

/** Where two networks in three of this width are. */
function widthBand({ g, h, ink }: Sheet, depth: number, x: (v: number) => number, { low, high }: { low: readonly number[]; high: readonly number[] }): void {
  g.fillStyle = ink.mark;
  g.globalAlpha = 0.13;
  g.beginPath();
  for (let l = low.length - 1; l >= 0; l--) g.lineTo(x(low[l]!), rowMiddle(h, depth, l));
  for (let l = 0; l < high.length; l++) g.lineTo(x(high[l]!), rowMiddle(h, depth, l));
  g.fill();
  g.globalAlpha = 1;
}

/** Where the line is wanted: from 1 at the surface to what layer 1 may receive. */
function wedge(s: Sheet, depth: number, y1: number, x: (v: number) => number, { low, high, words }: NonNullable<Picture['target']>): void {
  const { g, h, ink } = s;
  g.fillStyle = ink.mark;
  g.globalAlpha = 0.16;
  g.beginPath();
  g.moveTo(x(0), rowMiddle(h, depth, depth - 1));
  g.lineTo(x(high), y1);
  g.lineTo(x(low), y1);
  g.fill();
  g.globalAlpha = 1;
  g.fillRect(x(low), y1 - 3, Math.max(3, x(high) - x(low)), 3);
  const room = x(high) + 120 < s.w;
  text(s, words, room ? x(high) + 8 : x(low) - 8, y1 - 12, { align: room ? 'left' : 'right', color: ink.mark, weight: 600, halo: ink.surface });
}

/** The factors that have a tick, as far as there is room: the rounder first. */
const TICKS = [1, 0.8, 1.2, 0.9, 1.1, 0.7, 0.6, 1.3, 0.95, 1.05, 0.85, 0.5, 1.4, 2, 0.3, 3];

/** The slide rule under the bed: the same places, read as the factor of one layer. */
function ruler(s: Sheet, { low, high, x }: Axis, depth: number, y1: number, { stops, locked, words }: NonNullable<Picture['hand']>): void {
  const { g, ink } = s;
  const n = depth - 1;
  const y = crisp(y1 + RULER);
  const place = (factor: number): number => n * Math.log10(factor);
  const [from, to] = [Math.max(low, place(stops.low)), Math.min(high, place(stops.high))];
  line(s, x(from), y, x(to), y, locked ? ink.rule : ink.ink3);
  if (to < high - 0.02) line(s, crisp(x(to)), y - 5, crisp(x(to)), y + 6, ink.ink3);
  if (from > low + 0.02) line(s, crisp(x(from)), y - 5, crisp(x(from)), y + 6, ink.ink3);
  g.font = `400 12.5px ${ink.font}`;
  const left = x(low) + g.measureText(words.per_layer).width + 20;
  const taken: number[] = [];
  for (const factor of TICKS) {
    const at = x(place(factor));
    if (place(factor) < from - 0.01 || place(factor) > to + 0.01 || at < left || at > x(high) - 8 || taken.some((other) => Math.abs(other - at) < 29)) continue;
    taken.push(at);
    line(s, crisp(at), y - 3, crisp(at), y + 4, ink.ink3);
    text(s, String(factor), at, y + 13, { align: 'center', color: factor === 1 ? ink.ink : ink.ink3, weight: factor === 1 ? 600 : 400 });
  }
  text(s, words.per_layer, x(low), y + 13);
}

/** A numeral of Why? in the figure. */
function note(s: Sheet, numeral: string, ring: boolean, x: number, y: number): void {
  const { g, ink } = s;
  const disc = (radius: number): void => {
    g.beginPath();
    g.arc(x, y, radius, 0, 7);
  };
  disc(9);
  g.fillStyle = ink.mark;
  g.fill();
  if (ring) {
    disc(13);
    g.strokeStyle = ink.mark;
    g.lineWidth = 2;
    g.stroke();
  }
  text(s, numeral, x, y + 0.5, { align: 'center', weight: 650, color: ink.surface });
}

/** Vertical lines at 1, at the rules' levels and at round powers; the levels have their own dashes. */
function grid(s: Sheet, x: (v: number) => number, low: number, high: number, y1: number, scale: Picture['scale']): void {
  const { ink, w } = s;
  const offset = scale === 'absolute' ? -3 : 0;
  const marks: { at: number; dash: readonly number[]; color: string }[] = LEVELS.map(({ at, severe }) => ({
    at,
    dash: severe ? DASH.severe : DASH.warn,
    color: ink.ink3,
  }));
  marks.push({ at: 0, dash: [], color: ink.rule });
  for (let v = -9; v > low; v -= 3) marks.push({ at: v, dash: [], color: ink.rule });
  for (let v = 6; v < high; v += 3) marks.push({ at: v, dash: [], color: ink.rule });
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, dash, color } of marks.filter((m) => m.at >= low && m.at <= high).sort((a, b) => a.at - b.at)) {
    line(s, crisp(x(at)), TOP, crisp(x(at)), y1, color, 1, dash);
    const place = Math.min(w - 14, Math.max(x(at), 14));
    if (place - last < 30) continue;
    last = place;
    if (Number.isInteger(at)) power(s, at + offset, place, TOP - 19, { align: 'center' });
    else text(s, offset ? '0.07' : '70', place, TOP - 19, { align: 'center' });
  }
}

/** The words of the zones, where they fit. */
function zones(s: Sheet, x: (v: number) => number, low: number, high: number, t: Picture['t']): void {
  const edges = [low, -6, -3, WARN_HIGH, 3, high];
  const names = ['vanished', 'fading', 'healthy', 'growing', 'exploding'] as const;
  names.forEach((name, i) => {
    const a = x(Math.max(low, edges[i]!));
    // Left of 1, where the line begins.
    const b = x(Math.min(high, name === 'healthy' ? 0 : edges[i + 1]!));
    s.g.font = `400 12.5px ${s.ink.font}`;
    if (edges[i]! < high && edges[i + 1]! > low && b - a > s.g.measureText(t(name)).width + 6) text(s, t(name), (a + b) / 2, TOP + 12, { align: 'center' });
  });
}

interface Labels {
  x: (v: number) => number;
  depth: number;
  now: number[];
  was: number[];
  theory: number[];
  /** Of the blocks beside a trunk. */
  inside: number[];
  factor: number | null;
  theoryName: string;
  measured: string;
  compare: boolean;
  t: Picture['t'];
  band: Picture['hand'];
}

/** Places along a line where a label may stand, in parts of the depth, if it cannot where it would. */
const OTHERS = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
/** Half the height of a label. */
const HALF = 8;
/** Pixels between two lines that one label may stand beside. */
const NEAR = 24;
/** Where labels stood on a canvas last: as long as they can they stay, while the lines move with every step. */
const stood = new WeakMap<object, Map<string, number>>();

/** Labels stand on their lines, each at a height and on a side where neither the other lines nor those of the levels are. */
function labels(s: Sheet, { x, depth, now, was, theory, inside, factor, theoryName, measured, compare, t, band }: Labels): void {
  const { g, h, w, ink } = s;
  const last = stood.get(g) ?? new Map<string, number>();
  stood.set(g, last);
  const taken: { x0: number; x1: number; y: number }[] = [];
  const lines = [now, was, theory, inside].filter((list) => list.length > 0);
  /** From where to where a line goes beside a label at this height. */
  const extent = (list: number[], y: number): [number, number] => {
    const at = [-HALF, 0, HALF].map((by) => {
      const l = Math.max(0, Math.min(list.length - 1, depth - 0.5 - (y + by - TOP) / rowHeight(h, depth)));
      const [below, above] = [list[Math.floor(l)]!, list[Math.ceil(l)]!];
      return x(below + (above - below) * (l % 1));
    });
    return [Math.min(...at), Math.max(...at)];
  };
  const crossing = (x0: number, x1: number, y: number): boolean =>
    lines.some((list) => {
      const [left, right] = extent(list, y);
      return right > x0 - 4 && left < x1 + 4;
    }) || taken.some((box) => box.x0 < x1 && box.x1 > x0 && Math.abs(box.y - y) < 17);
  const put = (list: number[], words: string, color: string, weight: number, prefer: readonly number[]): void => {
    if (list.length < 2) return;
    g.font = `${weight} 12.5px ${ink.font}`;
    const width = g.measureText(words).width;
    const others = OTHERS.toSorted((a, b) => Math.abs(a - prefer[0]!) - Math.abs(b - prefer[0]!));
    // Where every place lies on a level's line, the label covers a piece of it.
    for (const clear of [true, false]) {
      for (const fraction of [last.get(words) ?? prefer[0]!, ...prefer, ...others]) {
        const l = Math.round(fraction * (list.length - 1));
        if (!Number.isFinite(list[l]!)) continue;
        const y = rowMiddle(h, depth, l);
        const [left, right] = extent(list, y);
        // Beyond a line that is near, too.
        const near = lines.map((each) => extent(each, y)).filter(([a, b]) => b > left - NEAR && a < right + NEAR);
        for (const x0 of [left - 8 - width, right + 8, Math.min(...near.map(([a]) => a)) - 8 - width, Math.max(...near.map(([, b]) => b)) + 8]) {
          const x1 = x0 + width;
          if (x0 < 8 || x1 > w - 8 || crossing(x0, x1, y) || (clear && LEVELS.some(({ at }) => x(at) > x0 - 3 && x(at) < x1 + 3))) continue;
          const ground = (x0 + x1) / 2 > x(WARN_LOW) && (x0 + x1) / 2 < x(WARN_HIGH) ? ink.band : ink.surface;
          g.fillStyle = ground;
          if (!clear) g.fillRect(x0 - 3, y - HALF, width + 6, 2 * HALF);
          text(s, words, x0, y, { color, weight, halo: ground });
          taken.push({ x0, x1, y });
          last.set(words, fraction);
          return;
        }
      }
    }
  };
  put(now, measured, ink.ink, 600, [0.56, 0.7]);
  put(inside, t('blocks'), ink.ink2, 400, [0.3, 0.16]);
  put(was, t('before'), ink.ink2, 400, [0.16, 0.3]);
  put(
    theory,
    factor === null || compare || w < 250 ? theoryName : `${theoryName} \u00d7\u2009${fixed(factor, factor < 0.1 ? 3 : 2)}`,
    ink.mark,
    400,
    [0.44, 0.25],
  );
  // The band has its word where it is wide, if there is room.
  if (band?.band && !compare && w > ROOM_FOR_ZONES) put([...band.band.high], band.words.two_in_three, ink.mark, 400, [0.08, 0.14, 0.2]);
}
