// The shared depth axis. Rows hang from the surface: the last hidden layer at the top, layer 1 at the bed. All panels of
// the sounding use these rules, so that their rows agree to the pixel.

/** Space above and below the rows in every panel: numbers and colours of the axis, and under the bed the ruler of the hand. */
export const TOP = 32;
export const BOTTOM = 48;

/** Rows are never higher: a shallow network is visibly shallow. */
const HIGHEST = 36;

/** Height of a layer's row in a panel of height h. */
export function rowHeight(h: number, depth: number): number {
  return Math.min(HIGHEST, (h - TOP - BOTTOM) / depth);
}

/** Top edge of the row of hidden layer `l`, counted from 0 at the input. */
export function rowTop(h: number, depth: number, l: number): number {
  return TOP + (depth - 1 - l) * rowHeight(h, depth);
}

/** Middle of the row. */
export function rowMiddle(h: number, depth: number, l: number): number {
  return rowTop(h, depth, l) + rowHeight(h, depth) / 2;
}

/** Height at which the rows end: the bed. */
export function bed(h: number, depth: number): number {
  return TOP + rowHeight(h, depth) * depth;
}

/** The layer at a height, or null outside of the rows. */
export function layerAt(h: number, depth: number, y: number): number | null {
  const l = depth - 1 - Math.floor((y - TOP) / rowHeight(h, depth));
  return l >= 0 && l < depth ? l : null;
}

/** Which layers get a number: the last, the first and round ones, as many as there is room for. */
export function ticks(depth: number): number[] {
  const every = depth < 12 ? 1 : depth < 25 ? 5 : 10;
  const chosen = [depth];
  for (let n = Math.floor((depth - 1) / every) * every; n > 1; n -= every) if (depth - n >= every * 0.6 && n >= every * 0.6) chosen.push(n);
  if (depth > 1) chosen.push(1);
  return chosen;
}
