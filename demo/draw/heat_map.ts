// Gradient over time: a texture of one pixel per layer and column, the newest column at the right end of what is filled.
import { FIRST_SPAN, type Run } from '../run.ts';
import { colour, DASH, inkOn, LEVELS, paint } from '../scale.ts';
import { hatch, line, power, type Sheet, text } from './canvas.ts';
import { bed, rowHeight, rowTop, TOP } from './depth.ts';
import type { Picture } from './picture.ts';

/** Space between the two maps of a comparison. */
const GAP = 12;

/** The textures, kept between frames so that a new step paints its column only. */
interface Texture {
  canvas: OffscreenCanvas;
  painted: number;
  per: number;
  scale: Picture['scale'];
}
const textures = new WeakMap<Run, Texture>();

/** Draws one map, or two side by side at the same scale of color, each over its own steps. */
export function drawHeatMap(s: Sheet, picture: Picture): void {
  const { run, before, hand, t } = picture;
  if (hand?.live) {
    held(s, picture, hand.live, hand.words.forecast);
    return;
  }
  if (!before) {
    map(s, picture, run, 0, s.w - 1);
    text(s, `${t('step_axis')} \u2192`, s.w - 1, TOP - 20, { align: 'right' });
    return;
  }
  const w = (s.w - 1 - GAP) / 2;
  [before, run].forEach((each, k) => {
    const x = k * (w + GAP);
    map(s, picture, each, x, w);
    text(s, t(k ? 'after' : 'before'), x, TOP - 20, { color: s.ink.ink2, weight: 500 });
  });
}

/** Where the forecast of a hand begins, as a fraction of the map. */
const FORECAST_FROM = 0.58;

/** What was measured, faint, and beside it what the hand holds. */
function held(s: Sheet, picture: Picture, live: readonly number[], word: string): void {
  const { g, h, ink } = s;
  const { run, depth, t } = picture;
  const w = s.w - 1;
  map(s, picture, run, 0, w);
  const height = bed(h, depth) - TOP;
  g.globalAlpha = 0.62;
  g.fillStyle = ink.page;
  g.fillRect(0, TOP, w, height);
  g.globalAlpha = 1;
  const from = w * FORECAST_FROM;
  const row = rowHeight(h, depth);
  live.forEach((value, l) => {
    g.fillStyle = colour(value);
    g.fillRect(from, rowTop(h, depth, l), w - from, row + 0.6);
  });
  line(s, from, TOP, from, TOP + height, ink.mark, 1.8, [7, 4]);
  text(s, t('measured'), 0, TOP - 20);
  text(s, word, from + 2, TOP - 20, { color: ink.mark, weight: 600 });
}

function map(s: Sheet, picture: Picture, run: Run | null, x0: number, w: number): void {
  const { g, h, ink } = s;
  const { depth, scale } = picture;
  const span = run?.span ?? FIRST_SPAN;
  const height = bed(h, depth) - TOP;
  g.fillStyle = ink.well;
  g.fillRect(x0, TOP, w, height);
  if (run && run.step > 0) {
    const { canvas } = texture(run, scale);
    const filled = (w * run.columns * run.per) / span;
    g.imageSmoothingEnabled = false;
    g.save();
    g.beginPath();
    g.rect(x0, TOP, w, height);
    g.clip();
    const rows = rowHeight(h, depth) * run.depth;
    g.drawImage(canvas, 0, 0, run.columns, run.depth, x0, rowTop(h, depth, run.depth - 1), filled, rows);
    notFinite(s, run, depth, x0, filled);
    g.restore();
    const smooth = picture.hand?.live ? null : smoothed(run, scale);
    if (smooth) for (const level of LEVELS) isobath(s, picture, run, smooth, level, x0, w, filled);
  }
  g.strokeStyle = ink.rule;
  g.lineWidth = 1;
  g.strokeRect(x0 + 0.5, TOP - 0.5, w, height + 1);
  const y = bed(h, depth) + 13;
  const parts = w < 200 ? 2 : 4;
  for (let k = 0; k <= parts; k++) text(s, String((span * k) / parts), x0 + (w * k) / parts, y, { align: k === 0 ? 'left' : k === parts ? 'right' : 'center' });
}

