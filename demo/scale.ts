// The one color scale of the page: log10 of a layer's gradient, relative to the last hidden layer. The same in both
// themes, so that exported pictures agree. Lightness climbs to 0 and falls after it on both arms.

/** Where color starts and ends. */
export const LOWEST = -12;
export const HIGHEST = 6;

/** The levels of the rules: 1e-3 and 70 warn, 1e-6 and 1e3 are severe. */
export const LEVELS = [
  { at: -6, severe: true, label: [10, -6] },
  { at: -3, severe: false, label: [10, -3] },
  { at: Math.log10(70), severe: false, label: [70] },
  { at: 3, severe: true, label: [10, 3] },
] as const;

/** Dashes of the line at a level: the same in every chart. */
export const DASH = { severe: [5, 3], warn: [1.5, 3] } as const;

const STOPS: readonly (readonly [number, number])[] = [
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

/** Where the color bends: between two of these it is linear. */
export const BENDS: readonly number[] = STOPS.map(([at]) => at);

const PER_UNIT = 20;
const SIZE = (HIGHEST - LOWEST) * PER_UNIT + 1;

/** SIZE x RGB, linear in sRGB between the stops. */
const TABLE: Uint8ClampedArray = (() => {
  const table = new Uint8ClampedArray(SIZE * 3);
  let k = 0;
  for (let i = 0; i < SIZE; i++) {
    const value = LOWEST + i / PER_UNIT;
    while (k < STOPS.length - 2 && value > STOPS[k + 1]![0]) k++;
    const [a, from] = STOPS[k]!;
    const [b, to] = STOPS[k + 1]!;
    const f = (value - a) / (b - a);
    for (let c = 0; c < 3; c++) {
      const shift = 16 - 8 * c;
      const p = (from >> shift) & 255;
      const q = (to >> shift) & 255;
      table[i * 3 + c] = Math.round(p + (q - p) * f);
    }
  }
  return table;
})();

/** Offset of a value's color in the table; values outside clamp to the ends. */
const offset = (value: number): number => Math.max(0, Math.min(SIZE - 1, Math.round((value - LOWEST) * PER_UNIT))) * 3;

/** Writes the color of a finite log10 gradient into RGBA bytes at `at`. */
export function paint(bytes: Uint8ClampedArray, at: number, value: number): void {
  const from = offset(value);
  bytes[at] = TABLE[from]!;
  bytes[at + 1] = TABLE[from + 1]!;
  bytes[at + 2] = TABLE[from + 2]!;
  bytes[at + 3] = 255;
}

/** The color of a finite log10 gradient as CSS. */
export function colour(value: number): string {
  const at = offset(value);
  return `rgb(${TABLE[at]},${TABLE[at + 1]},${TABLE[at + 2]})`;
}

/** Ink on the sand-coloured part of the scale, white elsewhere: for lines and labels that lie on the colours. */
export function inkOn(value: number): string {
  return value > -1 && value < 2.6 ? '#0f2430' : '#ffffff';
}
