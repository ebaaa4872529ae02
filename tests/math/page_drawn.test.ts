// What the page's drawings put where: labels cross neither each other, nor a curve, nor a level's dashed line.
import { describe, expect, test } from 'vitest';
import type { Palette, Sheet } from '../../demo/draw/canvas.ts';
import { bed, TOP } from '../../demo/draw/depth.ts';
import type { Picture } from '../../demo/draw/picture.ts';
import { axisOf, drawProfile } from '../../demo/draw/profile.ts';
import { loadWords, translator } from '../../demo/i18n.ts';
import { LEVELS } from '../../demo/scale.ts';
import type { Language } from '../../src/texts.ts';
import { runOf } from '../page/runs.ts';

await loadWords('zh');

interface Box {
  x0: number;
  x1: number;
  y: number;
  /** Whether the ground was painted below it. */
  covered: boolean;
  words: string;
}

/** A canvas that remembers what is written on it, in letters of 5.4 px, as most are, in Chinese of 12.5. */
function sheetOf(w: number, h: number): { sheet: Sheet; written: Box[] } {
  const written: Box[] = [];
  const measured = (words: string): number => [...words].reduce((sum, letter) => sum + (letter > '\u2fff' ? 12.5 : 5.4), 0);
  const grounds: { x0: number; x1: number; y: number }[] = [];
  const state: Record<string, unknown> = {
    measureText: (words: string) => ({ width: measured(words) }),
    createLinearGradient: () => ({ addColorStop() {} }),
    fillRect: (x: number, y: number, width: number, height: number) => grounds.push({ x0: x, x1: x + width, y: y + height / 2 }),
    fillText(words: string, x: number, y: number) {
      const width = measured(words);
      const x0 = state.textAlign === 'center' ? x - width / 2 : state.textAlign === 'right' ? x - width : x;
      const last = grounds.at(-1);
      written.push({ words, x0, x1: x0 + width, y, covered: last !== undefined && last.y === y && last.x0 < x0 && last.x1 > x0 + width });
    },
  };
  const g = new Proxy(state, { get: (own, name: string) => own[name] ?? (() => {}) });
  const ink = new Proxy({}, { get: (_, name) => String(name) }) as Palette;
  return { sheet: { g: g as unknown as CanvasRenderingContext2D, w, h, ink }, written };
}

/** The profile of a network whose layers hand on `measured`, where theory says `factor`. */
function pictureOf(depth: number, measured: number, factor: number, language: Language = 'en'): Picture {
  const delta = Float32Array.from({ length: depth }, (_, l) => (depth - 1 - l) * Math.log10(factor));
  const [low, high] = [-1, 1].map((side) => Array.from(delta, (value, l) => value + side * 0.06 * Math.sqrt(depth - 1 - l))) as [number[], number[]];
  return {
    run: runOf(depth, measured, 30),
    theory: { delta, factor, chi: Float32Array.from(delta, () => factor ** 2) },
    before: null,
    lines: [],
    scale: 'relative',
    layer: null,
    dark: false,
    t: translator(language),
    hand: {
      live: null,
      band: { low, high },
      stops: { low: 0.1, high: 1.3 },
      locked: false,
      shown: 1,
      notes: [],
      words: { per_layer: 'per layer', two_in_three: '2 in 3 networks' },
    } as never,
    target: null,
    depth,
    shortcuts: 'none',
    batchNorm: false,
    profiling: false,
  };
}

/** The labels between the axis and the bed, below the words of the zones. */
const labelsOf = (written: readonly Box[], h: number, depth: number): Box[] => written.filter(({ y }) => y > TOP + 14 && y < bed(h, depth));

describe('labels of the gradient against depth', () => {
  // The profile's widths at 1440, 1024 and 390 px.
  test.each([
    [378, 334],
    [253, 300],
    [266, 330],
  ])('of the first network cross no dashed line, %i px wide', (w, h) => {
    for (const language of ['en', 'zh'] as const) {
      const picture = pictureOf(50, 0.674, 0.69, language);
      const { sheet, written } = sheetOf(w, h);
      drawProfile(sheet, picture);
      const found = labelsOf(written, h, 50).filter(({ words }) => words !== '2 in 3 networks');
      expect(found.map(({ words }) => words.replace(/[\s\u2009].*/, ''))).toEqual([picture.t('measured'), picture.t('theory')]);
      const { x } = axisOf(w, 50, [49 * Math.log10(0.674)]);
      for (const { x0, x1, words } of found) for (const { at } of LEVELS) expect(x(at) > x0 && x(at) < x1, `${words} over 10^${at}`).toBe(false);
    }
  });

  test('stay where they are while the lines move a little', () => {
    const { sheet, written } = sheetOf(378, 334);
    const rows = [0.674, 0.671, 0.678, 0.674].map((measured) => {
      written.length = 0;
      drawProfile(sheet, pictureOf(50, measured, 0.69));
      return labelsOf(written, 334, 50).map(({ y }) => Math.round(y));
    });
    expect(new Set(rows.map(String)).size).toBe(1);
  });

  test('of any network cross no curve, and where they lie on a dashed line they cover it', () => {
    let [labels, covering] = [0, 0];
    for (const w of [250, 270, 380])
      for (const depth of [4, 8, 20, 50])
        for (const factor of [0.5, 0.69, 0.8, 0.9, 1, 1.1, 1.25])
          for (const off of [0.97, 1, 1.03]) {
            const h = 320;
            const picture = pictureOf(depth, factor * off, factor);
            const { sheet, written } = sheetOf(w, h);
            drawProfile(sheet, picture);
            const { x } = axisOf(w, depth, [(depth - 1) * Math.log10(factor * off)]);
            const name = `${w} px, ${depth} layers, ${factor} and ${factor * off}`;
            const found = labelsOf(written, h, depth);
            for (const [i, { x0, x1, y, covered, words }] of found.entries()) {
              labels++;
              const over = LEVELS.some(({ at }) => x(at) > x0 && x(at) < x1 && x(at) < w - 9);
              if (over) covering++;
              expect(over && !covered, `${words} of ${name}`).toBe(false);
              expect(x0 >= 0 && x1 <= w, `${words} of ${name} in the picture`).toBe(true);
              for (const other of found.slice(i + 1))
                expect(Math.abs(other.y - y) >= 15 || other.x0 >= x1 || other.x1 <= x0, `${words} beside ${other.words} of ${name}`).toBe(true);
              const rows = (bed(h, depth) - TOP) / depth;
              const l = depth - 0.5 - (y - TOP) / rows;
              for (const per of [factor, factor * off]) {
                const at = x((depth - 1 - l) * Math.log10(per));
                expect(at > x0 && at < x1, `${words} over a curve of ${name}`).toBe(false);
              }
            }
          }
    expect(labels).toBeGreaterThan(400);
    expect(covering).toBeLessThan(labels / 3);
  });
});