/** The run's texture, brought up to date. A newest column that may still change is painted again. */
function texture(run: Run, scale: Picture['scale']): Texture {
  let kept = textures.get(run);
  if (!kept) {
    kept = { canvas: new OffscreenCanvas(480, run.depth), painted: 0, per: run.per, scale };
    textures.set(run, kept);
  }
  if (kept.per !== run.per || kept.scale !== scale) {
    kept.painted = 0;
    kept.per = run.per;
    kept.scale = scale;
  }
  const from = Math.max(0, Math.min(kept.painted, run.columns) - 1);
  const columns = run.columns - from;
  if (columns > 0) {
    const image = new ImageData(columns, run.depth);
    for (let c = 0; c < columns; c++) {
      for (let l = 0; l < run.depth; l++) {
        const value = run.value(from + c, l, scale);
        if (Number.isFinite(value) || value === Number.NEGATIVE_INFINITY) paint(image.data, ((run.depth - 1 - l) * columns + c) * 4, value);
      }
    }
    kept.canvas.getContext('2d')!.putImageData(image, from, 0);
    kept.painted = run.columns;
  }
  return kept;
}

/** Hatches the columns in which a layer was not finite and says which it was. */
function notFinite(s: Sheet, run: Run, depth: number, x0: number, filled: number): void {
  const width = filled / run.columns;
  const row = rowHeight(s.h, depth);
  for (let c = run.columns - 1; c >= 0; c--) {
    let any = false;
    if (!run.has(c)) break;
    for (let l = 0; l < run.depth; l++) {
      const value = run.value(c, l, 'absolute');
      if (Number.isFinite(value) || value === Number.NEGATIVE_INFINITY) continue;
      any = true;
      hatch(s, x0 + c * width, rowTop(s.h, depth, l), Math.max(width, 6), row);
    }
    if (!any) break;
    if (c === 0 || Number.isFinite(run.value(c - 1, 0, 'absolute')))
      text(s, Number.isNaN(run.value(c, 0, 'absolute')) ? 'NaN' : 'Inf', x0 + c * width + Math.max(width, 6) + 6, TOP + 14, {
        color: s.ink.bad,
        weight: 600,
        halo: s.ink.well,
      });
  }
}

type Level = (typeof LEVELS)[number];

/** Gradients averaged over neighboring columns, depth by depth, at every so many columns. */
interface Smoothed {
  every: number;
  values: Float64Array;
}

function smoothed(run: Run, scale: Picture['scale']): Smoothed {
  const reach = Math.max(1, Math.round(run.columns / 40));
  const every = Math.max(1, Math.floor(run.columns / 120));
  const values = new Float64Array(Math.ceil(run.columns / every) * run.depth);
  for (let at = 0, c = 0; c < run.columns; c += every)
    for (let l = 0; l < run.depth; l++, at++) {
      const from = Math.max(0, c - reach);
      const to = Math.min(run.columns - 1, c + reach);
      let sum = 0;
      for (let k = from; k <= to; k++) sum += run.value(k, l, scale);
      values[at] = sum / (to - from + 1);
    }
  return { every, values };
}

/** The line along which the gradient crosses a level of the rules. */
function isobath(s: Sheet, { depth, scale }: Picture, run: Run, { every, values }: Smoothed, level: Level, x0: number, w: number, filled: number): void {
  const { g, h } = s;
  const points: [number, number][] = [];
  const upwards = level.at > 0;
  for (let first = 0, c = 0; c < run.columns; c += every, first += run.depth) {
    let a = values[first + run.depth - 1]!;
    for (let l = run.depth - 1; l > 0; l--) {
      const b = values[first + l - 1]!;
      if (upwards ? a < level.at && b >= level.at : a >= level.at && b < level.at) {
        const row = rowHeight(h, depth);
        points.push([x0 + ((c + 0.5) / run.columns) * filled, rowTop(h, depth, l) + row / 2 + (row * (a - level.at)) / (a - b)]);
        break;
      }
      a = b;
    }
  }
  if (points.length < 4 || points.length * every < run.columns * 0.25) return;
  const color = inkOn(level.at);
  g.strokeStyle = color;
  g.lineWidth = 1.5;
  g.setLineDash([...(level.severe ? DASH.severe : DASH.warn)]);
  g.beginPath();
  points.forEach(([x, y], i) => (i && x - points[i - 1]![0] > filled / 12 ? g.moveTo(x, y) : g.lineTo(x, y)));
  g.stroke();
  g.setLineDash([]);
  const place = points[Math.floor(points.length * 0.86)]!;
  if (filled < 60) return;
  const at = Math.min(place[0], x0 + w - 20, x0 + filled - 18);
  const halo = colour(level.at + (upwards ? -0.4 : 0.6));
  const style = { align: 'center', color, halo } as const;
  if (level.label.length === 2) power(s, level.label[1] + (scale === 'absolute' ? -3 : 0), at, place[1] - 10, style);
  else text(s, scale === 'absolute' ? '0.07' : String(level.label[0]), at, place[1] - 10, style);
}
