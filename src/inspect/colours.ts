// The one colour scale, of the page, reports and the terminal: log10 of a layer's gradient, relative to the last hidden layer. The same on light and dark,
// so that pictures agree. Lightness climbs to 0 and falls after it on both arms.

/** Where colour starts and ends. */
export const LOWEST = -12;
export const HIGHEST = 6;

/** Values and their colours, 0xRRGGBB; linear in sRGB between them. */
export const COLOUR_STOPS: readonly (readonly [value: number, colour: number])[] = [
  [-12, 0x07122b],
  [-9, 0x0e2452],
  [-6, 0x18437d],
  [-4.5, 0x1f6299],
  [-3, 0x2f86b1],
  [-1.5, 0x62b7c0],
  [0, 0xc3ead8],
  [0.9, 0xf3e3a6],
  [1.85, 0xefb04e],
  [3, 0xd8672a],
  [6, 0x8c2415],
];

/** Red, green and blue of a value, each from 0 to 255; outside of the scale those of its ends. */
export function rgbOf(value: number): [red: number, green: number, blue: number] {
  const inside = Math.max(LOWEST, Math.min(HIGHEST, value));
  const next = Math.max(
    1,
    COLOUR_STOPS.findIndex(([at]) => at >= inside),
  );
  const [[a, from], [b, to]] = [COLOUR_STOPS[next - 1]!, COLOUR_STOPS[next]!];
  const share = (inside - a) / (b - a);
  const channel = (shift: number): number => {
    const [p, q] = [(from >> shift) & 255, (to >> shift) & 255];
    return Math.round(p + (q - p) * share);
  };
  return [channel(16), channel(8), channel(0)];
}
