// The map of depth against gain, drawn: the healthy channel narrows with depth, like light in water.
import { crisp, line, power, type Sheet, text } from '../draw/canvas.ts';
import { colour, DASH, type LEVELS, paint } from '../scale.ts';
import { askedFor, type Cells, COARSE, DEPTHS, GAINS } from './cells.ts';
import type { MapWords } from './text.ts';

/** Where cells lie on the canvas. */
export interface Place {
  x0: number;
  y0: number;
  cw: number;
  ch: number;
}

export const placeOf = (w: number, h: number): Place => ({ x0: 38, y0: 34, cw: (w - 40) / GAINS.length, ch: (h - 34 - 46) / DEPTHS.length });

export interface At {
  i: number;
  j: number;
}

/** The cell at a point; null beside them. */
export function cellAt({ x0, y0, cw, ch }: Place, x: number, y: number): At | null {
  const [i, j] = [Math.floor((x - x0) / cw), Math.floor((y - y0) / ch)];
  return i >= 0 && j >= 0 && i < GAINS.length && j < DEPTHS.length ? { i, j } : null;
}

export interface Shown {
  cells: Cells;
  /** Points of theory's lines, by level: gain and depth. */
  lines: readonly { level: (typeof LEVELS)[number]; points: readonly (readonly [gain: number, depth: number])[] }[];
  here: At | null;
  chosen: At;
  words: MapWords;
  zones: readonly [vanished: string, healthy: string, exploding: string];
}

/** The row of a depth. */
const rowOf = (depth: number): number => Math.round((depth - DEPTHS[0]!) / 2);

/** Colours of what lies over the cells, the same in both themes, as the cells are. */
const INK = '#0f2430';
const THEORY = { low: '#ff9fd2', middle: '#b3126b', high: '#8e0d54' };

/** Draws the map. */
export function drawMap(s: Sheet, { cells, lines, here, chosen, words, zones }: Shown): void {
  const { g, w, h, ink } = s;
  const place = placeOf(w, h);
  const { x0, y0, cw, ch } = place;
  const [width, height] = [cw * GAINS.length, ch * DEPTHS.length];
  const gx = (gain: number): number => x0 + ((Math.log(gain / GAINS[0]!) / Math.log(GAINS.at(-1)! / GAINS[0]!)) * (GAINS.length - 1) + 0.5) * cw;
  const dy = (depth: number): number => y0 + ((depth - DEPTHS[0]!) / 2 + 0.5) * ch;

  g.fillStyle = ink.well;
  g.fillRect(x0, y0, width, height);
  const row = (j: number): Float32Array => cells.ratio.subarray(j * GAINS.length, (j + 1) * GAINS.length);
  const known = DEPTHS.flatMap((_, j) => (Number.isNaN(row(j)[0]!) ? [] : [j]));
  // Until a row is measured, the last one above it stands for it, as in a picture that is loading.
  const standsFor = (j: number): number | undefined => {
    const from = known.findLast((each) => each <= j);
    return from !== j && known.length < COARSE && !known.some((each) => each > j) ? undefined : from;
  };
  g.imageSmoothingEnabled = false;
  g.drawImage(pixels(cells.ratio, standsFor), x0, y0, width, height);

  g.strokeStyle = ink.ink2;
  g.lineWidth = 1.3;
  g.beginPath();
  for (let x = 0; x <= width; x++) g.lineTo(x0 + x, y0 - 6 + 1.6 * Math.sin(x / 5.2));
  g.stroke();
  outline(s, place, cells);
  for (const { level, points } of lines) {
    // One above the other, where they lie close.
    const foot = points[Math.floor(points.length * (level.at > 0 ? 0.6 : level.severe ? 0.75 : 0.62))];
    // Colours are chosen for the cells; where there are none yet, it is the theme's ground.
    const bare = !foot || standsFor(rowOf(foot[1])) === undefined;
    g.strokeStyle = bare ? ink.mark : level.at < -3 ? THEORY.low : level.at < 0 ? THEORY.middle : THEORY.high;
    g.lineWidth = 2;
    g.setLineDash([...(level.severe ? DASH.severe : DASH.warn)]);
    g.beginPath();
    for (const [gain, depth] of points) g.lineTo(gx(gain), dy(depth));
    g.stroke();
    g.setLineDash([]);
    if (!foot) continue;
    const style = {
      align: 'center',
      ...(bare
        ? { color: ink.mark, halo: ink.well }
        : { color: level.at > 0 && level.at < 2.5 ? INK : '#ffffff', halo: colour(level.at < 0 ? level.at - 0.6 : level.at + 0.3) }),
    } as const;
    if (level.label.length === 2) power(s, level.label[1], gx(foot[0]) + (level.at < 0 ? -20 : 22), dy(foot[1]), style);
    else text(s, '70', gx(foot[0]) - 14, dy(foot[1]), style);
  }
  const narrow = w < 500;
  const size = narrow ? 13 : 17;
  if (known.length > 0 && lines.length > 0) {
    // On a cell that has its colour, or on the ground.
    const zone = (name: string, gain: number, depth: number, over: string): void => {
      const color = standsFor(rowOf(depth)) === undefined ? ink.ink2 : over;
      text(s, name, gx(gain), dy(depth), { align: 'center', color, size, weight: 600 });
    };
    zone(zones[0], 0.53, narrow ? 88 : 70, '#dbe9f2');
    zone(zones[1], 1.19, 52, INK);
    zone(zones[2], 2.4, 84, '#ffffff');
  }

  for (const gain of [0.4, 0.5, 0.7, 1, 1.4, 2, 3]) {
    line(s, crisp(gx(gain)), y0 + height, crisp(gx(gain)), y0 + height + 4, ink.ink3);
    text(s, String(gain), gx(gain), y0 + height + 14, { align: 'center', color: gain === 1 ? ink.ink : ink.ink3, weight: gain === 1 ? 600 : 400 });
  }
  text(s, words.gain, x0 + width / 2, y0 + height + 33, { align: 'center', color: ink.ink2 });
  for (const depth of [2, 20, 40, 60, 80, 100]) text(s, String(depth), x0 - 7, dy(depth), { align: 'right' });
  text(s, `${words.depth} ↓`, 0, 12, { color: ink.ink2 });
  text(s, words.arrives, x0 + width, 12, { align: 'right' });

  const ring = ({ i, j }: At, color: string): void => {
    for (const [stroke, lineWidth] of [
      ['#ffffff', 4.5],
      [color, 2],
    ] as const) {
      g.strokeStyle = stroke;
      g.lineWidth = lineWidth;
      g.strokeRect(x0 + i * cw - 2, y0 + j * ch - 2, cw + 4, ch + 4);
    }
  };
  if (here) {
    ring(here, THEORY.middle);
    const right = here.i < GAINS.length * 0.7;
    const value = cells.ratio[here.j * GAINS.length + here.i]!;
    text(s, words.here, x0 + (here.i + (right ? 1 : 0)) * cw + (right ? 9 : -9), y0 + (here.j + 0.5) * ch, {
      ...{ align: right ? 'left' : 'right', weight: 600 },
      ...(Number.isNaN(value) ? { color: ink.ink, halo: ink.well } : { color: '#ffffff', halo: INK }),
    });
  }
  if (!here || chosen.i !== here.i || chosen.j !== here.j) ring(chosen, INK);
}

