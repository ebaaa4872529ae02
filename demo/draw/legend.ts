// The scale under the sounding: one bar, its ticks at the rules' levels, and words.
import { BENDS, colour, LOWEST } from '../scale.ts';
import { power, type Sheet, text } from './canvas.ts';
import type { Picture } from './picture.ts';

/** The bar ends at 1e4: beyond it only the hue deepens. */
const END = 4;

/** Draws the legend. */
export function drawLegend(s: Sheet, { scale, t }: Picture): void {
  const { g, w, ink } = s;
  const narrow = w < 480;
  const left = narrow ? 0 : 46;
  const width = narrow ? w : Math.min(w - 46, 620);
  const x = (v: number): number => left + ((v - LOWEST) / (END - LOWEST)) * width;
  const shift = scale === 'absolute' ? -3 : 0;
  const bar = g.createLinearGradient(left, 0, left + width, 0);
  for (const at of [...BENDS.filter((bend) => bend < END), END]) bar.addColorStop((at - LOWEST) / (END - LOWEST), colour(at));
  g.fillStyle = bar;
  g.fillRect(left, 0, width, 9);
  g.strokeStyle = ink.rule;
  g.strokeRect(left + 0.5, 0.5, width - 1, 8);
  for (const at of [-12, -6, -3, 0, Math.log10(70), 3]) {
    g.fillStyle = ink.ink2;
    g.fillRect(Math.round(x(at)) - (at === -12 ? 0 : 0.5), 9, 1, 3);
    if (narrow && at === 3) continue;
    if (Number.isInteger(at)) power(s, at + shift, x(at), 20, { align: at === -12 ? 'left' : 'center' });
    else text(s, shift ? '0.07' : '70', x(at), 20, { align: 'center' });
  }
  const words = ['vanished', 'fading', 'healthy', 'growing', 'exploding'] as const;
  const places = narrow ? [-9, -4.5, -0.6, Number.NaN, 2.7] : [-9, -4.5, -1.1, 1.25, 3.25];
  words.forEach((name, i) => {
    const at = places[i]!;
    if (Number.isNaN(at)) return;
    g.font = `400 12.5px ${ink.font}`;
    text(s, t(name), Math.min(x(at), w - g.measureText(t(name)).width / 2), 33, { align: 'center', color: ink.ink2 });
  });
}
