// Size of the update over the size of the weights, per layer: dots, depth down, the healthy band and the severe levels.
import { fixed } from '../format.ts';
import type { Run } from '../run.ts';
import { DASH } from '../scale.ts';
import { crisp, line, type Sheet, text } from './canvas.ts';
import type { Picture } from './picture.ts';

/** Levels of the rule "update size" (log10). */
export const BAND = [-4, -1] as const;
const SEVERE = [-8, 1] as const;

/** Room at the left for layers that were not moved at all: the logarithm has no place for them. */
const ZERO_LANE = 36;

/** Draws the chart. */
export function drawUpdateSize(s: Sheet, { run, before, depth, layer, t }: Picture): void {
  const { g, w, h, ink } = s;
  const sizes = (r: Run | null): number[] => (r && r.finiteStep > 0 ? Array.from({ length: r.depth }, (_, l) => Math.log10(r.update(l))) : []);
  const now = sizes(run);
  const was = sizes(before);
  const zeros = [...now, ...was].includes(Number.NEGATIVE_INFINITY);
  const box = { l: 26, r: w - 4, t: 18, b: h - 20 };
  const zero = box.l + 3;
  if (zeros) box.l += ZERO_LANE;
  const all = [...now, ...was].filter(Number.isFinite);
  const low = Math.max(-30, Math.min(-9, Math.floor(Math.min(0, ...all)) - 1));
  const high = Math.min(10, Math.max(0, Math.ceil(Math.max(-1, ...all)) + 1));
  const x = (v: number): number =>
    v === Number.NEGATIVE_INFINITY ? zero : box.l + ((Math.max(low, Math.min(high, v)) - low) / (high - low)) * (box.r - box.l);
  const y = (l: number): number => box.t + ((depth - 1 - l + 0.5) * (box.b - box.t)) / depth;

  g.fillStyle = ink.band;
  g.fillRect(x(BAND[0]), box.t, x(BAND[1]) - x(BAND[0]), box.b - box.t);
  const marks = [...SEVERE, ...BAND].filter((v) => v >= low && v <= high);
  for (const v of marks) {
    const severe = v === SEVERE[0] || v === SEVERE[1];
    line(s, crisp(x(v)), box.t, crisp(x(v)), box.b, severe ? ink.ink3 : ink.rule, 1, severe ? DASH.severe : []);
  }
  for (const v of marks.filter((v) => x(v) - x(low) > 24 || v === low)) text(s, fixed(v), x(v), h - 8, { align: 'center' });
  text(s, fixed(low), x(low), h - 8, { align: 'center' });
  if (zeros) text(s, t('not_moved'), zero, h - 8, { align: 'center' });
  const dots = (list: number[], hollow: boolean): void => {
    for (let l = 0; l < list.length; l += hollow ? 2 : 1) {
      if (Number.isNaN(list[l]!)) continue;
      g.beginPath();
      g.arc(x(list[l]!), y(l), 2, 0, 7);
      if (hollow) {
        g.strokeStyle = ink.ink3;
        g.lineWidth = 1;
        g.stroke();
      } else {
        g.fillStyle = ink.ink;
        g.fill();
      }
    }
  };
  dots(was, true);
  dots(now, false);
  if (layer !== null && !Number.isNaN(now[layer] ?? Number.NaN)) {
    g.strokeStyle = ink.mark;
    g.lineWidth = 2;
    g.beginPath();
    g.arc(x(now[layer]!), y(layer), 5, 0, 7);
    g.stroke();
  }
  text(s, t('healthy'), (x(BAND[0]) + x(BAND[1])) / 2, 8, { align: 'center', color: ink.ok });
  text(s, String(depth), 18, y(depth - 1) + 3, { align: 'right' });
  if (depth > 1) text(s, '1', 18, y(0) - 3, { align: 'right' });
}
