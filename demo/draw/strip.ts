// The network, drawn: one slab per layer, coloured by the gradient that reaches it.
import { visible } from '../../src/visible.ts';
import { milliseconds } from '../format.ts';
import type { Run } from '../run.ts';
import { colour } from '../scale.ts';
import { hatch, line, type Sheet, text } from './canvas.ts';
import { bed, rowHeight, rowMiddle, rowTop, TOP, ticks } from './depth.ts';
import type { Picture } from './picture.ts';

/** Largest fraction of silent units that has its full bar. */
const FULL_BAR = 0.5;
const BAR = 48;

/** Width of the trunk of a network with blocks, and of the ticks with which they join it. */
const ROAD = 8;
const JOINT = 4;
/** Length of the shortest slab: its colour can still be seen. */
const LEAST = 5;

/** A layer in the colour of its gradient: hatched where that is not finite, empty where there is none yet. */
function slab(s: Sheet, value: number | null, x: number, y: number, width: number, height: number): void {
  if (value !== null && !Number.isFinite(value) && value !== Number.NEGATIVE_INFINITY) {
    hatch(s, x, y, width, height);
    return;
  }
  s.g.fillStyle = value === null ? s.ink.well : colour(value);
  s.g.fillRect(x, y, width, height);
}

/** How long the slab of each layer is, the first layer first: as its width is to the largest. */
export function lengthsOf(run: Run | null): number[] {
  const widths = run?.rows.map(({ layer, place }) => (layer ?? place).width) ?? [];
  const most = Math.max(...widths);
  return widths.map((width) => (width > 0 ? width / most : 1));
}

/** Draws the strip; with a run before, two columns share it. */
export function drawStrip(s: Sheet, picture: Picture): void {
  const { run, before, depth, scale, t, shortcuts, batchNorm, profiling, hand } = picture;
  const { g, w, h, ink } = s;
  const narrow = w < 150;
  // What is not measured yet, or held in a hand, is shown in theory's colours and said to be.
  const forecast = hand?.live ?? (!before && run && run.step === 0 && picture.theory && scale === 'relative' ? picture.theory.delta : null);
  const compare = before !== null && !forecast;
  const left = narrow ? 34 : 46;
  const right = picture.names && !narrow ? left + 56 : w - (narrow ? 8 : compare ? 20 : 66);
  const row = rowHeight(h, depth);
  const floor = bed(h, depth);
  const gap = row >= 5 ? 1 : 0;

  wave(s, left, right);
  const runs = compare ? [before, run] : [run];
  const between = compare ? 4 : 0;
  const column = (right - left - between) / runs.length;
  runs.forEach((each, k) => {
    const x = left + k * (column + between);
    const d = each?.depth ?? depth;
    const measures = !forecast && each && each.step > 0 ? each : null;
    const block = (l: number): boolean => Boolean(each?.rows[l]?.branch);
    const road = each && each.blocks > 0 ? Math.min(ROAD, column / 4) : 0;
    const from = road > 0 ? road + JOINT : 0;
    const lengths = picture.names ? [] : lengthsOf(each);
    for (let l = 0; l < Math.min(d, depth); l++) {
      const y = rowTop(h, depth, l);
      const value = forecast ? (forecast[l] ?? null) : measures ? measures.now(l, scale) : null;
      slab(
        s,
        road > 0 && block(l) && measures ? measures.inBranch(l, scale) : value,
        x + from,
        y,
        Math.max(LEAST, (column - from) * (lengths[l] ?? 1)),
        row - gap,
      );
      if (road > 0) {
        slab(s, value, x, y, road, row);
        if (block(l)) line(s, x + road, y + row / 2, x + road + JOINT, y + row / 2, ink.ink2, 1, shortcuts === 'scaled' ? [2, 1] : []);
      }
      if (batchNorm && k === runs.length - 1) {
        g.fillStyle = ink.ink2;
        g.fillRect(x + from, y, 2, row - gap);
      }
    }
  });
  g.strokeStyle = ink.rule;
  g.lineWidth = 1;
  if (forecast) {
    g.strokeStyle = ink.mark;
    g.lineWidth = 1.4;
    g.setLineDash([4, 3]);
    g.strokeRect(left - 2.5, TOP - 2.5, right - left + 5, floor - TOP + 5);
    g.setLineDash([]);
  } else g.strokeRect(left - 0.5, TOP - 0.5, right - left + 1, floor - TOP + 1);
  line(s, left, floor + 3.5, right, floor + 3.5, ink.ink2);

  const numbers = ticks(depth);
  if (picture.names && !narrow) names(s, picture.names, right + 8);
  else for (const n of numbers) text(s, String(n), left - 8, rowMiddle(h, depth, n - 1), { align: 'right' });

  text(s, t('input'), left, floor + 14, { color: ink.ink2 });
  if (compare) {
    if (narrow) text(s, `${t('before')} | ${t('after')}`, right, TOP - 20, { align: 'right', color: ink.ink2 });
    else
      for (const [k, name] of ['before', 'after'].entries())
        text(s, t(name as 'before'), left + k * (column + between) + column / 2, TOP - 20, { align: 'center', color: ink.ink2 });
    return;
  }
  const top = forecast ? t('theory') : run && run.blocks > 0 ? t('trunk') + (narrow ? '' : ` | ${t('blocks')}`) : t('output');
  text(s, top, left, TOP - 20, forecast ? { color: ink.mark, weight: 600 } : { color: ink.ink2 });
  if (forecast) return;
  if (narrow || !run || run.step === 0 || picture.names) return;
  if (profiling) gpuTimes(s, run, right + 8, floor, t);
  else idleUnits(s, run, right + 8, floor, t);
}

