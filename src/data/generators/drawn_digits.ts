import type { Random } from '../../random.ts';
import { generator, noise, rows } from './generator.ts';

/** The strokes of each digit: points x, y from 0 to 9, y downwards, one after the other without lifting the pen. */
const STROKES = [
  '5031232638597886837150',
  '325059',
  '22306082742989',
  '214071734486784928',
  '69601686',
  '8030245385784928',
  '70412527497886644426',
  '208049',
  '54333150717354263859788654',
  '83715031234574838569',
].map((points) => Array.from(points, Number));

export const drawnDigits = /* @__PURE__ */ generator({
  name: 'drawn_digits',
  text: {
    en: {
      title: 'Drawn digits',
      summary: 'Images of the digits 0 to 9, drawn by a pen of random width, turned, sheared, scaled and shifted; for image networks.',
    },
    zh: { title: '手绘数字', summary: '0 到 9 的数字图像，笔画粗细随机，并经旋转、错切、缩放和平移；用于图像网络。' },
  },
  params: {
    rows: rows(1000),
    noise: noise(0.1, { en: 'each pixel', zh: '每个像素' }),
    size: {
      type: 'integer',
      min: 8,
      max: 64,
      default: 28,
      text: { en: { title: 'Size', summary: 'pixels in a row and in a column' }, zh: { title: '边长', summary: '每行和每列的像素数' } },
    },
    distortion: {
      type: 'number',
      min: 0,
      max: 2,
      default: 1,
      text: {
        en: { title: 'Distortion', summary: 'how far a digit is from its shape; 0: all alike' },
        zh: { title: '形变', summary: '数字偏离标准形状的程度；0 表示完全相同' },
      },
    },
  },
  classes: () => 10,
  shape: ({ size }) => [size, size],
  sample: ({ size, noise, distortion }, random, i) => {
    const digit = i % 10;
    const points = distorted(STROKES[digit]!, distortion, random);
    const width = 0.05 * (1 + 0.4 * distortion * (random.uniform() - 0.5));
    const x = new Array<number>(size * size);
    for (let pixel = 0; pixel < x.length; pixel++) {
      const ink = inked((width - distance(points, ((pixel % size) + 0.5) / size, (Math.floor(pixel / size) + 0.5) / size)) * size + 0.5);
      x[pixel] = noise > 0 ? inked(ink + noise * random.normal()) : ink;
    }
    return { x, y: digit };
  },
});

/** Paper is 0, ink 1. */
const inked = (value: number): number => Math.min(1, Math.max(0, value));

/** Points of a digit in the unit square, moved one by one and then all together. */
function distorted(stroke: readonly number[], distortion: number, random: Random): number[] {
  const by = (scale: number): number => scale * distortion * (2 * random.uniform() - 1);
  const [turn, shear, wide, high] = [by(0.3), by(0.3), 0.62 * (1 + by(0.2)), 0.72 * (1 + by(0.15))];
  const [right, down] = [0.5 + by(0.1), 0.5 + by(0.1)];
  const points: number[] = [];
  for (let at = 0; at < stroke.length; at += 2) {
    const u = wide * ((stroke[at]! - 5) / 9 + by(0.03));
    const v = high * ((stroke[at + 1]! - 4.5) / 9 + by(0.03));
    const leaning = u - shear * v;
    points.push(right + leaning * Math.cos(turn) - v * Math.sin(turn), down + leaning * Math.sin(turn) + v * Math.cos(turn));
  }
  return points;
}

/** From a place to the nearest of the lines between successive points. */
function distance(points: readonly number[], x: number, y: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let at = 2; at < points.length; at += 2) {
    const x0 = points[at - 2]!;
    const y0 = points[at - 1]!;
    const dx = points[at]! - x0;
    const dy = points[at + 1]! - y0;
    const along = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)));
    least = Math.min(least, (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2);
  }
  return Math.sqrt(least);
}
