// Gradient against depth: measured as a solid line with dots, the theory dashed over it, the run before hollow.
import { LEAST_DEPTH } from '../../src/inspect/places.ts';
import { fixed } from '../format.ts';
import type { Run } from '../run.ts';
import { DASH, LEVELS } from '../scale.ts';
import { crisp, line, power, type Sheet, text } from './canvas.ts';
import { BOTTOM, bed, rowMiddle, TOP } from './depth.ts';
import type { Picture } from './picture.ts';

const WARN_LOW = -3;
const WARN_HIGH = Math.log10(70);
/** The axis never reaches further than this, whatever the data do: a number as small as 1e-40 is off the map. */
const FAR = 40;

/** The range of the x axis: follows the data, and always holds 1 and the nearest severe level. */
export function range(values: number[]): { low: number; high: number } {
  const finite = values.filter(Number.isFinite);
  const min = Math.min(0, ...finite);
  const max = Math.max(0, ...finite);
  const up = max > -min;
  let low = up ? -1.5 : -7.5;
  let high = up ? 4 : 1.5;
  while (low > min - 0.5 && low > -FAR) low -= up ? 1.5 : 3;
  while (high < max + 0.5 && high < FAR) high += up ? 2 : 1;
  return { low, high };
}

/** Draws the profile. */
export function drawProfile(s: Sheet, { run, theory: predicted, before, lines, depth, scale, t }: Picture): void {
  const { g, w, h, ink } = s;
  const y1 = bed(h, depth);
  // Of a run that broke, what can still be trusted.
  const values = (r: Run | null): number[] => (r && r.finiteStep > 0 ? Array.from({ length: r.depth }, (_, l) => r.trusted(l, scale)) : []);
  const now = values(run);
  const was = values(before);
  const shift = scale === 'absolute' && run && run.finiteStep > 0 ? run.trusted(run.depth - 1, 'absolute') : 0;
  const theory = predicted ? Array.from(predicted.delta, (v) => v + shift) : [];
  const kept = lines.flatMap(({ values: list }) => list);
  const { low, high } = range(now.some(Number.isFinite) ? [...now, ...was, ...kept] : [...theory, ...was, ...kept]);
  /** Unclamped: a prediction off the map leaves it. */
  const free = (v: number): number => 6 + ((v - low) / (high - low)) * (w - 14);
  const x = (v: number): number => 6 + ((Math.max(low, Math.min(high, v)) - low) / (high - low)) * (w - 14);

  g.fillStyle = ink.surface;
  g.fillRect(x(low), TOP, x(high) - x(low), y1 - TOP);
  g.fillStyle = ink.band;
  g.fillRect(x(WARN_LOW), TOP, x(WARN_HIGH) - x(WARN_LOW), y1 - TOP);
  grid(s, x, low, high, y1, scale);
  zones(s, x, low, high, y1, t);

  g.save();
  g.beginPath();
  g.rect(x(low) - 3, TOP - 3, x(high) - x(low) + 6, y1 - TOP + 6);
  g.clip();
  const curve = (list: number[], at: (v: number) => number, style: { color: string; width: number; dash?: number[]; dot?: 'full' | 'hollow' }): void => {
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
  for (const { values: list } of lines) curve([...list], x, { color: ink.ink3, width: 1 });
  if (was.length) curve(was, x, { color: ink.ink3, width: 1.2, dot: 'hollow' });
  curve(now, x, { color: ink.ink, width: 1.8, dot: 'full' });
  curve(theory, free, { color: ink.mark, width: 1.8, dash: [7, 4] });
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
  const measured = was.length > 0 ? t('after') : broken ? t('measured_at', { s: run.finiteStep }) : t('measured');
  if (run && depth < LEAST_DEPTH) text(s, t('profile_shallow'), x(low) + 6, Math.min(h - 4, y1 + 34), { color: ink.ink2 });
  labels(s, {
    x,
    depth,
    now,
    was,
    theory,
    factor: predicted?.factor ?? null,
    theoryName: t(run?.hasMoved ? 'theory_at_start' : 'theory'),
    measured,
    compare: was.length > 0,
    t,
  });
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
    if (place - last < 32) continue;
    last = place;
    if (Number.isInteger(at)) power(s, at + offset, place, TOP - 12, { align: 'center' });
    else text(s, offset ? '0.07' : '70', place, TOP - 12, { align: 'center' });
  }
}

/** The words of the zones under the axis, where they fit. */
function zones(s: Sheet, x: (v: number) => number, low: number, high: number, y1: number, t: Picture['t']): void {
  const edges = [low, -6, -3, WARN_HIGH, 3, high];
  const names = ['vanished', 'fading', 'healthy', 'growing', 'exploding'] as const;
  names.forEach((name, i) => {
    const a = x(Math.max(low, edges[i]!));
    const b = x(Math.min(high, edges[i + 1]!));
    s.g.font = `400 12.5px ${s.ink.font}`;
    if (edges[i]! < high && edges[i + 1]! > low && b - a > s.g.measureText(t(name)).width + 4)
      text(s, t(name), (a + b) / 2, Math.min(s.h - BOTTOM + 12, y1 + 12), { align: 'center', color: s.ink.ink2 });
  });
}

interface Labels {
  x: (v: number) => number;
  depth: number;
  now: number[];
  was: number[];
  theory: number[];
  factor: number | null;
  theoryName: string;
  measured: string;
  compare: boolean;
  t: Picture['t'];
}

/** Labels stand on their lines, each at a height and on a side where the other lines are not. */
function labels(s: Sheet, { x, depth, now, was, theory, factor, theoryName, measured, compare, t }: Labels): void {
  const { g, h, w, ink } = s;
  const taken: { x0: number; x1: number; y: number }[] = [];
  const lines = [now, was, theory].filter((list) => list.length > 0);
  const crossing = (x0: number, x1: number, y: number): boolean =>
    lines.some((list) => list.some((v, l) => Math.abs(rowMiddle(h, depth, l) - y) < 9 && x(v) > x0 - 4 && x(v) < x1 + 4)) ||
    taken.some((box) => box.x0 < x1 && box.x1 > x0 && Math.abs(box.y - y) < 17);
  const put = (list: number[], words: string, color: string, weight: number, prefer: readonly number[]): void => {
    if (list.length < 2) return;
    g.font = `${weight} 12.5px ${ink.font}`;
    const width = g.measureText(words).width;
    for (const fraction of [...prefer, 0.5, 0.35, 0.65, 0.2, 0.8, 0.1, 0.9]) {
      const l = Math.round(fraction * (list.length - 1));
      const value = list[l]!;
      if (!Number.isFinite(value)) continue;
      const y = rowMiddle(h, depth, l);
      for (const side of [-1, 1]) {
        const x0 = side < 0 ? x(value) - 12 - width : x(value) + 12;
        if (x0 < 8 || x0 + width > w - 8 || crossing(x0, x0 + width, y)) continue;
        const inBand = x0 > x(WARN_LOW) - width / 2 && x0 < x(WARN_HIGH);
        text(s, words, x0, y, { color, weight, halo: inBand ? ink.band : ink.surface });
        taken.push({ x0, x1: x0 + width, y });
        return;
      }
    }
  };
  put(now, measured, ink.ink, 600, [0.56, 0.7]);
  put(was, t('before'), ink.ink2, 400, [0.16, 0.3]);
  put(
    theory,
    factor === null || compare || w < 250 ? theoryName : `${theoryName}: \u00d7\u2009${fixed(factor, factor < 0.1 ? 3 : 2)}`,
    ink.mark,
    400,
    [0.44, 0.25],
  );
}