/** A pixel for each cell: the frame hands one picture to the compositor, and not two thousand rectangles. */
function pixels(ratio: Float32Array, standsFor: (j: number) => number | undefined): OffscreenCanvas {
  const image = new ImageData(GAINS.length, DEPTHS.length);
  DEPTHS.forEach((_, j) => {
    const from = standsFor(j);
    if (from === undefined) return;
    for (let i = 0; i < GAINS.length; i++) {
      const value = ratio[from * GAINS.length + i]!;
      if (!Number.isNaN(value)) paint(image.data, (j * GAINS.length + i) * 4, value);
    }
  });
  const canvas = new OffscreenCanvas(GAINS.length, DEPTHS.length);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas;
}

/** One outline around where networks learn. Every second cell is asked; it speaks for those beside it. */
function outline({ g }: Sheet, { x0, y0, cw, ch }: Place, { learns }: Cells): void {
  const at = (i: number, j: number): number => {
    if (i < 0 || j < 0 || i >= GAINS.length || j >= DEPTHS.length) return Number.NaN;
    return learns[askedFor(i, j)]!;
  };
  g.strokeStyle = INK;
  g.lineWidth = 1.8;
  g.lineCap = 'square';
  g.beginPath();
  const edge = (a: number, b: number, x: number, y: number, xe: number, ye: number): void => {
    // Between what learns and what does not; the rim of what is not known is no edge.
    if (Number.isNaN(a) || Number.isNaN(b) || a === b) return;
    g.moveTo(x, y);
    g.lineTo(xe, ye);
  };
  for (let j = 0; j < DEPTHS.length; j++)
    for (let i = 0; i < GAINS.length; i++) {
      const [x, y] = [x0 + i * cw, y0 + j * ch];
      edge(at(i, j), at(i - 1, j), x, y, x, y + ch);
      edge(at(i, j), at(i, j - 1), x, y, x + cw, y);
    }
  g.stroke();
  g.lineCap = 'butt';
}
