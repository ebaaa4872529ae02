// A histogram over time: older outlines behind, the newest in front and filled with the layer's color.
import type { TensorStats } from '../../src/inspect/history.ts';
import { fixed, MINUS } from '../format.ts';
import { type Sheet, text } from './canvas.ts';

/** Outlines that are kept. */
export const OUTLINES = 9;

/** Draws histograms of log10 |x|, the oldest first. */
export function drawRidge(s: Sheet, stats: TensorStats[], edges: number[], fill: string, label: string, ground: string): void {
  const { g, w, h, ink } = s;
  const rows = stats.filter((each) => each.histogram).slice(-OUTLINES);
  const bottom = 18;
  text(s, label, w / 2, h - 8, { align: 'center' });
  if (rows.length === 0 || edges.length < 2) return;
  const { from, to } = occupied(rows, edges.length);
  const bins = to - from + 1;
  const lift = Math.min(38, (h - bottom) * 0.42);
  const step = (h - bottom - lift - 4) / (OUTLINES - 1);
  rows.forEach((each, k) => {
    const last = k === rows.length - 1;
    const base = 4 + lift + (OUTLINES - rows.length + k) * step;
    const counts = each.histogram!.slice(from, to + 1);
    const top = Math.max(1, ...counts);
    g.beginPath();
    g.moveTo(0, base);
    // A frequency polygon through the middles of the bins, its corners rounded.
    const x = (i: number): number => ((i + 0.5) / bins) * w;
    const y = (i: number): number => base - (lift * (counts[i] ?? 0)) / top;
    for (let i = 0; i < bins; i++) g.quadraticCurveTo(x(i), y(i), (x(i) + x(i + 1)) / 2, (y(i) + y(i + 1)) / 2);
    g.lineTo(w, base);
    g.closePath();
    g.fillStyle = last ? fill : ground;
    g.fill();
    g.strokeStyle = last ? ink.ink : ink.ink3;
    g.globalAlpha = last ? 1 : 0.35 + (0.5 * k) / rows.length;
    g.lineWidth = last ? 1.3 : 1;
    g.stroke();
    g.globalAlpha = 1;
  });
  // Bin i lies between edge i-1 and edge i.
  // The first has all that is smaller than the first edge.
  const [left, right] = [from === 0 ? -Infinity : Math.log10(edges[from - 1]!), Math.log10(edges[Math.min(edges.length - 1, to)]!)];
  const decimals = right - left < 2 ? 1 : 0;
  text(s, from === 0 ? `${MINUS}∞` : fixed(left, decimals), 0, h - 8);
  text(s, fixed(right, decimals), w, h - 8, { align: 'right' });
}

/** The bins that any row uses, and one on each side. */
function occupied(rows: TensorStats[], bins: number): { from: number; to: number } {
  let from = bins;
  let to = 0;
  for (const row of rows) {
    row.histogram!.forEach((count, i) => {
      if (count > 0) {
        from = Math.min(from, i);
        to = Math.max(to, i);
      }
    });
  }
  if (from > to) return { from: 0, to: bins };
  return { from: Math.max(0, from - 1), to: Math.min(bins, to + 1) };
}
