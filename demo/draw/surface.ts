// The decision surface of a network with two inputs, under its data: circles and squares, so that color is not the only sign.
import type { Run } from '../run.ts';
import type { Sheet } from './canvas.ts';
import type { Picture } from './picture.ts';

const GROUND = { light: [244, 247, 248], dark: [20, 36, 46] } as const;
const CLASS = { light: ['#1f6299', '#b8501c', '#6b5b12'], dark: ['#62b7c0', '#efb04e', '#c9c38a'] } as const;
/** The ground of each class. */
const SIDE = [
  [47, 134, 177],
  [216, 103, 42],
  [140, 125, 40],
] as const;

type Surface = NonNullable<Run['surface']>;

/** What was painted of the latest surface: most frames show the same one. */
const painted = new WeakMap<Surface, { dark: boolean; canvas: OffscreenCanvas }>();

/** The surface, a pixel for each answer. */
function answers(surface: Surface, dark: boolean): OffscreenCanvas {
  const kept = painted.get(surface);
  if (kept?.dark === dark) return kept.canvas;
  const { size, values } = surface;
  const ground = GROUND[dark ? 'dark' : 'light'];
  const strength = dark ? 0.5 : 0.42;
  const image = new ImageData(size, size);
  for (let i = 0; i < size * size; i++) {
    // A network whose numbers are not finite answers nothing.
    const value = Number.isFinite(values[i]!) ? values[i]! : 0;
    const rgb = SIDE[Math.floor(value) % SIDE.length]!;
    const k = (value % 1) * strength;
    for (let c = 0; c < 3; c++) image.data[i * 4 + c] = ground[c]! + (rgb[c]! - ground[c]!) * k;
    image.data[i * 4 + 3] = 255;
  }
  const canvas = new OffscreenCanvas(size, size);
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  painted.set(surface, { dark, canvas });
  return canvas;
}

type Points = NonNullable<Run['start']['points']>;

/** The data as it was drawn last: hundreds of outlines that stay the same from frame to frame. */
const drawn = new WeakMap<Points, { dark: boolean; canvas: OffscreenCanvas }>();

/** The data on a clear ground, a square of so many CSS pixels. */
function dots(points: Points, side: number, dark: boolean): OffscreenCanvas {
  const pixels = Math.round(side * devicePixelRatio);
  const kept = drawn.get(points);
  if (kept?.dark === dark && kept.canvas.width === pixels) return kept.canvas;
  const canvas = new OffscreenCanvas(pixels, pixels);
  const g = canvas.getContext('2d')!;
  g.scale(pixels / side, pixels / side);
  const px = (v: number): number => side * (0.5 + v / (2 * points.reach));
  const colors = CLASS[dark ? 'dark' : 'light'];
  g.lineWidth = 1;
  g.strokeStyle = `rgb(${GROUND[dark ? 'dark' : 'light']})`;
  const r = side > 240 ? 3.2 : 2.5;
  for (let i = 0; i < points.label.length; i++) {
    const x = px(points.x[2 * i]!);
    const y = side - px(points.x[2 * i + 1]!);
    const label = points.label[i]!;
    g.fillStyle = colors[label % colors.length]!;
    g.beginPath();
    if (label === 0) g.arc(x, y, r, 0, 7);
    else if (label === 1) g.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
    else {
      g.moveTo(x, y - r * 1.2);
      g.lineTo(x + r * 1.1, y + r * 0.9);
      g.lineTo(x - r * 1.1, y + r * 0.9);
      g.closePath();
    }
    g.fill();
    g.stroke();
  }
  drawn.set(points, { dark, canvas });
  return canvas;
}

/** Draws the surface, as strong as the network is sure, and the points. */
export function drawSurface(s: Sheet, { run, dark }: Picture): void {
  drawPlane(s, run?.surface, run?.start.points, dark);
}

/** Any answers, and any points. */
export function drawPlane(s: Sheet, surface: Surface | null | undefined, points: Points | null | undefined, dark: boolean): void {
  const { g, ink } = s;
  const side = Math.min(s.w, s.h - 4) - 1;
  const ground = GROUND[dark ? 'dark' : 'light'];
  const y0 = 4;
  g.fillStyle = `rgb(${ground})`;
  g.fillRect(0, y0, side, side);
  if (surface) {
    g.imageSmoothingEnabled = true;
    g.imageSmoothingQuality = 'high';
    g.drawImage(answers(surface, dark), 0, y0, side, side);
  }
  if (points) g.drawImage(dots(points, side, dark), 0, y0, side, side);
  g.strokeStyle = ink.rule;
  g.lineWidth = 1;
  g.strokeRect(0.5, y0 + 0.5, side - 1, side - 1);
}
