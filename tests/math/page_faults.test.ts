// Faults of the page's first pictures, each with a test that fails on it. The others are elsewhere: a change after an overflow that stays "being built"
// (page/demo.test.ts), a tour's text against its picture (page/parts.test.ts, page/demo_tours.test.ts), batch norm's tour (page/demo_tours.test.ts), English findings
// and internal names in Chinese, theory where it does not hold, figures that say nothing, a cut axis, "Healthy" over a loss that blew up (page/truth.test.ts), a
// wrong file that stops the run, and pictures without number or settings (page/demo_files.test.ts).
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Palette } from '../../demo/draw/canvas.ts';
import { drawConfusion } from '../../demo/draw/confusion.ts';
import type { Picture } from '../../demo/draw/picture.ts';
import { isPoint } from '../../demo/parts/loss_chart.ts';
import { BENDS, colour } from '../../demo/scale.ts';
import { STYLE } from '../../src/experiment/report_style.ts';
import { rgbOf } from '../../src/inspect/colours.ts';

test('a chart of one finite step shows its point', () => {
  expect(isPoint([0.69])).toBe(true);
  expect(isPoint([0.69, null, undefined])).toBe(true);
  expect(isPoint([null, 0.69, 0.4])).toBe(false);
});

test.each([150, 168, 240])('the confusion matrix names all ten digits on both sides, %d pixels wide', (side) => {
  const words: { text: string; x: number; y: number }[] = [];
  const g = new Proxy({} as Record<string, unknown>, {
    get: (set, name: string) => set[name] ?? (name === 'fillText' ? (text: string, x: number, y: number) => words.push({ text, x, y }) : () => {}),
  });
  drawConfusion({ g: g as unknown as CanvasRenderingContext2D, w: side, h: side, ink: {} as Palette }, {
    run: { confusion: Array.from({ length: 10 }, () => new Array(10).fill(0)) },
  } as unknown as Picture);
  const digits = Array.from({ length: 10 }, (_, i) => String(i));
  const [above, beside] = [words.filter(({ y }) => y < 14), words.filter(({ x }) => x < 14)];
  expect(above.map(({ text }) => text)).toEqual(digits);
  expect(beside.map(({ text }) => text)).toEqual(digits);
  for (const { x, y } of words) expect(Math.max(x, y)).toBeLessThan(side - 4);
});

test('a report has the colours of the page: its scale, and its inks in both themes', async () => {
  for (const value of BENDS) expect(colour(value)).toBe(`rgb(${rgbOf(value).join()})`);
  const tokens = await readFile(new URL('../../demo/style/tokens.css', import.meta.url), 'utf8');
  const page = [...tokens.matchAll(/--(page|surface|ink|ink2|ink3|rule|well|act|mark|bad|ok|band):\s*(#\w+)/g)].map(([, name, value]) => `--${name}:${value}`);
  expect(page.length).toBeGreaterThanOrEqual(24);
  for (const token of page) expect(STYLE).toContain(token);
});
