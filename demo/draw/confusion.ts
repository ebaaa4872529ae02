// What the network takes each digit for: rows are the truth, columns the answer, as the caption says. Numbers stand in the cells, so that
// the grey is not the only sign.

import { type Sheet, text } from './canvas.ts';
import type { Picture } from './picture.ts';

/** Draws the matrix. */
export function drawConfusion(s: Sheet, { run }: Picture): void {
  const { g, ink } = s;
  const counts = run?.confusion;
  const classes = counts?.length ?? run?.start.classes ?? 10;
  const left = 16;
  const top = 16;
  const side = Math.min(s.w - left - 1, s.h - top - 1);
  const cell = side / classes;
  g.fillStyle = ink.well;
  g.fillRect(left, top, side, side);
  for (let i = 0; i < classes; i++) {
    if (cell > 9) {
      text(s, String(i), left - 5, top + (i + 0.5) * cell, { align: 'right' });
      text(s, String(i), left + (i + 0.5) * cell, 7, { align: 'center' });
    }
    if (!counts) continue;
    const sum = Math.max(
      1,
      counts[i]!.reduce((a, b) => a + b, 0),
    );
    for (let j = 0; j < classes; j++) {
      const fraction = counts[i]![j]! / sum;
      if (fraction === 0) continue;
      g.globalAlpha = 0.12 + 0.88 * fraction;
      g.fillStyle = i === j ? ink.ink : ink.bad;
      g.fillRect(left + j * cell + 0.5, top + i * cell + 0.5, cell - 1, cell - 1);
      g.globalAlpha = 1;
      if (cell >= 15)
        text(s, shown(counts[i]![j]!), left + (j + 0.5) * cell, top + (i + 0.5) * cell + 0.5, {
          align: 'center',
          size: Math.min(12.5, cell * 0.66),
          color: fraction > 0.45 ? ink.surface : ink.ink,
        });
    }
  }
  g.strokeStyle = ink.rule;
  g.lineWidth = 1;
  g.strokeRect(left - 0.5, top - 0.5, side + 1, side + 1);
}

/** A count, or a fraction where the document asks for fractions. */
const shown = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(2).replace(/^0/, ''));