/** The names of a file's layers beside their slabs: as many as there is room for, each with its end, which is where they differ. */
function names(s: Sheet, all: readonly string[], x: number): void {
  const { g, w, h, ink } = s;
  const every = Math.max(1, Math.ceil(11.5 / rowHeight(h, all.length)));
  g.font = `400 12.5px ${ink.font}`;
  for (let l = all.length - 1; l >= 0; l -= every) {
    let name = visible(all[l]!.replace(/\.weight$/, ''));
    if (g.measureText(name).width > w - x) {
      while (name.length > 4 && g.measureText(`…${name}`).width > w - x) name = name.slice(1);
      name = `…${name}`;
    }
    text(s, name, x, rowMiddle(h, all.length, l));
  }
}

/** Bars at the right, one per layer, the longest `BAR` long. */
function bars({ g, h, ink }: Sheet, x: number, depth: number, fraction: (l: number) => number, hatched: (l: number) => boolean): void {
  const row = rowHeight(h, depth);
  g.globalAlpha = 0.55;
  g.fillStyle = ink.ink3;
  for (let l = 0; l < depth; l++) {
    if (!(fraction(l) > 0)) continue;
    const y = rowTop(h, depth, l) + Math.min(1, row / 6);
    const width = Math.max(1.5, Math.min(1, fraction(l)) * BAR);
    const height = Math.max(1, row - Math.min(2, row / 3));
    if (hatched(l)) for (let k = 0; k < width; k += 4) g.fillRect(x + k, y, Math.min(2, width - k), height);
    else g.fillRect(x, y, width, height);
  }
  g.globalAlpha = 1;
}

/** Units that are silent; a saturated share is hatched. */
function idleUnits(s: Sheet, run: Run, x: number, floor: number, t: Picture['t']): void {
  const flat = (l: number): boolean => ['tanh', 'sigmoid'].includes((run.rows[l]!.layer ?? run.rows[l]!.place).activation);
  const fraction = (l: number): number => (flat(l) ? run.saturated : run.dead)(l);
  bars(s, x, run.depth, (l) => fraction(l) / FULL_BAR, flat);
  const words = new Set(run.rows.flatMap((_, l) => (fraction(l) > 0 ? t(flat(l) ? 'saturated' : run.deadWords) : [])));
  if (words.size > 0) text(s, [...words].join(' | '), s.w, floor + 13, { align: 'right' });
}

/** GPU time of each layer, forward and backward. */
function gpuTimes(s: Sheet, run: Run, x: number, floor: number, t: Picture['t']): void {
  const times = run.gpuTimes?.layers;
  if (!times) return;
  const max = Math.max(...times);
  bars(
    s,
    x,
    run.depth,
    (l) => times[l]! / max,
    () => false,
  );
  text(s, t('gpu_layer', { x: milliseconds(max) }), s.w, floor + 13, { align: 'right' });
}

/** The surface: where the gradient enters. */
function wave({ g, ink }: Sheet, left: number, right: number): void {
  g.strokeStyle = ink.ink2;
  g.lineWidth = 1.3;
  g.beginPath();
  for (let i = 0; i <= right - left; i++) {
    const y = TOP - 6 + 1.6 * Math.sin(i / 5.2);
    if (i) g.lineTo(left + i, y);
    else g.moveTo(left + i, y);
  }
  g.stroke();
}
